"""The engine process as a child of the web process."""

import json
import subprocess
import sys
from pathlib import Path

from tl_core.errors import EngineUnavailable

PROJECT = Path(__file__).resolve().parents[2]
STOP_SECONDS = 10


class EmbeddedEngine:
    """A running ``python -m tl_core.engine``; it ends with this process, however that ends.

    Args:
        log: file for what the engine and its workers print; written anew.

    Raises:
        EngineUnavailable: it ended before it could say its address.
    """

    def __init__(self, log: Path) -> None:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tl_core.engine"],
                cwd=PROJECT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
            )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            self.stop()
            raise EngineUnavailable("The engine ended at once; {log} says why.", log=str(log))
        self.address = str(json.loads(line)["address"])

    @property
    def running(self) -> bool:
        """Whether the process is still there."""
        return self.process.poll() is None

    def stop(self) -> None:
        """Close the engine's standard input, which ends it, and wait until it has ended."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
