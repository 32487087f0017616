"""The engine process: ``python -m tl_core.engine``.

With ``scheduler`` or ``worker`` behind it, a machine of a cluster: see `tl_core.engine.machine`.

Alone, it starts the embedded cluster, prints one line of JSON with its address and the credentials that open
it, and runs until its standard input is closed. A pipe closes by itself when the process at its other end is
gone, even by SIGKILL, so the engine cannot outlive the web process that started it. It also ends when a nanny
has given up its worker: the web process then starts a whole engine again.
"""

import argparse
import asyncio
import json
import os
import shutil
import sys
import threading
from multiprocessing import resource_tracker
from pathlib import Path
from typing import TextIO

import psutil
from distributed import Security, SpecCluster
from distributed.core import Status

from tl_core import settings
from tl_core.engine.cluster import local_cluster, worker_specs
from tl_core.engine.scratch import take_scratch
from tl_core.errors import LabError

LOOK_SECONDS = 0.5
END_SECONDS = 2
CREDENTIALS = ("tls_ca_file", "tls_client_cert", "tls_client_key")
"""What a client needs; it goes through the pipe alone, never through a command line, variable or file."""


async def serve(answer: TextIO) -> None:
    """Run the cluster until standard input ends or a worker is lost for good.

    Args:
        answer: where the line with address and credentials is written.
    """
    scratch = take_scratch()
    threading.Thread(target=_end_with_parent, args=[scratch], daemon=True).start()
    security = Security.temporary()
    workers = worker_specs(settings.current(), security)
    first = next(iter(workers))
    # Whoever opens the lab asks about a photo: the worker that answers has the processor to itself.
    async with local_cluster({first: workers[first]}, security) as cluster:
        known = {name: getattr(security, name) for name in CREDENTIALS}
        record = {"address": cluster.scheduler_address, "security": known}
        print(json.dumps(record), file=answer, flush=True)
        cluster.worker_spec.update(workers)
        await cluster  # starts the others
        while _complete(cluster):
            await asyncio.sleep(LOOK_SECONDS)
        print("a worker could not be started again: the engine ends", file=sys.stderr, flush=True)
        end_all(scratch)


def _complete(cluster: SpecCluster) -> bool:
    """Whether every worker has a nanny that starts it again; one whose worker dies while it starts closes."""
    nannies = cluster.workers.values()
    gone = (Status.closing, Status.closed, Status.failed)
    return len(nannies) == len(cluster.worker_spec) and all(n.status not in gone for n in nannies)


def _end_with_parent(scratch: Path) -> None:
    sys.stdin.buffer.read()
    end_all(scratch)


def end_all(scratch: Path) -> None:
    """End the workers and this process, at once, and remove their temporary folder.

    A tidy end would take the scheduler from under jobs that still run, and they would report that as a fault.
    """
    tracker = getattr(resource_tracker._resource_tracker, "_pid", None)
    family = psutil.Process().children(recursive=True)
    workers = [child for child in family if child.pid != tracker]  # that one ends by itself
    for worker in workers:
        worker.kill()
    psutil.wait_procs(workers, END_SECONDS)
    shutil.rmtree(scratch, ignore_errors=True)
    os._exit(0)


def _private_answer() -> TextIO:
    """Keep standard output for the one line, and send what workers print to the log."""
    # Nobody reads the pipe after that line: a worker that prints much would wait for ever.
    answer = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answer


def serve_machine(part: str) -> None:
    """Run a part of a cluster, ``scheduler`` or ``worker``, until Ctrl-C or a signal to end."""
    from tl_core.engine import machine

    serving = {"scheduler": machine.serve_scheduler, "worker": machine.serve_workers}[part]
    try:
        asyncio.run(serving(settings.current()))
    except LabError as error:
        sys.exit(str(error))
    except asyncio.CancelledError:
        pass  # somebody ended it


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tl_core.engine")
    parser.add_argument("part", nargs="?", choices=("scheduler", "worker"), help="of a cluster")
    if part := parser.parse_args().part:
        serve_machine(part)
    else:
        asyncio.run(serve(_private_answer()))
