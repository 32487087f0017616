"""The one way to take files: every type, because the lab itself says what a file is and what may be wrong.

Streamlit's uploader speaks English, and forgets what did not arrive with the files that did. A component
beside it (`stage/upload.js`) says both in the page's language: the few words of the uploader itself
(`stage/translated.js`), and what is missing: the number that was chosen is compared with the number that
arrived.
"""

import time
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Literal

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.typing import UploadedFile

from tl_core.runs.reporting import OnProgress
from tl_core.ui.errors import callback
from tl_core.ui.stage.component import declare
from tl_core.ui.text import t, t_marked

MANY = 300
"""Files from which the page offers the zip: the uploader takes 6 s for 300, and over a minute for 1,200."""
SECONDS_BETWEEN_BARS = 0.1
MB = 10**6
GONE_KEY = "_let_go"
"""Files of this session that were taken; one that is still on the page is not taken again."""


def upload_one(
    label: str, name: str, take: Callable[[UploadedFile], object], *, limit_mb: int | None = None
) -> None:
    """Draw an uploader of one file.

    Args:
        label: translated text.
        name: of the uploader, unique on its page.
        take: is called with the file before the page runs again, and may raise `LabError`; afterwards the
            server's memory of the file is free.
        limit_mb: the largest file; the server's own limit by default.
    """
    key = fresh_key(name)
    with st.container(gap="xsmall"):
        st.file_uploader(
            label,
            max_upload_size=limit_mb,
            key=key,
            on_change=callback(take_one),
            args=[name, key, take],
        )
        _watch(name, key, limit_mb)


def upload_many(
    label: str,
    name: str,
    take: Callable[[Sequence[UploadedFile], OnProgress], object],
    *,
    kind: Literal["files", "folder"] = "files",
    limit_mb: int | None = None,
    label_visibility: Literal["visible", "collapsed"] = "visible",
) -> None:
    """Draw an uploader of many files, or of a folder, and a bar while they are taken.

    Args:
        label: translated text.
        name: of the uploader, unique on its page.
        take: is called with the files that arrived, during the page run, and may raise `LabError`. A click
            meanwhile begins it anew, without the files that it has let go (`let_go`).
        kind: of a folder, each file's name is its path in it.
        limit_mb: the largest file; the server's own limit by default.
        label_visibility: whether people see `label`.
    """
    key = fresh_key(name)
    with st.container(gap="xsmall"):
        uploads = st.file_uploader(
            label,
            accept_multiple_files="directory" if kind == "folder" else True,
            max_upload_size=limit_mb,
            key=key,
            label_visibility=label_visibility,
        )
        _watch(name, key, limit_mb, many=True, folder=kind == "folder")
        if uploads:
            _note_arrival(name, key, len(uploads))
            _take_many(uploads, take)
            _replace(name)
            st.rerun()


def _take_many(
    uploads: Sequence[UploadedFile], take: Callable[[Sequence[UploadedFile], OnProgress], object]
) -> None:
    gone = st.session_state.get(GONE_KEY, set())
    left = [file for file in uploads if file.file_id not in gone]
    with st.empty():
        callback(take)(left, _bar(len(left)))  # once: the next run says what went wrong
    for file in left:
        let_go(file)
    st.session_state.pop(GONE_KEY, None)


def fresh_key(name: str) -> str:
    """Return the key of a widget that files come from; a new one after each upload lets go of its files."""
    return f"{name}_{st.session_state.get(_count_key(name), 0)}"


def take_one(name: str, key: str, take: Callable[[UploadedFile], object]) -> None:
    """Hand over the file of the widget `key`, and free its memory; for callbacks."""
    file = st.session_state.get(key)
    # A browser that has not drawn the new widget yet sends the old one again: its file is gone by then.
    if not isinstance(file, UploadedFile):
        return
    _note_arrival(name, key, 1)
    _replace(name)
    try:
        take(file)
    finally:
        let_go(file)
        st.session_state.pop(GONE_KEY, None)


def let_go(file: UploadedFile) -> None:
    """Free the memory that the server holds for `file`; call it once its bytes are where they belong.

    The widget that the file came from needs a new key, or it would look for the file again. Streamlit's own
    chat input lets go of its files in the same way.
    """
    st.session_state.setdefault(GONE_KEY, set()).add(file.file_id)
    context = get_script_run_ctx()
    if context and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        context.uploaded_file_mgr.remove_file(context.session_id, file.file_id)


