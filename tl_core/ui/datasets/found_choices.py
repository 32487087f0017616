"""The doubtful choices about what was found, each with what is likely; kept, so a refresh loses nothing."""

from collections.abc import Sequence
from contextlib import suppress

import streamlit as st

from tl_core import files, runs
from tl_core.datasets.reading.choices import LIKELY, Choices, merges
from tl_core.datasets.reading.plans import Plan, Reading
from tl_core.errors import LabError
from tl_core.ui.datasets.tree import role_title
from tl_core.ui.text import escaped, say, t, tn

CHOICES = "choices.json"
"""In a scan's folder: what was chosen last."""
PART_ROLES = ("train", "validation", "test", "divide", "out")
MOST_OUTERS = 12
FEWEST_CLASSES = 2
CLASSES_LISTED = 4
LONGEST_CLASS = 30


def choose(run: runs.Run, plan: Plan) -> Choices:
    """Draw what is doubtful about a look's plan, with what is likely or was chosen before, and keep it."""
    kept = before = _kept(run)
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
    key = f"{run.id}-{chosen}"
    reading = plan.reading(chosen)
    flipped = _flipped(reading, before, key)
    choices = Choices(
        reading=chosen,
        roles=_roles(reading, before, key),
        flipped=flipped,
        off=_off(reading, before, flipped, key),
        together=_together(reading, before, key),
    )
    if choices != kept:
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


def _roles(reading: Reading, before: Choices, key: str) -> tuple[str, ...]:
    outers = reading.outers()
    if reading.outer == "variants":
        return _versions(reading, outers, before, key)
    if reading.outer != "parts" or not 1 < len(outers) <= MOST_OUTERS:
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
