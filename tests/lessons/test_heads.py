"""What is trained when heads are measured, and what may be concluded from the numbers."""

import dataclasses
from typing import Any

import pytest

from tl_core.errors import SettingInvalid
from tl_core.lessons.heads import ComparisonConfig, Outcome, outcome, outcomes, verdict
from tl_core.training import TrainingConfig


def measured(correct: int, parameters: int, n: int = 171, train: int = 690) -> Outcome:
    return Outcome(
        parameters=parameters,
        correct=correct,
        n=n,
        train_correct=train,
        train_n=690,
        seconds=1.0,
    )


def sentence(gap: Outcome, flatten: Outcome) -> str:
    found = verdict(gap, flatten)
    return str(found.sentence).replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("gap", "flatten", "take", "said"),
    [
        # The same accuracy: the smaller head, whichever it is.
        ((147, 3843), (147, 96_003), "gap", "so take GAP, which does it with 25.0 times fewer"),
        # One image more is no difference.
        ((146, 3843), (147, 96_003), "gap", "No difference in accuracy is shown"),
        # Average and maximum joined can be larger than a map of one position.
        ((147, 500), (147, 250), "flatten", "so take Flatten, which does it with 2.0 times fewer"),
        # Clearly better and smaller.
        ((160, 3843), (100, 96_003), "gap", "GAP is more accurate here (93.6 % with GAP, 58.5 %"),
        # Clearly better and larger.
        ((100, 195), (160, 4803), "flatten", "at the price of 24.6 times the weights of GAP"),
        # One position: both heads are the same network.
        ((147, 3843), (147, 3843), "", "either will do"),
        ((160, 3843), (100, 3843), "gap", "with equally many weights"),
    ],
)
def test_the_verdict_follows_from_the_numbers(
    gap: tuple[int, int], flatten: tuple[int, int], take: str, said: str
) -> None:
    one, other = measured(*gap), measured(*flatten)
    assert verdict(one, other).take == take
    assert said in sentence(one, other)
    assert sentence(one, other).count(". ") == 0  # one sentence


def test_intervals_that_touch_show_no_difference_and_those_apart_do() -> None:
    flatten = measured(141, 9603)
    lowest = flatten.interval[0]
    correct = max(count for count in range(172) if measured(count, 387).interval[1] < lowest)
    assert verdict(measured(correct, 387), flatten).take == "flatten"
    assert verdict(measured(correct + 1, 387), flatten).take == "gap"


def fit(pooling: str, seed: int, correct: int) -> dict[str, Any]:
    return {
        "pooling": pooling,
        "seed": seed,
        "parameters": 10 if pooling == "gap" else 90,
        "train": {"correct": 30, "n": 40},
        "validation": {"correct": correct, "n": 10},
        "seconds": float(seed),
    }


def test_seeds_are_added_up_and_times_averaged() -> None:
    fits = [fit(pooling, seed, 5 + seed) for seed in (1, 2, 3) for pooling in ("gap", "flatten")]
    found = outcomes({"fits": fits})
    assert (found["gap"].correct, found["gap"].n) == (21, 30)
    assert (found["gap"].train_correct, found["gap"].train_n) == (90, 120)
    assert found["gap"].seconds == 2.0
    assert found["gap"].gap == pytest.approx(0.75 - 0.7)
    assert found["flatten"].parameters == 90
    assert outcome(fits[:1]).n == 10


def test_a_configuration_survives_json_and_names_its_trainings() -> None:
    config = ComparisonConfig(dataset="emoji", dense=(8, 4), channels=16, seeds=(3, 1))
    assert ComparisonConfig.from_json(config.as_json()) == config
    training = config.training("flatten", 3)
    assert isinstance(training, TrainingConfig)
    assert (training.pooling, training.seed, training.dense) == ("flatten", 3, (8, 4))
    assert dataclasses.replace(training, pooling="gap") == config.training("gap", 3)


@pytest.mark.parametrize(
    "changes",
    [
        {"seeds": ()},
        {"seeds": (1, 1)},  # would count the same fit twice
        {"seeds": tuple(range(11))},
        {"channels": -1},
        {"channels": 1.5},
        {"epochs": 0},
        {"size": 8},
    ],
)
def test_a_configuration_that_cannot_be_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(SettingInvalid):
        ComparisonConfig(dataset="emoji", **changes)


def test_an_unknown_setting_is_named() -> None:
    with pytest.raises(SettingInvalid, match="colour"):
        ComparisonConfig.from_json({"dataset": "emoji", "colour": 1})
