from dataclasses import asdict, fields, replace

import numpy as np
import pytest
from scipy import ndimage

from tl_core.errors import SettingInvalid
from tl_core.training.augmentation import Augmentation, augment, moved, relit, variants

EVERYTHING = Augmentation(
    rotation=30,
    shift=0.2,
    zoom=0.2,
    flip_horizontal=True,
    flip_vertical=True,
    brightness=0.2,
    contrast=0.3,
)
ONE_EACH = [replace(Augmentation(), **{name: value}) for name, value in asdict(EVERYTHING).items()]


def photo(height=48, width=64):
    """A smooth picture: rounding differs by one, and a wrong place by much more."""
    noise = np.random.default_rng(1).normal(size=(height, width, 3))
    smooth = ndimage.gaussian_filter(noise, (4, 4, 0))
    return np.interp(smooth, (smooth.min(), smooth.max()), (20, 235)).astype(np.uint8)


def reference(pixels, *, degrees, right, down, factor):
    """Do the three movements with scipy, in (row, column) and pixel centres."""
    height, width = pixels.shape[:2]
    turn = np.deg2rad(degrees)
    matrix = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) / factor
    centre = np.array([height - 1, width - 1]) / 2
    offset = centre - matrix @ (centre + np.array([down, right]))
    channels = [
        ndimage.affine_transform(
            pixels[..., channel].astype(float), matrix, offset, order=1, mode="reflect"
        )
        for channel in range(3)
    ]
    return np.stack(channels, axis=-1)


def test_off_is_the_photo_itself():
    pixels = photo()
    assert not Augmentation().active
    assert augment(pixels, Augmentation(), 3) is pixels


@pytest.mark.parametrize("one", ONE_EACH, ids=lambda one: one.id)
def test_every_change_alone_changes_the_photo_and_its_name(one):
    assert one.active
    assert one.id not in ("none", EVERYTHING.id)
    assert any((augment(photo(), one, seed) != photo()).any() for seed in range(4))


def test_ids_differ_whenever_a_number_does():
    almost = replace(EVERYTHING, shift=np.nextafter(0.2, 1).item())
    ids = [augmentation.id for augmentation in (*ONE_EACH, EVERYTHING, almost, Augmentation())]
    assert len(set(ids)) == len(ids)
    assert Augmentation(rotation=20).id == Augmentation(rotation=20.0).id


@pytest.mark.parametrize(
    "movement",
    [
        {"degrees": 30, "right": 0, "down": 0, "factor": 1},
        {"degrees": -75, "right": 0, "down": 0, "factor": 1},
        {"degrees": 0, "right": 10.5, "down": -7.25, "factor": 1},
        {"degrees": 0, "right": 0, "down": 0, "factor": 1.4},
        # Farther out than one mirror image of the photo reaches.
        {"degrees": 40, "right": 30, "down": 20, "factor": 0.5},
        {"degrees": 170, "right": -32, "down": 24, "factor": 0.6},
    ],
)
def test_movements_are_those_of_scipy(movement):
    pixels = photo()
    difference = np.abs(moved(pixels, **movement) - reference(pixels, **movement))
    assert difference.max() <= 1.01  # PIL cuts off, and keeps 16 bits of the coordinates
    opposite = movement | {"degrees": -movement["degrees"], "right": -movement["right"]}
    if opposite != movement:
        assert np.abs(moved(pixels, **opposite) - reference(pixels, **movement)).max() > 20


def test_whole_shift_is_exact_and_mirrors_the_edge():
    pixels = photo()
    shifted = moved(pixels, degrees=0, right=5, down=0, factor=1)
    np.testing.assert_array_equal(shifted[:, 5:], pixels[:, :-5])
    np.testing.assert_array_equal(shifted[:, :5], pixels[:, 4::-1])


def test_quarter_turn_of_a_square_is_exact_and_counter_clockwise():
    pixels = photo(64, 64)
    turned = moved(pixels, degrees=90, right=0, down=0, factor=1)
    assert np.abs(turned - np.rot90(pixels).astype(int)).max() <= 1
    assert np.abs(turned - np.rot90(pixels, -1).astype(int)).max() > 20


def test_no_corner_is_black():
    white = np.full((40, 40, 3), 255, np.uint8)
    wild = Augmentation(rotation=180, shift=0.5, zoom=0.5)
    for seed in range(50):
        assert augment(white, wild, seed).min() == 255


