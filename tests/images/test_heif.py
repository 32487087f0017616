"""HEIC, as iPhones and Samsung phones save photos: read as other photos are, in bounded memory."""

import io
import struct
import subprocess
import sys

import numpy as np
import pillow_heif
import pytest
from hypothesis import given, strategies
from hypothesis import settings as examples
from PIL import Image

from tests.images.reading import load_rgb
from tests.images.test_normaliser import PEAK, SMOOTH, UPRIGHT, decode_or_refuse, exif, saved
from tests.pace import within
from tl_core import images
from tl_core.errors import ImageRefused
from tl_core.images import normaliser


def heic(pixels, **options):
    """Save as a phone does; `tile_size` makes a grid, as an iPhone's is."""
    file = io.BytesIO()
    made = pillow_heif.from_pillow(Image.fromarray(pixels))
    made.save(file, **({"quality": 90} | options))
    return file.getvalue()


def turned(orientation):
    file = io.BytesIO()
    made = pillow_heif.from_pillow(Image.fromarray(SMOOTH))
    made.info["exif"] = exif(orientation).tobytes()
    made.save(file, quality=90)
    return file.getvalue()


ONE = heic(SMOOTH)
GRID = heic(SMOOTH, tile_size=256)
ALPHA = np.dstack([SMOOTH, np.full(SMOOTH.shape[:2], 128, np.uint8)])


@pytest.mark.parametrize("data", [ONE, GRID], ids=["one", "grid"])
def test_a_photo_of_a_phone_comes_close(data):
    difference = np.abs(load_rgb(data, "IMG_1.HEIC").astype(int) - SMOOTH)
    assert 0 < difference.mean() < 2
    square = images.model_input(data, "IMG_1.HEIC", 64)
    assert np.abs(square.astype(int) - images.resize(SMOOTH, 64, 64)).mean() < 2


def test_grey_depth_and_transparency_are_seen_as_everywhere():
    grey = load_rgb(heic(SMOOTH[..., 0]), "a.heic")
    assert np.abs(grey.astype(int) - SMOOTH[..., :1]).mean() < 2
    deep = load_rgb(heic(SMOOTH[..., 0].astype(np.uint16) * 257), "a.heic")
    assert np.abs(deep.astype(int) - SMOOTH[..., :1]).mean() < 2
    half = SMOOTH.astype(float) * 128 / 255 + 127
    assert np.abs(load_rgb(heic(ALPHA), "a.heic") - half).mean() < 3


@pytest.mark.parametrize("orientation", [number for number in UPRIGHT if number < 9])
def test_a_turned_photo_is_turned_once(orientation):
    data = turned(orientation)
    assert (b"irot" in data or b"imir" in data) == (orientation != 1), "the file says it itself"
    pixels, upright = load_rgb(data, "a.heic"), UPRIGHT[orientation](SMOOTH)
    assert pixels.shape == upright.shape
    assert np.abs(pixels.astype(int) - upright).mean() < 2
    assert np.abs(pixels.astype(int) - upright[::-1]).mean() > 20, "and not otherwise"


