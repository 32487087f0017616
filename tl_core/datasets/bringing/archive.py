"""Archives become datasets: their names decide the class, see `tl_core.datasets.archives`."""

from pathlib import Path

from tl_core.datasets.archives import opened
from tl_core.datasets.bringing.importer import import_entries
from tl_core.datasets.bringing.layout import Place, arrange
from tl_core.datasets.dataset import Dataset
from tl_core.runs.reporting import OnProgress


def import_zip(
    zip_path: Path, title: str, on_progress: OnProgress, on_unpacking: OnProgress | None = None
) -> Dataset:
    """Unpack the class folders in an archive into the catalogue.

    Args:
        zip_path: the archive.
        title: what people call the dataset.
        on_progress: is told of the files done.
        on_unpacking: is told of the bytes read where all is unpacked first; `on_progress` by default.

    Raises:
        DatasetRefused: it cannot be read, is encrypted, unpacks to too much, or cannot teach.
        JobCancelled: as raised by `on_progress`.
    """
    with opened(zip_path, title, on_unpacking or on_progress) as entries:
        return import_entries(entries, title, on_progress)


def list_places(zip_path: Path) -> list[Place]:
    """Return class and part of every file in a zip that has one; no file is unpacked.

    Raises:
        DatasetRefused: it is no archive that can be read, or is encrypted.
    """
    with opened(zip_path, zip_path.name, lambda done, total, message: None) as entries:
        found = arrange([entry.name for entry in entries])
    return [place for place in found if isinstance(place, Place)]
