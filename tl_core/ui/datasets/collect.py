"""Photos for each class, from files, a folder or the camera; on disk at once, so a refresh loses nothing."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from tl_core.datasets.bringing.staging import Staging
from tl_core.ui import lesson
from tl_core.ui.datasets.changes import attempt
from tl_core.ui.datasets.draft import DRAFT_KEY, draft_to_write
from tl_core.ui.datasets.draft_classes import CLASS_KEY, change_class, choose_class
from tl_core.ui.datasets.draft_files import upload_files
from tl_core.ui.datasets.paging import choose_page
from tl_core.ui.datasets.pick import pick_pictures, picked
from tl_core.ui.datasets.recorder import record_samples
from tl_core.ui.errors import callback
from tl_core.ui.qr import qr_button, whole_address
from tl_core.ui.text import LANGUAGE_KEY, escaped, language, t
from tl_core.ui.visitor import disallowed, visitor
from tl_core.wording import N_

PICK_KEY = "waiting"
PAGE = 40
HIDDEN = "section,dataset,data,add_dataset"
"""Parts of the page that whoever brings photos by phone does not need."""
SOURCES = {"files": N_("Files"), "camera": N_("Camera")}


def collect(source: str, draft: Staging | None, known: Sequence[str] = ()) -> None:
    """Draw the classes of a draft and one way to bring photos into them.

    Args:
        source: one of `SOURCES`.
        draft: the waiting files, None before the first of them.
        known: classes that are offered besides the draft's own.
    """
    counts = dict.fromkeys(known, 0) | (draft.counts() if draft else {})
    name = choose_class(counts)
    if name is None:
        return
    if not lesson.hidden("data"):  # whoever came by that code needs it no more
        _for_phones(name, known)
    if source == "files":
        upload_files(name)
    elif source == "camera":
        _camera(name, counts[name])
    if draft and counts[name]:
        _waiting(draft, name)
    if draft and name in draft.classes():
        change_class(draft, name)


def _for_phones(name: str, known: Sequence[str]) -> None:
    """Draw the code with which phones bring photos of a class, and a way to see what has come."""
    with st.container(horizontal=True, gap="small"):
        qr_button(
            t("Photos from phones (QR code)"),
            partial(_phone_address, name, known),
            key="qr_class",
            note=t(
                "Every phone that scans this brings photos of **{name}**, several at once too. They are all "
                "in this list after your next press.",
                name=escaped(name),
            ),
        )
        st.button(t("Look for new photos"), icon=":material/refresh:", key="look_for_new")


def _phone_address(name: str, known: Sequence[str]) -> str:
    """Return the address of this class of this draft, with nothing else on the page."""
    look = (
        {"data": "more", "dataset": str(st.session_state["dataset"])} if known else {"data": "new"}
    )
    draft = draft_to_write()
    if name not in draft.classes() and not known:
        draft.add_class(name)
    return whole_address(
        {
            **({LANGUAGE_KEY: language()} if LANGUAGE_KEY in st.session_state else {}),
            "section": "data",
            **look,
            "source": "camera",
            DRAFT_KEY: draft.token,
            CLASS_KEY: name,
            lesson.HIDE_KEY: HIDDEN,
        }
    )


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
        draft = draft_to_write()
        first = sum(draft.counts().values())
        for number, data in enumerate(pictures, start=first + 1):
            draft.add(name, f"camera-{number}.jpg", data)

    attempt(keep)


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
        on_click=callback(_remove),
        args=[draft, name, shown],
        **disallowed(draft.refusal(visitor()), disabled=not picked(PICK_KEY, list(shown))),
    )


def _remove(draft: Staging, name: str, shown: dict[str, int]) -> None:
    # Asked for at the click: it can overtake the page run of the last selection.
    for file in picked(PICK_KEY, list(shown)):
        draft.remove(name, shown[file], visitor())
