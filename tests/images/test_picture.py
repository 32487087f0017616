"""What comes out of a picture band by band is what comes out of all of it, to the last bit."""

import hashlib

import numpy as np
import pytest
from PIL import Image

from tests.images.reading import load_rgb
from tests.images.test_normaliser import (
    EXACT,
    SMOOTH,
    UPRIGHT,
    WIDE,
    chunk,
    exif,
    paletted,
    png16,
    saved,
)
from tl_core import images
from tl_core.errors import ImageRefused
from tl_core.images import picture

NOISE = np.random.default_rng(3).integers(0, 256, (61, 83, 4), dtype=np.uint8)
BANDS = [1, 83 * 7, 10**6]
"""Pixels: a row, or a column, a band; some; all at once."""

FILES = {
    "RGB": saved(NOISE[..., :3], "PNG"),
    "RGBA": saved(NOISE, "PNG"),
    "grey": saved(NOISE[..., 0], "PNG"),
    "16 bits": saved(NOISE[..., 0].astype(np.uint16) * 257 - 100, "PNG"),
    "palette": saved(Image.fromarray(NOISE[..., :3]).quantize(16), "GIF"),
    "WebP": saved(NOISE, "WEBP", lossless=True),
    "CMYK": saved(Image.fromarray(NOISE[..., :3]).convert("CMYK"), "JPEG"),
} | {
    f"turned {number}": saved(NOISE[..., :3], "PNG", exif=exif(number))
    for number in UPRIGHT
    if number != 1
}


@pytest.fixture(params=BANDS)
def bands(request, monkeypatch):
    monkeypatch.setattr(picture, "BAND_PIXELS", request.param)


@pytest.mark.parametrize("case", EXACT)
def test_every_mode_has_the_expected_pixels_in_bands(case, bands):
    data, expected = EXACT[case]
    np.testing.assert_array_equal(load_rgb(data, "a.png"), expected)


