"""Break it: the photo is spoilt, little by little, and the answer watched until it flips."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from tl_core.engine.questions import BREAK
from tl_core.prediction.damage import (
    LEVELS,
    Broken,
    Damage,
    damaged,
    first_flip,
    get_damage,
    list_damages,
)
from tl_core.ui.asking import ask_of_run
from tl_core.ui.charts import ABOVE, CURVES_HEIGHT, GUIDE, Properties, share_axis, show_chart, told
from tl_core.ui.pictures import show_picture
from tl_core.ui.prediction.shown import Shown
from tl_core.ui.state import url_choice, url_number
from tl_core.ui.text import escaped, t, t_marked
from tl_core.ui.theme import class_colour
from tl_core.wording import percent

KIND, LEVEL, SEED = "damage", "level", "noise_seed"
USUAL_LEVEL = 3
LARGEST_SEED = 9999
MOST_CURVES = 10
MARGIN = 0.03
"""Share of the axis beside its first and last level."""


def show(shown: Shown) -> None:
    """Draw the choice of damage, where the answer flips, the spoilt photo and the scores over all levels."""
    damage, level, seed = _choose()
    with st.spinner(t("Spoiling the photo …")):
        broken = ask_of_run(BREAK, shown.run, pixels=shown.pixels, kind=damage.name, seed=seed)
    sentence = _flip(shown.names, broken, damage)
    st.markdown(f"**{escaped(sentence)}**")
    picture, curves = st.columns([2, 3], gap="medium")
    with picture:
        _picture(shown, broken, damage, level, seed)
    with curves:
        _curves(shown.names, broken, damage, level, sentence)


def _choose() -> tuple[Damage, int, int]:
    titles = {one.name: one.title for one in list_damages()}
    kind = st.segmented_control(
        t("Damage"),
        **url_choice(KIND, list(titles), default=next(iter(titles))),
        required=True,
        format_func=lambda name: t_marked(titles[name]),
    )
    damage = get_damage(str(kind))
    slider, seed_place = st.columns([3, 1], gap="medium", vertical_alignment="bottom")
    levels = [str(level) for level in range(LEVELS)]
    level = slider.select_slider(
        t("How much"),
        **url_choice(LEVEL, levels, default=str(USUAL_LEVEL)),
        format_func=lambda level: _amount(damage, int(level)),
    )
    seed = 0
    if damage.random:
        seed = seed_place.number_input(
            t("Seed of the noise"),
            **url_number(SEED, 0, LARGEST_SEED, default=0),
            help=t("The same seed is the same noise; a larger level is more of it."),
        )
    return damage, int(str(level)), int(seed)


def _amount(damage: Damage, level: int) -> str:
    """Return what a level is called."""
    if not level:
        return t("as it is")
    return t_marked(damage.amount).format(amount=f"{damage.amounts[level]:g}")


def _flip(names: Sequence[str], broken: Broken, damage: Damage) -> str:
    """Return where the answer flips, or that it never does."""
    flip, first = first_flip(broken.guesses), names[broken.guesses[0]]
    if flip is None:
        return t("It never changes its answer: {name} at every level.", name=first)
    values = {"amount": _amount(damage, flip.level), "name": names[flip.label]}
    if flip.lasting:
        return t("From {amount} on it says {name} instead of {first}.", first=first, **values)
    return t(
        "At {amount} it says {name} instead of {first} for the first time, and changes again later.",
        first=first,
        **values,
    )


def _picture(shown: Shown, broken: Broken, damage: Damage, level: int, seed: int) -> None:
    guess = broken.guesses[level]
    values = {"title": shown.photo.title, "amount": _amount(damage, level)}
    show_picture(
        damaged(shown.pixels, damage.name, level, seed), alt=t("{title}, {amount}", **values)
    )
    st.caption(
        t(
            "What the network gets, {amount}: it says {name} with {share}.",
            amount=values["amount"],
            name=escaped(shown.names[guess]),
            share=percent(broken.shares[level, guess]),
        )
    )


def _curves(
    names: Sequence[str], broken: Broken, damage: Damage, level: int, sentence: str
) -> None:
    labels = _labels(broken)
    amounts = damage.amounts
    first, last = amounts[0], amounts[-1]  # the quality of a JPEG falls
    margin = MARGIN * (last - first)
    traces: list[Properties] = [
        {
            "x": list(amounts),
            "y": broken.shares[:, label].tolist(),
            "name": names[label],
            "mode": "lines+markers",
            "line": {"color": class_colour(label)},
        }
        | told(broken.shares[:, label].tolist())
        for label in labels
    ]
    traces.append(
        {
            "x": [amounts[level]] * 2,
            "y": [0, 1],
            "name": t("Now"),
            "mode": "lines",
            "line": GUIDE | {"dash": "dot"},
            "hoverinfo": "skip",
        }
    )
    layout = {
        "height": CURVES_HEIGHT,
        "legend": ABOVE,
        "margin": {"l": 0, "r": 24, "t": 40, "b": 0},
        "xaxis": {"title": t_marked(damage.axis), "range": [first - margin, last + margin]},
        "yaxis": share_axis(title=t("Score"), range=[-0.03, 1.04]),
    }
    now = ", ".join(f"{names[label]} {percent(broken.shares[level, label])}" for label in labels)
    alt = t(
        "Score of every class as the photo is spoilt. {sentence} Now, {amount}: {scores}.",
        sentence=sentence,
        amount=_amount(damage, level),
        scores=now,
    )
    show_chart(traces, layout, alt=alt, key="breaking")
    st.caption(
        t(
            "Look for where another curve crosses the highest one: there the answer flips. A network bears "
            "best what it met in training; augmentation is damage on purpose."
        )
    )


def _labels(broken: Broken) -> list[int]:
    """Return the classes that get a curve: all, or those that are ever surest of many."""
    highest = np.argsort(-broken.shares.max(axis=0), kind="stable")
    return sorted(int(label) for label in highest[:MOST_CURVES])