@pytest.mark.parametrize(
    ("augmentation", "variants"),
    [
        (Augmentation(flip_horizontal=True), [np.s_[:], np.s_[:, ::-1]]),
        (Augmentation(flip_vertical=True), [np.s_[:], np.s_[::-1]]),
        (
            Augmentation(flip_horizontal=True, flip_vertical=True),
            [np.s_[:], np.s_[:, ::-1], np.s_[::-1], np.s_[::-1, ::-1]],
        ),
    ],
)
def test_flips_are_exact_and_each_comes_up_equally_often(augmentation, variants):
    pixels = photo(6, 8)
    expected = [pixels[variant].tobytes() for variant in variants]
    drawn = [augment(pixels, augmentation, 0, seed).tobytes() for seed in range(400)]
    counts = [drawn.count(one) for one in expected]
    assert sum(counts) == 400
    assert min(counts) > 400 / len(variants) * 0.7


def test_light_changes_are_keras_formulas():
    pixels = photo()
    mean = pixels.mean(axis=(0, 1))
    expected = ((pixels - mean) * 1.3 + mean + 0.2 * 255).clip(0, 255)
    assert np.abs(relit(pixels, brighter=0.2, factor=1.3) - expected).max() <= 0.51
    np.testing.assert_array_equal(relit(pixels, brighter=0, factor=1), pixels)
    assert (relit(pixels, brighter=1, factor=1) == 255).all()


def test_channels_keep_their_own_mean():
    red = np.zeros((4, 4, 3), np.uint8)
    red[..., 0] = 200
    np.testing.assert_array_equal(relit(red, brighter=0, factor=0.5), red)


def test_same_seed_same_pixels_and_nothing_else_decides():
    pixels = photo()
    first = augment(pixels, EVERYTHING, 1, 2, 3)
    np.random.seed(5)  # the global state must not matter
    np.testing.assert_array_equal(augment(pixels, EVERYTHING, 1, 2, 3), first)
    for other in ((1, 2, 4), (1, 3, 3), (2, 2, 3), (1, 2)):
        assert (augment(pixels, EVERYTHING, *other) != first).any()


def test_photo_is_left_as_it_was_and_keeps_its_shape():
    pixels = photo(31, 17)
    before = pixels.copy()
    changed = augment(pixels, EVERYTHING, 0)
    np.testing.assert_array_equal(pixels, before)
    assert changed.shape == (31, 17, 3) and changed.dtype == np.uint8


def test_switching_one_change_on_leaves_the_others_as_drawn():
    flip = Augmentation(flip_horizontal=True)
    for seed in range(6):
        flipped = augment(photo(), flip, seed)
        brighter = augment(photo(), replace(flip, brightness=0.05), seed).astype(int)
        assert np.ptp(brighter - flipped) == 0  # one number added everywhere


def test_amounts_stay_within_their_limits_and_fill_them():
    grey = np.full((4, 4, 3), 128, np.uint8)
    added = [
        int(augment(grey, Augmentation(brightness=0.2), seed)[0, 0, 0]) - 128 for seed in range(300)
    ]
    assert -51 <= min(added) < -45 and 45 < max(added) <= 51


def test_nine_variants_stand_in_a_square_each_as_its_number_makes_it():
    drawn = variants(photo(), EVERYTHING, 3, 5)
    height, width = photo().shape[:2]
    assert drawn.shape == (3 * height + 8, 3 * width + 8, 3)
    for number in range(9):
        top, left = number // 3 * (height + 4), number % 3 * (width + 4)
        shown = drawn[top : top + height, left : left + width]
        assert np.array_equal(shown, augment(photo(), EVERYTHING, 3, 5, number))
        assert not np.array_equal(shown, photo())
    assert (drawn[height : height + 4] == 255).all()


@pytest.mark.parametrize(
    "values",
    [
        {"rotation": 181},
        {"rotation": -1},
        {"shift": 0.51},
        {"zoom": 1},  # a photo of no size
        {"brightness": float("nan")},
        {"contrast": -0.1},
        {"shear": 0.2},  # a setting of another version
    ],
)
def test_what_cannot_be_drawn_is_refused(values):
    with pytest.raises(SettingInvalid):
        Augmentation.from_json(values)


def test_json_round_trip():
    assert Augmentation.from_json(EVERYTHING.as_json()) == EVERYTHING
    assert Augmentation.from_json({}) == Augmentation()
    assert set(EVERYTHING.as_json()) == {field.name for field in fields(Augmentation)}
