"""Two heads on the same feature map, side by side: every shape, every weight, the ratio, and what it buys."""

import streamlit as st

from tl_core.ui import lesson, projector
from tl_core.ui.errors import shown_in_place
from tl_core.ui.frame import PAGES, frame
from tl_core.ui.gap.columns import show_headline, show_totals
from tl_core.ui.gap.guess import is_secret
from tl_core.ui.gap.sections import HIDEABLE, SECTIONS
from tl_core.ui.gap.setup import setup_controls
from tl_core.ui.sections import choose_section
from tl_core.ui.text import t
from tl_core.wording import N_

with frame(
    PAGES.gap,
    N_(
        "A feature map becomes a vector in one of two ways: Flatten keeps every position of every channel, "
        "GAP keeps one average per channel. See what each costs."
    ),
):
    lesson.show()
    with projector.folded(t("Backbone, input size and layers")):
        setup, poolings = setup_controls()
    above = st.container()
    section = choose_section(SECTIONS)
    shown, below = st.container(), st.container()
    secret = section.name == "guess" and is_secret(setup)
    # On a projector a section is in the first screen: only the first one has the ratio above it.
    with above if section == SECTIONS[0] or not projector.is_on() else below:
        show_headline(setup, poolings, secret=secret)
    with below if projector.is_on() else above:
        if not secret:
            show_totals(setup, poolings)
    with shown, shown_in_place():
        section.show(setup, poolings)
    lesson.maker(HIDEABLE)
