"""What the model saw: the photo as it came, resized, and as the numbers that the first layer reads."""

import streamlit as st

from tl_core.backbones import Preprocessing, get_backbone
from tl_core.prediction.seeing import (
    ChannelRange,
    channel_ranges,
    formulas,
    tensor_of,
    tensor_picture,
)
from tl_core.training.preprocessing import preprocessing_of
from tl_core.ui.photo import chosen_crop
from tl_core.ui.pictures import show_picture
from tl_core.ui.prediction.shown import Shown
from tl_core.ui.text import t, t_marked


def show(shown: Shown) -> None:
    """Draw the three stations between a file and the first layer."""
    scaling = preprocessing_of(shown.run.settings)
    tensor = tensor_of(shown.pixels, scaling)
    ranges = channel_ranges(tensor, scaling)
    came, resized, read = st.columns([2, 2, 3], gap="medium")
    with came:
        _photo(shown)
    with resized:
        _resized(shown)
    with read:
        words = ", ".join(t_marked(one.title) for one in ranges)
        show_picture(
            tensor_picture(tensor),
            alt=t("The tensor, one channel beside the other: {channels}", channels=words),
            caption=t(
                "3. The tensor: {channels}. Blue is below zero, white is zero, red is above.",
                channels=words,
            ),
        )
        _said(shown, scaling, ranges)
    _table(ranges)


def _photo(shown: Shown) -> None:
    height, width = shown.photo.image.shape[:2]
    show_picture(
        shown.photo.image,
        alt=shown.photo.title,
        depends_on=(shown.photo.name,),
        caption=t(
            "1. The photo as it came: {width} × {height} pixels. Look for what the next picture loses.",
            width=width,
            height=height,
        ),
    )


def _resized(shown: Shown) -> None:
    show_picture(
        shown.pixels,
        alt=t("{title}, as the network sees it", title=shown.photo.title),
        caption=_how_resized(shown),
    )


def _how_resized(shown: Shown) -> str:
    height, width = shown.photo.image.shape[:2]
    size = len(shown.pixels)
    if height == width:
        return t("2. Resized to {size} × {size}, the size it was trained with.", size=size)
    if chosen_crop() == "centre":
        return t(
            "2. The centre square, resized to {size} × {size}. In training the whole photo was squeezed.",
            size=size,
        )
    return t(
        "2. Squeezed to {size} × {size}, as in training: nothing is cut off, but shapes change.",
        size=size,
    )


def _said(shown: Shown, scaling: Preprocessing, ranges: tuple[ChannelRange, ...]) -> None:
    """Say the result in a sentence, and what is wrong with it where a mistake was made on purpose."""
    spec = get_backbone(shown.run.settings.backbone)
    size = len(shown.pixels)
    st.markdown(
        t(
            "{size} × {size} × 3 = {n} numbers from **{low}** to **{high}**, channels in the order {order}.",
            size=size,
            n=f"{size * size * 3:,}",
            low=f"{min(one.low for one in ranges):.2f}",
            high=f"{max(one.high for one in ranges):.2f}",
            order=scaling.channel_order.upper(),
        )
    )
    if scaling != spec.preprocessing:
        st.warning(
            t(
                "A classic mistake, made on purpose: {title} expects {right}, and is given {wrong}.",
                title=spec.title,
                right=_in_words(spec.preprocessing),
                wrong=_in_words(scaling),
            ),
            icon=":material/warning:",
        )
    elif scaling == Preprocessing():
        st.caption(
            t(
                "{title} begins with a scaling of its own: it takes the pixels as they are.",
                title=spec.title,
            )
        )
    else:
        st.caption(
            t(
                "{title} expects {right}. One function prepares every photo, in training and here: other "
                "numbers would look strange to it.",
                title=spec.title,
                right=_in_words(scaling),
            )
        )


def _in_words(scaling: Preprocessing) -> str:
    """Return order and formula, once where all channels have the same."""
    return f"{scaling.channel_order.upper()}, {', '.join(dict.fromkeys(formulas(scaling)))}"


def _table(ranges: tuple[ChannelRange, ...]) -> None:
    rows = {
        t("Channel"): [t_marked(one.title) for one in ranges],
        t("Of a pixel x, 0 to 255"): [one.formula for one in ranges],
        t("Smallest"): [f"{one.low:.3f}" for one in ranges],
        t("Mean"): [f"{one.mean:.3f}" for one in ranges],
        t("Largest"): [f"{one.high:.3f}" for one in ranges],
    }
    st.table(rows)
