"""TIFF: pictures are read to the last bit, the rest is named, and no directory costs more than one."""

import io
import struct
import subprocess
import sys
import time
import zlib

import numpy as np
import pytest
from hypothesis import given, strategies
from hypothesis import settings as examples
from PIL import Image

from tests.images.reading import load_rgb
from tests.images.test_normaliser import (
    COLOURS,
    INDEX,
    PEAK,
    SMOOTH,
    UPRIGHT,
    decode_or_refuse,
    exif,
    grey3,
    jpeg_of_scans,
    over_white,
    paletted,
    saved,
)
from tests.pace import within
from tl_core import images
from tl_core.errors import ImageRefused
from tl_core.images import normaliser

RANDOM = np.random.default_rng(11)
NOISE = RANDOM.integers(0, 256, (70, 90, 4), dtype=np.uint8)
DEEP = RANDOM.integers(0, 65536, (70, 90, 4)).astype(np.uint16)
LOSSLESS = [None, "tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "packbits"]
LETTERS = {"H": 3, "I": 4, "Q": 16, "B": 1, "f": 11, "h": 8}


def tiff(width, height, parts, *, order="<", big=False, tags=(), listed=None, letter="H"):
    """A TIFF of any form: `parts` are its strips or tiles, `tags` are (number, letter, values)."""
    body, offsets = b"", []
    for part in parts:
        offsets.append(16 + len(body))
        body += part
    entries = {256: ("I", [width]), 257: ("I", [height]), 277: ("H", [1]), 262: ("H", [1])}
    entries[258] = ("H", [8])
    place, sizes = (324, 325) if any(number == 322 for number, _, _ in tags) else (273, 279)
    entries[place] = ("I", listed or offsets)
    entries[sizes] = ("I", [len(part) for part in parts])
    entries |= {number: (letter, values) for number, letter, values in tags}
    wide, inline = ("Q", 8) if big else ("I", 4)
    start = 16 + len(body)
    rows, beyond = b"", b""
    after = start + (8 if big else 2) + len(entries) * (20 if big else 12) + inline
    for number, (letter, values) in sorted(entries.items()):
        data = struct.pack(f"{order}{len(values)}{letter}", *values)
        if len(data) > inline:
            data, beyond = (
                struct.pack(order + wide, after + len(beyond)),
                beyond + data + bytes(len(data) % 2),
            )
        rows += struct.pack(f"{order}HH{wide}", number, LETTERS[letter], len(values))
        rows += data.ljust(inline, b"\0")
    mark = b"II" if order == "<" else b"MM"
    if big:
        head = mark + struct.pack(order + "HHHQ", 43, 8, 0, start)
    else:
        head = (mark + struct.pack(order + "HI", 42, start)).ljust(16, b"\0")
    count = struct.pack(order + ("Q" if big else "H"), len(entries))
    return head + body + count + rows + bytes(inline) + beyond


def stored(pixels, order="<"):
    kind = pixels.dtype.newbyteorder(order) if pixels.itemsize > 1 else pixels.dtype
    return np.ascontiguousarray(pixels).astype(kind).tobytes()


def colour_tags(samples, bits):
    return [(262, "H", [2]), (277, "H", [samples]), (258, "H", [bits] * samples)]


def strips(pixels, rows, order="<"):
    return [stored(pixels[top : top + rows], order) for top in range(0, len(pixels), rows)]


def tiles(pixels, side):
    height, width = pixels.shape[:2]
    beyond = [(0, -height % side), (0, -width % side), (0, 0)][: pixels.ndim]
    whole = np.pad(pixels, beyond, constant_values=7)
    return [
        zlib.compress(stored(whole[top : top + side, left : left + side]))
        for top in range(0, height, side)
        for left in range(0, width, side)
    ]


def twelve_bits(samples):
    pairs = samples.reshape(-1, 2).astype(int)
    packed = [pairs[:, 0] >> 4, (pairs[:, 0] & 15) << 4 | pairs[:, 1] >> 8, pairs[:, 1] & 255]
    return np.stack(packed, axis=1).astype(np.uint8).tobytes()


GREY, RGB = NOISE[..., 0], NOISE[..., :3]
TWELVE = DEEP[..., 0] >> 4
TILED = [(322, "H", [32]), (323, "H", [32]), (259, "H", [8])]
FORMS = {
    "one strip": (tiff(90, 70, [stored(GREY)]), grey3(GREY)),
    "strips of three rows": (
        tiff(90, 70, strips(GREY, 3), tags=[(278, "I", [3])]),
        grey3(GREY),
    ),
    "white is zero": (tiff(90, 70, [stored(GREY)], tags=[(262, "H", [0])]), grey3(255 - GREY)),
    "RGB, strips": (
        tiff(90, 70, strips(RGB, 9), tags=[*colour_tags(3, 8), (278, "I", [9])]),
        RGB,
    ),
    "RGB, big-endian": (tiff(90, 70, [stored(RGB)], order=">", tags=colour_tags(3, 8)), RGB),
    "RGB, BigTIFF": (tiff(90, 70, [stored(RGB)], big=True, tags=colour_tags(3, 8)), RGB),
    "RGB, a plane for each colour": (
        tiff(
            90,
            70,
            [stored(RGB[..., channel]) for channel in range(3)],
            tags=[*colour_tags(3, 8), (284, "H", [2])],
        ),
        RGB,
    ),
    "RGB and a fourth band": (
        tiff(90, 70, [stored(NOISE)], tags=[*colour_tags(4, 8), (338, "H", [0])]),
        RGB,
    ),
    "RGBA": (
        tiff(90, 70, [stored(NOISE)], tags=[*colour_tags(4, 8), (338, "H", [2])]),
        over_white(RGB, NOISE[..., 3]),
    ),
    "tiles": (tiff(90, 70, tiles(GREY, 32), tags=TILED), grey3(GREY)),
    "RGB, tiles": (tiff(90, 70, tiles(RGB, 32), tags=[*colour_tags(3, 8), *TILED]), RGB),
    "16-bit RGB": (
        tiff(90, 70, [stored(DEEP[..., :3])], tags=colour_tags(3, 16)),
        DEEP[..., :3] // 256,
    ),
    "16-bit RGB, big-endian": (
        tiff(90, 70, [stored(DEEP[..., :3], ">")], order=">", tags=colour_tags(3, 16)),
        DEEP[..., :3] // 256,
    ),
    "16-bit grey": (
        tiff(90, 70, [stored(DEEP[..., 0])], tags=[(258, "H", [16])]),
        grey3(DEEP[..., 0] // 256),
    ),
    "16-bit grey, big-endian": (
        tiff(90, 70, [stored(DEEP[..., 0], ">")], order=">", tags=[(258, "H", [16])]),
        grey3(DEEP[..., 0] // 256),
    ),
    "12-bit grey": (
        tiff(90, 70, [twelve_bits(TWELVE)], tags=[(258, "H", [12])]),
        grey3(TWELVE // 16),
    ),
}


@pytest.mark.parametrize("case", FORMS)
def test_every_form_gives_the_expected_pixels(case):
    data, expected = FORMS[case]
    pixels = load_rgb(data, "a.tif")
    assert pixels.dtype == np.uint8
    np.testing.assert_array_equal(pixels, expected)


@pytest.mark.parametrize("compression", LOSSLESS)
@pytest.mark.parametrize("big", [False, True])
def test_what_pillow_saves_is_read_to_the_last_bit(compression, big):
    options = {"compression": compression, "big_tiff": big}
    for picture, expected in (
        (RGB, RGB),
        (GREY, grey3(GREY)),
        (NOISE, over_white(RGB, NOISE[..., 3])),
        (NOISE[..., :2], over_white(grey3(GREY), NOISE[..., 1])),
        (GREY > 99, grey3((GREY > 99) * 255)),
        (DEEP[..., 0], grey3(DEEP[..., 0] // 256)),
    ):
        data = saved(picture, "TIFF", **options)
        np.testing.assert_array_equal(load_rgb(data, "a.tif"), expected)
    np.testing.assert_array_equal(load_rgb(paletted("TIFF", **options), "a"), COLOURS[INDEX])


def test_faxes_and_photos_in_a_tiff_are_read():
    fax = saved(GREY > 99, "TIFF", compression="group4")
    np.testing.assert_array_equal(load_rgb(fax, "a.tif"), grey3((GREY > 99) * 255))
    photo = saved(SMOOTH, "TIFF", compression="jpeg", quality=95)
    assert 0 < np.abs(load_rgb(photo, "a.tif").astype(int) - SMOOTH).mean() < 2


def test_only_the_first_page_is_read():
    pages = [Image.new("RGB", (40, 30), colour) for colour in ("red", "blue")]
    data = saved(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    pixels = load_rgb(data, "a.tif")
    assert pixels.shape == (30, 40, 3) and (pixels == (255, 0, 0)).all()


@pytest.mark.parametrize("orientation", UPRIGHT)
@pytest.mark.parametrize("compression", [None, "tiff_lzw"])
def test_a_turned_tiff_is_turned_once(orientation, compression):
    if compression and orientation > 8:
        pytest.skip("libtiff does not write it")
    data = saved(RGB, "TIFF", exif=exif(orientation), compression=compression)
    np.testing.assert_array_equal(load_rgb(data, "a.tif"), UPRIGHT[orientation](RGB))
    upright = images.resize(UPRIGHT[orientation](RGB), 20, 20)
    np.testing.assert_array_equal(images.model_input(data, "a.tif", 20), upright)


def bands(count, letter="B", order="<", **form):
    samples = np.zeros((16, 16, count), np.dtype(letter))
    tags = [(277, "H", [count]), (258, "H", [samples.itemsize * 8] * count)]
    return tiff(16, 16, [stored(samples)], tags=[*tags, *form.get("tags", ())])


OTHERS = {
    "thirteen bands of a satellite": (bands(13, "H"), "is a TIFF of 13 bands"),
    "five bands of 8 bits": (bands(5, tags=[(262, "H", [2])]), "is a TIFF of 5 bands"),
    "three bands that are no colours": (bands(3), "is a TIFF of 3 bands"),
    "heights as floats": (bands(1, "f", tags=[(339, "H", [3])]), "can be fractions"),
    "colours as floats": (
        bands(3, "f", tags=[(262, "H", [2]), (339, "H", [3])]),
        "can be fractions",
    ),
    "32-bit integers": (bands(1, "I"), "very large"),
    "signed heights": (bands(1, "h", tags=[(339, "H", [2])]), "negative"),
    "DNG": (tiff(9, 6, [bytes(54)], tags=[(50706, "B", [1, 4, 0, 0])]), "is a raw photo (DNG)"),
    # NEF and ARW begin with a preview; what the sensor saw is in a directory below
    "NEF, ARW": (
        tiff(9, 6, [bytes(162)], tags=[*colour_tags(3, 8), (254, "I", [1]), (330, "I", [8, 8])]),
        "is a raw photo (NEF/ARW)",
    ),
    "a sensor's mosaic": (tiff(9, 6, [bytes(54)], tags=[(262, "H", [32803])]), "is a raw photo"),
    "CR2": (b"II*\0\x10\0\0\0CR\2\0" + bytes(200), "is a raw photo (CR2)"),
    "LAB": (saved(Image.new("LAB", (9, 6)), "TIFF"), "is a TIFF of an unusual form"),
    "LZMA": (saved(RGB, "TIFF", compression="lzma"), "is a TIFF of an unusual form"),
    "16 bits, white is zero": (
        tiff(9, 6, [bytes(108)], tags=[(258, "H", [16]), (262, "H", [0])]),
        "is a TIFF of an unusual form",
    ),
    "five bits": (tiff(8, 8, [bytes(40)], tags=[(258, "H", [5])]), "is a TIFF of an unusual form"),
}


@pytest.mark.parametrize("case", OTHERS)
def test_what_is_no_picture_in_colours_is_named(case):
    data, cause = OTHERS[case]
    with pytest.raises(ImageRefused) as refused:
        load_rgb(data, "field.tif")
    message = str(refused.value)
    assert message.startswith("field.tif ") and cause in message
    assert message.endswith(".") and message.count(". ") == 1, "expected two sentences"


def tags_of(count):
    """A directory of many tags, each a small private one."""
    rows = b"".join(struct.pack("<HHII", 33000 + n % 30000, 3, 1, 1) for n in range(count))
    return b"II*\0\x08\0\0\0" + struct.pack("<H", count) + rows + bytes(4)


def with_many_values(tag):
    values = 1_000_000
    return tiff(8, 8, [bytes(64)], tags=[(tag, "I", [1] * values)])


def photo_in_tiff(jpeg):
    return tiff(32, 32, [jpeg], tags=[*colour_tags(3, 8), (262, "H", [6]), (259, "H", [7])])


def test_repeated_scans_alone_are_no_reason_to_refuse():
    assert load_rgb(photo_in_tiff(jpeg_of_scans(30)), "a.tif").shape == (32, 32, 3)


HOSTILE = {
    "65,000 tags": tags_of(65_000),
    "a million bit depths": with_many_values(258),
    "a million widths": with_many_values(256),
    "a million strips of one picture": tiff(8, 8, [bytes(64)], listed=[16] * 1_000_000),
    "strips of nothing": tiff(8, 8, [bytes(64)], listed=[16] * 10_000, tags=[(278, "I", [0])]),
    "tiles of one pixel": tiff(
        60_000, 800, [bytes(9)], listed=[16] * 900_000, tags=[(322, "H", [1]), (323, "H", [1])]
    ),
    "a tile as large as the limit": tiff(
        16, 16, [zlib.compress(bytes(10**6), 9)], tags=[(322, "I", [60_000]), (323, "I", [60_000])]
    ),
    "a hundred thousand tiles": tiff(
        5008, 5008, [bytes(256)], listed=[16] * 313**2, tags=[(322, "H", [16]), (323, "H", [16])]
    ),
    # at 50 megapixels each takes 75 bytes and 20 ms
    "a photo of 300 scans": photo_in_tiff(jpeg_of_scans(300)),
    "thin tiles below the picture": tiff(
        60_000,
        16,
        [zlib.compress(bytes(10**6), 9)],
        listed=[16] * 3750,
        tags=[(322, "I", [16]), (323, "I", [60_000]), (259, "H", [8])],
    ),
    "the directory in itself": b"II*\0\x08\0\0\0"
    + struct.pack("<HHHII", 1, 256, 4, 9, 8)
    + b"\x08\0\0\0",
    "no directory": b"II*\0\xff\xff\xff\x7f" + bytes(40),
    "a directory at the end": b"MM\0*\0\0\0\x08\0",
    "BigTIFF of endless tags": b"II+\0\x08\0\0\0" + struct.pack("<QQ", 16, 2**63) + bytes(99),
    "no width": tiff(0, 8, [bytes(64)]),
    "a width of text": tiff(8, 8, [bytes(64)], tags=[(256, "f", [8.0])]),
    "two widths": tags_of(0)[:8]
    + struct.pack("<H", 2)
    + struct.pack("<HHII", 256, 4, 1, 9) * 2
    + bytes(4),
    "too few strips": tiff(90, 70, strips(GREY, 3)[:5], tags=[(278, "I", [3])]),
    "half a strip": tiff(90, 70, [stored(GREY)[:3000]]),
    "a bomb": tiff(20_000, 20_000, [bytes(99)]),
    "a bomb of LZW": tiff(60_000, 60_000, [bytes(99)], tags=[(259, "H", [5])]),
}


@pytest.mark.parametrize("case", HOSTILE)
@pytest.mark.filterwarnings("ignore")
def test_a_hostile_directory_is_refused_at_once(case):
    with within(2), pytest.raises(ImageRefused):
        load_rgb(HOSTILE[case], "a.tif")


def test_many_pages_cost_as_much_as_the_first():
    """A chain of directories that ends in itself."""
    first = tiff(8, 8, [bytes(64)])
    looped = first[:-4] + struct.pack("<I", 16 + 64)
    assert load_rgb(looped, "a.tif").shape == (8, 8, 3)


@pytest.mark.skipif(sys.platform != "linux", reason="no /proc")
@pytest.mark.parametrize(
    "case",
    [
        "a tile as large as the limit",
        "thin tiles below the picture",
        "tiles of one pixel",
        "a bomb",
    ],
)
def test_a_hostile_directory_takes_no_memory(case, tmp_path):
    (tmp_path / "small").write_bytes(saved(RGB, "TIFF", compression="tiff_lzw"))
    (tmp_path / "big").write_bytes(HOSTILE[case])
    command = [sys.executable, "-W", "ignore", "-c", PEAK, tmp_path / "small", tmp_path / "big"]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert out[0] == "refused" and int(out[1]) < 25, "MB above the peak of a small picture"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, 4 + 3),
        ({"compression": "tiff_lzw"}, 4 + 3),
        ({"exif": exif(6)}, 4 + 3 + 4),
        ({"compression": "jpeg"}, 4 + 3 + 6),
    ],
)
def test_what_a_tiff_takes_is_known_before_it_is_decoded(options, expected, monkeypatch):
    costs = []
    monkeypatch.setattr(normaliser, "_check_memory", lambda needed, shown: costs.append(needed))
    data = saved(Image.new("RGB", (640, 480)), "TIFF", strip_size=10**9, **options)
    load_rgb(data, "a.tif")
    assert costs == [640 * 480 * expected]


SOUND = [data for data, _ in FORMS.values()] + [
    saved(RGB, "TIFF", compression=compression) for compression in [*LOSSLESS, "jpeg"]
]


@pytest.mark.parametrize("number", range(len(SOUND)))
@pytest.mark.filterwarnings("ignore")
def test_truncated_files_are_decoded_or_refused(number):
    data = SOUND[number]
    step = max(1, len(data) // 60)
    decoded = [decode_or_refuse(data[:end]) for end in range(0, len(data) - 200, step)]
    assert decode_or_refuse(data) and not any(decoded)


@given(
    strategies.sampled_from(SOUND),
    strategies.lists(
        strategies.tuples(strategies.floats(0, 1), strategies.integers(0, 255)),
        min_size=1,
        max_size=9,
    ),
    strategies.booleans(),
)
@examples(max_examples=400, deadline=None)
@pytest.mark.filterwarnings("ignore")
def test_damaged_files_are_decoded_or_refused(data, changes, in_directory):
    damaged = bytearray(data)
    for place, value in changes:
        reach = min(len(data), 300) if in_directory else len(data)
        damaged[len(data) - 1 - int(place * (reach - 1))] = value
    began = time.monotonic()
    decode_or_refuse(bytes(damaged))
    assert time.monotonic() - began < 5


def test_sixteen_bits_are_not_white_as_pillow_makes_them():
    data, expected = FORMS["16-bit grey, big-endian"]
    naive = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    assert naive.mean() > 250 > expected.mean() + 50
