"""Bring a dataset in, or more photos for one that is here: the sources, the job, and its result."""

import hashlib
import shutil
from pathlib import Path

import streamlit as st
from streamlit.typing import UploadedFile

from tl_core import files, runs
from tl_core.checks import JobConfig
from tl_core.datasets.bringing.staging import Staging
from tl_core.datasets.bringing.waiting import make_room, upload_path
from tl_core.datasets.dataset import LEAST_IMAGES, Dataset
from tl_core.datasets.job_configs import DownloadConfig, ImportConfig, ImportFilesConfig
from tl_core.datasets.jobs import read_imported
from tl_core.errors import LabError, QueueFull
from tl_core.run_book import delete_run
from tl_core.runs.snapshots import JobState, snapshot
from tl_core.ui.datasets.changes import attempt, choose
from tl_core.ui.datasets.collect import SOURCES, collect
from tl_core.ui.datasets.draft import forget_empty_draft, take_draft
from tl_core.ui.engine_status import engine
from tl_core.ui.errors import callback, shown_in_place
from tl_core.ui.job_panel import job_panel
from tl_core.ui.run_titles import dataset_title
from tl_core.ui.state import url_choice, url_text
from tl_core.ui.text import escaped, t, t_marked, tn
from tl_core.ui.uploads import upload_one
from tl_core.wording import N_

JOB_KEY = "job"
KINDS = tuple(job.KIND for job in (ImportConfig, ImportFilesConfig, DownloadConfig))
TITLE_KEY = "collect_title"
NEW_SOURCES = {**SOURCES, "zip": N_("Zip file"), "download": N_("Cats and dogs")}


def keep_in_url() -> None:
    """Keep the waiting photos and the import in the URL while other parts of the page are drawn."""
    take_draft()
    import_shown()


def show_new() -> None:
    """Draw all ways to make a dataset, and the job that does it."""
    source = _choose_source(NEW_SOURCES)
    draft = take_draft()
    if source == "zip":
        zip_uploader()
    elif source == "download":
        download_button()
    else:
        collect(source, draft)
        if draft and any(draft.counts().values()):
            _make(draft)
    show_import()


def show_more(dataset: Dataset) -> None:
    """Draw the ways to add photos to `dataset`, and the job that does it."""
    source = _choose_source(SOURCES)
    draft = take_draft()
    collect(source, draft, known=dataset.class_names)
    if draft and (waiting := sum(draft.counts().values())):
        st.button(
            tn("Add {n} photo to the dataset", "Add {n} photos to the dataset", waiting),
            type="primary",
            icon=":material/add_photo_alternate:",
            on_click=callback(_add),
            args=[draft],
        )
    show_import()


def _choose_source(titles: dict[str, str]) -> str:
    chosen: str = st.segmented_control(
        t("Where from"),
        **url_choice("source", list(titles), default="files"),
        format_func=lambda name: t_marked(titles[name]),
        required=True,
    )
    return chosen


# Files that wait


def _make(draft: Staging) -> None:
    st.text_input(
        t("Name of the dataset"), key=TITLE_KEY, placeholder=t("My dataset"), max_chars=80
    )
    missing = _missing(draft.counts())
    st.button(
        t("Make the dataset"),
        type="primary",
        icon=":material/check:",
        disabled=bool(missing),
        on_click=callback(_make_dataset),
        args=[draft],
    )
    st.caption(missing or t("The photos are checked first; what cannot be used is named then."))


def _missing(counts: dict[str, int]) -> str:
    """Return what a dataset still needs, as one translated sentence; empty if nothing."""
    if len(counts) < 2:
        return t("A second class is missing: name one above.")
    fewest = min(counts, key=counts.__getitem__)
    if counts[fewest] < LEAST_IMAGES:
        return t(
            "The class {name} has {count} photos; at least {least} are needed. Add some, or remove the "
            "class.",
            name=escaped(fewest),
            count=counts[fewest],
            least=LEAST_IMAGES,
        )
    return ""


def _make_dataset(draft: Staging) -> None:
    title = st.session_state[TITLE_KEY] or t("My dataset")
    attempt(lambda: _import_files(draft, title=title))


def _add(draft: Staging) -> None:
    dataset = st.session_state["dataset"]  # a click can overtake another choice
    attempt(lambda: _import_files(draft, dataset=dataset))


def _import_files(draft: Staging, **wanted: str) -> None:
    _start(_open(ImportFilesConfig(staging=draft.token, digest=draft.digest(), **wanted)))


# Zip and download


def zip_uploader() -> None:
    """Draw the upload of a zip; its import starts by itself."""
    st.caption(
        t(
            "A zip with one folder per class, at least 2 classes and 5 photos in each. "
            "It stays on this server until it is deleted."
        )
    )
    upload_one(t("Zip file"), "dataset_zip", _take_zip)


def download_button() -> None:
    """Draw the button that downloads the cats and dogs."""
    st.button(
        t("Download cats and dogs (needs internet)"),
        icon=":material/download:",
        on_click=callback(_start_download),
        help=t("4,000 photos in two classes, the set of many textbooks; about 90 MB."),
    )


def _take_zip(upload: UploadedFile) -> None:
    attempt(lambda: _import_zip(upload))


def _import_zip(upload: UploadedFile) -> None:
    """Put an upload where the worker finds it, and queue its import; none of it stays in vain."""
    digest = hashlib.file_digest(upload, "sha256").hexdigest()
    upload.seek(0)
    run = _open(ImportConfig(sha256=digest, title=Path(upload.name).stem))
    if snapshot(run).state is not JobState.DONE:
        make_room(upload.size)
        with files.new_file(upload_path(run)) as path, path.open("wb") as file:
            shutil.copyfileobj(upload, file)
    try:
        _start(run)
    except QueueFull:
        upload_path(run).unlink(missing_ok=True)
        raise


def _start_download() -> None:
    attempt(lambda: _start(_open(DownloadConfig())))


# The job


def import_shown() -> bool:
    """Take the import from the URL, once in a run; returns whether there is one to show."""
    url_text(JOB_KEY, check=lambda text: runs.get_run(text, *KINDS))
    return bool(st.session_state[JOB_KEY])


def show_import() -> None:
    """Draw the import that the URL names, and its result."""
    if not import_shown():
        return
    run = runs.get_run(st.session_state[JOB_KEY])
    if job_panel(run).state is JobState.DONE:
        forget_empty_draft()
        with shown_in_place():  # it may have been deleted since
            _announce(run)


def _open(config: JobConfig) -> runs.Run:
    """Return the run of an import; one that is done begins anew if its dataset can no longer be had."""
    run = runs.open_job(config)
    if snapshot(run).state is not JobState.DONE:
        return run
    try:
        read_imported(run)
    except LabError:
        delete_run(run.id)
        return runs.open_job(config)
    return run


def _start(run: runs.Run) -> None:
    engine().submit(run)
    st.session_state[JOB_KEY] = run.id


def _announce(run: runs.Run) -> None:
    dataset = read_imported(run)
    if dataset.id == st.session_state.get("dataset"):
        st.success(t("You are looking at it: {title}.", title=escaped(dataset_title(dataset.id))))
        return
    title = escaped(t_marked(dataset.title))
    if dataset.origin:
        st.success(t("The new version of {title} is ready.", title=title))
    else:
        st.success(t("{title} is in the list of datasets now.", title=title))
    st.button(t("Use it"), icon=":material/check:", on_click=callback(_use), args=[dataset.id])


def _use(dataset: str) -> None:
    choose(dataset)
    st.session_state[JOB_KEY] = ""
