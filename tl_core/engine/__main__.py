"""The engine process: ``python -m tl_core.engine``.

With ``scheduler`` or ``worker`` behind it, a machine of a cluster: see `tl_core.engine.machine`.

Alone, it starts the embedded cluster, prints one line of JSON with its address, and runs until its standard
input is closed. A pipe closes by itself when the process at its other end is gone, even by SIGKILL, so the
engine cannot outlive the web process that started it.
"""

import argparse
import asyncio
import json
import os
import sys
import threading

import psutil

from tl_core import settings
from tl_core.engine.cluster import local_cluster
from tl_core.errors import LabError

CLOSE_SECONDS = 5
"""How long the workers get to leave by themselves."""


async def serve() -> None:
    """Run the cluster until standard input ends."""
    async with local_cluster(settings.current()) as cluster:
        print(json.dumps({"address": cluster.scheduler_address}), flush=True)
        await asyncio.to_thread(sys.stdin.buffer.read)
        # Nobody is left to wait for a tidy end, and a busy worker would not be in time for it.
        threading.Timer(CLOSE_SECONDS, end_all).start()
    end_all()


def end_all() -> None:
    """End the workers and this process, at once."""
    for child in psutil.Process().children(recursive=True):
        child.kill()
    os._exit(0)


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
        asyncio.run(serve())
