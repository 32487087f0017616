"""Folders become datasets: indexed where they are, or copied into the catalogue.

File names in the catalogue are made here from the content; a name from outside never reaches the disk.
A dataset is put together in a ``.tmp-`` folder and appears in the catalogue at once, complete, or not at
all, see `tl_core.datasets.bringing.publishing`.
"""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from tl_core import files, settings
from tl_core.checks import Json
from tl_core.datasets import catalogue
from tl_core.datasets.bringing.checks import check_plan
from tl_core.datasets.bringing.entries import Entry, Placed
from tl_core.datasets.bringing.gathering import Gathered, gather
from tl_core.datasets.bringing.looking import list_entries
from tl_core.datasets.bringing.publishing import IMAGES, publish
from tl_core.datasets.dataset import Dataset, is_safe_path
from tl_core.datasets.reading.choices import LIKELY, Choices, account, places
from tl_core.datasets.reading.plans import Layout
from tl_core.datasets.reading.reader import read_layout
from tl_core.errors import DiskUnusable, ImageRefused
from tl_core.images import START, SUFFIXES
from tl_core.machine.quotas import check_datasets, folder_bytes
from tl_core.machine.refusals import explained
from tl_core.runs.reporting import OnProgress
from tl_core.wording import N_, Sentence, clean_text, megabytes

LONGEST_TITLE = 80
UNTITLED = N_("Untitled dataset")
PLAN = "plan.json"
"""In a dataset's folder: how its files could be read, and what was chosen; nothing depends on it."""
RESERVED_BYTES = 200 * 10**6
"""Disk space that an import must leave free."""


def index_folder(folder: Path, title: str, on_progress: OnProgress, *, notice: str = "") -> Dataset:
    """Return the dataset that the class folders in `folder` make; nothing is written or copied.

    Args:
        folder: holds class folders, or train, validation and test folders with class folders.
        title: what people call it.
        on_progress: is told of the files done.
        notice: who made the images and under which licence.

    Raises:
        DatasetRefused: nothing can be learned from this folder, or a limit is exceeded.
        JobCancelled: as raised by `on_progress`.
    """
    entries = [entry for entry in folder_entries(folder) if is_safe_path(entry.name)]
    layout = read_entries(entries, on_progress)
    placed = placed_entries(entries, layout, LIKELY)
    gathered = gather(placed, lambda entry, sha256, data: entry.name, on_progress)
    made = _dataset(gathered, folder, title, notice)
    return replace(made, account=tuple(account(layout.plan, LIKELY)))


def index_built_in(built_in: catalogue.BuiltInDataset, on_progress: OnProgress) -> Dataset:
    """Return a built-in dataset as its images make it; `write_index` puts its index beside them."""
    folder = catalogue.ASSETS / built_in.id
    return index_folder(folder, built_in.title, on_progress, notice=built_in.notice)


def import_entries(
    entries: Sequence[Entry],
    title: str,
    on_progress: OnProgress,
    choices: Choices = LIKELY,
    *,
    on_looking: OnProgress | None = None,
) -> Dataset:
    """Put files into the catalogue; their names, or a table among them, say which class they are of.

    Args:
        entries: the files, in any order.
        title: what people call the dataset.
        on_progress: is told of the files done.
        choices: about how they are read; by default what is likely.
        on_looking: is told of the files looked at before they are read; `on_progress` by default.

    Raises:
        DatasetRefused: nothing can be learned from these files, or a limit is exceeded.
        DiskUnusable: the disk is full, read-only, gone, or fails.
        JobCancelled: as raised by `on_progress`.
    """
    layout = read_entries(entries, on_looking or on_progress)
    placed = placed_entries(entries, layout, choices)
    plan = {"plan": layout.plan.to_json(), "choices": choices.as_json()}
    told = account(layout.plan, choices)
    return import_placed(placed, title, on_progress, account=told, plan=plan)


def read_entries(entries: Sequence[Entry], on_progress: OnProgress) -> Layout:
    """Return how files can be read as a dataset; otherwise as `import_entries`."""
    return read_layout(list_entries(entries, on_progress))


def placed_entries(
    entries: Sequence[Entry], layout: Layout, choices: Choices, known: Sequence[str] = ()
) -> list[Placed]:
    """Return the files that are used, in the order of their names, and where each belongs.

    Args:
        entries: the files.
        layout: how they can be read.
        choices: how they are.
        known: classes of the dataset that they are added to; none (the default) if they make a new one.

    Raises:
        DatasetRefused: with these choices nothing can be learned from them.
    """
    check_plan(layout.plan, choices, known)
    where = places(layout, choices)
    ordered = sorted(entries, key=lambda entry: entry.name)
    return [(entry, where[entry.name]) for entry in ordered if entry.name in where]


