"""A hidden kernel comes back as it was, says nothing to a glance, and a changed code is refused."""

import numpy as np
import pytest

from tl_core.convolution.hidden import find_kernel, hide_kernel
from tl_core.convolution.kernels import get_kernel, list_kernels
from tl_core.convolution.weights import check_weights, weights_to_text
from tl_core.errors import SettingInvalid

SOBEL = get_kernel("sobel_x").weights
LARGEST = check_weights(np.random.default_rng(0).normal(size=(11, 11)))


@pytest.mark.parametrize("weights", [SOBEL, LARGEST, check_weights([[-1e-20]])])
def test_no_digit_is_lost(weights):
    code = hide_kernel(weights)
    assert np.array_equal(find_kernel(code), weights) and len(code) < 2500
    assert set(code) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")


def test_a_glance_tells_nothing_and_kernels_alike_have_codes_unlike():
    codes = [
        hide_kernel(get_kernel(p.name).weights) for p in list_kernels() if p.name != "identity"
    ]
    assert not any(weights_to_text(SOBEL) in code or "0_" in code[:3] for code in codes)
    first, second = hide_kernel(SOBEL), hide_kernel(SOBEL * 2)
    assert sum(a == b for a, b in zip(first, second, strict=False)) < len(first) / 3


@pytest.mark.parametrize("weights", [np.zeros((3, 3), np.float32), np.ones((3, 3, 3), np.float32)])
def test_what_leaves_nothing_to_find_is_not_hidden(weights):
    with pytest.raises(SettingInvalid, match="can be hidden"):
        hide_kernel(weights)


def test_a_code_of_ones_own_hides_no_more_than_the_page_can_show(monkeypatch):
    monkeypatch.setattr("tl_core.convolution.hidden.weights_to_text", lambda _: "0_0~~1_1~~2_2")
    code = hide_kernel(SOBEL)
    with pytest.raises(SettingInvalid, match="Ask for the link again"):
        find_kernel(code)


@pytest.mark.parametrize(
    "code",
    [
        "",
        "a",
        "AAAA",
        "<b>",
        "한국어",
        hide_kernel(SOBEL)[:-2],
        hide_kernel(SOBEL)[1:],
        hide_kernel(SOBEL) + "AAAA",
        hide_kernel(SOBEL).swapcase(),
        "A" * 100_000,
        weights_to_text(SOBEL),
    ],
)
def test_a_changed_code_is_refused_in_words(code):
    with pytest.raises(SettingInvalid, match="Ask for the link again"):
        find_kernel(code)
