"""Trainings in the run book: runs that hold a `TrainingConfig`."""

from functools import cached_property

from tl_core import runs
from tl_core.runs import Run
from tl_core.training.config import TrainingConfig


class Training(Run):
    """A run that is a training, with its settings read once."""

    @classmethod
    def of(cls, run: Run) -> "Training":
        """Return a run, of which somebody else has made sure that it is a training, as one."""
        return run if isinstance(run, cls) else cls(**vars(run))

    @cached_property
    def settings(self) -> TrainingConfig:
        """What is trained.

        Raises:
            SettingInvalid: its settings are damaged, or those of another version of the lab.
        """
        return TrainingConfig.from_json(self.config)


def open_training(config: TrainingConfig) -> Training:
    """Return the training of this configuration, making its folder when it is new."""
    return Training.of(runs.open_job(config))


def get_training(identifier: str) -> Training:
    """Return a training of the run book.

    Raises:
        RunNotFound: there is none with this id, or its folder is damaged.
    """
    return Training.of(runs.get_run(identifier, TrainingConfig.KIND))


def list_trainings() -> tuple[Training, ...]:
    """Return all trainings, newest first; damaged folders are left out."""
    return tuple(map(Training.of, runs.list_runs(TrainingConfig.KIND)))
