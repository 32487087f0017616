"""The folder of all runs: finding a run by its configuration, by its id, or by its kind.

The id is derived from the configuration: the same configuration is the same run, so a double click starts
one job, and a link shows it in any tab.
"""

import functools
import os
import re
import time
from pathlib import Path

from tl_core import files
from tl_core.checks import JobConfig, Json
from tl_core.errors import RunNotFound
from tl_core.machine.refusals import of_the_machine
from tl_core.runs.amounts import read_time
from tl_core.runs.run import Run, gone, runs_dir

ID_LENGTH = 16


def run_id(kind: str, config: Json) -> str:
    """Return the id that `config` always gets: 16 hex digits."""
    return files.sha256_of_json({"kind": kind, "config": config})[:ID_LENGTH]


def open_run(kind: str, config: Json) -> Run:
    """Return the run of this configuration, making its folder when it is new, and mending a damaged one."""
    identifier = run_id(kind, config)
    record = {"kind": kind, "created": time.time(), "config": dict(config)}
    with files.new_folder(runs_dir() / identifier) as folder:
        files.write_json(folder / "config.json", record)
    try:
        return get_run(identifier)
    except RunNotFound:  # the id says what a lost record held
        files.write_json(runs_dir() / identifier / "config.json", record)
        return get_run(identifier)


def open_job(config: JobConfig) -> Run:
    """Return the run of a job, as `open_run` does."""
    return open_run(config.KIND, config.as_json())


def get_run(identifier: str, *kinds: str) -> Run:
    """Return a run of the run book.

    Args:
        identifier: its id, as a link may hold it.
        *kinds: the kinds that will do; every kind by default.

    Raises:
        RunNotFound: if there is none with this id and kind, or its folder is damaged.
    """
    no_run = RunNotFound("This link names no run. Choose one from the list, or train a new one.")
    if not is_run_id(identifier):
        raise no_run
    run = _find_run(runs_dir(), identifier)
    if run is None:
        raise gone(identifier)
    if kinds and run.kind not in kinds:
        raise no_run
    return run


def find_run(config: JobConfig) -> Run | None:
    """Return the run of this job, or None if nobody has asked for it."""
    try:
        return get_run(run_id(config.KIND, config.as_json()), config.KIND)
    except RunNotFound:
        return None


def is_run_id(text: str) -> bool:
    """Whether `text` has the form of a run's id; anything else never becomes part of a path."""
    return bool(re.fullmatch(rf"[0-9a-f]{{{ID_LENGTH}}}", text))


def _find_run(book: Path, identifier: str) -> Run | None:
    """Return a run, or None if its record is missing or damaged; costs a `stat` when nothing changed."""
    try:
        changed = (book / identifier / "config.json").stat().st_mtime_ns
        return _read_run(book, identifier, changed)
    except (OSError, ValueError, KeyError, TypeError, ArithmeticError, RecursionError) as error:
        if of_the_machine(error):  # or every run would be offered for deletion as damaged
            raise
        return None


@functools.lru_cache(maxsize=4096)
def _read_run(book: Path, identifier: str, changed: int) -> Run:
    """Read a run's record; `changed` is its time of change, so that a deleted run is not remembered."""
    record = files.read_json(book / identifier / "config.json")
    kind, config = str(record["kind"]), dict(record["config"])
    return Run(id=identifier, kind=kind, config=config, created=read_time(record["created"]))


def list_runs(kind: str) -> tuple[Run, ...]:
    """Return all runs of a kind, newest first; damaged folders are left out."""
    book = runs_dir()
    found = (run for one in list_ids(book) if (run := _find_run(book, one)) and run.kind == kind)
    return tuple(sorted(found, key=lambda run: run.created, reverse=True))


def list_damaged() -> tuple[str, ...]:
    """Return the ids of folders whose record cannot be read, of whatever kind they were."""
    book = runs_dir()
    return tuple(identifier for identifier in list_ids(book) if _find_run(book, identifier) is None)


def list_ids(book: Path | None = None) -> list[str]:
    """Return the ids of all folders of the run book, of whatever kind, also of damaged ones."""
    try:
        return sorted(filter(is_run_id, os.listdir(book or runs_dir())))
    except FileNotFoundError:
        return []
