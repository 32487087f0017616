"""The folded parts below the answer: each costs nothing until somebody opens it."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from tl_core.ui import lesson
from tl_core.ui.errors import shown_in_place
from tl_core.ui.prediction import correct, reading, sureness
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
    """

    name: str
    title: str
    icon: str
    show: Callable[[Shown], object]


PARTS = (
    Part(name="read", title=N_("Read the answer"), icon="functions", show=reading.show),
    Part(name="unsure", title=N_("When to say nothing"), icon="help", show=sureness.show),
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
        if box.open and not lesson.hidden(part.name):
            with box, shown_in_place():
                if shown is None:
                    st.caption(t("This needs the answer above."))
                else:
                    part.show(shown)
