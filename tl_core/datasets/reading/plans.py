"""A plan: how files can be read as a dataset, and why; the page draws it, the import follows it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from tl_core.checks import Json
from tl_core.wording import Sentence

EXAMPLES = 4
"""File names that stand for all of a cell, or of what is left out."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """Files that go together.

    Args:
        class_name: what they show.
        part: ``train``, ``validation``, ``test``, or empty: to be divided.
        group: what must not be divided, such as a patient; empty if there is none.
        outer: the folder by which they can be used or left out; empty if there is none.
        used: whether they are used unless somebody chooses otherwise.
        count: how many.
        examples: names of up to `EXAMPLES` of them.
    """

    class_name: str
    part: str = ""
    group: str = ""
    outer: str = ""
    used: bool = True
    count: int = 0
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """Files that are left out for one reason.

    Args:
        sentence: how many, and why.
        count: how many.
        examples: names of some.
    """

    sentence: Sentence
    count: int
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One way to read the files.

    Args:
        key: tells it from the others: ``folders``, ``outer``, ``names-dot``, ``table-train.csv-breed``.
        title: what the classes are taken from, in a few words.
        reasons: why.
        outer: what `Cell.outer` is: ``parts``, ``groups``, ``variants``, or empty.
        grouped: whether photos are kept together, by cells or one by one.
        cells: what is found.
        left_out: what this reading leaves out.
        merge: class -> the class that it may be another spelling of.
        merged: those of them that are merged unless somebody chooses otherwise.
        warnings: what the person should know before anything is trained.
    """

    key: str
    title: Sentence
    reasons: tuple[Sentence, ...] = ()
    outer: str = ""
    grouped: bool = False
    cells: tuple[Cell, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    merge: Mapping[str, str] = field(default_factory=dict, hash=False)
    merged: tuple[str, ...] = ()
    warnings: tuple[Sentence, ...] = ()

    def class_names(self) -> tuple[str, ...]:
        """Return all classes, in the order of the cells."""
        return tuple(dict.fromkeys(cell.class_name for cell in self.cells))

    def outers(self) -> tuple[str, ...]:
        """Return all outer folders, in the order of the cells."""
        return tuple(dict.fromkeys(cell.outer for cell in self.cells if cell.outer))


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What was found.

    Args:
        readings: ways to read it, the likely one first; at least one.
        files: how many files there are in all.
        left_out: what every reading leaves out.
        aside: how many files are neither used nor missed: the tables with the labels, what tells of the
            data, and what systems leave behind.
        alone: why the photos make no dataset by themselves, though they can be added to one; None if they do.
        notes: what else is to be said, such as what kind of export it is.
    """

    readings: tuple[Reading, ...]
    files: int
    left_out: tuple[LeftOut, ...] = ()
    aside: int = 0
    alone: Sentence | None = None
    notes: tuple[Sentence, ...] = ()

    def reading(self, key: str = "") -> Reading:
        """Return the reading with `key`; the likely one if there is none."""
        found = [reading for reading in self.readings if reading.key == key]
        return (found or list(self.readings))[0]

    def to_json(self) -> Json:
        """Return the plan as JSON values."""
        return {
            "files": self.files,
            "readings": [_reading_to_json(one) for one in self.readings],
            "left_out": [_left_out_to_json(one) for one in self.left_out],
            "aside": self.aside,
            "alone": self.alone and self.alone.to_json(),
            "notes": [one.to_json() for one in self.notes],
        }

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """Return the plan that `to_json` described; what does not fit raises as a damaged file does."""
        return cls(
            files=int(value["files"]),
            readings=tuple(_reading(one) for one in value["readings"]),
            left_out=tuple(_left_out(one) for one in value["left_out"]),
            aside=int(value["aside"]),
            alone=value["alone"] and Sentence.from_json(value["alone"]),
            notes=_sentences(value["notes"]),
        )


@dataclass(frozen=True, kw_only=True)
class Layout:
    """A plan, and which files it speaks of.

    Args:
        plan: how the files can be read.
        members: key of a reading -> index of each of its cells -> names of the files in it.
        groups: key of a reading -> name of a file -> its group, where groups are too many for cells.
    """

    plan: Plan
    members: Mapping[str, tuple[tuple[str, ...], ...]]
    groups: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def examples(names: Iterable[str]) -> tuple[str, ...]:
    """Return a few names, evenly spaced."""
    found = tuple(names)
    count = min(len(found), EXAMPLES)
    return tuple(found[place * len(found) // count] for place in range(count))


def _reading_to_json(reading: Reading) -> Json:
    return {
        "key": reading.key,
        "title": reading.title.to_json(),
        "reasons": [one.to_json() for one in reading.reasons],
        "outer": reading.outer,
        "grouped": reading.grouped,
        "cells": [vars(cell) | {"examples": list(cell.examples)} for cell in reading.cells],
        "left_out": [_left_out_to_json(one) for one in reading.left_out],
        "merge": dict(reading.merge),
        "merged": list(reading.merged),
        "warnings": [one.to_json() for one in reading.warnings],
    }


def _left_out_to_json(left_out: LeftOut) -> Json:
    return {
        "sentence": left_out.sentence.to_json(),
        "count": left_out.count,
        "examples": list(left_out.examples),
    }


def _reading(value: Any) -> Reading:
    return Reading(
        key=str(value["key"]),
        title=Sentence.from_json(value["title"]),
        reasons=_sentences(value["reasons"]),
        outer=str(value["outer"]),
        grouped=bool(value["grouped"]),
        cells=tuple(Cell(**one | {"examples": tuple(one["examples"])}) for one in value["cells"]),
        left_out=tuple(_left_out(one) for one in value["left_out"]),
        merge=dict(value["merge"]),
        merged=tuple(value["merged"]),
        warnings=_sentences(value["warnings"]),
    )


def _left_out(value: Any) -> LeftOut:
    return LeftOut(
        sentence=Sentence.from_json(value["sentence"]),
        count=int(value["count"]),
        examples=tuple(value["examples"]),
    )


def _sentences(values: Any) -> tuple[Sentence, ...]:
    return tuple(Sentence.from_json(one) for one in values)
