"""A dataset as files that leave a lab and come into another: the same dataset there, with the same id.

    dataset.json                  its index, as `tl_core.datasets.index` writes it, with the paths below
    [train/]cats/IMG_1.jpg        its photos, byte for byte, as their owner knows them
    NOTICE.md                     who made the photos of a built-in dataset

To every other program it is a folder for each class. What comes in is hostile: nothing of the index is
believed that the photos do not show, and the id has to follow from the content.
"""

import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path, PurePosixPath

from tl_core.checks import Json
from tl_core.datasets.bringing import checks
from tl_core.datasets.bringing.entries import Entry, Placed, declared_size
from tl_core.datasets.bringing.foreign_json import parsed
from tl_core.datasets.bringing.gathering import read_images
from tl_core.datasets.bringing.importer import LONGEST_TITLE, keep_image
from tl_core.datasets.bringing.publishing import derived_ids
from tl_core.datasets.bringing.safe_names import Distinct, safe_name
from tl_core.datasets.catalogue import BUILT_IN, ID, NOTICE, get_dataset, notice_file
from tl_core.datasets.dataset import LONGEST_NAME, Dataset, LabeledImage, is_name
from tl_core.datasets.index import INDEX, NO_INDEX, index_pieces, parse_index
from tl_core.datasets.reading.listing import Place, looks_like_photo
from tl_core.errors import DatasetRefused, ImageRefused
from tl_core.runs.reporting import OnProgress

FORMAT = "transfer-learning-lab dataset"
MOST_INDEX_BYTES = 32 * 10**6
MOST_TOLD, MOST_SKIPPED = 1000, 100_000
"""Sentences about a whole dataset, and files that were left out of it."""
LONGEST_NOTICE = 2000
LONGEST_SENTENCE = 1000
TRIED_IDS = 4
"""Of the ids that a content may have; another one than the second needs an edited index in the first lab."""

Files = Mapping[str, Entry]
"""The files of an archive by their composed (NFC) names."""
Piece = tuple[str, Callable[[], bytes]]
"""Name of a file in an archive, and what returns its bytes."""


# Out


def carried_files(dataset: Dataset) -> Iterator[Piece]:
    """Yield the files of a dataset, its index first; each photo is read when its turn comes."""
    named = replace(dataset, images=tuple(_renamed(dataset)))
    pieces = index_pieces(named, format=FORMAT, id=dataset.id)
    yield INDEX, lambda: b"".join(pieces)
    if notice := notice_file(dataset):
        yield NOTICE, notice.read_bytes
    for image, away in zip(dataset.images, named.images, strict=True):
        yield away.path, partial(dataset.read, image)


def _renamed(dataset: Dataset) -> Iterator[LabeledImage]:
    """Yield the images with the paths that they have outside: part, class and their owner's name."""
    folders, paths = Distinct(), Distinct()
    for taken in (INDEX, NOTICE):
        folders.of(taken)
    folder_of = [folders.of(safe_name(name)) for name in dataset.class_names]
    for image in dataset.images:
        name = safe_name(image.shown.rpartition("/")[2])
        steps = filter(None, (image.part, folder_of[image.label], name))
        yield replace(image, path=paths.of("/".join(steps)), name=image.shown)


# In


@dataclass(frozen=True, kw_only=True)
class Carried:
    """A dataset in an archive, of which no photo has been read yet.

    Args:
        dataset: as its index says, with its `id`; the paths are those in the archive.
        entries: its photos, in the order of its images.
    """

    dataset: Dataset
    entries: tuple[Entry, ...]

    @property
    def size(self) -> int:
        """Bytes of its photos, as declared."""
        return sum(entry.size for entry in self.entries)

    @property
    def here(self) -> Dataset | None:
        """The same dataset where it is in the catalogue already."""
        try:
            found = get_dataset(self.dataset.id)
        except DatasetRefused:
            return None
        return found if found.fingerprint == self.dataset.fingerprint else None


def read_object(files: Files, name: str, most: int) -> Json | None:
    """Return the JSON object in a file of an archive; None if it is not there, too large, or none."""
    try:
        found = parsed(files[name], most)
    except (KeyError, ValueError, RecursionError, ImageRefused):
        return None
    return found if isinstance(found, dict) else None


def read_carried(files: Files, folder: str) -> Carried:
    """Return the dataset that a folder of an archive holds.

    Args:
        files: all files of the archive.
        folder: where its index is, empty or with a slash at the end.

    Raises:
        DatasetRefused: it is none, was changed, cannot teach, or has an id that its content does not give.
    """
    content = read_object(files, folder + INDEX, MOST_INDEX_BYTES)
    dataset = _parsed(content)
    checks.check_classes(dataset.class_names)
    checks.check_file_count(len(dataset.images))
    checks.check_class_sizes(dataset.images, dataset.class_names)
    found = [files.get(composed(folder + image.path)) for image in dataset.images]
    entries = tuple(entry for entry in found if entry)
    names = [image.path for image, entry in zip(dataset.images, found, strict=True) if not entry]
    names += _besides(files, folder, dataset)
    if names or len({image.path for image in dataset.images}) < len(dataset.images):
        raise _changed(dataset, (names or [INDEX])[0])
    checks.check_total_size(declared_size(_placed(dataset, entries)))
    return Carried(dataset=_with_id(dataset), entries=entries)


