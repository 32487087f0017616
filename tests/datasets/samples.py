"""Small real images and zips for the tests of datasets."""

import io
import zipfile
from functools import cache

import numpy as np
from PIL import Image

from tl_core.datasets.bringing.download import CATS_AND_DOGS
from tl_core.errors import JobCancelled

PARTS = ("train", "validation", "test")


def quiet(done, total, message):
    """An `on_progress` for tests that do not look at it."""


class StopAt:
    """An `on_progress` that somebody stops at a call, from 0; remembers how much was done at each."""

    def __init__(self, call):
        self.call = call
        self.done = []

    def __call__(self, done, total, message):
        self.done.append(done)
        if len(self.done) > self.call:
            raise JobCancelled("Stopped.")


@cache
def wide_photo(number, width=1500):
    """Return a JPEG of `width` by two thirds of that, whose left and right differ; it compresses well."""
    pixels = np.random.default_rng(number).integers(0, 256, (4, 6, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).resize((width, width * 2 // 3)).save(file, "JPEG")
    return file.getvalue()


@cache
def picture(number, kind="PNG", side=6):
    """Return an image file; another number is another picture."""
    pixels = np.random.default_rng(number).integers(0, 256, (side, side, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind)
    return file.getvalue()


def pictures(folder, count=5, start=0):
    """Return file name -> image for `count` different pictures in `folder`."""
    return {f"{folder}/{i}.png": picture(start + i) for i in range(count)}


def cats_and_dogs(prefix=""):
    return pictures(f"{prefix}cats") | pictures(f"{prefix}dogs", start=100)


def write_folder(folder, files):
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def zip_bytes(files, method=zipfile.ZIP_DEFLATED):
    """Return a zip of `files`, a dict or pairs of name and bytes; a name in bytes is stored as it is."""
    pairs = list(files.items() if isinstance(files, dict) else files)
    stand_ins = {}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for number, (name, data) in enumerate(pairs):
            if isinstance(name, bytes):
                stand_in = f"\x01{number:04}".ljust(len(name), "\x02")
                assert len(stand_in) == len(name), "raw names need at least five bytes"
                stand_ins[stand_in.encode()] = name
                name = stand_in
            archive.writestr(zipfile.ZipInfo(name), data, method)
    content = file.getvalue()
    for stored, raw in stand_ins.items():
        content = content.replace(stored, raw)
    return content


def local_headers(content):
    return _positions(content, b"PK\x03\x04")


def directory_headers(content):
    return _positions(content, b"PK\x01\x02")


def _positions(content, signature):
    found, position = [], content.find(signature)
    while position >= 0:
        found.append(position)
        position = content.find(signature, position + 1)
    return found


def names_on_disk(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def whole(wrapper="cats_and_dogs_small/"):
    """Return the files of a zip like the real one, with few pictures."""
    content: dict[str, bytes] = {}
    for number, part in enumerate(PARTS):
        for label, name in enumerate(CATS_AND_DOGS.class_names):
            content |= pictures(f"{wrapper}{part}/{name}", 5, 100 * number + 50 * label)
    return content


def photo(number, side=96, change=lambda image: image):
    """Return a smooth picture as pixels, like a photo: shapes, no noise; another number is another one."""
    rows = np.random.default_rng(number).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    return np.asarray(change(Image.fromarray(rows).resize((side, side), Image.Resampling.BICUBIC)))


def jpeg(pixels, quality=90):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality)
    return file.getvalue()


def photos(count, start=0, side=96):
    """Return (file name, bytes) of `count` photos that do not look alike."""
    return [(f"{n}.jpg", jpeg(photo(n, side))) for n in range(start, start + count)]
