"""What the network is told of its images: how much each class counts, and how sure the labels are."""

from typing import Any

import numpy as np
import streamlit as st

from tl_core.datasets.dataset import Dataset
from tl_core.training import MOST_SMOOTHING, TrainingConfig
from tl_core.ui.run_titles import class_title
from tl_core.ui.state import url_flag, url_number
from tl_core.ui.text import escaped, t
from tl_core.ui.unseen import pen

USUAL = TrainingConfig(dataset="")
UNEVEN = 1.5
"""Largest by smallest class from which it is said what the classes' sizes do."""


def label_settings(dataset: Dataset, *, seen: bool) -> dict[str, Any]:
    """Draw how classes count and labels are told; return ``balanced`` and ``smoothing``.

    Args:
        dataset: what it is trained on.
        seen: whether the controls are drawn; they have their values all the same.
    """
    on = pen(seen=seen)
    balanced = on.toggle(
        t("Every class counts the same"),
        **url_flag("balanced", default=USUAL.balanced),
        help=t(
            "Class weights: an error on a photo of a rare class costs more, as many times as the class is "
            "smaller (images / (classes × images of the class)). Without it, who always says the largest "
            "class is often right. Validation counts every photo as one, with or without it."
        ),
    )
    if seen:
        _tell_of_sizes(dataset, balanced)
    smoothing = on.slider(
        t("Label smoothing"),
        **url_number("smoothing", 0.0, MOST_SMOOTHING, default=USUAL.smoothing, step=0.05),
        help=t(
            "This share of every label is spread evenly over all classes: the network is told to be nearly "
            "sure, never quite, and its probabilities grow more modest. The loss of training and of "
            "validation is then that of the smoothed labels, as in Keras: it no longer falls to 0."
        ),
    )
    return {"balanced": balanced, "smoothing": round(smoothing, 2)}


def _tell_of_sizes(dataset: Dataset, balanced: bool) -> None:
    counts = np.bincount(
        [image.label for image in dataset.images], minlength=len(dataset.class_names)
    )
    most, fewest = int(counts.argmax()), int(counts.argmin())
    if counts[most] < UNEVEN * counts[fewest]:
        return
    sizes = t(
        "{largest}: {most} images, {smallest}: {fewest}.",
        largest=escaped(class_title(dataset.id, dataset.class_names[most])),
        most=f"{counts[most]:,}",
        smallest=escaped(class_title(dataset.id, dataset.class_names[fewest])),
        fewest=f"{counts[fewest]:,}",
    )
    if balanced:
        told = t(
            "Each of the few now counts for more. Look at the recall of each class in the result."
        )
    else:
        told = t(
            "The small class may be overlooked: compare the recall of each class with this switch on."
        )
    st.caption(f"{sizes} {told}")
