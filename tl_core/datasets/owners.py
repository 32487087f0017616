"""Whose the datasets of the catalogue are; those that come with the app are nobody's."""

from tl_core.datasets.catalogue import datasets_dir
from tl_core.datasets.dataset import Dataset
from tl_core.errors import NotAllowed
from tl_core.people import Person, ownership


def owners_of(id: str) -> tuple[str, ...]:
    """Return the marks of those who have brought or made a dataset, the first one first."""
    return ownership.people_of(datasets_dir() / id)


def hand_over(dataset: Dataset, *marks: str) -> None:
    """List people among those who have brought or made a dataset."""
    if dataset.folder.parent == datasets_dir():
        ownership.join(dataset.folder, *marks)


def deletion_refusal(id: str, by: Person) -> NotAllowed | None:
    """Return why `delete_dataset` would refuse an imported dataset; None if it would not."""
    return ownership.losing(datasets_dir() / id, by, ownership.DATASET)
