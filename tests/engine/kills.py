"""A lab that is killed on purpose: its web process, its engine, its workers, in any phase of a job."""

import io
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from tests.datasets.importing import import_files
from tests.processes import below, command, workers_below
from tl_core import files, images, runs, settings
from tl_core.datasets.bringing.waiting import upload_path
from tl_core.exports import ExportConfig, export_path, trained_mark
from tl_core.runs import Run
from tl_core.runs.progress import read_events
from tl_core.runs.snapshots import JobState, Snapshot, snapshot
from tl_core.settings import PROJECT
from tl_core.training import TrainingConfig, open_training
from tl_core.training.augmentation import Augmentation

STUCK_SECONDS = 300
ORPHAN_SECONDS = 20
IN_A_ROW = 6
"""Kills of a worker and of those that are started in its place."""

WEB_PROCESS = """
import signal, sys, time
from tl_core import runs, settings
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in what a shell runs in the background
from tl_core.engine.client import Engine
engine = Engine(settings.current())
engine.start()
engine.submit(runs.get_run(sys.argv[1]))
time.sleep(3600)
"""

LIVING = (JobState.QUEUED, JobState.RUNNING, JobState.DONE)
"""What may be said of a job whose web process is there."""
TIMES = ("seconds_features", "seconds_head", "images_computed", "images_reused")
"""In ``metrics.json``: true of the last attempt alone."""


@dataclass
class Tally:
    """What the kills have come to, by what was killed and in which phase."""

    kills: dict[tuple[str, str], int] = field(default_factory=dict)
    wrong_words: list[str] = field(default_factory=list)
    wrong_numbers: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    most_again: int = 0

    @property
    def total(self) -> int:
        return sum(self.kills.values())

    def add(self, target: str, phase: str) -> None:
        self.kills[target, phase] = self.kills.get((target, phase), 0) + 1

    def table(self) -> str:
        rows = [
            f"{target:<14} {phase:<10} {n:>4}" for (target, phase), n in sorted(self.kills.items())
        ]
        ends = [
            f"{self.total} kills: {len(self.stuck)} stuck, {len(self.wrong_words)} wrong words, "
            f"{len(self.wrong_numbers)} wrong numbers, at most {self.most_again} epoch or shard again",
            *self.stuck,
            *self.wrong_words,
            *self.wrong_numbers,
        ]
        return "\n".join(["killed         phase      kills", *rows, *ends])


class Stuck(Exception):
    """A job did not end in time."""


