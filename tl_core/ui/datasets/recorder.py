"""The camera as a source of samples: small square JPEGs, kept on disk as soon as they arrive."""

import base64
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from tl_core.ui.errors import callback
from tl_core.ui.stage.component import declare
from tl_core.ui.stage.webcam import webcam_words
from tl_core.ui.text import t

MOST_FRAMES = 12
"""Pictures in one batch."""
MOST_BYTES = 200_000
"""Size of one picture; 256 pixels square need a tenth of it."""

Keep = Callable[[str, list[bytes]], None]
"""Receives the target that the pictures were taken for, and the pictures."""


def record_samples(
    target: str, title: str, count: int, *, samples: int, rate: float, keep: Keep, key: str
) -> None:
    """Draw the camera with a button to hold and one that takes a number of samples by itself.

    Args:
        target: what the pictures are taken for, in `keep`'s own words.
        title: the class, as people call it.
        count: how many pictures it has, for the count that runs along.
        samples: how many the timer takes.
        rate: pictures a second.
        keep: is called with each batch before the page runs; may raise `LabError`.
        key: name of the component, unique on its page.
    """
    kept: dict[str, int] = st.session_state.setdefault(f"_{key}", {"session": 0, "batch": 0})
    _component()(
        key=key,
        data={
            "target": target,
            "title": title,
            "count": count,
            "samples": samples,
            "rate": rate,
            "received": dict(kept),
            "text": _words(),
        },
        on_frames_change=callback(partial(_take, key, keep)),
    )
    st.caption(
        t(
            "Kept is what you see here: the square in the middle of the camera's picture, as the live view "
            "and the camera of the Predict page see it."
        )
    )


def _take(key: str, keep: Keep) -> None:
    """Keep a batch, once: the browser sends it again when the answer is late."""
    report: Any = st.session_state.get(key, {}).get("frames")
    kept: dict[str, int] = st.session_state[f"_{key}"]
    if not isinstance(report, Mapping):
        return
    session, batch, target = (report.get(name) for name in ("session", "batch", "target"))
    if not (type(session) is int and type(batch) is int and isinstance(target, str)):
        return
    if (session, batch) != (kept["session"], kept["batch"]):
        kept.update(session=session, batch=batch)
        keep(target, _pictures(report.get("frames")))


def _pictures(frames: Any) -> list[bytes]:
    """Return the pictures of a batch; what the recorder would not send is dropped."""
    found = []
    for frame in frames[:MOST_FRAMES] if isinstance(frames, list) else ():
        if isinstance(frame, str) and len(frame) <= MOST_BYTES:
            try:
                found.append(base64.b64decode(frame, validate=True))
            except ValueError:
                continue
    return found


@cache
def _component() -> ComponentRenderer:
    return declare("recorder", folder=Path(__file__).parent)


def _words() -> dict[str, str]:
    return {
        "hold": t("Hold to record"),
        "timer": t("Record {n} samples"),
        "rest": t("Stop recording"),
        "count": t("{n} samples of {name}"),
        **webcam_words(
            insecure=t(
                "Recording needs an https address: whoever runs the lab starts it with python classroom.py. "
                "Without it you bring photos one by one, or choose files instead."
            ),
            off=t("The camera is off. Switch it on to record; nothing is kept before that."),
        ),
    }
