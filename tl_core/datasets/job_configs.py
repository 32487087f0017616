"""What the jobs about datasets are asked to do."""

from dataclasses import dataclass
from typing import ClassVar

from tl_core.checks import JobConfig


@dataclass(frozen=True, kw_only=True)
class ImportConfig(JobConfig):
    """The import of a zip.

    Args:
        sha256: of the zip.
        title: what people will call the dataset.
    """

    KIND: ClassVar[str] = "import"

    sha256: str
    title: str


@dataclass(frozen=True, kw_only=True)
class ImportFilesConfig(JobConfig):
    """The import of the files that wait in a staging folder; the job removes those that it has imported.

    Args:
        staging: token of the folder.
        digest: of the files in it.
        title: what people will call the dataset; unused with `dataset`.
        dataset: id of the one that gets the files as a new version; empty where they make a new one.
    """

    KIND: ClassVar[str] = "import-files"

    staging: str
    digest: str
    title: str = ""
    dataset: str = ""


@dataclass(frozen=True, kw_only=True)
class DownloadConfig(JobConfig):
    """The download of a dataset, and its import.

    Args:
        dataset: its name; there is one.
    """

    KIND: ClassVar[str] = "download"

    dataset: str = "cats_and_dogs_small"


@dataclass(frozen=True, kw_only=True)
class InspectConfig(JobConfig):
    """A look at every image of a dataset.

    Args:
        dataset: its id.
        validation, test, seed: as in `split`.
    """

    KIND: ClassVar[str] = "inspect"

    dataset: str
    validation: float
    test: float
    seed: int
