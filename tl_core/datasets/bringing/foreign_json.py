"""JSON from somebody else: how much memory it will take is known before it is parsed.

A file of 32 MB that holds nothing but empty lists takes 1 GB. What takes that much is the number of things in
it, and those are counted by their marks: quickly, without parsing, and never too few.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tl_core.datasets.bringing.entries import Entry
from tl_core.machine.memory import Room

MOST_MEMORY = 400 * 10**6
"""Bytes. Of what a lab gives away, the guesses of 20,000 photos at 100 classes take most: about 230 MB."""
MOST_GROWTH = 30
"""Bytes of memory for each byte of JSON, at the worst: a list without anything in it is three bytes long."""
ROOM = Room(MOST_MEMORY, small=4 * 10**6)
"""What may be taken while JSON from archives is read: the longest is read alone."""
OBJECT, LIST, VALUE, STRING = 256, 96, 48, 56
"""Bytes that each takes at most, beside the characters of a string."""
READ, ESCAPED = 2, 8
"""Times the text that its strings take; with a character written as \\uXXXX all others may grow."""


def memory_of(data: bytes) -> int:
    """Return how many bytes of memory some JSON will take at most while it is parsed.

    Raises:
        UnicodeDecodeError: it is no UTF-8.
    """
    text = sys.getsizeof(data.decode())
    times = 1 + (ESCAPED if b"\\u" in data else READ)
    marks = (b"{", OBJECT), (b"[", LIST), (b",", VALUE), (b":", VALUE), (b'"', STRING // 2)
    return text * times + sum(data.count(mark) * size for mark, size in marks)


@contextmanager
def read_within(entry: Entry, most: int) -> Iterator[bytes]:
    """Read a file of an archive that holds JSON, and hold the memory that parsing it takes inside the block.

    Args:
        entry: the file.
        most: bytes that it may have.

    Raises:
        ValueError: it is longer, or would take more than `MOST_MEMORY`.
        ImageRefused: it is damaged inside the archive.
    """
    if entry.size > most:
        raise ValueError(f"{entry.size} bytes")
    with ROOM.taken(entry.size * MOST_GROWTH):
        data = entry.read()
        if (memory := memory_of(data)) > MOST_MEMORY:
            raise ValueError(f"{memory} bytes of memory")
        yield data


def parsed(entry: Entry, most: int) -> Any:
    """Return what a file of an archive holds as JSON; arguments and errors as for `read_within`.

    Raises:
        RecursionError: it is nested too deeply.
    """
    with read_within(entry, most) as data:
        return json.loads(data)
