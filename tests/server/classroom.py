"""The lab of a class, really started, for tests that come to it from another address."""

import os
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.processes import STOP_SECONDS, below
from tests.server.serving import ROOT, START_SECONDS


@dataclass(frozen=True, kw_only=True)
class Classroom:
    """A lab started by ``python classroom.py``."""

    process: psutil.Popen
    port: int
    https_port: int
    data: Path
    console: Path

    @property
    def certificate(self) -> Path:
        return self.data / "classroom" / "certificate.pem"

    def trusting(self) -> ssl.SSLContext:
        """Return what a client checks everything with that trusts this lab's certificate."""
        return ssl.create_default_context(cafile=str(self.certificate))

    def end(self) -> set[psutil.Process]:
        """Press Ctrl-C; returns what is left of it and all below it."""
        family = [self.process, *below(self.process.pid)]
        self.process.send_signal(signal.SIGINT)
        return set(psutil.wait_procs(family, STOP_SECONDS)[1])


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


@contextmanager
def start_classroom(folder: Path) -> Iterator[Classroom]:
    """Start it with its data in `folder`; yields it once it has said that it is there."""
    port, https_port = free_ports(2)
    console = folder / "console"
    with console.open("wb") as file:
        process = psutil.Popen(
            [sys.executable, str(ROOT / "classroom.py"), *_ports(port, https_port)],
            cwd=folder,  # not the project's
            env={**os.environ, "TL_DATA_DIR": str(folder / "data"), "PYTHONIOENCODING": "utf-8"},
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    found = Classroom(
        process=process,
        port=port,
        https_port=https_port,
        data=folder / "data",
        console=console,
    )
    try:
        deadline = time.monotonic() + START_SECONDS
        while "Ctrl-C" not in console.read_text("utf-8"):
            assert process.poll() is None and time.monotonic() < deadline, console.read_text()
            time.sleep(0.1)
        yield found
    finally:
        for left in found.end() if process.poll() is None else ():
            left.kill()


def _ports(port: int, https_port: int) -> list[str]:
    return ["--port", str(port), "--https-port", str(https_port)]


def answer(url: str, trusting: ssl.SSLContext | None = None) -> str:
    with urllib.request.urlopen(url, timeout=20, context=trusting) as found:
        return str(found.read().decode())
