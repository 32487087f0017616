"""Open a project: what was found in the file, and what came of opening it."""

import streamlit as st
from streamlit.typing import UploadedFile

from tl_core import runs
from tl_core.datasets.bringing.projects import Found
from tl_core.datasets.job_configs import ScanConfig, UnpackConfig
from tl_core.projects import open_again, read_opened
from tl_core.ui.archives import keep_archive
from tl_core.ui.datasets.changes import attempt
from tl_core.ui.datasets.jobs import forget_job, start_job
from tl_core.ui.errors import callback
from tl_core.ui.frame import PAGES, page_link
from tl_core.ui.projects.counts import counted
from tl_core.ui.run_titles import dataset_title
from tl_core.ui.sections import open_section
from tl_core.ui.text import escaped, t, tn
from tl_core.ui.uploads import upload_one
from tl_core.ui.visitor import visitor

MOST_NAMED = 8
"""Datasets that are named, with a button each."""


def show_open() -> None:
    """Draw the upload of a project; what is in it is shown before anything of it is opened."""
    st.caption(
        t(
            "A zip that was taken home from here or from another lab. You see what is in it first; what is "
            "here already is left alone."
        )
    )
    upload_one(t("Project file"), "project_zip", _take)


def _take(upload: UploadedFile) -> None:
    attempt(lambda: keep_archive(upload, look, start_job))


def look(sha256: str, title: str) -> runs.Run:
    """Return the job that looks into an archive before anything of it is opened."""
    return runs.open_job(ScanConfig(sha256=sha256, title=title))


def show_found(run: runs.Run, found: Found) -> None:
    """Draw what a look into an archive found, and the button that opens it.

    Args:
        run: the look.
        found: how much of a lab there is.
    """
    with st.container(border=True, key="project"):
        title = found.title or str(run.config["title"])
        st.markdown(f"**{t('A project of the lab: {title}', title=escaped(title))}**")
        photos = tn("{n} photo", "{n} photos", found.photos)
        parts = counted(found.datasets, found.runs, found.drafts)
        st.markdown(" · ".join([*parts, *([photos] if found.photos else [])]))
        st.caption(
            t(
                "Everything in it is checked first. It becomes what it was: nothing is trained again, and "
                "no photo is added to the chosen dataset."
            )
        )
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.button(
                t("Open it"),
                type="primary",
                icon=":material/folder_open:",
                on_click=callback(_open),
                args=[run],
            )
            st.button(t("Not this one"), on_click=callback(forget_job))


def _open(scan: runs.Run) -> None:
    config = UnpackConfig(
        sha256=str(scan.config["sha256"]),
        title=str(scan.config["title"]),
        people=visitor().teacher,
    )
    attempt(lambda: start_job(open_again(config)))


def show_opened(run: runs.Run, *, elsewhere: bool = False) -> None:
    """Draw what is new after a project was opened, and what was here before.

    Args:
        run: the job, which is done.
        elsewhere: whether this is another page than the one with the datasets and the run book.
    """
    opened = read_opened(run)
    new = counted(len(opened.datasets), len(opened.runs), len(opened.drafts))
    if new:
        st.success(t("Opened: {what}.", what=", ".join(new)), icon=":material/check:")
    known = counted(len(opened.known_datasets), len(opened.known_runs), len(opened.known_drafts))
    if known:
        st.info(t("Here already, and left alone: {what}.", what=", ".join(known)))
    with st.container(horizontal=True, gap="small"):
        for identifier in (*opened.datasets, *opened.known_datasets)[:MOST_NAMED]:
            label = t("Use {title}", title=escaped(dataset_title(identifier)))
            _way_on(label, elsewhere, "data", dataset=identifier, data="photos")
        if opened.runs or opened.known_runs:
            _way_on(t("Show the run book"), elsewhere, "book")


def _way_on(label: str, elsewhere: bool, section: str, **controls: str) -> None:
    if elsewhere:
        page_link(PAGES.train, label, section=section, **controls)
        return
    st.button(
        label,
        key=f"opened-{controls.get('dataset', section)}",
        on_click=callback(_go),
        args=[section],
        kwargs=controls,
    )


def _go(section: str, **controls: str) -> None:
    forget_job()
    open_section(section, **controls)
