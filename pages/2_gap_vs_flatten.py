"""Two heads on the same feature map, side by side: every shape, every weight, the ratio, and what it buys."""

import streamlit as st

from tl_core.ui import lesson, projector
from tl_core.ui.errors import fragment, shown_in_place
from tl_core.ui.frame import PAGES, frame
from tl_core.ui.gap.columns import show_headline, show_totals
from tl_core.ui.gap.guess import is_secret
from tl_core.ui.gap.sections import HIDEABLE, SECTIONS
from tl_core.ui.gap.setup import CONTENT, RATIO, SHOWN, SUMS, setup_as_set, setup_controls
from tl_core.ui.sections import choose_section, draw_alone
from tl_core.ui.text import t
from tl_core.wording import N_


def show_content() -> None:
    """Draw everything below the page's title; it runs alone after a change in it."""
    lesson.show()
    with projector.folded(t("Backbone, input size and layers")):
        setup_controls()
    above = st.container()
    section = choose_section(SECTIONS)
    shown, below = st.container(), st.container()
    secret = section.name == "guess" and is_secret(setup_as_set()[0])
    # On a projector a section is in the first screen: only the first one has the ratio above it.
    with above if section == SECTIONS[0] or not projector.is_on() else below:
        fragment(lambda: show_headline(*setup_as_set(), secret=secret), key=RATIO)()
    with below if projector.is_on() else above:
        if not secret:
            fragment(lambda: show_totals(*setup_as_set()), key=SUMS)()
    with shown:
        if section.name == "guess":  # what is guessed there decides what stands above
            with shown_in_place():
                section.show(*setup_as_set())
        else:
            fragment(lambda: section.show(*setup_as_set()), key=SHOWN)()
    lesson.maker(HIDEABLE)


with frame(
    PAGES.gap,
    N_(
        "Here a feature map becomes a vector in one of two ways: Flatten keeps every position of every "
        "channel, GAP keeps one average per channel. See what each costs."
    ),
):
    draw_alone(show_content, key=CONTENT)
