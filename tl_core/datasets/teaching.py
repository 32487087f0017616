"""One photo more for a dataset, or the right label for one that it has: what a wrong answer can teach.

The new version fixes every photo's part as the run had it, as `tl_core.datasets.corrections` does, and the
new photo is to learn from: the photos that judge stay the same, so that before and after can be compared.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tl_core.datasets.bringing.entries import Entry
from tl_core.datasets.corrections import CLASS, edit_of
from tl_core.datasets.dataset import Dataset, LabeledImage
from tl_core.datasets.reading.listing import Place
from tl_core.datasets.splits import Split, parts_of
from tl_core.datasets.versions import add_placed, new_version
from tl_core.errors import DatasetRefused
from tl_core.images import opened
from tl_core.people import NOBODY, Person


def has_photo(
    dataset: Dataset,
    data: bytes,
    name: str,
    class_name: str,
    *,
    source: str = "",
    forms: Sequence[bytes] = (),
) -> bool:
    """Whether `dataset` has a photo in a class already; arguments and errors as for `taught`."""
    known = _find(dataset, source, (*forms, data), name)
    return known is not None and dataset.class_names[known.label] == class_name


def _find(
    dataset: Dataset, source: str, files: tuple[bytes, ...], name: str
) -> LabeledImage | None:
    """Return the image of `dataset` that is the file `source`, or shows the picture of one of `files`."""
    if known := dataset.by_sha256.get(source):
        return known
    by_pixels = {image.pixels: image for image in dataset.images}
    for data in dict.fromkeys(file for file in files if file):
        with opened(data, name) as file:
            pixels = file.sha256()
        if known := by_pixels.get(pixels):
            return known
    return None


def taught(
    dataset: Dataset,
    divided: Split,
    data: bytes,
    name: str,
    class_name: str,
    *,
    source: str = "",
    forms: Sequence[bytes] = (),
    by: Person = NOBODY,
) -> Dataset:
    """Publish `dataset` with a photo as one of a class: a new one is added, one that is there is relabelled.

    Args:
        dataset: any dataset of the catalogue, a built-in one too.
        divided: as the run divided it.
        data: the photo's file.
        name: what its owner calls it.
        class_name: what it shows, a class of `dataset`.
        source: SHA-256 of the file that `data` was made from, if it was shrunk or cut.
        forms: files of the same photo in the other forms in which it may be there: whole, and its middle.
            Both are only to recognise what is there: a photo that judges would else be learned from as well,
            and one that was added as its middle would be there twice.
        by: whose the version is to be.

    Raises:
        DatasetRefused: it is there in this class already, a limit is exceeded, or what is left cannot teach.
        ImageRefused: it is no photo.
        DiskUnusable: the disk is full, read-only, gone, or fails.
    """
    if class_name not in dataset.class_names:
        raise DatasetRefused(
            "The dataset {title} has no class {name}. Choose one of its classes.",
            title=dataset.title,
            name=class_name[:80],
        )
    known = _find(dataset, source, (*forms, data), name)
    if known is None:
        entry = Entry(name=name, size=len(data), read=lambda: data)
        place = Place(class_name, "train")
        parted = _with_parts(dataset, parts_of(dataset, divided))
        return add_placed(parted, [(entry, place)], lambda *_: None, by=by)
    if dataset.class_names[known.label] == class_name:
        raise DatasetRefused(
            "This photo is in the dataset already, as {name}: there is nothing to add. Choose another photo, "
            "or another label if that one is wrong.",
            name=class_name,
        )
    edit = edit_of(dataset, divided, {known.sha256: CLASS + class_name})
    return new_version(dataset, edit, by)


def _with_parts(dataset: Dataset, parts: Mapping[str, str]) -> Dataset:
    """Return `dataset` with every image where the run had it; one that it did not use is not to judge by."""
    parted = (
        replace(image, part=parts.get(image.sha256) or image.part or "train")
        for image in dataset.images
    )
    return replace(dataset, images=tuple(parted))
