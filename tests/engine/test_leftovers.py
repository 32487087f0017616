"""What a class leaves on disk, killed at random moments: counted by a walk of its own, not by the sweep."""

import hashlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from benchmarks.lab import Lab
from benchmarks.sessions import PLACES, Session
from tests.app import trainings as made
from tests.datasets.importing import import_files
from tests.datasets.samples import photos, zip_bytes
from tests.engine.conftest import wait_for
from tests.processes import below, workers_below
from tests.server.serving import finished
from tl_core import files, runs
from tl_core.datasets.bringing.staging import Staging, new_token
from tl_core.datasets.bringing.waiting import upload_path
from tl_core.datasets.catalogue import list_datasets
from tl_core.exports import ExportConfig, find_export
from tl_core.housekeeping import DAY, sweep
from tl_core.runs import Run
from tl_core.runs.snapshots import JobState, snapshot
from tl_core.training import TrainingConfig, open_training

ROOT = Path(__file__).parents[2]
SECONDS = {"short": 900, "full": 3000}
START_SECONDS = 180
TRIES = 8

WEB_PROCESS = """
import sys, time
from tl_core import exports, runs, settings
from tl_core.engine.client import Engine
from tl_core.errors import LabError
from tl_core.housekeeping import sweep_when_due
from tl_core.runs.snapshots import JobState, snapshot

tries = int(sys.argv[1])
formats, stopped, wanted = (list(filter(None, text.split(","))) for text in sys.argv[2:])
wanted = [runs.get_run(name) for name in wanted]
engine = Engine(settings.current(), sweep_when_due)
engine.start()
submitted, over = {}, set()
while len(over) < len(wanted):
    for number, run in enumerate(list(wanted)):
        state = snapshot(run).state
        if state is JobState.DONE and run.kind == "train" and formats:
            wanted.append(runs.open_run("export", exports.export_config(run, formats.pop()).as_json()))
        if state is JobState.RUNNING and run.id in stopped and snapshot(run).phases:
            engine.cancel(run)
        if state in (JobState.INTERRUPTED, JobState.FAILED) and submitted.get(run.id, 0) < tries:
            submitted[run.id] = submitted.get(run.id, 0) + 1
            engine.submit(run)
        elif not state.live:
            over.add(run.id)
    time.sleep(0.1)
engine.stop()
"""

KEPT = tuple(
    re.compile(pattern)
    for pattern in (
        r"(\w+/)?engine[^/]*\.log[^/]*",
        r"datasets/[0-9a-f]{16}/((dataset|plan)\.json|images/[0-9a-f]{32}\.\w+)",
        r"features/[0-9a-f]{32}/[0-9a-f]{32}/(manifest\.json|shard-\d{5}\.(npy|json))",
        r"likeness/[0-9a-f]{64}\.json",
        r"identity/folder\.json",
        r"runs/[0-9a-f]{16}/(config|metrics|model|predictions|dataset)\.json",
        r"runs/[0-9a-f]{16}/(progress\.jsonl|history\.csv|cancel|(head|tail)\.safetensors)",
        r"runs/[0-9a-f]{16}/thumbnails/\d+-\d+\.webp",
        r"runs/[0-9a-f]{16}/exports/\w+-[0-9a-f]{16}\.(zip|json)",
    )
)
"""What the lab means to keep, apart from the checkpoints of a training that can be resumed."""


@pytest.fixture(scope="module")
def dataset(data_dir: Path) -> str:
    return import_files({"a": photos(40), "b": photos(40, 100)}, "Photos", lambda *_: None).id


@pytest.fixture
def environment(data_dir: Path, tmp_path: Path) -> dict[str, str]:
    (tmp_path / "tmp").mkdir()
    return {**os.environ, "TMPDIR": str(tmp_path / "tmp")}


def trainings(dataset: str, count: int) -> list[Run]:
    configs = [
        TrainingConfig(
            dataset=dataset,
            size=64,
            batch=16,
            epochs=2,
            fine_epochs=2,
            unfrozen=2 if seed % 10 == 0 else 0,
            seed=seed,
        )
        for seed in range(count)
    ]
    return [open_training(config) for config in configs]


