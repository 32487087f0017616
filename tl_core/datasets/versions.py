"""Changes to a dataset make a new version: a dataset of its own, so that old runs and links keep theirs.

A version's id comes from its content, as for every import: the same change made twice is one version, and a
change taken back is the dataset from before. Files are hard links: a version costs its index, and outlives
the dataset it was made from.
"""

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from tl_core import files
from tl_core.datasets.bringing import checks
from tl_core.datasets.bringing.contradictions import Named
from tl_core.datasets.bringing.entries import Placed, declared_size
from tl_core.datasets.bringing.gathering import read_images
from tl_core.datasets.bringing.importer import image_path, keep_image, new_draft
from tl_core.datasets.bringing.publishing import publish
from tl_core.datasets.catalogue import BUILT_IN, DatasetSummary, get_dataset, list_datasets
from tl_core.datasets.dataset import PARTS, Dataset, LabeledImage, Skipped, clean_name
from tl_core.datasets.editing import Content, edited, labelled, sentences_about
from tl_core.datasets.edits import Edit
from tl_core.datasets.owners import hand_over
from tl_core.datasets.reading.listing import Place
from tl_core.errors import DatasetRefused
from tl_core.people import NOBODY, Person
from tl_core.runs.reporting import OnProgress
from tl_core.wording import N_, Sentence

__all__ = ["Edit", "add_placed", "new_version", "versions_of"]

KNOWN = N_("{name} shows a picture that the class {class_name} has already.")


def new_version(dataset: Dataset, edit: Edit, by: Person = NOBODY) -> Dataset:
    """Publish what `edit` makes of `dataset`.

    Args:
        dataset: any dataset of the catalogue, a built-in one too.
        edit: what changes.
        by: whose the version is to be; anybody may change anybody's dataset in this way.

    Returns:
        The new version, with `origin` (the id of `dataset`) and `change` (sentences); or the dataset that
        has this content already, such as `dataset` itself when nothing changes.

    Raises:
        DatasetRefused: the edit names what is not in the dataset, or what is left cannot teach.
    """
    content = edited(dataset, edit)
    with new_draft(0) as draft:
        return _of(by, dataset, _publish(draft, dataset, content, sentences_about(dataset, edit)))


def add_placed(
    dataset: Dataset,
    placed: Sequence[Placed],
    on_progress: OnProgress,
    account: Sequence[Sentence] = (),
    by: Person = NOBODY,
) -> Dataset:
    """Publish `dataset` with more images, in its classes or in new ones; files are read one at a time.

    Args:
        dataset: any dataset of the catalogue, a built-in one too.
        placed: the new files, and the class of each.
        on_progress: is told of the files done.
        account: how the new files were read, for the version to keep beside what it has.
        by: whose the version is to be.

    Returns:
        The new version. A picture that is in the dataset already is left out and listed in `skipped`.

    Raises:
        DatasetRefused: nothing new can be read, or a limit is exceeded.
        JobCancelled: as raised by `on_progress`.
    """
    placed = _placed_in(dataset, placed)
    names = list(dict.fromkeys((*dataset.class_names, *(place.class_name for _, place in placed))))
    checks.check_classes(names)
    checks.check_file_count(len(dataset.images) + len(placed))
    checks.check_total_size(_size(dataset) + declared_size(placed))
    with new_draft(sum(entry.size for entry, _ in placed)) as draft:
        read, left_out = read_images(placed, names, partial(keep_image, draft), on_progress)
        new, known = _without_known(dataset, read)
        if not new:
            raise DatasetRefused(
                "None of these {count} files can be added: each cannot be read, is in the dataset already, "
                "or stands in two classes. Choose other images.",
                count=len(placed),
            )
        old = [(dataset.class_names[image.label], image) for image in dataset.images]
        content = labelled(names, [*old, *((names[image.label], image) for image in new)])
        checks.check_class_sizes(content[1], content[0])
        change = Sentence(template=N_("Added: {count}"), values={"count": len(new)})
        told = replace(dataset, account=tuple(dict.fromkeys((*dataset.account, *account))))
        return _of(by, dataset, _publish(draft, told, content, [change], [*left_out, *known]))


