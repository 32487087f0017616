"""Which of the workers that only train hold Keras: 300 MB each, and five seconds until it is loaded.

Policy, `wanted`: one holds it while somebody trains, or has opened what trains, and for ten minutes after.
Whoever opens such a page reads for some seconds before the click, and by then it is there. Afterwards a fresh
worker takes its place. On a cluster's machines nothing is taken back: other servers train there too.
"""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from tl_core.checks import Json

KEPT_SECONDS = 600.0


def wanted(idle_seconds: float) -> bool:
    """Whether a worker that only trains is to hold Keras.

    Args:
        idle_seconds: since the last training, or since somebody has last opened what trains.
    """
    return idle_seconds < KEPT_SECONDS


class Readiness:
    """What the training workers of one connection hold.

    Args:
        client: Dask's.
        replace: ends workers and starts fresh ones, given their addresses; None: they are left alone.
    """

    def __init__(self, client: Any, replace: Callable[[list[str]], object] | None) -> None:
        self._client = client
        self._replace = replace
        self._loaded = set[str]()
        self._under_way = set[str]()
        self._trained = -KEPT_SECONDS

    def begins(self, job: str) -> None:
        """Note that a training is given to a worker; `job` is any name of its own."""
        self._under_way.add(job)

    def ends(self, job: str) -> None:
        """Note that it is over."""
        self._under_way.discard(job)
        self._trained = time.monotonic()

    def look(self, expected: float, workers: Mapping[str, Json]) -> None:
        """Let workers load Keras, or give it up; called twice a second.

        Args:
            expected: when somebody has last opened what trains, as `time.monotonic` counts.
            workers: what the scheduler knows of each, by its address.
        """
        idle = 0.0 if self._under_way else time.monotonic() - max(expected, self._trained)
        for worker in _only_training(workers):
            if wanted(idle) and worker not in self._loaded:
                self._loaded.add(worker)
                _aside(self._load, worker)
            elif not wanted(idle) and worker in self._loaded and self._replace:
                self._loaded.discard(worker)
                _aside(self._give_up, worker)

    def _give_up(self, worker: str) -> None:
        """Replace a worker, unless it has got something to do meanwhile: then it is looked at again."""
        if self._under_way or self._client.processing([worker]).get(worker):
            self._loaded.add(worker)
        elif self._replace:
            self._replace([worker])

    def _load(self, worker: str) -> None:
        from tl_core.engine.worker import prepare  # imports Dask, as whatever runs there does

        self._client.run(prepare, workers=[worker], on_error="ignore")


def _aside(work: Callable[[Any], object], argument: Any) -> None:
    """Do something with a worker in a thread: one that hangs must not keep the supervisor, who notices it."""
    threading.Thread(target=work, args=[argument], daemon=True).start()


def _only_training(workers: Mapping[str, Json]) -> list[str]:
    return [
        address
        for address, info in workers.items()
        if "train" in info["resources"] and "infer" not in info["resources"]
    ]
