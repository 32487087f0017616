"""Where the network looked: heat maps over the photos of a page, asked from a worker."""

import io
from collections.abc import Mapping, Sequence

import numpy as np
import streamlit as st
from PIL import Image

from tl_core.engine.questions import HEAT_MAPS
from tl_core.images import encode_jpeg
from tl_core.images.heat import Heat, covered
from tl_core.training import Training
from tl_core.ui import lesson
from tl_core.ui.asking import ask_of_run, may_ask
from tl_core.ui.errors import shown_in_place
from tl_core.ui.heat import show_legend
from tl_core.ui.state import url_flag
from tl_core.ui.text import t

KEY = "heat"


def heat_maps(run: Training, hashes: Sequence[str]) -> Mapping[str, Heat]:
    """Draw the switch; returns the heat maps of the images, by SHA-256, as far as there are any."""
    with lesson.part(KEY):
        wanted = st.toggle(
            t("Heat maps"),
            **url_flag(KEY),
            help=t(
                "Where the network looked: the places that spoke most for its guess are yellow."
            ),
        )
    if not wanted or not may_ask():
        return {}
    with shown_in_place(), st.spinner(t("Computing the heat maps …")):
        found = ask_of_run(HEAT_MAPS, run, images=tuple(hashes))
        show_legend(t("nothing"), t("most"))
        return dict(zip(hashes, found.maps, strict=True))
    return {}


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
