"""Follow the photo: a strip from its pixels through feature maps and the head's sum to a score."""

from contextlib import AbstractContextManager

import streamlit as st

from tl_core.backbones import get_backbone
from tl_core.convolution.answers import Depth
from tl_core.convolution.sheets import map_square
from tl_core.engine.questions import FOLLOW
from tl_core.prediction.following import Followed, Term, place_in_map
from tl_core.results.metrics import read_model
from tl_core.ui.asking import ask_of_run
from tl_core.ui.charts import Properties, show_chart
from tl_core.ui.numbers import adding_up
from tl_core.ui.pictures import show_picture
from tl_core.ui.prediction.class_choice import choose_class
from tl_core.ui.prediction.reading import show_run_away
from tl_core.ui.prediction.shown import Shown
from tl_core.ui.text import escaped, t
from tl_core.ui.theme import ACTIVATIONS
from tl_core.wording import percent

PICTURE_WIDTH, VECTOR_WIDTH, SUM_WIDTH, SCORE_WIDTH = 124, 260, 390, 130
"""Pixels of the stations: a projector of 1280 pixels shows all of them."""
VECTOR_HEIGHT = 220


def show(shown: Shown) -> None:
    """Draw the choice of a class, and the photo's way to its score."""
    label = choose_class(shown)
    with st.spinner(t("Following the photo …")):
        followed = ask_of_run(FOLLOW, shown.run, pixels=shown.pixels, label=label)
    if not followed.sum.finite:
        show_run_away()
        return
    with _strip():
        _pixels(shown)
        for depth in followed.depths:
            _maps(depth)
    with _strip():
        _vector(shown, followed)
        _sum(followed)
        _score(shown, followed, label)
    st.markdown(_result(shown, followed, label))
    st.caption(_look_for(shown))


def _strip() -> AbstractContextManager[object]:
    """Return a row whose stations go on below where the page is narrower, as on a phone."""
    return st.container(horizontal=True, gap="xsmall")


def _pixels(shown: Shown) -> None:
    size = len(shown.pixels)
    with st.container(width=PICTURE_WIDTH, gap="xsmall"):
        st.markdown(f"**{t('Pixels')}**")
        show_picture(
            shown.pixels, alt=t("{title}, as the network sees it", title=shown.photo.title)
        )
        st.caption(f"{size} × {size} × 3")


def _maps(depth: Depth) -> None:
    height, width, channels = depth.shape
    numbers = ", ".join(map(str, depth.channels))
    with st.container(width=PICTURE_WIDTH, gap="xsmall"):
        st.markdown(f"**{escaped(depth.layer)}**")
        show_picture(
            map_square(depth.maps),
            alt=t(
                "Feature maps after {layer}: channels {numbers}", layer=depth.layer, numbers=numbers
            ),
        )
        st.caption(
            t(
                "{height} × {width} × {channels}; shown: {numbers}",
                height=height,
                width=width,
                channels=f"{channels:,}",
                numbers=numbers,
            )
        )


def _vector(shown: Shown, followed: Followed) -> None:
    """Draw the numbers that come out of the last map as one strip."""
    pooled = shown.run.settings.pooling == "gap"
    title = t("GAP vector") if pooled else t("Flatten vector")
    low, high = float(followed.vector.min()), float(followed.vector.max())
    strip: Properties = {
        "y": followed.vector,
        "fill": "tozeroy",
        "line": {"color": ACTIVATIONS, "width": 0.6, "shape": "hvh"},
        "hoverinfo": "skip",
    }
    layout = {
        "height": VECTOR_HEIGHT,
        "showlegend": False,
        "xaxis": {"visible": False},
        "yaxis": {"nticks": 4},
    }
    values = {"n": f"{followed.length:,}", "low": f"{low:.2f}", "high": f"{high:.2f}"}
    with st.container(width=VECTOR_WIDTH, gap="xsmall"):
        st.markdown(f"**{title}**")
        alt = t("The vector: {n} numbers from {low} to {high}", **values)
        show_chart([strip], layout, alt=alt, key="follow_vector")
        st.caption(t("{n} numbers from {low} to {high}", **values))


def _sum(followed: Followed) -> None:
    found = followed.sum
    names = [_name(followed, term) for term in found.terms]
    products = [f"{term.value:.3f} × {term.weight:.3f}" for term in found.terms]
    adds = [term.product for term in found.terms]
    bias = found.bias
    if found.rest_count:
        names.append(t("{n} others", n=f"{found.rest_count:,}"))
        products.append("")
        adds.append(found.rest)
    *adds, bias = adding_up([*adds, bias], found.total, digits=3)
    rows = {
        t("Value × weight"): [*products, "", ""],
        t("Adds"): [f"{value:+.3f}" for value in (*adds, bias)] + [f"**{found.total:.3f}**"],
    }
    with st.container(width=SUM_WIDTH, gap="xsmall"):
        st.markdown(f"**{t('The head adds up')}**")
        st.table({t("Number"): [*names, t("Bias"), f"**{t('Sum')}**"]} | rows)


def _name(followed: Followed, term: Term) -> str:
    """Return what one number of the sum is."""
    if followed.unit == "dense":
        return t("Hidden unit {number}", number=term.index)
    if followed.unit == "gap":
        return t("Channel {number}", number=term.index)
    row, column, channel = place_in_map(term.index, followed.depths[-1].shape)
    return t("Channel {number}, row {row}, column {column}", number=channel, row=row, column=column)


def _score(shown: Shown, followed: Followed, label: int) -> None:
    with st.container(width=SCORE_WIDTH, gap="xsmall"):
        st.markdown(f"**{t('Score')}**")
        st.subheader(percent(followed.share), anchor=False)
        st.caption(escaped(shown.names[label]))


def _result(shown: Shown, followed: Followed, label: int) -> str:
    """Return what came out, in a sentence."""
    values = {
        "name": escaped(shown.names[label]),
        "sum": f"{followed.sum.total:.3f}",
        "share": percent(followed.share),
    }
    if "one-unit" in shown.run.settings.mistakes:
        return t(
            "The sum is {sum}, but a softmax over one unit makes 1 of any sum: {name} always gets {share}. "
            "That is the mistake that was made on purpose.",
            **values,
        )
    if len(shown.answer.logits) == 1:
        return t(
            "One unit serves both classes: its sum {sum} speaks for {second}, above zero, or against it. The "
            "sigmoid makes {share} for {name} of it.",
            second=escaped(shown.names[1]),
            **values,
        )
    return t(
        "For {name} the head's sum is {sum}; beside the sums of the other classes, the softmax makes "
        "{share} of it.",
        **values,
    )


def _look_for(shown: Shown) -> str:
    config = shown.run.settings
    parts = [
        t(
            "Look for how the maps get smaller and more: edges at first, a few spots in the end. In the sum "
            "a large value counts only where its weight is large too."
        )
    ]
    if config.dense:
        parts.append(
            t(
                "This head has hidden layers: the sum is the output layer's, over the units of the last "
                "hidden one."
            )
        )
    if unfrozen := read_model(shown.run).unfrozen:
        first = get_backbone(config.backbone).blocks[-unfrozen].name
        parts.append(
            t(
                "From {block} on the blocks are this run's own: it has trained them.",
                block=escaped(first),
            )
        )
    return " ".join(parts)