def versions_of(id: str) -> tuple[DatasetSummary, ...]:
    """Return all versions of the dataset `id` that still exist, itself too, oldest first.

    Raises:
        DatasetRefused: there is no dataset `id`.
    """
    dataset = get_dataset(id)
    root = dataset.root or dataset.id
    family = [summary for summary in list_datasets() if summary.root == root]
    return tuple(sorted(family, key=lambda summary: (summary.created, summary.id)))


def _of(by: Person, origin: Dataset, version: Dataset) -> Dataset:
    """Return a version after it was made somebody's; where nothing has changed, nobody has made it."""
    if version.id != origin.id:
        hand_over(version, by.id)
    return version


def _publish(
    draft: Path,
    origin: Dataset,
    content: Content,
    change: Iterable[Sentence],
    left_out: Iterable[Skipped] = (),
) -> Dataset:
    class_names, images = content
    version = replace(
        origin,
        id=draft.name,
        class_names=class_names,
        images=tuple(_kept_as(image) for image in images),
        skipped=(*origin.skipped, *left_out),
        folder=draft,
        origin=origin.id,
        root=origin.root or origin.id,
        change=tuple(change),
    )
    for known in (origin, *(get_dataset(one.id) for one in BUILT_IN)):
        if version.fingerprint == known.fingerprint:
            return known
    (draft / "images").mkdir(exist_ok=True)
    for old, new in zip(images, version.images, strict=True):
        if not (draft / new.path).exists():
            _link(origin, old, draft / new.path)
    return publish(version)


def _kept_as(image: LabeledImage) -> LabeledImage:
    path = image_path(image.sha256, image.path)
    return image if path == image.path else replace(image, path=path, name=image.shown)


def _link(origin: Dataset, image: LabeledImage, target: Path) -> None:
    """Put a file of `origin` at `target`; copied, and checked, where the disk has no hard links."""
    with suppress(OSError):
        os.link(origin.folder / image.path, target, follow_symlinks=False)
        return
    files.write_bytes(target, origin.read(image))


def _placed_in(dataset: Dataset, placed: Sequence[Placed]) -> list[Placed]:
    """Return new files with their places in the dataset's own spelling.

    In a divided dataset a new image stands where its group does, and without one it is to learn from.
    """
    spelling = {name.casefold(): name for name in dataset.class_names}
    divided = any(image.part for image in dataset.images)
    # Of a group with several parts the held-out one comes last and stays: there it flatters nobody.
    parts = sorted((PARTS.index(one.part), one.group) for one in dataset.images if one.group)
    part_of = {group: PARTS[part] for part, group in parts}

    def place_in(place: Place) -> Place:
        name = spelling.get(place.class_name.casefold(), place.class_name)
        part = place.part or part_of.get(clean_name(place.group), "train")
        return Place(name, part if divided else "", place.group)

    return [(entry, place_in(place)) for entry, place in placed]


def _without_known(
    dataset: Dataset, read: Iterable[Named]
) -> tuple[list[LabeledImage], list[Skipped]]:
    """Drop what is in the dataset already: in this class it adds nothing, in another it would be wrong."""
    label_of = {image.pixels: image.label for image in dataset.images}
    new: list[LabeledImage] = []
    known: list[Skipped] = []
    for name, image in read:
        if image.pixels in label_of:
            class_name = dataset.class_names[label_of[image.pixels]]
            values = {"name": name, "class_name": class_name}
            known.append(Skipped(name=name, sentence=Sentence(template=KNOWN, values=values)))
        else:
            new.append(image)
    return new, known


def _size(dataset: Dataset) -> int:
    paths = (dataset.folder / path for path in {image.path for image in dataset.images})
    return sum(path.stat().st_size for path in paths if path.exists())
