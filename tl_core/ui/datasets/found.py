"""What a look into an archive found, before anything is imported: how it is read, what is doubtful."""

from collections.abc import Sequence

import streamlit as st

from tl_core import runs
from tl_core.datasets.bringing.archive import Scan
from tl_core.datasets.bringing.checks import check_plan
from tl_core.datasets.bringing.waiting import upload_path
from tl_core.datasets.catalogue import get_dataset
from tl_core.datasets.job_configs import ImportConfig, ScanConfig
from tl_core.datasets.jobs import read_scan
from tl_core.datasets.reading.choices import Choices, counts
from tl_core.datasets.reading.plans import LeftOut, Plan
from tl_core.errors import DatasetRefused
from tl_core.runs.snapshots import JobState, snapshot
from tl_core.ui.datasets.changes import attempt
from tl_core.ui.datasets.found_choices import choose
from tl_core.ui.datasets.found_pictures import show_classes
from tl_core.ui.datasets.jobs import JOB_KEY, forget_job, open_import, start_job
from tl_core.ui.datasets.tree import show_tree
from tl_core.ui.errors import callback, shown_in_place
from tl_core.ui.text import escaped, say, t, tn
from tl_core.wording import Sentence

LONGEST_TITLE = 80
MOST_WARNINGS = 5
USUAL = "folders"
"""The reading of which nothing needs to be said."""


def show_found(run: runs.Run, dataset: str = "") -> None:
    """Draw what a finished look found, every doubtful choice, and the button that imports it.

    Args:
        run: the look into the archive.
        dataset: id of the dataset that gets the photos; empty where they make a new one.
    """
    with shown_in_place():
        scan = _scan(run.id, run)
        with st.container(border=True, key="found"):
            _show(run, scan, dataset)


def offer_other_choices(run: runs.Run) -> None:
    """Draw the way back from an import that was refused or stopped to what was found."""
    config = ImportConfig.from_json(run.config)
    scan = runs.find_run(ScanConfig(sha256=config.sha256, title=config.title))
    if scan:
        st.button(
            t("Back to what was found"),
            icon=":material/arrow_back:",
            on_click=callback(_show_again),
            args=[scan.id],
        )


@st.cache_resource(show_spinner=False, max_entries=20)
def _scan(run_id: str, _run: runs.Run) -> Scan:
    """Return what a look found; it never changes."""
    return read_scan(_run)


def _show(run: runs.Run, scan: Scan, dataset: str) -> None:
    plan = scan.plan
    title = str(run.config["title"])
    st.markdown(f"**{t('What was found in {title}', title=escaped(title))}**")
    for note in plan.notes:
        st.info(escaped(say(note)), icon=":material/info:")
    above = st.container()  # what comes of the choices stands before them
    choices = choose(run, plan)
    reading = plan.reading(choices.reading)
    with above:
        show_classes(run, scan, choices)
        if len(plan.readings) == 1 and reading.key != USUAL:
            source = escaped(say(reading.title))
            st.caption(t("The classes are taken from: {source}", source=source))
        for reason in reading.reasons:
            st.caption(escaped(say(reason)))
        _warn(reading.warnings)
    with st.expander(t("The folders as they are read"), icon=":material/account_tree:"):
        show_tree(plan, choices)
    _left_out([*reading.left_out, *plan.left_out])
    _import_button(run, plan, choices, dataset)


def _warn(warnings: Sequence[Sentence]) -> None:
    """Draw what should be known before anything is trained; of a hundred classes not a hundred boxes."""
    for warning in warnings[:MOST_WARNINGS]:
        st.warning(escaped(say(warning)), icon=":material/warning:")
    if (rest := len(warnings) - MOST_WARNINGS) > 0:
        st.caption(tn("and {n} more", "and {n} more", rest))


# What is left out, and the import


def _left_out(left_out: Sequence[LeftOut]) -> None:
    if not left_out:
        return
    count = sum(one.count for one in left_out)
    title = tn("{n} file is left out", "{n} files are left out", count)
    with st.expander(title, icon=":material/filter_alt:"):
        for one in left_out:
            st.text(say(one.sentence))


def _import_button(run: runs.Run, plan: Plan, choices: Choices, dataset: str) -> None:
    problem = _problem(plan, choices, get_dataset(dataset).class_names if dataset else ())
    found = counts(plan, choices)
    total = sum(sum(side.values()) for side in found.values())
    title = ""
    if not dataset:
        title = st.text_input(
            t("Name of the dataset"),
            value=str(run.config["title"])[:LONGEST_TITLE],
            max_chars=LONGEST_TITLE,
            key=f"found-title-{run.id}",
        )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            tn("Import {n} photo", "Import {n} photos", total)
            if not dataset
            else tn("Add {n} photo to the dataset", "Add {n} photos to the dataset", total),
            type="primary",
            icon=":material/check:",
            disabled=bool(problem),
            on_click=callback(_import),
            args=[run, choices, title, dataset],
        )
        st.button(t("Not this one"), on_click=callback(forget_job))
    if problem:
        st.warning(escaped(say(problem)), icon=":material/block:")


def _problem(plan: Plan, choices: Choices, known: Sequence[str]) -> DatasetRefused | None:
    """Return why nothing can be learned with these choices and the known classes; None if it can."""
    try:
        check_plan(plan, choices, known)
    except DatasetRefused as refused:
        return refused
    return None


def _import(run: runs.Run, choices: Choices, title: str, dataset: str) -> None:
    config = ImportConfig(
        sha256=str(run.config["sha256"]),
        title=title.strip() or str(run.config["title"]),
        choices=choices,
        dataset=dataset,
    )

    def begin() -> None:
        opened = open_import(config)
        if snapshot(opened).state is JobState.DONE:
            upload_path(opened).unlink(missing_ok=True)  # it is here already
        start_job(opened)

    attempt(begin)


def _show_again(scan: str) -> None:
    st.session_state[JOB_KEY] = scan
