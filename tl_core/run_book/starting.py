"""Begin a training, wherever somebody asks for one: by its settings, which are its run."""

from collections.abc import Callable

from tl_core import runs
from tl_core.datasets import catalogue
from tl_core.errors import RunNotFound
from tl_core.results import predictions
from tl_core.results.metrics import read_metrics, read_model
from tl_core.runs import Run
from tl_core.runs.snapshots import JobState, snapshot
from tl_core.training import Training, TrainingConfig, open_training


def start_training(config: TrainingConfig, submit: Callable[[Run], object]) -> Training:
    """Queue a training and return its run; one that is done and whole stays as it is.

    Args:
        config: its settings.
        submit: queues a run that is not done, such as `Engine.submit`.

    Raises:
        LabError: whatever `submit` refuses with; the run is there all the same, and waits for another click.
    """
    run = open_training(config)
    mend(run)
    submit(run)
    return run


def mend(run: Run) -> None:
    """Let a training that is done be trained again if the disk has lost what the pages show of it.

    One whose numbers grew beyond all bounds is whole: another attempt would end alike.
    """
    progress = run.folder / runs.PROGRESS
    if progress.is_dir():  # nothing could be written there
        catalogue.discard(progress)
    if snapshot(run).state is JobState.DONE:
        try:
            for read in (read_metrics, read_model, predictions.list_parts):
                read(run)
        except RunNotFound:
            run.append("state", state=JobState.FAILED)
