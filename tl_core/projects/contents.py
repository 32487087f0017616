"""What goes into one zip that is taken home: which things, and whether another lab could show them.

A dataset that comes with every lab is not packed with the trainings on it.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import ClassVar

from tl_core import runs
from tl_core.checks import JobConfig, Json
from tl_core.datasets.bringing.carrying import carried_files
from tl_core.datasets.bringing.projects import FORMAT, PROJECT, VERSION
from tl_core.datasets.catalogue import BUILT_IN, get_dataset, list_datasets
from tl_core.datasets.dataset import Dataset
from tl_core.errors import DatasetRefused, LabError, RunNotFound
from tl_core.exports import FOLDER
from tl_core.machine.quotas import folder_bytes
from tl_core.projects.drafts import carried_draft, list_drafts
from tl_core.projects.people import people_json
from tl_core.projects.trainings import ENDED, carried_run
from tl_core.results.metrics import read_metrics, read_model
from tl_core.runs.snapshots import snapshot
from tl_core.training import Training, get_training, list_trainings

Source = Callable[[], bytes] | Path
"""What returns the bytes of a file, or where a large one lies."""


@dataclass(frozen=True, kw_only=True)
class PackConfig(JobConfig):
    """What is packed; equal configurations are the same job.

    Args:
        title: what people will call it.
        mark: changes when a run was trained further or named anew, see `pack_config`.
        datasets: ids.
        runs: ids of trainings; their datasets go with them.
        everything: all datasets, trainings and drafts of this lab instead.
    """

    KIND: ClassVar[str] = "pack"

    title: str
    mark: str
    datasets: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()
    everything: bool = False


@dataclass(frozen=True, kw_only=True)
class Content:
    """What goes into one zip. Of everything, what is not whole when its turn comes is left out.

    Args:
        config: what is asked for.
        datasets: ids.
        runs: trainings.
        packed: how many things of each kind `files` has yielded; ``left_out``: how many it could not.
    """

    config: PackConfig
    datasets: tuple[str, ...]
    runs: tuple[Training, ...]
    packed: Counter[str] = field(default_factory=Counter, compare=False)

    @classmethod
    def of(cls, config: PackConfig) -> "Content":
        """Return what a configuration asks for.

        Raises:
            RunNotFound, DatasetRefused: something that was asked for by name cannot be packed.
        """
        if config.everything:
            ids = [one.id for one in list_datasets() if not one.built_in]
            every = [run for run in list_trainings() if run.has_results]
            whole = tuple(run for run in every if _is_whole(run))
            return cls(
                config=config,
                datasets=tuple(ids),
                runs=whole,
                packed=Counter(left_out=len(every) - len(whole)),
            )
        chosen = tuple(get_training(identifier) for identifier in config.runs)
        for run in chosen:
            check_whole(run)
        used = [run.settings.dataset for run in chosen]
        come = {one.id for one in BUILT_IN}
        ids = [*config.datasets, *(one for one in used if one not in come)]
        for identifier in ids:
            get_dataset(identifier)
        return cls(config=config, datasets=tuple(dict.fromkeys(ids)), runs=chosen)

    def count(self) -> int:
        """How many files there will be, as far as that costs nothing to know."""
        return sum(len(one.images) for one in self._found()) + 6 * len(self.runs)

    def counts(self) -> dict[str, int]:
        """What the record says of it, once all files were yielded."""
        return {kind: self.packed[kind] for kind in ("datasets", "runs", "drafts", "left_out")}

    def size(self) -> int:
        """Bytes that it will have, about."""
        photos = sum(folder_bytes(one.folder) for one in self._found())
        arrays = sum(
            folder_bytes(run.folder) - folder_bytes(run.folder / FOLDER) for run in self.runs
        )
        drafts = (draft.folder for draft in list_drafts()) if self.config.everything else ()
        return photos + arrays + sum(map(folder_bytes, drafts))

    def _found(self) -> Iterator[Dataset]:
        for identifier in self.datasets:
            with suppress(DatasetRefused):  # deleted meanwhile
                yield get_dataset(identifier)

    def _people(self) -> Json:
        if not self.config.everything:
            return {}
        things = [f"datasets/{one}" for one in self.datasets]
        things += [f"runs/{run.id}" for run in self.runs]
        things += [f"drafts/{draft.token}" for draft in list_drafts()]
        return {"people": people_json(things)}

    def files(self) -> Iterator[tuple[str, Source]]:
        """Yield all files, each when its turn comes."""
        if len(self.datasets) == 1 and not self.runs and not self.config.everything:
            yield from carried_files(get_dataset(self.datasets[0]))
            self.packed["datasets"] += 1
            return
        head = {"format": FORMAT, "version": VERSION, "title": self.config.title}
        yield PROJECT, json.dumps({**head, **self._people()}, ensure_ascii=False).encode
        lost: set[str] = set()
        for identifier in self.datasets:
            if not (dataset := self._whole_dataset(identifier)):
                lost.add(identifier)
                continue
            for name, read in carried_files(dataset):
                yield f"datasets/{identifier}/{name}", read
            self.packed["datasets"] += 1
        for run in self.runs:
            if run.settings.dataset in lost or (self.config.everything and not _is_whole(run)):
                self.packed["left_out"] += 1
                continue
            yield from _run_files(run)
            self.packed["runs"] += 1
        for draft in list_drafts() if self.config.everything else ():
            kind = "left_out"
            for name, read in carried_draft(draft):
                kind = "drafts"
                yield f"drafts/{draft.token}/{name}", read
            self.packed[kind] += 1

    def _whole_dataset(self, identifier: str) -> Dataset | None:
        """Return a dataset; None, and noted, where it is one of everything and lacks photos.

        Raises:
            DatasetRefused: it was asked for by name, and is gone.
        """
        try:
            dataset = get_dataset(identifier)
            for image in dataset.images if self.config.everything else ():
                dataset.read(image)
        except DatasetRefused:
            if not self.config.everything:
                raise
            self.packed["left_out"] += 1
            return None
        return dataset


def _run_files(run: Training) -> Iterator[tuple[str, Source]]:
    for name, source in carried_run(run, snapshot(run)):
        whole = source if isinstance(source, Path) else partial(bytes, source)
        yield f"runs/{run.id}/{name}", whole


def check_whole(run: Training) -> None:
    """Refuse a training that another lab could not show.

    Raises:
        RunNotFound: it is at work, damaged, or its dataset was deleted or has changed.
    """
    config = run.settings
    if snapshot(run).state not in ENDED or not run.has_results:
        raise RunNotFound(
            "Run {id} is at work or has no result, so it cannot be taken home yet. Wait until it is done.",
            id=run.id,
        )
    read_metrics(run)
    model = read_model(run)
    for name in (runs.HEAD_ARRAYS, *([runs.TAIL_ARRAYS] if model.unfrozen else [])):
        if not (run.folder / name).exists():
            raise runs.damaged(run.id, name)
    try:
        same = config.fingerprint in ("", get_dataset(config.dataset).fingerprint)
    except DatasetRefused:
        same = False
    if not same:
        raise RunNotFound(
            "The dataset of run {id} was deleted, and without its photos another lab could not show the run. "
            "Take home another run, or its network alone.",
            id=run.id,
        )


def _is_whole(run: Training) -> bool:
    with suppress(LabError):
        check_whole(run)
        return True
    return False
