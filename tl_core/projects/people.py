"""Whose the things of a project were, in its ``project.json``, where everything of a class is packed.

"people": {"owners": {"runs/<id>": [mark, ...], "datasets/<id>": ..., "drafts/<token>": ...},
           "nicknames": {mark: text}}
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from tl_core import runs
from tl_core.checks import Json
from tl_core.datasets.bringing.waiting import staging_dir
from tl_core.datasets.catalogue import datasets_dir
from tl_core.errors import DatasetRefused, SettingInvalid
from tl_core.people import Person, is_mark, nickname_of, ownership, write_nickname

Owners = Mapping[str, Sequence[str]]
"""Marks of the people of each thing, by its kind and id."""


def folder_of(thing: str) -> Path:
    """Return where a thing of this lab is, such as ``runs/<id>``."""
    kind, _, name = thing.partition("/")
    parents = {"runs": runs.runs_dir(), "datasets": datasets_dir(), "drafts": staging_dir()}
    return parents[kind] / name


def people_json(things: Iterable[str]) -> Json:
    """Return whose things of this lab are, and what people are called."""
    owners = {one: list(marks) for one in things if (marks := ownership.people_of(folder_of(one)))}
    everybody = dict.fromkeys(mark for marks in owners.values() for mark in marks)
    nicknames = {mark: name for mark in everybody if (name := nickname_of(mark))}
    return {"owners": owners, "nicknames": nicknames}


def read_people(content: Any) -> tuple[Owners, Mapping[str, str]]:
    """Return what `people_json` gave: owners, and nicknames by mark.

    Raises:
        DatasetRefused: it is damaged.
    """
    try:
        owners = {str(thing): tuple(marks) for thing, marks in content["owners"].items()}
        nicknames = {str(mark): str(name) for mark, name in content["nicknames"].items()}
        if not all(is_mark(mark) for marks in (*owners.values(), nicknames) for mark in marks):
            raise ValueError("no marks of people")
    except runs.WRONG_SHAPE as error:
        raise DatasetRefused(
            "This file does not say whose things were: its project.json is damaged. Take everything of the "
            "class home again."
        ) from error
    return owners, nicknames


def name_people(nicknames: Mapping[str, str]) -> None:
    """Call people as they were called, unless they are called something here.

    Raises:
        DiskUnusable: the disk does not take it.
    """
    for mark, name in nicknames.items():
        if not nickname_of(mark):
            with suppress(SettingInvalid):  # no more people can have one: it is a courtesy
                write_nickname(Person(id=mark), name)
