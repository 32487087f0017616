"""Section "Compare": a set-up that was kept (A, in the URL) beside the one on the page (B)."""

from collections.abc import Sequence

import streamlit as st

from tl_core.head_math import HeadSetup, bias_name, ratio, read_setup, totals, write_units
from tl_core.ui.charts import bar_chart
from tl_core.ui.errors import callback
from tl_core.ui.gap.columns import parameters, shape_text, times_text
from tl_core.ui.gap.setup import BIAS_TITLES, TITLES, known_as, take_setup
from tl_core.ui.presses import pressed
from tl_core.ui.state import url_text
from tl_core.ui.text import t, t_marked
from tl_core.ui.theme import class_colour

KEY = "a"


def show(setup: HeadSetup, poolings: Sequence[str]) -> None:
    """Draw the buttons, and once a set-up is kept, both beside each other."""
    url_text(KEY, check=_check)
    with st.container(horizontal=True):
        if pressed(t("Keep this set-up as A"), icon=":material/push_pin:", key="keep_a"):
            st.session_state[KEY] = setup.text
        if st.session_state[KEY]:
            st.button(
                t("Swap A and B"),
                icon=":material/swap_horiz:",
                on_click=callback(_swap),
                args=[setup],
            )
    if not st.session_state[KEY]:
        st.info(
            t(
                "Keep this set-up as A, then change the controls: the page compares them as A and B."
            ),
            icon=":material/arrow_upward:",
        )
        return
    both = {"A": read_setup(st.session_state[KEY]), "B": setup}
    _table(both, poolings)
    _bars(both, poolings)
    st.caption(
        t(
            "A is in the page's address, so this comparison can be shared. Look for the line that differs "
            "most."
        )
    )


def _check(text: str) -> None:
    if text:
        read_setup(text)


def _swap(setup: HeadSetup) -> None:
    take_setup(read_setup(st.session_state[KEY]))
    st.session_state[KEY] = setup.text


def _table(both: dict[str, HeadSetup], poolings: Sequence[str]) -> None:
    setups = both.values()
    rows = {
        t("Set-up"): [known_as(one) for one in setups],
        t("Feature map"): [shape_text(one.feature_map) for one in setups],
        t("Hidden Dense layers"): [write_units(one.config.units) or t("none") for one in setups],
        t("Outputs"): [str(one.config.outputs) for one in setups],
        t("Bias"): [t_marked(BIAS_TITLES[bias_name(one.config)]) for one in setups],
    }
    for pooling in poolings:
        rows[t_marked(TITLES[pooling])] = [f"**{parameters(one, pooling):,}**" for one in setups]
    rows[t("Flatten : GAP")] = [
        f"{times_text(ratio(one.rows('flatten'), one.rows('gap')))} ×" for one in setups
    ]
    rows[t("Multiply-adds of GAP")] = [
        f"{totals(one.rows('gap')).multiply_adds:,}" for one in setups
    ]
    lines = [f"| | {' | '.join(both)} |", "|:--|--:|--:|"]
    lines += [f"| {name} | {' | '.join(values)} |" for name, values in rows.items()]
    st.markdown("\n".join(lines))


def _bars(both: dict[str, HeadSetup], poolings: Sequence[str]) -> None:
    bars = [
        (f"{name} · {t_marked(TITLES[pooling])}", parameters(one, pooling), class_colour(index))
        for pooling in poolings
        for index, (name, one) in enumerate(both.items())
    ]
    names, weights, colours = zip(*bars, strict=True)
    named = ", ".join(f"{name} {count:,}" for name, count in zip(names, weights, strict=True))
    bar_chart(
        names,
        weights,
        texts=[f"{count:,}" for count in weights],
        colours=colours,
        alt=t("Weights to train: {weights}.", weights=named),
        key="compared-weights",
    )
