"""What a run is called: enough to tell it from another one with other settings."""

import dataclasses
from typing import Any

import pytest

from tl_core.training import TrainingConfig
from tl_core.training.augmentation import Augmentation
from tl_core.ui.run_titles import settings_title

USUAL = TrainingConfig(dataset="emoji")
FINE = {"unfrozen": 3}
TURNED: dict[str, Any] = {"augmentation": Augmentation(rotation=15)}
OTHERS: dict[str, Any] = {
    "backbone": "vgg16",
    "weights": "random",
    "size": 224,
    "pooling": "flatten",
    "dense": (64,),
    "dropout": 0.5,
    "activation": "sigmoid",
    "balanced": True,
    "smoothing": 0.1,
    "optimizer": "sgd",
    "epochs": 20,
    "batch": 8,
    "learning_rate": 0.01,
    "unfrozen": 4,
    "fine_epochs": 22,
    "fine_rate": 0.001,
    "layer_decay": 0.7,
    "keep_best": False,
    "patience": 3,
    "plateau": 4,
    "live": True,
    "mix": "mixup",
    "validation": 0.25,
    "test": 0.1,
    "seed": 1,
    "mistakes": ("preprocessing",),
}
"""Another value of each setting that can be changed alone."""
TOGETHER: dict[str, tuple[dict[str, Any], Any, Any]] = {
    "drop_features": ({"dense": (64,)}, True, False),
    "schedule": ({}, "steady", "cosine"),
    "warm_up": ({"schedule": "cosine"}, 0.1, 0.2),
    "copies": (TURNED, 2, 8),
    "augmentation": ({"copies": 2}, TURNED["augmentation"], Augmentation(rotation=30)),
}
"""Settings that matter beside others: those, and two values."""
NOT_A_SETTING = {"dataset", "fingerprint"}


def title(**changes):
    return settings_title(dataclasses.replace(USUAL, **changes), "Emoji")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"learning_rate": 0.01}, "rate 0.01"),
        ({"dropout": 0.0}, "dropout 0"),
        ({"dense": (64,), "drop_features": False}, "features not dropped"),
        ({"batch": 8}, "batch 8"),
        ({"optimizer": "sgd"}, "SGD"),
        ({"activation": "sigmoid"}, "sigmoid"),
        ({"weights": "random"}, "random weights"),
        ({"keep_best": False}, "last epoch kept"),
        ({"patience": 3}, "stops early after 3"),
        ({"plateau": 4}, "halves the rate after 4"),
        ({"balanced": True}, "classes count the same"),
        ({"smoothing": 0.1}, "labels smoothed by 0.1"),
        ({"schedule": "cosine"}, "cosine"),
        ({"schedule": "cosine", "warm_up": 0.2}, "warm-up 20\xa0%"),
        ({"mix": "mixup"}, "MixUp"),
        (FINE | {"layer_decay": 0.7}, "rate × 0.7 a block"),
        (FINE | {"fine_rate": 0.0001}, "fine-tuning rate 0.0001"),
        (FINE | {"epochs": 20, "fine_epochs": 10}, "20 + 10 epochs"),
        ({"validation": 0.3}, "30\xa0% for validation"),
        ({"test": 0.1}, "10\xa0% for the test"),
        (TURNED | {"copies": 1}, "1 stored copy"),
        (TURNED | {"copies": 8}, "8 stored copies"),
        (TURNED | {"copies": 8}, "changed photos (rotation ±15°)"),
        (TURNED | {"live": True}, "from pixels in every epoch"),
    ],
)
def test_an_unusual_setting_is_in_the_title(changes, said):
    assert said in title(**changes).split(" · ")
    assert said not in title().split(" · ")


def test_usual_settings_and_those_that_play_no_part_are_left_out():
    assert title() == "Emoji · head only · 30 epochs · seed 0 · EfficientNet-Lite0 · 160 px · GAP"
    assert title(fine_rate=0.1) == title() == title(layer_decay=0.5) == title(warm_up=0.3)
    assert title(**FINE, epochs=0, learning_rate=0.1) == title(**FINE, epochs=0)


def test_one_epoch_is_one_epoch():
    assert "1 epoch" in title(epochs=1).split(" · ")
    assert "1 epoch" in title(epochs=0, unfrozen=3, fine_epochs=1).split(" · ")


def test_runs_that_differ_in_one_setting_have_different_titles():
    pairs = {name: (FINE, getattr(USUAL, name), other) for name, other in OTHERS.items()} | TOGETHER
    assert pairs.keys() | NOT_A_SETTING == {
        field.name for field in dataclasses.fields(TrainingConfig)
    }
    alike = {
        name
        for name, (beside, one, other) in pairs.items()
        if title(**beside | {name: one}) == title(**beside | {name: other})
    }
    assert alike == set()


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(Augmentation)])
def test_runs_that_differ_in_one_change_have_different_titles(field):
    change: dict[str, Any] = {field: True if "flip" in field else 0.25}
    other = dataclasses.replace(TURNED["augmentation"], **change)
    assert title(augmentation=other, copies=2) != title(**TURNED, copies=2)
