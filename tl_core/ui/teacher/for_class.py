"""Section "For the class": what a pupil may do, and the network and the lesson that are laid out for all."""

import streamlit as st

from tl_core.teacher import LIMITS, Limits, read_limits, write_limits
from tl_core.teacher.pinned import pin_lesson, pin_run, read_pinned
from tl_core.ui.errors import callback
from tl_core.ui.prediction.networks import trained_runs
from tl_core.ui.qr import qr_button, whole_address
from tl_core.ui.teacher.laid_out import page_names, show_laid_out
from tl_core.ui.text import t
from tl_core.ui.visitor import visitor

RUN_KEY, LESSON_KEY = "pinned_run", "pinned_lesson"


def show() -> None:
    """Draw what is laid out and what is allowed."""
    left, right = st.columns(2, gap="large")
    with left:
        _network()
        _lesson()
    with right:
        _limits()


def _network() -> None:
    st.subheader(t("A network for the class"), anchor=False)
    found = {run_id: title for run_id, (_, title) in trained_runs().items()}
    pinned = read_pinned().run
    st.session_state[RUN_KEY] = pinned if pinned in found else ""
    st.selectbox(
        t("Network"),
        ["", *found],
        format_func=lambda one: found.get(one) or t("none"),
        key=RUN_KEY,
        on_change=callback(_pin_run),
        help=t("Predict opens with it for everybody who has trained none of their own."),
    )


def _lesson() -> None:
    st.subheader(t("A lesson for the class"), anchor=False)
    with st.form("pin-lesson", border=False, clear_on_submit=True):
        st.text_input(
            t("Lesson link"),
            key=LESSON_KEY,
            help=t("Make it with the button “Lesson link” below any page, and paste it here."),
        )
        st.form_submit_button(
            t("Lay it out"), icon=":material/push_pin:", on_click=callback(_pin_lesson)
        )
    if read_pinned().page is not None:
        st.button(t("Take it back"), icon=":material/undo:", on_click=callback(_drop_lesson))
    said = st.empty()
    if show_laid_out():
        said.caption(t("Everybody sees both on the home page, as here:"))
    else:
        said.caption(t("Nothing is laid out. What you choose is on everybody's home page at once."))
    qr_button(
        t("QR code of the home page"),
        lambda: whole_address({}, "streamlit_app.py"),
        key="qr_home",
    )


def _limits() -> None:
    st.subheader(t("What each pupil may do"), anchor=False)
    titles = {
        "jobs": t("Jobs that wait"),
        "photos": t("Photos in datasets"),
        "minutes": t("Minutes of one job"),
    }
    now = vars(read_limits())
    for name, title in titles.items():
        least, most = LIMITS[name]
        st.session_state[_key(name)] = now[name]
        st.number_input(
            title, least, most, step=1, key=_key(name), on_change=callback(_write_limits)
        )
    st.caption(
        t(
            "A change holds at once, and after a restart. A teacher has none of these limits, nor has "
            "anybody in a lab without a teacher's key."
        )
    )


def _key(name: str) -> str:
    return f"limit_{name}"


def _write_limits() -> None:
    values = {name: int(st.session_state[_key(name)]) for name in LIMITS}
    write_limits(Limits(**values), visitor())


def _pin_run() -> None:
    pin_run(st.session_state[RUN_KEY], visitor())


def _pin_lesson() -> None:
    pin_lesson(st.session_state[LESSON_KEY], page_names(), visitor())


def _drop_lesson() -> None:
    pin_lesson("", page_names(), visitor())
