"""The reading of curves, on curves that real trainings left (``data/curves.json``)."""

import json
import math
import re
from pathlib import Path
from string import Formatter

import pytest

from tl_core.results.curve_reading import read_curves
from tl_core.results.curve_rules import RULES, CurveKind

RECORDED = json.loads((Path(__file__).parents[1] / "data" / "curves.json").read_text())
"""Name -> n, classes, and the four curves. Emoji: EfficientNet-Lite0 at 160 px, Adam 0.001, dropout 0.2, one
Dense layer and 57 validation images unless the name says otherwise. Cats and dogs: 600 + 200 photos."""
NAMES = ("loss", "accuracy", "val_loss", "val_accuracy")


def epochs_of(curves):
    rows = zip(*(curves[name] for name in NAMES), strict=True)
    return [dict(zip(NAMES, row, strict=True)) for row in rows]


def read(name, **changes):
    curves = RECORDED[name] | changes
    return read_curves(epochs_of(curves), n=curves["n"], classes=curves["classes"])


def made(loss, val_loss, accuracy=0.99, val_accuracy=0.98, n=200, **options):
    """Return the reading of curves with these losses and constant accuracies."""
    rows = [
        dict(zip(NAMES, (train, accuracy, held, val_accuracy), strict=True))
        for train, held in zip(loss, val_loss, strict=True)
    ]
    return read_curves(rows, n=n, classes=3, **options)


EXPECTED = [
    ("emoji, head only, 30 epochs", CurveKind.OVERFITTING, ["99.6 %", "86.0 %", "epoch 26", "57"]),
    ("emoji, head only, 100 epochs", CurveKind.OVERFITTING, ["epoch 26 (0.342)", "epoch 100"]),
    ("emoji, 256 units, no dropout, 60 epochs", CurveKind.OVERFITTING, ["epoch 3 ", "epoch 60"]),
    ("emoji, dropout 0.8", CurveKind.OVERFITTING, ["93.9 %", "84.2 %"]),
    ("emoji, rate 1", CurveKind.RATE_TOO_HIGH, ["101.2 in epoch 1", "1.10"]),
    ("emoji, rate 0.1", CurveKind.RATE_TOO_HIGH, ["5 times", "epoch 25 (from 0.14 to 0.38)"]),
    ("emoji, rate 0.00001", CurveKind.STILL_IMPROVING, ["slowly", "1.162 in epoch 30", "33.9 %"]),
    ("emoji, rate 0.0001", CurveKind.STILL_IMPROVING, ["0.584 in epoch 30", "twice"]),
    ("emoji, 5 epochs", CurveKind.STILL_IMPROVING, ["0.458 in epoch 5"]),
    ("emoji, random weights", CurveKind.UNDERFITTING, ["44.8 %", "33.3 %"]),
    ("emoji, random weights, 64 units", CurveKind.UNDERFITTING, ["44.8 %"]),
    ("emoji, 14 validation images", CurveKind.TOO_FEW_IMAGES, ["14", "68.5 %", "98.7 %"]),
    ("emoji, 1 epoch", CurveKind.TOO_SHORT, ["fewer than 4", "here 1"]),
    ("cats and dogs, head only, 30 epochs", CurveKind.GOOD_FIT, ["98.0 %", "200"]),
    ("cats and dogs, head only, 100 epochs", CurveKind.GOOD_FIT, ["98.5 %"]),
    ("cats and dogs, SGD rate 100", CurveKind.DIVERGED, ["In epoch 1 "]),
]


@pytest.mark.parametrize(("name", "kind", "evidence"), EXPECTED, ids=[one[0] for one in EXPECTED])
def test_recorded_curves_are_read_as_a_teacher_reads_them(name, kind, evidence):
    reading = read(name)
    assert reading.kind is kind
    text = str(reading).replace("\N{NO-BREAK SPACE}", " ")
    assert [words for words in evidence if words not in text] == []


def test_every_recorded_curve_and_every_kind_is_in_the_table():
    assert {name for name, *_ in EXPECTED} == set(RECORDED)
    assert {kind for _, kind, _ in EXPECTED} == set(CurveKind)


@pytest.mark.parametrize("name", RECORDED)
def test_the_numbers_of_a_reading_are_in_the_curves(name):
    """Each number with three digits behind the point is a loss of the epoch that stands beside it."""
    curves, text = RECORDED[name], str(read(name))
    for loss, epoch in re.findall(r"(\d\.\d{3}) in epoch (\d+)", text):
        assert curves["val_loss"][int(epoch) - 1] == float(loss)


def test_more_validation_images_change_the_verdict():
    few, many = "emoji, 14 validation images", {"n": 400}
    assert read(few).kind is CurveKind.TOO_FEW_IMAGES
    assert read(few, **many).kind is not CurveKind.TOO_FEW_IMAGES


def test_a_gap_inside_the_interval_is_not_called_overfitting():
    """49 of 57 may be 92 % by luck; 490 of 570 may not."""
    flat = [0.4] * 10
    small = made(flat, flat, accuracy=0.92, val_accuracy=0.86, n=57)
    large = made(flat, flat, accuracy=0.92, val_accuracy=0.86, n=570)
    assert small.kind is CurveKind.GOOD_FIT
    assert large.kind is CurveKind.OVERFITTING


