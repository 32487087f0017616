"""The sections of a page: a choice among them, and only the chosen one runs.

Every page has a list of them, and names what a lesson may leave out of it, in one module::

    SECTIONS = (Section(name="rule", title=N_("The rule"), show=rule.show), ...)
    HIDEABLE = {"section": N_("Section"), "size": N_("Input size (pixels)"), ...} | names_to_hide(SECTIONS)
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, ParamSpec

import streamlit as st

from tl_core.ui import lesson
from tl_core.ui.errors import fragment
from tl_core.ui.state import keep_address, take_link, url_choice
from tl_core.ui.text import t, t_marked

P = ParamSpec("P")
KEY = "section"
PREFIX = "section-"
"""Before a section's name where a lesson leaves it out: a part of the page may have the same name."""


@dataclass(frozen=True, kw_only=True)
class Section(Generic[P]):
    """One section of a page.

    Args:
        name: in the URL.
        title: in English, marked with `N_`.
        show: draws it, from whatever the page's sections share.
    """

    name: str
    title: str
    show: Callable[P, object]


def choose_section(sections: Sequence[Section[P]]) -> Section[P]:
    """Draw the choice and return the chosen section: the first until somebody does; one alone needs none.

    Those that a lesson leaves out cannot be chosen; a lesson that leaves out all of them is not followed.
    """
    offered = [one for one in sections if not lesson.hidden(PREFIX + one.name)] or sections
    if len(offered) == 1:
        return offered[0]
    named = {section.name: section for section in offered}
    options = url_choice(KEY, list(named), default=offered[0].name)
    with lesson.part(KEY):
        st.segmented_control(
            t("Section"),
            **options,
            format_func=lambda name: t_marked(named[name].title),
            required=True,
            label_visibility="collapsed",
            help=t("Only the chosen section is drawn; what you set in the others is kept."),
        )
    return named[st.session_state[KEY]]


def show_alone(section: Section[[]]) -> None:
    """Draw a section that shares nothing with its page: a change in it draws the section, and no frame."""

    def show() -> None:
        try:
            section.show()
        except Exception:
            keep_address()  # what was not drawn would be missing from it
            raise

    fragment(show)()


def names_to_hide(sections: Sequence[Section[P]]) -> dict[str, str]:
    """Return what a lesson calls each section that it leaves out, and its English title."""
    return {PREFIX + section.name: section.title for section in sections}


def open_section(name: str, /, **controls: str | None) -> None:
    """Open another section of the page that is open: for ``on_click``.

    Args:
        name: of the section.
        **controls: texts that set the page's controls, as in its URL; None for a default.
    """
    take_link({KEY: name, **controls})
