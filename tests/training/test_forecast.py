import dataclasses

import pytest

from tl_core.backbones import get_backbone
from tl_core.training import TrainingConfig
from tl_core.training.augmentation import Augmentation
from tl_core.training.forecast import (
    Counts,
    Rates,
    Space,
    cheapest_fix,
    feature_numbers,
    fits,
    head_weights,
    room,
    space,
    times,
)

COUNTS = Counts(train=230, held_out=57, classes=3)
RATES = Rates(images_per_second=100.0, fine_images_per_second=50.0, start_seconds=4.0)
USUAL = TrainingConfig(dataset="emoji")
FLIPS = Augmentation(flip_horizontal=True)
MB = 1_000_000


def changed(**changes):
    return dataclasses.replace(USUAL, **changes)


def test_the_frozen_part_sees_every_image_once():
    assert times(USUAL, COUNTS, RATES).features == pytest.approx(287 / 100)
    copies = changed(augmentation=FLIPS, copies=3)
    assert times(copies, COUNTS, RATES).features == pytest.approx((4 * 230 + 57) / 100)


def test_features_that_are_there_take_no_time():
    copies = changed(augmentation=FLIPS, copies=3)
    for config, images in ((USUAL, 287), (copies, 4 * 230 + 57)):
        some = times(config, dataclasses.replace(COUNTS, kept=100), RATES)
        assert some.features == pytest.approx((images - 100) / 100)
        assert times(config, dataclasses.replace(COUNTS, kept=images), RATES).features == 0
        assert some.head == times(config, COUNTS, RATES).head
        needed = space(config, dataclasses.replace(COUNTS, kept=100))
        assert needed.disk == (images - 100) * 1280 * 4
        assert needed.memory == space(config, COUNTS).memory


def test_a_disturbed_measurement_is_soon_made_again():
    disturbed = dataclasses.replace(RATES, disturbed=True)
    assert disturbed.good_for <= 120 < RATES.good_for < 3600


def test_live_changes_cost_a_pass_in_every_epoch():
    live = changed(augmentation=FLIPS, live=True)
    usual, more = times(USUAL, COUNTS, RATES), times(live, COUNTS, RATES)
    assert more.head - usual.head == pytest.approx(30 * 230 / 100)
    assert more.features == usual.features


def test_only_what_learns_takes_time_to_fine_tune():
    assert times(USUAL, COUNTS, RATES).fine == 0
    six = times(changed(unfrozen=6), COUNTS, RATES)
    assert six.fine == pytest.approx(4 + 12 * (230 + 57 / 3) / 50, rel=0.1)
    twice = times(changed(unfrozen=6, fine_epochs=24), COUNTS, RATES)
    assert twice.fine - 4 == pytest.approx(2 * (six.fine - 4))
    assert six.total == six.features + six.head + six.fine


def test_a_network_from_scratch_has_one_phase_and_stores_nothing():
    scratch = changed(
        backbone="small-convnet", weights="random", size=64, unfrozen=3, epochs=0, pooling="flatten"
    )
    found = times(scratch, COUNTS, RATES)
    assert found.features == found.head == 0 < found.fine
    assert space(scratch, COUNTS).disk == 0


@pytest.mark.parametrize(
    ("changes", "numbers"),
    [
        ({}, (1280, 0)),
        ({"pooling": "flatten"}, (5 * 5 * 1280, 0)),
        ({"unfrozen": 6}, (1280, 10 * 10 * 112)),
        ({"unfrozen": 18}, (1280, 0)),  # everything: the second phase begins at the pixels
    ],
)
def test_disk_is_what_the_feature_store_keeps(changes, numbers):
    config = changed(**changes)
    assert feature_numbers(config) == numbers
    assert space(config, COUNTS).disk == 287 * sum(numbers) * 4


def test_more_that_learns_takes_more_memory():
    needs = [space(changed(unfrozen=blocks), COUNTS).memory for blocks in (0, 3, 6, 12)]
    assert needs == sorted(needs)
    assert needs[0] >= 4 * get_backbone(USUAL.backbone).parameters


def test_the_weights_of_a_head_are_counted():
    assert head_weights(USUAL, 3) == 1280 * 3 + 3
    assert head_weights(changed(dense=(64,)), 3) == 1280 * 64 + 64 + 64 * 3 + 3


@pytest.mark.parametrize("changes", [{"mistakes": ("one-unit",)}, {"activation": "sigmoid"}])
def test_a_head_of_one_unit_has_the_weights_of_one(changes):
    assert head_weights(changed(**changes), 2) == 1280 + 1
    assert head_weights(USUAL, 2) == 2 * (1280 + 1)


@pytest.mark.parametrize(
    ("changes", "disk", "expected"),
    [
        # 287 images: features of 1.5 MB, a copy 1.2 MB
        ({"augmentation": FLIPS, "copies": 8}, 5, {"copies": 2}),
        ({"pooling": "flatten"}, 5, {"pooling": "gap"}),
        ({"unfrozen": 14, "size": 224}, 40, {"unfrozen": 13}),
        ({"unfrozen": 1, "size": 224}, 11, {"size": 160}),
    ],
)
def test_what_does_not_fit_gets_the_smallest_change_that_does(changes, disk, expected):
    config = changed(**changes)
    given = Space(disk=disk * MB, memory=10**12)
    assert not fits(space(config, COUNTS), given)
    fix = cheapest_fix(config, COUNTS, given)
    assert fix is not None
    assert fix.config == dataclasses.replace(config, **expected)
    assert fits(space(fix.config, COUNTS), given)
    assert str(fix.advice)


def test_where_nothing_helps_there_is_no_advice():
    assert cheapest_fix(USUAL, COUNTS, Space(disk=1000, memory=1000)) is None


def test_room_is_the_smaller_of_quota_and_disk(tmp_path, monkeypatch):
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path / "new"))
    monkeypatch.setenv("TL_FEATURE_QUOTA_MB", "7")
    assert room().disk == 7 * MB
    assert room().memory > 0
    monkeypatch.setenv("TL_PROFILE", "cloud")
    assert room().memory <= 450 * MB
