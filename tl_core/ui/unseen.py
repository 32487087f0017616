"""Controls of a folded part that nobody has opened: they cost nothing, and have the values that were left.

    with st.expander(t("More settings"), on_change="rerun", **url_flag("more")) as box:
        on = pen(seen=bool(box.open))
        dropout = on.slider(t("Dropout"), **url_number("dropout", 0.0, 0.8, default=0.2, step=0.1))

Only for controls that are kept in the URL: of another one Streamlit forgets the value.
"""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import streamlit as st


class _Unseen:
    def __getattr__(self, kind: str) -> Callable[..., Any]:
        return _unseen


def _unseen(*_: object, key: str | None = None, **look: object) -> Any:
    """Return the value of a control, and for anything else what can be drawn into."""
    return nullcontext() if key is None else left_at(key)


def left_at(key: str) -> Any:
    """Return the value of a control that is not drawn.

    It is given anew each time: once the control is gone Streamlit would find what it was given before that.
    """
    st.session_state[key] = st.session_state[key]
    return st.session_state[key]


def pen(*, seen: bool) -> Any:
    """Return what a part is drawn with: ``st``, or what draws nothing and gives controls their values."""
    return st if seen else _Unseen()
