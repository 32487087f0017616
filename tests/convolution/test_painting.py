import base64
import zlib

import numpy as np
import pytest

from tl_core.convolution.painting import (
    LARGEST,
    example,
    painting_from_text,
    painting_to_text,
    resized,
)
from tl_core.errors import SettingInvalid

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize("side", [4, 5, 16, LARGEST])
def test_every_painting_survives_its_text(side):
    painting = RANDOM.integers(0, 256, (side, side), np.uint8)
    text = painting_to_text(painting)
    assert len(text) <= 2000
    assert (painting_from_text(text) == painting).all()
    assert painting_to_text(painting_from_text(text)) == text


def test_the_example_is_a_short_text_and_has_both_colours():
    assert len(painting_to_text(example())) < 120
    assert set(np.unique(example())) == {0, 255}


def packed(data):
    return base64.urlsafe_b64encode(zlib.compress(data)).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "16",
        "16.",
        "16.not base64!",
        "16." + base64.b64encode(b"not zlib").decode(),
        "16." + packed(bytes(255)),  # one pixel too few
        "16." + packed(bytes(257)),
        "4." + packed(bytes(10_000_000)),  # a bomb
        "64." + packed(bytes(64 * 64)),  # larger than can be painted
        "-4." + packed(bytes(16)),
        "1e1." + packed(bytes(100)),
        "16." + "A" * 5000,
        "٤." + packed(b""),  # int() reads these digits too
    ],
)
def test_a_text_that_is_no_painting_is_refused(text):
    with pytest.raises(SettingInvalid, match="cannot be read"):
        painting_from_text(text)


def test_a_larger_grid_keeps_what_is_there_and_a_smaller_one_cuts_it():
    painting = RANDOM.integers(1, 256, (8, 8), np.uint8)
    assert (resized(painting, 12)[:8, :8] == painting).all()
    assert resized(painting, 12)[8:].sum() == resized(painting, 12)[:, 8:].sum() == 0
    assert (resized(painting, 4) == painting[:4, :4]).all()
