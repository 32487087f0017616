"""What every page has around it: browser tab, sidebar, title, and the error boundary."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from tl_core import settings
from tl_core.errors import LabError, SettingInvalid
from tl_core.guide.glossary import Term
from tl_core.guide.tours import Place
from tl_core.machine.folders import data_folder_trouble
from tl_core.teacher.presence import PRESENCE
from tl_core.ui import news, photo, presses, projector, state, visitor, windows
from tl_core.ui.engine_status import show_engine_status
from tl_core.ui.errors import (
    callback,
    show_above,
    show_error,
    show_errors,
    shown_in_place,
    take_left,
)
from tl_core.ui.guide import tour, words
from tl_core.ui.history.steps import keep_steps
from tl_core.ui.qr import qr_button, whole_address
from tl_core.ui.text import LANGUAGE_KEY, choose_language, language, t, t_marked
from tl_core.wording import LANGUAGES, N_

ICON = Path(__file__).parent / "assets" / "icon.png"
"""A local file: a Material icon in the browser's tab would be fetched from another host."""
SIDEBAR_WIDTH = 264
"""Pixels; less than usual, so that two figures fit side by side on a projector."""
SWITCH_KEY = "language"
NOTICES_KEY = "notices"


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page of the lab, as the sidebar and the home page's cards name it."""

    script: str
    title: str
    icon: str


class Pages(NamedTuple):
    """All pages of the lab by name, in the order of the sidebar."""

    home: Page
    convolution: Page
    gap: Page
    train: Page
    predict: Page
    teacher: Page


PAGES = Pages(
    home=Page(script="streamlit_app.py", title=N_("Home"), icon=":material/home:"),
    convolution=Page(
        script="pages/1_convolution.py", title=N_("Convolution"), icon=":material/grid_on:"
    ),
    gap=Page(
        script="pages/2_gap_vs_flatten.py",
        title=N_("GAP vs Flatten"),
        icon=":material/compare_arrows:",
    ),
    train=Page(script="pages/3_train.py", title=N_("Train"), icon=":material/model_training:"),
    predict=Page(script="pages/4_predict.py", title=N_("Predict"), icon=":material/photo_camera:"),
    teacher=Page(script="pages/5_teacher.py", title=N_("Teacher"), icon=":material/school:"),
)
TAUGHT = PAGES[1:5]
"""The pages that teach, in their order."""


@contextmanager
def frame(page: Page, intro: str) -> Iterator[None]:
    """Draw what is around a page; its own content goes into the ``with`` block.

    Args:
        page: one of `PAGES`.
        intro: one sentence in English, marked with `N_`: what a person does here.
    """
    visitor.greet()
    left = take_left()
    state.enter_page(page.title, app_wide, partial(_note_visit, page))
    state.take_afresh()
    _take_language()
    photo.take_photo()
    projector.take_layout()
    tour.take_tour()
    st.set_page_config(
        page_title=_tab_title(page),
        page_icon=str(ICON),
        layout="wide",
        initial_sidebar_state="collapsed" if projector.is_on() else SIDEBAR_WIDTH,
    )
    unusable = _unusable_setting()
    if not unusable:
        _note_visit(page)
    with st.sidebar, shown_in_place():
        _sidebar(page, with_engine=not unusable)
    st.title(
        t("Transfer Learning Lab") if page == PAGES.home else t_marked(page.title), anchor=False
    )
    if not (projector.is_on() or tour.is_on()):  # there the task says what is done
        st.markdown(t_marked(intro))
    tour.show_line(_name(page), stop_link, _home_link)
    notices = st.container()
    with notices:
        show_above(None if unusable else data_folder_trouble())
        show_errors(left)
    if unusable:  # every part of the page would say so again
        show_error(unusable)
        st.stop()
    try:
        with shown_in_place():
            yield
            # Not after an error: controls that were not drawn would be missing from the URL.
            state.leave_page(app_wide())
            presses.forget()
            _qr_of(page)
            windows.close_left()
    finally:
        if sentences := state.notices():
            news.leave(NOTICES_KEY, list(sentences))
        if sentences := news.said(NOTICES_KEY):
            notices.warning("\n\n".join(sentences), icon=":material/link_off:")


def need_data_folder() -> None:
    """End a page that keeps its results on disk if nothing can be read there; first thing on such a page.

    The frame has said why. Where only writing is refused the page goes on: what is there already can be
    looked at.
    """
    if data_folder_trouble(to_write=False):
        st.stop()


