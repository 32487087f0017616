"""Every damage is what its name says, more at each level, and nothing at level 0."""

import io

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from tl_core import images
from tl_core.datasets.catalogue import read_photo
from tl_core.errors import SettingInvalid
from tl_core.prediction.damage import (
    LEVELS,
    Broken,
    Flip,
    damaged,
    first_flip,
    get_damage,
    list_damages,
)

SIDE = 96
PHOTO = images.model_input(read_photo("chelsea"), "chelsea", SIDE)
NAMES = [one.name for one in list_damages()]


def apart(one, other):
    """Return the mean difference, in steps of 255."""
    return float(np.abs(one.astype(np.float64) - other).mean())


@pytest.mark.parametrize("name", NAMES)
def test_level_0_is_the_photo_itself_and_every_further_one_is_another(name):
    assert damaged(PHOTO, name, 0, 5) is PHOTO
    before = PHOTO.copy()
    found = [damaged(PHOTO, name, level, 5) for level in range(LEVELS)]
    for one in found:
        assert one.shape == PHOTO.shape and one.dtype == np.uint8
    assert len({one.tobytes() for one in found}) == LEVELS
    assert np.array_equal(PHOTO, before)
    assert len(get_damage(name).amounts) == LEVELS


@pytest.mark.parametrize("name", [name for name in NAMES if name != "rotate"])
def test_every_level_is_farther_from_the_photo(name):
    distances = [apart(damaged(PHOTO, name, level), PHOTO) for level in range(LEVELS)]
    assert distances == sorted(distances) and distances[-1] > 10


@pytest.mark.parametrize("name", NAMES)
def test_a_photo_that_is_no_square_keeps_its_shape(name):
    wide = np.ascontiguousarray(PHOTO[:40])
    assert damaged(wide, name, LEVELS - 1).shape == wide.shape


def test_half_a_turn_is_the_photo_upside_down():
    assert get_damage("rotate").amounts[-1] == 180
    assert apart(damaged(PHOTO, "rotate", LEVELS - 1), PHOTO[::-1, ::-1]) < 1
    assert apart(damaged(PHOTO, "rotate", LEVELS - 1), PHOTO) > 10


@pytest.mark.parametrize("level", [1, 3, 7])
def test_rotation_is_scipys_counter_clockwise_with_the_mirror_image_at_the_edges(level):
    angle = get_damage("rotate").amounts[level]
    expected = ndimage.rotate(
        PHOTO.astype(np.float64), angle, reshape=False, order=1, mode="reflect"
    )
    found = damaged(PHOTO, "rotate", level)
    assert apart(found, expected) < 2
    assert apart(found, ndimage.rotate(PHOTO, -angle, reshape=False, order=1)) > 10


@pytest.mark.parametrize("level", [2, 5, 9])
def test_blur_is_a_gaussian_of_that_deviation(level):
    deviation = get_damage("blur").amounts[level]
    values = PHOTO.astype(np.float64)
    right = ndimage.gaussian_filter(values, (deviation, deviation, 0), mode="nearest")
    twice = ndimage.gaussian_filter(values, (2 * deviation, 2 * deviation, 0), mode="nearest")
    found = damaged(PHOTO, "blur", level)
    assert apart(found, right) < 1.5 < apart(found, twice)


def test_darkening_takes_that_share_of_the_light():
    for level, taken in enumerate(get_damage("darken").amounts):
        expected = np.rint(PHOTO * (1 - taken / 100))
        assert np.abs(damaged(PHOTO, "darken", level) - expected).max() <= 1


def test_noise_has_that_deviation_and_is_the_same_for_the_same_seed():
    grey = np.full((200, 200, 3), 128, np.uint8)
    for level in (1, 3, 5):
        found = damaged(grey, "noise", level, 7).astype(np.float64)
        assert found.std() == pytest.approx(get_damage("noise").amounts[level], rel=0.02)
        assert found.mean() == pytest.approx(128, abs=0.5)
    one, again, other = (damaged(PHOTO, "noise", 4, seed) for seed in (1, 1, 2))
    assert np.array_equal(one, again) and not np.array_equal(one, other)


def test_noise_grows_where_it_was():
    grey = np.full((50, 50, 3), 128, np.uint8)
    weak, strong = (damaged(grey, "noise", level, 3).astype(int) - 128 for level in (2, 4))
    assert np.corrcoef(weak.ravel(), strong.ravel())[0, 1] > 0.99
    assert strong.std() > 2 * weak.std()


def test_only_noise_depends_on_the_seed():
    for damage in list_damages():
        same = np.array_equal(damaged(PHOTO, damage.name, 5, 1), damaged(PHOTO, damage.name, 5, 2))
        assert same != damage.random
    assert [one.name for one in list_damages() if one.random] == ["noise"]


def test_compression_is_that_of_a_jpeg_file():
    for level in (1, 5, 9):
        file = io.BytesIO()
        quality = int(get_damage("jpeg").amounts[level])
        Image.fromarray(PHOTO).save(file, "JPEG", quality=quality)
        expected = np.asarray(Image.open(io.BytesIO(file.getvalue())))
        assert np.array_equal(damaged(PHOTO, "jpeg", level), expected)


def test_a_crop_shows_the_middle_as_large_as_the_whole():
    level = get_damage("crop").amounts.index(50)
    quarter = SIDE // 4
    middle = Image.fromarray(PHOTO[quarter:-quarter, quarter:-quarter])
    expected = np.asarray(middle.resize((SIDE, SIDE), Image.Resampling.BILINEAR))
    assert np.array_equal(damaged(PHOTO, "crop", level), expected)


def test_a_square_in_the_middle_is_covered_and_nothing_else():
    level = get_damage("cover").amounts.index(50)
    found, quarter = damaged(PHOTO, "cover", level), SIDE // 4
    inside = np.zeros((SIDE, SIDE), bool)
    inside[quarter:-quarter, quarter:-quarter] = True
    assert (found[inside] == 128).all()
    assert np.array_equal(found[~inside], PHOTO[~inside])


@pytest.mark.parametrize(("kind", "level"), [("melt", 1), ("blur", -1), ("blur", LEVELS)])
def test_what_there_is_not_is_refused(kind, level):
    with pytest.raises(SettingInvalid):
        damaged(PHOTO, kind, level)


@pytest.mark.parametrize(
    ("guesses", "expected"),
    [
        ((0, 0, 0), None),
        ((0, 0, 1, 1), Flip(level=2, label=1, lasting=True)),
        ((0, 1, 0, 0), Flip(level=1, label=1, lasting=False)),
        ((0, 1, 2, 2), Flip(level=1, label=1, lasting=False)),
        ((2, 2, 0), Flip(level=2, label=0, lasting=True)),
        ((1,), None),
    ],
)
def test_where_an_answer_flips(guesses, expected):
    assert first_flip(guesses) == expected


def test_the_guess_is_the_surest_class_of_each_level():
    broken = Broken(shares=np.array([[0.7, 0.2, 0.1], [0.3, 0.1, 0.6], [0.2, 0.5, 0.3]]))
    assert broken.guesses == (0, 2, 1)
