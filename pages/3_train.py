"""Train a head on the features of a frozen backbone."""

import streamlit as st

from tl_core import runs
from tl_core.runs import Run
from tl_core.snapshots import JobState, snapshot
from tl_core.training import TrainingConfig
from tl_core.ui.datasets.choice import add_dataset, choose_dataset
from tl_core.ui.frame import PAGES, frame, page_link
from tl_core.ui.job_panel import job_panel, start
from tl_core.ui.run_titles import run_title
from tl_core.ui.state import url_text
from tl_core.ui.text import escaped, t
from tl_core.ui.training.controls import training_controls
from tl_core.ui.training.plan import show_plan
from tl_core.ui.training.results import show_curves, show_results
from tl_core.wording import N_

PREDICT = PAGES[4]


def train(config: TrainingConfig) -> None:
    run = runs.open_run("train", config.as_json())
    if snapshot(run).state is JobState.DONE:
        st.toast(t("This was trained before with exactly these settings: here is the result."))
    if start(run):
        st.session_state["run"] = run.id


def show_run(run: Run) -> None:
    st.markdown(f"**{escaped(run_title(run))}**")
    shot = job_panel(run, show_curves)
    if shot.state is JobState.DONE:
        show_results(run, shot)
        page_link(PREDICT, t("Try it on a photo"), run=run.id)


with frame(
    N_("Train"),
    ":material/model_training:",
    N_(
        "The backbone turns every image into a list of numbers, once. A small head then learns to read them: "
        "that takes seconds, and that is transfer learning."
    ),
):
    url_text("run", check=lambda text: runs.get_run(text, "train"))
    controls, result = st.columns([2, 3], gap="large")
    with controls:
        dataset = choose_dataset()
        config = training_controls(dataset)
        add_dataset()
    with result:
        show_plan(config, dataset)
        if st.button(
            t("Train"),
            type="primary",
            icon=":material/play_arrow:",
            width="stretch",
        ):
            train(config)
        if identifier := st.session_state["run"]:
            show_run(runs.get_run(identifier))
        else:
            st.info(
                t("Press Train. The usual settings work: with them this takes less than a minute."),
                icon=":material/arrow_upward:",
            )
