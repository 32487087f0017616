"""What pupils have made in a lesson, and its end: their runs, datasets, collected and kept photos.

Nothing else is touched: not what belongs to a teacher too, or to nobody, not what is older, what runs or what
that reads, what is laid out for the class, nor a dataset that something depends on which stays.
"""

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tl_core import photos, runs
from tl_core.datasets import catalogue
from tl_core.datasets.bringing.waiting import staging_dir, tokens_in_use
from tl_core.errors import LabError
from tl_core.people import Person
from tl_core.people.ownership import PEOPLE, people_of
from tl_core.run_book import delete_run, read_label
from tl_core.runs import Run
from tl_core.runs.snapshots import snapshot
from tl_core.teacher.allowed import only_the_teacher
from tl_core.teacher.pinned import read_pinned
from tl_core.teacher.presence import teachers


@dataclass(frozen=True, kw_only=True)
class Left:
    """What pupils have left behind, by id or name, with what people call it.

    Args:
        runs: trainings and other jobs.
        datasets: imported ones and their versions.
        drafts: photos that are collected and no dataset yet.
        photos: photos that were looked at.
    """

    runs: dict[str, str]
    datasets: dict[str, str]
    drafts: dict[str, str]
    photos: dict[str, str]

    def __bool__(self) -> bool:
        return bool(self.runs or self.datasets or self.drafts or self.photos)


def this_morning() -> float:
    """Return when today began where the server is, seconds since the epoch."""
    now = time.localtime()
    return time.mktime((now.tm_year, now.tm_mon, now.tm_mday, 0, 0, 0, 0, 0, -1))


def left_behind(since: float, by: Person) -> Left:
    """Return what pupils have made since then, and nothing that has to stay.

    Args:
        since: seconds since the epoch.
        by: who looks.

    Raises:
        NotAllowed: somebody else than the teacher asks.
    """
    only_the_teacher(by)
    kept_by = teachers() | {by.id}
    pinned = read_pinned()
    texts = pinned.parameters.values()
    laid_out = {pinned.run, *texts, *(one for text in texts for one in text.split(","))}
    every = list(_runs())
    going = {
        run.id: read_label(run).title or run.kind
        for run in every
        if run.created >= since
        and run.id not in laid_out
        and _is_pupils(people_of(run.folder), kept_by)
        and not snapshot(run).state.live
    }
    staying = [run for run in every if run.id not in going]
    needed = laid_out | {str(run.config.get("dataset", "")) for run in staying}
    return Left(
        runs=going,
        datasets={
            one.id: one.title
            for one in catalogue.list_datasets()
            if not one.built_in
            and one.created >= since
            and one.id not in needed
            and _is_pupils(people_of(catalogue.datasets_dir() / one.id), kept_by)
        },
        drafts={folder.name: folder.name[:6] for folder in _drafts(since, kept_by)},
        photos={
            one.name: one.title
            for one in photos.list_kept(since)
            if one.name not in laid_out and _is_pupils((one.person,), kept_by)
        },
    )


def clean_up(left: Left, since: float, by: Person) -> int:
    """Delete what was shown and may still go; returns how many things are gone.

    Args:
        left: what the teacher has seen, and confirmed.
        since: as for `left_behind`.
        by: who asks.

    Raises:
        NotAllowed: somebody else than the teacher asks.
    """
    now = left_behind(since, by)
    gone = 0
    for identifier in left.runs.keys() & now.runs.keys():
        with suppress(LabError):  # it was started again in this moment, or is gone
            gone += delete_run(identifier, by)
    for identifier in left.datasets.keys() & now.datasets.keys():
        with suppress(LabError):
            gone += catalogue.delete_dataset(identifier, by)
    for token in left.drafts.keys() & now.drafts.keys():
        catalogue.discard(staging_dir() / token)
        gone += 1
    return gone + sum(photos.remove(name) for name in left.photos.keys() & now.photos.keys())


def _is_pupils(people: tuple[str, ...], kept_by: frozenset[str]) -> bool:
    """Whether a thing is somebody's, and no teacher's."""
    return any(people) and not kept_by & set(people)


def _runs() -> Iterator[Run]:
    for identifier in runs.list_ids():
        with suppress(LabError):
            yield runs.get_run(identifier)


def _drafts(since: float, kept_by: frozenset[str]) -> Iterator[Path]:
    in_use = set(tokens_in_use())
    for folder in sorted(staging_dir().glob("*")):
        with suppress(OSError):  # no draft
            begun = (folder / PEOPLE).stat().st_mtime
            pupils = _is_pupils(people_of(folder), kept_by)
            if begun >= since and folder.name not in in_use and pupils:
                yield folder
