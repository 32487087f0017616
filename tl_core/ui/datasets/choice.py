"""Choose a dataset, see what is in it, and bring another one in."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from tl_core.datasets.catalogue import DatasetSummary, get_dataset, list_datasets
from tl_core.datasets.dataset import Dataset
from tl_core.datasets.owners import owners_of
from tl_core.datasets.preview import class_mosaic
from tl_core.ui import lesson
from tl_core.ui.datasets.bring import download_button, show_job
from tl_core.ui.datasets.changes import show_news
from tl_core.ui.datasets.jobs import job_shown
from tl_core.ui.datasets.left_out import show_left_out
from tl_core.ui.datasets.packed import archive_uploader
from tl_core.ui.pictures import show_picture
from tl_core.ui.run_titles import class_title
from tl_core.ui.state import url_choice
from tl_core.ui.text import escaped, say, t, t_marked, tn
from tl_core.ui.visitor import visitor

DEFAULT = "real_photos"
CLASSES_SHOWN = 6
DIGITS = 6
"""Of a dataset's id."""


def choose_dataset() -> Dataset:
    """Draw the choice with a preview of each class, and return the dataset."""
    dataset = select_dataset()
    _preview(dataset)
    show_left_out(dataset)
    return dataset


def select_dataset() -> Dataset:
    """Draw the choice alone, and return the dataset.

    Of the versions of a dataset the first and the newest are offered, the visitor's own newest, and the one
    that is chosen now.
    """
    summaries = {summary.id: summary for summary in list_datasets()}
    arguments = url_choice("dataset", list(summaries), default=DEFAULT)
    chosen: str = st.session_state["dataset"]
    arguments["options"] = [
        each.id
        for each in summaries.values()
        if not each.origin or not each.superseded_by or each.id == chosen or _is_own_newest(each)
    ]
    labels = _labels([summaries[name] for name in arguments["options"]])
    with lesson.part("dataset"):
        chosen = st.selectbox(
            t("Dataset"),
            **arguments,
            format_func=labels.__getitem__,
            help=t("What the network learns to tell apart: photos in classes."),
        )
    return get_dataset(chosen)


def _is_own_newest(version: DatasetSummary) -> bool:
    """Whether a version is the visitor's and only somebody else has changed it further."""
    me = visitor().id
    return me in owners_of(version.id) and me not in owners_of(version.superseded_by)


def add_dataset() -> None:
    """Draw the quick ways to bring a dataset in, and the job that does it."""
    show_news()
    shown = job_shown()
    with st.expander(t("Add a dataset"), icon=":material/add_photo_alternate:", expanded=shown):
        archive_uploader()
        download_button()
        show_job()


def _labels(summaries: Sequence[DatasetSummary]) -> dict[str, str]:
    """Return the label of each dataset, no two alike: Streamlit knows a choice by its label."""
    labels = {one.id: _label(one) for one in summaries}
    often = Counter(labels.values())
    return {
        name: label if often[label] == 1 else f"{label} · {name[:DIGITS]}"
        for name, label in labels.items()
    }


def _label(summary: DatasetSummary) -> str:
    count = tn("{n} image", "{n} images", summary.image_count)
    changes = map(say, summary.change)
    return " · ".join((t_marked(summary.title), count, *changes))


def _preview(dataset: Dataset) -> None:
    counts = list(dataset.count_by_class.items())[:CLASSES_SHOWN]
    with st.grid(min(len(counts), 3), min_column_width=90, gap="small"):
        for label, (name, count) in enumerate(counts):
            title = class_title(dataset.id, name)
            show_picture(
                _mosaic(dataset.fingerprint, label, dataset),
                alt=t("Some images of the class {name}", name=title),
                caption=f"{escaped(title)}: {count}",
            )
    hidden = len(dataset.class_names) - CLASSES_SHOWN
    if hidden > 0:
        st.caption(tn("… and {n} more class", "… and {n} more classes", hidden))


@st.cache_resource(show_spinner=False, max_entries=300)
def _mosaic(fingerprint: str, label: int, _dataset: Dataset) -> NDArray[np.uint8]:
    """Return a class's pictures; `fingerprint` stands for the dataset in the cache's key."""
    return class_mosaic(_dataset, label)
