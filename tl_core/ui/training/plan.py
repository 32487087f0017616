"""What a training will do, in the learner's own numbers, before and while it runs."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from tl_core.backbones import BackboneSpec, get_backbone
from tl_core.datasets.dataset import Dataset
from tl_core.training import TrainingConfig
from tl_core.training.forecast import head_weights
from tl_core.ui import lesson
from tl_core.ui.text import t, tn
from tl_core.ui.training.blocks import learned_in_backbone, show_blocks
from tl_core.ui.training.forecast import show_forecast, training_images


def show_plan(config: TrainingConfig, dataset: Dataset, *, folded: bool) -> None:
    """Draw the three steps (frozen part, features, what learns), the network, and what it will take.

    Args:
        config: the training.
        dataset: of the training.
        folded: whether the steps are behind a line to click, to leave room for a run.
    """
    of_head = head_weights(config, len(dataset.class_names))
    if not lesson.hidden("plan"):
        with st.expander(t("What this training does")) if folded else st.container():
            _show_steps(config, dataset, of_head)
        # Open where there is a cut to choose and nothing else to look at.
        show_blocks(config, of_head, expanded=bool(config.unfrozen) and not folded)
    show_forecast(config, dataset)


def _show_steps(config: TrainingConfig, dataset: Dataset, of_head: int) -> None:
    spec = get_backbone(config.backbone)
    learned = learned_in_backbone(config)
    frozen, features, learns = st.columns(3, gap="small")
    _frozen_step(frozen, config, spec, spec.parameters - learned)
    _features_step(features, config, spec)
    _step(
        learns,
        t("Blocks and head") if config.unfrozen else t("Head"),
        t("{n} weights", n=f"{learned + of_head:,}"),
        t("learn your classes"),
    )
    st.caption(_story(config, dataset))


def _frozen_step(
    column: DeltaGenerator, config: TrainingConfig, spec: BackboneSpec, weights: int
) -> None:
    number = t("{n} weights", n=f"{weights:,}")
    if _everything(config, spec):
        # Were they called frozen, there would seem to be a part that the photos go through first.
        kept = t("of BatchNormalization stay as they are") if weights else t("stay as they are")
        _step(column, t("No part is frozen"), number, kept)
        return
    title = t("Frozen part") if config.unfrozen else t("Frozen backbone")
    _step(column, title, number, t("stay as they are"))


def _everything(config: TrainingConfig, spec: BackboneSpec) -> bool:
    return config.unfrozen == len(spec.blocks)


def _features_step(column: DeltaGenerator, config: TrainingConfig, spec: BackboneSpec) -> None:
    height, width, channels = spec.cut_shape(config.unfrozen, config.size)
    pooled = config.cut.pooled
    shape = f"{height} × {width} × {channels:,}"
    if _everything(config, spec):
        meaning = t("The photo itself, {shape}", shape=shape)
    elif pooled:
        meaning = t("The mean of each channel of {shape}", shape=shape)
    else:
        meaning = t("All of {shape}", shape=shape)
    numbers = channels if pooled else height * width * channels
    title = t("At the cut, per image") if config.unfrozen else t("Features per image")
    _step(column, title, t("{n} numbers", n=f"{numbers:,}"), meaning)


def _story(config: TrainingConfig, dataset: Dataset) -> str:
    count = len(dataset.images)
    everything = _everything(config, get_backbone(config.backbone))
    if not config.unfrozen and config.live:
        return t(
            "Every epoch sends the {n} training images through the backbone again, changed in another way "
            "each time. Only the head is trained: {epochs}.",
            n=training_images(config, dataset),
            epochs=_epochs(config.epochs),
        )
    if not config.unfrozen:
        return t(
            "The backbone looks once at each of the {n} images, and its numbers are kept. Only the head is "
            "trained again and again: {epochs}.",
            n=count,
            epochs=_epochs(config.epochs),
        )
    if not config.epochs:
        return t(
            "There is one phase: the head and the blocks that learn are trained together from the start, for "
            "{epochs}.",
            epochs=_epochs(config.fine_epochs),
        )
    phases = _phases(config)
    once = t("What the frozen part says about each of the {n} images is computed once.", n=count)
    return f"{phases} {once}" if not (config.live or everything) else phases


def _phases(config: TrainingConfig) -> str:
    values = {"epochs": _epochs(config.epochs), "more": _epochs(config.fine_epochs)}
    if config.fine_rate < config.learning_rate:
        return t(
            "Two phases: first the head learns ({epochs}), then the blocks behind the cut learn with it "
            "({more}), in smaller steps.",
            **values,
        )
    return t(
        "Two phases: first the head learns ({epochs}), then the blocks behind the cut learn with it "
        "({more}), in steps that are no smaller.",
        **values,
    )


def _epochs(n: int) -> str:
    return tn("{n} epoch", "{n} epochs", n)


def _step(column: DeltaGenerator, title: str, number: str, meaning: str) -> None:
    with column.container(border=True, height="stretch", gap="xxsmall"):
        st.caption(title)
        st.markdown(f"**{number}**")
        st.caption(meaning)
