"""One connection to the workers: of the embedded engine, which it starts and ends, or of a cluster."""

import logging
from collections.abc import Callable
from typing import Any

from tl_core.checks import Json
from tl_core.engine.embedded import EmbeddedEngine
from tl_core.engine.submission import Jobs
from tl_core.settings import Settings

logger = logging.getLogger(__name__)

CONNECT_SECONDS = 10
SILENT_SECONDS = 20
"""A scheduler that says nothing for so long hangs."""
MISSING_SECONDS = 20
"""A worker that its nanny starts again is back long before."""


class Connection:
    """Workers that can be asked until the connection is lost, or closed.

    Args:
        config: the settings; without ``TL_SCHEDULER`` the embedded engine is started.
        given_up: asked while that starts; ends the start when true.

    Raises:
        EngineUnavailable: the embedded engine did not come up, or the cluster cannot be used.
        OSError: nothing answers at the address.
    """

    def __init__(self, config: Settings, given_up: Callable[[], bool]) -> None:
        self.embedded: EmbeddedEngine | None = None
        if config.scheduler:
            from tl_core.engine.security import connect_to_cluster  # heavy, as all of Dask

            self.client: Any = connect_to_cluster(config, CONNECT_SECONDS)
        else:
            self.embedded = EmbeddedEngine(config.data_dir / "engine.log", given_up)
            try:
                self.client = self.embedded.connect(CONNECT_SECONDS)
            except BaseException:
                self.embedded.stop()
                raise
        self.jobs = Jobs(self.client, config)

    @property
    def lost(self) -> bool:
        """Whether nobody is at the other end any more."""
        ended = self.embedded is not None and not self.embedded.running
        return ended or self.client.status != "running"

    def workers(self) -> dict[str, Json]:
        """Return what the scheduler knows of each worker, by its address.

        Raises:
            TimeoutError: it does not answer.
        """
        answer = self.client.sync(
            self.client.scheduler.identity, n_workers=-1, callback_timeout=SILENT_SECONDS
        )
        return dict(answer["workers"])

    def close(self) -> None:
        """Disconnect, and end the embedded engine if there is one."""
        try:
            self.client.close(timeout=2)
        except Exception:
            logger.debug("the connection did not close cleanly", exc_info=True)
        if self.embedded:
            self.embedded.stop()


def patience(start_seconds: float) -> float:
    """Return how long a worker may be missing: longer on a machine that takes long to start an engine.

    Args:
        start_seconds: what the last start took, workers and all.
    """
    return max(MISSING_SECONDS, 4 * start_seconds)
