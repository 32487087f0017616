"""Large pictures, measured in fresh processes: one at a time, and given back to the system."""

import subprocess
import sys
import zlib
from functools import partial

import pytest
from PIL import Image

from benchmarks.large_images import in_fresh_process
from tests.images.reading import load_rgb
from tests.images.test_normaliser import chunk, png, saved
from tl_core import images
from tl_core.errors import ImageRefused
from tl_core.images import normaliser
from tl_core.images.headers import check_pixels

linux = pytest.mark.skipif(sys.platform != "linux", reason="no /proc")


def plain_png(side, grey):
    """A PNG of one colour, RGB, without making its pixels first."""
    rows = (b"\0" + bytes([grey]) * 3 * side) * side
    head = chunk(b"IHDR", side.to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0]))
    body = chunk(b"IDAT", zlib.compress(rows, 1))
    return b"\x89PNG\r\n\x1a\n" + head + body + chunk(b"IEND", b"")


def with_comment(data, number):
    """The same picture as another file."""
    return data[:33] + chunk(b"tEXt", b"n\0%d" % number) + data[33:]


@linux
def test_eight_large_uploads_at_once_take_the_memory_of_one():
    figures = in_fresh_process("upload", [plain_png(7000, 90)] * 8)
    assert figures["added"] < 350, "MB; all together took 3,050, and one alone 490"
    assert figures["kept"] < 80, "MB that glibc does not give back"
    assert figures["added"] > 150, "they were decoded at all"


@linux
def test_an_import_of_large_photos_takes_the_memory_of_one():
    pictures = [plain_png(6000, grey) for grey in (60, 180)]
    figures = in_fresh_process(
        "import", [with_comment(pictures[number % 2], number) for number in range(10)]
    )
    assert 100 < figures["added"] < 250, "MB; it took more than 1,000"
    assert figures["kept"] < 60


@linux
def test_an_import_of_photos_of_a_fifty_megapixel_phone_takes_little_more_than_they_do():
    slopes = Image.linear_gradient("L").resize((8064, 6048))
    pictures = [
        saved(Image.merge("RGB", [slopes, slopes, slopes.point([grey] * 256)]), "JPEG", quality=70)
        for grey in (60, 180)
    ]
    figures = in_fresh_process(
        "import", [with_remark(pictures[number % 2], number) for number in range(10)]
    )
    assert figures["added"] < 120, "MB; it was 219 when each was held at its full size"
    assert figures["added"] > 10, "they were decoded at all"
    assert figures["kept"] < 60


def with_remark(data, number):
    """The same photo as another file."""
    return data[:2] + b"\xff\xfe\0\4%02d" % number + data[2:]


HELD = """
import re, sys
from tl_core import errors, images

def resident():
    return int(re.search(r"VmRSS:\\s+(\\d+) kB", open("/proc/self/status").read())[1])

def load(data):
    with images.opened(data, "a.png") as file:
        file.rgb()

small, large = (open(path, "rb").read() for path in sys.argv[1:])
load(small)
before = resident()
try:
    load(large)
except errors.ImageRefused as error:
    held = error  # as a session or a cache may
print((resident() - before) // 1000, held.__cause__ is not None)
"""


@linux
def test_a_refusal_does_not_hold_the_half_of_a_picture_that_was_decoded(tmp_path):
    whole = plain_png(5000, 90)
    (tmp_path / "small").write_bytes(png(9, 6, 8, 0, [bytes(9)] * 6))
    (tmp_path / "large").write_bytes(whole[: len(whole) * 3 // 4])
    command = [sys.executable, "-c", HELD, tmp_path / "small", tmp_path / "large"]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert int(out[0]) < 20, "MB"
    assert out[1] == "True", "the log still tells why"


# Pixels, the decoder's own and those that JPEG keeps until its last scan
TAKES = {
    "JPEG": (partial(saved, kind="JPEG"), 4),
    "progressive JPEG": (partial(saved, kind="JPEG", progressive=True, subsampling=0), 4 + 6),
    "progressive JPEG, half the colours": (
        partial(saved, kind="JPEG", progressive=True, subsampling=2),
        4 + 3,
    ),
    "progressive JPEG, grey": (partial(saved, kind="JPEG", mode="L", progressive=True), 1 + 2),
    "PNG": (partial(saved, kind="PNG"), 4),
    "PNG, grey": (partial(saved, kind="PNG", mode="L"), 1),
    "WebP": (partial(saved, kind="WEBP"), 16),
}


@pytest.mark.parametrize("case", TAKES)
def test_what_a_picture_takes_is_known_before_it_is_decoded(case, monkeypatch):
    save, expected = TAKES[case]
    data = save(Image.new("RGB", (640, 480), (200, 90, 30)))
    room = normaliser.ROOM
    asked = []

    def taken(size):
        asked.append(size)
        return room.taken(size)

    monkeypatch.setattr(normaliser, "ROOM", type("Asked", (), {"taken": staticmethod(taken)}))
    load_rgb(data, "a")
    assert asked == [640 * 480 * expected]


def test_a_jpeg_decoded_smaller_takes_less_but_its_scans_in_full(monkeypatch):
    picture = Image.new("RGB", (1280, 960), (200, 90, 30))
    once, scans = (saved(picture, "JPEG", progressive=p, subsampling=0) for p in (False, True))
    costs = []
    monkeypatch.setattr(normaliser, "_check_memory", lambda needed, shown: costs.append(needed))
    for data in (once, scans):
        images.model_input(data, "a", 160)
    assert costs == [320 * 240 * 4, 320 * 240 * 4 + 1280 * 960 * 6]


def test_a_thumbnail_inside_a_jpeg_is_no_second_scan(monkeypatch):
    thumbnail = saved(Image.new("RGB", (32, 32)), "JPEG")
    data = saved(
        Image.new("RGB", (64, 64)), "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0" + thumbnail
    )
    assert data.count(b"\xff\xda\0") == 2
    costs = []
    monkeypatch.setattr(normaliser, "_check_memory", lambda needed, shown: costs.append(needed))
    load_rgb(data, "a")
    assert costs == [64 * 64 * 4]


@pytest.mark.parametrize(("profile", "refused"), [("cloud", True), ("classroom", False)])
def test_the_small_profile_refuses_what_would_end_its_worker(monkeypatch, profile, refused):
    monkeypatch.setenv("TL_PROFILE", profile)
    monkeypatch.setattr(normaliser, "CLOUD_BYTES", 10**6)
    picture = Image.new("RGB", (300, 300))
    assert load_rgb(saved(picture, "PNG"), "a.png").shape == (300, 300, 3)
    if refused:
        with pytest.raises(ImageRefused, match=r"a.webp takes 1 MB of memory to open; the limit"):
            load_rgb(saved(picture, "WEBP"), "a.webp")
    else:
        assert load_rgb(saved(picture, "WEBP"), "a.webp").shape == (300, 300, 3)


@pytest.mark.parametrize("size", [(8160, 6144), (8192, 6144), (6144, 8192)])
def test_photos_of_fifty_megapixel_phones_are_taken(size):
    check_pixels(size, "phone.jpg")
    with pytest.raises(ImageRefused, match="the limit is 51 megapixels"):
        check_pixels((size[0] + 200, size[1]), "phone.jpg")
