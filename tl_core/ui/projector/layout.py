"""What the projector changes: a page asks here where its set-up goes, and how large a font is.

``?layout=projector`` goes along through all pages, as the language does. (``view`` is a control of the
convolution page.) Words grow because every size of Streamlit is a multiple of the page's own font size: the
component ``larger.js`` sets that one property while the projector is on, and nothing else.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer
from streamlit.delta_generator import DeltaGenerator

from tl_core.ui import state
from tl_core.ui.errors import callback
from tl_core.ui.stage.component import declare
from tl_core.ui.text import t

PARAMETER, PROJECTOR = "layout", "projector"
"""Name in the URL and in the session, and its only value."""
SWITCH_KEY = "layout_switch"
FOLD_KEY = "_folded"
"""How many times set-up was folded again in this session."""
LARGER = 1.2
"""How much larger words are."""


def take_layout() -> None:
    """Take over the layout that the URL asks for, if the page was just entered with one."""
    asked = state.asked_in_url(PARAMETER)
    if asked == PROJECTOR:
        st.session_state[PARAMETER] = asked
    elif asked is not None:
        state.refuse(PARAMETER, asked)


def is_on() -> bool:
    """Whether this session's pages are drawn for a projector."""
    return st.session_state.get(PARAMETER) == PROJECTOR


def url_parameters() -> dict[str, str]:
    """Return the URL parameter for the layout: nothing for the usual one."""
    return {PARAMETER: PROJECTOR} if is_on() else {}


def without_layout(parameters: Mapping[str, str]) -> dict[str, str]:
    """Return parameters of a link for others: what is on the wall is no layout for their phones."""
    return {name: text for name, text in parameters.items() if name != PARAMETER}


def show_switch() -> None:
    """Draw the switch, and make the words larger while it is on."""
    st.session_state[SWITCH_KEY] = is_on()  # at every run: on another page it is another widget
    st.toggle(
        t("For a projector"),
        key=SWITCH_KEY,
        on_change=callback(_switch),
        help=t(
            "Larger words, settings folded, and the result in the first screen. The arrow at the top left "
            "brings this bar back."
        ),
    )
    if is_on():
        _component()(key="larger", data={"times": LARGER})


def larger(size: int) -> int:
    """Return the size of a font in a figure, in pixels, as this layout draws it."""
    return round(size * LARGER) if is_on() else size


def folded(title: str) -> AbstractContextManager[Any]:
    """Return where set-up above a result is drawn: folded behind `title`, translated, on a projector."""
    return _fold(title) if is_on() else nullcontext()


def set_up_beside(
    set_up: int,
    shown: int,
    *,
    title: str,
    shown_first: bool = False,
    fold: bool = False,
    **look: Any,
) -> tuple[DeltaGenerator, DeltaGenerator]:
    """Return where set-up and result are drawn: beside each other; folded above it on a projector.

    Args:
        set_up: relative width.
        shown: relative width of the result.
        title: of the folded set-up, translated.
        shown_first: the result is at the left, and so on top on a phone.
        fold: whether it is folded without a projector too.
        **look: further arguments of ``st.columns``.
    """
    if is_on() or fold:
        result = st.container() if shown_first else None
        box = _fold(title)
        return box, result or st.container()
    first, second = st.columns([shown, set_up] if shown_first else [set_up, shown], **look)
    return (second, first) if shown_first else (first, second)


def fold_again() -> None:
    """Fold what somebody has opened, because the page begins anew: for ``on_click``."""
    st.session_state[FOLD_KEY] = st.session_state.get(FOLD_KEY, 0) + 1


def _fold(title: str) -> DeltaGenerator:
    # Under another key it is another box to the browser, and those are closed.
    return st.expander(
        title, icon=":material/tune:", key=f"fold-{st.session_state.get(FOLD_KEY, 0)}"
    )


def _switch() -> None:
    st.session_state[PARAMETER] = PROJECTOR if st.session_state[SWITCH_KEY] else ""


@cache
def _component() -> ComponentRenderer:
    return declare("larger", folder=Path(__file__).parent)
