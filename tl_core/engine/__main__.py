"""The engine process: ``python -m tl_core.engine``.

Starts the embedded cluster, prints one line of JSON with its address, and runs until its standard input
is closed. A pipe closes by itself when the process at its other end is gone, even by SIGKILL, so the
engine cannot outlive the web process that started it.
"""

import asyncio
import json
import os
import sys
import threading

import psutil

from tl_core import settings
from tl_core.engine.cluster import local_cluster

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


if __name__ == "__main__":
    asyncio.run(serve())
