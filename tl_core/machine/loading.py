"""Modules that are loaded only where they are needed, from one thread at a time.

TensorFlow's modules import each other in circles. If one thread imports them from one end and another from
the other end, each finds half a module: an ``AttributeError``, or what Python calls a deadlock.
"""

import importlib
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

_importing = threading.RLock()


@contextmanager
def nothing_loads() -> Iterator[None]:
    """Let no module be loaded inside the block: for what needs the memory that Keras would take."""
    with _importing:
        yield


def load(module: str) -> ModuleType:
    """Return a module; whoever needs one that is being loaded waits for it.

    Args:
        module: its full name.

    Raises:
        ModuleNotFoundError: it is not on this machine, or needs one that is not.
    """
    found = sys.modules.get(module)
    if found is not None and not getattr(found.__spec__, "_initializing", False):
        return found  # whoever needs what is there does not wait for what somebody else loads
    with _importing:
        return importlib.import_module(module)
