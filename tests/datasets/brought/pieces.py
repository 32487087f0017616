"""What small real archives are made of: pictures from seeds in many forms, and archives in archives."""

import gzip
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pillow_heif
from PIL import Image

from tests.datasets.archives.packing import tar_bytes
from tests.datasets.samples import photo, zip_bytes

Change = Callable[[Image.Image], Image.Image]
ENDINGS = {".tgz": "gz", ".tar.gz": "gz", ".tar": "", ".zip": "zip", ".tm": "zip"}
"""Endings of archives in archives, and how each is packed."""
HEIC_OF_NO_CAMERA = b"\0\0\0\x18ftypheic\0\0\0\0heicmif1" + bytes(200)
FILM = b"\0\0\0\x14ftypqt  \0\0\2\0qt  " + bytes(200)


def same(image: Image.Image) -> Image.Image:
    return image


def grey(image: Image.Image) -> Image.Image:
    return image.convert("L")


def cut_out(image: Image.Image) -> Image.Image:
    frame = Image.new("RGB", image.size)
    frame.paste(image.crop((24, 0, 72, image.height)), (24, 0))
    return frame


def turned(image: Image.Image) -> Image.Image:
    return image.rotate(6)


def brighter(image: Image.Image) -> Image.Image:
    return image.point(lambda value: min(255, value + 20))


def mirrored(image: Image.Image) -> Image.Image:
    return image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)


def fifty_megapixels(image: Image.Image) -> Image.Image:
    return image.resize((8192, 6144), Image.Resampling.BICUBIC)


def mask(image: Image.Image) -> Image.Image:
    """Return black and white where something is: the bright half."""
    return image.convert("L").point(lambda value: 255 * (value > 128))


@dataclass(frozen=True)
class Shot:
    """A picture of its own.

    Args:
        seed: another one is another picture; the same one, changed otherwise, the same picture treated.
        form: of the file: JPEG, PNG, PPM (grey: PGM), TIFF, HEIC.
        change: how the picture was treated.
    """

    seed: int
    form: str = "JPEG"
    change: Change = same

    def image(self) -> Image.Image:
        return self.change(Image.fromarray(photo(self.seed)))

    def data(self) -> bytes:
        return _saved(self)


@cache
def _saved(shot: Shot) -> bytes:
    file = io.BytesIO()
    image = shot.image()
    if shot.form == "HEIC":
        pillow_heif.from_pillow(image).save(file, quality=90)
    else:
        image.save(file, shot.form, quality=90)
    return file.getvalue()


Content = Shot | bytes
Files = dict[str, Content]


def shots(pattern: str, count: int, seed: int, form: str = "JPEG", change: Change = same) -> Files:
    """Return pictures of their own called like `pattern`, its ``{}`` a number from 1."""
    return {pattern.format(n): Shot(seed + n, form, change) for n in range(1, count + 1)}


def also(files: Files, *renamings: tuple[str, str], change: Change | None = None) -> Files:
    """Return the same files under other names, perhaps treated otherwise."""
    found: Files = {}
    for name, content in files.items():
        for old, new in renamings:
            name = name.replace(old, new)
        if change and isinstance(content, Shot):
            content = Shot(content.seed, content.form, change)
        found[name] = content
    return found


def within(folder: str, files: Files) -> Files:
    return {folder + name: content for name, content in files.items()}


def packed(files: Files, mode: str = "zip") -> bytes:
    """Return an archive of `files`; what stands below a name such as ``a.zip/`` is an archive in it."""
    flat: dict[str, bytes] = {}
    inner: dict[str, dict[str, Content]] = {}
    for name, content in files.items():
        if box := _box(name):
            inner.setdefault(box, {})[name[len(box) + 1 :]] = content
        else:
            flat[name] = content.data() if isinstance(content, Shot) else content
    for name, inside in inner.items():
        ending = next(one for one in ENDINGS if name.endswith(one))
        flat[name] = packed(inside, ENDINGS[ending])
    if mode == "zip":
        return zip_bytes(flat, 0)
    # gzip writes the time of day into its files: the same archive is to be the same bytes.
    return gzip.compress(tar_bytes(flat), mtime=0) if mode == "gz" else tar_bytes(flat, mode)


def _box(name: str) -> str:
    """Return the outermost archive that a file stands in; empty if there is none."""
    steps: Sequence[str] = name.split("/")
    for count in range(1, len(steps)):
        if steps[count - 1].endswith(tuple(ENDINGS)):
            return "/".join(steps[:count])
    return ""


def in_small(image: Image.Image) -> np.ndarray:
    """Return what tells pictures from each other, however they were saved: 8 x 8 x 3 of 0 to 255."""
    return np.asarray(image.convert("RGB").resize((8, 8), Image.Resampling.BOX), dtype=float)
