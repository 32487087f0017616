"""A class server answers to its own names and pages only, and with security headers."""

import http.client
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest
from websockets.exceptions import InvalidStatus

from class_server import HEADERS
from tests.processes import below, workers_below
from tests.server.serving import START_SECONDS, drawn, finished, serve, visit

STOP_SECONDS = 20
NAME = "lab.school.example"
SCRIPT = "class_server.py"
ADDRESSES = ("/", "/train", "/_stcore/health", "/media/none")


@pytest.fixture(scope="module")
def class_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    environment = {**os.environ, "TL_DATA_DIR": str(tmp_path_factory.mktemp("lab"))}
    names = ("--server.allowedHosts", NAME, "--server.allowedHosts", "localhost")
    with serve(environment, *names, script=SCRIPT) as (port, _):
        yield port


def children(process: psutil.Process) -> list[psutil.Process]:
    """Return what `process` has started, once there is something."""
    deadline = time.monotonic() + STOP_SECONDS
    while not (found := below(process.pid)):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def headers(port: int, path: str) -> dict[str, str]:
    connection = http.client.HTTPConnection("localhost", port, timeout=20)
    try:
        connection.request("GET", path)
        return {name.lower(): value for name, value in connection.getresponse().getheaders()}
    finally:
        connection.close()


def test_trouble_of_the_data_folder_is_on_the_console_before_anybody_comes(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    environment = {**os.environ, "TL_DATA_DIR": str(tmp_path / "file")}
    with (
        (tmp_path / "console").open("wb") as console,
        serve(environment, script=SCRIPT, console=console),
    ):
        pass
    said = (tmp_path / "console").read_text()
    assert f"where the file {tmp_path}/file is (TL_DATA_DIR)" in said and "Traceback" not in said
    assert said.count("TL_DATA_DIR") == said.count("set TL_DATA_DIR to another") * 2 == 2


def test_a_wrong_setting_is_on_the_console_before_anybody_comes(tmp_path: Path) -> None:
    environment = {**os.environ, "TL_DATA_DIR": str(tmp_path), "TL_PROFILE": "enormous"}
    with (
        (tmp_path / "console").open("wb") as console,
        serve(environment, script=SCRIPT, console=console) as (_, process),
    ):
        time.sleep(3)  # the start of the engine
        assert not workers_below(process.pid)
    said = (tmp_path / "console").read_text()
    assert said.count("enormous") == 1 and "TL_PROFILE" in said and "Traceback" not in said


@pytest.mark.parametrize(("script", "starts"), [(SCRIPT, True), ("streamlit_app.py", False)])
def test_a_class_server_starts_its_engine_before_anybody_comes(
    script: str, starts: bool, tmp_path: Path
) -> None:
    environment = {**os.environ, "TL_DATA_DIR": str(tmp_path)}
    with serve(environment, script=script) as (_, process):
        deadline = time.monotonic() + (START_SECONDS if starts else 5)
        while not (found := workers_below(process.pid)) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert bool(found) == starts


async def opens(port: int, host: str, origin: str) -> bool:
    try:
        async with visit(port, host, origin) as tab:
            return "Transfer Learning Lab" in await drawn(tab)
    except InvalidStatus as refusal:
        assert refusal.response.status_code == 403
        return False


@pytest.mark.parametrize(
    ("host", "origin", "allowed"),
    [
        (NAME, f"http://{NAME}:{{port}}", True),
        (NAME, f"https://{NAME}:{{port}}", True),  # a proxy speaks https for it
        ("localhost", "http://localhost:{port}", True),
        (
            "elsewhere.example",
            "http://elsewhere.example:{port}",
            False,
        ),  # its name leads here: rebinding
        (NAME, "https://elsewhere.example", False),  # another site's page
    ],
)
def test_a_server_with_names_answers_to_no_other(
    class_server: int, host: str, origin: str, allowed: bool
) -> None:
    assert finished(opens(class_server, host, origin.format(port=class_server))) == allowed


@contextmanager
def counting_proxy() -> Iterator[tuple[str, list[object]]]:
    """Yield the address of a proxy that forwards nothing, and who has asked it."""
    asked: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def count() -> None:
            with suppress(OSError):  # closed
                while True:
                    connection, who = listener.accept()
                    asked.append(who)
                    connection.close()

        threading.Thread(target=count, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", asked
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(("script", "asks"), [(SCRIPT, False), ("streamlit_app.py", True)])
def test_another_sites_page_does_not_make_the_server_ask_the_internet(
    script: str, asks: bool, tmp_path: Path
) -> None:
    with counting_proxy() as (proxy, asked):
        environment = {**os.environ, "TL_DATA_DIR": str(tmp_path)}
        environment |= {"HTTP_PROXY": proxy, "HTTPS_PROXY": proxy, "NO_PROXY": ""}
        environment |= {
            name.lower(): value for name, value in environment.items() if "PROXY" in name
        }
        with serve(environment, script=script) as (port, _):
            assert not asked
            assert not finished(opens(port, "localhost", "https://elsewhere.example"))
    # Streamlit alone does: once it does not any more, the guard has one thing less to do.
    assert bool(asked) == asks


def test_an_origin_that_the_operator_allows_is_let_in(tmp_path: Path) -> None:
    portal = "https://portal.school.example"
    environment = {**os.environ, "TL_DATA_DIR": str(tmp_path)}
    with serve(environment, "--server.corsAllowedOrigins", portal, script=SCRIPT) as (port, _):
        assert finished(opens(port, "localhost", portal))
        assert not finished(opens(port, "localhost", portal + ".elsewhere.example"))


@pytest.mark.parametrize("path", ADDRESSES)
def test_every_answer_has_the_security_headers(class_server: int, path: str) -> None:
    wanted = {(name.decode(), value.decode()) for name, value in HEADERS}
    assert wanted <= headers(class_server, path).items()


def test_it_ends_when_it_is_told_to_and_leaves_nothing_behind(tmp_path: Path) -> None:
    environment = {**os.environ, "TL_DATA_DIR": str(tmp_path)}
    with serve(environment, script=SCRIPT) as (port, process):
        finished(opens(port, "localhost", f"http://localhost:{port}"))
        started = children(process)
        process.terminate()
        gone, left = psutil.wait_procs([process, *started], STOP_SECONDS)
    assert len(gone) > 1 and not left
