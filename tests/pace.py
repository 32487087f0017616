"""How long work may take, on a machine of any speed and with or without coverage."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.loop import cpu_ms, python_loop

LOOP_MS = 100.0
"""Of the loop on the machine for which limits are written."""
COUNTED = 3.0
"""Lines that are counted take up to so many times as long."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Fail if the block takes more CPU time of this process than it may.

    Args:
        seconds: what it may take where `LOOP_MS` is true; the more, the slower this machine is just now.
    """
    began = time.process_time()
    yield
    spent = time.process_time() - began
    slower = max(1.0, cpu_ms(python_loop) / LOOP_MS)
    most = seconds * slower * (COUNTED if sys.gettrace() else 1.0)
    assert spent < most, f"{spent:.1f} s, {most:.1f} allowed"