def zips(count: int, first: int = 200) -> list[Run]:
    """Return imports whose zips wait, as the page leaves them."""
    found = []
    for number in range(first, first + 300 * count, 300):
        pairs = [
            (f"{c}/{n}", d) for c, at in (("a", 0), ("b", 150)) for n, d in photos(80, number + at)
        ]
        data = zip_bytes(pairs)
        config = {"sha256": hashlib.sha256(data).hexdigest(), "title": f"Zip {number}"}
        run = runs.open_run("import", config)
        files.write_bytes(upload_path(run), data)
        found.append(run)
    return found


def collected(count: int) -> list[Run]:
    """Return imports of photos that were brought one by one."""
    found = []
    for number in range(count):
        draft = Staging(new_token())
        for name, first in (("a", 5000), ("b", 6000)):
            for file, data in photos(8, first + 10 * number):
                draft.add(name, file, data)
        config = {"staging": draft.token, "digest": draft.digest(), "title": "Mine", "dataset": ""}
        found.append(runs.open_run("import-files", config))
    return found


def work_through(
    wanted: Sequence[Run],
    stopped: Sequence[Run],
    formats: Sequence[str],
    environment: dict[str, str],
    kills: Iterator[str],
    chance: random.Random,
    seconds: float,
) -> list[str]:
    """Let a web process do it all, and kill what `kills` names at random moments; returns who was killed."""
    arguments = [
        ",".join(formats),
        *(",".join(run.id for run in some) for some in (stopped, wanted)),
    ]
    deadline = time.monotonic() + seconds
    command = [sys.executable, "-c", WEB_PROCESS, str(TRIES), *arguments]
    killed: list[str] = []
    while True:
        web = subprocess.Popen(command, cwd=ROOT, env=environment)
        try:
            until_at_work(web)
            family = below(web.pid) if web.poll() is None else []
            victim = next(kills, "")
            while victim and web.poll() is None:
                with suppress(subprocess.TimeoutExpired):
                    web.wait(chance.uniform(1, 12))
                    break
                killed.append(kill(web, victim, chance))
                # A worker may die for another one's life; the others take the engine with them.
                victim = next(kills, "") if victim == "worker" else ""
            code = web.wait(max(deadline - time.monotonic(), 1))
            if code == 0:
                return killed
            assert code == -signal.SIGKILL
        finally:
            web.kill()
            web.wait()
        until_gone(family)


def until_at_work(web: "subprocess.Popen[bytes]") -> None:
    wait_for(lambda: web.poll() is not None or len(below(web.pid)) >= 3, START_SECONDS)


def until_gone(family: Sequence[psutil.Process]) -> None:
    wait_for(lambda: not any(one.is_running() for one in family), START_SECONDS)


def kill(web: "subprocess.Popen[bytes]", victim: str, chance: random.Random) -> str:
    """Kill the web process, its engine with the web process behind it, or a worker."""
    engines = psutil.Process(web.pid).children()
    workers = workers_below(web.pid)
    if victim == "worker" and workers:
        chance.choice(workers).kill()
    elif victim == "engine" and engines:
        engines[0].kill()
        time.sleep(0.5)
        web.send_signal(signal.SIGKILL)
    else:
        web.send_signal(signal.SIGKILL)
    return victim


def leftovers(data_dir: Path) -> list[str]:
    """Return what nobody needs, by walking the disk."""
    found = []
    for parent, folders, names in os.walk(data_dir):
        empty = [name for name in folders if not os.listdir(Path(parent, name))]
        for name in [*names, *empty]:
            path = Path(parent, name)
            relative = path.relative_to(data_dir).as_posix()
            if not is_meant(path, relative) and relative not in ("uploads", "staging", "queues"):
                found.append(relative)
    return sorted(found)


def is_meant(path: Path, relative: str) -> bool:
    if relative.startswith("runs/"):
        folder = [path, *path.parents][relative.count("/") - 1]
        if not (folder / "config.json").exists():
            return False
        if re.fullmatch(r"(checkpoint|best)-(head|tail)\.safetensors", path.name):
            return last_state(folder) != "done"
    if "/exports/" in relative:
        return all(path.with_suffix(suffix).exists() for suffix in (".zip", ".json"))
    return any(pattern.fullmatch(relative) for pattern in KEPT)


