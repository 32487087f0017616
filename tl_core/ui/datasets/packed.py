"""Take in an archive, or a folder as one, and look into it before anything is imported."""

import hashlib
import os
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path

import streamlit as st
from streamlit.typing import UploadedFile

from tl_core import files, runs, settings
from tl_core.datasets.bringing.packing import pack
from tl_core.datasets.bringing.waiting import make_room, upload_path, uploads_dir
from tl_core.datasets.job_configs import ScanConfig
from tl_core.errors import QueueFull
from tl_core.machine.refusals import explained
from tl_core.runs.reporting import OnProgress
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
    def keep() -> None:
        digest = hashlib.file_digest(upload, "sha256").hexdigest()
        upload.seek(0)
        run = runs.open_job(ScanConfig(sha256=digest, title=Path(upload.name).stem))
        if not upload_path(run).exists():
            make_room(upload.size)
            with files.new_file(upload_path(run)) as path, path.open("wb") as file:
                shutil.copyfileobj(upload, file)
        _look_into(run)

    attempt(keep)


def _take_folder(uploads: Sequence[UploadedFile], on_progress: OnProgress) -> None:
    def keep() -> None:
        make_room(sum(upload.size for upload in uploads))
        packed = uploads_dir() / f"folder-{secrets.token_hex(8)}.zip"
        with explained():
            try:
                pack([(one.name, one.getvalue) for one in uploads], packed, on_progress)
                digest = files.sha256_of_file(packed)
                run = runs.open_job(ScanConfig(sha256=digest, title=_title(uploads)))
                os.replace(packed, upload_path(run))
            finally:
                packed.unlink(missing_ok=True)
        _look_into(run)

    attempt(keep)


def _title(uploads: Sequence[UploadedFile]) -> str:
    """Return the name of the folder that was chosen."""
    names = [upload.name.lstrip("/") for upload in uploads]
    return str(os.path.commonpath(names)).partition("/")[0]


def _look_into(run: runs.Run) -> None:
    """Queue the look into an upload; none of it stays in vain."""
    try:
        start_job(run)
    except QueueFull:
        upload_path(run).unlink(missing_ok=True)
        raise
