"""Which datasets there are: the built-in ones and those in the data folder, and the sample photos.

Listing reads one ``dataset.json`` a dataset, and only when it has changed: pages do it at every rerun.
"""

import os
import re
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from math import inf
from pathlib import Path

from tl_core import files, settings
from tl_core.checks import look_up
from tl_core.datasets.dataset import Dataset
from tl_core.datasets.index import INDEX, read_index
from tl_core.errors import DatasetRefused
from tl_core.people import NOBODY, Person, ownership
from tl_core.wording import N_, Sentence

ASSETS = Path(__file__).parent / "assets"
NOTICE = "NOTICE.md"
ID_LENGTH = 16
ID = re.compile(rf"[0-9a-f]{{{ID_LENGTH}}}")


@dataclass(frozen=True, kw_only=True)
class BuiltInDataset:
    """A dataset that comes with the app; its index is committed beside its images.

    Args:
        id: the name of its folder in the assets.
        title: what people call it.
        classes: its class names, so that they can be translated.
        notice: who made the images and under which licence.
        drawn: whether it shows drawings, and no photos.
    """

    id: str
    title: str
    classes: tuple[str, ...]
    notice: str
    drawn: bool = False


BUILT_IN = (
    BuiltInDataset(
        id="real_photos",
        title=N_("Real photos"),
        classes=(N_("animals"), N_("buildings"), N_("things")),
        notice=N_("Photos from GCompris, each under a free licence of its own: see NOTICE.md."),
    ),
    BuiltInDataset(
        id="emoji",
        title=N_("Emoji"),
        classes=(N_("animals"), N_("food"), N_("vehicles")),
        notice=N_("Fluent Emoji by Microsoft, MIT License."),
        drawn=True,
    ),
)


@dataclass(frozen=True, kw_only=True)
class DatasetSummary:
    """A line in the list of datasets.

    Args:
        id: the dataset's id.
        title: what people call it.
        count_by_class: how many images each class has.
        skipped: how many files were left out.
        built_in: whether it comes with the app and cannot be deleted.
        created: when it was imported, seconds since the epoch; 0 for a built-in one.
        root: id of the first of its versions, which may be deleted; its own id for what was imported.
        origin: id of the version that it was made from, which may be deleted; empty for what was imported.
        change: what was changed about `origin`, a short sentence for each kind of change.
        superseded_by: id of the newest version that was made from this one; empty if there is none.
    """

    id: str
    title: str
    count_by_class: dict[str, int]
    skipped: int
    built_in: bool
    created: float
    root: str
    origin: str = ""
    change: tuple[Sentence, ...] = ()
    superseded_by: str = ""

    @property
    def image_count(self) -> int:
        """How many images it has."""
        return sum(self.count_by_class.values())


@dataclass(frozen=True, kw_only=True)
class SamplePhoto:
    """A photo that comes with the app.

    Args:
        name: what it is called in links.
        title: what people call it.
        file: its file name in the assets.
    """

    name: str
    title: str
    file: str

    @property
    def path(self) -> Path:
        """Where the file is."""
        return ASSETS / "photos" / self.file


SAMPLE_PHOTOS = (
    SamplePhoto(name="chelsea", title=N_("Chelsea the cat"), file="chelsea.jpg"),
    SamplePhoto(name="coffee", title=N_("A cup of coffee"), file="coffee.jpg"),
    SamplePhoto(name="astronaut", title=N_("An astronaut"), file="astronaut.jpg"),
    SamplePhoto(name="rocket", title=N_("A rocket at its launch"), file="rocket.jpg"),
    SamplePhoto(name="camera", title=N_("A man with a camera"), file="camera.jpg"),
    SamplePhoto(name="horse", title=N_("Silhouette of a horse"), file="horse.png"),
    SamplePhoto(name="brick", title=N_("A brick wall"), file="brick.jpg"),
    SamplePhoto(name="grass", title=N_("Grass"), file="grass.jpg"),
    SamplePhoto(name="gravel", title=N_("Gravel"), file="gravel.jpg"),
)


def datasets_dir() -> Path:
    """Return the folder of the imported datasets; it may not exist yet."""
    return settings.current().data_dir / "datasets"


def list_datasets() -> tuple[DatasetSummary, ...]:
    """Return all datasets that can be read: the built-in ones, then the imported ones, newest first."""
    built_in = [_summary(ASSETS / one.id) for one in BUILT_IN]
    imported = []
    for folder in datasets_dir().glob("[0-9a-f]*"):
        if ID.fullmatch(folder.name):
            with suppress(DatasetRefused):
                imported.append(_summary(folder))
    imported.sort(key=lambda summary: (-summary.created, summary.id))
    return _with_successors((*built_in, *imported))


