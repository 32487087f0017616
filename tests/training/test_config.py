import json

import pytest

from tl_core.errors import SettingInvalid
from tl_core.training import TrainingConfig


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
    ],
)
def test_value_out_of_range_is_refused_by_name(name, value):
    with pytest.raises(SettingInvalid, match=name):
        TrainingConfig(dataset="emoji", **{name: value})


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
