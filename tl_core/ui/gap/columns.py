"""The two heads side by side: the ratio in large type, totals, and every layer with its formula."""

import functools
from collections.abc import Callable, Sequence

import streamlit as st

from tl_core.head_math import HeadSetup, LayerRow, Shape, ratio, totals
from tl_core.ui.charts import bar_chart
from tl_core.ui.gap.setup import TITLES, origin
from tl_core.ui.text import t, t_marked
from tl_core.ui.theme import WEIGHTS

SHORT = {"GlobalAveragePooling2D": "GAP", "GlobalMaxPooling2D": "GMP"}
NO_BREAK = "\N{NO-BREAK SPACE}"
MOST_BESIDE = 2
SECRET = "?"


def show_headline(setup: HeadSetup, poolings: Sequence[str], *, secret: bool = False) -> None:
    """Draw the ratio, and all totals as bars to scale.

    Args:
        setup: what the heads stand on and share.
        poolings: Flatten and GAP first.
        secret: leaves every number out that a person is about to guess.
    """
    weights = [parameters(setup, pooling) for pooling in poolings]
    times = times_text(ratio(setup.rows("flatten"), setup.rows("gap")))
    number, bars = st.columns([1, 3], vertical_alignment="center")
    number.metric(
        t("Flatten : GAP"),
        SECRET if secret else f"{times} ×",
        help=t("Weights of the head with Flatten divided by weights of the head with GAP."),
    )
    titles = [t_marked(TITLES[pooling]) for pooling in poolings]
    named = ", ".join(f"{title} {count:,}" for title, count in zip(titles, weights, strict=True))
    with bars:
        bar_chart(
            titles,
            [0] * len(weights) if secret else weights,
            texts=[SECRET] * len(weights) if secret else [f"{count:,}" for count in weights],
            colours=[WEIGHTS] * len(weights),
            alt=t("Weights to train are still hidden.")
            if secret
            else t("Weights to train: {weights}.", weights=named),
            key="weights",
        )
    st.caption(_below(setup))


def show_totals(setup: HeadSetup, poolings: Sequence[str]) -> None:
    """Draw trainable and frozen weights of every head, backbone included."""

    def one(pooling: str) -> None:
        st.subheader(head_title(pooling), anchor=False)
        sums = totals(setup.rows(pooling))
        whole = setup.frozen + sums.parameters
        st.markdown(
            t(
                "**{trainable}** trainable + {frozen} frozen = {whole}",
                trainable=f"{sums.trainable:,}",
                frozen=f"{whole - sums.trainable:,}",
                whole=f"{whole:,}",
            )
        )

    beside(poolings, one)


def beside(poolings: Sequence[str], draw: Callable[[str], None]) -> None:
    """Draw the heads in pairs, one column each; on a phone one below the other."""
    for first in range(0, len(poolings), MOST_BESIDE):
        pair = poolings[first : first + MOST_BESIDE]
        for column, pooling in zip(st.columns(MOST_BESIDE, gap="large"), pair, strict=False):
            with column:
                draw(pooling)


def head_table(title: str, feature_map: Shape, rows: tuple[LayerRow, ...]) -> None:
    """Draw layers one by one: the shape after each, and its weights as a formula with numbers."""
    header = f"| {title} | {t('Shape')} | {t('Weights')} |\n|:--|:--|:--|\n"
    first = f"| {t('Feature map')} | {shape_text(feature_map)} | |\n"
    lines = (
        f"| {SHORT.get(row.kind, row.kind)} | {shape_text(row.output_shape)} | {weights_text(row)} |\n"
        for row in rows
    )
    total = f"| **{t('Total')}** | | **{totals(rows).parameters:,}** |"
    st.markdown(header + first + "".join(lines) + total)


@functools.lru_cache(512)
def parameters(setup: HeadSetup, pooling: str) -> int:
    """Return all weights of a head."""
    return totals(setup.rows(pooling)).parameters


def head_title(pooling: str) -> str:
    """Return what a column is called."""
    return t("Head with {name}", name=t_marked(TITLES[pooling]))


def times_text(times: float) -> str:
    """Return a ratio with as many digits as it needs: ``48.7``, ``1,024``."""
    return f"{times:,.1f}" if times < 100 else f"{times:,.0f}"


def shape_text(shape: Shape) -> str:
    """Return ``(7, 7, 512)`` as ``7 × 7 × 512``, which stays on one line."""
    return f"{NO_BREAK}×{NO_BREAK}".join(f"{side:,}" for side in shape)


def weights_text(row: LayerRow) -> str:
    """Return a layer's weights written out, or the words that it has none; a line ends only before ``=``."""
    return (
        t_marked(row.formula)
        .format(**row.values)
        .replace(" ", NO_BREAK)
        .replace(f"{NO_BREAK}=", " =")
    )


def _below(setup: HeadSetup) -> str:
    if source := origin(setup):
        return t("Origin: {origin}", origin=source)
    return t(
        "All weights to train, drawn to scale. Look for what happens when the input gets larger: "
        "Flatten grows with its square, GAP stays."
    )
