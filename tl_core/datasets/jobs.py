"""The jobs that bring a dataset into the catalogue, and the one that looks at it."""

from contextlib import suppress

from tl_core import files, settings
from tl_core.checks import Json
from tl_core.datasets.bringing.archive import Scan, import_archive, scan_archive
from tl_core.datasets.bringing.download import download_cats_and_dogs
from tl_core.datasets.bringing.importer import import_placed
from tl_core.datasets.bringing.projects import Found
from tl_core.datasets.bringing.samples import Samples
from tl_core.datasets.bringing.staging import Staging
from tl_core.datasets.bringing.waiting import REFUSED, release, waiting_upload
from tl_core.datasets.catalogue import get_dataset
from tl_core.datasets.checking.inspection import FINDINGS, inspect
from tl_core.datasets.dataset import Dataset
from tl_core.datasets.job_configs import ImportConfig, ImportFilesConfig, InspectConfig, ScanConfig
from tl_core.datasets.owners import hand_over
from tl_core.datasets.reading.plans import Plan
from tl_core.datasets.splits import split
from tl_core.datasets.versions import add_placed
from tl_core.errors import DatasetRefused, RunNotFound
from tl_core.people import Person, ownership
from tl_core.runs import Run
from tl_core.runs.reporting import Reporter
from tl_core.wording import N_

PLAN, SHEET = "plan.json", "samples.webp"
"""In a scan's folder: how the archive can be read, and small pictures of it."""
FOUND = "project.json"
"""In a scan's folder instead: how much of a lab the archive holds that gave it away."""
RESULT = "dataset.json"
"""In a finished run's folder: ``{"dataset": id}``."""
TAKEN = "taken.json"
"""Beside it, until they wait no longer: class -> numbers of the photos that were imported."""


def run_scan(run: Run) -> None:
    """Look into the archive that was uploaded; leaves what `read_scan` or `read_found` reads.

    Removes what is refused.

    Raises:
        DatasetRefused: it cannot be read, or holds no labelled photos.
        JobCancelled: somebody pressed Stop.
    """
    if (run.folder / PLAN).exists() or (run.folder / FOUND).exists():
        return
    config = ScanConfig.from_json(run.config)
    upload = waiting_upload(run)
    try:
        looking, unpacking = Reporter(run, "scan"), Reporter(run, "unpack")
        found = scan_archive(upload, config.title, looking, on_unpacking=unpacking)
    except DatasetRefused:
        release(run)
        raise
    if isinstance(found, Found):
        files.write_json(run.folder / FOUND, vars(found))
        return
    files.write_bytes(run.folder / SHEET, found.samples.sheet)
    content = {"plan": found.plan.to_json(), "samples": found.samples.names}
    files.write_json(run.folder / PLAN, content)


def read_scan(run: Run) -> Scan:
    """Return what a finished scan found.

    Raises:
        RunNotFound: its result is missing or damaged.
    """

    def parse(value: Json) -> Scan:
        samples = Samples(names=tuple(value["samples"]), sheet=(run.folder / SHEET).read_bytes())
        plan = Plan.from_json(value["plan"])
        if not plan.readings:
            raise ValueError("a plan without any way to read the files")
        return Scan(plan=plan, samples=samples)

    return run.read(PLAN, parse)


def read_found(run: Run) -> Found | None:
    """Return how much of a lab a finished scan has found; None where the archive is none's.

    Raises:
        RunNotFound: its result is damaged.
    """
    return run.read(FOUND, Found.from_json) if (run.folder / FOUND).exists() else None


def run_import(run: Run) -> None:
    """Import the archive that was uploaded, as was chosen, and remove it.

    What is refused stays, so that the person can choose otherwise.

    Raises:
        DatasetRefused: it cannot be read, or cannot teach.
        JobCancelled: somebody pressed Stop.
    """
    if (run.folder / RESULT).exists():
        return  # its worker died between the last word and the answer
    config = ImportConfig.from_json(run.config)
    upload = waiting_upload(run)
    (run.folder / REFUSED).unlink(missing_ok=True)
    try:
        dataset = import_archive(
            upload,
            config.title,
            Reporter(run, "import"),
            config.choices,
            config.dataset,
            on_looking=Reporter(run, "scan"),
            on_unpacking=Reporter(run, "unpack"),
        )
    except DatasetRefused:
        (run.folder / REFUSED).touch()
        raise
    _leave(run, dataset, config.dataset)
    release(run)


def _leave(run: Run, dataset: Dataset, before: str = "") -> None:
    """Write which dataset a run has made: it belongs to those who asked for the run.

    Args:
        run: the import.
        dataset: what came of it.
        before: id of the dataset that got the photos; it belongs to whom it did.
    """
    files.write_json(run.folder / RESULT, {"dataset": dataset.id})
    if dataset.id != before:
        hand_over(dataset, *ownership.people_of(run.folder))


def read_imported(run: Run) -> Dataset:
    """Return the dataset that a finished import has made.

    Raises:
        RunNotFound: its result is missing or damaged.
        DatasetRefused: the dataset was deleted since, or is damaged.
    """
    return get_dataset(run.read(RESULT, lambda made: str(made["dataset"])))


def share_imported(run: Run, by: Person) -> None:
    """Let what a finished import has made be somebody's too, who asks for the same."""
    dataset = read_imported(run)
    if dataset.id != run.config.get("dataset"):
        hand_over(dataset, by.id)


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
    _leave(run, dataset)


def run_import_files(run: Run) -> None:
    """Import the files that wait in a staging folder; leaves ``dataset.json`` like the other imports.

    What is refused stays in the staging folder, so that the person can mend it.

    Raises:
        DatasetRefused: nothing can be learned from them.
        JobCancelled: somebody pressed Stop.
    """
    config = ImportFilesConfig.from_json(run.config)
    staging = Staging(config.staging)
    if not (run.folder / RESULT).exists():
        _import_waiting(run, config, staging)
    with suppress(RunNotFound):  # they wait no longer
        staging.remove_all(run.read(TAKEN, dict))
        if not any(staging.counts().values()):
            staging.clear()
        (run.folder / TAKEN).unlink(missing_ok=True)


def _import_waiting(run: Run, config: ImportFilesConfig, staging: Staging) -> None:
    taken = staging.waiting()
    if not any(taken.values()):
        raise DatasetRefused("The photos to import are no longer here. Add them again.")
    reporter = Reporter(run, "import")
    if config.dataset:
        dataset = get_dataset(config.dataset)
        dataset = add_placed(dataset, staging.placed(), reporter)
    else:
        dataset = import_placed(staging.placed(), config.title, reporter)
    # First: once there is a result, none of them may go on waiting.
    files.write_json(run.folder / TAKEN, taken)
    _leave(run, dataset, config.dataset)


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
