"""The mosaic shows one class, evenly, and nothing else."""

import numpy as np
import pytest

from tests.datasets.importing import import_files
from tl_core import images
from tl_core.datasets.catalogue import get_dataset
from tl_core.datasets.preview import class_images, class_mosaic, mosaic
from tl_core.errors import DatasetRefused
from tl_core.images.grids import GAP

WHITE = 255


def colour(number, blue):
    pixels = np.full((30, 20, 3), (10 + number, 100, blue), np.uint8)
    return images.encode_png(pixels)


@pytest.fixture
def dataset():
    """Return ``dataset(n)``: a class of n pictures that differ in red, and another that is bluer."""

    def make(count):
        classes = {
            name: [(f"{i}.png", colour(i, blue)) for i in range(count)]
            for name, blue in (("plain", 0), ("blue", 200))
        }
        return import_files(classes, "Colours", lambda *_: None)

    return make


def tiles(mosaic, rows, columns, side):
    """Return the pictures of a mosaic, and what is around them."""
    step = side + GAP
    found = [
        mosaic[row * step : row * step + side, column * step : column * step + side]
        for row in range(rows)
        for column in range(columns)
    ]
    around = np.ones(mosaic.shape[:2], bool)
    for row in range(rows):
        for column in range(columns):
            around[row * step : row * step + side, column * step : column * step + side] = False
    return found, mosaic[around]


def shown_places(dataset, label, **layout):
    """Return which of a class's pictures a mosaic shows, as places in the class."""
    of_class = [image for image in dataset.images if image.label == label]
    side = layout.get("side", 16)
    pixels = [images.model_input(dataset.read(one), one.path, side) for one in of_class]
    found, _ = tiles(
        class_mosaic(dataset, label, **layout), layout["rows"], layout["columns"], side
    )
    return [
        next(place for place, one in enumerate(pixels) if np.array_equal(one, tile))
        for tile in found
        if not (tile == WHITE).all()
    ]


@pytest.mark.parametrize("count", [5, 7, 8, 9, 15, 16, 23, 40])
def test_pictures_are_evenly_spaced_through_the_class(dataset, count):
    places = shown_places(dataset(count), 0, rows=2, columns=4, side=16)
    assert len(places) == min(count, 8)
    assert places == sorted(set(places))
    steps = np.diff([*places, count])
    assert (
        steps.max() - steps.min() <= 1
    )  # also behind the last one: the end of the class is seen too


def test_mosaic_has_the_size_that_it_says_and_white_around_the_pictures(dataset):
    mosaic = class_mosaic(dataset(5), 0, rows=3, columns=4, side=20)
    assert mosaic.shape == (3 * 24, 4 * 24, 3) and mosaic.dtype == np.uint8
    found, around = tiles(mosaic, 3, 4, 20)
    assert (around == WHITE).all()
    assert [bool((tile == WHITE).all()) for tile in found] == [False] * 5 + [True] * 7


def test_only_pictures_of_the_class_are_shown(dataset):
    colours = dataset(12)
    for label, name in enumerate(colours.class_names):
        found, _ = tiles(class_mosaic(colours, label, side=16), 2, 4, 16)
        assert {int(tile[..., 2].max()) for tile in found} == {200 if name == "blue" else 0}


def test_every_class_of_the_built_in_dataset_fills_its_mosaic():
    emoji = get_dataset("emoji")
    mosaics = [class_mosaic(emoji, label) for label in range(len(emoji.class_names))]
    for one in mosaics:
        found, _ = tiles(one, 2, 4, 96)
        assert not any((tile == WHITE).all() for tile in found)
    assert not np.array_equal(mosaics[0], mosaics[1])


def test_a_missing_file_is_one_sentence(dataset):
    colours = dataset(5)
    (colours.folder / colours.images[0].path).unlink()
    with pytest.raises(DatasetRefused, match="missing or was changed"):
        class_mosaic(colours, colours.images[0].label)


def test_a_mosaic_shows_the_chosen_images_in_their_order(dataset):
    colours = dataset(9)
    chosen = class_images(colours, 0)[6:1:-1]
    found, around = tiles(mosaic(colours, chosen, columns=3, side=16), 2, 3, 16)
    expected = [images.model_input(colours.read(one), one.path, 16) for one in chosen]
    assert all(np.array_equal(*pair) for pair in zip(found, expected, strict=False))
    assert (found[5] == WHITE).all() and (around == WHITE).all()
    assert mosaic(colours, [], columns=3, side=16).shape == (20, 60, 3)


def test_classes_are_paged_without_gaps(dataset):
    colours = dataset(7)
    pages = [class_images(colours, 1)[start : start + 3] for start in (0, 3, 6)]
    assert [one for page in pages for one in page] == [i for i in colours.images if i.label == 1]