@pytest.mark.parametrize("data", [ONE, GRID, heic(ALPHA)], ids=["one", "grid", "alpha"])
def test_a_truncated_photo_is_refused(data):
    """libheif alone leaves the missing tiles of a grid grey."""
    assert decode_or_refuse(data)
    for end in range(0, len(data), max(1, len(data) // 40)):
        with pytest.raises(ImageRefused):
            load_rgb(data[:end], "a.heic")
    with pytest.raises(ImageRefused, match="damaged or incomplete"):
        load_rgb(data[:-1], "a.heic")


def with_sizes(data, width, height, only=None):
    """The same file, which says another size of its pictures."""
    changed, at = bytearray(data), 0
    while (at := changed.find(b"ispe", at)) > 0:
        if only in (None, struct.unpack_from(">II", changed, at + 8)):
            struct.pack_into(">II", changed, at + 8, width, height)
        at += 4
    assert bytes(changed) != data
    return bytes(changed)


def with_kind(data, old, new):
    assert old in data
    return data.replace(old, new)


REFUSED = {
    "a bomb": (with_sizes(ONE, 30_000, 30_000), "has 30000 × 30000 pixels"),
    "a grid bomb": (with_sizes(GRID, 30_000, 30_000, (640, 480)), "has 30000 × 30000 pixels"),
    "no pixels": (with_sizes(ONE, 0, 480), "has no pixels: 0 × 480"),
    "a small picture of large ones": (
        with_sizes(GRID, 16, 16, (640, 480)),
        "damaged or incomplete",
    ),
    "tiles that are larger than the picture": (
        with_sizes(GRID, 7000, 7000, (256, 256)),
        "damaged or incomplete",
    ),
    "another size than its own": (with_sizes(ONE, 64, 64), "damaged or incomplete"),
    # libheif reads these too, and had its gravest faults there
    "uncompressed": (with_kind(ONE, b"hvc1", b"unci"), "in a form that cannot be read"),
    "a mask": (with_kind(ONE, b"hvc1", b"mski"), "in a form that cannot be read"),
    "layers over each other": (with_kind(GRID, b"grid", b"iovl"), "in a form that cannot be read"),
    "AV1 tiles": (with_kind(GRID, b"hvc1", b"av01"), "in a form that cannot be read"),
    "nothing after its first bytes": (
        b"\0\0\0\x24ftypheic\0\0\0\0mif1heic" + bytes(300),
        "Settings > Camera > Formats > Most Compatible",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_hostile_or_unusual_is_refused(case):
    data, cause = REFUSED[case]
    with pytest.raises(ImageRefused) as refused:
        load_rgb(data, "IMG_1.HEIC")
    assert str(refused.value).startswith("IMG_1.HEIC ") and cause in str(refused.value)


def with_endless_places(data):
    """A list of places that has 65,535 entries of 65,535 extents of no bytes each."""
    changed = bytearray(data)
    at = changed.find(b"iloc") + 4
    struct.pack_into(">HHHHHH", changed, at + 4, 0, 65535, 1, 0, 65535, 1)
    return bytes(changed)


def test_boxes_that_are_endless_take_no_time():
    with within(2), pytest.raises(ImageRefused, match="damaged or incomplete"):  # it took 31
        load_rgb(with_endless_places(ONE) + bytes(4_000_000), "a.heic")


@pytest.mark.skipif(sys.platform != "linux", reason="no /proc")
def test_a_small_picture_of_large_tiles_takes_no_memory(tmp_path):
    large = heic(np.zeros((4000, 4000, 3), np.uint8), quality=10)
    (tmp_path / "small").write_bytes(ONE)
    (tmp_path / "big").write_bytes(with_sizes(large, 16, 16))
    command = [sys.executable, "-c", PEAK, tmp_path / "small", tmp_path / "big"]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert out[0] == "refused" and int(out[1]) < 10, "MB above the peak of a small picture"


def test_what_a_photo_takes_is_known_before_it_is_decoded(monkeypatch):
    costs = []
    monkeypatch.setattr(normaliser, "_check_memory", lambda needed, shown: costs.append(needed))
    for data in (ONE, GRID, heic(SMOOTH[..., 0])):
        load_rgb(data, "a.heic")
    tiled = 768 * 512 * 4
    assert costs == [640 * 480 * 8, 640 * 480 * 4 + tiled, 640 * 480 * 5]


def test_the_library_is_not_there_until_it_is_needed(tmp_path):
    (tmp_path / "a").write_bytes(saved(SMOOTH, "JPEG"))
    (tmp_path / "b").write_bytes(ONE)
    asked = (
        "import sys; from tl_core import images\n"
        "for path in sys.argv[1:]:\n"
        "    images.model_input(open(path, 'rb').read(), path, 8)\n"
        "    print('pillow_heif' in sys.modules)"
    )
    command = [sys.executable, "-c", asked, tmp_path / "a", tmp_path / "b"]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert out == ["False", "True"]


@given(
    strategies.sampled_from([heic(SMOOTH[:80, :96]), heic(SMOOTH[:80, :96], tile_size=64)]),
    strategies.lists(
        strategies.tuples(strategies.floats(0, 1), strategies.integers(0, 255)),
        min_size=1,
        max_size=9,
    ),
    strategies.booleans(),
)
@examples(max_examples=300, deadline=None)
@pytest.mark.filterwarnings("ignore")
def test_damaged_files_are_decoded_or_refused(data, changes, in_boxes):
    damaged = bytearray(data)
    for place, value in changes:
        damaged[int(place * (min(len(data), 600 if in_boxes else len(data)) - 1))] = value
    decode_or_refuse(bytes(damaged))