def page_link(page: Page, label: str | None = None, /, **parameters: str) -> None:
    """Draw a link to `page` that keeps the language, the photo, and the page as it was left.

    Args:
        page: one of `PAGES`.
        label: translated text; the page's title by default.
        **parameters: controls of that page that the link sets, as in its URL.
    """
    st.page_link(
        page.script,
        label=label or t_marked(page.title),
        icon=page.icon,
        width="stretch",
        query_params=state.link_parameters(page.title, app_wide()) | parameters,
    )


def stop_link(place: Place, label: str, icon: str = ":material/arrow_forward:") -> None:
    """Draw a link to a stop of a tour: its page as it usually is, with the stop's own settings.

    Args:
        place: the stop.
        label: translated.
        icon: of Material.
    """
    page = getattr(PAGES, place.stop.page)
    before = state.link_parameters(page.title, {}) if place.stop.goes_on else {}
    st.page_link(
        page.script,
        label=label,
        icon=icon,
        query_params=app_wide() | before | {tour.PARAMETER: place.mark} | dict(place.stop.url),
    )


def _home_link() -> None:
    """Draw the way on from the last stop of a tour: to the home page, without the tour."""
    st.page_link(
        PAGES.home.script,
        label=t("You have seen all stops: back to the home page"),
        icon=PAGES.home.icon,
        query_params=app_wide() | {tour.PARAMETER: tour.END},
    )


def lesson_link(page: Page, label: str, parameters: Mapping[str, str]) -> None:
    """Draw a link to `page` with these controls set, and nothing of how it was left.

    Args:
        page: one of `PAGES`.
        label: translated.
        parameters: controls of that page, as in its URL.
    """
    st.page_link(
        page.script,
        label=label,
        icon=page.icon,
        width="stretch",
        query_params=app_wide() | dict(parameters) | {state.AFRESH: "1"},
    )


def word_link(term: Term, label: str) -> None:
    """Draw a link to where a word of the glossary is seen: on the page as it was left."""
    page_link(getattr(PAGES, term.page), label, **term.url)


def app_wide() -> dict[str, str]:
    """Return the URL parameters that every page carries: language, followed photo, layout, tour."""
    chosen = st.session_state.get(LANGUAGE_KEY)
    spoken = {LANGUAGE_KEY: chosen} if chosen else {}
    own = photo.url_parameters() | projector.url_parameters() | tour.url_parameters()
    return spoken | own


def _note_visit(page: Page) -> None:
    PRESENCE.note(visitor.visitor(), page.title)


def _name(page: Page) -> str:
    return PAGES._fields[PAGES.index(page)]


def _tab_title(page: Page) -> str:
    lab = t("Transfer Learning Lab")
    return lab if page == PAGES.home else f"{t_marked(page.title)} · {lab}"


def _unusable_setting() -> LabError | None:
    try:
        settings.current()
    except SettingInvalid as error:
        return error
    return None


def _sidebar(page: Page, *, with_engine: bool) -> None:
    st.markdown(f"### {t('Transfer Learning Lab')}")
    with st.container(gap="xxsmall"):
        for other in PAGES:
            if other != PAGES.teacher or (with_engine and visitor.visitor().teacher):
                page_link(other)
    _language_switch()
    projector.show_switch()
    words.show_help(_name(page), word_link)
    if with_engine:
        show_engine_status()
        visitor.keep()
    keep_steps()


def _qr_of(page: Page) -> None:
    """Draw, below the rest of the sidebar, a QR code of the page as it is now."""
    with st.sidebar:
        qr_button(
            t("QR code of this page"),
            lambda: whole_address(_for_others(page)),
            key="qr_page",
        )


def _for_others(page: Page) -> dict[str, str]:
    return projector.without_layout(state.link_parameters(page.title, app_wide()))


def _take_language() -> None:
    asked = state.asked_in_url(LANGUAGE_KEY)
    if asked in LANGUAGES:
        choose_language(asked)
    elif asked is not None:
        state.refuse(LANGUAGE_KEY, asked)


def _language_switch() -> None:
    if st.session_state.get(SWITCH_KEY) != language():
        st.session_state[SWITCH_KEY] = language()
    st.segmented_control(
        t("Language"),
        list(LANGUAGES),
        format_func=LANGUAGES.__getitem__,
        required=True,
        key=SWITCH_KEY,
        on_change=callback(_choose_language),
    )


def _choose_language() -> None:
    choose_language(st.session_state[SWITCH_KEY])
