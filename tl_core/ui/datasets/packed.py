"""Take in an archive, or a folder as one, and look into it before anything is imported."""

from collections.abc import Sequence

import streamlit as st
from streamlit.typing import UploadedFile

from tl_core import runs, settings
from tl_core.datasets.job_configs import ScanConfig
from tl_core.runs.reporting import OnProgress
from tl_core.ui.archives import folder_title, keep_archive, keep_packed
from tl_core.ui.datasets.changes import attempt
from tl_core.ui.datasets.jobs import start_job
from tl_core.ui.text import t
from tl_core.ui.uploads import upload_many, upload_one


def archive_uploader() -> None:
    """Draw the upload of an archive; the look into it starts by itself."""
    st.caption(
        t(
            "A zip or tar of photos, best with one folder per class; also a Teachable Machine project, or "
            "photos with a table of labels. Nothing is imported before you have seen what was found."
        )
    )
    upload_one(t("Zip file"), "dataset_zip", _take_archive)


def folder_uploader() -> None:
    """Draw the upload of a folder; the look into it starts by itself."""
    upload_many(
        t("A folder that holds one folder for each class"),
        "collect_folder",
        _take_folder,
        kind="folder",
        limit_mb=settings.current().max_image_mb,
    )


def _take_archive(upload: UploadedFile) -> None:
    attempt(lambda: keep_archive(upload, _look, start_job))


def _take_folder(uploads: Sequence[UploadedFile], on_progress: OnProgress) -> None:
    title = folder_title(uploads)
    attempt(lambda: keep_packed(uploads, title, _look, start_job, on_progress))


def _look(sha256: str, title: str) -> runs.Run:
    return runs.open_job(ScanConfig(sha256=sha256, title=title))
