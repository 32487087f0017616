"""Datasets from folders and from files in memory, made by what imports zips and staged photos."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from tl_core.datasets.bringing.checks import clean_class_name
from tl_core.datasets.bringing.entries import Entry, Placed
from tl_core.datasets.bringing.importer import folder_entries, import_entries, import_placed
from tl_core.datasets.dataset import Dataset
from tl_core.datasets.reading.listing import Place
from tl_core.runs.reporting import OnProgress

Classes = Mapping[str, Sequence[tuple[str, bytes]]]
"""Class name -> (file name, bytes) of each of its images."""


def import_folder(path: Path, title: str, on_progress: OnProgress) -> Dataset:
    return import_entries(folder_entries(path), title, on_progress)


def import_files(classes: Classes, title: str, on_progress: OnProgress) -> Dataset:
    return import_placed(placed_in_memory(classes), title, on_progress)


def placed_in_memory(classes: Classes) -> list[Placed]:
    return [
        (
            Entry(name=f"{name}/{file}", size=len(data), read=partial(bytes, data)),
            Place(clean_class_name(name), ""),
        )
        for name, members in classes.items()
        for file, data in members
    ]


def import_groups(groups: Mapping[str, Classes], title: str) -> Dataset:
    """Import the classes of each group, such as a pupil."""
    return import_placed(placed_in_groups(groups), title, lambda *_: None)


def placed_in_groups(groups: Mapping[str, Classes]) -> list[Placed]:
    return [
        (replace(entry, name=f"{group}/{entry.name}"), replace(place, group=group))
        for group, classes in groups.items()
        for entry, place in placed_in_memory(classes)
    ]
