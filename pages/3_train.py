"""Bring data, train on a pretrained backbone, and look at what came out from every side."""

from collections.abc import Callable

import streamlit as st

from tl_core import runs
from tl_core.run_book import mend
from tl_core.runs import Run
from tl_core.runs.snapshots import JobState, snapshot
from tl_core.training import TrainingConfig
from tl_core.ui.datasets import bring
from tl_core.ui.datasets import section as data
from tl_core.ui.datasets.choice import add_dataset, choose_dataset, select_dataset
from tl_core.ui.errors import shown_in_place
from tl_core.ui.frame import PAGES, frame, need_data_folder, page_link
from tl_core.ui.job_panel import job_panel, start
from tl_core.ui.lessons import inside, skip, transfer
from tl_core.ui.results import corrections
from tl_core.ui.results.curves import show_curves
from tl_core.ui.results.export import show_export
from tl_core.ui.results.headline import show_results
from tl_core.ui.results.report import show_report
from tl_core.ui.run_book import section as run_book
from tl_core.ui.run_book.mine import remember
from tl_core.ui.run_titles import run_title
from tl_core.ui.state import url_choice, url_text
from tl_core.ui.text import escaped, t, t_marked
from tl_core.ui.training.controls import training_controls
from tl_core.ui.training.mistakes import explain_mistakes
from tl_core.ui.training.plan import show_plan
from tl_core.ui.training.rate import show_rate_test
from tl_core.wording import N_

PREDICT = PAGES[4]


def train(config: TrainingConfig) -> None:
    run = runs.open_run(config.KIND, config.as_json())
    mend(run)
    if snapshot(run).state is JobState.DONE:
        st.toast(t("This was trained before with exactly these settings: here is the result."))
    if start(run):
        remember(run)
        st.session_state["run"] = run.id


def show_run(run: Run) -> bool:
    """Draw the job and the headline of its result; returns whether there is a result."""
    st.markdown(f"**{escaped(run_title(run))}**")
    shot = job_panel(run, lambda now: show_curves(run, now))
    finished = shot.state is JobState.DONE or (run.has_results and not shot.state.live)
    if finished:
        show_results(run, shot)
        explain_mistakes(TrainingConfig.from_json(run.config))
        page_link(PREDICT, t("Try it on a photo"), run=run.id)
    return finished


def show_train() -> None:
    controls, result = st.columns([2, 3], gap="large")
    with controls:
        dataset = choose_dataset()
        config = training_controls(dataset)
        test = st.expander(
            t("Test learning rates"),
            icon=":material/speed:",
            key="rate_test_box",
            on_change="rerun",
        )
        if test.open:  # a plot that nobody sees would cost every change of a control
            with test:
                show_rate_test(config)
        add_dataset()
    with result:
        plan = st.container()
        if st.button(t("Train"), type="primary", icon=":material/play_arrow:", width="stretch"):
            train(config)
        run = shown_run()
        with plan:
            # A run is to be seen without scrolling, on a projector too, and stays where it is when it ends.
            show_plan(config, dataset, folded=run is not None)
        if run is None:
            st.info(hint(config), icon=":material/arrow_upward:")
        finished = run is not None and show_run(run)
    if run and finished:
        for show in (show_report, show_export):
            with shown_in_place():
                show(run)


def hint(config: TrainingConfig) -> str:
    if config == TrainingConfig(dataset=config.dataset, fingerprint=config.fingerprint):
        return t("Press Train. The usual settings work: with them this takes less than a minute.")
    return t("Press Train. The forecast above says what these settings will take.")


def show_inside() -> None:
    controls, result = st.columns([2, 3], gap="large")
    with controls:
        config = training_controls(select_dataset())
    with result, shown_in_place():
        inside.show(config, shown_run())


def shown_run() -> Run | None:
    """Return the run that the link names; says so in place if somebody has deleted it since."""
    if identifier := st.session_state["run"]:
        with shown_in_place():
            return runs.get_run(identifier)
    return None


SECTIONS: dict[str, tuple[str, Callable[[], None]]] = {
    "train": (N_("Train"), show_train),
    "data": (N_("Data"), data.show),
    "inside": (N_("Look inside"), show_inside),
    "skip": (N_("Why ResNet trains"), skip.show),
    "transfer": (N_("What transfer buys"), lambda: transfer.show(select_dataset())),
    "book": (N_("Run book"), run_book.show),
}

with frame(
    N_("Train"),
    ":material/model_training:",
    N_(
        "The backbone turns every image into a list of numbers, once. A small head then learns to read them: "
        "that takes seconds, and that is transfer learning."
    ),
):
    need_data_folder()
    url_text("run", check=lambda text: runs.get_run(text, runs.TRAINING))
    corrections.keep_in_url()
    bring.keep_in_url()
    section = st.segmented_control(
        t("Section"),
        **url_choice("section", list(SECTIONS), default="train"),
        format_func=lambda name: t_marked(SECTIONS[name][0]),
        required=True,
        label_visibility="collapsed",
        help=t("Only the chosen section is drawn; what you set in the others is kept."),
    )
    SECTIONS[section][1]()
