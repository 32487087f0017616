"""Photos that people choose to look at: kept for a while, each under a name that nobody can guess."""

from tl_core.photos.kept import (
    KEEP_DAYS,
    MOST_BYTES,
    KeptPhoto,
    PhotoNote,
    is_photo_name,
    keep,
    list_kept,
    new_name,
    read_kept,
    remove,
    sweep,
)

__all__ = [
    "KEEP_DAYS",
    "MOST_BYTES",
    "KeptPhoto",
    "PhotoNote",
    "is_photo_name",
    "keep",
    "list_kept",
    "new_name",
    "read_kept",
    "remove",
    "sweep",
]
