"""Memory that a head's costs are held against."""

import functools

import psutil

CLOUD_APP_BYTES = 2_700_000_000
"""Most memory that an app on Streamlit Community Cloud gets."""


@functools.cache
def machine_bytes() -> int:
    """Return the memory of the machine that this runs on, in bytes."""
    return int(psutil.virtual_memory().total)


def bytes_text(count: float) -> str:
    """Return bytes as people write them, in powers of ten: ``51,380,224`` -> ``51.4 MB``."""
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:,.1f} {unit}"
    return f"{count:,.0f} B"
