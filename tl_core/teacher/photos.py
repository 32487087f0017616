"""How many photos a pupil has, before more are brought."""

from collections.abc import Sequence
from contextlib import suppress

from tl_core.datasets.bringing.staging import Staging
from tl_core.datasets.catalogue import ID, DatasetSummary, datasets_dir, get_dataset, list_datasets
from tl_core.datasets.dataset import Dataset
from tl_core.datasets.job_configs import DownloadConfig, ImportConfig, ImportFilesConfig
from tl_core.errors import DatasetRefused
from tl_core.people import Person
from tl_core.people.ownership import people_of
from tl_core.runs import Run
from tl_core.teacher.allowed import is_pupil
from tl_core.teacher.limits import read_limits
from tl_core.wording import N_, Sentence

BRINGING = tuple(job.KIND for job in (ImportConfig, ImportFilesConfig, DownloadConfig))
TOO_MANY = N_(
    "Your datasets hold {there} photos, and with these they would hold more than the {most} that "
    "each pupil may have. Delete a dataset that you no longer use, or ask your teacher for more."
)


def check_photos(run: Run, by: Person) -> None:
    """Refuse an import of a pupil who has as many photos as a pupil may have.

    Photos that were collected one by one are counted before they come in, those of an archive afterwards.

    Raises:
        DatasetRefused: tells how many there are and may be.
    """
    if run.kind not in BRINGING or not is_pupil(by):
        return
    most, there = read_limits().photos, photos_of(by)
    coming = 1
    if run.kind == ImportFilesConfig.KIND:
        coming = sum(Staging(ImportFilesConfig.from_json(run.config).staging).counts().values())
    _check(there, there + coming, most)


def check_brought(datasets: Sequence[Dataset], by: Person) -> None:
    """Refuse datasets that come from another lab to a pupil who may not have so many photos.

    Raises:
        DatasetRefused: tells how many there are and may be.
    """
    if is_pupil(by):
        _check(photos_of(by), photos_of(by, datasets), read_limits().photos)


def _check(there: int, then: int, most: int) -> None:
    if then > most:
        values = {"there": there, "most": most}
        raise DatasetRefused.restored(Sentence(template=TOO_MANY, values=values))


def photos_of(by: Person, coming: Sequence[Dataset] = ()) -> int:
    """Return how many photos somebody's datasets hold; what versions of one dataset share counts once.

    Args:
        by: whose.
        coming: datasets that would be theirs too.
    """
    own: dict[str, list[DatasetSummary]] = {}
    for one in list_datasets():
        if not one.built_in and by.id in people_of(datasets_dir() / one.id):
            own.setdefault(one.root, []).append(one)
    new: dict[str, list[Dataset]] = {}
    for dataset in coming:
        if ID.fullmatch(dataset.id):  # the others come with every lab
            new.setdefault(dataset.root or dataset.id, []).append(dataset)
    roots = dict.fromkeys((*own, *new))
    return sum(_photos(own.get(root, []), new.get(root, [])) for root in roots)


def _photos(own: Sequence[DatasetSummary], new: Sequence[Dataset]) -> int:
    """Return how many photos the versions of one dataset hold; only of several the indexes are read."""
    if len(own) == 1 and not new:
        return own[0].image_count
    held: set[str] = set()
    for dataset in new:
        held |= dataset.by_sha256.keys()
    for one in own:
        with suppress(DatasetRefused):  # deleted meanwhile
            held |= get_dataset(one.id).by_sha256.keys()
    return len(held)
