"""A real server for tests that need one started in a way of their own."""

import asyncio
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import IO, Any, TypeVar

import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from tests.processes import end

ROOT = Path(__file__).parents[2]
STREAMLIT = (sys.executable, "-m", "streamlit")
START_SECONDS, PAGE_SECONDS = 60, 60
Answer = TypeVar("Answer")


@contextmanager
def serve(
    environment: Mapping[str, str],
    *options: str,
    script: str = "streamlit_app.py",
    before: Sequence[str] = (),
    console: IO[bytes] | int = subprocess.DEVNULL,
    **how: Any,
) -> Iterator[tuple[int, psutil.Popen]]:
    """Run `script`; yields its port and its process once it answers, and ends it and all below it.

    Args:
        environment: all variables that it gets.
        *options: of ``streamlit run``.
        script: what is run, in the project's folder.
        before: a command that starts it, such as ``setpriv``.
        console: what it prints goes there.
        **how: further arguments of ``Popen``.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    options = ("--server.port", str(port), "--server.headless", "true", *options)
    process = psutil.Popen(
        [*before, *STREAMLIT, "run", script, *options],
        cwd=ROOT,
        env=dict(environment),
        stdout=console,
        stderr=console,
        **how,
    )
    try:
        wait_for_health(port, process)
        yield port, process
    finally:
        end(process)


def wait_for_health(port: int, process: psutil.Popen) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"the server did not start: {process.poll()}")


@asynccontextmanager
async def visit(
    port: int, host: str = "localhost", origin: str | None = None, cookies: str = ""
) -> Any:
    """Yield the connection of a tab that knows this machine as `host`, on a page that came from `origin`."""
    async with connect(
        f"ws://{host}:{port}/_stcore/stream",
        host="127.0.0.1",
        subprotocols=[Subprotocol("streamlit")],
        origin=Origin(origin) if origin else None,
        additional_headers={"Cookie": cookies} if cookies else None,
        max_size=None,
        open_timeout=PAGE_SECONDS,
    ) as tab:
        yield tab


async def drawn(tab: ClientConnection) -> str:
    """Run the home page once; returns everything that was sent for it, as text."""
    message = BackMsg()
    message.rerun_script.query_string = ""
    await tab.send(message.SerializeToString())
    told: list[ForwardMsg] = []
    async with asyncio.timeout(PAGE_SECONDS):
        while not told or not told[-1].HasField("script_finished"):
            told.append(ForwardMsg.FromString(await tab.recv()))
    return "\n".join(map(str, told))


def finished(work: Coroutine[Any, Any, Answer]) -> Answer:
    """Return what a coroutine returns; in a thread of its own: Playwright may hold this one's loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()
