"""Pictures that show the same are found, and others are not."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from PIL import Image, ImageEnhance, ImageFilter

from tests.datasets.samples import photo
from tests.images.reading import load_rgb
from tl_core import images
from tl_core.datasets.catalogue import get_dataset, read_photo, sample_photos
from tl_core.datasets.checking.lookalikes import (
    alike,
    look_into,
    mirror_images,
    perceptual_hash,
)


def saved(image, **options):
    file = io.BytesIO()
    image.save(file, "JPEG", **options)
    return Image.open(io.BytesIO(file.getvalue()))


def cropped(image, share):
    width, height = image.size
    left, top = round(share * width), round(share * height)
    return image.crop((left, top, width - left, height - top))


def look_at(pixels):
    with images.opened(images.encode_png(pixels), "a.png") as file:
        return look_into(file)


CHANGES = {
    "saved badly": lambda image: saved(image, quality=30),
    "halved": lambda image: image.resize((image.width // 2, image.height // 2)),
    "brighter": lambda image: ImageEnhance.Brightness(image).enhance(1.15),
    "darker": lambda image: ImageEnhance.Brightness(image).enhance(0.85),
    "cropped": lambda image: cropped(image, 0.02),
    "turned": lambda image: image.rotate(1, resample=Image.Resampling.BILINEAR),
    "blurred": lambda image: image.filter(ImageFilter.GaussianBlur(2)),
    "squashed": lambda image: image.resize((image.width, image.height * 3 // 4)),
}
TEXTURES = ("brick", "grass", "gravel", "horse")
PHOTOS = [photo.name for photo in sample_photos() if photo.name not in TEXTURES]
"""Textures, and a drawing of two colours, change all over when they are moved a little."""


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_photo_is_found_among_others(change):
    originals = [load_rgb(read_photo(name), name) for name in PHOTOS]
    changed = [np.asarray(CHANGES[change](Image.fromarray(one))) for one in originals]
    looks = [look_at(one) for one in [*originals, *changed]]
    count = len(originals)
    assert alike(looks) == [[place, place + count] for place in range(count)]


@pytest.mark.parametrize("name", PHOTOS)
def test_a_file_looks_as_its_pixels_do(name):
    data = read_photo(name)
    for at_least in (None, 64):
        with images.opened(data, name, at_least=at_least) as file:
            look = look_into(file)
        pixels = load_rgb(data, name, at_least=at_least)
        assert look.hash == perceptual_hash(images.resize(pixels, 32, 32))
        assert look.shortest == min(pixels.shape[:2])
        thumb = images.resize(pixels, 16, 16).astype(np.int16).ravel()
        np.testing.assert_array_equal(look.thumb, thumb - int(thumb.mean()))


def test_different_photos_and_emoji_are_not_alike():
    emoji = get_dataset("emoji")
    files = [emoji.read(image) for image in emoji.images]
    files += [read_photo(photo.name) for photo in sample_photos()]
    assert alike([look_at(load_rgb(one, "x", at_least=64)) for one in files]) == []


def test_colours_tell_pictures_with_the_same_shapes_apart():
    grey = photo(1)[..., :1].repeat(3, axis=2)
    red, blue = grey.copy(), grey.copy()
    red[..., 1:] //= 4
    blue[..., :2] //= 4
    assert (look_at(red).hash ^ look_at(blue).hash).bit_count() <= 4
    assert alike([look_at(red), look_at(blue)]) == []
    assert alike([look_at(red), look_at(red)]) == [[0, 1]]


def test_plain_pictures_are_alike_if_their_colours_are():
    plain = [np.full((80, 80, 3), colour, np.uint8) for colour in [(250, 10, 10), (10, 10, 250)]]
    assert look_at(plain[0]).hash == look_at(plain[1]).hash == 0
    assert alike([look_at(one) for one in [*plain, plain[0]]]) == [[0, 2]]


def test_frames_of_one_scene_are_one_group_though_its_ends_differ():
    """A camera that moves: each frame is like the next, the last is not like the first."""
    scene = photo(5, side=600)
    frames = [look_at(scene[:, start : start + 300]) for start in range(0, 300, 4)]
    assert alike([frames[0], frames[-1]]) == []
    assert alike(frames) == [list(range(len(frames)))]


@examples(deadline=None)
@given(st.lists(st.integers(0, 6), max_size=25))
def test_groups_are_those_of_equal_pictures(numbers):
    groups = alike([look_at(photo(number, side=24)) for number in numbers])
    expected: dict[int, list[int]] = {}
    for place, number in enumerate(numbers):
        expected.setdefault(number, []).append(place)
    assert groups == [group for group in expected.values() if len(group) > 1]


@examples(deadline=None)
@given(st.integers(1, 90), st.integers(1, 90), st.integers(0, 255))
def test_any_size_has_a_hash_that_repeats(height, width, value):
    picture = np.full((height, width, 3), value, np.uint8)
    picture[: height // 2] //= 3
    look = look_at(picture)
    assert 0 <= look.hash == look_at(picture.copy()).hash < 2**64
    assert look.shortest == min(height, width)


def test_5000_pictures_are_compared_in_seconds():
    rng = np.random.default_rng(0)
    looks = [look_at(photo(number % 50, side=16)) for number in range(50)]
    many = [looks[place] for place in rng.integers(0, 50, 5000)]
    assert len(alike(many)) == 50


def test_mirror_images_of_two_classes_are_found_and_nothing_else():
    turned = [look_at(photo(n)[:, ::-1]) for n in range(4)]
    plain = [look_at(photo(n)) for n in range(4)]
    others = [look_at(photo(n)) for n in range(50, 60)]
    looks = [*plain, *turned, *others]
    labels = [0] * 4 + [1] * 4 + [n % 2 for n in range(10)]
    assert mirror_images(looks, labels) == [(n, n + 4) for n in range(4)]
    assert mirror_images(looks, [0] * len(looks)) == []


def test_a_symmetric_picture_is_no_mirror_image_of_its_copy():
    half = photo(1)[:, :48]
    whole = np.concatenate([half, half[:, ::-1]], axis=1)
    assert mirror_images([look_at(whole), look_at(whole)], [0, 1]) == []
