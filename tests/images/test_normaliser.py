import hashlib
import io
import struct
import subprocess
import sys
import threading
import warnings
import zlib

import numpy as np
import pytest
from hypothesis import example, given, strategies
from hypothesis import settings as examples
from PIL import Image

from tests.images.reading import load_rgb
from tl_core import images
from tl_core.errors import ImageRefused

RANDOM = np.random.default_rng(7)
PICTURE = RANDOM.integers(0, 256, (6, 9, 3), dtype=np.uint8)
GREY = RANDOM.integers(0, 256, (6, 9), dtype=np.uint8)
ALPHA = RANDOM.integers(0, 256, (6, 9), dtype=np.uint8)
WIDE = RANDOM.integers(0, 65536, (6, 9, 4)).astype(np.uint16)
INDEX = GREY % 4
COLOURS = np.array([(10, 20, 30), (40, 50, 60), (70, 80, 90), (200, 100, 0)], np.uint8)
NOISE = RANDOM.integers(0, 256, (6, 8, 3), dtype=np.uint8)
SMOOTH = np.asarray(Image.fromarray(NOISE).resize((640, 480), Image.Resampling.BICUBIC))
DEEP_GREY = SMOOTH[..., 0].astype(np.uint16) * 257
ORIENTATION = 274


def saved(pixels, kind, mode=None, **options):
    file = io.BytesIO()
    picture = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    (picture.convert(mode) if mode else picture).save(file, kind, **options)
    return file.getvalue()


def with_alpha(pixels):
    return np.dstack([pixels, ALPHA])


def paletted(kind, **options):
    picture = Image.fromarray(INDEX)
    picture.putpalette(COLOURS.tobytes())
    return saved(picture, kind, **options)


def chunk(name, body):
    check = struct.pack(">I", zlib.crc32(name + body))
    return struct.pack(">I", len(body)) + name + body + check