@pytest.mark.parametrize("orientation", UPRIGHT)
def test_a_turned_picture_is_upright_in_bands(orientation, bands):
    tags = exif(orientation)
    upright = UPRIGHT[orientation](NOISE[..., :3])
    data = saved(NOISE[..., :3], "PNG", exif=tags)
    np.testing.assert_array_equal(load_rgb(data, "a.png"), upright)
    # A palette, a key and 16 bits are stored otherwise than they are seen.
    deep = png16(WIDE[..., 0], chunk(b"eXIf", tags.tobytes().removeprefix(b"Exif\0\0")))
    grey = UPRIGHT[orientation](np.repeat(WIDE[..., :1] // 256, 3, axis=2))
    np.testing.assert_array_equal(load_rgb(deep, "a.png"), grey)
    few = paletted("PNG", transparency=bytes([0, 128, 255, 77]), exif=tags)
    without = load_rgb(paletted("PNG", transparency=bytes([0, 128, 255, 77])), "a.png")
    np.testing.assert_array_equal(load_rgb(few, "a.png"), UPRIGHT[orientation](without))


@pytest.mark.parametrize("case", FILES)
@pytest.mark.parametrize("size", [(1, 1), (16, 16), (40, 200), (61, 83), (200, 30)])
def test_resizing_in_bands_is_resizing(case, size, bands):
    with images.opened(FILES[case], "a") as file:
        in_bands = file.resized(*size)
    assert in_bands.shape == (*size, 3)
    np.testing.assert_array_equal(in_bands, images.resize(load_rgb(FILES[case], "a"), *size))


@pytest.mark.parametrize("case", FILES)
@pytest.mark.parametrize("size", [(16, 16), (40, 200), (200, 30), (9, 83)])
def test_a_picture_that_is_too_large_to_be_copied_differs_by_one_level(
    case, size, bands, monkeypatch
):
    exact = images.resize(load_rgb(FILES[case], "a"), *size)
    monkeypatch.setattr(picture, "WHOLE_PIXELS", 0)
    with images.opened(FILES[case], "a") as file:
        in_bands = file.resized(*size)
    difference = np.abs(in_bands.astype(int) - exact)
    assert difference.max() <= 1
    if case == "RGB":  # what most large files are needs no copy, and is exact
        assert difference.max() == 0
    assert np.abs(in_bands[::-1].astype(int) - exact).max() > 20, "pictures do differ"


@pytest.mark.parametrize("case", FILES)
@pytest.mark.parametrize("longest", [1, 20, 83, 500])
def test_shrinking_in_bands_is_shrinking(case, longest, bands):
    expected = images.shrink(load_rgb(FILES[case], "a", at_least=longest), longest)
    np.testing.assert_array_equal(images.load_shrunk(FILES[case], "a", longest), expected)


def test_a_thin_picture_is_shrunk_although_one_side_stays(bands):
    thin = saved(np.repeat(NOISE[:1, :, :3], 30, axis=1), "PNG")
    assert images.load_shrunk(thin, "a", 96).shape == (1, 96, 3)


def sha256(pixels):
    return hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).hexdigest()


@pytest.mark.parametrize("case", FILES)
def test_the_hash_in_bands_is_the_hash_of_all_pixels(case, bands):
    with images.opened(FILES[case], "a") as file:
        digest = file.sha256()
    assert digest == sha256(load_rgb(FILES[case], "a"))
    others = {sha256(load_rgb(data, "a")) for data in FILES.values()}
    assert digest in others and len(others) > len(FILES) / 2, "other pictures have another"


@pytest.mark.parametrize(("above", "by"), [(640 * 480, 1), (640 * 480 - 1, 4), (100, 4)])
@pytest.mark.parametrize("orientation", [1, 6])
def test_a_jpeg_of_more_pixels_is_known_by_fewer(above, by, orientation):
    data = saved(SMOOTH, "JPEG", quality=95, exif=exif(orientation))
    with images.opened(data, "a.jpg", coarse_above=above) as file:
        digest, pixels = file.sha256(), file.rgb()
    upright = (640 // by, 480 // by, 3) if orientation == 6 else (480 // by, 640 // by, 3)
    assert pixels.shape == upright
    if by == 1:
        assert digest == sha256(load_rgb(data, "a.jpg")), "what is known of small ones stays"
    else:
        of = repr(pixels.shape) + repr((640, 480))
        assert digest == hashlib.sha256(of.encode() + pixels.tobytes()).hexdigest()
        assert digest != sha256(pixels), "nor is it the digest of a small picture"
    again = saved(SMOOTH, "JPEG", quality=95, exif=exif(orientation), comment=b"another file")
    other = saved(SMOOTH[::-1], "JPEG", quality=95, exif=exif(orientation))
    assert again != data and known(again, above) == digest != known(other, above)


def known(data, above):
    with images.opened(data, "a.jpg", coarse_above=above) as file:
        return file.sha256()


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("share", [0.3, 0.7, 0.95])
def test_a_large_jpeg_is_read_to_its_end_although_it_is_decoded_smaller(share, progressive):
    noise = np.random.default_rng(5).integers(0, 256, (480, 640, 3), dtype=np.uint8)
    data = saved(noise, "JPEG", quality=90, progressive=progressive)
    assert len(known(data, 100)) == 64
    with pytest.raises(ImageRefused, match=r"damaged or incomplete"):
        known(data[: int(len(data) * share)], 100)


def test_other_formats_are_known_by_all_their_pixels():
    for case in ("RGB", "WebP", "palette"):
        assert known(FILES[case], 100) == sha256(load_rgb(FILES[case], "a"))


def test_what_a_network_sees_of_a_large_picture_is_what_it_always_saw():
    large = np.asarray(Image.fromarray(SMOOTH).resize((3001, 1999), Image.Resampling.BICUBIC))
    data = saved(large, "PNG", compress_level=1)
    expected = Image.fromarray(large).resize((160, 160), Image.Resampling.BILINEAR)
    np.testing.assert_array_equal(images.model_input(data, "a.png", 160), np.asarray(expected))


def test_pixels_are_read_only_and_the_file_is_closed_after_its_block():
    with images.opened(FILES["RGB"], "a") as file:
        pixels = [file.rgb(), file.resized(5, 5), file.shrunk(9), file.shrunk(999)]
    assert not any(one.flags.writeable for one in pixels)
    with pytest.raises(picture.Damaged):
        file.rgb()


def test_an_error_of_the_caller_is_not_blamed_on_the_file():
    with pytest.raises(KeyError, match="mine"), images.opened(FILES["RGB"], "a"):
        raise KeyError("mine")
