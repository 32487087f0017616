"""A job as a page shows it while it lives: place in the queue, progress, curves, Stop, Resume."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from tl_core.datasets.bringing.waiting import refused_for_good, resume_refusal
from tl_core.engine.sentences import whole_minutes
from tl_core.errors import LabError
from tl_core.people import ownership
from tl_core.runs import Run
from tl_core.runs.progress import Phase
from tl_core.runs.snapshots import JobState, Snapshot, snapshot
from tl_core.ui.engine_status import engine, engine_ready
from tl_core.ui.errors import callback, fragment, show_error, shown_in_place
from tl_core.ui.presses import pressed
from tl_core.ui.text import escaped, say, t, t_marked, tn
from tl_core.ui.visitor import disallowed, visitor
from tl_core.wording import N_, Sentence

POLL_SECONDS = 1.0

PHASES = {
    "weights": N_("Download the weights"),
    "features": N_("Compute features"),
    "head": N_("Train the head"),
    "tail": N_("Train the blocks and the head"),
    "download": N_("Download"),
    "unpack": N_("Unpack the archive"),
    "import": N_("Read the images"),
    "scan": N_("Look at the files"),
}
"""What phases are called that several kinds of jobs have; any other is named by its own words in English."""

IN_EPOCHS = ("head", "tail")
"""Phases that are counted in epochs; their messages say which."""
BUILDING_SECONDS = 20
"""What building the network may take: a shorter first epoch says nothing of the pace of the others."""
SECONDS_A_MINUTE = 60
FRACTION_FROM = 10
"""Rates below this are shown with one digit behind the point."""


def job_panel(run: Run, draw: Callable[[Snapshot], None] | None = None) -> Snapshot:
    """Draw a job, and go on drawing it until it has ended; returns what it was at this page run.

    Args:
        run: the job.
        draw: draws more of a running job below its progress bars, such as curves.
    """
    shot = snapshot(run)
    live = shot.state.live
    fragment(_panel, run_every=POLL_SECONDS if live else None)(run, live, draw)
    return shot


def start(run: Run) -> bool:
    """Queue a job; returns whether it was accepted, and shows in place what refuses it."""
    with shown_in_place():
        engine().submit(run, visitor())
        return True
    return False


def start_button(
    label: str, hint: str, run: Callable[[], Run], *, key: str, **look: Any
) -> Run | None:
    """Draw a button that starts a job, and a hint below it; once the job is accepted both make way for it.

    Args:
        label: translated text of the button.
        hint: translated text below it.
        run: opens the job's run.
        key: of the button, unique on all pages.
        **look: further arguments of ``st.button``.

    Returns:
        The run that was started, or None.
    """
    place = st.empty()
    with place.container():
        clicked = pressed(label, key=key, **look)
        st.caption(hint)
    if clicked and start(opened := run()):
        place.empty()
        return opened
    return None


def _panel(run: Run, was_live: bool, draw: Callable[[Snapshot], None] | None) -> None:
    shot = snapshot(run)
    if was_live != shot.state.live:
        st.rerun()  # the page draws the result, or begins to look again
    _state_line(run, shot)
    if shot.state.live:
        for note in shot.notes:
            st.caption(say(note))
        refused = ownership.refusal(run.folder, visitor(), ownership.RUN, alone=True)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            with st.container():
                for phase in shot.phases:
                    _progress_bar(phase)
            st.button(
                t("Stop"),
                icon=":material/stop_circle:",
                key=f"stop-{run.id}",
                on_click=callback(_stop),
                args=[run],
                **disallowed(refused, disabled=shot.cancelling),
            )
        if refused:  # a phone shows no help of what is disabled
            st.caption(escaped(say(refused)))
        if draw:
            draw(shot)
    elif shot.state is not JobState.DONE and not refused_for_good(run, shot.state):
        _offer_resume(run, shot)


def _stop(run: Run) -> None:
    engine().cancel(run, visitor())


def _offer_resume(run: Run, shot: Snapshot) -> None:
    clicked = pressed(
        t("Resume") if shot.started else t("Start again"),
        icon=":material/play_circle:",
        key=f"resume-{run.id}",
        **disallowed(
            refused := resume_refusal(run, visitor()),
            hint=t(
                "Goes on from what is on disk: a training does at most one part or one epoch again; a "
                "download, a rate test or an export begins anew."
            ),
        ),
    )
    if refused:
        st.caption(escaped(say(refused)))
    if clicked:
        _resume(run)


def _resume(run: Run) -> None:
    if refused := resume_refusal(run, visitor()):
        show_error(refused)
    elif start(run):
        st.rerun()


def _state_line(run: Run, shot: Snapshot) -> None:
    match shot.state:
        case JobState.QUEUED:
            before = engine().position(run) or 0
            if not engine_ready():
                text = t("Waiting for the engine; its state is in the sidebar.")
            elif before:
                text = tn(
                    "Queued: {n} job before this one.", "Queued: {n} jobs before this one.", before
                )
            else:
                text = t("Queued: next in line.")
            seconds = engine().seconds_until_start(run)
            if engine_ready() and seconds is not None:
                minutes = whole_minutes(seconds)
                text += " " + tn(
                    "It starts in about {n} minute.", "It starts in about {n} minutes.", minutes
                )
            st.info(text, icon=":material/hourglass_top:")
        case JobState.RUNNING if shot.cancelling:
            st.info(t("Stopping …"), icon=":material/stop_circle:")
        case JobState.RUNNING if not shot.phases:
            st.info(t("Running: preparing …"), icon=":material/sync:")
        case JobState.CANCELLED:
            text = t("Stopped. What was finished is kept.")
            if shot.error:  # nobody pressed Stop
                text += f" {escaped(say(LabError.restored(shot.error)))}"
            st.warning(text, icon=":material/stop_circle:")
        case JobState.INTERRUPTED if not shot.started:
            st.warning(t("This has not started yet."), icon=":material/hourglass_top:")
        case JobState.INTERRUPTED:
            st.warning(
                t("Interrupted: the program ended while this ran. What was finished is kept."),
                icon=":material/power_off:",
            )
        case JobState.FAILED:
            reason = shot.error or Sentence(template=N_("It failed without a reason."))
            show_error(LabError.restored(reason))
        case _:
            pass


def _progress_bar(phase: Phase) -> None:
    title = t_marked(PHASES.get(phase.name, phase.name))
    share = phase.done / phase.total if phase.total else 0.0
    st.progress(min(share, 1.0), text=f"**{title}** · {_progress_text(phase)}")


def _progress_text(phase: Phase) -> str:
    if phase.name in IN_EPOCHS:
        return _epochs_text(phase)
    if phase.finished:
        return t("{total} of {total}, done", total=_count(phase, phase.total))
    if not phase.total:
        return _count(phase, phase.done)
    text = t("{done} of {total}", done=_count(phase, phase.done), total=_count(phase, phase.total))
    if phase.rate and phase.seconds_left is not None:
        return f"{text} · {_rate(phase)} · {_time_left(phase.seconds_left)}"
    return text


def _epochs_text(phase: Phase) -> str:
    """Say how far a training is in epochs, and its rate in images: both phases can be compared then."""
    told, _, judging = phase.message.partition(" ")
    epoch, slash, epochs = told.partition("/")
    if not slash:
        return t("preparing …")
    if epoch == "0":
        return t("laying out the computation, once, which can take a while …")
    text = t("epoch {epoch} of {epochs}", epoch=epoch, epochs=epochs)
    if phase.finished:
        return t("{progress}, done", progress=text)
    if judging:
        judged, _, images = judging.partition("/")
        told = t("judging: {judged} of {images} validation images", judged=judged, images=images)
        return f"{text} · {told}"
    building = epoch == "1" and phase.updated - phase.started < BUILDING_SECONDS
    if not building and phase.rate and phase.seconds_left is not None:
        rate = t("{rate} images a second", rate=f"{phase.rate:,.0f}")
        return f"{text} · {rate} · {_time_left(phase.seconds_left)}"
    return text


def _count(phase: Phase, number: int) -> str:
    """Bytes are counted in MB; images and epochs one by one."""
    if phase.name in ("weights", "download", "unpack"):
        return f"{number / 1e6:.0f} MB"
    return f"{number:,}"


def _rate(phase: Phase) -> str:
    assert phase.rate is not None
    if phase.name in ("weights", "download", "unpack"):
        return t("{rate} MB/s", rate=f"{phase.rate / 1e6:.1f}")
    return t("{rate} a second", rate=f"{phase.rate:.{1 if phase.rate < FRACTION_FROM else 0}f}")


def _time_left(seconds: float) -> str:
    if seconds < SECONDS_A_MINUTE:
        return tn("{n} second left", "{n} seconds left", max(round(seconds), 1))
    return tn("{n} minute left", "{n} minutes left", round(seconds / SECONDS_A_MINUTE))
