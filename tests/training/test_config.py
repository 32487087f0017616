import json

import pytest

from tl_core.errors import SettingInvalid
from tl_core.runs import run_id
from tl_core.training import TrainingConfig

LATER = {"drop_features", "balanced", "smoothing", "layer_decay", "schedule", "warm_up", "mix"}
OLD_ID = "06853a58e4c361d5"
"""Of the usual training of emoji, as the run book has it from before any of the others was there."""


def test_configuration_survives_json():
    config = TrainingConfig(dataset="emoji", dense=(256, 16), learning_rate=1e-4, pooling="flatten")
    assert TrainingConfig.from_json(json.loads(json.dumps(config.as_json()))) == config


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("epochs", 0),
        ("epochs", 10**6),
        ("learning_rate", 0.0),
        ("learning_rate", float("nan")),  # every comparison with NaN is false
        ("dropout", 1.0),  # would drop everything
        ("validation", 0.9),
        ("size", 8),
        ("seed", -1),
        ("pooling", "max"),
        ("activation", "relu"),
        ("dense", (0,)),
        ("weights", "/etc/passwd"),
        ("smoothing", 0.5),
        ("smoothing", float("nan")),
        ("layer_decay", 0.0),
        ("layer_decay", 1.5),
        ("warm_up", 0.9),
        ("schedule", "triangular"),
        ("mix", "mosaic"),
    ],
)
def test_value_out_of_range_is_refused_by_name(name, value):
    with pytest.raises(SettingInvalid, match=name):
        TrainingConfig(dataset="emoji", **{name: value})


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"drop_features": False},
        {"balanced": True},
        {"smoothing": 0.1},
        {"layer_decay": 0.5, "unfrozen": 2},
        {"schedule": "cosine", "warm_up": 0.0},
        {"mix": "cutmix", "live": True},
    ],
)
def test_what_came_later_is_kept_only_where_it_is_unusual(changes):
    config = TrainingConfig(dataset="emoji", **changes)
    assert TrainingConfig.from_json(json.loads(json.dumps(config.as_json()))) == config
    assert set(config.as_json()) & LATER == set(changes) & LATER
    assert (run_id("train", config.as_json()) == OLD_ID) is not bool(changes)


def test_settings_that_exclude_each_other_are_refused_in_a_sentence():
    with pytest.raises(SettingInvalid, match="needs live changes"):
        TrainingConfig(dataset="emoji", mix="cutmix")
    with pytest.raises(SettingInvalid, match="nothing is left for a plateau"):
        TrainingConfig(dataset="emoji", schedule="cosine", plateau=3)
    TrainingConfig(dataset="emoji", mix="mixup", plateau=3)


def test_setting_of_a_newer_version_is_refused():
    with pytest.raises(SettingInvalid, match="warmup"):
        TrainingConfig.from_json({"dataset": "emoji", "warmup": 3})


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"dataset": None},
        {"dataset": ["emoji"]},  # could not be a key of a dictionary
        {"dataset": "emoji", "fingerprint": 3},
        {"dataset": "emoji", "backbone": {}},
        {"dataset": "emoji", "epochs": "many"},
        {"dataset": "emoji", "epochs": None},
        {"dataset": "emoji", "size": 160.5},  # no picture has that side
        {"dataset": "emoji", "dense": 5},
        {"dataset": "emoji", "dense": [64.5]},
        {"dataset": "emoji", "dense": "64"},
        {"dataset": "emoji", "mistakes": None},
        {"dataset": "emoji", "balanced": 1},
        {"dataset": "emoji", "mix": None},
        {"dataset": "emoji", "augmentation": []},
        {"dataset": "emoji", "augmentation": None},
        {"dataset": "emoji", "augmentation": {"zoom": "much"}},
    ],
)
def test_settings_of_other_types_are_refused_in_one_sentence(values):
    with pytest.raises(SettingInvalid, match="Start it again"):
        TrainingConfig.from_json(values)


@pytest.mark.parametrize(
    ("changes", "cut"),
    [
        ({}, ("block5_pool", True)),
        ({"pooling": "flatten"}, ("block5_pool", False)),
        (
            {"unfrozen": 1},
            ("block4_pool", False),
        ),  # its blocks need the positions, and pool behind them
        ({"unfrozen": 5}, ("", False)),
    ],
)
def test_the_part_that_learns_reads_at_the_cut(changes, cut):
    config = TrainingConfig(dataset="emoji", backbone="vgg16", **changes)
    assert config.cut == cut and config.cached == bool(cut[0])


def test_a_cut_above_the_first_block_is_refused():
    with pytest.raises(SettingInvalid, match="unfrozen"):
        _ = TrainingConfig(dataset="emoji", backbone="vgg16", unfrozen=6).cut


@pytest.mark.parametrize(
    ("settings", "dropped"),
    [
        ({}, [True]),
        ({"drop_features": False}, [True]),  # there is no hidden layer to drop anything of
        ({"dense": (8, 4)}, [True, True, True]),
        ({"dense": (8, 4), "drop_features": False}, [False, True, True]),
        ({"dense": (8, 4), "dropout": 0.0}, [False, False, False]),
    ],
)
def test_features_may_be_spared_where_a_hidden_layer_reads_them(settings, dropped):
    config = TrainingConfig(dataset="emoji", **settings)
    assert [config.drops_before(number) for number in range(len(dropped))] == dropped
