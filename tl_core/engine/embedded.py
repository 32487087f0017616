"""The engine process as a child of the web process."""

import json
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from tl_core.checks import Json
from tl_core.errors import EngineUnavailable
from tl_core.settings import PROJECT

logger = logging.getLogger(__name__)

START_SECONDS = 300
"""A start on a busy small machine takes half a minute; after this it hangs."""
STOP_SECONDS = 5
LOOK_SECONDS = 0.2
LOGS_KEPT = 3


class EmbeddedEngine:
    """A running ``python -m tl_core.engine``; it ends with this process, however that ends.

    It has a session of its own: Ctrl-C in a terminal is for the web process, which ends the engine when it
    is done, and not for the engine's workers, whose jobs would take it for a fault.

    Args:
        log: file for what the engine and its workers print; the last ones are kept as ``.1`` and ``.2``.
        given_up: asked while the engine starts; ends the start when true.

    Raises:
        EngineUnavailable: it ended or was given up before it could say its address.
    """

    def __init__(self, log: Path, given_up: Callable[[], bool] = lambda: False) -> None:
        self.process = _start(log)
        import distributed  # noqa: F401 - heavy: it is loaded here while the engine does the same

        record = self._record(given_up)
        if not record:
            self.stop()
            raise EngineUnavailable("The engine ended at once; {log} says why.", log=str(log))
        self.address = str(record["address"])
        self.credentials: dict[str, str] = record["security"]
        """Arguments of Dask's ``Security`` for a client."""

    def _record(self, given_up: Callable[[], bool]) -> Json:
        """Return what the engine says of itself once it is there; nothing if it does not come to that."""
        lines: list[bytes] = []
        stdout = self.process.stdout
        assert stdout is not None
        reader = threading.Thread(target=lambda: lines.append(stdout.readline()), daemon=True)
        reader.start()
        deadline = time.monotonic() + START_SECONDS
        while reader.is_alive():
            reader.join(LOOK_SECONDS)
            if given_up() or time.monotonic() > deadline:
                return {}
        return dict(json.loads(lines[0])) if lines[0] else {}

    def connect(self, seconds: float) -> Any:
        """Return a client of Dask's that has the credentials.

        Args:
            seconds: how long to try.
        """
        from distributed import Client, Security  # heavy: only in the process that has an engine

        security = Security(require_encryption=True, **self.credentials)
        return Client(self.address, timeout=seconds, set_as_default=False, security=security)

    @property
    def running(self) -> bool:
        """Whether the process is still there."""
        return self.process.poll() is None

    def stop(self) -> None:
        """Close the engine's standard input, which ends it, and wait until all its processes have ended."""
        family = _family(self.process.pid)
        assert self.process.stdin is not None
        self.process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(STOP_SECONDS)
        for process in family:  # one that hangs, and a worker that hangs has not seen its parent go
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


def _family(pid: int) -> list[psutil.Process]:
    """Return a process and all below it."""
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    return []


def _start(log: Path) -> subprocess.Popen[bytes]:
    errors: Any
    try:
        errors = _new_log(log)
    except OSError as error:  # a full disk must not keep pages from predicting
        logger.warning("the engine starts without a log: %s", error)
        errors = subprocess.DEVNULL
    try:
        return subprocess.Popen(
            [sys.executable, "-m", "tl_core.engine"],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
    finally:
        if errors != subprocess.DEVNULL:
            errors.close()


def _new_log(log: Path) -> Any:
    """Open an empty log, and keep those of the starts before: why one ended is in there."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size:
        for number in range(LOGS_KEPT - 1, 0, -1):
            older = log if number == 1 else log.with_name(f"{log.name}.{number - 1}")
            if older.exists():
                older.replace(log.with_name(f"{log.name}.{number}"))
    return log.open("ab")
