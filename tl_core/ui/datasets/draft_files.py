"""Photos into a draft from files or from a folder of classes, and what was left out of them and why."""

from collections.abc import Sequence

import streamlit as st
from streamlit.typing import UploadedFile

from tl_core import settings
from tl_core.datasets.dataset import Skipped
from tl_core.datasets.reading.listing import Place
from tl_core.errors import DatasetRefused, LabError
from tl_core.ui.datasets.changes import attempt, tell
from tl_core.ui.datasets.draft import draft_to_write
from tl_core.ui.errors import callback
from tl_core.ui.text import escaped, say, t, tn
from tl_core.ui.uploads import let_go

COUNT_KEY = "collect_uploads"
SENTENCES_SHOWN = 3


def upload_files(name: str) -> None:
    """Draw the uploader of photos for the class `name`."""
    key = _fresh_key()
    # Not in the label: a screen reader is told an uploader's label with its Markdown.
    st.markdown(t("Photos of {name}", name=escaped(name)))
    st.file_uploader(
        t("Photos"),
        label_visibility="collapsed",
        type="image",
        accept_multiple_files=True,
        max_upload_size=settings.current().max_image_mb,
        key=key,
        on_change=callback(_take_files),
        args=[key, name],
    )


def upload_folder() -> None:
    """Draw the uploader of a folder that holds one folder for each class."""
    key = _fresh_key()
    st.file_uploader(
        t("A folder that holds one folder for each class"),
        type="image",
        accept_multiple_files="directory",
        max_upload_size=settings.current().max_image_mb,
        key=key,
        on_change=callback(_take_folder),
        args=[key],
    )


def _fresh_key() -> str:
    """Return the key of the upload widget; a new one after each upload lets go of its files."""
    return f"collect_files_{st.session_state.get(COUNT_KEY, 0)}"


def _take_files(key: str, name: str) -> None:
    uploads: list[UploadedFile] = st.session_state.get(key) or []
    _keep([(Place(name, ""), upload) for upload in uploads])


def _take_folder(key: str) -> None:
    uploads: list[UploadedFile] = st.session_state.get(key) or []
    places = arrange([upload.name for upload in uploads])
    _keep(list(zip(places, uploads, strict=True)))


def _keep(placed: Sequence[tuple[Place | Skipped | None, UploadedFile]]) -> None:
    """Put uploads on disk and free their memory; says what was left out and why."""
    refused: list[str] = []
    kept = 0
    draft = draft_to_write()
    before = sum(draft.counts().values())
    for place, upload in placed:
        try:
            if isinstance(place, Place):
                draft.add(place.class_name, upload.name, upload.getvalue(), place.part)
                kept += 1
            elif place is not None:
                refused.append(say(place.sentence))
        except LabError as error:
            refused.append(say(error))
        finally:
            let_go(upload)
    st.session_state[COUNT_KEY] = st.session_state.get(COUNT_KEY, 0) + 1
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
