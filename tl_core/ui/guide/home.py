"""What the home page offers somebody new: the first stop of each tour, and all stops in a list."""

import streamlit as st

from tl_core.guide.tours import Place, Tour, list_tours
from tl_core.ui.frame import PAGES, stop_link
from tl_core.ui.text import t, t_marked

BEGIN_ICON = ":material/play_circle:"


def show_beginnings() -> None:
    """Draw a link to the first stop of every tour."""
    with st.container(border=True, horizontal=True, gap="medium", vertical_alignment="center"):
        st.markdown(f"**{t('New here? Let the lab lead you:')}**", width="content")
        for tour in list_tours():
            label = t("{title}: {count} stops", title=t_marked(tour.title), count=len(tour.stops))
            stop_link(Place(tour=tour, number=1), label, BEGIN_ICON)


def show_tour(tour: Tour) -> None:
    """Draw all stops: what is done there, what for, and a link that opens the lab at it."""
    for number, stop in enumerate(tour.stops, start=1):
        with st.container(border=True, gap="xsmall"):
            st.markdown(
                t(
                    "**{number}. {title}** · {page} · {minutes} min",
                    number=number,
                    title=t_marked(stop.title),
                    page=t_marked(getattr(PAGES, stop.page).title),
                    minutes=stop.minutes,
                )
            )
            st.markdown(t_marked(stop.task))
            st.caption(t_marked(stop.reason))
            stop_link(Place(tour=tour, number=number), t("Go to this stop"))
