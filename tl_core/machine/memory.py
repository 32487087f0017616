"""Room for what is large: who may take how much of this process's memory at once, and giving it back."""

import ctypes
import functools
import gc
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import ParamSpec, Protocol, TypeVar
from weakref import WeakSet

import psutil

from tl_core.machine import garbage

P = ParamSpec("P")
T = TypeVar("T")

GIVEN_BACK_FROM = 32 * 10**6
"""Bytes; with less, asking the system for it again and again costs more than keeping it."""

_ONE_HEAP = {-8: 1, -4: 0, -1: 2**31 - 1}
"""Of glibc's ``mallopt``: M_ARENA_MAX, M_MMAP_MAX and M_TRIM_THRESHOLD."""


_trim: Callable[[int], int] | None = None
with suppress(AttributeError, OSError, TypeError):  # only glibc has it, and only glibc needs it
    _trim = ctypes.CDLL(None).malloc_trim
_mallopt: Callable[[int, int], int] | None = None
with suppress(AttributeError, OSError, TypeError):
    _mallopt = ctypes.CDLL(None).mallopt


class Keeper(Protocol):
    """What keeps memory for later that it can do without."""

    def give_back(self) -> None:
        """Let go of it."""


_keepers: "WeakSet[Keeper]" = WeakSet()


class Room:
    """Memory that threads share: each waits until there is room for what it takes.

    Who comes first is let in first, so that many of middle size never keep out a large one; what is
    small is let in at once. What is larger than the whole room has it to itself. Nobody may take twice
    in one thread: it would wait for itself.

    Args:
        size: bytes that may be taken at once.
        small: bytes up to which nobody waits, and nothing is counted.

    Example:
        >>> with Room(200, small=4).taken(150):
        ...     pass
    """

    def __init__(self, size: int, *, small: int = 0) -> None:
        self._size = size
        self._free = size
        self._small = small
        self._line: deque[object] = deque()
        self._moved = threading.Condition()

    @contextmanager
    def taken(self, size: int) -> Iterator[None]:
        """Wait until `size` bytes are free, and hold them inside the block."""
        if size <= self._small:
            yield
            return
        size = min(size, self._size)
        self._enter(size)
        try:
            yield
        finally:
            if size >= GIVEN_BACK_FROM:
                give_back()
            with self._moved:
                self._free += size
                self._moved.notify_all()

    def _enter(self, size: int) -> None:
        ticket = object()
        with self._moved:
            self._line.append(ticket)
            try:
                self._moved.wait_for(lambda: self._line[0] is ticket and size <= self._free)
                self._free -= size
            finally:
                self._line.remove(ticket)
                self._moved.notify_all()


def keep_until_asked() -> None:
    """Let this process keep what it frees, in one heap, until `give_back`.

    A network frees and takes tens of megabytes a hundred times a second. Usually glibc gives each back at
    once and the system clears it again for the next: that costs more time than the network's arithmetic.
    """
    if _mallopt:
        for option, value in _ONE_HEAP.items():
            _mallopt(option, value)


def ask_at_rest(keeper: Keeper) -> None:
    """Have `keeper` asked whenever this process tidies up, as long as it lives."""
    _keepers.add(keeper)


def tidy() -> None:
    """Let go of what is not needed any more, networks that refer to themselves too, and give it back.

    What lives then is frozen until the next time: with Keras that is most of what a collection would walk.
    """
    for keeper in list(_keepers):
        keeper.give_back()
    garbage.collect_whole()
    give_back()


def lets_go(work: Callable[P, T]) -> Callable[P, T]:
    """Return `work`, after which what it has built goes at once: for what builds networks to look at them.

    They refer to themselves, and a process that has something to do all the time is not tidied for long.
    """

    @functools.wraps(work)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return work(*args, **kwargs)
        finally:
            gc.collect()
            give_back()

    return call


def held() -> int:
    """Return the bytes of memory that this process has to itself."""
    found = psutil.Process().memory_info()
    return int(found.rss - getattr(found, "shared", 0))


def give_back() -> None:
    """Return to the system what was freed: glibc keeps blocks of many megabytes for later."""
    if _trim:
        _trim(0)
