"""The learning-rate range test: a button to run it, what it says, and a rate to take with a click."""

from dataclasses import dataclass

import streamlit as st

from tl_core import runs
from tl_core.runs import Run
from tl_core.runs.snapshots import JobState
from tl_core.training import TrainingConfig
from tl_core.training.rate_finder import HEAD, RESULT, STEPS, TAIL, RateTestConfig, points_of
from tl_core.training.rate_reading import nearest, read, verdict
from tl_core.ui.errors import callback
from tl_core.ui.job_panel import job_panel, start_button
from tl_core.ui.state import take_link, url_choice
from tl_core.ui.text import say, t, tn
from tl_core.ui.training.more import RATES, rate_text
from tl_core.ui.training.rate_curve import show_curve, show_idea

CONTROLS = {HEAD: "rate", TAIL: "fine_rate"}
"""Names of the sliders that hold the rate of each phase."""


@dataclass(frozen=True, kw_only=True)
class _Chosen:
    """The rate as the page has it, and which slider it is."""

    phase: str
    rate: float


def show_rate_test(config: TrainingConfig) -> None:
    """Draw the range test that belongs to these settings, or what it would show and a button to run it."""
    chosen = _choose_phase(config)
    test = RateTestConfig(phase=chosen.phase, training=config)
    above = st.container()
    run = runs.find_run(test) or _offer(test)
    with above:
        if run and job_panel(run).state is JobState.DONE:
            _show_result(run, chosen)
        else:
            show_idea(chosen.rate)


def _choose_phase(config: TrainingConfig) -> _Chosen:
    """Ask which of two phases is meant; where there is one, it is that."""
    phase = TAIL if config.unfrozen else HEAD
    if config.unfrozen and config.epochs:
        titles = {HEAD: t("Head"), TAIL: t("Blocks and head")}
        phase = st.segmented_control(
            t("Rate of the phase"),
            **url_choice("rate_of", tuple(titles), default=HEAD),
            format_func=titles.__getitem__,
            required=True,
            help=t(
                "The two phases have a rate each: the head's first, then that of the unfrozen blocks."
            ),
        )
    return _Chosen(phase=phase, rate=config.learning_rate if phase == HEAD else config.fine_rate)


def _offer(test: RateTestConfig) -> Run | None:
    return start_button(
        t("Test learning rates"),
        t(
            "The test raises the rate with every step and watches the loss. Look for the middle zone: too "
            "slow and the loss stays where it is, too fast and it jumps up. Dashed: how such a curve looks "
            "as a rule; the test draws that of your images."
        ),
        lambda: runs.open_job(test),
        key="test_rates",
        icon=":material/speed:",
        width="stretch",
        help=t(
            "A short training of 100 steps at most that nothing is kept of. It takes seconds, with a slow "
            "network about a minute; features that are missing are computed first, and the training will "
            "find them there."
        ),
    )


def _show_result(run: Run, chosen: _Chosen) -> None:
    points, planned = run.read(RESULT, lambda found: (points_of(found), int(found["steps"])))
    reading = read(points)
    stop = nearest(reading.suggestion, RATES) if reading.suggestion else None
    show_curve(points, reading, stop, chosen.rate)
    st.markdown(say(verdict(reading)))
    if stop == rate_text(chosen.rate):
        st.caption(t("The nearest stop of the slider, {rate}, is chosen.", rate=stop))
    elif stop:
        st.button(
            t("Take {rate}", rate=stop),
            icon=":material/check:",
            on_click=callback(take_link),
            args=[{CONTROLS[chosen.phase]: stop}],
            help=t("Sets the slider to the nearest stop; nothing is trained yet."),
        )
    st.caption(_caption(run, len(points), planned))


def _caption(run: Run, taken: int, planned: int) -> str:
    sentences = [
        t(
            "Look for the steepest fall of the line, well to the left of where it turns up. Each dot is the "
            "loss of one batch, the line is their mean, in which the latest count most. Nothing of the test "
            "is kept: the training begins with its own weights."
        )
    ]
    if run.config.get("epochs"):
        sentences.append(
            tn(
                "Before the test the head learned for {n} epoch.",
                "Before the test the head learned for {n} epochs.",
                run.config["epochs"],
            )
        )
    if planned < STEPS:
        sentences.append(
            t("Steps are slow here, so the test takes {planned} of them.", planned=planned)
        )
    if taken < planned:
        sentences.append(t("After {taken} steps the loss had run away.", taken=taken))
    return " ".join(sentences)
