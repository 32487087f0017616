"""Says why a list of files is no set of labelled photos, by what it is instead, and what to do."""

from collections.abc import Sequence
from pathlib import PurePosixPath

from tl_core.datasets.reading import words
from tl_core.datasets.reading.listing import Listed, Listing
from tl_core.datasets.reading.sorting import (
    MASKS,
    MODEL_NAMES,
    MODEL_SUFFIXES,
    OTHERS,
    VIDEOS,
    Sorted,
    shown,
)
from tl_core.datasets.reading.tables import Found
from tl_core.errors import DatasetRefused
from tl_core.wording import N_, Sentence

ONE_FOLDER = N_(
    "All {count} photos are in one folder, {name}: as a class it would be the only one, and their"
    " file names hold no label that repeats. A classifier needs at least two classes: put the "
    "photos of each into a folder of its own."
)
ONE_CLASS = N_(
    "Only one class was found: {name}. A classifier needs at least two; add images of something else."
)
NO_LABEL = N_(
    "{count} photos were found, {name} for example, but no label: they are not in class folders, "
    "their names hold no word that repeats, and no table names them. Put the photos of each class "
    "into a folder that is named after the class."
)


def nothing_to_read(listing: Listing, found: Sorted) -> DatasetRefused:
    """Return the refusal of files among which no photo can be read."""
    if model := _model(listing.files):
        return DatasetRefused(
            "This is a trained model, not photos: {name}. The lab trains its own model: bring the photos,"
            " in one folder for each class. In Teachable Machine they come with Download project as file.",
            name=shown(model.name),
        )
    if found.left_out:
        about_photos = [
            left for left in found.left_out if left.sentence.template not in (OTHERS, VIDEOS)
        ]
        largest = max(about_photos or found.left_out, key=lambda left: left.count)
        return DatasetRefused(
            "Among {count} files there is no photo that can be used.", count=len(listing.files)
        ).because(largest.sentence)
    return DatasetRefused(
        "There are no photos in it. Put the photos of each class into a folder that is named after the "
        "class, and choose the folder, or a zip of it."
    )


def no_photos_of_table(tables: Found) -> DatasetRefused | None:
    """Return the refusal of a table whose photos are not there; None if there is no such table."""
    if tables.addresses:
        return DatasetRefused(
            "{name} names {count} photos by their web addresses, and the lab fetches nothing from there. "
            "Download the photos, and put those of each class into a folder.",
            name=shown(tables.file),
            count=tables.addresses,
        )
    if tables.rows_elsewhere:
        return DatasetRefused(
            "{name} has labels for {count} photos, but the photos are not here. Put the photos beside it,"
            " with the names that it uses; Label Studio exports them only if asked to.",
            name=shown(tables.file),
            count=tables.rows_elsewhere,
        )
    return None


def detection(listing: Listing) -> DatasetRefused | None:
    """Return the refusal of photos that have boxes, not a class each; None if nothing tells of boxes."""
    tool = _detection_tool(listing)
    if not tool:
        return None
    return DatasetRefused(
        "This is a set for object detection ({tool}): it says where things are in a photo, not of which "
        "class a photo is. Export it for classification (one folder for each class), or cut the things "
        "out and sort them into folders.",
        tool=tool,
    )


def no_labels(found: Sorted) -> DatasetRefused:
    """Return the refusal of photos without any label."""
    photos, trails = found.photos, [*found.folders]
    if len(found.apart.get(MASKS, ())) >= len(photos):
        return DatasetRefused(
            "This is a set for segmentation: {count} photos come with masks that say where things are, "
            "{name} for example, but no class. Put the photos of each class into a folder of its own.",
            count=len(photos),
            name=shown(photos[0].name),
        )
    if all(trail and words.is_submission(trail[-1]) for trail in trails):
        return DatasetRefused(
            "The folders are named after those who handed them in, {name} for example, not after what the "
            "photos show. Ask for one folder for each class inside, or sort the photos by class.",
            name=shown("/".join(trails[0])),
        )
    if len(trails) == 1 and (folder := trails[0]):
        values = {"count": len(photos), "name": shown("/".join(folder))}
        return DatasetRefused.restored(Sentence.of(ONE_FOLDER, values))
    values = {"count": len(photos), "name": shown(photos[0].name)}
    return DatasetRefused.restored(Sentence.of(NO_LABEL, values))


def one_class(refused: DatasetRefused, name: str) -> Sentence:
    """Return why photos of one class make no dataset by themselves, though they can be added to one.

    Raises:
        DatasetRefused: `refused`, if they cannot be added to one either.
    """
    if refused.sentence.template == ONE_FOLDER:
        return refused.sentence
    if refused.sentence.template == NO_LABEL:
        return Sentence(template=ONE_CLASS, values={"name": name})
    raise refused


def _model(files: Sequence[Listed]) -> Listed | None:
    for file in files:
        name = file.steps[-1].casefold() if file.steps else ""
        if name in MODEL_NAMES or (file.suffix in MODEL_SUFFIXES and not file.is_photo):
            return file
    return None


def _detection_tool(listing: Listing) -> str:
    texts = {PurePosixPath(name) for name in listing.texts}
    names = {path.name.casefold() for path in texts}
    if any(name.endswith("coco.json") for name in names) or any(
        b'"annotations"' in data[: 10**6] and b'"categories"' in data
        for data in listing.texts.values()
    ):
        return "COCO"
    stems = {file.stem for file in listing.files if file.is_photo}
    boxes = {
        suffix: sum(
            file.suffix == suffix and file.stem in stems for file in listing.files if file.steps
        )
        for suffix in ("txt", "xml")
    }
    if boxes["xml"]:
        return "Pascal VOC"
    if boxes["txt"] or {"data.yaml", "classes.txt"} & names or _in_labels(listing.files):
        return "YOLO"
    return ""


def _in_labels(files: Sequence[Listed]) -> bool:
    return any(file.trail[-1:] == ("labels",) and file.suffix == "txt" for file in files)
