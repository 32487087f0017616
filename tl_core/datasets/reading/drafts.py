"""Turns what folders, tables and file names say into readings on their way, with the photos of each cell."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from tl_core.datasets.reading.doubts import derived_behind
from tl_core.datasets.reading.filenames import Labels
from tl_core.datasets.reading.listing import Listed
from tl_core.datasets.reading.plans import Cell, LeftOut, Reading, examples
from tl_core.datasets.reading.siblings import made_from, siblings
from tl_core.datasets.reading.sorting import Sorted, shown
from tl_core.datasets.reading.spots import FolderReading, Spot
from tl_core.datasets.reading.tables import Labelled, Table
from tl_core.datasets.reading.wrappers import NOT_IN_A_CLASS
from tl_core.wording import N_, Sentence, Value

FOLDER_TITLES = {
    "folders": N_("Folders"),
    "outer": N_("Outer folders"),
    "inner": N_("Innermost folders"),
    "joined": N_("Outer and inner folder together"),
}
NAMES_TITLE = N_("File names, such as {name}: {label}")
TABLE_TITLE = N_("Table {name}, column {column}")
FLAGS_TITLE = N_("Table {name}, one column for each class")
COLUMN_GROUPS = N_(
    "Photos with the same value in the column {column} are kept together: {count} groups. So no one is "
    "judged by photos of a person or thing that were learned from."
)
SIBLINGS = N_(
    "Photos that were made from one photo, such as {name} and {other}, are kept together: {count} groups."
    " Else the model would be judged by copies of what it learned."
)
BY_TABLE = N_("Photos whose class stands in a table, not in folders: {count}. The table is {name}.")
NO_LABEL = N_("Photos without a label: {count}, {name} for example.")
SEVERAL_LABELS = N_("Photos with several labels, or none, in {file}: {count}.")


@dataclass(frozen=True)
class Draft:
    """A reading on its way.

    Args:
        reading: without its cells.
        cells: cell without counts -> the photos in it.
        groups: name of a photo -> its group, where the cells do not say it.
    """

    reading: Reading
    cells: Mapping[Cell, list[Listed]]
    groups: Mapping[str, str] = field(default_factory=dict)

    def class_names(self) -> set[str]:
        """Return all classes."""
        return {cell.class_name for cell in self.cells}


def from_folders(folders: FolderReading, found: Sorted, tables: Iterable[Table]) -> Draft:
    """Return the reading of folders; of photos outside them a table may know the class."""
    cells: defaultdict[Cell, list[Listed]] = defaultdict(list)
    left: defaultdict[tuple[str, str], list[Listed]] = defaultdict(list)
    spelling = spellings(spot.class_name for spot in folders.spots.values())
    table = next((one for one in tables if _agrees(one, spelling)), None)
    told = 0
    for trail, photos in found.folders.items():
        spot = folders.spots[trail]
        if not spot.reason and spot.class_name:
            cells[_cell(spot, spelling[spot.class_name.casefold()])] += photos
            continue
        for photo in photos:
            said = table.of.get(photo.name) if table else None
            if said and (name := spelling.get(said.label.casefold())):
                cells[_cell(spot, name, said)].append(photo)
                told += 1
            else:
                left[spot.reason or NOT_IN_A_CLASS, spot.folder].append(photo)
    reasons = list(folders.reasons)
    if table and told:
        reasons.append(Sentence.of(BY_TABLE, {"count": told, "name": shown(table.file)}))
    reading = Reading(
        key=folders.key,
        title=Sentence(template=FOLDER_TITLES[folders.key]),
        reasons=tuple(reasons),
        outer=folders.outer,
        left_out=tuple(
            left_out(template, photos, folder) for (template, folder), photos in left.items()
        ),
    )
    return Draft(reading, cells)


def _agrees(table: Table, spelling: Mapping[str, str]) -> bool:
    """Whether the labels of a table are the classes of the folders."""
    labels = {said.label.casefold() for said in table.of.values()}
    return bool(table.of) and labels <= spelling.keys()


def _cell(spot: Spot, class_name: str, said: Labelled | None = None) -> Cell:
    part = (said.part if said else "") or spot.part
    return Cell(
        class_name=class_name, part=part, group=spot.group, outer=spot.outer, used=spot.used
    )


def from_table(table: Table, folders: FolderReading, found: Sorted) -> Draft:
    """Return the reading of a table; parts and groups may be those of the folders."""
    cells: defaultdict[Cell, list[Listed]] = defaultdict(list)
    groups: dict[str, str] = {}
    rest: list[Listed] = []
    several: list[Listed] = []
    for trail, photos in found.folders.items():
        spot = folders.spots[trail]
        for photo in photos:
            if said := table.of.get(photo.name):
                cells[_cell(spot, said.label, said)].append(photo)
                if said.group:
                    groups[photo.name] = said.group
            else:
                (several if photo.name in table.several else rest).append(photo)
    left = [left_out(NO_LABEL, rest)] if rest else []
    if several:
        left.append(left_out(SEVERAL_LABELS, several, file=shown(table.file)))
    values = {"name": shown(table.file)} | ({"column": table.column} if table.column else {})
    title = Sentence(template=TABLE_TITLE if table.column else FLAGS_TITLE, values=values)
    reading = _reading(table.key, title, folders, cells, left)
    if groups:
        told = Sentence.of(
            COLUMN_GROUPS, {"column": table.group, "count": len(set(groups.values()))}
        )
        reading = replace(reading, reasons=(told,))
    return Draft(reading, cells, groups)


def from_names(
    labels: Labels,
    folders: FolderReading,
    found: Sorted,
    names: Mapping[str, str],
    *,
    together: bool,
) -> Draft:
    """Return the reading of file names.

    Args:
        labels: what the names say.
        folders: what the folders say, of parts and groups.
        found: the photos.
        names: label -> the name of its class, where another file says so.
        together: whether each folder, which then is no class, is a group.
    """
    cells: defaultdict[Cell, list[Listed]] = defaultdict(list)
    rest: list[Listed] = []
    spelling = spellings(labels.of.values())
    for trail, photos in found.folders.items():
        spot = folders.spots[trail]
        for photo in photos:
            if label := labels.of.get(photo.name):
                cell = _cell(spot, names.get(label, spelling[label.casefold()]))
                group = cell.group or (spot.class_name if together else "")
                cells[replace(cell, group=group)].append(photo)
            else:
                rest.append(photo)
    label = names.get(labels.of[labels.example], labels.of[labels.example])
    title = Sentence(
        template=NAMES_TITLE,
        values={"name": labels.example.rpartition("/")[2][-60:], "label": label},
    )
    left = [left_out(NO_LABEL, rest)] if rest else []
    return Draft(_reading(labels.key, title, folders, cells, left), cells)


def with_siblings(draft: Draft) -> Draft:
    """Keep photos together that were made from one photo, also where they lie in several parts."""
    if draft.groups or any(cell.group for cell in draft.cells):
        return draft
    found: dict[str, str] = {}
    across = bool(derived_behind(draft.cells))
    for cell, photos in draft.cells.items():
        found |= _by_origin(cell, photos) if across else siblings(photos)
    if not found:
        return draft
    together = defaultdict(list)
    for cell, photos in draft.cells.items():
        for photo in photos if cell.used else ():
            if group := found.get(photo.name):
                together[group].append(photo.name)
    reasons = list(draft.reading.reasons)
    if several := next((names for names in together.values() if len(names) > 1), None):
        told = {"name": shown(several[0]), "other": shown(several[1]), "count": len(together)}
        reasons.append(Sentence.of(SIBLINGS, told))
    return Draft(replace(draft.reading, reasons=tuple(reasons)), draft.cells, found)


def _by_origin(cell: Cell, photos: Iterable[Listed]) -> dict[str, str]:
    return {
        photo.name: f"{cell.class_name}/{made_from(photo.stem) or photo.stem}" for photo in photos
    }


def spellings(names: Iterable[str]) -> dict[str, str]:
    """Return casefolded name -> one spelling, so that ``Cats`` and ``cats`` are one class."""
    found: dict[str, str] = {}
    for name in sorted(set(names) - {""}, reverse=True):
        found[name.casefold()] = name
    return found


def left_out(template: str, photos: list[Listed], folder: str = "", **more: str) -> LeftOut:
    """Return what is said of photos that one reading leaves out."""
    said: dict[str, Value] = {"count": len(photos), "name": shown(photos[0].name), "folder": folder}
    values = {name: value for name, value in (said | more).items() if f"{{{name}}}" in template}
    return LeftOut(
        sentence=Sentence(template=template, values=values),
        count=len(photos),
        examples=examples(one.name for one in photos),
    )


def _reading(
    key: str,
    title: Sentence,
    folders: FolderReading,
    cells: Mapping[Cell, list[Listed]],
    left: list[LeftOut],
) -> Reading:
    outer = folders.outer or "parts" if any(cell.outer for cell in cells) else ""
    return Reading(key=key, title=title, outer=outer, left_out=tuple(left))
