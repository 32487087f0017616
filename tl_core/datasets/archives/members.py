"""One file of an archive: where its bytes lie, and how they come out, counted and in bounded pieces.

Members are unpacked here and not by `zipfile`, which gives bzip2 and LZMA no bound: 256 kB of either may
become gigabytes at once.
"""

import bz2
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tl_core.datasets.archives.storage import PIECE, Stretch
from tl_core.datasets.archives.tally import LARGEST_RATIO, RATIO_MATTERS_FROM, Tally
from tl_core.errors import ImageRefused, LabError
from tl_core.wording import N_, Sentence, clean_text

LINK = N_("{name} is a link to another file. Put the image itself into the archive.")
SPECIAL = N_("{name} is a device or another special file, which holds no photo. Leave it out.")
SPARSE = N_(
    "{name} is stored with gaps (a sparse file), as photos hardly ever are. Pack the class folders again."
)
DAMAGE = (zlib.error, lzma.LZMAError, struct.error, EOFError, ValueError, MemoryError)
"""What decompressors raise on damaged bytes; `bz2` raises an `OSError` without a number besides."""
LOCAL_HEADER = struct.Struct("<4s22xHH")
LZMA_HEADER = struct.Struct("<2xH")

Came = Callable[[int], None]
"""Is told that so many bytes have come; may raise to end it."""