class Lab:
    """One data folder with one job, and the web process that runs it.

    Args:
        folder: the data folder; everything that this process reads of the run book is read there.
        tally: where kills and their consequences are counted.
        random: decides when and whom.
    """

    def __init__(self, folder: Path, tally: Tally, random: random.Random) -> None:
        os.environ["TL_DATA_DIR"] = str(folder)
        self.tally, self.random = tally, random
        self.web: subprocess.Popen[bytes] | None = None

    def start(self, run: Run) -> None:
        """Start a web process that queues the run, as somebody does who presses Train or Resume."""
        self.run = run
        self.web = subprocess.Popen(
            [sys.executable, "-c", WEB_PROCESS, run.id], cwd=PROJECT, start_new_session=True
        )
        self.wait_until(lambda shot: shot.state in LIVING, watch=False)

    def end(self) -> None:
        """End the web process; nothing of it may be left."""
        if self.web:
            family = self.family()
            self.web.kill()
            self.web.wait()
            self.gone(family)
            self.web = None

    def wait_until(self, reached: Callable[[Snapshot], bool], *, watch: bool = True) -> Snapshot:
        """Return the first snapshot for which `reached` is true; every word on the way must be true."""
        deadline = time.monotonic() + STUCK_SECONDS
        while not reached(shot := snapshot(self.run)):
            if watch and shot.state not in LIVING:
                self.tally.wrong_words.append(f"{shot.state} while it ran: {shot.error}")
                raise Stuck(str(shot.state))
            if time.monotonic() > deadline:
                raise Stuck(f"{shot.state} for {STUCK_SECONDS} s, {shot.phases}")
            time.sleep(0.02)
        return shot

    def in_phase(self, phase: str) -> None:
        """Wait until the job is somewhere in a phase; ``start`` is what comes before the first."""

        def reached(shot: Snapshot) -> bool:
            if shot.state is JobState.DONE or phase == "start":
                return shot.state is not JobState.QUEUED
            return bool(shot.phases) and shot.phases[-1].name == phase

        self.wait_until(reached)
        time.sleep(self.random.uniform(0, 0.8))

    @property
    def phase(self) -> str:
        shot = snapshot(self.run)
        return shot.phases[-1].name if shot.phases else "start"

    # Who is who

    def family(self) -> list[psutil.Process]:
        return below(self.web.pid) if self.web else []

    def engines(self) -> list[psutil.Process]:
        return [process for process in self.family() if "tl_core.engine" in command(process)]

    def workers(self) -> list[psutil.Process]:
        return workers_below(self.web.pid) if self.web else []

    # Kills

    def kill(self, target: str) -> None:
        """Kill ``web``, ``engine``, ``worker``, or ``starting`` workers, and see what is said of it."""
        {
            "web": self.kill_web,
            "engine": self.kill_engine,
            "worker": self.kill_worker,
            "starting": self.kill_starting,
        }[target]()

    def kill_web(self) -> None:
        assert self.web is not None
        family, phase, done = self.family(), self.phase, finished(self.run)
        # In every way in which servers end; Ctrl-C in a terminal goes to the whole group.
        how = self.random.choice([signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
        os.killpg(self.web.pid, how)
        self.web.wait()
        self.tally.add("web", phase)
        for _ in range(20):  # what still runs for a moment must not say otherwise
            shot = snapshot(self.run)
            if shot.state not in (JobState.INTERRUPTED, JobState.DONE):
                self.tally.wrong_words.append(f"{shot.state} after the web process was killed")
            time.sleep(0.05)
        self.gone(family)
        self.start(self.run)
        self.compare(done)

    def kill_engine(self) -> None:
        done = finished(self.run)
        self._kill("engine", self.random.choice(self.engines() or [None]))
        self.compare(done)

    def kill_worker(self) -> None:
        done = finished(self.run)
        self._kill("worker", self.random.choice(self.workers() or [None]))
        self.compare(done)

    def kill_starting(self) -> None:
        """Kill a worker, and then those that are started in its place, before they are there."""
        done = finished(self.run)
        seen = {process.pid for process in self.workers()}
        self._kill("worker", self.random.choice(self.workers() or [None]))
        for _ in range(self.random.randint(1, IN_A_ROW - 1)):
            process = self._new_worker(seen)
            if process is None:
                break
            time.sleep(self.random.choice([0, 0, 0.3, 0.8]))
            self._kill("starting", process)
        self.compare(done)

    def _new_worker(self, seen: set[int]) -> psutil.Process | None:
        deadline = time.monotonic() + STUCK_SECONDS
        while time.monotonic() < deadline:
            for process in self.workers():
                if process.pid not in seen:
                    seen.add(process.pid)
                    return process
            if snapshot(self.run).state is JobState.DONE:
                return None
            time.sleep(0.01)
        raise Stuck("no worker is started any more")

    def _kill(self, target: str, process: psutil.Process | None) -> None:
        if process is None:
            return
        phase = self.phase
        with suppress(psutil.NoSuchProcess):
            process.kill()
            self.tally.add(target, phase)

    def gone(self, family: list[psutil.Process]) -> None:
        _, alive = psutil.wait_procs(family, ORPHAN_SECONDS)
        if alive:
            self.tally.stuck.append(f"orphans: {alive}")
            for process in alive:
                process.kill()

    def compare(self, done: int) -> None:
        """Count how much of what had been reported as done is done again by the next attempt."""
        began = len(_attempts(self.run))
        self.wait_until(
            lambda shot: (
                shot.state is JobState.DONE or len(_attempts(self.run)) > began or _moved(shot)
            )
        )
        again = max(epochs_again(self.run), done - max(finished(self.run), done))
        self.tally.most_again = max(self.tally.most_again, again)


def _moved(shot: Snapshot) -> bool:
    return bool(shot.phases)


# What was done, and how often


def _attempts(run: Run) -> list[list[dict[str, Any]]]:
    """Return the events of a run, attempt by attempt."""
    found: list[list[dict[str, Any]]] = [[]]
    with suppress(FileNotFoundError):
        for event in read_events(run.folder / runs.PROGRESS):
            if event["event"] == "state" and event["state"] == "running":
                found.append([])
            found[-1].append(event)
    return found[1:]


def finished(run: Run) -> int:
    """Return how many features the attempts so far have reported as computed and kept."""
    done = [
        event["done"]
        for attempt in _attempts(run)
        for event in attempt
        if event["event"] == "progress" and event["phase"] == "features"
    ]
    return max(done, default=0)


def epochs_again(run: Run) -> int:
    """Return the most epochs that one attempt has repeated of those before it."""
    most, last = 0, 0
    for attempt in _attempts(run):
        epochs = [event["epoch"] for event in attempt if event["event"] == "epoch"]
        if epochs:
            most = max(most, last - epochs[0] + 1)
            last = max(last, epochs[-1])
    return most


def features_again(run: Run) -> int:
    """Return the most images that an attempt computed though one before had reported them as kept."""
    most, last = 0, 0
    for attempt in _attempts(run):
        done = [
            event["done"]
            for event in attempt
            if event["event"] == "progress" and event["phase"] == "features"
        ]
        if done:
            most, last = max(most, last - done[0]), max(last, *done)
    return most


# Jobs, and what comes out of them


def make_dataset(folder: Path, images_a_class: int = 40) -> str:
    os.environ["TL_DATA_DIR"] = str(folder)
    return import_files(_classes(images_a_class), "Dark and light", lambda *_: None).id


def _classes(images_a_class: int) -> dict[str, list[tuple[str, bytes]]]:
    numbers = np.random.default_rng(0)
    return {
        name: [
            (
                f"{name}{i}.png",
                images.encode_png(numbers.integers(low, low + 100, (64, 64, 3), dtype=np.uint8)),
            )
            for i in range(images_a_class)
        ]
        for name, low in (("dark", 0), ("light", 150))
    }


def training(dataset: str) -> Run:
    """Return a training with all phases: features with two changed copies, head, tail."""
    config = TrainingConfig(
        dataset=dataset,
        size=64,
        batch=8,
        epochs=12,
        unfrozen=2,
        fine_epochs=8,
        copies=2,
        augmentation=Augmentation(flip_horizontal=True),
    )
    return open_training(config)


def export(trained: Run) -> Run:
    config = ExportConfig(run=trained.id, format="head", trained=trained_mark(trained))
    return runs.open_run("export", config.as_json())


def upload() -> Run:
    """Return an import of many images, whose zip waits."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, pictures in _classes(600).items():
            for file, data in pictures:
                archive.writestr(f"{name}/{file}", data)
    run = runs.open_run("import", {"title": "Many", "sha256": "0" * 64})
    files.write_bytes(upload_path(run), packed.getvalue())
    return run


def outcome(run: Run) -> dict[str, str]:
    """Return the SHA-256 of everything that a job has left, by its name."""
    if run.kind == "export":
        config = ExportConfig.from_json(run.config)
        with zipfile.ZipFile(export_path(runs.get_run(config.run), config)) as archive:
            return {
                name: files.sha256_of_json(archive.read(name).hex()) for name in archive.namelist()
            }
    kept = {path.name: path for path in run.folder.glob("*.safetensors")}
    kept |= {path.name: path for path in run.folder.glob("history.csv")}
    kept |= {path.name: path for path in run.folder.glob("dataset.json")}
    for kind in ("features", "datasets"):
        root = settings.current().data_dir / kind
        kept |= {
            str(path.relative_to(root)): path
            for path in root.rglob("*")
            if path.is_file()
            and path.suffix in (".npy", ".webp", ".png", ".jpg")
            and files.TEMPORARY not in str(path)  # left by a kill, never read, swept later
        }
    found = {name: files.sha256_of_file(path) for name, path in kept.items()}
    if (run.folder / runs.METRICS).exists():
        metrics = files.read_json(run.folder / runs.METRICS)
        found[runs.METRICS] = files.sha256_of_json(
            {name: value for name, value in metrics.items() if name not in TIMES}
        )
        found["epochs"] = json.dumps([dict(epoch) for epoch in snapshot(run).epochs])
    return found


def differences(found: dict[str, str], expected: dict[str, str]) -> list[str]:
    names = sorted(found.keys() | expected.keys())
    return [name for name in names if found.get(name) != expected.get(name)]


def copy_folder(source: Path, target: Path) -> Path:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)
    return target
