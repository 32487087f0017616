"""The README's cluster, word for word, on three hosts with one shared folder."""

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engine import hosts
from tests.engine.conftest import wait_for
from tests.engine.hosts import Hosts
from tl_core import runs
from tl_core.exports import export_config, find_export
from tl_core.results.metrics import read_metrics
from tl_core.runs.snapshots import JobState
from tl_core.settings import PROJECT
from tl_core.training import TrainingConfig, open_training
from tl_core.training.augmentation import Augmentation

pytestmark = pytest.mark.skipif(bool(hosts.missing()), reason=hosts.missing() or "-")

README_ADDRESS = "192.168.0.10"
SCHEDULER, FIRST, SECOND = 1, 2, 3
"""The hosts; the web process runs beside the scheduler."""
WEB_SIDE = "python -m tests.engine.web_side"
BACK_SECONDS = 120
"""Dask calls a silent connection dead after 30 s."""
JOB_SECONDS = 400
SOME = 100
"""Images of 785, after which a job is called in the middle."""
LIVE = (JobState.QUEUED, JobState.RUNNING)
FILES = ("history.csv", "predictions.json")


def recipe(transport: str) -> tuple[list[str], list[str]]:
    """Return the README's three lines for a transport, and those that make its certificate."""
    readme = (PROJECT / "README.md").read_text()
    section = readme[readme.index("**A cluster**") : readme.index("## What can be trained")]
    lines, certificate = (
        block.splitlines() for block in re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    )
    assert re.search(r"write `tls://` instead of `tcp://`", section)
    address = Hosts.address(SCHEDULER)
    lines = [line.replace(README_ADDRESS, address) for line in lines]
    if transport == "tcp":
        return lines, []
    return [line.replace("tcp://", "tls://") for line in lines], certificate


