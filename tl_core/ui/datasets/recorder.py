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
            "Kept is what you see here: the square in the middle of the camera's picture. The Predict page "
            "can show a network the same part of a photo."
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
    instead = t("Choose files instead, or upload a zip or a folder.")
    return {
        "start": t("Start the camera"),
        "stop": t("Stop the camera"),
        "hold": t("Hold to record"),
        "timer": t("Record {n} samples"),
        "rest": t("Stop recording"),
        "count": t("{n} samples of {name}"),
        "cameraName": t("The camera's picture"),
        "off": t("The camera is off. Switch it on to record; nothing is kept before that."),
        "waiting": t("The browser asks whether this page may use the camera."),
        "insecure": " ".join(
            (t("A browser gives the camera only to pages with an https address."), instead)
        ),
        "denied": " ".join((t("The browser does not let this page use the camera."), instead)),
        "absent": " ".join((t("No camera was found."), instead)),
        "busy": " ".join(
            (t("The camera cannot be read: another program may be using it."), instead)
        ),
        "ended": t("The camera was switched off or unplugged. Start it again when it is back."),
    }
