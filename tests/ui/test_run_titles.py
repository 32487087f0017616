"""What a run is called: enough to tell it from another one with other settings."""

import dataclasses

import pytest

from tl_core.training import TrainingConfig
from tl_core.ui.run_titles import settings_title

USUAL = TrainingConfig(dataset="emoji")
FINE = {"unfrozen": 3}


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
    assert "2 epochs" in title(epochs=1, unfrozen=3, fine_epochs=1).split(" · ")
