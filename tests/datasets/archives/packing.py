"""Archives of every kind for the tests, and what is in them when they are opened."""

import bz2
import gzip
import io
import lzma
import tarfile
from collections.abc import Callable

from tests.datasets.samples import quiet
from tl_core.datasets.archives import opened

COMPRESSIONS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
}


def tar_bytes(files, mode="", form=tarfile.PAX_FORMAT, encoding="utf-8"):
    """Return a tar of `files`, name -> bytes or a `TarInfo`; `mode` is "", "gz", "bz2" or "xz"."""
    file = io.BytesIO()
    with tarfile.open(
        fileobj=file, mode="w", format=form, encoding=encoding, errors="surrogateescape"
    ) as archive:
        for name, data in files.items():
            info = data if isinstance(data, tarfile.TarInfo) else tarfile.TarInfo(name)
            if not isinstance(data, tarfile.TarInfo):
                info.size = len(data)
            archive.addfile(info, io.BytesIO(data) if isinstance(data, bytes) else None)
    content = file.getvalue()
    return COMPRESSIONS[mode](content) if mode else content


def special(name, kind, target="", size=0):
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, target, size
    return info


def contents(path, on_progress=quiet):
    """Return name, bytes and CRC-32 of every file of an archive."""
    with opened(path, path.name, on_progress) as entries:
        return [(entry.name, entry.read(), entry.crc) for entry in entries]


def names(path):
    with opened(path, path.name, quiet) as entries:
        return [entry.name for entry in entries]
