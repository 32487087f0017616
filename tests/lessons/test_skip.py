"""The lesson on skip connections: what may be trained, and a sentence that says no more than the numbers."""

import json
import math

import pytest

from tl_core.backbones import DEFAULT_BACKBONE, get_backbone
from tl_core.errors import SettingInvalid
from tl_core.lessons.skip import (
    NETWORKS,
    Epoch,
    SkipConfig,
    fade,
    knowing_shares,
    residual_blocks,
    story,
    verdict,
)

SHARES = 1.05


def epochs(*losses, gradients=(0.1, 0.2)):
    return [Epoch(loss=loss, accuracy=0.4, gradients=gradients) for loss in losses]


def said(plain, skip):
    return str(verdict(plain, skip, SHARES))


@pytest.mark.parametrize(
    "changes",
    [
        {"blocks": 1},
        {"blocks": 17},  # deeper would take more than a minute
        {"epochs": 0},
        {"batch": 0},
        {"learning_rate": 0.0},
        {"learning_rate": float("nan")},
        {"seed": -1},
    ],
)
def test_a_setting_out_of_range_is_refused(changes):
    with pytest.raises(SettingInvalid):
        SkipConfig(**changes)


def test_a_configuration_survives_the_run_book():
    config = SkipConfig(blocks=3, seed=7)
    assert SkipConfig.from_json(json.loads(json.dumps(config.as_json()))) == config
    with pytest.raises(SettingInvalid, match="does not know: dropout"):
        SkipConfig.from_json({"dropout": 0.5})


def test_epochs_survive_the_run_book():
    (epoch,) = epochs(1.0)
    record = {"epoch": 0, **dict.fromkeys(NETWORKS, epoch.as_json())}
    assert story([json.loads(json.dumps(record))], "skip") == [epoch]


@pytest.mark.parametrize(
    ("counts", "loss"),
    [([5, 5], math.log(2)), ([1, 1, 1], math.log(3)), ([9], 0.0), ([3, 0, 3], math.log(2))],
)
def test_knowing_the_shares_is_worth_their_entropy(counts, loss):
    assert knowing_shares(counts) == pytest.approx(loss)


def test_the_gradient_fades_from_the_last_block_to_the_first():
    assert fade(epochs(1, gradients=(0.01, 0.3, 2.0))[0]) == pytest.approx(200)
    assert math.isfinite(fade(epochs(1, gradients=(0.0, 1.0))[0]))  # an exact zero is possible


def test_a_plain_network_that_is_stuck_is_called_stuck():
    weak = epochs(1.1, 1.05, gradients=(1e-5, 0.1))
    sentence = said(weak, epochs(1.2, 0.4, gradients=(0.5, 1.0)))
    assert "loss ends at 1.05" in sentence and "falls to 0.40" in sentence
    assert "10,000 times weaker" in sentence and "connections 2.0 times" in sentence


@pytest.mark.parametrize(
    ("plain", "skip", "words"),
    [
        (0.8, 0.5, "both networks learn"),
        (0.8, 1.05, "only the network without skip connections"),
        (1.05, 1.04, "Neither network has learned"),
        (float("nan"), float("nan"), "Neither network has learned"),  # it diverged
        (1.05, 0.5, "Without skip connections the loss ends"),
    ],
)
def test_every_outcome_has_its_own_sentence(plain, skip, words):
    assert words in said(epochs(1.1, plain), epochs(1.2, skip))


def test_the_blocks_that_end_in_a_sum_are_blocks_of_the_backbone():
    names = [block.name for block in get_backbone(DEFAULT_BACKBONE).blocks]
    assert set(residual_blocks()) < set(names)
    assert residual_blocks()[0] == "block2b" and "block2a" not in residual_blocks()
