"""Archives become datasets: first a look that ends with a plan, then the import that follows it."""

from dataclasses import dataclass, replace
from pathlib import Path

from tl_core.datasets.archives import google_part, opened
from tl_core.datasets.bringing.importer import import_entries, placed_entries, read_entries
from tl_core.datasets.bringing.projects import Found, project_in
from tl_core.datasets.bringing.samples import Samples, take_samples
from tl_core.datasets.catalogue import get_dataset
from tl_core.datasets.dataset import Dataset
from tl_core.datasets.reading.choices import LIKELY, Choices, account, places
from tl_core.datasets.reading.listing import Place
from tl_core.datasets.reading.plans import Plan
from tl_core.datasets.versions import add_placed
from tl_core.runs.reporting import OnProgress


@dataclass(frozen=True, kw_only=True)
class Scan:
    """What a look into an archive found."""

    plan: Plan
    samples: Samples


def scan_archive(
    path: Path, title: str, on_progress: OnProgress, *, on_unpacking: OnProgress | None = None
) -> Scan | Found:
    """Return how an archive can be read, and a few pictures of each class; nothing is imported.

    What a lab gave away is not read as photos in folders: how much of it there is, is returned.

    Args:
        path: the archive.
        title: what people call it.
        on_progress: is told of the files looked at.
        on_unpacking: is told of the bytes where all is unpacked first; `on_progress` by default.

    Raises:
        DatasetRefused: it cannot be read, is encrypted, or holds no labelled photos; tells what it holds.
        JobCancelled: as raised by `on_progress`.
    """
    with opened(path, title, on_unpacking or on_progress) as entries:
        if project := project_in(entries):
            return project.found
        plan = read_entries(entries, on_progress).plan
        part = google_part(title)
        plan = replace(plan, notes=(part,)) if part else plan
        return Scan(plan=plan, samples=take_samples(plan, entries, on_progress))


def import_archive(
    path: Path,
    title: str,
    on_progress: OnProgress,
    choices: Choices = LIKELY,
    dataset: str = "",
    *,
    on_looking: OnProgress | None = None,
    on_unpacking: OnProgress | None = None,
) -> Dataset:
    """Put the photos of an archive into the catalogue.

    Args:
        path: the archive.
        title: what people call it; unused with `dataset`.
        on_progress: is told of the files done.
        choices: about the plan; by default what is likely.
        dataset: id of the one that gets the photos as a new version; empty (the default) makes a new one.
        on_looking: is told of the files looked at before they are read; `on_progress` by default.
        on_unpacking: is told of the bytes where all is unpacked first; `on_progress` by default.

    Raises:
        DatasetRefused: it cannot be read, is encrypted, unpacks to too much, or cannot teach.
        JobCancelled: as raised by `on_progress`.
    """
    with opened(path, title, on_unpacking or on_progress) as entries:
        looking = on_looking or on_progress
        if not dataset:
            return import_entries(entries, title, on_progress, choices, on_looking=looking)
        before = get_dataset(dataset)
        layout = read_entries(entries, looking)
        placed = placed_entries(entries, layout, choices, before.class_names)
        return add_placed(before, placed, on_progress, account(layout.plan, choices))


def list_places(path: Path) -> list[Place]:
    """Return class and part of every photo in an archive; nothing is imported.

    Raises:
        DatasetRefused: it is no archive that can be read, is encrypted, or holds no labelled photos.
    """
    with opened(path, path.name, _quiet) as entries:
        return list(places(read_entries(entries, _quiet), LIKELY).values())


def _quiet(done: int, total: int, message: str) -> None:
    """Nobody waits for a list of names."""