def test_one_lucky_epoch_is_not_the_start_of_overfitting():
    falling = [0.5 / (epoch + 1) for epoch in range(20)]
    level = [0.3] * 20
    lucky = [*level[:5], 0.2, *level[6:]]
    assert made(falling, lucky).kind is CurveKind.GOOD_FIT
    rising = [0.2 + abs(epoch - 5) * 0.02 for epoch in range(20)]
    reading = made(falling, rising)
    assert reading.kind is CurveKind.OVERFITTING and "epoch 6" in str(reading)


def test_a_rising_validation_loss_with_a_rising_training_loss_is_no_overfitting():
    rising = [0.2 + 0.01 * epoch for epoch in range(20)]
    assert made(rising, rising).kind is CurveKind.GOOD_FIT


def test_two_jumps_are_forgiven_and_three_are_not():
    """A second phase with an unfrozen tail makes one."""
    calm = [0.2] * 20
    jumpy = [0.2 if epoch not in (5, 9, 13) else 0.5 for epoch in range(20)]
    forgiven = [0.2, *jumpy[6:], *calm[:5]]
    assert made(jumpy, calm).kind is CurveKind.RATE_TOO_HIGH
    assert made(forgiven, calm).kind is CurveKind.GOOD_FIT


@pytest.mark.parametrize("broken", [math.nan, math.inf])
@pytest.mark.parametrize("side", ["loss", "val_loss"])
def test_a_loss_that_is_no_number_is_found_in_its_epoch(broken, side):
    losses = {"loss": [0.5] * 6, "val_loss": [0.5] * 6}
    losses[side][2] = broken
    reading = made(**losses)
    assert reading.kind is CurveKind.DIVERGED and "epoch 3" in str(reading)


def test_the_kept_epoch_is_told_where_it_is_not_the_last():
    flat = [0.1] * 8
    assert "weights of epoch 5 were kept" in str(made(flat, flat, best_epoch=5))
    assert "kept" not in str(made(flat, flat, best_epoch=8))
    assert "kept" not in str(made(flat, flat))


def test_of_two_phases_an_epoch_of_the_second_is_kept_and_that_is_said():
    """An epoch of the head may have been right on more images: it does not compete."""
    rows = [
        dict(zip(NAMES, (0.1, 0.99, 0.1, held), strict=True)) | {"unfrozen": unfrozen}
        for unfrozen, held in ((0, 0.9), (0, 0.99), (3, 0.8), (3, 0.85), (3, 0.8))
    ]
    both = read_curves(rows, n=200, classes=3, best_epoch=4)
    assert "epoch 4 were kept: since the blocks learn, they were right" in str(both)
    blocks_only = read_curves(
        [one | {"unfrozen": 3} for one in rows], n=200, classes=3, best_epoch=2
    )
    assert "epoch 2 were kept: they were right" in str(blocks_only)


@pytest.mark.parametrize(
    ("last", "said"),
    [
        (0.5, "levelled out (0.500 in epoch 24, 0.500 in epoch 30)"),
        (0.52, "levelled out"),
        (0.9, "has not settled (0.500 in epoch 24, 0.900 in epoch 30)"),
        (0.43, "has not settled"),
    ],
)
def test_only_a_level_validation_loss_is_said_to_have_levelled_out(last, said):
    """Uneven on the way, so that it is no steady fall; the training loss stays, so nothing is overfitted."""
    held = [*[0.5] * 26, 0.51, 0.49, 0.51, last]
    reading = made([0.45] * 30, held)
    assert reading.kind is CurveKind.GOOD_FIT and said in str(reading)


@pytest.mark.parametrize(
    ("n", "kind", "kept"),
    [(20, CurveKind.TOO_FEW_IMAGES, ["69.9 %", "97.2 %"]), (200, CurveKind.GOOD_FIT, ["90.0 %"])],
)
def test_the_reading_speaks_of_the_epoch_that_was_kept(n, kind, kept):
    """As the headline does: 18 of 20 right, and not the 16 of the last epoch."""
    rows = [dict(zip(NAMES, (0.4, 0.82, 0.4, 0.8), strict=True)) for _ in range(8)]
    rows[3] |= {"accuracy": 0.9, "val_accuracy": 0.9}
    reading = read_curves(rows, n=n, classes=2, best_epoch=4)
    text = str(reading).replace("\N{NO-BREAK SPACE}", " ")
    assert reading and reading.kind is kind
    assert [share for share in kept if share not in text] == []
    assert "80.0 %" not in text
    last = str(read_curves(rows, n=n, classes=2)).replace("\N{NO-BREAK SPACE}", " ")
    assert [share for share in kept if share in last] == []


def test_no_epochs_are_no_reading():
    assert read_curves([], n=10, classes=2) is None


def test_epochs_without_validation_numbers_do_not_break_the_reading():
    reading = read_curves([{"loss": 1.0, "accuracy": 0.5}] * 5, n=10, classes=2)
    assert reading is not None


@pytest.mark.parametrize("name", RECORDED)
def test_a_reading_gives_its_templates_every_value(name):
    for sentence in read(name).sentences:
        fields = {field for _, field, _, _ in Formatter().parse(sentence.template) if field}
        assert fields <= set(sentence.values)


def test_every_rule_has_a_next_step_or_says_that_all_is_well():
    steps = ("Train", "Hold", "Raise", "help", "use", "holds")
    assert [rule.kind for rule in RULES if not any(step in rule.template for step in steps)] == []
