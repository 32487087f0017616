"""A photo of one's own is kept small, looks the same, and a hostile file leaves everything as it was."""

import io

import numpy as np
import pytest
from PIL import Image

from tests.images.reading import load_rgb
from tl_core import photos
from tl_core.errors import ImageRefused
from tl_core.images import encode_jpeg, encode_png
from tl_core.ui.photo import followed

RANDOM = np.random.default_rng(0)


def noise(height: int, width: int) -> np.ndarray:
    return RANDOM.integers(0, 256, (height, width, 3), np.uint8)


@pytest.mark.parametrize(
    "image",
    [
        noise(8, 8),  # pixel art must stay exact
        noise(1, 900),
        noise(500, 600),
        noise(2000, 1500),  # noise is the hardest to compress
        np.full((3000, 3000, 3), 200, np.uint8),
    ],
    ids=lambda image: str(image.shape),
)
def test_what_a_session_keeps_is_small_and_shows_the_same_picture(image: np.ndarray) -> None:
    choice = followed.own(encode_png(image), "a.png", title="a.png")
    assert len(choice.data) < photos.MOST_BYTES
    kept = load_rgb(choice.data, "kept")
    assert max(kept.shape[:2]) == min(max(image.shape[:2]), followed.LONGEST_SIDE)
    if image.nbytes < photos.MOST_BYTES:
        assert (kept == image).all()
    else:
        assert abs(float(kept.mean()) - float(image.mean())) < 2


def test_the_name_of_a_photo_says_nothing_of_its_pixels() -> None:
    file = encode_png(np.zeros((4, 4, 3), np.uint8))
    one, same = (followed.own(file, name, name) for name in ("a", "b"))
    assert one.name != same.name and one.digest == same.digest
    assert one.digest[:16] not in one.name
    other = followed.own(encode_png(np.ones((4, 4, 3), np.uint8)), "a", "a")
    assert other.digest != one.digest


@pytest.mark.parametrize(
    "data",
    [b"", b"GIF89a", b"<svg></svg>", encode_jpeg(noise(64, 64))[:200]],
    ids=["empty", "header only", "drawing", "half a photo"],
)
def test_a_file_that_is_no_photo_is_refused_by_name(data: bytes) -> None:
    with pytest.raises(ImageRefused, match=r"cat\.jpg"):
        followed.own(data, "cat.jpg", title="cat.jpg")


def test_an_upright_photo_stays_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned by 90 degrees
    file = io.BytesIO()
    Image.fromarray(noise(20, 40)).save(file, "JPEG", exif=exif)
    assert load_rgb(followed.own(file.getvalue(), "a.jpg", "a").data, "kept").shape == (40, 20, 3)
