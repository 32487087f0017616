"""A transfer in a thread of its own, which can be stopped at any time.

A read of the network may block for as long as its timeout, and Stop must not wait for it. A thread that does
not notice in time is left behind: it ends at its timeout, and what it still writes is deleted already.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass, field

from tl_core.runs.reporting import OnProgress

SECONDS_BETWEEN_CALLS = 0.2
SECONDS_TO_STOP = 1.0


class Stopped(Exception):
    """Raised in a transfer's thread after somebody has pressed Stop; nobody sees it."""


@dataclass
class Meter:
    """What a transfer tells the thread that waits for it, and what it learns from there.

    Args:
        done: bytes received.
        total: bytes expected, 0 if unknown.
        stop: is set when the transfer is to end.
    """

    done: int = 0
    total: int = 0
    stop: threading.Event = field(default_factory=threading.Event)

    def advance(self, done: int, total: int | None) -> None:
        """Note that `done` of `total` bytes have come.

        Raises:
            Stopped: the transfer is to end.
        """
        self.done, self.total = done, total or 0
        if self.stop.is_set():
            raise Stopped


def follow(transfer: Callable[[Meter], None], on_progress: OnProgress, message: str) -> None:
    """Run `transfer` in a thread and report its bytes until it ends.

    Args:
        transfer: reads the network; calls its meter's `advance` often.
        on_progress: is told of the bytes received; may raise to stop the transfer.
        message: what is being downloaded.

    Raises:
        JobCancelled: as raised by `on_progress`, within `SECONDS_TO_STOP`.
        Exception: as raised by `transfer`.
    """
    on_progress(0, 0, message)
    meter = Meter()
    ended: Future[None] = Future()

    def run() -> None:
        try:
            transfer(meter)
            ended.set_result(None)
        except BaseException as error:  # handed to the thread that waits
            ended.set_exception(error)

    threading.Thread(target=run, name="download", daemon=True).start()
    try:
        while wait([ended], SECONDS_BETWEEN_CALLS).not_done:
            on_progress(meter.done, meter.total, message)
    finally:
        meter.stop.set()
        wait([ended], SECONDS_TO_STOP)
    ended.result()
    on_progress(meter.done, meter.total, message)