def composed(name: str) -> str:
    """Return a name as the lab writes it: macOS takes letters apart."""
    return unicodedata.normalize("NFC", name)


def _parsed(content: Json | None) -> Dataset:
    try:
        found = content or {}
        dataset = parse_index(found, Path(str(found["id"])))
        _check_texts(dataset)
    except NO_INDEX as error:
        raise DatasetRefused(
            "This file says that it holds a dataset of the lab, but its dataset.json is damaged, or made by "
            "a newer version. Take the dataset home again, or remove dataset.json to import the photos as "
            "new ones."
        ) from error
    return dataset


def _check_texts(dataset: Dataset) -> None:
    """Raise a ValueError where a text is not as the lab keeps it: one line, and not without end."""
    if len((*dataset.account, *dataset.change)) > MOST_TOLD or len(dataset.skipped) > MOST_SKIPPED:
        raise ValueError("told without end")
    known = {one.id for one in BUILT_IN}
    for identifier in filter(None, (dataset.origin, dataset.root)):
        if identifier not in known and not ID.fullmatch(identifier):
            raise ValueError(f"not an id: {identifier[:40]!r}")
    named = [(dataset.title, LONGEST_TITLE), (dataset.notice, LONGEST_NOTICE)]
    named += [(name, checks.LONGEST_CLASS_NAME) for name in dataset.class_names]
    named += [(one.name, LONGEST_NAME) for one in dataset.skipped]
    told = (*dataset.account, *dataset.change, *(one.sentence for one in dataset.skipped))
    named += [(str(one), LONGEST_SENTENCE) for one in told]
    for text, most in named:
        if len(text) > most or not all(is_name(character) for character in text):
            raise ValueError(f"not a line of text: {text[:40]!r}")
    if not dataset.title or "" in dataset.class_names:
        raise ValueError("a title and names of classes")


def _besides(files: Files, folder: str, dataset: Dataset) -> Iterator[str]:
    """Yield the photos of a folder that its index does not name."""
    known = {composed(folder + image.path) for image in dataset.images}
    for name in files:
        steps = name.removeprefix(folder).split("/")
        hidden = any(step.startswith(".") or step == "__MACOSX" for step in steps)
        if name.startswith(folder) and name not in known and not hidden and looks_like_photo(name):
            yield "/".join(steps)


def _with_id(dataset: Dataset) -> Dataset:
    """Return `dataset` with the id that it gets here: its own, which its content has to give.

    A built-in one of another version of the lab is a dataset like any other here.
    """
    ids = list(islice(derived_ids(dataset), TRIED_IDS))
    if dataset.id in ids:
        return dataset
    built_in = {one.id: get_dataset(one.id).fingerprint for one in BUILT_IN}
    if built_in.get(dataset.id) == dataset.fingerprint:
        return dataset
    if not ID.fullmatch(dataset.id):
        return replace(dataset, id=ids[0])
    raise DatasetRefused(
        "The id {id} of the dataset {title} does not follow from its photos and classes: something in the "
        "file was changed. Take the dataset home again, or remove dataset.json to import the photos as new "
        "ones.",
        id=dataset.id,
        title=dataset.title,
    )


def restored(carried: Carried, draft: Path, on_progress: OnProgress) -> Dataset:
    """Read the photos of a dataset into a draft; every one is decoded, as at any import.

    Args:
        carried: the dataset.
        draft: from `new_draft`.
        on_progress: is told of the files done.

    Returns:
        The dataset in `draft`, for `publish_as`.

    Raises:
        DatasetRefused: a photo cannot be used, or is not the one that the index names.
        JobCancelled: as raised by `on_progress`.
    """
    dataset = carried.dataset
    placed = _placed(dataset, carried.entries)
    read, left_out = read_images(
        placed, dataset.class_names, partial(keep_image, draft), on_progress
    )
    if left_out:
        raise _changed(dataset, left_out[0].name).because(left_out[0].sentence)
    images = []
    for wanted, (_, found) in zip(dataset.images, read, strict=True):
        if found.sha256 != wanted.sha256:
            raise _changed(dataset, wanted.path)
        name = wanted.shown
        images.append(replace(wanted, path=found.path, pixels=found.pixels, name=name))
    return replace(dataset, images=tuple(images), folder=draft)


def _placed(dataset: Dataset, entries: Sequence[Entry]) -> list[Placed]:
    places = (Place(dataset.class_names[one.label], one.part, one.group) for one in dataset.images)
    return list(zip(entries, places, strict=True))


def _changed(dataset: Dataset, name: str) -> DatasetRefused:
    return DatasetRefused(
        "This file says that it holds the dataset {title} as a lab gave it away, but {name} was added, "
        "changed or lost since. Take the dataset home again, or remove dataset.json to import the photos as "
        "new ones.",
        title=dataset.title,
        name=PurePosixPath(name).name,
    )
