"""Datasets, trainings and drafts as one zip that another lab opens: arrays and JSON, and nothing that runs.

    a dataset alone      as `tl_core.datasets.bringing.carrying` says
    more than that       as `tl_core.datasets.bringing.projects` says

It lies with the exports of its job, ``runs/<id>/exports/``, under the same quota, and leaves like them.
"""

import secrets
import shutil
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tl_core import files, runs
from tl_core.datasets.archives.tally import most_listed, most_named
from tl_core.errors import DatasetRefused
from tl_core.exports import FOLDER, trained_mark
from tl_core.exports.kept import drop_oldest
from tl_core.machine.quotas import check_export
from tl_core.people import Person
from tl_core.projects.anew import open_anew
from tl_core.projects.contents import Content, PackConfig, Source
from tl_core.run_book import read_label
from tl_core.runs import Run
from tl_core.runs.reporting import Reporter
from tl_core.teacher import only_the_teacher
from tl_core.wording import N_

PACKING = N_("Pack what is taken home")
NO_TIME = (1980, 1, 1, 0, 0, 0)
"""The same things are the same zip, whenever they are packed."""
PACKED_SMALL = (".json", ".jsonl", ".csv", ".md")
"""Endings of what compresses well; photos and arrays do not."""
ROW_BYTES = 46
"""Of a file in the table of contents of a zip, beside its name."""
PIECE = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Packed:
    """A zip that may be taken home.

    Args:
        path: where it is.
        size: bytes.
        datasets, runs, drafts: how many are in it.
        left_out: how many things are not, because they, or the dataset of a training, are damaged or gone.
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
        NotAllowed: only the teacher takes the work of others home.
    """
    only_the_teacher(by)
    return PackConfig(title=title, mark=secrets.token_hex(8), everything=True)


def pack_again(config: PackConfig) -> Run:
    """Return the run of a packing; one that is done, and whose zip has left, begins anew."""
    return open_anew(config, lambda job: not find_packed(job))


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
    content = Content.of(config)
    check_export(content.size())
    path, total = packed_path(job), content.count()
    _check_listed(total, 0)
    report = Reporter(job, PACKING, total)
    with files.new_file(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        table = 0
        for done, (name, source) in enumerate(content.files()):
            table += len(name.encode()) + ROW_BYTES
            _check_listed(done + 1, table)
            report(done, max(total, done + 1))
            _add(archive, name, source)
    record = {**content.counts(), "size": path.stat().st_size}
    files.write_json(path.with_suffix(".json"), record)
    report(total, total)
    drop_oldest(keep=path)


def _check_listed(count: int, table: int) -> None:
    """Refuse more files, or a larger table of contents, than `opened` reads: nobody could open them."""
    if count > most_listed() or table > most_named():
        raise DatasetRefused(
            "This file would hold more files, or longer names of files, than a lab opens at once ({most} "
            "files). Take less home at once, or raise TL_MAX_DATASET_FILES here and where it is opened.",
            most=most_listed(),
        )


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
