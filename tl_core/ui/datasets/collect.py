"""Photos for each class, from files, a folder or the camera; on disk at once, so a refresh loses nothing."""

from collections.abc import Sequence
from functools import partial

import streamlit as st
from streamlit.typing import UploadedFile

from tl_core import settings
from tl_core.datasets.bringing.layout import Place, arrange
from tl_core.datasets.bringing.staging import Staging, new_token
from tl_core.datasets.dataset import Skipped
from tl_core.errors import DatasetRefused, LabError
from tl_core.ui.datasets.changes import attempt, tell
from tl_core.ui.datasets.paging import choose_page
from tl_core.ui.datasets.pick import pick_pictures, picked
from tl_core.ui.datasets.recorder import record_samples
from tl_core.ui.errors import callback
from tl_core.ui.state import url_choice, url_text
from tl_core.ui.text import escaped, say, t, tn
from tl_core.ui.uploads import let_go
from tl_core.wording import N_

DRAFT_KEY = "draft"
"""Names the waiting files in the URL, so that a refresh finds them again."""
COUNT_KEY = "collect_uploads"
CLASS_KEY = "collect_class"
PICK_KEY = "waiting"
PAGE = 40
SOURCES = {"files": N_("Files"), "camera": N_("Camera"), "folder": N_("Folder of classes")}
SENTENCES_SHOWN = 3


def take_draft() -> Staging | None:
    """Return the waiting files that the URL names, or None; call it once in every run."""
    url_text(DRAFT_KEY, check=Staging)
    token = st.session_state[DRAFT_KEY]
    return Staging(token) if token else None


def forget_empty_draft() -> None:
    """Begin a new draft with the next photo, if the last one was imported."""
    token = st.session_state.get(DRAFT_KEY)
    if token and not Staging(token).classes():
        st.session_state[DRAFT_KEY] = ""


def collect(source: str, draft: Staging | None, known: Sequence[str] = ()) -> None:
    """Draw the classes of a draft and one way to bring photos into them.

    Args:
        source: one of `SOURCES`.
        draft: the waiting files, None before the first of them.
        known: classes that are offered besides the draft's own.
    """
    if source == "folder":
        _folder_uploader()
    counts = dict.fromkeys(known, 0) | (draft.counts() if draft else {})
    name = _choose_class(counts)
    if name is None:
        return
    if source == "files":
        _file_uploader(name)
    elif source == "camera":
        _camera(name, counts[name])
    if draft and counts[name]:
        _waiting(draft, name)
    if draft and name in draft.classes():
        _class_changes(draft, name)


def _draft() -> Staging:
    """Return the draft to write to, a new one if there is none; for callbacks."""
    if not st.session_state.get(DRAFT_KEY):
        st.session_state[DRAFT_KEY] = new_token()
    return Staging(st.session_state[DRAFT_KEY])


# Classes


def _choose_class(counts: dict[str, int]) -> str | None:
    """Draw the classes and a way to add one; returns the chosen one, None if there is none."""
    with (
        st.form("new-class", border=False, clear_on_submit=True),
        st.container(horizontal=True, vertical_alignment="bottom", gap="small"),
    ):
        st.text_input(t("Name of a class"), key="collect_new", max_chars=80)
        st.form_submit_button(t("Add class"), icon=":material/add:", on_click=callback(_add_class))
    if not counts:
        st.info(
            t("Name at least two classes: what the network shall learn to tell apart."),
            icon=":material/arrow_upward:",
        )
        return None
    chosen: str | None = st.segmented_control(
        t("Class that the photos go to"),
        **url_choice(CLASS_KEY, list(counts), default=next(iter(counts))),
        # Without its count: Streamlit knows a choice by its label, which must not change meanwhile.
        format_func=escaped,
        required=True,
    )
    st.caption(" · ".join(f"{escaped(name)}: {count:,}" for name, count in counts.items()))
    return chosen


def _add_class() -> None:
    def add() -> None:
        st.session_state[CLASS_KEY] = _draft().add_class(str(st.session_state["collect_new"]))

    attempt(add)


def _class_changes(draft: Staging, name: str) -> None:
    with (
        st.expander(t("Change the class {name}", name=escaped(name)), icon=":material/edit:"),
        st.container(horizontal=True, vertical_alignment="bottom", gap="small"),
    ):
        key = f"collect-rename-{name}"
        st.text_input(t("New name"), key=key, max_chars=80)
        st.button(
            t("Rename"),
            icon=":material/edit:",
            on_click=callback(attempt),
            args=[partial(_rename, draft, name, key)],
        )
        st.button(
            t("Remove this class and its photos"),
            icon=":material/delete:",
            on_click=callback(draft.remove_class),
            args=[name],
        )


def _rename(draft: Staging, name: str, key: str) -> None:
    st.session_state[CLASS_KEY] = draft.rename_class(name, str(st.session_state[key]))


# Files


def _file_uploader(name: str) -> None:
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


def _folder_uploader() -> None:
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
    draft = _draft()
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


# Camera


def _camera(name: str, count: int) -> None:
    left, right = st.columns([3, 2])
    with right:
        samples = st.slider(
            t("Samples of the timer"),
            5,
            100,
            30,
            step=5,
            help=t("How many pictures one press of the timer takes, after a countdown."),
        )
        rate = st.slider(
            t("Pictures a second"),
            1,
            10,
            4,
            help=t("Slower gives more different pictures: move the thing while recording."),
        )
        st.caption(
            t(
                "Show the thing from all sides, near and far, on different backgrounds: pictures that "
                "hardly differ teach hardly more than one."
            )
        )
    with left:
        record_samples(
            name, name, count, samples=samples, rate=rate, keep=_keep_samples, key="recorder"
        )


def _keep_samples(name: str, pictures: list[bytes]) -> None:
    def keep() -> None:
        draft = _draft()
        first = sum(draft.counts().values())
        for number, data in enumerate(pictures, start=first + 1):
            draft.add(name, f"camera-{number}.jpg", data)

    attempt(keep)


# What is there


def _waiting(draft: Staging, name: str) -> None:
    """Draw the photos of a class, the newest first, and a way to remove some."""
    numbers = draft.numbers(name)[::-1]
    places = choose_page("draft_page", len(numbers), PAGE, of=name)
    shown = {f"{draft.token}/{name}/{numbers[place]}": numbers[place] for place in places}
    pick_pictures(
        list(shown),
        [t("Photo {n} of {total}", n=place + 1, total=len(numbers)) for place in places],
        lambda file: draft.read(name, shown[file]),
        key=PICK_KEY,
    )
    st.button(
        t("Remove the selected photos"),
        icon=":material/delete:",
        disabled=not picked(PICK_KEY, list(shown)),
        on_click=callback(_remove),
        args=[draft, name, shown],
    )


def _remove(draft: Staging, name: str, shown: dict[str, int]) -> None:
    # Asked for at the click: it can overtake the page run of the last selection.
    for file in picked(PICK_KEY, list(shown)):
        draft.remove(name, shown[file])
