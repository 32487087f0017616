"""Pictures to pick from with mouse, finger or keyboard: one image on the wire, however many there are."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from tl_core.errors import LabError
from tl_core.files import sha256_of_json
from tl_core.ui.datasets.thumbnails import COLUMNS, Read, sheet
from tl_core.ui.errors import callback
from tl_core.ui.stage.component import declare
from tl_core.ui.text import escaped, say, t, tn


def pick_pictures(
    names: Sequence[str], titles: Sequence[str], read: Read, key: str, of: str = ""
) -> None:
    """Draw pictures to pick from, and say which cannot be drawn; `picked` tells which are picked.

    Args:
        names: of each picture's file, such as its SHA-256; one name is always the same content. Other
            pictures start with none of them picked.
        titles: what each is called, for a screen reader and under the mouse.
        read: returns the file of a name.
        key: name of the component, unique on its page.
        of: id of their dataset, if they are in one.
    """
    drawn = sheet(tuple(names), read, of)
    _component()(
        key=key,
        data={
            "token": _token(names),
            "sheet": drawn.url,
            "names": list(titles),
            "columns": COLUMNS,
            "text": _words(),
        },
        on_picked_change=callback(lambda: None),
    )
    _tell_refusals(drawn.refusals)


def picked(key: str, names: Sequence[str]) -> list[str]:
    """Return which pictures are picked now; a callback knows more than the page run before it.

    Args:
        key: name of the component.
        names: those that it shows, as `pick_pictures` was given them.

    Returns:
        The names of the picked ones, in the order of `names`.
    """
    return [names[place] for place in _places(key, _token(names), len(names))]


def _tell_refusals(refusals: Sequence[LabError]) -> None:
    if refusals:
        told = tn(
            "{n} file (grey) cannot be used:", "{n} files (grey) cannot be used:", len(refusals)
        )
        st.warning(f"{told} {escaped(say(refusals[0]))}", icon=":material/broken_image:")


def _token(names: Sequence[str]) -> str:
    return sha256_of_json(list(names))[:16]


def _places(key: str, token: str, count: int) -> list[int]:
    """Return what the browser said; checked like any user's input."""
    report: Any = st.session_state.get(key, {}).get("picked")
    if not isinstance(report, Mapping) or report.get("token") != token:
        return []
    places = report.get("places")
    if not isinstance(places, list):
        return []
    return sorted({place for place in places if type(place) is int and 0 <= place < count})


@cache
def _component() -> ComponentRenderer:
    return declare("pick", folder=Path(__file__).parent)


def _words() -> dict[str, str]:
    return {
        "name": t("Photos to select. Arrow keys move, Space selects."),
        "all": t("Select all on this page"),
        "none": t("Select none"),
        "count": t("{n} selected"),
    }
