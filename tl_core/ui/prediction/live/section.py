"""Live: the network looks at the camera in the visitor's own browser, and costs the server nothing."""

import base64
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.components.v2.types import ComponentRenderer

from tl_core import runs
from tl_core.engine.questions import LIVE_HEAD
from tl_core.photos import KEEP_DAYS
from tl_core.prediction.head import TrainedHead
from tl_core.prediction.imagenet import imagenet_classes
from tl_core.prediction.live import LiveConfig, find_live, live_config
from tl_core.prediction.pieces import Packed, note_load
from tl_core.run_book import begin_anew
from tl_core.runs import Run
from tl_core.runs.snapshots import JobState, snapshot
from tl_core.training import Training
from tl_core.ui.asking import ask_of_run, may_ask
from tl_core.ui.errors import callback
from tl_core.ui.job_panel import job_panel, start_button
from tl_core.ui.photo import follow_frame
from tl_core.ui.prediction.live.served import address, program_addresses
from tl_core.ui.prediction.networks import choose_networks
from tl_core.ui.prediction.shown import class_names
from tl_core.ui.redrawing import want_page
from tl_core.ui.stage.component import Memory, declare, memory
from tl_core.ui.stage.webcam import webcam_words
from tl_core.ui.text import language, t
from tl_core.ui.theme import CLASSES
from tl_core.wording import in_megabytes

KEY = "live"
CLASSES_SHOWN = 10
OF_MANY_SHOWN = 5
"""Of more classes than `CLASSES_SHOWN`."""
MOST_FRAME_BYTES = 1_000_000


def show() -> None:
    """Draw the section."""
    run = choose_networks(compared=False).run
    config = live_config(run)
    found = find_live(config)
    if found is None:
        _show_way_there(config)
    elif run is None or config.part != "features":
        _show_camera(run, config, found, None)
    elif may_ask():
        _show_camera(run, config, found, ask_of_run(LIVE_HEAD, run))


def _show_way_there(config: LiveConfig) -> None:
    """Draw the job that makes the file, or the button that starts it."""
    job = runs.find_run(config)
    if job is not None and snapshot(job).state is not JobState.DONE:
        job_panel(job)
        return
    begun = start_button(
        t("Make it ready for browsers"),
        t(
            "The network itself goes to your browser and looks at your camera there: about {size} MB, loaded "
            "once. Making it ready takes about a minute or less, longer for a large network, once for "
            "everybody.",
            size=in_megabytes(config.about_bytes),
        ),
        lambda: _new_job(config),
        key="make_live",
        icon=":material/videocam:",
        type="primary",
    )
    if begun:
        job_panel(begun)


def _new_job(config: LiveConfig) -> Run:
    job = runs.find_run(config)
    if job is not None and snapshot(job).state is JobState.DONE:  # and its file is gone
        return begin_anew(job)
    return runs.open_job(config)


def _show_camera(
    run: Training | None, config: LiveConfig, found: Packed, head: TrainedHead | None
) -> None:
    note_load(config.name)
    names = class_names(run) if run is not None else _names_of_imagenet()
    arrays: Mapping[str, NDArray[np.float32]] = {}
    if head is not None:
        arrays = {f"array{number:02}": array for number, array in enumerate(head.arrays)}
    words: dict[str, Any] = {
        "key": KEY,
        "of": run.id if run is not None else config.part,
        "part": config.part,
        "constant": head.constant if head else None,
        "size": config.size,
        "names": names,
        "colours": CLASSES,
        "most": CLASSES_SHOWN if len(names) <= CLASSES_SHOWN else OF_MANY_SHOWN,
        "most_bytes": MOST_FRAME_BYTES,
        "programs": program_addresses(),
        "network": address(found),
        "text": _words(found),
    }
    kept = memory(KEY)
    _component()(
        key=KEY,
        data=kept.pack(words, arrays),
        on_frame_change=callback(_take_frame),
        on_missing_change=callback(lambda: _send_all(kept)),
    )
    st.caption(
        t(
            "No picture leaves this browser unless you keep one, and the server does nothing meanwhile. What "
            "you keep is a photo in the lab, for {days} days at most after the last look, for whoever has "
            "the page's address. The scores always add up to 100 %: something else gets a class too. Look "
            "for what changes the answer: turn the thing, cover a part of it, change what is behind it.",
            days=KEEP_DAYS,
        )
    )


def _names_of_imagenet() -> tuple[str, ...]:
    return tuple(one.name(language()) for one in imagenet_classes())


@cache
def _component() -> ComponentRenderer:
    return declare("live", folder=Path(__file__).parent)


def _send_all(kept: Memory) -> None:
    """The browser has lost an array, such as after a broken connection."""
    kept.sent = frozenset()


def _take_frame() -> None:
    """Follow the frame that somebody kept; what the component would not send is dropped."""
    frame: Any = st.session_state.get(KEY, {}).get("frame")
    if isinstance(frame, str) and len(frame) <= 2 * MOST_FRAME_BYTES:
        try:
            data = base64.b64decode(frame, validate=True)
        except ValueError:
            return
        want_page()
        follow_frame(data)


def _words(found: Packed) -> dict[str, str]:
    return {
        "pause": t("Pause"),
        "goOn": t("Go on"),
        "keep": t("Keep this frame as my photo"),
        "kept": t("Kept: it is the photo that you follow through all pages now."),
        "seen": t("What the network sees"),
        "seenName": t("The camera's picture as the network sees it"),
        "guess": t("{name}: {share}"),
        "loading": t(
            "The network comes to this browser: {share} % of {size} MB. Over https it stays here for the "
            "next time.",
            size=in_megabytes(found.size),
            share="{share}",
        ),
        "running": t(
            "{count} frames per second, {milliseconds} ms each, computed in this browser."
        ),
        "paused": t("Paused: the bars belong to the picture that you see."),
        "photo": t("One photo: the bars belong to its bright square."),
        "failed": t(
            "The network does not run here: it could not be loaded, or this browser is too old. Reload the "
            "page, or try a newer Chrome, Edge, Firefox or Safari."
        ),
        **webcam_words(
            insecure=t(
                "The live view needs an https address: whoever runs the lab starts it with python "
                "classroom.py. Without it the network looks at a photo that you take, in this browser."
            ),
            off=t("The camera is off. No picture of it leaves this browser unless you keep one."),
        ),
    }
