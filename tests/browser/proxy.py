"""A real reverse proxy between Chromium and the lab, which loses and refuses what a test asks it to."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

LOST = 0
"""In place of a status: the connection ends without an answer."""
CHUNK = 1 << 16

Verdict = Callable[[int], int | None]
"""Receives the number of an upload, from 0; returns the status it is refused with, `LOST`, or None."""


@dataclass
class Proxy:
    """A proxy on a port of its own.

    Args:
        upstream: port of the lab.
    """

    upstream: int
    verdict: Verdict = lambda number: None
    port: int = 0
    uploads: int = 0
    closed: bool = False
    _open: set[asyncio.StreamWriter] = field(default_factory=set)
    loop: asyncio.AbstractEventLoop | None = None
    over: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def cut(self) -> None:
        """End every connection, and let none begin."""
        assert self.loop
        self.closed = True
        self.loop.call_soon_threadsafe(self.close_all)

    def stop(self) -> None:
        """End the proxy."""
        assert self.loop
        self.loop.call_soon_threadsafe(self.over.set)

    def close_all(self) -> None:
        for each in self._open:
            each.close()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with self._kept(writer), suppress(OSError, asyncio.IncompleteReadError):
            await self._answer(reader, writer)

    @contextmanager
    def _kept(self, writer: asyncio.StreamWriter) -> Iterator[None]:
        self._open.add(writer)
        try:
            yield
        finally:
            self._open.discard(writer)
            writer.close()

    async def end_all(self) -> None:
        """End every connection, also those that still have something to send, and wait until they are."""
        while self._open:
            for each in self._open:
                each.transport.abort()
            await asyncio.sleep(0.02)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if self.closed:
            return
        if head.startswith(b"PUT ") and b"/upload_file/" in head.partition(b"\r\n")[0]:
            number, self.uploads = self.uploads, self.uploads + 1
            if (status := self.verdict(number)) is not None:
                await reader.readexactly(_length(head))
                if status != LOST:
                    writer.write(
                        b"HTTP/1.1 %d No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % status
                    )
                    await writer.drain()
                return
        behind, to_behind = await asyncio.open_connection("127.0.0.1", self.upstream)
        if b"upgrade: websocket" not in head.lower():  # one request for each connection
            lines = [
                line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")
            ]
            head = b"\r\n".join([lines[0], b"Connection: close", *lines[1:]])
        with self._kept(to_behind):
            to_behind.write(head)
            await asyncio.gather(_pass_on(reader, to_behind), _pass_on(behind, writer))


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
        writer.close()


def _length(head: bytes) -> int:
    lines = (line.partition(b":") for line in head.lower().split(b"\r\n"))
    return next(int(value) for name, _, value in lines if name == b"content-length")


@contextmanager
def proxy_of(upstream: int) -> Iterator[Proxy]:
    """Run a proxy in front of the lab, in a thread of its own: this one has Playwright's loop."""
    proxy = Proxy(upstream)
    begun = threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(_run(proxy, begun)))
    thread.start()
    assert begun.wait(20)
    try:
        yield proxy
    finally:
        proxy.stop()
        thread.join(20)


async def _run(proxy: Proxy, begun: threading.Event) -> None:
    proxy.loop = asyncio.get_running_loop()
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    begun.set()
    await proxy.over.wait()
    for listening in server.sockets:
        # A server that is closed loses whom it has just let in: with an open socket, and without a word.
        proxy.loop.remove_reader(listening.fileno())
    await asyncio.sleep(0.1)
    await proxy.end_all()
    await asyncio.sleep(0.1)
    server.close()
