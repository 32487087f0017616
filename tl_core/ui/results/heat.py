"""Where the network looked: heat maps over the photos of a page, asked from a worker."""

import io
from collections.abc import Mapping, Sequence

import numpy as np
import streamlit as st
from PIL import Image

from tl_core.images import encode_jpeg
from tl_core.images.heat import Heat, covered
from tl_core.runs import Run
from tl_core.runs.snapshots import snapshot
from tl_core.ui import lesson
from tl_core.ui.engine_status import engine, engine_ready
from tl_core.ui.errors import shown_in_place
from tl_core.ui.state import url_flag
from tl_core.ui.text import t

TASK = "heat-maps"
KEY = "heat"
ANSWER_SECONDS = 60.0
"""A backbone that is not in the worker's memory has to be built first."""


def heat_maps(run: Run, hashes: Sequence[str]) -> Mapping[str, Heat]:
    """Draw the switch; returns the heat maps of the images, by SHA-256, as far as there are any."""
    with lesson.part(KEY):
        wanted = st.toggle(
            t("Heat maps"),
            **url_flag(KEY),
            help=t("Where the network looked: the places that spoke most for its guess are red."),
        )
    if not wanted:
        return {}
    if not engine_ready():
        st.info(t("The heat maps appear as soon as the engine is ready."), icon=":material/sync:")
        return {}
    with shown_in_place(), st.spinner(t("Computing the heat maps …")):
        return _ask(run.id, snapshot(run).ended or 0.0, tuple(hashes))
    return {}


@st.cache_resource(show_spinner=False, max_entries=50)
def _ask(run_id: str, ended: float, hashes: tuple[str, ...]) -> dict[str, Heat]:
    """Ask the engine once for every run, its end (a stopped one may go on), and photos."""
    answer = engine().ask(TASK, seconds=ANSWER_SECONDS, run_id=run_id, images=list(hashes))
    return {
        sha256: np.asarray(heat, np.float32) for sha256, heat in zip(hashes, answer, strict=True)
    }


@st.cache_resource(show_spinner=False, max_entries=500)
def heated(heat_id: str, sha256: str, _picture: bytes, _heat: Heat) -> bytes:
    """Return a picture with its heat map over it.

    Args:
        heat_id: whose heat map it is, and when that run ended.
        sha256: which image; both make the cache's key.
        _picture: the picture's file.
        _heat: ``(h, w)``, 0 and above; its largest value becomes full heat.

    Returns:
        A JPEG file.
    """
    picture = np.asarray(Image.open(io.BytesIO(_picture)).convert("RGB"))
    return encode_jpeg(covered(picture, _heat))
