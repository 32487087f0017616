"""The settings of a training, each with a default that works and a sentence of help."""

from typing import Any

import streamlit as st

from tl_core.backbones import (
    DEFAULT_BACKBONE,
    BackboneSpec,
    get_backbone,
    list_backbones,
    weights_source,
)
from tl_core.datasets.dataset import Dataset
from tl_core.training import TrainingConfig
from tl_core.ui.state import url_choice, url_number
from tl_core.ui.text import t, t_marked

SIZES = ("96", "128", "150", "160", "192", "224", "256", "299")
UNITS = ("none", "64", "128", "256", "512")
BATCHES = ("8", "16", "32", "64", "128")
RATES = ("0.0001", "0.0003", "0.001", "0.003", "0.01", "0.03", "0.1")
USUAL = TrainingConfig(dataset="")


def training_controls(dataset: Dataset) -> TrainingConfig:
    """Draw the settings and return them as a configuration."""
    spec = _backbone()
    below_backbone = st.container()
    left, right = st.columns(2)
    with left:
        size = _size(spec)
        epochs = st.slider(
            t("Epochs"),
            **url_number("epochs", 1, 100, default=USUAL.epochs),
            help=t("How often the head sees every training image."),
        )
    with right:
        pooling = st.segmented_control(
            t("Head"),
            **url_choice("head", ("gap", "flatten"), default=USUAL.pooling),
            format_func=lambda name: {"gap": "GAP", "flatten": "Flatten"}[name],
            required=True,
            help=t(
                "GAP keeps one number per channel; Flatten keeps every position and needs more weights."
            ),
        )
        seed = st.number_input(
            t("Seed"),
            **url_number("seed", 0, 9999, default=USUAL.seed),
            help=t(
                "The same seed gives the same split, the same first weights and the same result."
            ),
        )
    with st.expander(t("More settings"), icon=":material/tune:"):
        more = _more_settings(dataset)
    if more["weights"] == "imagenet" and weights_source(spec.name) == "missing":
        with below_backbone:
            _tell_of_download(spec)
    return TrainingConfig(
        dataset=dataset.id,
        fingerprint=dataset.fingerprint,
        backbone=spec.name,
        size=size,
        pooling=pooling,
        epochs=epochs,
        seed=seed,
        **more,
    )


def _backbone() -> BackboneSpec:
    titles = {spec.name: spec.title for spec in list_backbones()}
    name = st.selectbox(
        t("Backbone"),
        **url_choice("backbone", list(titles), default=DEFAULT_BACKBONE),
        format_func=titles.__getitem__,
        help=t(
            "The network that has already seen a million photos. It stays as it is; only the head learns."
        ),
    )
    spec = get_backbone(name)
    st.caption(t_marked(spec.description))
    return spec


def _tell_of_download(spec: BackboneSpec) -> None:
    st.info(
        t(
            "Its weights ({megabytes} MB) are not on this machine; training downloads them first. "
            "Without internet, choose EfficientNet-Lite0, which is built in.",
            megabytes=round(spec.weights.size_bytes / 1e6),
        ),
        icon=":material/cloud_download:",
    )


def _size(spec: BackboneSpec) -> int:
    able = [size for size in SIZES if int(size) >= spec.min_size]
    usual = str(spec.default_size)
    chosen = st.selectbox(
        t("Image size"),
        **url_choice("size", able, default=usual if usual in able else able[0]),
        format_func=lambda size: t("{size} px", size=size),
        help=t("Every image is resized to this. Larger shows more detail and takes longer."),
    )
    return int(chosen)


def _more_settings(dataset: Dataset) -> dict[str, Any]:
    weights = st.segmented_control(
        t("Weights of the backbone"),
        **url_choice("weights", ("imagenet", "random"), default=USUAL.weights),
        format_func=lambda name: "ImageNet" if name == "imagenet" else t("Random"),
        required=True,
        help=t(
            "Random weights have seen no photo: train with them too, and see what the transfer buys."
        ),
    )
    units = st.selectbox(
        t("Hidden Dense layer"),
        **url_choice("units", UNITS, default="none"),
        format_func=lambda name: t("None") if name == "none" else t("{units} units", units=name),
        help=t(
            "A layer between the features and the classes. Without one the head is a single layer."
        ),
    )
    dropout = st.slider(
        t("Dropout"),
        **url_number("dropout", 0.0, 0.8, default=USUAL.dropout, step=0.1),
        help=t("Share of the inputs of each layer that is left out at random while training."),
    )
    batch = st.select_slider(
        t("Batch size"),
        **url_choice("batch", BATCHES, default=str(USUAL.batch)),
        help=t("Images between two steps of the optimizer."),
    )
    rate = st.select_slider(
        t("Learning rate"),
        **url_choice("rate", RATES, default=f"{USUAL.learning_rate:g}"),
        help=t(
            "How large a step of the optimizer (Adam) is. Too large jumps about, too small crawls."
        ),
    )
    settings: dict[str, Any] = {
        "weights": weights,
        "dense": () if units == "none" else (int(units),),
        "dropout": round(dropout, 1),
        "batch": int(batch),
        "learning_rate": float(rate),
    }
    if not any(image.part == "validation" for image in dataset.images):
        percent = st.slider(
            t("Validation split (%)"),
            **url_number("held", 10, 50, default=round(USUAL.validation * 100), step=5),
            help=t("Share of the images that is held out to measure the accuracy on."),
        )
        settings["validation"] = percent / 100
    if len(dataset.class_names) == 2:
        settings["activation"] = st.segmented_control(
            t("Last activation"),
            **url_choice("activation", ("softmax", "sigmoid"), default=USUAL.activation),
            required=True,
            help=t("For two classes: softmax has one unit per class, sigmoid a single one."),
        )
    return settings