def _with_successors(summaries: tuple[DatasetSummary, ...]) -> tuple[DatasetSummary, ...]:
    """Fill in `superseded_by`; `summaries` are ordered newest first, but for the built-in ones."""
    created = {summary.id: summary.created for summary in summaries}
    newest: dict[str, str] = {}
    for summary in summaries:
        # A deleted version that came back is younger than what was once made from it.
        if summary.created > created.get(summary.origin, inf):
            newest.setdefault(summary.origin, summary.id)
    return tuple(
        replace(summary, superseded_by=newest[summary.id]) if summary.id in newest else summary
        for summary in summaries
    )


def get_dataset(id: str) -> Dataset:
    """Return the dataset called `id`.

    Raises:
        DatasetRefused: there is none, or its index is damaged.
    """
    folder = _folder(id)
    return _read(folder, _changed(folder))


def built_in_classes(id: str) -> tuple[str, ...]:
    """Return the class names of the built-in dataset that `id` is, or is a version of; none for others.

    They can be translated; what somebody has named may not be.
    """
    built_in = _built_in(id)
    return built_in.classes if built_in else ()


def is_drawn(id: str) -> bool:
    """Whether the dataset is known to show drawings and no photos, as a version of such a one does."""
    built_in = _built_in(id)
    return built_in is not None and built_in.drawn


def _built_in(id: str) -> BuiltInDataset | None:
    try:
        root = get_dataset(id).root or id
    except DatasetRefused:  # deleted since
        root = id
    return next((one for one in BUILT_IN if one.id == root), None)


def delete_dataset(id: str, by: Person = NOBODY) -> bool:
    """Delete an imported dataset; it is gone from the catalogue at once.

    Args:
        id: of the dataset.
        by: who wants that.

    Returns:
        Whether it is gone; where others have brought it too it stays theirs.

    Raises:
        DatasetRefused: there is none, or it is a built-in one.
        NotAllowed: it belongs to others.
    """
    folder = _folder(id)
    if folder.parent == ASSETS:
        raise DatasetRefused(
            "The dataset {id} comes with the app and cannot be deleted. Choose an imported one.",
            id=id,
        )
    if not ownership.give_up(folder, by, ownership.DATASET):
        return False
    discard(folder)
    return True


def discard(folder: Path) -> None:
    """Remove `folder` from the catalogue in one step, then its files; nothing happens if there is none."""
    with (
        suppress(FileNotFoundError),  # also when somebody else is faster
        files.temporary_folder(folder.parent) as grave,
    ):
        os.rename(folder, grave / folder.name)


def sample_photos() -> tuple[SamplePhoto, ...]:
    """Return the photos that come with the app."""
    return SAMPLE_PHOTOS


def read_photo(name: str) -> bytes:
    """Return the file of the sample photo `name`.

    Raises:
        SettingInvalid: there is no such photo; lists the valid names.
    """
    known = {photo.name: photo.path for photo in SAMPLE_PHOTOS}
    refusal = N_("There is no sample photo {name}. Choose one of: {valid}.")
    return look_up(known, name, refusal).read_bytes()


def notice_file(dataset: Dataset) -> Path | None:
    """Return the file that says who made the photos of a built-in dataset or a version of it; else None."""
    root = dataset.root or dataset.id
    return ASSETS / root / NOTICE if any(root == one.id for one in BUILT_IN) else None


def _folder(id: str) -> Path:
    if id in {one.id for one in BUILT_IN}:
        return ASSETS / id
    folder = datasets_dir() / id
    if not ID.fullmatch(id) or not folder.is_dir():
        raise DatasetRefused(
            "There is no dataset {id}; it may have been deleted. Choose another one, or import it again.",
            id=id[:40],
        )
    return folder


def _changed(folder: Path) -> tuple[int, int, int]:
    """Return what differs when the index of `folder` was written again."""
    try:
        state = (folder / INDEX).stat()
    except OSError:
        return 0, 0, 0
    return state.st_mtime_ns, state.st_size, state.st_ino


def _summary(folder: Path) -> DatasetSummary:
    return _summary_of(folder, _changed(folder))


@lru_cache(maxsize=4096)
def _summary_of(folder: Path, changed: tuple[int, int, int]) -> DatasetSummary:
    dataset = read_index(folder)
    built_in = folder.parent == ASSETS
    return DatasetSummary(
        id=dataset.id,
        title=dataset.title,
        count_by_class=dataset.count_by_class,
        skipped=len(dataset.skipped),
        built_in=built_in,
        created=0.0 if built_in else changed[0] / 1e9,
        root=dataset.root or dataset.id,
        origin=dataset.origin,
        change=dataset.change,
    )


@lru_cache(maxsize=32)
def _read(folder: Path, changed: tuple[int, int, int]) -> Dataset:
    return read_index(folder)
