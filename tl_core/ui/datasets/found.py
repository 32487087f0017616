"""What a look into an archive found, before anything is imported: how it is read, what is doubtful."""

from collections.abc import Sequence
from contextlib import suppress

import streamlit as st

from tl_core import files, runs
from tl_core.datasets.bringing.archive import Scan
from tl_core.datasets.bringing.checks import check_plan
from tl_core.datasets.bringing.waiting import upload_path
from tl_core.datasets.job_configs import ImportConfig, ScanConfig
from tl_core.datasets.jobs import read_scan
from tl_core.datasets.reading.choices import LIKELY, Choices, counts, merges
from tl_core.datasets.reading.plans import LeftOut, Plan, Reading
from tl_core.errors import DatasetRefused, LabError
from tl_core.runs.snapshots import JobState, snapshot
from tl_core.ui.datasets.changes import attempt
from tl_core.ui.datasets.found_pictures import show_classes
from tl_core.ui.datasets.jobs import forget_job, open_import, start_job
from tl_core.ui.datasets.tree import role_title, show_tree
from tl_core.ui.errors import callback, shown_in_place
from tl_core.ui.text import escaped, say, t, tn

CHOICES = "choices.json"
"""In a scan's folder: what was chosen last, so that a refresh loses nothing."""
MOST_OUTERS = 12
FEWEST_CLASSES = 2
CLASSES_LISTED = 4
LONGEST_CLASS = 30
LONGEST_TITLE = 80
PART_ROLES = ("train", "validation", "test", "divide", "out")


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
    choices = _choose(run, plan)
    reading = plan.reading(choices.reading)
    with above:
        show_classes(run, scan, choices)
        for reason in reading.reasons:
            st.caption(escaped(say(reason)))
        for warning in reading.warnings:
            st.warning(escaped(say(warning)), icon=":material/warning:")
    with st.expander(t("The folders as they are read"), icon=":material/account_tree:"):
        show_tree(plan, choices)
    _left_out([*reading.left_out, *plan.left_out])
    _import_button(run, plan, choices, dataset)


# Choices


def _choose(run: runs.Run, plan: Plan) -> Choices:
    """Draw what is doubtful, with what is likely or was chosen before, and keep it."""
    before = _kept(run)
    key = _chooser_key(run, before.reading)
    chosen = before.reading
    if len(plan.readings) > 1:
        titles = {one.key: escaped(say(one.title)) for one in plan.readings}
        chosen = st.radio(
            t("The classes are taken from"),
            list(titles),
            index=list(titles).index(plan.reading(before.reading).key),
            format_func=titles.__getitem__,
            captions=[_class_list(one) for one in plan.readings],
            key=f"found-reading-{run.id}",
        )
        if chosen != before.reading:
            before = Choices(reading=chosen)
            key = _chooser_key(run, chosen)
    reading = plan.reading(chosen)
    flipped = _flipped(reading, before, key)
    choices = Choices(
        reading=chosen,
        roles=_roles(reading, before, key),
        flipped=flipped,
        off=_off(reading, before, flipped, key),
        together=_together(reading, before, key),
    )
    if choices != _kept(run):
        files.write_json(run.folder / CHOICES, choices.as_json())
    return choices


def _class_list(reading: Reading) -> str:
    """Return the first classes of a reading, and how many there are."""
    names = reading.class_names()
    first = ", ".join(escaped(name[:LONGEST_CLASS]) for name in names[:CLASSES_LISTED])
    rest = len(names) - CLASSES_LISTED
    return first + (" " + tn("and {n} more", "and {n} more", rest) if rest > 0 else "")


def _kept(run: runs.Run) -> Choices:
    """Return what was chosen last; what is likely if nothing was, or it is damaged."""
    with suppress(OSError, ValueError, TypeError, AttributeError, LabError):
        return Choices.from_json(files.read_json(run.folder / CHOICES))
    return LIKELY


def _chooser_key(run: runs.Run, reading: str) -> str:
    return f"{run.id}-{reading}"


def _roles(reading: Reading, before: Choices, key: str) -> tuple[str, ...]:
    outers = reading.outers()
    if reading.outer == "variants":
        return _versions(reading, outers, before, key)
    if reading.outer != "parts" or len(outers) > MOST_OUTERS:
        return before.roles
    read = {cell.outer: cell.part or "divide" for cell in reading.cells}
    roles: list[str] = []
    with st.container(horizontal=True, gap="small"):
        for place, outer in enumerate(outers):
            role = before.role(outer)
            usual = read[outer] if role == "as read" else role
            chosen = st.selectbox(
                t("The folder {name} is for", name=escaped(outer)),
                list(PART_ROLES),
                index=PART_ROLES.index(usual),
                format_func=role_title,
                key=f"found-role-{key}-{place}",
                width=220,
            )
            roles += () if chosen == read[outer] else (outer, chosen)
    return tuple(roles)


def _versions(
    reading: Reading, outers: Sequence[str], before: Choices, key: str
) -> tuple[str, ...]:
    used = {cell.outer for cell in reading.cells if cell.used}
    chosen = st.multiselect(
        t("Versions of the pictures that are used"),
        outers,
        default=[
            outer
            for outer in outers
            if before.role(outer) == "in" or (before.role(outer) != "out" and outer in used)
        ],
        format_func=escaped,
        key=f"found-versions-{key}",
        help=t(
            "Several versions of one photo on both sides of the split make the accuracy too good: choose one."
        ),
    )
    wanted = [(outer, "in" if outer in chosen else "out") for outer in outers]
    changed = [pair for pair in wanted if (pair[1] == "in") != (pair[0] in used)]
    return tuple(text for pair in changed for text in pair)


def _flipped(reading: Reading, before: Choices, key: str) -> tuple[str, ...]:
    flipped = []
    for place, (name, into) in enumerate(reading.merge.items()):
        usual = (name in reading.merged) != (name in before.flipped)
        merged = st.checkbox(
            t("{name} is another spelling of {into}", name=escaped(name), into=escaped(into)),
            value=usual,
            key=f"found-merge-{key}-{place}",
        )
        if merged != (name in reading.merged):
            flipped.append(name)
    return tuple(flipped)


def _off(reading: Reading, before: Choices, flipped: tuple[str, ...], key: str) -> tuple[str, ...]:
    into = merges(reading, Choices(flipped=flipped))
    names = list(dict.fromkeys(into.get(name, name) for name in reading.class_names()))
    if len(names) <= FEWEST_CLASSES:
        return ()
    return tuple(
        st.multiselect(
            t("Classes to leave out"),
            names,
            default=[name for name in before.off if name in names],
            format_func=escaped,
            key=f"found-off-{key}",
            placeholder=t("none"),
        )
    )


def _together(reading: Reading, before: Choices, key: str) -> bool:
    if not reading.grouped:
        return before.together
    return st.checkbox(
        t("Keep together what belongs together"),
        value=before.together,
        key=f"found-together-{key}",
        help=t(
            "Photos of one person or thing, or made from one photo, are then all learned from, or all judged "
            "by. Otherwise the accuracy comes out too good."
        ),
    )


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
    problem = _problem(plan, choices)
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


def _problem(plan: Plan, choices: Choices) -> DatasetRefused | None:
    """Return why nothing can be learned with these choices; None if something can."""
    try:
        check_plan(plan, choices)
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
    st.session_state["job"] = scan