def png(width, height, bits, colour, rows, *extra):
    """A PNG of any bit depth (Pillow writes few of them); colour is 0 grey, 2 RGB, 4 LA, 6 RGBA."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows), 9))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(extra) + body + chunk(b"IEND", b"")


def png16(samples, *extra):
    rows = [row.astype(">u2").tobytes() for row in samples]
    return png(9, 6, 16, {1: 0, 2: 4, 3: 2, 4: 6}[samples[0, 0].size], rows, *extra)


def png_of_few_greys(bits, *extra):
    per_byte = 8 // bits
    columns = np.pad(INDEX % 2**bits, ((0, 0), (0, -9 % per_byte))).reshape(6, -1, per_byte)
    shifts = 8 - bits * (1 + np.arange(per_byte))
    packed = (columns.astype(int) << shifts).sum(axis=2).astype(np.uint8)
    return png(9, 6, bits, 0, [row.tobytes() for row in packed], *extra)


def over_white(colour, alpha):
    share = alpha.astype(float)[..., None] / 255
    return np.rint(colour * share + 255 * (1 - share)).astype(np.uint8)


def grey3(pixels):
    return np.repeat(pixels[..., None], 3, axis=2).astype(np.uint8)


def keyed(pixels, transparent):
    return np.where(transparent[..., None], 255, pixels).astype(np.uint8)


def bmp_upside_down():
    data = bytearray(saved(PICTURE[::-1], "BMP"))
    data[22:26] = struct.pack("<i", -6)
    return bytes(data)


EXACT = {
    "PNG RGB": (saved(PICTURE, "PNG"), PICTURE),
    "PNG grey": (saved(GREY, "PNG"), grey3(GREY)),
    "PNG RGBA": (saved(with_alpha(PICTURE), "PNG"), over_white(PICTURE, ALPHA)),
    "PNG LA": (saved(np.dstack([GREY, ALPHA]), "PNG"), over_white(grey3(GREY), ALPHA)),
    "PNG palette": (paletted("PNG"), COLOURS[INDEX]),
    # one alpha for each palette entry
    "PNG PA": (
        paletted("PNG", transparency=bytes([0, 128, 255, 77])),
        over_white(COLOURS[INDEX], np.array([0, 128, 255, 77])[INDEX]),
    ),
    "PNG 1 bit": (saved(GREY > 99, "PNG"), grey3((GREY > 99) * 255)),
    "PNG 2 bits": (png_of_few_greys(2), grey3(INDEX * 85)),
    "PNG 4 bits": (png_of_few_greys(4), grey3(INDEX * 17)),
    # Pillow compares a stored 2, 4 or 16-bit key with 8-bit pixels, and finds nothing transparent
    "PNG 2 bits, key": (
        png_of_few_greys(2, chunk(b"tRNS", b"\0\2")),
        keyed(grey3(INDEX * 85), INDEX == 2),
    ),
    "PNG 4 bits, key": (
        png_of_few_greys(4, chunk(b"tRNS", b"\0\3")),
        keyed(grey3(INDEX * 17), INDEX == 3),
    ),
    "PNG RGB, key": (
        saved(COLOURS[INDEX], "PNG", transparency=(40, 50, 60)),
        keyed(COLOURS[INDEX], INDEX == 1),
    ),
    # convert("RGB") would make every sample from 256 up white
    "PNG 16-bit grey": (png16(WIDE[..., 0]), grey3(WIDE[..., 0] // 256)),
    "PNG 16-bit grey, key": (
        png16(WIDE[..., 0], chunk(b"tRNS", struct.pack(">H", WIDE[2, 3, 0]))),
        keyed(grey3(WIDE[..., 0] // 256), WIDE[..., 0] == WIDE[2, 3, 0]),
    ),
    "PNG 16-bit RGB": (png16(WIDE[..., :3]), (WIDE[..., :3] // 256).astype(np.uint8)),
    "PNG 16-bit RGB, key": (
        png16(WIDE[..., :3], chunk(b"tRNS", WIDE[2, 3, :3].astype(">u2").tobytes())),
        keyed(WIDE[..., :3] // 256, (WIDE[..., :3] == WIDE[2, 3, :3]).all(axis=2)),
    ),
    "PNG 16-bit LA": (
        png16(WIDE[..., :2]),
        over_white(grey3(WIDE[..., 0] // 256), WIDE[..., 1] // 256),
    ),
    "PNG 16-bit RGBA": (png16(WIDE), over_white(WIDE[..., :3] // 256, WIDE[..., 3] // 256)),
    "PNG with a colour profile": (saved(PICTURE, "PNG", icc_profile=b"no profile"), PICTURE),
    "APNG": (
        saved(PICTURE, "PNG", save_all=True, append_images=[Image.new("RGB", (9, 6))]),
        PICTURE,
    ),
    "WebP lossless": (saved(PICTURE, "WEBP", lossless=True), PICTURE),
    # Pillow drops colours under full transparency here, which does not show over white
    "WebP RGBA": (saved(with_alpha(PICTURE), "WEBP", lossless=True), over_white(PICTURE, ALPHA)),
    "WebP animated": (
        saved(
            PICTURE, "WEBP", lossless=True, save_all=True, append_images=[Image.new("RGB", (9, 6))]
        ),
        PICTURE,
    ),
    "BMP RGB": (saved(PICTURE, "BMP"), PICTURE),
    "BMP grey": (saved(GREY, "BMP"), grey3(GREY)),
    "BMP 1 bit": (saved(GREY > 99, "BMP"), grey3((GREY > 99) * 255)),
    "BMP palette": (paletted("BMP"), COLOURS[INDEX]),
    "BMP rows from the top": (bmp_upside_down(), PICTURE),
    "GIF": (paletted("GIF"), COLOURS[INDEX]),
    "GIF grey": (saved(GREY, "GIF"), grey3(GREY)),
    "GIF transparent": (paletted("GIF", transparency=2), keyed(COLOURS[INDEX], INDEX == 2)),
    "GIF animated": (
        paletted("GIF", save_all=True, append_images=[Image.new("RGB", (9, 6))]),
        COLOURS[INDEX],
    ),
}


@pytest.mark.parametrize("case", EXACT)
def test_every_lossless_mode_gives_the_expected_pixels(case):
    data, expected = EXACT[case]
    pixels = load_rgb(data, "a.png")
    assert pixels.dtype == np.uint8 and pixels.shape == expected.shape
    np.testing.assert_array_equal(pixels, expected)


def test_sixteen_bit_grey_is_not_white_as_pillow_makes_it():
    data, expected = EXACT["PNG 16-bit grey"]
    naive = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    assert naive.mean() > 250 > expected.mean() + 50


LOSSY = {
    "JPEG": saved(SMOOTH, "JPEG", quality=95),
    "JPEG progressive": saved(SMOOTH, "JPEG", quality=95, progressive=True),
    "WebP": saved(SMOOTH, "WEBP", quality=95),
    # the second picture of a phone's multi-picture file is its preview
    "MPO": saved(
        SMOOTH, "MPO", save_all=True, append_images=[Image.new("RGB", (640, 480))], quality=95
    ),
}


@pytest.mark.parametrize("case", LOSSY)
def test_lossy_formats_come_close(case):
    difference = np.abs(load_rgb(LOSSY[case], "a.jpg").astype(int) - SMOOTH)
    assert 0 < difference.mean() < 2


def test_grey_jpeg_becomes_three_equal_channels():
    pixels = load_rgb(saved(SMOOTH[..., 0], "JPEG", quality=95), "a.jpg")
    assert np.abs(pixels.astype(int) - grey3(SMOOTH[..., 0])).mean() < 2


def test_cmyk_jpeg_is_ink_on_white():
    # Pillow stores CMYK inverted with Adobe's marker, as Photoshop does, and must undo it
    cyan, magenta, yellow, black = ink = (200, 100, 50, 20)
    data = saved(Image.new("CMYK", (16, 16), ink), "JPEG", quality=100)
    expected = [(255 - colour) * (255 - black) / 255 for colour in (cyan, magenta, yellow)]
    np.testing.assert_allclose(load_rgb(data, "a.jpg")[8, 8], expected, atol=2)


UPRIGHT = {
    1: lambda stored: stored,
    2: lambda stored: stored[:, ::-1],
    3: lambda stored: stored[::-1, ::-1],
    4: lambda stored: stored[::-1],
    5: lambda stored: stored.swapaxes(0, 1),
    6: lambda stored: np.rot90(stored, -1),
    7: lambda stored: stored[::-1, ::-1].swapaxes(0, 1),
    8: lambda stored: np.rot90(stored, 1),
    9: lambda stored: stored,  # not an orientation
}


def exif(orientation):
    tags = Image.Exif()
    tags[ORIENTATION] = orientation
    return tags


@pytest.mark.parametrize("orientation", UPRIGHT)
def test_orientation_is_applied(orientation):
    expected = UPRIGHT[orientation](PICTURE)
    tags = exif(orientation)
    for data in (
        saved(PICTURE, "PNG", exif=tags),
        saved(PICTURE, "WEBP", lossless=True, exif=tags),
    ):
        np.testing.assert_array_equal(load_rgb(data, "a.png"), expected)
    jpeg = load_rgb(saved(SMOOTH, "JPEG", quality=95, exif=tags), "a.jpg")
    assert np.abs(jpeg.astype(int) - UPRIGHT[orientation](SMOOTH)).mean() < 2
    grey = png16(WIDE[..., 0], chunk(b"eXIf", tags.tobytes().removeprefix(b"Exif\0\0")))
    upright = UPRIGHT[orientation](grey3(WIDE[..., 0] // 256))
    np.testing.assert_array_equal(load_rgb(grey, "a.png"), upright)


BROKEN_EXIF = {
    "nothing after the marker": saved(PICTURE, "JPEG", exif=b"Exif\0\0"),
    "a directory outside the file": saved(PICTURE, "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff"),
    "no TIFF": saved(PICTURE, "JPEG", exif=b"Exif\0\0not TIFF at all"),
    "text for a number": saved(
        PICTURE,
        "JPEG",
        exif=b"Exif\0\0II*\0\x08\0\0\0\1\0\x12\1\2\0\4\0\0\0six\0\0\0\0\0",
    ),
    # this one makes Pillow raise, the others make it warn
    "not hexadecimal": png(
        9, 6, 8, 0, [bytes(9)] * 6, chunk(b"tEXt", b"Raw profile type exif\0\nexif\n 4\nzzzz\n")
    ),
}


@pytest.mark.parametrize("case", BROKEN_EXIF)
@pytest.mark.filterwarnings("ignore:.*EXIF")
def test_broken_exif_does_not_cost_the_photo(case):
    assert load_rgb(BROKEN_EXIF[case], "a.jpg").shape == PICTURE.shape


def jpeg_of_scans(count):
    """A JPEG whose last scan is said `count` times more; every decoder accepts that."""
    data = saved(SMOOTH[:32, :32], "JPEG", progressive=True)
    return data[:-2] + data[data.rfind(b"\xff\xda") : -2] * count + data[-2:]


def test_repeated_scans_alone_are_no_reason_to_refuse():
    assert load_rgb(jpeg_of_scans(30), "a.jpg").shape == (32, 32, 3)


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
WHOLE_JPEG = LOSSY["JPEG"]
GIF_HEADER = b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff"
REFUSED = {
    "no bytes": (b"", "is empty"),
    "half a JPEG": (WHOLE_JPEG[: len(WHOLE_JPEG) // 2], "damaged or incomplete"),
    "half a PNG": (saved(SMOOTH, "PNG")[:9000], "damaged or incomplete"),
    "half a WebP": (LOSSY["WebP"][: len(LOSSY["WebP"]) // 2], "damaged or incomplete"),
    "half a BMP": (saved(SMOOTH, "BMP")[:9000], "damaged or incomplete"),
    "half a GIF": (saved(SMOOTH, "GIF")[:9000], "damaged or incomplete"),
    "a JPEG's first bytes": (WHOLE_JPEG[:4], "damaged or incomplete"),
    "a PNG's signature": (b"\x89PNG\r\n\x1a\n", "damaged or incomplete"),
    # at 50 megapixels each takes 75 bytes and 20 ms
    "a JPEG of 300 scans": (jpeg_of_scans(300), "damaged or incomplete"),
    # each inflates to 1 MB
    "a PNG of 1,000 profiles": (
        png(1, 1, 8, 0, [b"\0"], *[chunk(b"iCCP", b"a\0\0")] * 1000),
        "damaged or incomplete",
    ),
    "text": (b"hello, this is not an image at all", "is named like an image, but"),
    "text that begins as BMP does": (b"BMW makes cars and motorcycles.", "is named like an image"),
    "a sound that begins as WebP does": (b"RIFF\x24\0\0\0WAVEfmt " + bytes(40), "named like"),
    "zeros": (bytes(100), "is named like an image"),
    "HEIC": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40), "in HEIC format"),
    # an iPhone may write the general brand first
    "HEIF": (b"\0\0\0\x1cftypmif1\0\0\0\0mif1heicmiaf" + bytes(40), "in HEIC format"),
    "AVIF": (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf" + bytes(40), "in AVIF format"),
    "AVIF by its second brand": (
        b"\0\0\0\x18ftypmif1\0\0\0\0avifmif1" + bytes(40),
        "in AVIF format",
    ),
    "a film": (b"\0\0\0\x18ftypisom\0\0\2\0isommp42" + bytes(40), "is a video (MP4), not a photo"),
    "SVG": (SVG, "is an SVG drawing"),
    "SVG after a declaration": (
        b"\xef\xbb\xbf <?xml version='1.0'?>\n<!-- x -->" + SVG,
        "is an SVG drawing",
    ),
    "XML that is not SVG": (b"<?xml version='1.0'?><note/>", "is named like an image"),
    # what a failed download leaves
    "a web page": (b"\n<!DOCTYPE html><html><body>" + SVG, "is a web page, not a picture"),
    "a TIFF of nothing": (b"MM\0*" + bytes(40), "damaged or incomplete"),
    "PDF": (b"%PDF-1.7\n", "is a PDF document"),
    "ICO": (saved(SMOOTH, "ICO"), "holds ICO data"),
    "JPEG 2000": (saved(PICTURE, "JPEG2000"), "holds JPEG 2000 data"),
    "PSD": (b"8BPS\0\1" + bytes(40), "holds PSD data"),
    # Pillow has plugins for these, and must not be asked
    "TGA": (saved(PICTURE, "TGA"), "is named like an image"),
    "EPS": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "holds EPS data"),
    "PNG of no width": (png(0, 4, 8, 0, [b""]), "has no pixels: 0 × 4"),
    "BMP of no height": (
        saved(PICTURE, "BMP")[:22] + bytes(4) + saved(PICTURE, "BMP")[26:],
        "has no pixels: 9 × 0",
    ),
    "GIF of no size": (b"GIF89a" + bytes(40), "has no pixels: 0 × 0"),
    "PNG bomb": (
        png(20_000, 20_000, 1, 0, [b""]),
        "has 20000 × 20000 pixels; the limit is 51 mega",
    ),
    "BMP bomb, rows from the top": (
        saved(PICTURE, "BMP")[:18] + struct.pack("<ii", 20_000, -20_000) + bytes(200),
        "has 20000 × 20000 pixels",
    ),
    # opening a WebP already makes its canvas
    "WebP bomb": (
        b"RIFF\x64\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + b"\xff\x3f\0" * 2 + bytes(80),
        "has 16384 × 16384 pixels",
    ),
    "WebP bomb, lossless": (
        b"RIFF\x64\0\0\0WEBPVP8L\x50\0\0\0\x2f"
        + struct.pack("<I", 0x3FFF | 0x3FFF << 14)
        + bytes(80),
        "has 16384 × 16384 pixels",
    ),
    "WebP bomb, lossy": (
        b"RIFF\x64\0\0\0WEBPVP8 \x50\0\0\0\x10\0\0\x9d\1\x2a\xff\x3f\xff\x3f" + bytes(80),
        "has 16383 × 16383 pixels",
    ),
    # only JPEG's own header tells, in front of the first scan
    "JPEG bomb": (
        b"\xff\xd8\xff\xc0\0\x0b\x08\xff\xff\xff\xff\1\1\x11\0\xff\xda\0\x08\1\1\0\0\x3f\0"
        + bytes(40),
        "has 65535 × 65535 pixels",
    ),
    # a frame may be larger than the screen that the header declares
    "GIF bomb in a frame": (
        GIF_HEADER + b",\0\0\0\0\xff\xff\xff\xff\0\2\2\x4c\1\0;",
        "has 65535 × 65535 pixels",
    ),
    # under the megapixel limit; resizing it would take 16 bytes for each column, for each target column
    "a thread": (png(1_000_000, 1, 1, 0, [bytes(125_000)]), "65535 pixels a side"),
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("load", [load_rgb, lambda d, n: images.model_input(d, n, 32)])
def test_refusal_names_the_file_the_cause_and_a_way_out(case, load):
    data, cause = REFUSED[case]
    with pytest.raises(ImageRefused) as refused:
        load(data, "holiday.jpg")
    message = str(refused.value)
    assert message.startswith("holiday.jpg ") and cause in message
    assert message.endswith(".") and message.count(". ") == 1, "expected two sentences"


def test_other_files_are_told_which_formats_work():
    with pytest.raises(
        ImageRefused, match=r"notes.txt is not an image. Choose a photo in JPEG, PNG, H"
    ):
        load_rgb(b"just text, and honest about it", "notes.txt")


def test_suffix_does_not_matter_when_the_content_is_an_image():
    np.testing.assert_array_equal(load_rgb(EXACT["BMP RGB"][0], "a.jpg"), PICTURE)
    np.testing.assert_array_equal(load_rgb(EXACT["BMP RGB"][0], "noname"), PICTURE)


def test_file_size_limit_is_the_operators(monkeypatch):
    data = saved(PICTURE, "PNG") + bytes(1_000_000)
    assert load_rgb(data, "a.png").shape == PICTURE.shape
    monkeypatch.setenv("TL_MAX_IMAGE_MB", "1")
    with pytest.raises(ImageRefused, match=r"a.png has 1.1 MB; the limit is 1 MB"):
        load_rgb(data, "a.png")
    assert load_rgb(data[:1_000_000], "a.png").shape == PICTURE.shape


def test_pixel_limit_is_the_operators(monkeypatch):
    monkeypatch.setenv("TL_MAX_IMAGE_MEGAPIXELS", "1")
    with pytest.raises(ImageRefused, match="1001 × 1000 pixels; the limit is 1 mega"):
        load_rgb(saved(Image.new("L", (1001, 1000)), "PNG"), "a.png")
    assert load_rgb(saved(Image.new("L", (1000, 1000)), "PNG"), "a.png").shape[0] == 1000


def test_pillow_does_not_warn_of_bombs_below_the_operators_limit(monkeypatch):
    monkeypatch.setenv("TL_MAX_IMAGE_MEGAPIXELS", "400")
    with warnings.catch_warnings(record=True) as seen, pytest.raises(ImageRefused, match="damaged"):
        warnings.simplefilter("always")
        load_rgb(png(20_000, 10_000, 1, 0, [b""]), "a.png")
    assert seen == []


PEAK = """
import re, sys
from tl_core import errors, images

