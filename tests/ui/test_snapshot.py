"""A photo of the page's camera reaches Python once, and nothing else that a browser may send does."""

import base64
from typing import Any

import pytest
import streamlit as st

from tl_core.ui.stage import snapshot
from tl_core.ui.stage.webcam import webcam_words

KEY = "camera"


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    state: dict[str, Any] = {}
    monkeypatch.setattr(st, "session_state", state)
    return state


def test_the_photo_is_handed_on(session: dict[str, Any]) -> None:
    session[KEY] = {"photo": base64.b64encode(b"a photo").decode()}
    taken: list[bytes] = []
    snapshot._take(KEY, taken.append)
    assert taken == [b"a photo"]


@pytest.mark.parametrize(
    "photo",
    [None, 7, ["YQ=="], {"a": 1}, "***", "A" * (2 * snapshot.MOST_BYTES + 4)],
    ids=["nothing", "number", "list", "object", "no base64", "too large"],
)
def test_what_the_component_would_not_send_is_dropped(
    session: dict[str, Any], photo: object
) -> None:
    session[KEY] = {"photo": photo}
    taken: list[bytes] = []
    snapshot._take(KEY, taken.append)
    assert not taken


def test_every_place_with_a_camera_says_the_same_of_it() -> None:
    """And each what it needs https for, in a sentence of its own."""
    from tl_core.ui.datasets import recorder
    from tl_core.ui.stage import camera

    shared = webcam_words(insecure="", off="").keys() - {"insecure", "off"}
    places = [module._words() for module in (camera, recorder, snapshot)]
    assert len({tuple(words[name] for name in sorted(shared)) for words in places}) == 1
    assert len({words["insecure"] for words in places}) == len(places)
    assert all("https" in words["insecure"] for words in places)
