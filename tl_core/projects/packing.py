"""Datasets, trainings and drafts as one zip that another lab opens: arrays and JSON, and nothing that runs.

    a dataset alone      as `tl_core.datasets.bringing.carrying` says
    more than that       as `tl_core.datasets.bringing.projects` says

It lies with the exports of its job, ``runs/<id>/exports/``, under the same quota, and leaves like them.
A dataset that comes with every lab is not packed with the trainings on it.
"""

import json
import secrets
import shutil
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

from tl_core import files, runs
from tl_core.checks import JobConfig
from tl_core.datasets.bringing.carrying import carried_files
from tl_core.datasets.bringing.projects import FORMAT, PROJECT, VERSION
from tl_core.datasets.catalogue import BUILT_IN, get_dataset, list_datasets
from tl_core.errors import DatasetRefused, LabError, RunNotFound, SettingInvalid
from tl_core.exports import FOLDER, trained_mark
from tl_core.exports.kept import drop_oldest
from tl_core.machine.quotas import check_export, folder_bytes
from tl_core.people import Person
from tl_core.projects.drafts import carried_draft, list_drafts
from tl_core.projects.trainings import ENDED, carried_run
from tl_core.results.metrics import read_metrics, read_model
from tl_core.run_book import read_label
from tl_core.runs import Run
from tl_core.runs.reporting import Reporter
from tl_core.runs.snapshots import JobState, snapshot
from tl_core.training import Training, get_training, list_trainings
from tl_core.wording import N_

PACKING = N_("Pack what is taken home")
NO_TIME = (1980, 1, 1, 0, 0, 0)
"""The same things are the same zip, whenever they are packed."""
PACKED_SMALL = (".json", ".jsonl", ".csv", ".md")
"""Endings of what compresses well; photos and arrays do not."""
PIECE = 1 << 20

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
class Packed:
    """A zip that may be taken home.

    Args:
        path: where it is.
        size: bytes.
        datasets, runs, drafts: how many are in it.
        left_out: how many trainings are not, because they or their dataset are damaged or gone.
    """

    path: Path
    size: int
    datasets: int
    runs: int
    drafts: int
    left_out: int


def pack_config(title: str, datasets: Sequence[str] = (), runs: Sequence[Run] = ()) -> PackConfig:
    """Return the packing of datasets and trainings as they are now.

    Raises:
        RunNotFound: a training has no result.
    """
    state = [(run.id, trained_mark(run), vars(read_label(run))) for run in runs]
    return PackConfig(
        title=title,
        mark=files.sha256_of_json(state)[:16],
        datasets=tuple(sorted(datasets)),
        runs=tuple(sorted(run.id for run in runs)),
    )


def pack_everything(title: str, by: Person) -> PackConfig:
    """Return the packing of all that is in this lab now; every call is another job.

    Raises:
        SettingInvalid: only the teacher takes the work of others home.
    """
    check_teacher(by)
    return PackConfig(title=title, mark=secrets.token_hex(8), everything=True)


def check_teacher(by: Person) -> None:
    """Refuse everything of a class to others.

    Raises:
        SettingInvalid: says who may have it.
    """
    if not by.teacher:
        raise SettingInvalid(
            "Only the teacher can take everything of a class home. Take your own datasets and runs home, or "
            "ask the teacher."
        )


def pack_again(config: PackConfig) -> Run:
    """Return the run of a packing; one that is done, and whose zip has left, begins anew."""
    job = runs.open_job(config)
    if snapshot(job).state is JobState.DONE and not find_packed(job):
        job.append("state", state=JobState.FAILED)
    return job


def packed_path(job: Run) -> Path:
    """Return where the zip of a packing is kept; its record has the suffix ``.json``."""
    return job.folder / FOLDER / f"project-{job.id}.zip"


def find_packed(job: Run) -> Packed | None:
    """Return the zip that a packing has made, or None."""
    path = packed_path(job)
    try:
        record = files.read_json(path.with_suffix(".json"))
        counts = {name: int(record[name]) for name in ("datasets", "runs", "drafts", "left_out")}
        size = path.stat().st_size
        return Packed(path=path, size=size, **counts) if size == record["size"] else None
    except (OSError, *runs.WRONG_SHAPE):
        return None


def run_pack(job: Run) -> None:
    """Make the zip that a packing asks for, unless it is there.

    Raises:
        JobCancelled: somebody pressed Stop; nothing is left behind.
        RunNotFound, DatasetRefused: something of it is gone, damaged or too large.
        DiskUnusable: the disk is full, read-only, gone, or fails.
    """
    if find_packed(job):
        return
    config = PackConfig.from_json(job.config)
    content = _Content.of(config)
    check_export(content.size())
    path = packed_path(job)
    report = Reporter(job, PACKING, content.count(), 0)
    with files.new_file(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for done, (name, source) in enumerate(content.files()):
            report(done, max(content.count(), done + 1))
            _add(archive, name, source)
    record = {**content.counts(), "size": path.stat().st_size}
    files.write_json(path.with_suffix(".json"), record)
    report(content.count(), content.count())
    drop_oldest(keep=path)


def _add(archive: zipfile.ZipFile, name: str, source: Source) -> None:
    info = zipfile.ZipInfo(name, NO_TIME)
    if name.endswith(PACKED_SMALL):
        info.compress_type = zipfile.ZIP_DEFLATED
    if not isinstance(source, Path):
        archive.writestr(info, source())
        return
    with source.open("rb") as file:
        info.file_size = source.stat().st_size
        with archive.open(info, "w") as target:
            shutil.copyfileobj(file, target, PIECE)


@dataclass(frozen=True, kw_only=True)
class _Content:
    """What goes into one zip."""

    config: PackConfig
    datasets: tuple[str, ...]
    runs: tuple[Training, ...]
    left_out: int = 0

    @classmethod
    def of(cls, config: PackConfig) -> "_Content":
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
                left_out=len(every) - len(whole),
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
        images = sum(len(get_dataset(identifier).images) for identifier in self.datasets)
        return images + 6 * len(self.runs)

    def counts(self) -> dict[str, int]:
        """What the record says of it."""
        return {
            "datasets": len(self.datasets),
            "runs": len(self.runs),
            "drafts": sum(1 for _ in list_drafts()) if self.config.everything else 0,
            "left_out": self.left_out,
        }

    def size(self) -> int:
        """Bytes that it will have, about."""
        photos = sum(folder_bytes(get_dataset(one).folder) for one in self.datasets)
        arrays = sum(
            folder_bytes(run.folder) - folder_bytes(run.folder / FOLDER) for run in self.runs
        )
        drafts = (draft.folder for draft in list_drafts()) if self.config.everything else ()
        return photos + arrays + sum(map(folder_bytes, drafts))

    def files(self) -> Iterator[tuple[str, Source]]:
        """Yield all files, each when its turn comes."""
        if len(self.datasets) == 1 and not self.runs and not self.config.everything:
            yield from carried_files(get_dataset(self.datasets[0]))
            return
        head = {"format": FORMAT, "version": VERSION, "title": self.config.title}
        yield PROJECT, json.dumps({**head, **self.counts()}, ensure_ascii=False).encode
        for identifier in self.datasets:
            for name, read in carried_files(get_dataset(identifier)):
                yield f"datasets/{identifier}/{name}", read
        for run in self.runs:
            for name, source in carried_run(run, snapshot(run)):
                whole = source if isinstance(source, Path) else partial(bytes, source)
                yield f"runs/{run.id}/{name}", whole
        for draft in list_drafts() if self.config.everything else ():
            for name, read in carried_draft(draft):
                yield f"drafts/{draft.token}/{name}", read


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
