"""The engine process: ``python -m tl_core.engine``.

Starts the embedded cluster, prints one line of JSON with its address and the credentials that open it, and
runs until its standard input is closed. A pipe closes by itself when the process at its other end is gone,
even by SIGKILL, so the engine cannot outlive the web process that started it. It also ends when a nanny has
given up its worker: the web process then starts a whole engine again.
"""

import asyncio
import json
import os
import sys
import threading
from multiprocessing import resource_tracker
from typing import TextIO

import psutil
from distributed import Security, SpecCluster
from distributed.core import Status

from tl_core import settings
from tl_core.engine.cluster import local_cluster

LOOK_SECONDS = 0.5
CREDENTIALS = ("tls_ca_file", "tls_client_cert", "tls_client_key")
"""What a client needs; it goes through the pipe alone, never through a command line, variable or file."""


async def serve(answer: TextIO) -> None:
    """Run the cluster until standard input ends or a worker is lost for good.

    Args:
        answer: where the line with address and credentials is written.
    """
    threading.Thread(target=_end_with_parent, daemon=True).start()
    security = Security.temporary()
    async with local_cluster(settings.current(), security) as cluster:
        known = {name: getattr(security, name) for name in CREDENTIALS}
        record = {"address": cluster.scheduler_address, "security": known}
        print(json.dumps(record), file=answer, flush=True)
        while _complete(cluster):
            await asyncio.sleep(LOOK_SECONDS)
        print("a worker could not be started again: the engine ends", file=sys.stderr, flush=True)
        end_all()


def _complete(cluster: SpecCluster) -> bool:
    """Whether every worker has a nanny that starts it again; one whose worker dies while it starts closes."""
    nannies = cluster.workers.values()
    gone = (Status.closing, Status.closed, Status.failed)
    return len(nannies) == len(cluster.worker_spec) and all(n.status not in gone for n in nannies)


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    end_all()


def end_all() -> None:
    """End the workers and this process, at once.

    A tidy end would take the scheduler from under jobs that still run, and they would report that as a fault.
    """
    tracker = getattr(resource_tracker._resource_tracker, "_pid", None)
    for child in psutil.Process().children(recursive=True):
        if child.pid != tracker:  # it ends by itself, and removes what the others have left
            child.kill()
    os._exit(0)


def _private_answer() -> TextIO:
    """Keep standard output for the one line, and send what workers print to the log."""
    # Nobody reads the pipe after that line: a worker that prints much would wait for ever.
    answer = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answer


if __name__ == "__main__":
    asyncio.run(serve(_private_answer()))
