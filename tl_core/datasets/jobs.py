"""The jobs that bring a dataset into the catalogue."""

from pathlib import Path

from tl_core import files, settings
from tl_core.datasets.archive import import_zip
from tl_core.datasets.download import download_cats_and_dogs
from tl_core.errors import DatasetRefused
from tl_core.reporting import Reporter
from tl_core.runs import Run

RESULT = "dataset.json"
"""In a finished run's folder: ``{"dataset": id}``."""


def upload_path(run: Run) -> Path:
    """Return where the zip of an import waits for a worker."""
    return settings.current().data_dir / "uploads" / f"{run.id}.zip"


def run_import(run: Run) -> None:
    """Import the zip that was uploaded for this run, and remove it.

    Raises:
        DatasetRefused: it cannot be read, or cannot teach.
        JobCancelled: somebody pressed Stop.
    """
    if (run.folder / RESULT).exists():
        return  # its worker died between the last word and the answer
    upload = upload_path(run)
    if not upload.exists():
        raise DatasetRefused("The uploaded file is no longer here. Upload it again.")
    try:
        dataset = import_zip(upload, str(run.config["title"]), Reporter(run, "import"))
    except DatasetRefused:
        upload.unlink()
        raise
    files.write_json(run.folder / RESULT, {"dataset": dataset.id})
    upload.unlink()


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
