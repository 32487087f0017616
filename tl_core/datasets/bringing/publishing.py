"""A finished draft becomes a dataset: where it goes, and which files it shares.

Its id comes from its content: the same images under the same title, with the same files left out, are the
same dataset. Imported again under another title, or with other files left out, they are a dataset of its own,
so that everybody finds what they brought; its files are hard links to the first one's, so that they are
stored once and each can be deleted without the other.
"""

import errno
import os
from collections.abc import Iterator, Sequence, Set
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from tl_core import files
from tl_core.datasets import catalogue
from tl_core.datasets.dataset import Dataset
from tl_core.datasets.index import read_index, write_index
from tl_core.errors import DatasetRefused

ID_HALF = catalogue.ID_LENGTH // 2
IMAGES = "images"
"""The folder of the images in a dataset's folder."""


def publish(draft: Dataset) -> Dataset:
    """Move a finished draft to its place in the catalogue; returns what is there, now or already."""
    _drop_unwanted(draft)
    taken: set[Path] = set()
    while True:
        twins = _twins(draft)
        target = _place_of(draft, twins, taken)
        if target.exists():
            if found := _intact(target):
                if found.fingerprint != draft.fingerprint:  # somebody has edited its index
                    taken.add(target)
                elif _is_same(draft, found):
                    return found
                continue  # or another import of the same images was faster, since the look at the twins
            catalogue.discard(target)
        if placed := _put(draft, target, twins):
            return placed


def publish_as(draft: Dataset, identifier: str) -> Dataset:
    """Move a finished draft to the place that its content gave it in another lab; otherwise as `publish`.

    Args:
        draft: the dataset.
        identifier: one of its `derived_ids`.

    Raises:
        DatasetRefused: another dataset has this id here.
    """
    _drop_unwanted(draft)
    target = catalogue.datasets_dir() / identifier
    while True:
        if target.exists():
            if found := _intact(target):
                if found.fingerprint != draft.fingerprint:  # somebody has edited its index
                    raise DatasetRefused(
                        "Here the id {id} belongs to a dataset with other content: its index was edited. "
                        "Delete that dataset, and open the file again.",
                        id=identifier,
                    )
                return found
            catalogue.discard(target)
        if placed := _put(draft, target, _twins(draft)):
            return placed


def derived_ids(dataset: Dataset) -> Iterator[str]:
    """Yield the ids that a dataset may have by its content, without end: most have the first."""
    first = dataset.fingerprint[: catalogue.ID_LENGTH]
    yield first
    skipped = [] if dataset.root else [one.to_json() for one in dataset.skipped]
    account = [] if dataset.root else [one.to_json() for one in dataset.account]
    told = [dataset.fingerprint, dataset.title, dataset.root, skipped]
    own = files.sha256_of_json([*told, account] if account else told)
    while True:
        # The half that all twins share comes last: lists tell datasets apart by the first digits.
        yield own[:ID_HALF] + first[ID_HALF:]
        own = files.sha256_of_json([own])


def _put(draft: Dataset, target: Path, twins: Sequence[Dataset]) -> Dataset | None:
    """Move a draft to `target`; returns None if another import of the same images was faster."""
    for twin in twins:
        _share(draft, twin)
    write_index(draft)
    draft.folder.chmod(files.FOLDER_ACCESS)
    files.make_durable(draft.folder)
    try:
        os.rename(draft.folder, target)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        return None
    return replace(draft, id=target.name, folder=target)


def _drop_unwanted(draft: Dataset) -> None:
    wanted = {image.path for image in draft.images}
    for name in os.listdir(draft.folder / IMAGES):
        if f"{IMAGES}/{name}" not in wanted:
            (draft.folder / IMAGES / name).unlink()


def _twins(draft: Dataset) -> list[Dataset]:
    """Return the datasets of the catalogue with the classes and images of `draft`."""
    found = []
    for folder in catalogue.datasets_dir().glob(f"*{draft.fingerprint[ID_HALF : 2 * ID_HALF]}"):
        if catalogue.ID.fullmatch(folder.name):
            with suppress(DatasetRefused):
                found.append(catalogue.get_dataset(folder.name))
    return [twin for twin in found if twin.fingerprint == draft.fingerprint]


def _place_of(draft: Dataset, twins: Sequence[Dataset], taken: Set[Path]) -> Path:
    """Return the folder of the same dataset if it is there, else one that neither a twin nor `taken` has."""
    for twin in twins:
        if _is_same(draft, twin):
            return twin.folder
    others = {*taken, *(twin.folder for twin in twins)}
    places = (catalogue.datasets_dir() / name for name in derived_ids(draft))
    return next(place for place in places if place not in others)


def _is_same(draft: Dataset, twin: Dataset) -> bool:
    """Whether `twin`, which has the images of `draft`, is what whoever made the draft means."""
    if draft.root:  # a change that was made before, or taken back
        return draft.root in (twin.root, twin.id)
    told = (draft.title, draft.skipped, draft.account)
    return not twin.root and (twin.title, twin.skipped, twin.account) == told


def _share(draft: Dataset, twin: Dataset) -> None:
    """Let the files of a draft be those of `twin`, where these are whole and the disk has hard links."""
    for image in draft.images:
        path, of_twin = draft.folder / image.path, twin.by_sha256[image.sha256]
        with suppress(DatasetRefused, OSError):
            if path.samefile(twin.folder / of_twin.path):
                continue  # of two names of one file none takes the other's place: both would stay
            twin.read(of_twin)
            link = path.with_name(f"{files.TEMPORARY}{path.name}")
            os.link(twin.folder / of_twin.path, link, follow_symlinks=False)
            link.replace(path)


def _intact(folder: Path) -> Dataset | None:
    """Return the dataset there if nothing of it is missing."""
    with suppress(DatasetRefused):
        dataset = read_index(folder)
        if all((folder / image.path).is_file() for image in dataset.images):
            return dataset
    return None
