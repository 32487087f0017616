"""Check a dataset before training: the split, the job that looks at every image, and what it found."""

import streamlit as st

from tl_core import runs
from tl_core.datasets.checking.findings import Finding, Severity, read_findings
from tl_core.datasets.dataset import Dataset
from tl_core.datasets.edits import Edit
from tl_core.datasets.job_configs import InspectConfig
from tl_core.runs import Run
from tl_core.runs.snapshots import JobState
from tl_core.ui.datasets.changes import change
from tl_core.ui.datasets.shares import Shares, share_controls, show_shares
from tl_core.ui.datasets.thumbnails import BLANK, COLUMNS, read_named, sheet
from tl_core.ui.errors import callback
from tl_core.ui.job_panel import job_panel, start_button
from tl_core.ui.text import escaped, say, t, tn
from tl_core.ui.unseen import left_at

MOST_PICTURES = 48
MOST_NAMES = 8
"""Files that are named below the pictures: one row."""
BOXES = {
    Severity.SERIOUS: (st.error, ":material/error:"),
    Severity.DOUBTFUL: (st.warning, ":material/warning:"),
    Severity.NOTE: (st.info, ":material/info:"),
}


ORDER = list(BOXES)


def show_check(dataset: Dataset) -> None:
    """Draw how the dataset is divided, and what is wrong with it."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.markdown(f"**{t('Train, validation and test')}**")
        shares = share_controls(dataset)
        left_at("seed")  # it is set where something is trained
        show_shares(dataset, shares)
    with right:
        st.markdown(f"**{t('Check before training')}**")
        _check(dataset, shares)


def _check(dataset: Dataset, shares: Shares) -> None:
    config = InspectConfig(
        dataset=dataset.id, validation=shares.validation, test=shares.test, seed=shares.seed
    )
    run = runs.find_run(config) or start_button(
        t("Check the dataset"),
        t(
            "Looks at every image: files that cannot be read, tiny ones, copies and near copies, in one "
            "class or on both sides of the split, unequal classes, too few to judge."
        ),
        lambda: runs.open_job(config),
        key="check_dataset",
        type="primary",
        icon=":material/fact_check:",
    )
    if run and job_panel(run).state is JobState.DONE:
        _show_findings(dataset, run)


def _show_findings(dataset: Dataset, run: Run) -> None:
    findings = sorted(read_findings(run), key=lambda finding: ORDER.index(finding.severity))
    if all(finding.severity is Severity.NOTE for finding in findings):
        st.success(
            t("Nothing wrong was found in {n} images.", n=f"{len(dataset.images):,}"),
            icon=":material/check_circle:",
        )
    for finding in findings:
        box, icon = BOXES[finding.severity]
        box(escaped(say(finding.sentence)), icon=icon)
        if finding.groups and finding.kind != "unreadable":
            _show_pictures(dataset, finding)
        if finding.fix:
            st.button(
                _fix_label(finding, finding.fix),
                icon=":material/build:",
                key=f"fix-{finding.kind}",
                on_click=callback(change),
                args=[dataset, finding.fix],
                help=t("Makes a new version; check that one again."),
            )


def _show_pictures(dataset: Dataset, finding: Finding) -> None:
    """Draw the images of a finding as one picture; those of one group stand side by side."""
    places = _places(finding)
    drawn = sheet(places, lambda sha256: read_named(dataset, sha256), dataset.id)
    total = sum(map(len, finding.groups))
    shown = [dataset.by_sha256[place] for place in places if place != BLANK]
    st.image(
        drawn.url,
        width="content",
        alt=tn("{n} image of this finding", "{n} images of this finding", len(shown)),
    )
    names = ", ".join(image.shown for image in shown[:MOST_NAMES])
    st.caption(escaped(f"{names}, …" if total > MOST_NAMES else names))
    if total > len(shown):
        st.caption(tn("… and {n} more image", "… and {n} more images", total - len(shown)))


def _places(finding: Finding) -> tuple[str, ...]:
    """Return the images in rows, a group of several never broken by the end of a row if it fits into one."""
    places: list[str] = []
    for group in finding.groups:
        if len(places) + min(len(group), COLUMNS) > MOST_PICTURES:
            break
        column = len(places) % COLUMNS
        gap = bool(column) and len(group) > 1
        if column + gap + len(group) > COLUMNS:
            places += [BLANK] * (-len(places) % COLUMNS)
        elif gap:
            places.append(BLANK)
        places += group[: MOST_PICTURES - len(places)]
    return tuple(places)


def _fix_label(finding: Finding, fix: Edit) -> str:
    if fix.move:
        return t("Put images that look alike on one side")
    if fix.once:
        return t("Keep one of each")
    count = len(fix.drop)
    if finding.kind == "imbalance":
        return tn(
            "Even out: leave {n} image out", "Even out the classes: leave {n} images out", count
        )
    return tn("Leave {n} image out", "Leave {n} images out", count)
