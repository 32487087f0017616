"""What a person chooses about a plan, and what comes out of it: counts, and a place for every file."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

from tl_core.checks import Config
from tl_core.datasets.reading.listing import Place, natural_key
from tl_core.datasets.reading.plans import Cell, Layout, Plan, Reading
from tl_core.wording import Sentence

ROLES = ("as read", "in", "train", "validation", "test", "divide", "out")
"""What an outer folder is used for: ``in`` uses it as it is, ``divide`` leaves its parts to the split."""


@dataclass(frozen=True, kw_only=True)
class Choices(Config):
    """What is chosen about a plan; the default is what is likely.

    Args:
        reading: key of the reading.
        roles: outer folder and what it is used for, one of `ROLES`, in turn.
        off: classes that are left out.
        flipped: spelling variants that are merged although the plan does not, or apart although it does.
        together: whether photos of one group stay on one side.
    """

    reading: str = ""
    roles: tuple[str, ...] = ()
    off: tuple[str, ...] = ()
    flipped: tuple[str, ...] = ()
    together: bool = True

    def role(self, outer: str) -> str:
        """Return what an outer folder is used for."""
        return dict(zip(self.roles[::2], self.roles[1::2], strict=False)).get(outer, ROLES[0])


LIKELY = Choices()
"""Nothing is chosen: what is likely."""


def chosen_cells(reading: Reading, choices: Choices) -> Iterator[tuple[int, Cell]]:
    """Yield place and content of the cells in use, with class, part and group as chosen."""
    into = merges(reading, choices)
    parts: set[str] = set()
    cells = []
    for place, cell in enumerate(reading.cells):
        role = choices.role(cell.outer) if cell.outer else ROLES[0]
        name = into.get(cell.class_name, cell.class_name)
        if role == "out" or name in choices.off or not (cell.used or role != ROLES[0]):
            continue
        part = {"as read": cell.part, "in": cell.part, "divide": ""}.get(role, role)
        parts.add(part)
        group = cell.group if choices.together else ""
        cells.append((place, replace(cell, class_name=name, part=part, group=group)))
    divided = len(parts) > 1 or "" not in parts
    for place, cell in cells:  # beside parts, what has none is to learn from
        yield place, replace(cell, part=cell.part or ("train" if divided else ""))


def merges(reading: Reading, choices: Choices) -> dict[str, str]:
    """Return class -> the class that it is merged into."""
    return {
        name: into
        for name, into in reading.merge.items()
        if (name in reading.merged) != (name in choices.flipped)
    }


def counts(plan: Plan, choices: Choices) -> dict[str, dict[str, int]]:
    """Return class -> part -> how many photos, in the natural order of the classes."""
    found: defaultdict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for _, cell in chosen_cells(plan.reading(choices.reading), choices):
        found[cell.class_name][cell.part] += cell.count
    return {name: dict(found[name]) for name in sorted(found, key=natural_key)}


def places(layout: Layout, choices: Choices) -> dict[str, Place]:
    """Return name of a file -> where it belongs, of all files that are used."""
    reading = layout.plan.reading(choices.reading)
    members: tuple[tuple[str, ...], ...] = layout.members[reading.key]
    groups = layout.groups.get(reading.key, {}) if choices.together else {}
    found: dict[str, Place] = {}
    for place, cell in chosen_cells(reading, choices):
        where = Place(cell.class_name, cell.part, cell.group)
        for name in members[place]:
            group = groups.get(name, "")
            found[name] = Place(cell.class_name, cell.part, group) if group else where
    return found


def account(plan: Plan, choices: Choices) -> list[Sentence]:
    """Return how the files are read with these choices, and what is left out, for the dataset to keep."""
    reading = plan.reading(choices.reading)
    return [
        *plan.notes,
        *reading.reasons,
        *(left.sentence for left in (*reading.left_out, *plan.left_out)),
    ]
