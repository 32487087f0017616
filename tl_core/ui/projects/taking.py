"""Take it home: a row that makes a file on demand, shows its progress, and offers it once it is whole."""

from collections.abc import Sequence

import streamlit as st

from tl_core import runs
from tl_core.datasets.bringing.safe_names import safe_name
from tl_core.datasets.dataset import Dataset
from tl_core.errors import LabError
from tl_core.exports import note_look_at
from tl_core.people import ownership
from tl_core.projects import PackConfig, Packed, find_packed, pack_again, pack_config
from tl_core.run_book import read_entries
from tl_core.runs import Run
from tl_core.runs.snapshots import JobState, snapshot
from tl_core.ui.errors import show_error
from tl_core.ui.fetching import show_fetch
from tl_core.ui.job_panel import job_panel, start
from tl_core.ui.presses import pressed
from tl_core.ui.projects.counts import counted
from tl_core.ui.projects.opening import show_open
from tl_core.ui.run_titles import dataset_title
from tl_core.ui.text import t, tn
from tl_core.ui.visitor import visitor
from tl_core.wording import in_megabytes

MOST_DOWNLOADED = 500 * 10**6
"""Bytes: while a browser fetches a file, the server holds all of it in memory."""


def show_taking(dataset: Dataset) -> None:
    """Draw how a dataset is taken home, alone and with the trainings on it, and how a project is opened."""
    title = dataset_title(dataset.id)
    offer(
        pack_config(title, [dataset.id]),
        t("This dataset"),
        t(
            "A zip with a folder for each class, and the photos as they came. Any lab makes the same dataset "
            "of it, with its parts and groups; any other program finds photos in folders."
        ),
    )
    _offer_own(dataset, title)
    st.markdown(f"**{t('Open a project')}**")
    show_open()


def _offer_own(dataset: Dataset, title: str) -> None:
    trained = [
        entry
        for entry in read_entries()
        if entry.metrics and entry.config and entry.config.dataset == dataset.id
    ]
    own = [entry.run for entry in trained if ownership.is_own(entry.people, visitor())]
    if own:
        offer_runs(title, own)
    elif not trained:
        st.caption(t("Nothing is trained on it yet: trainings can be taken home along with it."))
    if len(own) < len(trained):
        st.caption(t("Trainings of others are taken home from the run book: choose them there."))


def offer_runs(title: str, trained: Sequence[Run]) -> None:
    """Draw the row of trainings with their datasets.

    Args:
        title: what people will call the file.
        trained: the trainings; each has a result.
    """
    try:
        config = pack_config(title, runs=trained)
    except LabError as refusal:
        show_error(refusal)
        return
    offer(
        config,
        tn("{n} training with its dataset", "{n} trainings with their datasets", len(trained)),
        t(
            "One file that another lab opens: curves, result, photos and predictions are there as here, and "
            "exports can be made, without training again. It holds pictures, numbers and settings, and "
            "nothing that runs."
        ),
    )


def offer(config: PackConfig, title: str, purpose: str) -> None:
    """Draw the row of one file.

    Args:
        config: what goes into it.
        title: translated; what it is.
        purpose: translated; what it is good for.
    """
    with st.container(border=True, gap="xsmall"):
        text, action = st.columns([3, 1], vertical_alignment="center")
        text.markdown(f"**{title}**  \n{purpose}")
        job = runs.find_run(config)
        found = find_packed(job) if job else None
        if job and found:
            note_look_at(found.path)
            text.caption(contents(found))
            with action:
                download(job, found, config.title)
        elif job and snapshot(job).state is not JobState.DONE:
            job_panel(job)
        else:
            place = action.empty()
            name = runs.run_id(config.KIND, config.as_json())
            with place:
                clicked = pressed(
                    t("Make it"), icon=":material/package_2:", key=f"pack-{name}", width="stretch"
                )
            if clicked and start(begun := pack_again(config)):
                place.empty()
                job_panel(begun)


def download(job: Run, found: Packed, title: str) -> None:
    """Draw the button that fetches a file, or where it lies if that would take too much memory."""
    if found.size > MOST_DOWNLOADED:
        st.caption(
            t("It is too large to be sent by this page. Copy it on the server, where it is called:")
        )
        st.code(str(found.path), language=None, wrap_lines=True)
        return
    show_fetch(found.path, safe_name(title), key=f"download-{job.id}")


def contents(found: Packed) -> str:
    """Say what is in a file."""
    parts = [t("{size} MB", size=in_megabytes(found.size))]
    parts += counted(found.datasets, found.runs, found.drafts)
    if found.left_out:
        parts.append(
            tn(
                "{n} thing is left out: photos or files of it are damaged or were deleted",
                "{n} things are left out: photos or files of them are damaged or were deleted",
                found.left_out,
            )
        )
    return " · ".join(parts)
