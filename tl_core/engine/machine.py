"""One machine of a cluster: its scheduler, or its workers, until somebody ends it.

Both are Dask's own. What is added: no page of theirs is open to the network, and workers always come back:
when the scheduler is started again, when the network was gone, when they were killed while they started.
"""

import asyncio
import atexit
import logging
import shutil
import signal
from contextlib import suppress
from urllib.parse import urlsplit

import dask
from distributed import Nanny, Scheduler

from tl_core.engine.cluster import CONFIGURATION, LOOPBACK, PLACES
from tl_core.engine.scratch import take_scratch
from tl_core.engine.security import cluster_security, first_cause
from tl_core.engine.worker import LabWorker
from tl_core.errors import EngineUnavailable, SettingInvalid
from tl_core.settings import Settings

logger = logging.getLogger("distributed.lab")
"""Dask's own messages go the same way."""

PORT = 8786
"""Dask's own; another one stands in ``TL_SCHEDULER``."""
RETRY_SECONDS = 3
MEMORY_SHARE = 0.5
"""Of a machine's memory, for each worker: Dask would go by threads, and 1 of 32 cannot hold TensorFlow."""


async def serve_scheduler(config: Settings) -> None:
    """Run a scheduler until it is told to end; open to the whole network, its pages to this machine alone.

    Raises:
        LabError: it cannot be started as it is set up.
    """
    _prepare()
    port = urlsplit(config.scheduler).port or PORT
    scheduler = Scheduler(
        port=port,
        protocol="tls://" if config.certificate else "tcp://",
        security=cluster_security(config),
        dashboard_address=f"{LOOPBACK}:0",
    )
    try:
        await scheduler
    except (OSError, RuntimeError) as error:
        raise EngineUnavailable(
            "The scheduler could not be started at port {port} ({reason}). "
            "Maybe one runs already: end it first.",
            port=port,
            reason=first_cause(error),
        ) from None
    try:
        await scheduler.finished()
    finally:
        await scheduler.close()


async def serve_workers(config: Settings) -> None:
    """Run this machine's workers for the scheduler of ``TL_SCHEDULER`` until they are told to end.

    Raises:
        LabError: they cannot be started as they are set up.
    """
    if not config.scheduler:
        raise SettingInvalid(
            "TL_SCHEDULER is not set. Set it to the address of the cluster's scheduler, "
            "such as tcp://192.168.0.10:8786."
        )
    _prepare()
    security = cluster_security(config)
    await asyncio.gather(*(_keep(config, security, resources) for resources in PLACES))


def _prepare() -> None:
    atexit.register(shutil.rmtree, take_scratch(), ignore_errors=True)
    dask.config.set(CONFIGURATION)
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    # Also where a shell that started this in the background has switched Ctrl-C off.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(task.cancel))


async def _keep(config: Settings, security: object, resources: dict[str, int]) -> None:
    """Run one worker and its nanny, again and again."""
    while True:
        nanny = Nanny(
            config.scheduler,
            nthreads=sum(resources.values()),
            resources=resources,
            memory_limit=MEMORY_SHARE,
            dashboard_address=f"{LOOPBACK}:0",
            security=security,
            plugins=(LabWorker(config.threads),),
        )
        try:
            await nanny
            await nanny.finished()
        except Exception as error:  # whatever went wrong, the answer is to start again
            logger.warning("no worker for %s yet: %s", config.scheduler, first_cause(error))
        finally:
            with suppress(Exception):  # it is in no state to be closed while it starts
                await nanny.close()
        await asyncio.sleep(RETRY_SECONDS)
