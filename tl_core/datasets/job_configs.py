"""What the jobs about datasets and other uploads are asked to do."""

from dataclasses import dataclass
from typing import ClassVar

from tl_core.checks import JobConfig, Json
from tl_core.datasets.reading.choices import LIKELY, Choices


@dataclass(frozen=True, kw_only=True)
class ScanConfig(JobConfig):
    """A look into an archive before anything of it is imported.

    Args:
        sha256: of the archive.
        title: its name, without the ending.
    """

    KIND: ClassVar[str] = "scan"

    sha256: str
    title: str


@dataclass(frozen=True, kw_only=True)
class ImportConfig(JobConfig):
    """The import of an archive.

    Args:
        sha256: of the archive.
        title: what people will call the dataset; unused with `dataset`.
        choices: about the plan that its scan has made; by default what is likely.
        dataset: id of the one that gets the photos as a new version; empty where they make a new one.
    """

    KIND: ClassVar[str] = "import"

    sha256: str
    title: str
    choices: Choices = LIKELY
    dataset: str = ""

    def as_json(self) -> Json:
        """Return the configuration as JSON; what is likely is left out, as before there was a choice."""
        usual = {"choices": LIKELY.as_json(), "dataset": ""}
        values = super().as_json()
        return {name: one for name, one in values.items() if one != usual.get(name)}


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
class ScoreConfig(JobConfig):
    """What a trained network says of every photo in an archive; none of them becomes part of a dataset.

    Args:
        sha256: of the archive.
        title: its name, without the ending.
        run: id of the network's training.
        trained: what changes when the training goes on (`exports.trained_mark`): it is another network then.
        titles: what people call the network's classes, in the order of its outputs, once for each language;
            a folder of such a name holds photos of that class.
    """

    KIND: ClassVar[str] = "score"

    sha256: str
    title: str
    run: str
    trained: str
    titles: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class UnpackConfig(JobConfig):
    """The opening of what a lab gave away: datasets, trainings and drafts, see `tl_core.projects`.

    Args:
        sha256: of the archive.
        title: its name, without the ending.
        people: whether everything becomes whose it was, as the archive says, and not whose this job is: only
            the teacher is believed that.
    """

    KIND: ClassVar[str] = "unpack"

    sha256: str
    title: str
    people: bool = False


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
