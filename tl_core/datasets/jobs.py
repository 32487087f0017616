"""The jobs that bring a dataset into the catalogue."""

from pathlib import Path

from tl_core import files, settings
from tl_core.datasets.archive import import_zip
from tl_core.datasets.download import download_cats_and_dogs
from tl_core.reporting import Reporter
from tl_core.runs import Run

RESULT = "dataset.json"
"""In a finished run's folder: ``{"dataset": id}``."""


def uploads_dir() -> Path:
    """Return the folder where an uploaded zip waits for its import."""
    return settings.current().data_dir / "uploads"


def run_import(run: Run) -> None:
    """Import the uploaded zip that the run names, and remove it.

    Raises:
        DatasetRefused: it cannot be read, or cannot teach.
        JobCancelled: somebody pressed Stop.
    """
    upload = uploads_dir() / f"{run.config['sha256']}.zip"
    dataset = import_zip(upload, str(run.config["title"]), Reporter(run, "import"))
    files.write_json(run.folder / RESULT, {"dataset": dataset.id})
    upload.unlink(missing_ok=True)


def run_download(run: Run) -> None:
    """Download `cats_and_dogs_small` and import it.

    Raises:
        DownloadFailed: there is no network, or what came is not the dataset.
        JobCancelled: somebody pressed Stop.
    """
    dataset = download_cats_and_dogs(
        Reporter(run, "download"), mirror=settings.current().dataset_mirror
    )
    files.write_json(run.folder / RESULT, {"dataset": dataset.id})