def last_state(folder: Path) -> str:
    states = [
        json.loads(line) for line in (folder / "progress.jsonl").read_text().split("\n") if line
    ]
    return str([one["state"] for one in states if one["event"] == "state"][-1])


def a_day_later(data_dir: Path) -> None:
    """Let everything look a day older than it is."""
    for parent, folders, names in os.walk(data_dir):
        for name in [*folders, *names]:
            path = Path(parent, name)
            times = path.stat().st_mtime - DAY - 60
            os.utime(path, (times, times))


def check(
    data_dir: Path, environment: dict[str, str], wanted: Sequence[Run], stopped: Sequence[Run]
) -> None:
    """Assert that all is done, that nothing is left behind, and that nothing is missing."""
    before = len(leftovers(data_dir))
    for line in data_dir.glob("queues/*"):  # a minute later
        os.utime(line, (time.time() - 61,) * 2)
    sweep()
    waiting = [upload_path(run) for run in stopped if snapshot(run).state is not JobState.DONE]
    exports = [
        run for run in runs.list_runs("export") if snapshot(run).state is JobState.INTERRUPTED
    ]
    beats = [beat for run in exports if (beat := run.folder / "heartbeat").exists()]
    paths = sorted(path.relative_to(data_dir).as_posix() for path in (*waiting, *beats))
    assert leftovers(data_dir) == paths  # they can be resumed for a day
    a_day_later(data_dir)
    sweep()
    assert leftovers(data_dir) == []
    done = [run for run in wanted if run not in stopped]
    assert {snapshot(run).state for run in done} == {JobState.DONE}
    assert all(run.has_results for run in done if run.kind == "train")
    made = {run.read("dataset.json", dict)["dataset"] for run in done if run.kind != "train"}
    assert made <= {one.id for one in list_datasets()}
    for job in runs.list_runs("export"):
        if snapshot(job).state is JobState.DONE:
            trained = runs.get_run(str(job.config["run"]))
            assert find_export(trained, ExportConfig.from_json(job.config))
    print(f"leftovers before the sweep: {before}, after it: {paths}, a day later: 0")
    assert not list(Path(environment["TMPDIR"]).iterdir())


@pytest.mark.slow
def test_kills_leave_nothing_behind_after_the_sweep(
    data_dir: Path, dataset: str, environment: dict[str, str]
) -> None:
    done, stopped = zips(1), zips(1, first=900)
    wanted = [*trainings(dataset, 2), *done, *stopped, *collected(1)]
    kills, chance = iter(("web", "worker")), random.Random(1)
    seconds = SECONDS["short"]
    work_through(wanted, stopped, ["head"], environment, kills, chance, seconds)
    check(data_dir, environment, wanted, stopped)


@pytest.mark.slow
def test_a_class_leaves_nothing_behind_after_the_sweep(
    data_dir: Path, dataset: str, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """120 page openings, 30 trainings, imports, exports, and kills at random moments in all of them."""
    monkeypatch.setenv("TMPDIR", environment["TMPDIR"])
    monkeypatch.setattr("benchmarks.sessions.PAGE_SECONDS", START_SECONDS)
    assert finished(open_pages(made.done(made.open_run()), 12, data_dir)) == 12 * len(PLACES)
    chance, trained = random.Random(2), trainings(dataset, 30)
    done, stopped = zips(3, first=3200), zips(2, first=2000)
    wanted = [*stopped, *done, *collected(2), *trained]
    chance.shuffle(wanted)
    kills = iter(["worker", "web", "engine", "web", "worker"])
    formats = ["head", "keras"]
    killed = work_through(wanted, stopped, formats, environment, kills, chance, SECONDS["full"])
    print(f"killed: {killed}")
    check(data_dir, environment, wanted, stopped)


async def open_pages(run: Run, times: int, data_dir: Path) -> int:
    """Open every page so many times, and kill the server behind every third of them; returns how many."""
    opened = 0
    for _ in range(3):
        lab = Lab("classroom", data_dir)
        lab.start()
        try:
            for _ in range(times // 3):
                for place in PLACES:
                    async with Session(lab, place, run.id):
                        opened += 1
            family = below(lab.process.pid)
            lab.process.kill()
            lab.process.wait()
            until_gone(family)
        finally:
            if lab.process.is_running():
                lab.stop()
    return opened
