"""One training as files that leave a lab and come into another; what comes in is hostile.

    config.json           what was asked: the run's id follows from it
    progress.jsonl        its epochs, and how it ended
    metrics.json, model.json, predictions.json, label.json      as in the run book
    head.safetensors, tail.safetensors                          what was learned

Nothing is kept as it came but the settings and the arrays: everything else is read, checked, and written
anew. Whether the arrays fit the network is for `tl_core.models` to say.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tl_core import files, runs
from tl_core.checks import Json
from tl_core.datasets.bringing.entries import Entry
from tl_core.datasets.bringing.projects import CONFIG
from tl_core.errors import DatasetRefused, ImageRefused
from tl_core.results.metrics import Metrics, TrainedModel
from tl_core.run_book import LABEL, Label, read_label
from tl_core.runs.progress import JobState, Snapshot, history_csv
from tl_core.training import Training, TrainingConfig

ENDED = (JobState.DONE, JobState.CANCELLED)
"""States of a training that has a result; one that was stopped keeps its best epoch."""
ARRAYS = (runs.HEAD_ARRAYS, runs.TAIL_ARRAYS)


def not_its(identifier: str, name: str) -> DatasetRefused:
    """Return the refusal of a training of which one file is not what it should be.

    Args:
        identifier: of the training.
        name: of the file.
    """
    return DatasetRefused(
        "The training {id} in this file cannot be opened: {name} is missing, damaged, or not what its "
        "settings and its dataset give. Take it home again.",
        id=identifier,
        name=name,
    )


@dataclass(frozen=True, kw_only=True)
class CarriedRun:
    """A training in an archive, read and checked but for its arrays.

    Args:
        id: follows from `record`.
        record: what its ``config.json`` holds.
        config: the same, read.
        shot: its epochs, and how it ended.
        metrics: what it is worth.
        model: what it made.
        predictions: its guesses as JSON; None for one of an earlier version of the lab.
        label: what people call it.
        arrays: what was learned, by the name of the file.
    """

    id: str
    record: Json
    config: TrainingConfig
    shot: Snapshot
    metrics: Metrics
    model: TrainedModel
    predictions: Json | None
    label: Label
    arrays: Mapping[str, Entry]


# Out


def carried_run(run: Training, shot: Snapshot) -> Iterator[tuple[str, bytes | Path]]:
    """Yield the files of a training that has results; large ones as paths."""
    record = {"kind": run.kind, "created": run.created, "config": run.config}
    yield CONFIG, _json(record)
    yield runs.PROGRESS, _lines(shot, run.created)
    for name in (runs.METRICS, runs.MODEL, runs.PREDICTIONS, *ARRAYS):
        if (run.folder / name).exists():
            yield name, run.folder / name
    label = read_label(run)
    if label != Label():
        yield LABEL, _json(vars(label))


def _lines(shot: Snapshot, created: float) -> bytes:
    """Return a progress file that says of epochs and end what `shot` does."""
    begun = shot.started or created
    events: list[Json] = [{"event": "state", "time": begun, "state": JobState.RUNNING}]
    for phase in shot.phases:
        about = {"phase": phase.name, "total": phase.total, "message": phase.message}
        for time, done in ((phase.started, phase.first), (phase.updated, phase.done)):
            events.append({"event": "progress", "time": time, "done": done, **about})
    for epoch in shot.epochs:
        events.append({"event": "epoch", "time": begun, "epoch": epoch["epoch"], "metrics": epoch})
    events.append({"event": "state", "time": shot.ended or begun, "state": shot.state})
    return b"".join(b"\n" + json.dumps(event).encode() + b"\n" for event in events)


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode()


# In


def write_run(carried: CarriedRun, folder: Path) -> None:
    """Write a training into an empty folder, of which nothing is read before it is in its place.

    Raises:
        DatasetRefused: an array file is damaged.
        OSError: the disk does not take it.
    """
    files.write_new(folder / CONFIG, _json(carried.record))
    files.write_new(folder / runs.PROGRESS, _lines(carried.shot, carried.record["created"]))
    for name, entry in carried.arrays.items():
        _write_pieces(folder / name, entry, carried.id)
    files.write_new(folder / runs.MODEL, _json(carried.model.as_json()))
    if carried.predictions is not None:
        files.write_new(folder / runs.PREDICTIONS, _json(carried.predictions))
    if carried.shot.epochs:
        files.write_new(folder / runs.HISTORY, history_csv(carried.shot.epochs))
    if carried.label != Label():
        files.write_new(folder / LABEL, _json(vars(carried.label)))
    files.write_new(folder / runs.METRICS, _json(carried.metrics.as_json()))


def _write_pieces(path: Path, entry: Entry, identifier: str) -> None:
    pieces = entry.pieces() if entry.pieces else iter([entry.read()])
    try:
        with path.open("xb") as file:
            file.writelines(pieces)
    except ImageRefused as error:  # damaged inside the archive
        raise not_its(identifier, path.name) from error
    path.chmod(files.FILE_ACCESS)
