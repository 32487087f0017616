"""Fetches datasets that are too large to come with the app, and checks what came before it is shown."""

import logging
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from tl_core import files
from tl_core.datasets import catalogue
from tl_core.datasets.bringing.archive import import_archive, list_places
from tl_core.datasets.dataset import Dataset
from tl_core.downloads import Meter, fetch, follow
from tl_core.errors import DatasetRefused, DownloadFailed
from tl_core.machine.refusals import explain
from tl_core.runs.reporting import OnProgress
from tl_core.wording import N_

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = (10.0, 30.0)
"""How long Google Drive may take to answer, and then stay silent."""
RETRIES = 2
ZIP_START = b"PK\x03\x04"


@dataclass(frozen=True, kw_only=True)
class RemoteDataset:
    """A zip on Google Drive, and how to recognise it.

    Args:
        title: what people call it.
        drive_id: the file's id on Google Drive.
        least_bytes: a smaller file is not it.
        most_bytes: a larger file is not it.
        parts: the parts that it brings.
        class_names: the classes in each part.
    """

    title: str
    drive_id: str
    least_bytes: int
    most_bytes: int
    parts: tuple[str, ...]
    class_names: tuple[str, ...]


CATS_AND_DOGS = RemoteDataset(
    title=N_("Cats and dogs"),
    drive_id="1nBE3N2cXQGwD8JaD0JZ2LmFD-n3D5hVU",
    least_bytes=30 * 10**6,
    most_bytes=300 * 10**6,
    parts=("train", "validation", "test"),
    class_names=("cats", "dogs"),
)


def download_cats_and_dogs(
    on_progress: OnProgress, mirror: str = "", on_reading: OnProgress | None = None
) -> Dataset:
    """Download ``cats_and_dogs_small`` (2,000 training, 1,000 validation, 1,000 test photos) and import it.

    Args:
        on_progress: is told of the bytes received.
        mirror: address of a copy of the zip; empty (the default) takes it from Google Drive.
        on_reading: is told of the files read; `on_progress` by default.

    Raises:
        DownloadFailed: no network, Google Drive's daily limit, or something else came.
        DiskUnusable: the disk is full, read-only, gone, or fails.
        DatasetRefused: a limit is lower than this dataset.
        JobCancelled: as raised by `on_progress`.
    """
    remote = CATS_AND_DOGS
    parent = catalogue.datasets_dir()
    parent.mkdir(parents=True, exist_ok=True)
    with files.temporary_folder(parent) as folder:
        path = folder / "download.zip"
        if mirror:
            _from_mirror(remote, mirror, path, on_progress)
        else:
            _from_drive(remote, path, on_progress)
        _check(remote, path)
        return import_archive(path, remote.title, on_reading or on_progress)


def _from_mirror(remote: RemoteDataset, mirror: str, path: Path, on_progress: OnProgress) -> None:
    message = N_("Downloading from the mirror")
    try:
        fetch(mirror, path, on_progress, max_bytes=remote.most_bytes, message=message)
    except DownloadFailed as error:
        logger.warning("dataset mirror: %s", error)
        raise DownloadFailed(
            "The mirror of {title} gave no usable file. Try again later, or use the built-in emoji dataset: "
            "it needs no network.",
            title=remote.title,
        ) from error


def _from_drive(remote: RemoteDataset, path: Path, on_progress: OnProgress) -> None:
    from gdown import download
    from gdown.exceptions import DownloadCancelled, DownloadError

    def transfer(meter: Meter) -> None:
        def advance(done: int, total: int | None) -> None:
            if done > remote.most_bytes:
                raise DownloadError(f"{done} bytes came, at most {remote.most_bytes} were expected")
            meter.advance(done, total)

        download(
            id=remote.drive_id,
            output=str(path),
            quiet=True,
            use_cookies=False,
            timeout=TIMEOUT_SECONDS,
            retries=RETRIES,
            progress=advance,
            cancel=meter.stop,
        )

    try:
        follow(transfer, on_progress, N_("Downloading from Google Drive"))
    except (OSError, DownloadError, DownloadCancelled) as error:
        if refused := explain(error):
            raise refused from error
        logger.warning("dataset download: %s", error)
        raise DownloadFailed(
            "{title} could not be downloaded: perhaps there is no network, or Google Drive's daily limit is "
            "reached. Try again later, or use the built-in emoji dataset: it needs no network.",
            title=remote.title,
        ) from error


def _check(remote: RemoteDataset, path: Path) -> None:
    """Refuse a file that is not the dataset: quota pages come with the name and status of the file."""
    if not _is_expected(remote, path):
        raise DownloadFailed(
            "What was downloaded is not the dataset {title}. Try again later, or use the built-in emoji "
            "dataset: it needs no network.",
            title=remote.title,
        )


def _is_expected(remote: RemoteDataset, path: Path) -> bool:
    with path.open("rb") as file:
        start = file.read(len(ZIP_START))
    if start != ZIP_START or not remote.least_bytes <= path.stat().st_size <= remote.most_bytes:
        return False
    try:
        places = list_places(path)
    except DatasetRefused:
        return False
    found = {(place.part, place.class_name.casefold()) for place in places}
    return found == set(product(remote.parts, remote.class_names))
