"""Where the network looked: heat maps over the photos of a page, asked from a worker."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import streamlit as st
from PIL import Image

from tl_core.engine.questions import HEAT_MAPS
from tl_core.images import encode_jpeg
from tl_core.images.heat import STRENGTH, Heat, covered
from tl_core.training import Training
from tl_core.ui import lesson
from tl_core.ui.asking import ask_of_run, may_ask
from tl_core.ui.errors import shown_in_place
from tl_core.ui.heat import show_legend
from tl_core.ui.state import url_choice, url_flag, url_number
from tl_core.ui.text import t

KEY, GUESS = "heat", "guess"


@dataclass(frozen=True, kw_only=True)
class Heats:
    """The heat maps of the photos that are shown, and how they are to be drawn.

    Args:
        maps: by SHA-256, as far as there are any.
        label: the class that they speak of, or "guess": each of what its photo was taken for.
        strength: how much of a picture the hottest place covers, 0..1.
    """

    maps: Mapping[str, Heat] = field(default_factory=dict)
    label: str = GUESS
    strength: float = STRENGTH


def heat_maps(run: Training, hashes: Sequence[str], titles: Sequence[str]) -> Heats:
    """Draw the switch, and what belongs to it once it is on; returns the heat maps of the images.

    Args:
        run: whose network looked.
        hashes: SHA-256 of the images.
        titles: the name of each class as people read it.
    """
    with lesson.part(KEY):
        wanted = st.toggle(
            t("Heat maps"),
            **url_flag(KEY),
            help=t(
                "Where the network looked: the places that spoke most for its guess are yellow."
            ),
        )
    if not wanted or not may_ask():
        return Heats()
    label, strength = _choose(titles)
    asked = {} if label == GUESS else {"classes": (int(label),) * len(hashes)}
    with shown_in_place(), st.spinner(t("Computing the heat maps …")):
        found = ask_of_run(HEAT_MAPS, run, images=tuple(hashes), **asked)
        show_legend(t("nothing"), t("most"))
        maps = dict(zip(hashes, found.maps, strict=True))
        return Heats(maps=maps, label=label, strength=strength)
    return Heats()


def _choose(titles: Sequence[str]) -> tuple[str, float]:
    """Draw the choice of the class whose heat is shown, and how much of the photo it covers."""
    left, right = st.columns(2, gap="large")
    with left, lesson.part(KEY):
        label = st.selectbox(
            t("Heat of"),
            **url_choice("heat_of", [GUESS, *map(str, range(len(titles)))], default=GUESS),
            format_func=lambda one: (
                t("what each was taken for") if one == GUESS else titles[int(one)]
            ),
        )
    with right, lesson.part(KEY):
        percent = st.slider(
            t("Strength of the colours (%)"),
            **url_number("heat_strength", 0, 100, default=round(100 * STRENGTH)),
        )
    return str(label), percent / 100


@st.cache_resource(show_spinner=False, max_entries=500)
def heated(
    heat_id: str, sha256: str, _picture: bytes, _heat: Heat, strength: float = STRENGTH
) -> bytes:
    """Return a picture with its heat map over it.

    Args:
        heat_id: whose heat map it is, of which class, and when that run ended.
        sha256: which image; with the strength they make the cache's key.
        _picture: the picture's file.
        _heat: ``(h, w)``, 0 and above; its largest value becomes full heat.
        strength: how much of the picture the hottest place covers, 0..1.

    Returns:
        A JPEG file.
    """
    picture = np.asarray(Image.open(io.BytesIO(_picture)).convert("RGB"))
    return encode_jpeg(covered(picture, _heat, strength))
