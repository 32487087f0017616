"""Two heads on the same feature map, side by side: every shape, every weight, the ratio, and what it buys."""

import streamlit as st

from tl_core.ui import lesson
from tl_core.ui.errors import shown_in_place
from tl_core.ui.frame import frame
from tl_core.ui.gap import (
    compare,
    export,
    followed,
    guess,
    layers,
    ledger,
    measure,
    rule,
    stack,
    sweeps,
)
from tl_core.ui.gap.columns import show_headline, show_totals
from tl_core.ui.gap.setup import HIDEABLE, setup_controls
from tl_core.ui.state import url_choice
from tl_core.ui.text import t, t_marked
from tl_core.wording import N_

SECTIONS = {
    "layers": N_("Layers"),
    "costs": N_("Cost ledger"),
    "sweeps": N_("Sweeps"),
    "rule": N_("The rule"),
    "see": N_("See GAP happen"),
    "measure": N_("Measure it"),
    "stack": N_("Stack calculator"),
    "guess": N_("Guess first"),
    "compare": N_("Compare"),
    "export": N_("Export"),
}

with frame(
    N_("GAP vs Flatten"),
    ":material/compare_arrows:",
    N_(
        "A feature map becomes a vector in one of two ways: Flatten keeps every position of every channel, "
        "GAP keeps one average per channel. See what each costs."
    ),
):
    lesson.show()
    setup, poolings = setup_controls()
    headline = st.container()
    options = url_choice("section", list(SECTIONS), default="layers")
    section = (
        st.session_state["section"]
        if lesson.hidden("section")
        else st.segmented_control(
            t("Section"),
            **options,
            format_func=lambda name: t_marked(SECTIONS[name]),
            required=True,
            label_visibility="collapsed",
        )
    )
    secret = section == "guess" and guess.is_secret(setup)
    with headline:
        show_headline(setup, poolings, secret=secret)
        if not secret:
            show_totals(setup, poolings)

    with shown_in_place():
        match section:
            case "layers":
                layers.show(setup, poolings)
            case "costs":
                ledger.show(setup, poolings)
            case "sweeps":
                sweeps.show(setup, poolings)
            case "rule":
                rule.show(setup)
            case "see":
                followed.show(setup)
            case "measure":
                measure.show(setup)
            case "stack":
                stack.show()
            case "guess":
                guess.show(setup)
            case "compare":
                compare.show(setup, poolings)
            case "export":
                export.show(setup, poolings)
    lesson.maker(
        {name: t_marked(title) for name, title in HIDEABLE.items()} | {"section": t("Section")}
    )
