"""Processes that tests start: what is below them, what they were started with, and how they end.

Any of them may end between one look and the next: who is gone has no children, command, environment or port.
"""

import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

STOP_SECONDS = 20


def below(pid: int) -> list[psutil.Process]:
    """Return all processes that descend from `pid`."""
    with suppress(psutil.NoSuchProcess):
        return list(psutil.Process(pid).children(recursive=True))
    return []


def command(process: psutil.Process) -> str:
    """Return its command line, with a blank between two words."""
    with suppress(psutil.Error):
        return " ".join(process.cmdline())
    return ""


def environment(process: psutil.Process) -> dict[str, str]:
    """Return the variables that it was started with."""
    with suppress(psutil.Error, OSError):
        return dict(process.environ())
    return {}


def listens_on(process: psutil.Process) -> list[Any]:
    """Return the addresses, each with ``ip`` and ``port``, at which it waits for TCP connections."""
    with suppress(psutil.Error):
        found = process.net_connections("tcp")
        return [one.laddr for one in found if one.status == psutil.CONN_LISTEN]
    return []


def workers_below(pid: int) -> list[psutil.Process]:
    """Return the workers of all engines that descend from `pid`."""
    return [process for process in below(pid) if "spawn_main" in command(process)]


def holds_keras(pid: int) -> bool:
    """Return whether a process has loaded TensorFlow."""
    return any("libtensorflow" in area.path for area in psutil.Process(pid).memory_maps())


def end(process: "subprocess.Popen[bytes] | psutil.Popen", log: Path | None = None) -> None:
    """Ask a lab to end, and see that it does: itself soon, and all below it after it.

    Args:
        process: what was started.
        log: of what it prints; its end is told if the lab does not end.
    """
    if process.poll() is not None:
        return
    family = below(process.pid)
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except (subprocess.TimeoutExpired, psutil.TimeoutExpired):
        process.send_signal(signal.SIGUSR2)  # a lab of the browser tests says what its threads do
        time.sleep(1)
        process.kill()
        process.wait()
        said = log.read_text(errors="replace")[-3000:] if log else ""
        raise AssertionError(
            f"it did not end in {STOP_SECONDS} s when it was asked to\n{said}"
        ) from None
    finally:
        kill(psutil.wait_procs(family, STOP_SECONDS)[1])


def kill(left: Sequence[psutil.Process]) -> None:
    """Kill processes that may have ended meanwhile."""
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.kill()
