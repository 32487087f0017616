"""Photos into a class of a draft from files, and what was left out of them and why."""

from collections.abc import Sequence
from functools import partial

import streamlit as st
from streamlit.typing import UploadedFile

from tl_core import settings
from tl_core.errors import DatasetRefused, LabError
from tl_core.runs.reporting import OnProgress
from tl_core.ui.datasets.changes import attempt, tell
from tl_core.ui.datasets.draft import draft_to_write
from tl_core.ui.text import escaped, say, t, tn
from tl_core.ui.uploads import let_go, upload_many
from tl_core.wording import N_

TAKING = N_("Taking the photos in")
SENTENCES_SHOWN = 3


def upload_files(name: str) -> None:
    """Draw the uploader of photos for the class `name`."""
    # Not in the label: a screen reader is told an uploader's label with its Markdown.
    st.markdown(t("Photos of {name}", name=escaped(name)))
    upload_many(
        t("Photos"),
        "collect_files",
        partial(_take_files, name),
        label_visibility="collapsed",
        limit_mb=settings.current().max_image_mb,
    )


def _take_files(name: str, uploads: Sequence[UploadedFile], on_progress: OnProgress) -> None:
    _keep(name, uploads, on_progress)


def _keep(name: str, uploads: Sequence[UploadedFile], on_progress: OnProgress) -> None:
    """Put uploads on disk and free their memory; says what was left out and why."""
    refused: list[str] = []
    kept = 0
    draft = draft_to_write()
    listing = draft.listing()
    before = sum(draft.counts().values())
    for done, upload in enumerate(uploads):
        on_progress(done, len(uploads), TAKING)
        try:
            draft.add(name, upload.name, upload.getvalue(), listing=listing)
            kept += 1
        except LabError as error:
            refused.append(say(error))
        finally:
            let_go(upload)
    attempt(lambda: _report(sum(draft.counts().values()) - before, kept, refused))


def _report(new: int, kept: int, refused: list[str]) -> None:
    told = [tn("{n} photo was added.", "{n} photos were added.", new)]
    if kept > new:
        told.append(tn("{n} was there already.", "{n} were there already.", kept - new))
    if refused:
        told.append(tn("{n} file was left out:", "{n} files were left out:", len(refused)))
        told += refused[:SENTENCES_SHOWN]
    tell(" ".join(told))
    if not new and not kept and refused:
        raise DatasetRefused("Nothing was added. {reason}", reason=refused[0])
