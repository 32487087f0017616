"""What a pupil may open: a file brings photos and trainings that nobody has waited for in a line."""

from collections.abc import Sequence

from tl_core.datasets.bringing.projects import Project
from tl_core.datasets.dataset import Dataset
from tl_core.datasets.job_configs import UnpackConfig
from tl_core.errors import DatasetRefused
from tl_core.people import Person, ownership
from tl_core.runs import Run
from tl_core.teacher import is_pupil
from tl_core.teacher.photos import check_brought

MOST_RUNS = 200
"""Trainings in a file that a pupil opens."""


def admitted(job: Run, project: Project, datasets: Sequence[Dataset]) -> tuple[str, ...]:
    """Return the marks of those who have asked for an opening and may have what is in the file.

    Args:
        job: the opening.
        project: the file.
        datasets: those in it.

    Raises:
        DatasetRefused: it is too much for every one of them; tells why.
    """
    people = ownership.people_of(job.folder)
    if UnpackConfig.from_json(job.config).people:  # only the teacher is believed that
        return people
    may, refused = [], None
    for mark in people or ("",):
        try:
            _check(project, datasets, Person(id=mark))
            may.append(mark)
        except DatasetRefused as error:
            refused = error
    if refused and not may:
        raise refused
    return tuple(may)


def _check(project: Project, datasets: Sequence[Dataset], by: Person) -> None:
    if is_pupil(by) and len(project.runs) > MOST_RUNS:
        raise DatasetRefused(
            "This file holds {count} trainings, and a pupil may open at most {most} at once. Take fewer of "
            "them home, or ask your teacher to open the file.",
            count=len(project.runs),
            most=MOST_RUNS,
        )
    check_brought(datasets, by)
