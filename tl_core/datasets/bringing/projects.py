"""What a lab gave away, known again among the files of an archive.

    dataset.json, cats/1.jpg ...       a dataset, see `tl_core.datasets.bringing.carrying`
    project.json                       many things of a lab in one archive, see `tl_core.projects`:
    datasets/<id>/dataset.json ...     datasets
    runs/<id>/config.json ...          trainings
    drafts/<token>/draft.json ...      photos that were not a dataset yet

All of it may lie in one folder more: so it comes back from whoever has unpacked it and packed it again.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Self

from tl_core.checks import Json
from tl_core.datasets.bringing.carrying import FORMAT as DATASET
from tl_core.datasets.bringing.carrying import MOST_INDEX_BYTES, Files, composed, read_object
from tl_core.datasets.bringing.entries import Entry
from tl_core.datasets.index import INDEX
from tl_core.datasets.reading.listing import looks_like_photo
from tl_core.wording import clean_text

FORMAT = "transfer-learning-lab project"
PROJECT, VERSION = "project.json", 1
CONFIG, DRAFT = "config.json", "draft.json"
LONGEST_TITLE = 80
MOST_CANDIDATES = 3
"""Files that are read to find the one that says what an archive is: each may be a large one."""
LEADING = {"datasets": INDEX, "runs": CONFIG, "drafts": DRAFT}
"""For each kind of thing in a project, the file that says what it is."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """How much of a lab is in an archive, before any of it was read.

    Args:
        title: what people call it.
        datasets, photos, runs, drafts: how many.
    """

    title: str
    datasets: int
    photos: int
    runs: int
    drafts: int

    @classmethod
    def from_json(cls, values: Json) -> Self:
        """Return what ``vars`` gave; raises a TypeError or KeyError for anything else."""
        counts = {name: int(values[name]) for name in ("datasets", "photos", "runs", "drafts")}
        return cls(title=str(values["title"]), **counts)


@dataclass(frozen=True, kw_only=True)
class Project:
    """An archive of a lab.

    Args:
        files: all files in it by name.
        title: what people call it; may be empty.
        datasets: where the index of each dataset is: a folder, empty or with a slash at the end.
        runs, drafts: the same of trainings and drafts, by id.
        people: JSON that says whose they were, see `tl_core.projects.people`; hostile.
    """

    files: Files
    title: str
    datasets: tuple[str, ...]
    runs: dict[str, str]
    drafts: dict[str, str]
    people: Any = None

    @property
    def found(self) -> Found:
        """How much of a lab it is."""
        photos = sum(
            name.startswith(folder) and looks_like_photo(name)
            for folder in self.datasets
            for name in self.files
        )
        return Found(
            title=self.title,
            datasets=len(self.datasets),
            photos=photos,
            runs=len(self.runs),
            drafts=len(self.drafts),
        )


def project_in(entries: Sequence[Entry]) -> Project | None:
    """Return what a lab gave away; None if the files are anything else.

    Raises:
        DatasetRefused: the archive unpacks to too much.
    """
    files = {composed(entry.name): entry for entry in entries}
    for folder, content in _candidates(files, PROJECT, FORMAT):
        if content.get("version") == VERSION:
            return _project(files, folder, content)
    for folder, content in _candidates(files, INDEX, DATASET):
        title = _title(content)
        return Project(files=files, title=title, datasets=(folder,), runs={}, drafts={})
    return None


def _candidates(files: Files, name: str, form: str) -> Iterator[tuple[str, Json]]:
    """Yield where a file of this name and form is, at the top or in one folder, and what it holds."""
    for path in islice(_named(files, name), MOST_CANDIDATES):
        content = read_object(files, path, MOST_INDEX_BYTES)
        if content and content.get("format") == form:
            yield path.removesuffix(name), content


def _named(files: Files, name: str) -> Iterator[str]:
    """Yield the paths of the files of this name at the top, then in one folder."""
    for path in sorted(files, key=lambda path: path.count("/")):
        folder, _, last = path.rpartition("/")
        if last == name and "/" not in folder and not folder.startswith(("__MACOSX", ".")):
            yield path


def _project(files: Files, top: str, content: Json) -> Project:
    found: dict[str, dict[str, str]] = {kind: {} for kind in LEADING}
    step = re.compile(rf"{re.escape(top)}({'|'.join(LEADING)})/([0-9a-z-]{{1,40}})/([^/]+)")
    for name in sorted(files):
        if (match := step.fullmatch(name)) and match[3] == LEADING[match[1]]:
            found[match[1]][match[2]] = name.removesuffix(match[3])
    return Project(
        files=files,
        title=_title(content),
        datasets=tuple(found["datasets"].values()),
        runs=found["runs"],
        drafts=found["drafts"],
        people=content.get("people"),
    )


def _title(content: Any) -> str:
    title = content.get("title")
    return clean_text(title)[:LONGEST_TITLE] if isinstance(title, str) else ""
