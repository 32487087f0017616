"""Bring a dataset in, or more photos for one that is here: the sources, the job, and its result."""

import streamlit as st

from tl_core import runs
from tl_core.datasets.bringing.staging import Staging
from tl_core.datasets.dataset import LEAST_IMAGES, Dataset
from tl_core.datasets.job_configs import (
    DownloadConfig,
    ImportConfig,
    ImportFilesConfig,
    ScanConfig,
    UnpackConfig,
)
from tl_core.datasets.jobs import read_found, read_imported
from tl_core.runs.snapshots import JobState
from tl_core.ui.datasets.changes import attempt, choose
from tl_core.ui.datasets.collect import SOURCES, collect
from tl_core.ui.datasets.draft import forget_empty_draft, take_draft
from tl_core.ui.datasets.found import offer_other_choices, show_found
from tl_core.ui.datasets.jobs import forget_job, job_shown, open_import, shown_job, start_job
from tl_core.ui.datasets.left_out import show_left_out
from tl_core.ui.datasets.packed import archive_uploader, folder_uploader
from tl_core.ui.errors import callback, shown_in_place
from tl_core.ui.job_panel import job_panel
from tl_core.ui.projects import opening as project
from tl_core.ui.run_titles import dataset_title
from tl_core.ui.state import url_choice
from tl_core.ui.text import escaped, t, t_marked, tn
from tl_core.ui.visitor import disallowed, visitor
from tl_core.wording import N_

TITLE_KEY = "collect_title"
MORE_SOURCES = {**SOURCES, "folder": N_("Folder of classes"), "zip": N_("Zip file")}
NEW_SOURCES = {**MORE_SOURCES, "download": N_("Cats and dogs")}


def keep_in_url() -> None:
    """Keep the waiting photos and the import in the URL while other parts of the page are drawn."""
    take_draft()
    job_shown()


def show_new() -> None:
    """Draw all ways to make a dataset, and the job that does it."""
    source = _choose_source(NEW_SOURCES)
    draft = take_draft()
    if source == "zip":
        archive_uploader()
    elif source == "folder":
        folder_uploader()
    elif source == "download":
        download_button()
    else:
        collect(source, draft)
        if draft and any(draft.counts().values()):
            _make(draft)
    show_job()


def show_more(dataset: Dataset) -> None:
    """Draw the ways to add photos to `dataset`, and the job that does it."""
    source = _choose_source(MORE_SOURCES)
    draft = take_draft()
    if source == "zip":
        archive_uploader()
    elif source == "folder":
        folder_uploader()
    else:
        collect(source, draft, known=dataset.class_names)
    if draft and (waiting := sum(draft.counts().values())):
        st.button(
            tn("Add {n} photo to the dataset", "Add {n} photos to the dataset", waiting),
            type="primary",
            icon=":material/add_photo_alternate:",
            on_click=callback(_add),
            args=[draft],
            **disallowed(draft.refusal(visitor())),
        )
    show_job(dataset.id)


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
        on_click=callback(_make_dataset),
        args=[draft],
        **disallowed(draft.refusal(visitor()), disabled=bool(missing)),
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
    draft.check_owner(visitor())  # an import takes the photos out of it
    config = ImportFilesConfig(staging=draft.token, digest=draft.digest(), **wanted)
    start_job(open_import(config))


def download_button() -> None:
    """Draw the button that downloads the cats and dogs."""
    st.button(
        t("Download cats and dogs (needs internet)"),
        icon=":material/download:",
        on_click=callback(_start_download),
        help=t("4,000 photos in two classes, the set of many textbooks; about 90 MB."),
    )


def _start_download() -> None:
    attempt(lambda: start_job(open_import(DownloadConfig())))


# The job


def show_job(dataset: str = "") -> None:
    """Draw the job that the URL names, and what came out of it.

    Args:
        dataset: id of the one that gets the photos; empty where they make a new one.
    """
    if not job_shown():
        return
    run = shown_job()
    state = job_panel(run).state
    if run.kind == ScanConfig.KIND:
        if state is JobState.DONE:
            _show_found(run, dataset)
    elif run.kind == UnpackConfig.KIND:
        if state is JobState.DONE:
            with shown_in_place():
                project.show_opened(run)
    elif state is JobState.DONE:
        forget_empty_draft()
        with shown_in_place():  # it may have been deleted since
            _announce(run)
    elif run.kind == ImportConfig.KIND and not state.live:
        offer_other_choices(run)


def _show_found(run: runs.Run, dataset: str) -> None:
    with shown_in_place():
        if found := read_found(run):
            project.show_found(run, found)
            return
    show_found(run, dataset)


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
    show_left_out(dataset)
    st.button(t("Use it"), icon=":material/check:", on_click=callback(_use), args=[dataset.id])


def _use(dataset: str) -> None:
    choose(dataset)
    forget_job()