class Cluster:
    """The README's lines on three hosts: a scheduler, two that compute, and the web process's side."""

    def __init__(self, transport: str, folder: Path) -> None:
        self.transport = transport
        self.data = folder / "data"
        self.project = folder / "project"
        # A copy: a worker that starts anew while somebody edits the code would be turned away, as it should.
        shutil.copytree(PROJECT / "tl_core", self.project / "tl_core")
        for name in ("tests", "requirements.txt"):
            (self.project / name).symlink_to(PROJECT / name)
        environment = {
            "TL_DATA_DIR": str(self.data),
            "TL_THREADS": "1",
            "TF_CPP_MIN_LOG_LEVEL": "3",
        }
        self.hosts = Hosts(3, environment)
        self.lines, certificate = recipe(transport)
        self.prefix = ""
        if certificate:
            make, export = certificate
            subprocess.run(make, shell=True, cwd=self.project, check=True, capture_output=True)
            self.prefix = f"{export} && "
        self.processes: dict[str, Any] = {}

    def start(self) -> None:
        serve, work, _ = self.lines
        self.processes["scheduler"] = self.line(SCHEDULER, serve)
        self.processes["workers"] = [self.line(host, work) for host in (FIRST, SECOND)]
        self.web = self.line(
            SCHEDULER,
            self.lines[2].replace("streamlit run streamlit_app.py", WEB_SIDE),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        wait_for(lambda: len(self.ask("workers") or []) == 6, BACK_SECONDS)

    def line(self, host: int, line: str, **more: Any) -> subprocess.Popen[Any]:
        log = (self.data.parent / "log.txt").open("ab")
        with log:
            more = {"stdout": log, **more}
            return self.hosts.run(host, self.prefix + line, self.project, stderr=log, **more)

    def ask(self, question: str) -> Any:
        assert self.web.stdin and self.web.stdout
        self.web.stdin.write(question + "\n")
        self.web.stdin.flush()
        return json.loads(self.web.stdout.readline())

    def submit(self, run: runs.Run) -> runs.Run:
        self.ask(f"submit {run.id}")
        return run

    def finish(self, run: runs.Run) -> None:
        """Wait until a job has ended; fails if it is not done."""
        wait_for(lambda: self.ask(f"shot {run.id}")["state"] not in LIVE, JOB_SECONDS)
        shot = self.ask(f"shot {run.id}")
        assert shot["state"] == JobState.DONE, shot

    def computed(self, run: runs.Run) -> int:
        """Return how many images of a running job have become features."""
        return self.ask(f"shot {run.id}")["done"].get("features", 0)

    def worker(self, host: int, resource: str) -> int:
        """Return the process id of a host's worker."""
        return next(
            pid
            for address, resources, _, pid in self.ask("workers")
            if Hosts.address(host) in address and resource in resources
        )

    def forget(self, run: runs.Run) -> None:
        """Let the next submission of the same training compute everything again."""
        shutil.rmtree(run.folder)
        shutil.rmtree(self.data / "features")


@pytest.fixture(scope="module", params=["tcp", pytest.param("tls", marks=pytest.mark.slow)])
def cluster(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cluster]:
    cluster = Cluster(request.param, tmp_path_factory.mktemp("cluster"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TL_DATA_DIR", str(cluster.data))
        try:
            cluster.start()
            yield cluster
        finally:
            cluster.hosts.close()


def training(**changes: Any) -> runs.Run:
    """Return a training whose extraction takes some seconds, even on two idle machines."""
    usual = {"size": 128, "epochs": 2, "copies": 2, "augmentation": Augmentation(rotation=10.0)}
    return open_training(TrainingConfig(dataset="emoji", **{**usual, **changes}))


def result(run: runs.Run) -> dict[str, bytes]:
    return {name: (run.folder / name).read_bytes() for name in FILES}


@pytest.mark.slow
def test_all_six_workers_are_let_in_and_answer(cluster):
    assert cluster.ask("wait") is True
    assert cluster.ask("status")["problems"] == []
    assert cluster.ask("ask") == "hello"
    resources = sorted(resource for _, found, _, _ in cluster.ask("workers") for resource in found)
    kinds = [name for name in resources if "lab" not in name]
    assert sorted(set(kinds)) == ["beside", "data", "export", "infer", "keras", "score", "train"]
    assert all(kinds.count(kind) == 2 for kind in set(kinds))
    assert len({name for name in resources if "lab" in name}) == 1


@pytest.mark.slow
def test_pages_of_scheduler_and_workers_are_not_open_to_the_network(cluster):
    pages = {
        (address.rpartition("//")[2].partition(":")[0], page)
        for address, _, page, _ in cluster.ask("workers")
    }
    assert len(pages) == 6
    for host in (FIRST, SECOND):
        found = listening(cluster, host)
        for address, port in pages:
            if address == Hosts.address(host):
                assert found[port] == {"127.0.0.1"}
    found = listening(cluster, SCHEDULER)
    assert "0.0.0.0" in found.pop(8786)
    assert found and set.union(*found.values()) == {"127.0.0.1"}


def listening(cluster: Cluster, host: int) -> dict[int, set[str]]:
    """Return the addresses at which something listens on a host, by port."""
    found: dict[int, set[str]] = {}
    for line in cluster.hosts.output(host, "ss -ltnH").splitlines():
        address, _, port = line.split()[3].rpartition(":")
        found.setdefault(int(port), set()).add(address)
    return found


@pytest.mark.slow
def test_training_and_its_export_are_made(cluster):
    run = cluster.submit(training(copies=0, augmentation=Augmentation(), size=64, epochs=20))
    cluster.finish(run)
    assert read_metrics(run).validation.accuracy > 0.5
    config = export_config(run, "keras")
    cluster.finish(cluster.submit(runs.open_job(config)))
    assert find_export(run, config)


@pytest.mark.slow
def test_killed_worker_costs_neither_the_job_nor_a_number(cluster):
    run = cluster.submit(training())
    cluster.finish(run)
    undisturbed = result(run)
    cluster.forget(run)
    cluster.submit(training())
    wait_for(lambda: cluster.computed(run) > SOME)
    victim = cluster.worker(FIRST, "infer")
    os.kill(victim, signal.SIGKILL)
    assert cluster.ask(f"shot {run.id}")["state"] == JobState.RUNNING  # it was in the middle
    cluster.finish(run)
    assert result(run) == undisturbed
    assert read_metrics(run).images_computed > SOME
    wait_for(lambda: len(cluster.ask("workers")) == 6)
    assert cluster.worker(FIRST, "infer") != victim


@pytest.mark.slow
@pytest.mark.parametrize("work", ["infer", "train"])
def test_host_that_is_cut_off_costs_neither_the_job_nor_a_number(cluster, work):
    """Without its features' helper, or without the worker that has the job."""
    run = cluster.submit(training(seed=1))
    cluster.finish(run)
    undisturbed = result(run)
    cluster.forget(run)
    cluster.submit(training(seed=1))
    wait_for(lambda: cluster.computed(run) > SOME)
    trains = next(
        host
        for host in (FIRST, SECOND)
        if any(cluster.worker(host, "train") == pid for pid in cluster.ask("busy"))
    )
    lost = trains if work == "train" else FIRST + SECOND - trains
    before = cluster.worker(lost, "infer")
    with cluster.hosts.cut(lost):
        cluster.finish(run)
        assert result(run) == undisturbed
    wait_for(lambda: len(cluster.ask("workers")) == 6, BACK_SECONDS)
    assert cluster.worker(lost, "infer") != before
