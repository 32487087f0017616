"""What one session remembers about the controls of all pages; `state` and `redrawing` are what changes it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

KEY = "_url"


@dataclass(frozen=True, kw_only=True)
class Control:
    """One control of the page: how its value becomes URL text and back."""

    name: str
    default: Any
    read: Callable[[str], Any]
    """Turns URL text into a value; any exception refuses it."""
    mend: Callable[[Any], Any]
    """Returns the nearest value that can be used now."""
    write: Callable[[Any], str] = str
    place: bool = False
    """Another value is a step of the browser's history: an address that names the default keeps it."""


@dataclass
class News:
    """What an action has brought, see `news`."""

    what: Any
    first_said: float = 0.0
    """When a page first said it, in seconds of the monotonic clock; 0 if none has."""


@dataclass
class Kept:
    """What one session remembers about the controls of all pages."""

    page: str = ""
    language: str = ""
    relabelled: bool = False
    """The language has just changed: Streamlit knows a choice by its label, so it must be told the value."""
    asked: dict[str, str | None] = field(default_factory=dict)
    """What the URL said when the page was entered; a control takes its own. None asks for the default."""
    seeded: set[str] = field(default_factory=set)
    drawn: dict[str, Control] = field(default_factory=dict)
    part: Any = None
    """The part of the page that is drawn now, a `redrawing.Part`; None outside of all."""
    parts: dict[str, Any] = field(default_factory=dict)
    """For each control that is drawn, the part that it is in."""
    page_wanted: bool = False
    """Whether a change in a part concerns all of the page, which is not drawn yet."""
    page_called: bool = False
    """Whether a part has had the page drawn, which has not come to its end since."""
    awaited: set[str | None] = field(default_factory=set)
    """Keys of parts that are still to be drawn because of a change outside, which concerns nothing else."""
    broken: Any = None
    """The part that broke when it was drawn last, so that its controls may be missing; None if none did."""
    whole: bool = False
    """Whether the page, as it was drawn last, came to its end with every control drawn."""
    redrawn: int = 0
    """How often a part was drawn alone since the page was."""
    app_wide: Callable[[], dict[str, str]] = dict
    """Returns the parameters that every page carries."""
    note: Callable[[], object] = lambda: None
    """Is called when somebody has changed something in a part that runs alone."""
    was_app_wide: dict[str, str] = field(default_factory=dict)
    texts: dict[str, dict[str, str]] = field(default_factory=dict)
    """For each page, the URL text of every control that was left off its default."""
    links: dict[str, dict[str, str]] = field(default_factory=dict)
    """For each page, its own parameters as last written."""
    presses: set[str] = field(default_factory=set)
    """Keys of buttons whose press no run has answered yet, see `presses`."""
    news: dict[str, News] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    told_next: list[str] = field(default_factory=list)
    """Notices of a part, for the page that is drawn because of them."""


def kept() -> Kept:
    """Return what this session remembers."""
    found: Kept = st.session_state.setdefault(KEY, Kept())
    return found