def import_placed(
    placed: Sequence[Placed],
    title: str,
    on_progress: OnProgress,
    account: Sequence[Sentence] = (),
    plan: Json | None = None,
) -> Dataset:
    """Put files whose classes are known into the catalogue; otherwise as `import_entries`.

    Args:
        placed: the files, and where each belongs.
        title: what people call the dataset.
        on_progress: is told of the files done.
        account: how the files were read, for the dataset to keep.
        plan: the same for a program, kept as ``plan.json`` beside the dataset's index.
    """
    with new_draft(sum(entry.size for entry, _ in placed)) as draft:
        gathered = gather(placed, partial(keep_image, draft), on_progress)
        made = _dataset(gathered, draft, title)
        if plan:
            files.write_json(draft / PLAN, plan)
        return publish(replace(made, account=tuple(account)))


@contextmanager
def new_draft(needed: int) -> Iterator[Path]:
    """Yield a folder without images in which a dataset is put together; it is gone afterwards.

    Args:
        needed: bytes that may be written.

    Raises:
        DiskUnusable: the disk has too little space, is read-only, gone, or fails.
    """
    parent = catalogue.datasets_dir()
    with explained():
        parent.mkdir(parents=True, exist_ok=True)
        most = min(settings.current().max_dataset_mb * 10**6, needed)
        check_free_space(parent, most)
        if most:  # a version costs its index, and is made while somebody waits
            check_datasets(folder_bytes(parent), most)
        with files.temporary_folder(parent) as folder:
            (folder / IMAGES).mkdir()
            yield folder


def keep_image(draft: Path, entry: Entry, sha256: str, data: bytes) -> str:
    """Write an image into a draft, under a name made from its content; returns its path there."""
    path = image_path(sha256, entry.name)
    with suppress(FileExistsError):  # the same file under another name
        files.write_new(draft / path, data)
    return path


def image_path(sha256: str, name: str) -> str:
    """Return where an image is kept in its dataset; of its own `name` only a known ending is used."""
    suffix = Path(name).suffix.lower()
    return f"{IMAGES}/{sha256[:32]}{suffix if suffix in SUFFIXES else ''}"


def folder_entries(folder: Path) -> list[Entry]:
    """Return the regular files below `folder`; links are not followed, they may lead out of it."""
    return [
        Entry(
            name=name,
            size=size,
            read=partial(_read_file, folder, name),
            begin=partial(_read_file, folder, name, START),
        )
        for name, size in _regular_files(folder)
    ]


def _regular_files(folder: Path) -> Iterator[tuple[str, int]]:
    """Yield path below `folder`, with ``/`` between its parts, and bytes of each; any order."""
    waiting = [""]
    while waiting:
        parent = waiting.pop()
        found: list[os.DirEntry[str]] = []
        with suppress(OSError):  # nobody may read it, or it is gone
            found = list(os.scandir(folder / parent))
        for one in found:
            if one.is_dir(follow_symlinks=False):
                waiting.append(f"{parent}{one.name}/")
            elif one.is_file(follow_symlinks=False):
                with suppress(FileNotFoundError):
                    yield parent + one.name, one.stat(follow_symlinks=False).st_size


def _read_file(folder: Path, name: str, most: int = -1) -> bytes:
    try:
        with (folder / name).open("rb") as file:
            return file.read(most)
    except OSError as error:
        raise ImageRefused(
            "{name} cannot be read: {detail}. Check the file's permissions.",
            name=clean_text(name),
            detail=error.strerror or type(error).__name__,
        ) from error


def _dataset(gathered: Gathered, folder: Path, title: str, notice: str = "") -> Dataset:
    return Dataset(
        id=folder.name,
        title=clean_text(title)[:LONGEST_TITLE].strip() or UNTITLED,
        class_names=gathered.class_names,
        images=gathered.images,
        skipped=gathered.skipped,
        folder=folder,
        notice=notice,
    )


def check_free_space(folder: Path, needed: int) -> None:
    """Refuse to write `needed` bytes where less than that and a reserve is left.

    Raises:
        DiskUnusable: tells how much there is and how much it takes.
    """
    free = shutil.disk_usage(folder).free
    if free < needed + RESERVED_BYTES:
        wanted, left = megabytes(needed + RESERVED_BYTES, free)
        raise DiskUnusable(
            "The disk of {folder} ({variable}) has {free} MB left and this dataset needs up to {needed} MB. "
            "Delete datasets or runs that are no longer used, and try again.",
            folder=str(settings.current().data_dir),
            variable=settings.variable("data_dir"),
            free=left,
            needed=wanted,
        )
