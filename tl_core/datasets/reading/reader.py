"""From a listing to a layout: the one way in which the lab reads what somebody brings."""

import difflib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from tl_core.datasets.reading import refusals
from tl_core.datasets.reading.filenames import Labels, labels_in_names
from tl_core.datasets.reading.folders import NOT_IN_A_CLASS, FolderReading, read_folders
from tl_core.datasets.reading.listing import Listed, Listing, natural_key
from tl_core.datasets.reading.plans import Cell, Layout, LeftOut, Plan, Reading, examples
from tl_core.datasets.reading.siblings import siblings
from tl_core.datasets.reading.sorting import Sorted, shown, sort_files
from tl_core.datasets.reading.tables import Table, read_tables
from tl_core.datasets.reading.words import spelled
from tl_core.wording import N_, Sentence, Value

ALIKE = 0.85
"""Of 1: how alike two names are that may be one class, where each lacks what the other has."""

FOLDER_TITLES = {
    "folders": N_("Folders"),
    "outer": N_("Outer folders"),
    "inner": N_("Inner folders"),
    "joined": N_("Both folders"),
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
NO_LABEL = N_("Photos without a label: {count}, {name} for example.")
SEVERAL_LABELS = N_("Photos with several labels, or none, in {file}: {count}.")
NOT_VALIDATED = N_(
    "The class {name} has no validation photos: nothing will tell how well it is recognised."
)
NOT_LEARNED = N_("The class {name} has no photos to learn from, only some to judge by.")
EMPTY = N_("The folder {name} is empty, so it is no class.")


@dataclass(frozen=True)
class _Draft:
    """A reading on its way.

    Args:
        reading: without its cells.
        cells: cell without counts -> the photos in it.
        groups: name of a photo -> its group, where the cells do not say it.
    """

    reading: Reading
    cells: Mapping[Cell, list[Listed]]
    groups: Mapping[str, str] = field(default_factory=dict)


def read_layout(listing: Listing) -> Layout:
    """Return how files can be read as a dataset, the likely way first.

    Args:
        listing: what is known of the files; neither their number nor their order matters.

    Raises:
        DatasetRefused: no labelled photos are among them; tells what they are instead.

    Example:
        >>> layout = read_layout(Listing(files=(Listed(name="cats/1.jpg", size=9), ...)))
        >>> layout.plan.reading().class_names()
        ('cats', 'dogs')
    """
    listing = replace(listing, files=tuple(sorted(listing.files, key=lambda file: file.name)))
    found = sort_files(listing)
    photos = found.photos
    tables = read_tables(listing.texts, photos)
    found.forget({table.file for table in tables.tables})
    if not photos:
        raise (
            refusals.no_photos_of_table(tables)
            or refusals.detection(listing)
            or refusals.nothing_to_read(listing, found)
        )
    drafts = _drafts(listing, found, tables.tables)
    if all(len({cell.class_name for cell in draft.cells}) < 2 for draft in drafts):
        raise (
            refusals.detection(listing)
            or refusals.no_photos_of_table(tables)
            or refusals.no_labels(photos)
        )
    drafts = [_with_siblings(draft) for draft in drafts]
    readings = [_finished(draft, listing) for draft in drafts]
    left_out = tuple(found.left_out)
    plan = Plan(readings=tuple(readings), files=len(listing.files), left_out=left_out)
    members = {
        draft.reading.key: tuple(
            tuple(one.name for one in photos) for photos in draft.cells.values()
        )
        for draft in drafts
    }
    groups = {draft.reading.key: draft.groups for draft in drafts if draft.groups}
    return Layout(plan=plan, members=members, groups=groups)


def _drafts(listing: Listing, found: Sorted, tables: tuple[Table, ...]) -> list[_Draft]:
    """Return all ways to read the photos; file names only where folders name no classes."""
    counts = {trail: len(photos) for trail, photos in found.folders.items()}
    folders = read_folders(counts)
    by_folders = [_from_folders(one, found) for one in folders if one.class_names()]
    by_table = [_from_table(table, folders[0], found) for table in tables]
    if any(len(one.class_names()) > 1 for one in folders):
        return [*by_folders, *by_table]
    names = [
        _from_names(labels, folders[0], found, _numbered_classes(listing))
        for labels in labels_in_names(_labelled_part(found, folders[0]))
    ]
    return [*by_table, *names] or by_folders


def _labelled_part(found: Sorted, folders: FolderReading) -> list[Listed]:
    """Return the photos of the training part, else all: test photos often have bare numbers."""
    learned = [
        photo
        for trail, photos in found.folders.items()
        for photo in photos
        if folders.spots[trail].part == "train"
    ]
    return learned or found.photos


def _from_folders(folders: FolderReading, found: Sorted) -> _Draft:
    cells: defaultdict[Cell, list[Listed]] = defaultdict(list)
    left: defaultdict[tuple[str, str], list[Listed]] = defaultdict(list)
    spelling = _spellings(spot.class_name for spot in folders.spots.values())
    for trail, photos in found.folders.items():
        spot = folders.spots[trail]
        if spot.reason or not spot.class_name:
            left[spot.reason or NOT_IN_A_CLASS, spot.folder] += photos
            continue
        cell = Cell(
            class_name=spelling[spot.class_name.casefold()],
            part=spot.part,
            group=spot.group,
            outer=spot.outer,
            used=spot.used,
        )
        cells[cell] += photos
    reading = Reading(
        key=folders.key,
        title=Sentence(template=FOLDER_TITLES[folders.key]),
        reasons=tuple(folders.reasons),
        outer=folders.outer,
        left_out=tuple(
            _left_out(template, photos, folder) for (template, folder), photos in left.items()
        ),
    )
    return _Draft(reading, cells)


def _from_table(table: Table, folders: FolderReading, found: Sorted) -> _Draft:
    cells: defaultdict[Cell, list[Listed]] = defaultdict(list)
    groups: dict[str, str] = {}
    rest: list[Listed] = []
    for trail, photos in found.folders.items():
        spot = folders.spots[trail]
        for photo in photos:
            if said := table.of.get(photo.name):
                part = said.part or spot.part
                cells[Cell(class_name=said.label, part=part, outer=part and spot.outer)].append(
                    photo
                )
                if said.group:
                    groups[photo.name] = said.group
            else:
                rest.append(photo)
    left = [_left_out(NO_LABEL, rest)] if rest else []
    if table.several:
        told = Sentence.of(SEVERAL_LABELS, {"count": table.several, "file": shown(table.file)})
        left.append(LeftOut(sentence=told, count=table.several))
    values = {"name": shown(table.file)} | ({"column": table.column} if table.column else {})
    title = Sentence(template=TABLE_TITLE if table.column else FLAGS_TITLE, values=values)
    reading = _reading(table.key, title, cells, left)
    if groups:
        told = Sentence.of(
            COLUMN_GROUPS, {"column": table.group, "count": len(set(groups.values()))}
        )
        reading = replace(reading, reasons=(told,))
    return _Draft(reading, cells, groups)


def _from_names(
    labels: Labels, folders: FolderReading, found: Sorted, names: Mapping[str, str]
) -> _Draft:
    cells: defaultdict[Cell, list[Listed]] = defaultdict(list)
    rest: list[Listed] = []
    spelling = _spellings(labels.of.values())
    for trail, photos in found.folders.items():
        spot = folders.spots[trail]
        for photo in photos:
            if label := labels.of.get(photo.name):
                name = names.get(label, spelling[label.casefold()])
                cells[Cell(class_name=name, part=spot.part, outer=spot.outer)].append(photo)
            else:
                rest.append(photo)
    label = names.get(labels.of[labels.example], labels.of[labels.example])
    title = Sentence(
        template=NAMES_TITLE,
        values={"name": labels.example.rpartition("/")[2][-60:], "label": label},
    )
    left = [_left_out(NO_LABEL, rest)] if rest else []
    return _Draft(_reading(labels.key, title, cells, left), cells)


def _with_siblings(draft: _Draft) -> _Draft:
    """Keep photos together that were made from one photo."""
    found: dict[str, str] = {}
    for photos in draft.cells.values():
        found |= siblings(photos)
    if draft.groups or not found or any(cell.group for cell in draft.cells):
        return draft
    together = defaultdict(list)
    for name, group in found.items():
        together[group].append(name)
    first = next(names for names in together.values() if len(names) > 1)
    values = {"name": shown(first[0]), "other": shown(first[1]), "count": len(together)}
    reasons = (*draft.reading.reasons, Sentence.of(SIBLINGS, values))
    return _Draft(replace(draft.reading, reasons=reasons), draft.cells, found)


def _reading(
    key: str, title: Sentence, cells: Mapping[Cell, list[Listed]], left: list[LeftOut]
) -> Reading:
    parts = any(cell.outer for cell in cells)
    return Reading(key=key, title=title, outer="parts" if parts else "", left_out=tuple(left))


def _numbered_classes(listing: Listing) -> dict[str, str]:
    """Return number -> name of a class as genai-tm's ``metadata.json`` lists them."""
    for name, data in listing.texts.items():
        if name.rpartition("/")[2].casefold() == "metadata.json":
            with suppress(ValueError, TypeError, KeyError, RecursionError):
                labels = json.loads(data)["labels"]
                return {str(place): str(label) for place, label in enumerate(labels)}
    return {}


def _spellings(names: Iterable[str]) -> dict[str, str]:
    """Return casefolded name -> one spelling, so that ``Cats`` and ``cats`` are one class."""
    spellings: dict[str, str] = {}
    for name in sorted(set(names), reverse=True):
        spellings[name.casefold()] = name
    return spellings


def _left_out(template: str, photos: list[Listed], folder: str = "") -> LeftOut:
    said: dict[str, Value] = {"count": len(photos), "name": shown(photos[0].name), "folder": folder}
    values = {name: value for name, value in said.items() if f"{{{name}}}" in template}
    return LeftOut(
        sentence=Sentence(template=template, values=values),
        count=len(photos),
        examples=examples(one.name for one in photos),
    )


def _finished(draft: _Draft, listing: Listing) -> Reading:
    """Return a reading with its cells counted, and what is to be said of classes that do not match."""
    counted = tuple(
        replace(cell, count=len(photos), examples=examples(one.name for one in photos))
        for cell, photos in draft.cells.items()
    )
    merge, merged = _alike_classes(counted)
    return replace(
        draft.reading,
        grouped=bool(draft.groups) or any(cell.group for cell in counted),
        cells=counted,
        merge=merge,
        merged=tuple(merged),
        warnings=tuple(_warnings(counted, merged, listing)),
    )


def _sides(cells: tuple[Cell, ...]) -> dict[str, Counter[str]]:
    """Return class -> part -> how many photos, of what is used."""
    sides: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for cell in cells:
        if cell.used:
            sides[cell.class_name][cell.part] += cell.count
    return dict(sorted(sides.items(), key=lambda item: natural_key(item[0])))


def _alike_classes(cells: tuple[Cell, ...]) -> tuple[dict[str, str], dict[str, str]]:
    """Return class -> the class that it may be another spelling of: all of them, and the likely ones."""
    sides = _sides(cells)
    learned = {name for name, side in sides.items() if side["train"] or side[""]}
    merge: dict[str, str] = {}
    likely: dict[str, str] = {}
    plain = {name: spelled(name) for name in sides}
    candidates = sorted(learned)
    same: defaultdict[str, list[str]] = defaultdict(list)
    for other in candidates:
        same[plain[other]].append(other)
    for name in sides:
        for other in same[plain[name]] if name in learned else candidates:
            if other == name or other in merge:
                continue
            lacking = name not in learned and not (set(sides[name]) & set(sides[other]))
            if plain[name] == plain[other] or (lacking and _are_alike(name, other)):
                if name in learned and sum(sides[name].values()) > sum(sides[other].values()):
                    continue
                merge[name] = other
                if lacking:
                    likely[name] = other
                break
    return merge, likely


def _are_alike(name: str, other: str) -> bool:
    return difflib.SequenceMatcher(None, name.casefold(), other.casefold()).ratio() >= ALIKE


def _warnings(
    cells: tuple[Cell, ...], merged: Mapping[str, str], listing: Listing
) -> list[Sentence]:
    sides = _sides(cells)
    for name, into in merged.items():
        sides[into] += sides.pop(name)
    divided = any(side["validation"] for side in sides.values())
    told = []
    for name, side in sides.items():
        if side["validation"] + side["test"] and not side["train"] + side[""]:
            told.append(Sentence(template=NOT_LEARNED, values={"name": name}))
        elif divided and not side["validation"]:
            told.append(Sentence(template=NOT_VALIDATED, values={"name": name}))
    told += [Sentence(template=EMPTY, values={"name": shown(name)}) for name in listing.empty]
    return told
