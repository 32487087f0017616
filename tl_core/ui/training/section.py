"""Section "Train": the settings; beside them what they will do, the run, and what came of it."""

from contextlib import suppress

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from tl_core.datasets.catalogue import get_dataset
from tl_core.errors import LabError
from tl_core.runs.snapshots import JobState, snapshot
from tl_core.training import Training, TrainingConfig, get_training
from tl_core.ui import lesson, news, projector
from tl_core.ui.datasets.choice import add_dataset, choose_dataset
from tl_core.ui.errors import fragment, shown_in_place
from tl_core.ui.frame import PAGES, page_link
from tl_core.ui.job_panel import job_panel
from tl_core.ui.presses import pressed
from tl_core.ui.qr import qr_button, whole_address
from tl_core.ui.redrawing import want_page
from tl_core.ui.results.before_after import show_before_after
from tl_core.ui.results.curves import show_curves
from tl_core.ui.results.export import show_export
from tl_core.ui.results.headline import show_results
from tl_core.ui.results.report import show_looks, show_story
from tl_core.ui.run_titles import run_title
from tl_core.ui.text import escaped, t
from tl_core.ui.training.controls import training_controls
from tl_core.ui.training.mistakes import explain_mistakes
from tl_core.ui.training.other_settings import tell_of_other_settings
from tl_core.ui.training.plan import show_plan
from tl_core.ui.training.rate import show_rate_test
from tl_core.ui.training.starting import RUN_KEY, train_and_show

TRAINED_KEY = "trained_before"
"""Settings that were asked for, and had been trained already."""


def show() -> None:
    """Draw the section."""
    # On a phone the first column is on top: the button, and what comes of it.
    controls, result = projector.set_up_beside(
        2, 3, title=t("Settings and training"), shown_first=True, gap="large"
    )
    # On a projector a run has the first screen for itself.
    asked = controls if projector.is_on() and st.session_state[RUN_KEY] else result
    with controls:
        dataset = choose_dataset()
        settings = st.container()
        if not lesson.hidden("add_dataset"):
            add_dataset()
    with asked:
        plan = st.container()
    with result:
        title, told = st.container(), st.container()
    with plan:
        fragment(_set_up)(dataset.id, settings, told)
    finished = False
    with result:
        if run := shown_run():
            title.markdown(f"**{escaped(run_title(run))}**")
            finished = _show_run(run)
    if run and finished:
        _show_more(run)


def _set_up(name: str, controls: DeltaGenerator, told: DeltaGenerator) -> None:
    """Draw what begins a training, here, and what depends on its settings: it runs alone when one changes."""
    dataset = get_dataset(name)
    with controls:
        config = training_controls(dataset)
    # Above the plan: on a phone that is three cards high.
    if pressed(
        t("Train"), key="train", type="primary", icon=":material/play_arrow:", width="stretch"
    ):
        with shown_in_place():
            _train(config)
    _offer_rate_test(config)
    run = _run_there()
    # A run is to be seen without scrolling, and stays where it is when it ends.
    show_plan(config, dataset, folded=run is not None)
    with told.container():  # its place is taken also while nothing is to be said
        if news.said(TRAINED_KEY) == config:
            sentence = t("This was trained before with exactly these settings: here is the result.")
            st.success(sentence, icon=":material/history:")
        if run:
            tell_of_other_settings(run, config)
        elif not st.session_state[RUN_KEY]:
            st.info(_hint(config), icon=":material/arrow_upward:")


def shown_run() -> Training | None:
    """Return the run that the link names; says so in place if somebody has deleted it since."""
    if identifier := st.session_state[RUN_KEY]:
        with shown_in_place():
            return get_training(identifier)
    return None


def _run_there() -> Training | None:
    """Return the run that the link names, if it can be read; the page says it if it cannot."""
    with suppress(LabError):
        run = get_training(st.session_state[RUN_KEY])
        return run if run.settings else None
    return None


def _train(config: TrainingConfig) -> None:
    if snapshot(train_and_show(config)).state is JobState.DONE:
        news.leave(TRAINED_KEY, config)
    else:
        want_page()  # a run that is shown already has another state now


def _offer_rate_test(config: TrainingConfig) -> None:
    if lesson.hidden("rate_test"):
        return
    test = st.expander(
        t("Test learning rates"), icon=":material/speed:", key="rate_test_box", on_change="rerun"
    )
    if test.open:  # a plot that nobody sees would cost every change of a control
        with test:
            show_rate_test(config)


def _show_run(run: Training) -> bool:
    """Draw the job and the headline of its result; returns whether there is a result."""
    shot = job_panel(run, lambda now: show_curves(run, now))
    finished = shot.state is JobState.DONE or (run.has_results and not shot.state.live)
    if finished:
        if projector.is_on() and not lesson.hidden("report"):
            show_before_after(run)
        show_results(run, shot)
        explain_mistakes(run)
        page_link(PAGES.predict, t("Try it on a photo"), run=run.id)
        qr_button(
            t("Try it on phones (QR code)"),
            lambda: whole_address({"run": run.id}, PAGES.predict.script),
            key="qr_run",
        )
    return finished


def _show_more(run: Training) -> None:
    if not lesson.hidden("report"):
        with shown_in_place():
            show_story(run)
        fragment(show_looks)(run)
    if not lesson.hidden("export"):
        fragment(show_export)(run)


def _hint(config: TrainingConfig) -> str:
    if config == TrainingConfig(dataset=config.dataset, fingerprint=config.fingerprint):
        # How long they take, the forecast says: two places would contradict each other.
        return t(
            "Press Train. The usual settings work, and the forecast above says what they will take."
        )
    return t("Press Train. The forecast above says what these settings will take.")
