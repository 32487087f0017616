"""A teacher hides the chosen kernel in a link; a class opens it, and finds the kernel or is shown it."""

from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

from streamlit.testing.v1 import AppTest

from tests.app.conftest import address, labels, press, sound, told, words
from tl_core.convolution.hidden import hide_kernel
from tl_core.convolution.kernels import get_kernel
from tl_core.convolution.weights import check_weights
from tl_core.ui.frame import PAGES

Open = Callable[..., AppTest]
OWN = check_weights([[3, 1], [-4, 0]])
CHALLENGE = {"section": "challenge"}


def agreement(app: AppTest) -> str:
    (metric,) = [one for one in app.metric if one.label == "Agreement"]
    return str(metric.value)


def made_link(app: AppTest) -> dict[str, str]:
    app.session_state["mystery_maker"] = True
    sound(app.run())
    (code,) = [one.value for one in app.code if "mystery=" in one.value]
    return dict(parse_qsl(urlsplit(code).query))


def test_the_link_holds_the_chosen_kernel_and_nothing_that_tells_it(open_page: Open) -> None:
    app = open_page(PAGES.convolution.script, kernel="gaussian", photo="coffee", **CHALLENGE)
    link = made_link(app)
    assert link == CHALLENGE | {
        "kernel": "identity",
        "photo": "coffee",
        "mystery": hide_kernel(get_kernel("gaussian").weights),
    }
    pupil = open_page(PAGES.convolution.script, **link)
    assert not told(pupil) and agreement(pupil) != "100 of 100"
    assert not any("Gaussian" in text for text in (words(pupil), *labels(pupil)))
    pupil.selectbox(key="kernel").set_value("gaussian")
    sound(pupil.run())
    assert agreement(pupil) == "100 of 100" and "Gaussian" in told(pupil)[0]
    assert address(pupil)["mystery"] == link["mystery"]


def test_weights_of_ones_own_can_be_hidden_and_are_shown_to_whoever_gives_up(
    open_page: Open,
) -> None:
    app = open_page(PAGES.convolution.script, mystery=hide_kernel(OWN), **CHALLENGE)
    for _ in range(3):
        press(app, "A hint")
    assert "2 × 2 weights" in words(app) and "none of the list" in words(app)
    press(app, "Show the kernel")
    assert address(app)["kernel"] == "custom" and agreement(app) == "100 of 100"
    assert "the hidden kernel" in told(app)[0]


def test_the_next_puzzle_and_another_number_leave_the_hidden_kernel(open_page: Open) -> None:
    url = CHALLENGE | {"mystery": hide_kernel(OWN)}
    app = press(open_page(PAGES.convolution.script, **url), "Next puzzle")
    assert "mystery" not in address(app) and address(app)["seed"] == "2"
    app = open_page(PAGES.convolution.script, **url)
    app.number_input(key="seed").set_value(5)
    sound(app.run())
    assert "mystery" not in address(app)


def test_what_cannot_be_hidden_is_said(open_page: Open) -> None:
    app = open_page(PAGES.convolution.script, kernel="sobel_magnitude", **CHALLENGE)
    app.session_state["mystery_maker"] = True
    sound(app.run())
    assert len(app.error) == 1 and not app.code


def test_a_broken_link_is_one_sentence_and_the_usual_puzzle(open_page: Open) -> None:
    app = open_page(PAGES.convolution.script, mystery="broken", **CHALLENGE)
    assert len(app.warning) == 1 and "Ask for the link again" in app.warning[0].value
    assert address(app) == CHALLENGE
