"""Choose a dataset, see what is in it, and bring another one in."""

import hashlib
import shutil
from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.typing import UploadedFile

from tl_core import files, runs
from tl_core.datasets.catalogue import DatasetSummary, get_dataset, list_datasets
from tl_core.datasets.dataset import Dataset
from tl_core.datasets.jobs import RESULT, upload_path
from tl_core.datasets.preview import class_mosaic
from tl_core.snapshots import JobState
from tl_core.ui.job_panel import job_panel, start
from tl_core.ui.pictures import show_picture
from tl_core.ui.run_titles import class_title
from tl_core.ui.state import url_choice, url_text
from tl_core.ui.text import escaped, t, t_marked, tn
from tl_core.ui.uploads import let_go

DEFAULT = "emoji"
JOB_KEY = "job"
COUNT_KEY = "dataset_zip_count"
CATS_AND_DOGS = {"dataset": "cats_and_dogs_small"}
CLASSES_SHOWN = 6


def choose_dataset() -> Dataset:
    """Draw the choice with a preview of each class, and return the dataset."""
    summaries = {summary.id: summary for summary in list_datasets()}
    options = url_choice("dataset", list(summaries), default=DEFAULT)
    chosen: str = st.selectbox(
        t("Dataset"),
        **options,
        format_func=lambda name: _label(summaries[name]),
        help=t("What the network learns to tell apart: photos in classes."),
    )
    dataset = get_dataset(chosen)
    _preview(dataset)
    return dataset


def add_dataset() -> None:
    """Draw the ways to bring a dataset in, and the job that does it."""
    url_text(JOB_KEY, check=lambda text: runs.get_run(text, "import", "download"))
    shown = bool(st.session_state[JOB_KEY])
    with st.expander(t("Add a dataset"), icon=":material/add_photo_alternate:", expanded=shown):
        st.caption(
            t(
                "A zip with one folder per class, at least 2 classes and 5 photos in each. "
                "It stays on this server until it is deleted."
            )
        )
        key = f"dataset_zip_{st.session_state.get(COUNT_KEY, 0)}"
        st.file_uploader(t("Zip file"), type="zip", key=key, on_change=_take_zip, args=[key])
        st.button(
            t("Download cats and dogs (needs internet)"),
            icon=":material/download:",
            on_click=_start_download,
            help=t("4,000 photos in two classes, the set of many textbooks; about 90 MB."),
        )
        if identifier := st.session_state[JOB_KEY]:
            run = runs.get_run(identifier)
            shot = job_panel(run)
            if shot.state is JobState.DONE:
                _announce(run)


def _label(summary: DatasetSummary) -> str:
    count = tn("{n} image", "{n} images", summary.image_count)
    return f"{t_marked(summary.title)} · {count}"


def _preview(dataset: Dataset) -> None:
    counts = list(dataset.count_by_class.items())[:CLASSES_SHOWN]
    with st.grid(min(len(counts), 3), min_column_width=90, gap="small"):
        for label, (name, count) in enumerate(counts):
            title = escaped(class_title(dataset.id, name))
            show_picture(
                _mosaic(dataset.fingerprint, label, dataset),
                alt=t("Some images of the class {name}", name=title),
                caption=f"{title}: {count}",
            )
    hidden = len(dataset.class_names) - CLASSES_SHOWN
    if hidden > 0:
        st.caption(tn("… and {n} more class", "… and {n} more classes", hidden))
    if dataset.skipped:
        with st.expander(
            tn("{n} file was left out", "{n} files were left out", len(dataset.skipped))
        ):
            for skipped in dataset.skipped[:50]:
                st.text(t_marked(skipped.reason_template, **skipped.values))


@st.cache_resource(show_spinner=False, max_entries=300)
def _mosaic(fingerprint: str, label: int, _dataset: Dataset) -> NDArray[np.uint8]:
    """Return a class's pictures; `fingerprint` stands for the dataset in the cache's key."""
    return class_mosaic(_dataset, label)


def _take_zip(key: str) -> None:
    """Put an upload where the worker finds it, queue its import, and free its memory."""
    upload: UploadedFile | None = st.session_state.get(key)
    if upload is None:
        return
    digest = hashlib.file_digest(upload, "sha256").hexdigest()
    upload.seek(0)
    config = {"sha256": digest, "title": Path(upload.name).stem}
    run = runs.open_run("import", config)
    with files.new_file(upload_path(run)) as path, path.open("wb") as file:
        shutil.copyfileobj(upload, file)
    _start(run)
    st.session_state[COUNT_KEY] = st.session_state.get(COUNT_KEY, 0) + 1
    let_go(upload)


def _start_download() -> None:
    _start(runs.open_run("download", CATS_AND_DOGS))


def _start(run: runs.Run) -> None:
    if start(run):
        st.session_state[JOB_KEY] = run.id


def _announce(run: runs.Run) -> None:
    dataset = get_dataset(run.result(RESULT)["dataset"])
    st.success(t("{title} is in the list of datasets now.", title=escaped(dataset.title)))
    st.button(
        t("Use it"),
        icon=":material/check:",
        on_click=st.session_state.__setitem__,
        args=["dataset", dataset.id],
    )
