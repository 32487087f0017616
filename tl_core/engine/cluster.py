"""The embedded engine: a scheduler and its workers on this machine's loopback interface."""

import dask
from distributed import Nanny, Scheduler, SpecCluster

from tl_core import settings
from tl_core.engine.worker import LabWorker

INFER_SLOTS = 3
"""Threads of a worker for predictions and feature batches; extraction never takes the last one."""

CONFIGURATION = {
    "distributed.admin.log-length": 100,
    # A worker that waits for memory would stop a class without a word: replace it instead.
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": 0.95,
}

LOOPBACK = "127.0.0.1"


def local_cluster(config: settings.Settings) -> SpecCluster:
    """Return an unstarted cluster: one worker for both kinds of work, or one for each.

    Use it as an asynchronous context manager.
    """
    dask.config.set(CONFIGURATION)
    infer, train = {"infer": INFER_SLOTS}, {"train": 1}
    if config.profile == "cloud":
        workers = {"both": _worker(config, infer | train, settings.CLOUD_WORKER_BYTES)}
    else:
        workers = {"infer": _worker(config, infer), "train": _worker(config, train)}
    scheduler = {"host": LOOPBACK, "port": 0, "dashboard_address": f"{LOOPBACK}:0"}
    return SpecCluster(
        scheduler={"cls": Scheduler, "options": scheduler}, workers=workers, asynchronous=True
    )


def _worker(
    config: settings.Settings, resources: dict[str, int], memory_limit: int | str = "auto"
) -> dict[str, object]:
    options = {
        "host": LOOPBACK,
        "dashboard_address": f"{LOOPBACK}:0",
        "nthreads": sum(resources.values()),
        "resources": resources,
        "memory_limit": memory_limit,
        "silence_logs": "ERROR",
        "plugins": (LabWorker(config.threads),),
    }
    return {"cls": Nanny, "options": options}
