"""How many photos a pupil has, before more are brought."""

from tl_core.datasets.bringing.staging import Staging
from tl_core.datasets.catalogue import datasets_dir, list_datasets
from tl_core.datasets.job_configs import DownloadConfig, ImportConfig, ImportFilesConfig
from tl_core.errors import DatasetRefused
from tl_core.people import Person
from tl_core.people.ownership import people_of
from tl_core.runs import Run
from tl_core.teacher.allowed import is_pupil
from tl_core.teacher.limits import read_limits

BRINGING = tuple(job.KIND for job in (ImportConfig, ImportFilesConfig, DownloadConfig))


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
    if there + coming > most:
        raise DatasetRefused(
            "Your datasets hold {there} photos, and with these they would hold more than the {most} that "
            "each pupil may have. Delete a dataset that you no longer use, or ask your teacher for more.",
            there=there,
            most=most,
        )


def photos_of(by: Person) -> int:
    """Return how many photos somebody's datasets hold; versions of one dataset share theirs."""
    counts: dict[str, int] = {}
    for one in list_datasets():
        if not one.built_in and by.id in people_of(datasets_dir() / one.id):
            counts[one.root] = max(counts.get(one.root, 0), one.image_count)
    return sum(counts.values())
