"""The tour that somebody is on: kept in the session and in the address, with a line on every page.

A stop begins with its page as it usually is. What somebody set there before would change the task, so it is
let go; the followed photo, the language and one's own runs stay.
"""

from collections.abc import Callable

import streamlit as st

from tl_core.errors import LabError
from tl_core.guide.tours import Place, get_place
from tl_core.ui import projector, state
from tl_core.ui.errors import callback
from tl_core.ui.text import t, t_marked

PARAMETER = "tour"
"""Name in the URL and in the session."""
END = "end"
"""What the address says in place of a stop to end the tour."""
HOME = "home"
"""Name of the page to which the last stop leads."""
Link = Callable[[Place, str], object]
"""Draws a link to a stop, with a translated label."""


def take_tour() -> None:
    """Take over the stop that the URL names, if the page was just entered with one."""
    asked = state.asked_in_url(PARAMETER)
    if asked is None or asked == st.session_state.get(PARAMETER):
        return
    if asked == END:
        _end()
        return
    try:
        stop = get_place(asked).stop
    except LabError as error:
        state.tell(error)
        return
    st.session_state[PARAMETER] = asked
    if not stop.goes_on:
        state.forget_page()


def url_parameters() -> dict[str, str]:
    """Return the URL parameter for the stop; nothing for somebody who is on no tour."""
    mark = st.session_state.get(PARAMETER)
    return {PARAMETER: mark} if mark else {}


def is_on() -> bool:
    """Whether somebody is on a tour."""
    return bool(st.session_state.get(PARAMETER))


def folds(page: str) -> bool:
    """Whether the stop that somebody is at has the set-up of `page` folded."""
    if not is_on():
        return False
    stop = get_place(st.session_state[PARAMETER]).stop
    return stop.folded and stop.page == page


def show_line(page: str, link: Link, home: Callable[[], object]) -> None:
    """Draw where somebody is in the tour, what to do there, and the way on; nothing without a tour.

    Args:
        page: name of the page that is open.
        link: draws a link to a stop on another page.
        home: draws the way on from the last stop.
    """
    if not is_on():
        return
    place = get_place(st.session_state[PARAMETER])
    with st.container(border=True, gap="xsmall", key="tour_line"):
        st.markdown(
            t(
                "**Stop {number} of {all}: {title}.** {task}",
                number=place.number,
                all=len(place.tour.stops),
                title=t_marked(place.stop.title),
                task=t_marked(place.stop.task),
            ),
            help=t_marked(place.stop.reason),
        )
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            if place.stop.page != page:
                link(place, t("Back to the stop"))
            _show_next(place, page, link, home)
            st.button(t("End the tour"), key="tour_end", type="tertiary", on_click=callback(_end))


def _show_next(place: Place, page: str, link: Link, home: Callable[[], object]) -> None:
    if (after := place.next) is None:
        if page != HOME:  # a link from a page to itself would not end the tour
            home()
        return
    label = t("Next: {title}", title=t_marked(after.stop.title))
    if after.stop.page != page:
        link(after, label)
    else:  # a link from a page to itself is no entry of it
        icon = ":material/arrow_forward:"
        st.button(label, key="tour_next", icon=icon, on_click=callback(_go), args=[after.mark])


def _go(mark: str) -> None:
    stop = get_place(mark).stop
    st.session_state[PARAMETER] = mark
    if stop.goes_on:
        state.take_link(stop.url)
    else:
        state.restart_page(stop.url)
        projector.fold_again()


def _end() -> None:
    st.session_state[PARAMETER] = ""
