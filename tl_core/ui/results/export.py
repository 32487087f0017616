"""Take a trained network home: a row for each format, made on demand and checked before it is offered."""

import streamlit as st

from tl_core import runs
from tl_core.errors import LabError
from tl_core.exports import (
    Export,
    ExportConfig,
    ExportFormat,
    Loss,
    Measured,
    export_config,
    find_export,
    find_job,
    list_formats,
    missing_packages,
    note_look,
)
from tl_core.results.metrics import read_metrics, read_model
from tl_core.run_book import begin_anew
from tl_core.runs import Run
from tl_core.runs.snapshots import JobState, snapshot
from tl_core.ui.errors import show_error, shown_in_place
from tl_core.ui.fetching import show_fetch
from tl_core.ui.job_panel import job_panel, start
from tl_core.ui.numbers import interval_text, shown_milliseconds
from tl_core.ui.presses import pressed
from tl_core.ui.text import t, t_marked
from tl_core.wording import in_megabytes


def show_export(run: Run) -> None:
    """Draw what can be taken home from a training that has results.

    Args:
        run: the training.
    """
    # Its rows are drawn, and asked for on disk, only while it is open.
    box = st.expander(
        t("Take it home"), icon=":material/home:", key=f"export-{run.id}", on_change="rerun"
    )
    if not box.open:
        return
    with box:
        try:
            wanted = [(form, export_config(run, form.name)) for form in list_formats()]
        except LabError as refusal:
            show_error(refusal)
            return
        st.markdown(
            t(
                "The whole network in one file, but for the script and what was learned alone: it takes a "
                "photo, RGB 0 to 255, and gives the probability of every class; the preprocessing is inside. "
                "Each file is read by a fresh program before it is offered, and must give the enclosed "
                "photos the same scores as here, as closely as its row says."
            )
        )
        for form, config in wanted:
            _row(run, form, config)


def _row(run: Run, form: ExportFormat, config: ExportConfig) -> None:
    with st.container(border=True, gap="xsmall"):
        text, action = st.columns([3, 1], vertical_alignment="center")
        text.markdown(f"**{t_marked(form.title)}**  \n{t_marked(form.purpose)}")
        found, job = find_export(run, config), find_job(config)
        if found:
            note_look(found)
            text.caption(_agreement(form, found))
            if found.measured:
                text.caption(_measured(run, found.measured))
            with action:
                show_fetch(
                    found.path,
                    f"network-{run.id}-{form.name}",
                    key=f"download-{form.name}-{run.id}",
                )
        elif missing := missing_packages(form.name):
            text.caption(
                t(
                    "Not available on this machine: the packages {packages} are not installed. Whoever runs "
                    "this lab can add them, and start it again:",
                    packages=", ".join(missing),
                )
            )
            text.code(f"pip install {' '.join(missing)}", language="bash")
        elif job is not None and snapshot(job).state is not JobState.DONE:
            job_panel(job)
        else:
            place = action.empty()
            with place:
                clicked = pressed(
                    t("Make it"),
                    icon=":material/package_2:",
                    key=f"make-{form.name}-{run.id}",
                    width="stretch",
                )
            if clicked and (begun := _begin(config)):
                place.empty()
                job_panel(begun)


def _agreement(form: ExportFormat, found: Export) -> str:
    """Say how large a file is, and how closely it agrees with the run."""
    return t(
        "{size} MB · checked on {n} photos: its scores differ by {difference} at most (allowed: {tolerance})",
        size=in_megabytes(found.size),
        n=found.photos,
        difference=f"{found.difference:.1e}",
        tolerance=f"{form.tolerance:g}",
    )


def _measured(run: Run, found: Measured) -> str:
    """Say what a file takes on the machine that made it, and what its rounded weights cost."""
    milliseconds = shown_milliseconds(found.file.milliseconds)
    if found.exact is None:
        return t(
            "A photo takes {milliseconds} ms on this machine, in one thread.",
            milliseconds=milliseconds,
        )
    told = t(
        "The network takes {size} MB and {milliseconds} ms a photo on this machine, in one thread; in "
        "float32 {exact_size} MB and {exact_milliseconds} ms.",
        size=in_megabytes(found.file.size),
        milliseconds=milliseconds,
        exact_size=in_megabytes(found.exact.size),
        exact_milliseconds=shown_milliseconds(found.exact.milliseconds),
    )
    return f"{told} {_loss_told(run, found.loss)}" if found.loss else told


def _loss_told(run: Run, loss: Loss) -> str:
    """Say what rounded weights cost on the held-out photos, and why the run itself may say otherwise."""
    beside = t(
        "In float32: {before}. Both say the same of {same}.",
        before=loss.before.correct,
        same=loss.same,
    )
    own = read_metrics(run).validation
    rounded = read_model(run).precision != "float32"
    if rounded and own.n == loss.before.n and own.correct != loss.before.correct:
        beside += " " + t(
            "The run itself counted {correct}, on features rounded to bfloat16.",
            correct=own.correct,
        )
    return f"{interval_text(loss.after)} {beside}"


def _begin(config: ExportConfig) -> Run | None:
    """Start the job that makes a file; returns it if it was accepted."""
    with shown_in_place():
        job = find_job(config)
        if job and snapshot(job).state is JobState.DONE:  # and its file is gone
            job = begin_anew(job)
        begun = job or runs.open_job(config)
        if start(begun):
            return begun
    return None
