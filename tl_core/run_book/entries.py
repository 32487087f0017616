"""The run book as people read it: what every training was and became, its name and note.

Whatever lies in a run's folder may be damaged or of another version: what cannot be read is None here and
never an exception, so that one bad folder does not hide the others.
"""

import functools
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from tl_core import files, runs
from tl_core.datasets import catalogue
from tl_core.errors import RunNotFound, SettingInvalid
from tl_core.inference.exported import drop_of_run
from tl_core.people import NOBODY, Person, ownership
from tl_core.results.metrics import Metrics, read_metrics
from tl_core.runs import Run
from tl_core.runs.snapshots import JobState, snapshot
from tl_core.training import Training, TrainingConfig, list_trainings
from tl_core.wording import clean_text

LABEL = "label.json"
MAX_TITLE, MAX_NOTE = 80, 500
"""Characters."""


@dataclass(frozen=True, kw_only=True)
class Label:
    """What somebody called a run and wrote about it; both are empty until then."""

    title: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One training as the run book lists it.

    Args:
        run: which.
        state: None if its progress file cannot be read.
        config: None if its settings cannot be read, or are those of another version.
        label: its own name and note.
        metrics: what it is worth; None if there is no result.
        seconds: what it took, or None.
        epochs: how many epochs it has behind it.
        people: marks of those who asked for it, the first one first.
    """

    run: Training
    state: JobState | None
    config: TrainingConfig | None
    label: Label
    metrics: Metrics | None = None
    seconds: float | None = None
    epochs: int = 0
    people: tuple[str, ...] = ()

    @property
    def damaged(self) -> bool:
        """Whether something is missing that should be there."""
        lost = self.state is JobState.DONE and self.metrics is None
        return self.state is None or self.config is None or lost


def read_entries() -> tuple[Entry, ...]:
    """Return all trainings, newest first; what has not changed since the last call is not read again."""
    book = runs.runs_dir()
    return tuple(_entry(run, book / run.id) for run in list_trainings())


def _entry(run: Training, folder: Path) -> Entry:
    entry = _read_entry(run, folder, _changed(folder), _changed(folder / runs.PROGRESS))
    if entry.state is not None and (entry.state.live or entry.state is JobState.INTERRUPTED):
        # Whether its worker is still there is written nowhere.
        with suppress(*runs.UNREADABLE):
            return replace(entry, state=snapshot(run).state)
    return entry


def _changed(path: Path) -> tuple[int, int]:
    """Return what differs once a line is appended to a file, or a file of a folder is replaced."""
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


@functools.lru_cache(maxsize=4096)
def _read_entry(run: Training, *_: Path | tuple[int, int]) -> Entry:
    people = ownership.people_of(run.folder)
    entry = Entry(run=run, state=None, config=_config(run), label=read_label(run), people=people)
    with suppress(*runs.UNREADABLE):
        shot = snapshot(run)
        entry = replace(entry, state=shot.state, epochs=len(shot.epochs))
        if shot.started and shot.ended:
            entry = replace(entry, seconds=float(shot.ended - shot.started))
    if entry.state in (JobState.DONE, JobState.CANCELLED):  # a stopped run keeps its best epoch
        with suppress(*runs.UNREADABLE):
            metrics = read_metrics(run)
            entry = replace(entry, metrics=metrics, seconds=metrics.seconds)
    return entry


def _config(run: Training) -> TrainingConfig | None:
    with suppress(*runs.UNREADABLE):
        return run.settings
    return None


def read_epochs(run: Run) -> tuple[dict[str, float], ...]:
    """Return the numbers of every epoch of a run, first to last; none if they cannot be read."""
    with suppress(*runs.UNREADABLE):
        return tuple(
            {name: float(value) for name, value in epoch.items() if isinstance(value, int | float)}
            for epoch in snapshot(run).epochs
        )
    return ()


# Name, note, and the end


def read_label(run: Run) -> Label:
    """Return the name and the note of a run; empty where there are none, or they are damaged."""
    with suppress(*runs.UNREADABLE):
        found = files.read_json(run.folder / LABEL)
        return clean_label(str(found["title"]), str(found["note"]))
    return Label()


def write_label(run: Run, title: str, note: str, by: Person = NOBODY) -> None:
    """Name a run and keep a note on it; cleaned, and cut at `MAX_TITLE` and `MAX_NOTE` characters.

    Raises:
        RunNotFound: the run was deleted.
        NotAllowed: somebody else was the first to ask for it.
    """
    runs.get_run(run.id)  # or the folder of a deleted run would come back
    ownership.check(run.folder, by, ownership.RUN)
    label = clean_label(title, note)
    files.write_json(run.folder / LABEL, {"title": label.title, "note": label.note})


def clean_label(title: str, note: str) -> Label:
    """Return a name and a note as they are kept."""
    return Label(title=clean_text(title)[:MAX_TITLE], note=clean_text(note)[:MAX_NOTE])


def delete_run(identifier: str, by: Person = NOBODY) -> bool:
    """Delete a run, or a damaged folder, with all that it holds; its links then say that it is gone.

    Args:
        identifier: of the run.
        by: who wants that.

    Returns:
        Whether it is gone; where others have asked for it too it stays theirs.

    Raises:
        SettingInvalid: the run waits or is running.
        RunNotFound: there is no such folder.
        NotAllowed: it belongs to others.
    """
    if not runs.is_run_id(identifier):
        raise RunNotFound("This link names no run. Choose one from the list, or train a new one.")
    folder = runs.runs_dir() / identifier
    if not ownership.give_up(folder, by, ownership.RUN):
        return False
    if _live(identifier):
        raise SettingInvalid(
            "Run {id} waits or is running, so it cannot be deleted. Stop it first.", id=identifier
        )
    _discard(folder)
    return True


def begin_anew(run: Run) -> Run:
    """Return the run of the same job as if nobody had done it yet: what it had made is gone.

    Whoever asked for it before has it still.
    """
    people = ownership.people_of(run.folder)
    _discard(run.folder)
    again = runs.open_run(run.kind, run.config)
    ownership.join(again.folder, *people)
    return again


def _discard(folder: Path) -> None:
    """Remove a run, and the network that was exported of it."""
    catalogue.discard(folder)
    drop_of_run(folder.name)


def _live(identifier: str) -> bool:
    with suppress(*runs.UNREADABLE):
        return snapshot(runs.get_run(identifier)).state.live
    return False