@dataclass(slots=True)
class Member:
    """A file of an archive whose bytes lie there as they are.

    Args:
        name: as its owner knows it; hostile.
        size: bytes when unpacked, as declared.
        crc: CRC-32, as declared or counted; None if nobody has.
        box: the archive.
        tally: counts what comes out.
        at: where in `box` it begins.
        packed: bytes that it takes there.
        refused: template of the sentence why it is not read at all.
        counted: bytes of it that are in the tally already.
    """

    name: str
    size: int
    crc: int | None
    box: Stretch
    tally: Tally
    at: int
    packed: int
    refused: str = ""
    counted: int = 0

    @property
    def shown(self) -> str:
        """The name, fit to be shown."""
        return clean_text(self.name)[-200:]

    @property
    def in_place(self) -> Stretch | None:
        """Where the bytes lie as they are, None where they have to be unpacked."""
        return self.box.part(self.at, self.size)

    def read(self) -> bytes:
        """Return the bytes; may be called any number of times, and is counted once.

        Raises:
            ImageRefused: this file is damaged, or cannot be unpacked here.
            DatasetRefused: the archive unpacks to too much.
        """
        chunks, size = [], 0
        for chunk in self.pieces():
            size += len(chunk)
            if size > self.counted:
                self.tally.unpack(size - self.counted)
                self.counted = size
            chunks.append(chunk)
        return b"".join(chunks)

    def pieces(self, came: Came | None = None) -> Iterator[bytes]:
        """Yield the bytes in pieces that fit into memory; they are not counted.

        Args:
            came: is told of the packed bytes that were read.

        Raises:
            ImageRefused: this file is damaged, or cannot be unpacked here.
        """
        if self.refused:
            raise self.refusal(self.refused)
        try:
            yield from self._checked(self._unpacked(came or _nothing))
        except LabError:
            raise
        except DAMAGE as error:
            raise self._damaged() from error
        except OSError as error:
            if error.errno is not None:  # the disk says that, and not bz2
                raise
            raise self._damaged() from error

    def refusal(self, template: str, **values: str | int) -> ImageRefused:
        """Return the error that leaves this file out."""
        values = {"name": self.shown, **values}
        return ImageRefused.restored(Sentence(template=template, values=values))

    def _damaged(self) -> ImageRefused:
        return ImageRefused(
            "{name} is damaged inside the zip. Pack the class folders again.", name=self.shown
        )

    def _checked(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        size = crc = 0
        for piece in pieces:
            size += len(piece)
            if size > self.size:
                raise ValueError("more than declared")
            if size > RATIO_MATTERS_FROM and size > LARGEST_RATIO * self.packed:
                raise ImageRefused(
                    "{name} unpacks to more than {ratio} times its size, as hardly any photo does.",
                    name=self.shown,
                    ratio=LARGEST_RATIO,
                )
            crc = zlib.crc32(piece, crc)
            yield piece
        if size != self.size or (self.crc is not None and crc != self.crc):
            raise EOFError("not what was declared")

    def _unpacked(self, came: Came) -> Iterator[bytes]:
        return self._raw(self.at, came)

    def _raw(self, at: int, came: Came) -> Iterator[bytes]:
        end = at + self.packed
        while at < end and (piece := self.box.read_at(at, min(PIECE, end - at))):
            at += len(piece)
            came(len(piece))
            yield piece


@dataclass(slots=True)
class ZipMember(Member):
    """A file of a zip; `at` is where its own header is.

    Args:
        method: how it is packed, a number that the zip gives.
    """

    method: int = zipfile.ZIP_STORED

    @property
    def in_place(self) -> Stretch | None:
        """Where the bytes lie as they are, None where they have to be unpacked."""
        if self.method != zipfile.ZIP_STORED or self.size != self.packed or self.refused:
            return None
        try:
            return self.box.part(self._data_at(), self.size)
        except DAMAGE:
            return None

    def _data_at(self) -> int:
        header = self.box.read_at(self.at, LOCAL_HEADER.size)
        signature, name_size, extra_size = LOCAL_HEADER.unpack(header)
        if signature != b"PK\3\4":
            raise ValueError("no file begins there")
        return self.at + LOCAL_HEADER.size + int(name_size) + int(extra_size)

    def _unpacked(self, came: Came) -> Iterator[bytes]:
        raw = self._raw(self._data_at(), came)
        match self.method:
            case zipfile.ZIP_STORED:
                return raw
            case zipfile.ZIP_DEFLATED:
                return _inflated(raw)
            case zipfile.ZIP_BZIP2:
                return _decompressed(raw, bz2.BZ2Decompressor())
            case zipfile.ZIP_LZMA:
                return _decompressed(*_lzma(raw))
        raise ImageRefused(
            "{name} is packed with a method that is not supported. Pack the zip again with the "
            "standard method (Deflate).",
            name=self.shown,
        )


def _nothing(size: int) -> None:
    pass


def _inflated(raw: Iterator[bytes]) -> Iterator[bytes]:
    decompressor = zlib.decompressobj(-zlib.MAX_WBITS)
    for piece in raw:
        while piece and not decompressor.eof:
            yield decompressor.decompress(piece, PIECE)
            piece = decompressor.unconsumed_tail
    yield decompressor.flush()


def _decompressed(
    raw: Iterator[bytes], decompressor: bz2.BZ2Decompressor | lzma.LZMADecompressor
) -> Iterator[bytes]:
    for piece in raw:
        if decompressor.eof:
            return
        yield decompressor.decompress(piece, PIECE)
        while not (decompressor.needs_input or decompressor.eof):
            yield decompressor.decompress(b"", PIECE)


def _lzma(raw: Iterator[bytes]) -> tuple[Iterator[bytes], lzma.LZMADecompressor]:
    """Return what to decompress, and what does it: a zip says how in front of the bytes."""
    first = next(raw, b"")
    (size,) = LZMA_HEADER.unpack_from(first)
    properties = first[LZMA_HEADER.size : LZMA_HEADER.size + size]
    if len(properties) != 5:
        raise ValueError("not LZMA as zips hold it")
    code, dictionary = struct.unpack("<BL", properties)
    code, literal_context = divmod(code, 9)
    position, literal_position = divmod(code, 5)
    how = {
        "id": lzma.FILTER_LZMA1,
        "dict_size": dictionary,
        "lc": literal_context,
        "lp": literal_position,
        "pb": position,
    }

    def rest() -> Iterator[bytes]:
        yield first[LZMA_HEADER.size + size :]
        yield from raw

    return rest(), lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[how])
