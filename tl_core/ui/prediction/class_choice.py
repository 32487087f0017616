"""The class that the parts below an answer look into: one choice for all of them."""

import streamlit as st

from tl_core.ui.errors import callback
from tl_core.ui.prediction.shown import Shown
from tl_core.ui.redrawing import want_page
from tl_core.ui.state import is_drawn, url_choice
from tl_core.ui.text import escaped, t

KEY = "class"
GUESS = "guess"
"""The choice of the class that the network is surest of, whichever that is for the next photo."""


def choose_class(shown: Shown) -> int:
    """Draw the choice of a class; where an open part above has it already, say what is chosen there."""
    if is_drawn(KEY):
        chosen = st.session_state[KEY]
        label = _label(shown, chosen)
        st.caption(t("Class, as chosen above: {name}", name=escaped(shown.names[label])))
        return label
    options = [GUESS, *map(str, range(len(shown.names)))]
    chosen = st.selectbox(
        t("Class"),
        **url_choice(KEY, options, default=GUESS),
        format_func=lambda option: _title(shown, option),
        on_change=callback(want_page),  # the other parts look into it too
        help=t("What is told below is told of this class: its first guess, or any other."),
    )
    return _label(shown, chosen)


def _label(shown: Shown, chosen: str) -> int:
    return shown.guess if chosen == GUESS else int(chosen)


def _title(shown: Shown, option: str) -> str:
    if option == GUESS:
        return t("Its first guess: {name}", name=shown.names[shown.guess])
    # A choice that is formatted after the photo's network has changed may have fewer classes.
    return shown.names[int(option)] if int(option) < len(shown.names) else option
