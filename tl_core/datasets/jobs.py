"""The jobs that bring a dataset into the catalogue, and the one that looks at it."""

from tl_core import files, settings
from tl_core.datasets.bringing.archive import import_zip
from tl_core.datasets.bringing.download import download_cats_and_dogs
from tl_core.datasets.bringing.importer import import_placed
from tl_core.datasets.bringing.staging import Staging
from tl_core.datasets.bringing.waiting import upload_path
from tl_core.datasets.catalogue import get_dataset
from tl_core.datasets.checking.inspection import FINDINGS, inspect
from tl_core.datasets.dataset import Dataset
from tl_core.datasets.job_configs import ImportConfig, ImportFilesConfig, InspectConfig
from tl_core.datasets.splits import split
from tl_core.datasets.versions import add_placed
from tl_core.errors import DatasetRefused
from tl_core.runs import Run
from tl_core.runs.reporting import Reporter
from tl_core.wording import N_

RESULT = "dataset.json"
"""In a finished run's folder: ``{"dataset": id}``."""


def run_import(run: Run) -> None:
    """Import the zip that was uploaded for this run, and remove it.

    Raises:
        DatasetRefused: it cannot be read, or cannot teach.
        JobCancelled: somebody pressed Stop.
    """
    if (run.folder / RESULT).exists():
        return  # its worker died between the last word and the answer
    config = ImportConfig.from_json(run.config)
    upload = upload_path(run)
    if not upload.exists():
        raise DatasetRefused("The uploaded file is no longer here. Upload it again.")
    try:
        reading, unpacking = Reporter(run, "import"), Reporter(run, "unpack")
        dataset = import_zip(upload, config.title, reading, unpacking)
    except DatasetRefused:
        upload.unlink()
        raise
    files.write_json(run.folder / RESULT, {"dataset": dataset.id})
    upload.unlink()


def read_imported(run: Run) -> Dataset:
    """Return the dataset that a finished import has made.

    Raises:
        RunNotFound: its result is missing or damaged.
        DatasetRefused: the dataset was deleted since, or is damaged.
    """
    return get_dataset(run.read(RESULT, lambda made: str(made["dataset"])))


def run_download(run: Run) -> None:
    """Download `cats_and_dogs_small` and import it.

    Raises:
        DownloadFailed: there is no network, or what came is not the dataset.
        JobCancelled: somebody pressed Stop.
    """
    dataset = download_cats_and_dogs(
        Reporter(run, "download"),
        mirror=settings.current().dataset_mirror,
        on_reading=Reporter(run, "import"),
    )
    files.write_json(run.folder / RESULT, {"dataset": dataset.id})


def run_import_files(run: Run) -> None:
    """Import the files that wait in a staging folder; leaves ``dataset.json`` like the other imports.

    What is refused stays in the staging folder, so that the person can mend it.

    Raises:
        DatasetRefused: nothing can be learned from them.
        JobCancelled: somebody pressed Stop.
    """
    config = ImportFilesConfig.from_json(run.config)
    staging = Staging(config.staging)
    if (run.folder / RESULT).exists():
        if staging.digest() == config.digest:
            staging.clear()  # its worker died between the last word and this
        return
    imported = [(name, number) for name in staging.classes() for number in staging.numbers(name)]
    if not imported:
        raise DatasetRefused("The photos to import are no longer here. Add them again.")
    reporter = Reporter(run, "import")
    if config.dataset:
        dataset = get_dataset(config.dataset)
        dataset = add_placed(dataset, staging.placed(), reporter)
    else:
        dataset = import_placed(staging.placed(), config.title, reporter)
    files.write_json(run.folder / RESULT, {"dataset": dataset.id})
    for name, number in imported:
        staging.remove(name, number)
    if not any(staging.counts().values()):
        staging.clear()


def run_inspect(run: Run) -> None:
    """Look at every image of a dataset; leaves what `inspection.read_findings` reads.

    Raises:
        DatasetRefused: there is no such dataset, or it cannot be divided.
        JobCancelled: somebody pressed Stop.
    """
    if (run.folder / FINDINGS).exists():
        return
    config = InspectConfig.from_json(run.config)
    dataset = get_dataset(config.dataset)
    divided = split(dataset, validation=config.validation, test=config.test, seed=config.seed)
    findings = inspect(dataset, divided, Reporter(run, N_("Look at the images")))
    files.write_json(run.folder / FINDINGS, {"findings": [one.to_json() for one in findings]})
