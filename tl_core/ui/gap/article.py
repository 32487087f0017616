"""Section Read: why many networks end in one number per channel, with the numbers of this set-up."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from tl_core.head_math import HeadSetup
from tl_core.ui.gap.columns import parameters, shape_text, times_text
from tl_core.ui.text import t
from tl_core.ui.weight_bars import show_weights

TIMES = 2
"""How many times as wide and high the second feature map of the figure is."""


def show(setup: HeadSetup, _: Sequence[str]) -> None:
    """Draw the article."""
    height, width, channels = setup.feature_map
    flat = height * width * channels
    st.markdown(
        t(
            "The last feature map of this set-up is {shape}: {channels} small pictures of {height} × "
            "{width}, each of which says where in the photo its pattern was found. A Dense layer reads no "
            "pictures, only a list of numbers, and there are two usual ways to make one.",
            shape=shape_text(setup.feature_map),
            channels=f"{channels:,}",
            height=height,
            width=width,
        )
    )
    st.markdown(
        t(
            "**Flatten** writes all {flat} numbers one after the other. The next layer then has a weight "
            "for every one of them: {flatten} weights in all. **GAP** takes the mean of each picture, "
            "which leaves {channels} numbers and {gap} weights: {times} times fewer.",
            flat=f"{flat:,}",
            channels=f"{channels:,}",
            flatten=f"{parameters(setup, 'flatten'):,}",
            gap=f"{parameters(setup, 'gap'):,}",
            times=times_text(parameters(setup, "flatten") / parameters(setup, "gap")),
        )
    )
    _show_growth(setup)
    st.markdown(
        t(
            "Weights that are not there need no photos to learn from, take no memory, and cannot learn "
            "anything by heart. That is why most convolutional networks since 2015 end in GAP. It also takes "
            "photos of any size, as a mean is one number however many are in it."
        )
    )
    st.markdown(
        t(
            "There is a price. The mean says that something was there, and no longer where: swap all "
            "positions of the map, and GAP notices nothing. For “what is in this photo” that is right; for "
            "“where is it” it is not. Nearly the same is lost by a photo with a small thing in it: one "
            "strong position counts for one part in {positions} of the mean. The sections beside this one "
            "let you measure each of these.",
            positions=height * width,
        )
    )


def _show_growth(setup: HeadSetup) -> None:
    """Draw the weights of both heads, on this feature map and on one of twice its sides."""
    height, width, channels = setup.feature_map
    larger = HeadSetup(free_map=(TIMES * height, TIMES * width, channels), config=setup.config)
    one = replace(larger, free_map=setup.feature_map)
    bars = {
        f"{name} {shape_text(each.feature_map[:2])}": parameters(each, pooling)
        for name, pooling in (("Flatten", "flatten"), ("GAP", "gap"))
        for each in (one, larger)
    }
    show_weights(
        bars,
        alt=lambda named: t("Weights to train: {weights}.", weights=named),
        key="article_weights",
    )
    st.caption(
        t(
            "Weights of both heads, on this feature map and on one twice as wide and high. Look for which "
            "head does not notice."
        )
    )
