"""PPM, PGM and PBM of every depth, compared with what numpy makes of the samples."""

import io

import numpy as np
import pytest
from hypothesis import example, given, strategies
from hypothesis import settings as examples
from PIL import Image

from tests.images.reading import load_rgb
from tests.images.test_normaliser import PICTURE, decode_or_refuse, grey3, saved
from tests.pace import within
from tl_core import images
from tl_core.errors import ImageRefused

RANDOM = np.random.default_rng(17)
ENDS = (1, 2, 7, 100, 254, 255, 256, 1000, 1023, 4095, 65534, 65535)


def raw(samples, largest):
    """A raw PGM or PPM of `samples`, ``(h, w)`` or ``(h, w, 3)``."""
    height, width = samples.shape[:2]
    head = f"P{6 if samples.ndim == 3 else 5}\n{width} {height}\n{largest}\n".encode()
    return head + samples.astype(">u2" if largest > 255 else np.uint8).tobytes()


def plain(samples, largest):
    height, width = samples.shape[:2]
    rows = "\n".join(" ".join(map(str, row.ravel())) for row in samples)
    head = f"P{3 if samples.ndim == 3 else 2}\n# from a camera\n{width} {height}\n{largest}\n"
    return f"{head}{rows}\n".encode()


def expected(samples, largest):
    """What numpy makes of it: scaled to 255, or to 65535 and then the high byte."""
    exact = samples / largest
    eight = np.rint(exact * 255) if largest < 256 else np.rint(exact * 65535) // 256
    return eight.astype(np.uint8) if samples.ndim == 3 else grey3(eight)


def bits(ones, digits):
    height, width = ones.shape
    if digits:
        return f"P1 {width} {height}\n".encode() + b"".join(
            b"%d" % one for one in ones.astype(int).ravel()
        )
    return f"P4\n{width} {height}\n".encode() + np.packbits(ones, axis=1).tobytes()


@pytest.mark.parametrize("largest", ENDS)
@pytest.mark.parametrize("channels", [(), (3,)])
@pytest.mark.parametrize("write", [raw, plain])
def test_every_depth_is_scaled_by_its_largest_value(largest, channels, write):
    samples = RANDOM.integers(0, largest + 1, (11, 13, *channels))
    samples[0, 0], samples[0, 1] = 0, largest
    pixels = load_rgb(write(samples, largest), "a.pgm")
    assert pixels.shape == (11, 13, 3) and pixels.dtype == np.uint8
    np.testing.assert_array_equal(pixels, expected(samples, largest))
    assert (pixels[0, 0] == 0).all() and (pixels[0, 1] == 255).all()


@given(
    strategies.integers(1, 65535),
    strategies.integers(1, 40),
    strategies.integers(1, 40),
    strategies.sampled_from([(), (3,)]),
    strategies.sampled_from([raw, plain]),
    strategies.integers(0, 2**32),
)
@examples(max_examples=150, deadline=None)
def test_any_size_and_depth(largest, width, height, channels, write, seed):
    samples = np.random.default_rng(seed).integers(0, largest + 1, (height, width, *channels))
    pixels = load_rgb(write(samples, largest), "a.ppm")
    np.testing.assert_array_equal(pixels, expected(samples, largest))


@pytest.mark.parametrize("digits", [False, True])
@pytest.mark.parametrize("width", [1, 7, 8, 9, 64])
def test_one_is_black_and_rows_end_with_a_byte(digits, width):
    ones = RANDOM.random((5, width)) < 0.5
    np.testing.assert_array_equal(
        load_rgb(bits(ones, digits), "a.pbm"), grey3(np.where(ones, 0, 255))
    )


@pytest.mark.parametrize("kind", ["PPM", "PGM", "PBM"])
def test_what_pillow_saves_is_read_to_the_last_bit(kind):
    picture = {"PPM": PICTURE, "PGM": PICTURE[..., 0], "PBM": PICTURE[..., 0] > 99}[kind]
    data = saved(picture, "PPM")
    with Image.open(io.BytesIO(data)) as stored:
        naive = np.asarray(stored.convert("RGB"))
    seen = PICTURE if kind == "PPM" else grey3(picture if kind == "PGM" else picture * 255)
    np.testing.assert_array_equal(naive, seen)


SAMPLES = RANDOM.integers(0, 256, (4, 5, 3))
WELL_FORMED = {
    "remarks": b"P6 # one\n#two\r5 #three\n4\n# four\n255\n" + raw(SAMPLES, 255)[-60:],
    "windows": b"P6\r\n5 4\r255\n" + raw(SAMPLES, 255)[-60:],
    "tabs": b"P6\t5\t4\t255\t" + raw(SAMPLES, 255)[-60:],
    # the first sample may look like a space
    "samples like spaces": b"P6 5 4 255 " + raw(np.full((4, 5, 3), 32), 255)[-60:],
    "a second picture": raw(SAMPLES, 255) * 2,
}


