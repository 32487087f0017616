"""The settings that a first training can leave alone: head, optimizer, when to stop, held-out images."""

from decimal import Decimal
from typing import Any

from tl_core.backbones import BackboneSpec
from tl_core.datasets.dataset import Dataset
from tl_core.training import OPTIMIZERS, TrainingConfig
from tl_core.ui import lesson
from tl_core.ui.datasets.shares import share_controls
from tl_core.ui.run_titles import OPTIMIZER_TITLES
from tl_core.ui.state import url_choice, url_flag, url_number
from tl_core.ui.text import t
from tl_core.ui.unseen import pen

UNITS = ("none", "64", "128", "256", "512")
BATCHES = ("8", "16", "20", "32", "64", "100", "128")
RATES = ("1e-06", "1e-05", "2e-05", "0.0001", "0.0003", "0.001", "0.003", "0.01", "0.03", "0.1")
MOST_PATIENCE = 20
USUAL = TrainingConfig(dataset="")


def rate_text(rate: float) -> str:
    """Return a learning rate as `RATES` writes it."""
    return f"{rate:g}"


def written_out(rate: str) -> str:
    """Return one of `RATES` as people read it: ``1e-05`` as ``0.00001``."""
    return f"{Decimal(rate):f}"


def head_settings(spec: BackboneSpec, dataset: Dataset, *, seen: bool) -> dict[str, Any]:
    """Draw what the head is made of, and the weights that the backbone begins with.

    Args:
        spec: the backbone.
        dataset: what it is trained on.
        seen: whether the controls are drawn; they have their values all the same.
    """
    on = pen(seen=seen)
    settings: dict[str, Any] = {"weights": "random"}
    if spec.weights is not None:
        settings["weights"] = on.segmented_control(
            t("Weights of the backbone"),
            **url_choice("weights", ("imagenet", "random"), default=USUAL.weights),
            format_func=lambda name: "ImageNet" if name == "imagenet" else t("Random"),
            required=True,
            help=t(
                "Random weights have seen no photo: train with them too, and see what the transfer buys."
            ),
        )
    units = on.selectbox(
        t("Hidden Dense layer"),
        **url_choice("units", UNITS, default="none"),
        format_func=lambda name: t("None") if name == "none" else t("{units} units", units=name),
        help=t(
            "A layer between the features and the classes. Without one the head is a single layer."
        ),
    )
    dropout = on.slider(
        t("Dropout"),
        **url_number("dropout", 0.0, 0.8, default=USUAL.dropout, step=0.1),
        help=t("Share of the inputs of each layer that is left out at random while training."),
    )
    if len(dataset.class_names) == 2:
        settings["activation"] = on.segmented_control(
            t("Last activation"),
            **url_choice("activation", ("softmax", "sigmoid"), default=USUAL.activation),
            required=True,
            help=t("For two classes: softmax has one unit per class, sigmoid a single one."),
        )
    settings["dense"] = () if units == "none" else (int(units),)
    settings["dropout"] = round(dropout, 1)
    if settings["dense"] and settings["dropout"]:
        settings["drop_features"] = on.toggle(
            t("Drop features too"),
            **url_flag("drop_features", default=USUAL.drop_features),
            help=t(
                "Dropout also leaves out some of the numbers that the hidden layer reads; without this, only "
                "some of those that it passes on."
            ),
        )
    return settings


def step_settings(*, seen: bool) -> dict[str, Any]:
    """Draw how steps are taken, and when to stop taking them; `seen` as for `head_settings`."""
    on = pen(seen=seen)
    optimizer = on.segmented_control(
        t("Optimizer"),
        **url_choice("optimizer", OPTIMIZERS, default=USUAL.optimizer),
        format_func=OPTIMIZER_TITLES.__getitem__,
        required=True,
        help=t(
            "What turns slopes into steps. Adam and RMSprop give every weight a rate of its own; SGD has "
            "one for all, with Nesterov momentum 0.9, and may bear a rate ten times as large."
        ),
    )
    batch = on.select_slider(
        t("Batch size"),
        **url_choice("batch", BATCHES, default=str(USUAL.batch)),
        help=t("Images between two steps of the optimizer."),
    )
    with lesson.part("rate"):
        rate = on.select_slider(
            t("Learning rate"),
            **url_choice("rate", RATES, default=rate_text(USUAL.learning_rate)),
            format_func=written_out,
            help=t(
                "How large a step of the optimizer is. Too large jumps about, too small crawls."
            ),
        )
    best = on.toggle(
        t("Keep the best epoch"),
        **url_flag("best", default=USUAL.keep_best),
        help=t(
            "The weights of the epoch with the best validation accuracy are the result, with fine-tuning "
            "the best of its own epochs; otherwise those of the last epoch."
        ),
    )
    patience = on.slider(
        t("Stop early after (epochs)"),
        **url_number("patience", 0, MOST_PATIENCE, default=USUAL.patience),
        help=t("A phase ends when this many epochs in a row brought nothing better. 0: never."),
    )
    return {
        "optimizer": optimizer,
        "batch": int(batch),
        "learning_rate": float(rate),
        "keep_best": best,
        "patience": patience,
    }


def held_out_settings(dataset: Dataset, *, seen: bool) -> dict[str, Any]:
    """Draw the shares that are held out; those of a part that the dataset brings keep their defaults."""
    shares = share_controls(dataset, seen=seen)
    brought = {image.part for image in dataset.images}
    held_out = {"validation": shares.validation, "test": shares.test}
    return {name: share for name, share in held_out.items() if name not in brought}
