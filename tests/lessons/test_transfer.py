"""What transfer buys: what is trained, how fits add up, and a sentence that follows from the intervals."""

import json

import pytest

from tl_core.errors import SettingInvalid
from tl_core.lessons import heads
from tl_core.lessons.transfer import (
    SEEDS,
    SOURCES,
    Fit,
    Point,
    TransferConfig,
    points,
    sizes,
    verdict,
)
from tl_core.statistics import wilson_interval


def found(**correct):
    """Return points of n = 100 from ``imagenet=(70, 90), ...``, for 5 and 50 images a class."""
    return {
        source: [
            Point(images=images, correct=hits, n=100)
            for images, hits in zip((5, 50), correct[source], strict=True)
        ]
        for source in SOURCES
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"seeds": ()},
        {"seeds": (1, 1)},  # the same images twice would make the intervals lie
        {"seeds": tuple(range(11))},
        {"seeds": (-1,)},
        {"steps": 0},
        {"size": 16},
        {"batch": 0},
    ],
)
def test_a_setting_out_of_range_is_refused(changes):
    with pytest.raises(SettingInvalid):
        TransferConfig(dataset="emoji", **changes)


def test_a_configuration_survives_the_run_book():
    config = TransferConfig(dataset="emoji", seeds=(4, 5))
    assert TransferConfig.from_json(json.loads(json.dumps(config.as_json()))) == config
    with pytest.raises(SettingInvalid, match="does not know: epochs"):
        TransferConfig.from_json({"dataset": "emoji", "epochs": 5})


def test_only_the_random_backbone_has_random_weights():
    config = TransferConfig(dataset="emoji")
    assert [config.training(source, 0).weights for source in SOURCES] == [
        "imagenet",
        "random",
        "imagenet",
    ]
    assert config.training("random", 7).seed == 7


@pytest.mark.parametrize(
    ("most", "expected"),
    [
        (3, (5,)),  # fewer than the first size: all there are
        (5, (5,)),
        (6, (5, 10)),
        (50, (5, 10, 20, 50)),
        (5000, (5, 10, 20, 50)),
    ],
)
def test_a_size_that_adds_no_image_is_left_out(most, expected):
    assert sizes(most) == expected


@pytest.mark.parametrize("seeds", [SEEDS, heads.SEEDS])
def test_an_interval_of_the_same_images_counted_once_a_seed_is_1_7_times_too_narrow(seeds):
    def width(times):
        low, high = wilson_interval(40 * times, 57 * times)
        return high - low

    assert width(1) / width(len(seeds)) == pytest.approx(1.7, abs=0.05)


def test_seeds_are_added_up_and_sizes_are_not():
    fits = [
        Fit(source="pixels", seed=seed, images=images, trained_on=9, correct=correct, n=10)
        for seed, images, correct in [(0, 10, 6), (0, 5, 3), (1, 5, 4)]
    ]
    (few, many) = points(fits, "pixels")
    assert (few.images, few.correct, few.n) == (5, 7, 20)
    assert (many.images, many.accuracy) == (10, 0.6)
    assert few.interval == wilson_interval(7, 20)
    assert points(fits, "imagenet") == []  # it is still running


@pytest.mark.parametrize(
    ("correct", "words"),
    [
        (
            {"imagenet": (70, 90), "random": (40, 50), "pixels": (45, 55)},
            "With 5 images a class the head on ImageNet features is right on 70.0 %; without "
            "transfer the best head reaches 55.0 % with 50 a class",
        ),
        (
            {"imagenet": (50, 90), "random": (40, 50), "pixels": (45, 60)},
            "With 50 images a class ImageNet features are clearly better: 90.0 %, against 50.0 % with "
            "random weights and 60.0 % from raw pixels",
        ),
        (
            {"imagenet": (50, 60), "random": (40, 50), "pixels": (45, 58)},
            "No gain is shown",
        ),
        (
            {"imagenet": (50, 60), "random": (40, 50), "pixels": (80, 95)},
            "transfer does not pay",
        ),
        (
            # better than pixels alone is not enough: the network may do it without ImageNet
            {"imagenet": (50, 80), "random": (50, 78), "pixels": (30, 40)},
            "No gain is shown",
        ),
    ],
)
def test_the_sentence_follows_from_the_intervals(correct, words):
    sentence = str(verdict(found(**correct)))
    assert words in sentence.replace("\N{NO-BREAK SPACE}", " ")


def test_a_single_size_has_a_sentence_too():
    one = {
        source: row[:1]
        for source, row in found(imagenet=(90, 0), random=(10, 0), pixels=(9, 0)).items()
    }
    assert "clearly better" in verdict(one).template
