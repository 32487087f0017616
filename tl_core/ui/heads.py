"""The two heads of the GAP page: what they stand on, and what each of their layers costs."""

from dataclasses import replace

import streamlit as st

from tl_core.backbones import MAX_INPUT_SIZE, BackboneSpec, get_backbone, list_backbones
from tl_core.head_math import HeadConfig, LayerRow, Shape, describe_head, ratio, totals
from tl_core.ui.charts import bar_chart
from tl_core.ui.state import url_choice, url_number
from tl_core.ui.text import t, t_marked
from tl_core.ui.theme import WEIGHTS
from tl_core.wording import N_

TEXTBOOK_BACKBONE, TEXTBOOK_SIZE = "vgg16", 224
SOURCES = {"backbone": N_("A backbone"), "free": N_("Any feature map")}
CONTROLS_HEIGHT = 175
"""Pixels; the same for both sources, so that nothing below moves."""
SHORT = {"GlobalAveragePooling2D": "GAP"}
NO_BREAK = "\N{NO-BREAK SPACE}"
LARGEST_MAP, MOST_CHANNELS, MOST_UNITS, MOST_CLASSES = 64, 4096, 4096, 1000


def feature_map_controls() -> Shape:
    """Draw the choice of a feature map and return its `(h, w, channels)`."""
    source = st.segmented_control(
        t("Feature map from"),
        **url_choice("from", list(SOURCES), default="backbone"),
        format_func=lambda name: t_marked(SOURCES[name]),
        required=True,
        help=t("A feature map is what the backbone makes of a photo: height × width × channels."),
    )
    with st.container(height=CONTROLS_HEIGHT, border=False):
        return _backbone_map() if source == "backbone" else _free_map()


def head_controls() -> HeadConfig:
    """Draw the settings that both heads share, and return them as a head with GAP."""
    units = st.number_input(
        t("Units of the hidden Dense layer (0 = none)"),
        **url_number("units", 0, MOST_UNITS, default=256, step=64),
    )
    left, right = st.columns(2)
    classes = left.number_input(t("Classes"), **url_number("classes", 2, MOST_CLASSES, default=2))
    activation = right.segmented_control(
        t("Last activation"),
        **url_choice("activation", ("softmax", "sigmoid"), default="softmax"),
        required=True,
        disabled=classes != 2,
        help=t("For two classes: softmax has one unit per class, sigmoid a single one."),
    )
    return HeadConfig(
        units=(units,) if units else (),
        classes=classes,
        activation=activation if classes == 2 else "softmax",
    )


def both_heads(
    feature_map: Shape, config: HeadConfig
) -> tuple[tuple[LayerRow, ...], tuple[LayerRow, ...]]:
    """Return the layers of the head with Flatten, and those of the same head with GAP."""
    flatten, gap = (
        describe_head(feature_map, replace(config, pooling=pooling))
        for pooling in ("flatten", "gap")
    )
    return flatten, gap


def headline(flatten: tuple[LayerRow, ...], gap: tuple[LayerRow, ...]) -> None:
    """Draw the ratio in large type, and both totals as bars to scale."""
    weights = [totals(rows).parameters for rows in (flatten, gap)]
    times = ratio(flatten, gap)
    number, bars = st.columns([1, 3], vertical_alignment="center")
    number.metric(
        t("Flatten : GAP"),
        f"{times:,.1f} ×" if times < 100 else f"{times:,.0f} ×",
        help=t("Weights of the head with Flatten divided by weights of the head with GAP."),
    )
    with bars:
        bar_chart(
            ["Flatten", "GAP"],
            weights,
            texts=[f"{count:,}" for count in weights],
            colours=[WEIGHTS, WEIGHTS],
            alt=t(
                "Weights to train: {flatten} with Flatten, {gap} with GAP.",
                flatten=f"{weights[0]:,}",
                gap=f"{weights[1]:,}",
            ),
            key="weights",
        )
    st.caption(
        t(
            "All weights to train, drawn to scale. Look for what happens when the input gets larger: "
            "Flatten grows with its square, GAP stays."
        )
    )


def head_table(feature_map: Shape, rows: tuple[LayerRow, ...]) -> None:
    """Draw a head layer by layer: the shape after it, and its weights as a formula with numbers."""
    header = f"| {t('Layer')} | {t('Shape')} | {t('Weights')} |\n|:--|:--|:--|\n"
    first = f"| {t('Feature map')} | {shape_text(feature_map)} | |\n"
    lines = (
        f"| {SHORT.get(row.kind, row.kind)} | {shape_text(row.output_shape)} | {weights_text(row)} |\n"
        for row in rows
    )
    total = f"| **{t('Total')}** | | **{totals(rows).parameters:,}** |"
    st.markdown(header + first + "".join(lines) + total)


def shape_text(shape: Shape) -> str:
    """Return ``(7, 7, 512)`` as ``7 × 7 × 512``, which stays on one line."""
    return f"{NO_BREAK}×{NO_BREAK}".join(f"{side:,}" for side in shape)


def weights_text(row: LayerRow) -> str:
    """Return a layer's weights written out, or the words that it has none; a line ends only before ``=``."""
    return t_marked(row.formula, **row.values).replace(" ", NO_BREAK).replace(f"{NO_BREAK}=", " =")


def _backbone_map() -> Shape:
    titles = {spec.name: spec.title for spec in list_backbones()}
    spec = get_backbone(
        st.selectbox(
            t("Backbone"),
            **url_choice("backbone", list(titles), default=TEXTBOOK_BACKBONE),
            format_func=titles.__getitem__,
        )
    )
    size = st.slider(
        t("Input size (pixels)"),
        **url_number("size", spec.min_size, MAX_INPUT_SIZE, default=_usual_size(spec)),
    )
    return spec.feature_shape(size)


def _free_map() -> Shape:
    height, width = st.columns(2, wrap=False)
    return (
        height.number_input(t("Height"), **url_number("h", 1, LARGEST_MAP, default=7)),
        width.number_input(t("Width"), **url_number("w", 1, LARGEST_MAP, default=7)),
        st.number_input(t("Channels"), **url_number("c", 1, MOST_CHANNELS, default=512, step=64)),
    )


def _usual_size(spec: BackboneSpec) -> int:
    return max(spec.min_size, TEXTBOOK_SIZE)
