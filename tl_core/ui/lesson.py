"""A teacher's link to a page: a sentence above it, and only the controls that the lesson needs.

``?lesson=Find the edges&hide=size,colour`` shows the sentence and leaves two parts of the page out; their
controls still have the values of the URL. A page supports it in three places::

    lesson.show()                                 # first thing on the page
    with lesson.part("size"):                     # one control, or everything in an expander
        size = st.slider(t("Size"), **url_number("size", 32, 1024, default=256))
    lesson.maker({"size": N_("Size")})            # last thing on the page

Both parameters are kept like any control of the page, so they survive reruns and the page's own links.
"""

import re
from collections.abc import Mapping
from contextlib import nullcontext
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from tl_core.errors import LabError, SettingInvalid
from tl_core.ui import state
from tl_core.ui.addresses import page_address
from tl_core.ui.errors import callback
from tl_core.ui.frame import app_wide
from tl_core.ui.projector import without_layout
from tl_core.ui.qr import ICON, show_qr, whole_address
from tl_core.ui.text import escaped, say, t, t_marked
from tl_core.ui.windows import open_window, show_window

SENTENCE_KEY, HIDE_KEY = "lesson", "hide"
"""Names in the URL."""
MOST_CHARACTERS = 300
MOST_HIDDEN = 40
NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")
POPOVER_KEY, WRITTEN_KEY, CHOSEN_KEY = "lesson_maker", "lesson_written", "lesson_hidden"
QR_KEY = "_lesson_qr"
"""The address whose QR code is shown, and the window that it is in."""
DRAFT_KEY = "_lesson_draft"
"""What the maker held when it was closed for a QR code."""


def part(name: str) -> DeltaGenerator | nullcontext[None]:
    """Return what to draw a part of the page in: nothing of it is seen if this lesson leaves it out.

    Its controls keep their values all the same, as those of a container that is never sent to the browser:
    Streamlit calls it a null DeltaGenerator. Draw with ``st.`` inside: a column from outside would be seen.
    """
    return DeltaGenerator(root_container=None) if hidden(name) else nullcontext()


def hidden(name: str) -> bool:
    """Tell whether this lesson leaves the part `name` out: for what costs time and holds no control."""
    return name in _hidden_names()


def show() -> None:
    """Draw the teacher's sentence, if the link has one: as it was written, never as Markdown."""
    state.url_text(SENTENCE_KEY, check=_check_sentence)
    _hidden_names()
    sentence = " ".join(st.session_state[SENTENCE_KEY].split())
    if sentence:
        st.info(escaped(sentence), icon=":material/school:")


def maker(names: Mapping[str, str]) -> None:
    """Draw a popover in which a teacher makes a link to this page as it is now.

    Call it after all controls of the page: the link holds their values.

    Args:
        names: name in the URL -> English title, marked with `N_`, of the parts that can be left out.
    """
    draw = partial(show_qr, st.session_state.get(QR_KEY, ""))
    show_window(t("QR code of this link"), draw, key=QR_KEY, icon=ICON)
    with st.popover(
        t("Lesson link"), icon=":material/school:", key=POPOVER_KEY, on_change="rerun"
    ) as popover:
        if popover.open:
            _maker(names)


def _maker(names: Mapping[str, str]) -> None:
    draft = st.session_state.pop(DRAFT_KEY, {})
    left_out = draft.get(CHOSEN_KEY, [name for name in names if hidden(name)])
    written = draft.get(WRITTEN_KEY, st.session_state.get(SENTENCE_KEY, ""))
    st.session_state.setdefault(WRITTEN_KEY, written)
    st.session_state.setdefault(CHOSEN_KEY, [name for name in left_out if name in names])
    sentence = st.text_area(
        t("What your class reads above the page"),
        key=WRITTEN_KEY,
        max_chars=MOST_CHARACTERS,
        height=80,
    )
    chosen = st.multiselect(
        t("Controls to hide"),
        list(names),
        format_func=lambda name: t_marked(names[name]),
        key=CHOSEN_KEY,
    )
    link = _link(" ".join(sentence.split()), chosen)
    st.caption(
        t(
            "It opens the page with the settings that you see now, with a photo of your own too, as long as "
            "it is kept: everybody who has the link sees it."
        )
    )
    show_whole(link, popover=POPOVER_KEY)


def show_whole(parameters: Mapping[str, str], *, popover: str) -> None:
    """Draw, in a popover, a link to this page as others reach it, to be copied, and a button for its QR code.

    Where no other device reaches this lab the link is for this one, and a sentence says why.

    Args:
        parameters: of the page, by their names in the URL.
        popover: its key; it is closed for the QR code, which would be below it.
    """
    parameters = without_layout(parameters)
    try:
        address = whole_address(parameters)
    except LabError as nobody:
        st.code(page_address(parameters), language=None, wrap_lines=True)
        st.caption(escaped(say(nobody)))
        return
    st.code(address, language=None, wrap_lines=True)
    st.button(
        t("QR code of this link"),
        icon=ICON,
        key=f"qr_{popover}",
        width="stretch",
        on_click=callback(_ask_for_qr),
        args=[address, popover, st.context.url],
    )


def _ask_for_qr(address: str, popover: str, url: str | None) -> None:
    # Streamlit forgets the fields of a closed popover.
    kept = (key for key in (WRITTEN_KEY, CHOSEN_KEY) if key in st.session_state)
    st.session_state[DRAFT_KEY] = {key: st.session_state[key] for key in kept}
    st.session_state[QR_KEY] = address
    st.session_state[popover] = False
    open_window(QR_KEY, url)


def _link(sentence: str, chosen: list[str]) -> dict[str, str]:
    state.leave_page(app_wide())  # or the address would be the one before this click
    parameters = {
        name: text
        for name, text in st.query_params.to_dict().items()
        if name not in (SENTENCE_KEY, HIDE_KEY)
    }
    lesson = {SENTENCE_KEY: sentence, HIDE_KEY: ",".join(chosen)}
    return parameters | {name: text for name, text in lesson.items() if text}


def _hidden_names() -> frozenset[str]:
    if not state.is_drawn(HIDE_KEY):  # once a run: every part of a page asks
        state.url_text(HIDE_KEY, check=_check_names)
    return frozenset(st.session_state[HIDE_KEY].split(","))


def _check_sentence(text: str) -> None:
    if len(text) > MOST_CHARACTERS:
        raise SettingInvalid(
            "The lesson's sentence has {count} characters, more than {most}. Ask for a shorter one.",
            count=len(text),
            most=MOST_CHARACTERS,
        )


def _check_names(text: str) -> None:
    names = text.split(",")
    if len(names) > MOST_HIDDEN or not all(NAME.fullmatch(name) for name in names):
        raise ValueError(text)
