"""The folded parts below the answer: each costs nothing until somebody opens it."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from tl_core.ui import lesson
from tl_core.ui.errors import fragment
from tl_core.ui.prediction import (
    breaking,
    correct,
    follow,
    none_of_these,
    reading,
    seen,
    sureness,
    why,
)
from tl_core.ui.prediction.shown import Shown
from tl_core.ui.state import url_flag
from tl_core.ui.text import t, t_marked
from tl_core.wording import N_


@dataclass(frozen=True, kw_only=True)
class Part:
    """One folded part.

    Args:
        name: in the URL, which says whether it is open, and in a lesson link, which may leave it out.
        title: in English, marked with `N_`.
        icon: of Material.
        show: draws it.
        leave: is called in place of that where it is not drawn.
    """

    name: str
    title: str
    icon: str
    show: Callable[[Shown], object]
    leave: Callable[[], object] = lambda: None


PARTS = (
    Part(name="read", title=N_("Read the answer"), icon="functions", show=reading.show),
    Part(
        name="unsure",
        title=N_("When to say nothing"),
        icon="help",
        show=sureness.show,
        leave=sureness.leave,
    ),
    Part(name="none", title=N_("None of these?"), icon="block", show=none_of_these.show),
    Part(name="why", title=N_("Why?"), icon="psychology_alt", show=why.show),
    Part(name="break", title=N_("Break it"), icon="broken_image", show=breaking.show),
    Part(name="seen", title=N_("See what the model saw"), icon="visibility", show=seen.show),
    Part(name="follow", title=N_("Follow the photo"), icon="route", show=follow.show),
    Part(name="correct", title=N_("Correct it"), icon="rule", show=correct.show),
)


def show_parts(shown: Shown | None) -> None:
    """Draw all parts, and what is in those that are open; None while there is no answer to look into."""
    for part in PARTS:
        with lesson.part(part.name):
            box = st.expander(
                t_marked(part.title),
                icon=f":material/{part.icon}:",
                on_change="rerun",
                **url_flag(part.name),
            )
        opened = box.open and not lesson.hidden(part.name)
        if opened and shown is not None:
            with box:
                fragment(part.show)(shown)
            continue
        part.leave()
        if opened:
            box.caption(t("This needs the answer above."))