@pytest.mark.parametrize("case", WELL_FORMED)
def test_headers_are_read_as_the_format_says(case):
    pixels = load_rgb(WELL_FORMED[case], "a.ppm")
    np.testing.assert_array_equal(pixels, np.full((4, 5, 3), 32) if "like" in case else SAMPLES)


def test_a_picture_of_gold_is_no_photo_of_endless_scans():
    """Its pixels are the three bytes that begin a scan of a JPEG."""
    gold = np.tile(np.array([255, 218, 0], np.uint8), (40, 50, 1))
    backwards = gold[..., ::-1]  # as a BMP keeps it
    files = [(raw(gold, 255), gold), (saved(gold, "TIFF"), gold)]
    for data, expected in [*files, (saved(backwards, "BMP"), backwards)]:
        assert data.count(b"\xff\xda\0") > 1000
        np.testing.assert_array_equal(load_rgb(data, "a"), expected)


def test_what_is_larger_than_the_largest_value_is_white():
    pixels = load_rgb(b"P5 2 1 100 " + bytes([100, 200]), "a.pgm")
    assert pixels.tolist() == [[[255] * 3] * 2]


REFUSED = {
    "half the samples": (raw(SAMPLES, 255)[:-30], "damaged or incomplete"),
    "half the text": (plain(SAMPLES, 255)[:-40], "damaged or incomplete"),
    "only a header": (b"P5\n5 4\n255\n", "damaged or incomplete"),
    "no largest value": (b"P5\n5 4\n", "damaged or incomplete"),
    "a largest value of 0": (b"P5\n5 4\n0\n" + bytes(20), "damaged or incomplete"),
    "a largest value of 70000": (b"P5\n5 4\n70000\n" + bytes(40), "damaged or incomplete"),
    "words among numbers": (b"P2\n2 1\n255\n12 nan\n", "damaged or incomplete"),
    "negative numbers": (b"P2\n2 1\n255\n12 -5\n", "damaged or incomplete"),
    "numbers too large": (b"P2\n2 1\n255\n12 256\n", "damaged or incomplete"),
    "endless digits": (b"P2\n2 1\n255\n12 " + b"9" * 100_000, "damaged or incomplete"),
    "neither 0 nor 1": (b"P1\n2 1\n0 2\n", "damaged or incomplete"),
    "no pixels": (b"P5\n0 4\n255\n" + bytes(40), "has no pixels: 0 × 4"),
    "a bomb": (b"P5\n60000 60000\n255\n", "has 60000 × 60000 pixels"),
    "a bomb of bits": (b"P4\n65000 65000\n", "has 65000 × 65000 pixels"),
    "a bomb of digits": (b"P1\n9999999999 9999999999\n", "has 9999999999 × 9999999999 pixels"),
    "an endless remark": (b"P5\n" + b"#" * 1_000_000, "damaged or incomplete"),
    "remarks without end": (b"P5\n" + b"#\n" * 500_000, "damaged or incomplete"),
    "spaces without end": (b"P5 4" + b" " * 1_000_000, "damaged or incomplete"),
    "floats": (b"Pf\n5 4\n-1.0\n" + bytes(80), "holds PFM data"),
    "any number of channels": (b"P7\nWIDTH 5\nHEIGHT 4\n" + bytes(80), "holds PAM data"),
    "text": (b"P5 is the fifth period.", "is named like an image"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_wrong_is_refused_at_once(case):
    data, cause = REFUSED[case]
    with within(1), pytest.raises(ImageRefused) as refused:
        load_rgb(data, "a.pgm")
    assert cause in str(refused.value)


def test_a_large_picture_of_odd_depth_takes_no_time():
    """Pillow needs half a minute for such a file."""
    samples = np.tile(np.arange(240, dtype=np.uint8), (4000, 20))
    data = raw(samples, 239)
    with within(3), images.opened(data, "a.pgm") as file:
        small = file.resized(4, 4)
    assert 120 < small.mean() < 136


SOUND = [
    raw(SAMPLES, 255),
    raw(SAMPLES, 999),
    plain(SAMPLES, 255),
    bits(SAMPLES[..., 0] > 99, True),
]


@given(
    strategies.sampled_from(SOUND),
    strategies.lists(
        strategies.tuples(strategies.integers(0, 60), strategies.integers(0, 255)), max_size=6
    ),
    strategies.binary(max_size=80),
)
@example(b"P5 1 1 255", [], b"")
@examples(max_examples=300, deadline=None)
def test_damaged_files_are_decoded_or_refused(data, changes, rest):
    damaged = bytearray(data)
    for place, value in changes:
        damaged[min(place, len(data) - 1)] = value
    decode_or_refuse(bytes(damaged) + rest)
