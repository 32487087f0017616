"""The embedded engine: a scheduler and its workers on this machine's loopback interface."""

from typing import Any

import dask
from distributed import Nanny, Scheduler, Security, SpecCluster

from tl_core import settings
from tl_core.engine.worker import LabWorker

INFER = {"infer": 3, "score": 1}
"""Threads of a worker that answers questions and computes features, without Keras: extraction never takes the
last of them, and a table of many photos has one of its own, so that it keeps no question waiting."""
TRAIN = {"train": 1, "keras": 2}
"""Threads of a worker that trains, and answers what Keras alone can."""
SIDE = {"data": 1, "export": 1, "beside": 1}
"""Threads of a worker that keeps imports, exports and small trainings from waiting for long ones: it loads
TensorFlow when one of the latter comes, and not before, and gives it up afterwards."""
PLACES = (INFER, TRAIN, SIDE)
"""Resources of each worker of a machine."""
ONE_WORKER = INFER | TRAIN
"""Threads of the one worker of a machine without the memory for more: imports and exports wait there."""

CONFIGURATION = {
    "distributed.admin.log-length": 100,
    # A worker that waits for memory would stop a class without a word: replace it instead.
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": 0.95,
}

HOUSE_RULES = {
    # Loopback is open to every account of the machine: Dask's pages show what runs here, so there are none.
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    # A worker that is slow to start again is not lost: the web process decides, see `tl_core.engine.client`.
    "distributed.deploy.lost-worker-timeout": "1 day",
}

LOOPBACK = "127.0.0.1"
PROTOCOL = "tls://"


def worker_specs(config: settings.Settings, security: Security) -> dict[str, dict[str, Any]]:
    """Return what SpecCluster has to know of each worker: one for all kinds of work, or one for each.

    Args:
        config: the settings.
        security: credentials without which nobody can connect.
    """
    if config.profile == "cloud":
        workers = {"both": _worker(config, ONE_WORKER, settings.CLOUD_WORKER_BYTES)}
    else:
        names = ("infer", "train", "side")
        workers = {name: _worker(config, one) for name, one in zip(names, PLACES, strict=True)}
    for worker in workers.values():
        worker["options"] |= _place(security)
    return workers


def local_cluster(workers: dict[str, dict[str, Any]], security: Security) -> SpecCluster:
    """Return an unstarted cluster; use it as an asynchronous context manager.

    Args:
        workers: those of `worker_specs` that it begins with.
        security: credentials without which nobody can connect.
    """
    dask.config.set(CONFIGURATION | HOUSE_RULES)
    scheduler = {"port": 0, "dashboard": False, **_place(security)}
    return SpecCluster(
        scheduler={"cls": Scheduler, "options": scheduler},
        workers=workers,
        security=security,
        asynchronous=True,
    )


def _place(security: Security) -> dict[str, object]:
    """Return where scheduler and workers listen, and to whom."""
    return {
        "host": LOOPBACK,
        "dashboard_address": f"{LOOPBACK}:0",
        "protocol": PROTOCOL,
        "security": security,
    }


def _worker(
    config: settings.Settings, resources: dict[str, int], memory_limit: int | str = "auto"
) -> dict[str, Any]:
    options: dict[str, Any] = {
        "nthreads": sum(resources.values()),
        "resources": resources,
        "memory_limit": memory_limit,
        "silence_logs": "WARNING",
        "plugins": (LabWorker(config.threads),),
    }
    return {"cls": Nanny, "options": options}
