"""What a training will do, in the learner's own numbers, before and while it runs."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from tl_core.backbones import get_backbone
from tl_core.datasets.dataset import Dataset
from tl_core.head_math import HeadConfig, describe_head, totals
from tl_core.training import TrainingConfig
from tl_core.ui.text import t


def show_plan(config: TrainingConfig, dataset: Dataset) -> None:
    """Draw the three steps: frozen backbone, features, head."""
    spec = get_backbone(config.backbone)
    height, width, channels = spec.feature_shape(config.size)
    head = HeadConfig(
        pooling=config.pooling,
        units=config.dense,
        classes=len(dataset.class_names),
        activation=config.activation,
        dropout=config.dropout,
    )
    pooled = config.pooling == "gap"
    shape = f"{height} × {width} × {channels:,}"
    backbone, features, learns = st.columns(3, gap="small")
    _step(
        backbone,
        t("Frozen backbone"),
        t("{n} weights", n=f"{spec.parameters:,}"),
        t("stay as they are"),
    )
    _step(
        features,
        t("Features per image"),
        t("{n} numbers", n=f"{channels if pooled else height * width * channels:,}"),
        t("The mean of each channel of {shape}", shape=shape)
        if pooled
        else t("All of {shape}", shape=shape),
    )
    _step(
        learns,
        t("Head"),
        t("{n} weights", n=f"{totals(describe_head((height, width, channels), head)).trainable:,}"),
        t("learn your classes"),
    )
    st.caption(
        t(
            "The backbone looks once at each of the {n} images, and its numbers are kept. Only the head is "
            "trained again and again: {epochs} epochs.",
            n=len(dataset.images),
            epochs=config.epochs,
        )
    )


def _step(column: DeltaGenerator, title: str, number: str, meaning: str) -> None:
    with column.container(border=True, height="stretch", gap="xxsmall"):
        st.caption(title)
        st.markdown(f"**{number}**")
        st.caption(meaning)