def _count_key(name: str) -> str:
    return f"_{name}_uploads"


def _arrived_key(name: str) -> str:
    return f"_{name}_arrived"


def _replace(name: str) -> None:
    st.session_state[_count_key(name)] = st.session_state.get(_count_key(name), 0) + 1


def _note_arrival(name: str, key: str, count: int) -> None:
    """Remember how many files came; where taking them is begun anew, some are gone already."""
    before = st.session_state.get(_arrived_key(name))
    if before is None or before["of"] != key:
        st.session_state[_arrived_key(name)] = {"of": key, "count": count}


def _forget_failed(name: str, key: str) -> None:
    """Replace an uploader none of whose files arrived: it would go on to say so in its own words."""
    report = st.session_state.get(f"{name}_watch", {}).get("failed")
    if report == key and fresh_key(name) == key:
        _replace(name)


def _bar(total: int) -> OnProgress:
    """Return an `on_progress` that draws a bar in place, a few times a second."""
    last = 0.0

    def show(done: int, all_files: int, message: str) -> None:
        nonlocal last
        if time.monotonic() - last < SECONDS_BETWEEN_BARS or total == 1:
            return
        last = time.monotonic()
        text = t("{done} of {total}", done=f"{done:,}", total=f"{all_files:,}")
        st.progress(done / max(all_files, 1), text=f"**{t_marked(message)}** · {text}")

    return show


def _watch(
    name: str, key: str, limit_mb: int | None, *, many: bool = False, folder: bool = False
) -> None:
    limit = limit_mb or int(st.get_option("server.maxUploadSize"))
    _component()(
        key=f"{name}_watch",
        data={
            "target": key,
            "limit": limit * MB,
            "folder": folder,
            "one": not many,
            "many": MANY,
            "arrived": st.session_state.get(_arrived_key(name)),
            "text": _words(images=limit_mb is not None),
            "uploader": _uploader_words(),
        },
        on_failed_change=callback(partial(_forget_failed, name, key)),
    )


@cache
def _component() -> ComponentRenderer:
    return declare("upload")


def _uploader_words() -> dict[str, str]:
    """Return what `stage/translated.js` says in place of Streamlit's own words."""
    return {
        "choose": t("Choose"),
        "chooseFolder": t("Choose folders"),
        "drop": t("Drop a file here"),
        "dropMany": t("Drop files here"),
        "dropFolder": t("Drop folders here"),
        "limit": t("{size} per file"),
        "remove": t("Remove {name}"),
    }


def _words(*, images: bool) -> dict[str, str]:
    smaller = (
        t("Make the image smaller, or save it as JPEG.")
        if images
        else t(
            "Make its photos smaller or several zips of it, or have whoever runs the lab raise "
            "server.maxUploadSize."
        )
    )
    large = t("{n} files were not sent, because they are larger than {limit} MB, such as {name}.")
    return {
        "large": " ".join((t("{name} was not sent: it is larger than {limit} MB."), smaller)),
        "larger": " ".join((large, smaller)),
        "one": t("{name} did not arrive."),
        "some": t("{n} of {chosen} files did not arrive."),
        "tooLarge": t(
            "A server between this browser and the lab takes no file of that size (413): send smaller ones, "
            "or have whoever runs the lab raise the limit there."
        ),
        "forbidden": t(
            "The server forbids it (403), as it does inside a frame of another site: open the lab in a tab "
            "of its own, or have whoever runs the lab look up server.xsrfCookieSameSite."
        ),
        "refused": t(
            "The server refused it ({status}): reload the page and choose it again; if that does not help, "
            "tell whoever runs the lab this number."
        ),
        "broken": t(
            "The connection broke: choose the same files again; what has arrived is kept, and is not doubled."
        ),
        "silent": t(
            "The lab does not answer, and nothing was sent. Once the connection is back, choose the files "
            "again."
        ),
        "folders": t(
            "This device gives no folders. Choose the files of each class instead, or a zip of the folder."
        ),
        "unread": t(
            "The browser could not read that folder. Choose it with the button, or make a zip of it."
        ),
        "words": t(
            "What was pasted is no file. Copy the picture itself, not its address or its words, and paste "
            "again."
        ),
        "single": t("One file at a time: only {name} was taken."),
        "going": t("{done} of {n} files are here."),
        "many": t("So many files take long one by one; a zip of the folder is quicker."),
    }
