"""The range test: its steps and their smoothed loss, and which trainings share one."""

import json
from math import inf, nan

import numpy as np
import pytest

from tl_core.errors import SettingInvalid
from tl_core.training import TrainingConfig
from tl_core.training.augmentation import Augmentation
from tl_core.training.rate_finder import (
    HEAD,
    HIGHEST,
    LOWEST,
    STEPS,
    TAIL,
    RateTestConfig,
    next_point,
    points_of,
    rate_of_step,
    runs_away,
)


def curve(losses, steps=STEPS):
    rates = [rate_of_step(step, steps) for step in range(len(losses))]
    return points_of({"steps": steps, "rates": rates, "losses": losses})


def with_training(phase=HEAD, **changes):
    return RateTestConfig(phase=phase, training=TrainingConfig(dataset="emoji", **changes))


def test_rates_grow_by_one_factor_from_lowest_to_highest():
    rates = [rate_of_step(step, 25) for step in range(25)]
    assert rates[0] == LOWEST and rates[-1] == pytest.approx(HIGHEST)
    assert np.allclose(np.diff(np.log10(rates)), 0.25)


def test_the_smoothed_loss_is_the_weighted_mean_of_the_losses():
    losses = [3.0, 1.0, 2.0, 5.0]
    weights = 0.9 ** np.arange(4)[::-1]
    assert curve(losses)[-1].smoothed == pytest.approx(np.average(losses, weights=weights))
    # Not corrected for its start, the mean would begin near 0.
    assert curve([3.0])[0].smoothed == 3.0


def test_fewer_steps_are_smoothed_over_the_same_rates():
    # Half the steps, each remembered as much as two of the others.
    weights = 0.9 ** (2 * np.arange(3)[::-1])
    points = curve([3.0, 1.0, 2.0], steps=STEPS // 2)
    assert points[-1].smoothed == pytest.approx(np.average([3.0, 1.0, 2.0], weights=weights))


@pytest.mark.parametrize(
    ("loss", "away"),
    # Behind ten losses of 1 a loss has a share of 0.1 / (1 - 0.9 ** 11): 4 is reached at 21.6.
    [(1.0, False), (20.0, False), (23.0, True), (nan, True), (inf, True)],
)
def test_a_test_ends_where_the_loss_runs_away(loss, away):
    points = curve([1.0] * 10)
    points.append(next_point(points, 0.1, loss, STEPS))
    assert runs_away(points) is away


def test_equal_tests_have_equal_settings_whatever_plays_no_part():
    usual = with_training().as_json()
    changes = Augmentation(flip_horizontal=True)
    assert usual == with_training(learning_rate=0.1, epochs=3, patience=4, plateau=2).as_json()
    assert usual == with_training(keep_best=False, unfrozen=3, fine_rate=0.1).as_json()
    assert usual == with_training(augmentation=changes, copies=2).as_json()
    assert usual == with_training(schedule="cosine", warm_up=0.3, layer_decay=0.5).as_json()
    assert usual == with_training(mix="cutmix", live=True).as_json()
    for name, value in {
        "optimizer": "sgd",
        "batch": 16,
        "dense": (64,),
        "dropout": 0.5,
        "seed": 1,
        "size": 224,
        "mistakes": ("shuffled-labels",),
        "balanced": True,
        "smoothing": 0.1,
    }.items():
        assert usual != with_training(**{name: value}).as_json(), name


def test_the_second_phase_is_another_test_and_depends_on_the_first():
    tail = with_training(TAIL, unfrozen=3).as_json()
    assert tail != with_training(HEAD, unfrozen=3).as_json()
    assert (
        tail == with_training(TAIL, unfrozen=3, epochs=77, fine_epochs=5, fine_rate=0.01).as_json()
    )
    assert tail != with_training(TAIL, unfrozen=3, epochs=0).as_json()
    assert tail != with_training(TAIL, unfrozen=4).as_json()


@pytest.mark.parametrize("phase", [HEAD, TAIL])
def test_a_configuration_comes_back_from_the_run_book(phase):
    values = with_training(phase, unfrozen=2, dense=(64,), optimizer="sgd").as_json()
    again = RateTestConfig.from_json(json.loads(json.dumps(values)))
    assert again.as_json() == values
    assert again.training.unfrozen == (2 if phase == TAIL else 0)


@pytest.mark.parametrize("values", [{}, {"phase": "both"}, {"phase": HEAD, "horse": 1}])
def test_settings_that_make_no_test_are_refused(values):
    with pytest.raises(SettingInvalid):
        RateTestConfig.from_json({"dataset": "emoji"} | values)
