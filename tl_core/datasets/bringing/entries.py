"""Files on their way into a dataset, before anything of them has been read."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tl_core import settings
from tl_core.datasets.dataset import clean_name
from tl_core.datasets.reading.listing import Place
from tl_core.errors import ImageRefused
from tl_core.wording import megabytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A file of a folder or an archive that has not been read yet.

    Args:
        name: path of the file as its owner knows it; hostile.
        size: bytes, as declared; hostile.
        crc: CRC-32 of the bytes, as declared; hostile, and None where nothing declares it.
        read: returns the bytes; raises `ImageRefused` to leave the file out, `DatasetRefused` to end it all.
        begin: returns the first bytes, enough to tell what kind of file it is; raises as `read` does. None
            where that costs as much as all of them.
        pieces: yields the bytes of a file that may be too large for memory; raises as `read` does. None where
            nobody can.
    """

    name: str
    size: int
    read: Callable[[], bytes]
    crc: int | None = None
    begin: Callable[[], bytes] | None = None
    pieces: Callable[[], Iterator[bytes]] | None = None

    @property
    def shown(self) -> str:
        """The name, fit to be shown."""
        return clean_name(self.name)

    def start(self) -> bytes:
        """Return the first bytes, of a file of any size.

        Raises:
            ImageRefused, DatasetRefused: as `read` does.
        """
        return self.begin() if self.begin else self.image()

    def image(self) -> bytes:
        """Return the bytes, unless there are more than an image may have.

        Raises:
            ImageRefused: there are more; also as `read` does.
            DatasetRefused: as `read` does.
        """
        check_size(self.size, self.shown)
        return self.read()


Placed = tuple[Entry, Place]
"""A file, and where it belongs."""


def declared_size(placed: Sequence[Placed]) -> int:
    """Return the bytes of the files that are small enough to be read."""
    limit = _image_limit()
    return sum(entry.size for entry, _ in placed if entry.size <= limit)


def check_size(size: int, name: str) -> None:
    """Refuse a file that is too large to be read.

    Raises:
        ImageRefused: tells the limit.
    """
    limit = _image_limit()
    if size > limit:
        raise ImageRefused(
            "{name} has {size} MB; at most {limit} MB are read. Make the image smaller, or save it as JPEG.",
            name=name,
            size=megabytes(size, limit)[0],
            limit=limit // 10**6,
        )


def _image_limit() -> int:
    return settings.current().max_image_mb * 10**6