def load(path):
    with images.opened(open(path, "rb").read(), path) as file:
        file.rgb()

def peak():  # getrusage would begin with the peak of the process that started this one
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1])

load(sys.argv[1])
before = peak()
try:
    load(sys.argv[2])
except errors.ImageRefused:
    print("refused")
print((peak() - before) // 1000)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="no /proc")
@pytest.mark.parametrize(("side", "refused"), [(14_600, True), (5_000, False)])
def test_bomb_is_refused_without_decoding_it(tmp_path, side, refused):
    bomb = png(side, side, 1, 0, [bytes(-(-side // 8))] * side)  # in RGB 4 bytes a pixel: 852 MB
    assert len(bomb) < 30_000
    (tmp_path / "small.png").write_bytes(EXACT["PNG RGB"][0])
    (tmp_path / "big.png").write_bytes(bomb)
    command = [sys.executable, "-c", PEAK, tmp_path / "small.png", tmp_path / "big.png"]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert (out[0] == "refused") == refused
    assert (int(out[-1]) < 20) == refused, "MB above the peak of a small image"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("cat.jpg", "cat.jpg"),
        ("고양이 사진.jpg", "고양이 사진.jpg"),
        ("a\nb\r\t\0\x1b[31mc.jpg", "ab[31mc.jpg"),  # would break a line or colour a terminal
        ("gpj.\u202etac", "gpj.tac"),  # right-to-left override: shown as another suffix
        ("\ud800.jpg", ".jpg"),  # half of a pair: cannot be sent to a browser
        ("x" * 55 + ".jpeg", "x" * 55 + ".jpeg"),  # 60: as long as may be
        ("a" * 300 + "b" * 16 + ".jpg", "a" * 39 + "…" + "b" * 16 + ".jpg"),
        ("\u200b \n", "?"),
        ("", "?"),
        ("{0} {name} {x.__class__}", "{0} {name} {x.__class__}"),  # not a template
    ],
)
def test_shown_name_is_short_and_harmless(name, shown):
    with pytest.raises(ImageRefused) as refused:
        load_rgb(b"", name)
    assert str(refused.value).startswith(shown + " is empty.")
    assert len(str(refused.value.sentence.values["name"])) <= images.LONGEST_NAME


SOUND = [data for data, _ in EXACT.values()] + list(LOSSY.values())
SOUND += [saved(SMOOTH[:40, :50], "JPEG", exif=exif(6)), saved(SMOOTH[:40, :50], "GIF")]


def decode_or_refuse(data, at_least=None):
    try:
        pixels = load_rgb(data, "a.jpg", at_least=at_least)
    except ImageRefused:
        return False
    assert pixels.ndim == 3 and pixels.shape[2] == 3 and pixels.dtype == np.uint8 and pixels.size
    return True


@pytest.mark.parametrize("number", range(len(SOUND)))
def test_truncated_files_are_decoded_or_refused(number):
    data = SOUND[number]
    step = max(1, len(data) // 150)
    decoded = [decode_or_refuse(data[:end]) for end in range(0, len(data), step)]
    assert decode_or_refuse(data)
    assert decoded.count(False) > len(decoded) / 2


@given(
    strategies.sampled_from(SOUND),
    strategies.lists(
        strategies.tuples(strategies.floats(0, 1), strategies.integers(0, 255)),
        min_size=1,
        max_size=9,
    ),
    strategies.booleans(),
    strategies.sampled_from([None, 1, 32]),
)
@examples(max_examples=400, deadline=None)
def test_damaged_files_are_decoded_or_refused(data, changes, in_header, at_least):
    damaged = bytearray(data)
    for place, value in changes:
        damaged[int(place * (min(len(data), 128 if in_header else len(data)) - 1))] = value
    decode_or_refuse(bytes(damaged), at_least)


@given(
    strategies.sampled_from([b"", *sorted({data[:16] for data in SOUND})]),
    strategies.binary(max_size=300),
)
@example(b"", b"\xff")
@examples(max_examples=300, deadline=None)
def test_arbitrary_bytes_are_decoded_or_refused(start, rest):
    decode_or_refuse(start + rest)


@pytest.mark.parametrize("size", [(640, 480), (480, 640), (161, 1999), (159, 900), (1281, 1280)])
def test_faster_jpeg_decoding_keeps_both_sides_long_enough(size):
    data = saved(Image.fromarray(SMOOTH).resize(size), "JPEG", quality=95, exif=exif(6))
    height, width, _ = load_rgb(data, "a.jpg", at_least=160).shape
    halvings = min(size) // 160 > 1
    assert (height < size[0]) == halvings, "expected a smaller image where both sides allow it"
    assert min(height, width) >= min(160, *size)
    full = load_rgb(data, "a.jpg")
    assert full.shape == (size[0], size[1], 3)
    slow = images.resize(full, 160, 160)
    assert np.abs(images.model_input(data, "a.jpg", 160).astype(int) - slow).mean() < 2
    assert np.abs(images.model_input(data, "a.jpg", 160).astype(int) - slow[::-1]).mean() > 20


def test_faster_decoding_leaves_other_formats_alone():
    assert load_rgb(saved(SMOOTH, "PNG"), "a.png", at_least=10).shape == SMOOTH.shape


@pytest.mark.parametrize("size", [1, 32, 160, 224, 700])
def test_model_input_squashes_the_whole_picture_to_a_square(size):
    halves = np.zeros((300, 600, 3), np.uint8)
    halves[:, 300:] = 255
    square = images.model_input(saved(halves, "PNG"), "a.png", size)
    assert square.shape == (size, size, 3) and square.dtype == np.uint8
    assert abs(square.mean() - 127.5) < 1, "both halves are in it, nothing is cropped"


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("shape", [(301, 600, 3), (600, 301, 3), (64, 64, 3), (1, 90, 3)])
def test_the_centre_is_cut_out_before_it_is_resized(shape, orientation):
    picture = RANDOM.integers(0, 256, shape, dtype=np.uint8)
    data = saved(picture, "PNG", exif=exif(orientation))
    upright = load_rgb(data, "a.png")
    side, (top, left) = min(shape[:2]), (np.array(upright.shape[:2]) - min(shape[:2])) // 2
    square = upright[top : top + side, left : left + side]
    assert (images.centre_square(upright) == square).all()
    seen = images.model_input(data, "a.png", 48, crop="centre")
    assert (seen == images.resize(square, 48, 48)).all()
    whole = images.model_input(data, "a.png", 48)
    assert (whole == seen).all() == (shape[0] == shape[1])


@pytest.mark.parametrize("mode", ["RGBA", "L", "P", "CMYK"])
def test_the_centre_of_any_mode_is_that_of_what_people_see(mode):
    data = saved(SMOOTH, "TIFF" if mode == "CMYK" else "PNG", mode=mode)
    expected = images.resize(images.centre_square(load_rgb(data, "a")), 48, 48)
    assert (images.model_input(data, "a", 48, crop="centre") == expected).all()


def test_resize_is_antialiased():
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2] = 255
    inner = images.resize(stripes, 16, 16)[:, 1:-1]
    assert np.ptp(inner) <= 2 and abs(inner.mean() - 127.5) < 2
    assert np.ptp(stripes[::4, ::4]) == 0 and stripes[::4, ::4].mean() == 255, (
        "without, it is white"
    )


def test_resize_to_its_own_size_changes_nothing():
    np.testing.assert_array_equal(images.resize(PICTURE, 6, 9), PICTURE)


@pytest.mark.parametrize(
    ("shape", "longest", "expected"),
    [
        ((300, 400), 200, (150, 200)),
        ((400, 300), 200, (200, 150)),
        ((300, 400), 400, (300, 400)),
        ((30, 40), 200, (30, 40)),  # never enlarged
        ((1, 5000), 96, (1, 96)),  # a side never becomes 0
    ],
)
def test_shrink_keeps_the_aspect_and_never_enlarges(shape, longest, expected):
    assert images.shrink(np.zeros((*shape, 3), np.uint8), longest).shape == (*expected, 3)


def test_encoders_write_what_they_say():
    np.testing.assert_array_equal(load_rgb(images.encode_png(PICTURE), "a.png"), PICTURE)
    fine, coarse = (images.encode_jpeg(SMOOTH, quality) for quality in (90, 20))
    assert len(coarse) < len(fine) and coarse[:3] == fine[:3] == b"\xff\xd8\xff"
    assert np.abs(load_rgb(fine, "a.jpg").astype(int) - SMOOTH).mean() < 2
    thumbnail = images.thumbnail_webp(SMOOTH)
    assert thumbnail[8:12] == b"WEBP" and len(thumbnail) < 3000
    assert load_rgb(thumbnail, "a.webp").shape == (72, 96, 3)
    assert load_rgb(images.thumbnail_webp(SMOOTH, 40), "a.webp").shape == (30, 40, 3)


def digest_of(data):
    with images.opened(data, "a") as file:
        return file.sha256()


def test_pixel_hash_knows_a_picture_in_any_file_format():
    kinds = ("PNG RGB", "BMP RGB", "WebP lossless", "APNG")
    hashes = {digest_of(EXACT[kind][0]) for kind in kinds}
    hashes |= {digest_of(saved(PICTURE, kind)) for kind in ("TIFF", "PPM")}
    assert hashes == {hashlib.sha256(b"(6, 9, 3)" + PICTURE.tobytes()).hexdigest()}
    changed = PICTURE.copy()
    changed[5, 8, 2] ^= 1
    others = (changed, PICTURE.reshape(9, 6, 3), PICTURE[::-1], PICTURE[:, :, ::-1])
    assert len(hashes | {digest_of(images.encode_png(other)) for other in others}) == 5


def test_decoding_is_the_same_in_many_threads_at_once():
    expected = [images.model_input(data, "a", 48) for data in SOUND]
    wrong = []

    def decode(offset):
        for turn in range(len(SOUND)):
            number = (turn + offset) % len(SOUND)
            pixels = images.model_input(SOUND[number], "a", 48)
            if not np.array_equal(pixels, expected[number]):
                wrong.append(number)

    threads = [threading.Thread(target=decode, args=(offset,)) for offset in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert wrong == [] and not any(thread.is_alive() for thread in threads)
