"""From a listing to a layout: the one way in which the lab reads what somebody brings."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from tl_core.datasets.reading import refusals
from tl_core.datasets.reading.doubts import (
    EMPTY,
    alike_classes,
    are_no_classes,
    derived_behind,
    sides_of,
    warnings,
)
from tl_core.datasets.reading.drafts import (
    Draft,
    from_folders,
    from_names,
    from_table,
    with_siblings,
)
from tl_core.datasets.reading.filenames import labels_in_names, labels_repeat, more_labels
from tl_core.datasets.reading.folders import read_folders
from tl_core.datasets.reading.listing import Listed, Listing
from tl_core.datasets.reading.plans import Layout, Plan, Reading, examples
from tl_core.datasets.reading.sorting import MASKS, Sorted, shown, sort_files
from tl_core.datasets.reading.spots import FolderReading
from tl_core.datasets.reading.tables import Found, Table, read_tables
from tl_core.errors import DatasetRefused
from tl_core.wording import N_, Sentence

WITH_MASKS = 0.8
"""Masks for each photo from which a set may have been made to find where things are."""
SEGMENTED = N_(
    "Most photos come with a mask: the set may have been made to find where things are. Check that the class "
    "names say what a photo shows."
)


def read_layout(listing: Listing) -> Layout:
    """Return how files can be read as a dataset, the likely way first.

    Args:
        listing: what is known of the files; neither their number nor their order matters.

    Raises:
        DatasetRefused: no labelled photos are among them; tells what they are instead. Photos of one class
            are none by themselves, `Plan.alone`, but can be added to others.

    Example:
        >>> layout = read_layout(Listing(files=(Listed(name="cats/1.jpg", size=9), ...)))
        >>> layout.plan.reading().class_names()
        ('cats', 'dogs')
    """
    listing = replace(listing, files=tuple(sorted(listing.files, key=lambda file: file.name)))
    found = sort_files(listing)
    tables = read_tables(listing.texts, found.photos)
    found.use({name for table in tables.tables for name in table.files})
    every = _drafts(listing, found, tables.tables) if found.folders else []
    drafts = [draft for draft in every if len(draft.class_names()) > 1]
    alone = None
    if not drafts:
        refused = _refused(listing, found, tables)
        drafts = [draft for draft in every if not are_no_classes(sorted(draft.class_names()))][:1]
        if not drafts:
            raise refused
        (name,) = drafts[0].class_names()
        alone = refusals.one_class(refused, name)
    drafts = [with_siblings(draft) for draft in drafts]
    doubts = _doubts(listing, found)
    plan = Plan(
        readings=tuple(_finished(draft, doubts) for draft in drafts),
        files=len(listing.files),
        left_out=tuple(found.left_out),
        aside=found.aside,
        alone=alone,
    )
    members = {
        draft.reading.key: tuple(
            tuple(one.name for one in photos) for photos in draft.cells.values()
        )
        for draft in drafts
    }
    groups = {draft.reading.key: draft.groups for draft in drafts if draft.groups}
    return Layout(plan=plan, members=members, groups=groups)


def _refused(listing: Listing, found: Sorted, tables: Found) -> DatasetRefused:
    no_photos = refusals.no_photos_of_table(tables)
    detection = refusals.detection(listing)
    if not found.folders:
        return no_photos or detection or refusals.nothing_to_read(listing, found)
    return detection or no_photos or refusals.no_labels(found)


def _drafts(listing: Listing, found: Sorted, tables: tuple[Table, ...]) -> list[Draft]:
    """Return all ways to read the photos; file names only where folders name no classes."""
    counts = {trail: len(photos) for trail, photos in found.folders.items()}
    folders = read_folders(counts)
    by_folders = [from_folders(one, found, tables) for one in folders if one.class_names()]
    by_table = [from_table(table, folders[0], found) for table in tables]
    names = folders[0].class_names()
    if len(names) > 1 and not are_no_classes(sorted(names)):
        known = {name.casefold() for name in names}
        other = [draft for draft in by_table if not _says_the_same(draft, known)]
        if not folders[0].outer and labels_repeat(found.folders):
            other += _by_names(listing, found, folders[0], together=True)[:1]
        return [*by_folders, *other]
    return [*by_table, *_by_names(listing, found, folders[0], together=False), *by_folders]


def _says_the_same(draft: Draft, known: set[str]) -> bool:
    return {name.casefold() for name in draft.class_names()} <= known


def _by_names(
    listing: Listing, found: Sorted, folders: FolderReading, *, together: bool
) -> list[Draft]:
    classes = _numbered_classes(listing)
    return [
        from_names(more_labels(labels, found.photos), folders, found, classes, together=together)
        for labels in labels_in_names(_labelled_part(found, folders))
    ]


def _labelled_part(found: Sorted, folders: FolderReading) -> list[Listed]:
    """Return the photos of the training part, else all: test photos often have bare numbers."""
    learned = [
        photo
        for trail, photos in found.folders.items()
        for photo in photos
        if folders.spots[trail].part == "train"
    ]
    return learned or found.photos


def _numbered_classes(listing: Listing) -> dict[str, str]:
    """Return number -> name of a class as genai-tm's ``metadata.json`` lists them."""
    for name, data in listing.texts.items():
        if name.rpartition("/")[2].casefold() == "metadata.json":
            with suppress(ValueError, TypeError, KeyError, RecursionError):
                labels = json.loads(data)["labels"]
                return {str(place): str(label) for place, label in enumerate(labels)}
    return {}


def _finished(draft: Draft, doubts: Sequence[Sentence]) -> Reading:
    """Return a reading with its cells counted, and what is to be said of classes that do not match."""
    counted = tuple(
        replace(cell, count=len(photos), examples=examples(one.name for one in photos))
        for cell, photos in draft.cells.items()
    )
    sides = sides_of(counted)
    merge, merged = alike_classes(sides)
    told = warnings(draft.reading.key, sides, merged)
    return replace(
        draft.reading,
        grouped=bool(draft.groups) or any(cell.group for cell in counted),
        cells=counted,
        merge=merge,
        merged=tuple(merged),
        warnings=(*told, *derived_behind(draft.cells), *doubts),
    )


def _doubts(listing: Listing, found: Sorted) -> list[Sentence]:
    """Return what is to be said of the files in whatever way they are read."""
    told = [Sentence(template=EMPTY, values={"name": shown(name)}) for name in listing.empty]
    masks = len(found.apart.get(MASKS, ()))
    if masks >= WITH_MASKS * len(found.photos):
        told.insert(0, Sentence(template=SEGMENTED))
    return told
