"""What an archive and the archives in it may unpack to, counted while it comes out: one tally for all."""

import threading

from tl_core import settings
from tl_core.datasets.bringing import checks
from tl_core.errors import DatasetRefused

LARGEST_RATIO = 200
"""Times that images may grow when unpacked; JPEG and PNG hardly grow at all."""
RATIO_MATTERS_FROM = 10**7
"""Bytes below which a large ratio does no harm."""
SPOOLED_PER_FILE_BYTE = 2
"""An archive in a compressed archive lies on disk beside what is unpacked from it."""
LISTED_PER_FILE = 5
"""A dataset's masks, notes and hidden files are listed too, and are not its files."""
LISTED_BESIDES = 1000
BYTES_PER_NAME = 300
"""Generous size of an entry in a table of contents."""


class Tally:
    """Counts the files and the bytes of an archive and of those in it.

    Args:
        packed: bytes of the whole archive on disk, which cannot lie.
        most_mb: what all files may come to, in MB; by default what those of one dataset may.
    """

    def __init__(self, packed: int, most_mb: int | None = None) -> None:
        self._packed = packed
        self._most = (most_mb or settings.current().max_dataset_mb) * 10**6
        self._listed = 0
        self._named = 0
        self._unpacked = 0
        self._spooled = 0
        self._lock = threading.Lock()

    def list(self, count: int, characters: int) -> None:
        """Note that `count` more files are listed, and that many characters of names.

        Raises:
            DatasetRefused: they are too many to be looked at.
        """
        self._listed += count
        self._named += characters
        if self._listed > most_listed() or self._named > most_named():
            raise DatasetRefused(
                "The archive lists far too many files, or far too long names: {limit} may be listed. Keep "
                "fewer images of each class, leave out what is no image, and pack the class folders again.",
                limit=most_listed(),
            )

    def unpack(self, size: int) -> None:
        """Note that `size` more bytes of files have come out.

        Raises:
            DatasetRefused: all that came out is too much.
        """
        with self._lock:
            self._unpacked += size
        self._check(self._unpacked, self._unpacked)

    def spool(self, size: int) -> None:
        """Note that `size` more bytes lie unpacked on disk; errors as from `unpack`."""
        self._spooled += size
        self._check(self._spooled // SPOOLED_PER_FILE_BYTE, self._spooled)

    def _check(self, kept: int, size: int) -> None:
        if kept > self._most:
            checks.check_total_size(kept)
        if size > RATIO_MATTERS_FROM and size > LARGEST_RATIO * self._packed:
            raise DatasetRefused(
                "The archive unpacks to more than {ratio} times its size, as hardly any folder of photos "
                "does. Pack the class folders again, as a zip.",
                ratio=LARGEST_RATIO,
            )


def most_listed() -> int:
    """Return how many files an archive may list, whatever they are."""
    return LISTED_PER_FILE * settings.current().max_dataset_files + LISTED_BESIDES


def most_named() -> int:
    """Return how many bytes of names, or of a table of contents, are held in memory."""
    return (2 * settings.current().max_dataset_files + LISTED_BESIDES) * BYTES_PER_NAME
