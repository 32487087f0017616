"""A control of this page: kept in the URL, and left out where a lesson hides it."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from tl_core.ui import lesson
from tl_core.ui.errors import callback
from tl_core.ui.redrawing import redraw
from tl_core.ui.state import url_choice, url_flag, url_number, url_text
from tl_core.ui.text import t_marked

CONTENT, WEIGHTS, GEOMETRY, SHOWN = "content", "weights", "geometry", "shown"
"""Keys of the parts of the page: all of it, some of its controls, and the section that is open."""


def choice(
    name: str,
    label: str,
    titles: Mapping[str, str],
    *,
    default: str,
    only: Sequence[str] | None = None,
    select: bool = False,
    redraws: Sequence[str] = (),
    **look: Any,
) -> str:
    """Draw a choice and return the chosen name.

    Args:
        name: in the URL.
        label: translated.
        titles: name -> English title, marked with `N_`.
        default: one of the names; if it cannot be chosen now, the first that can.
        only: the names that can be chosen now; all by default.
        select: a list that opens, instead of buttons side by side.
        redraws: the parts of the page that depend on it, if not everything around it does; see `redraw`.
        **look: ``help`` and other arguments of the widget.
    """
    options = [each for each in titles if only is None or each in only]
    usual = default if default in options else options[0]
    arguments = url_choice(name, options, default=usual)
    look |= arguments | {"format_func": lambda each: t_marked(titles[each])} | _redrawing(redraws)
    with lesson.part(name):
        if select:
            st.selectbox(label, **look)
        else:
            st.segmented_control(label, **look, required=True)
    return str(st.session_state[name])


def number(
    name: str,
    label: str,
    low: float,
    high: float,
    *,
    default: float,
    step: float = 1,
    slider: bool = False,
    redraws: Sequence[str] = (),
    **look: Any,
) -> Any:
    """Draw a number, from `low` to `high`, and return it.

    The kinds of number are those of `url_number`, and `redraws` is as for `choice`.
    """
    look |= _redrawing(redraws)
    usual = min(max(default, low), high)
    arguments = url_number(name, low, high, default=usual, step=step)
    with lesson.part(name):
        widget: Callable[..., Any] = st.slider if slider else st.number_input
        widget(label, **arguments, **look)
    return st.session_state[name]


def _redrawing(parts: Sequence[str]) -> dict[str, Any]:
    return {"on_change": callback(partial(redraw, *parts))} if parts else {}


def flag(name: str, label: str, *, default: bool = False, **look: Any) -> bool:
    """Draw a switch and return whether it is on."""
    arguments = url_flag(name, default=default)
    with lesson.part(name):
        st.toggle(label, **arguments, **look)
    return bool(st.session_state[name])


def written(
    name: str, label: str, *, default: str, check: Callable[[str], object], **look: Any
) -> str:
    """Draw a line of text and return it; what was typed is not checked here, only what a link says."""
    arguments = url_text(name, default=default, check=check)
    with lesson.part(name):
        st.text_input(label, **arguments, **look)
    return str(st.session_state[name])
