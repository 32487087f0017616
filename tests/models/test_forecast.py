import time

import pytest

from tl_core.errors import SettingInvalid
from tl_core.models.answers.forecast import measure_rates
from tl_core.training import TrainingConfig


def rates(**changes):
    usual = {"dataset": "", "backbone": "small-convnet", "weights": "random", "size": 32}
    return measure_rates(TrainingConfig(**{**usual, **changes}))


def test_what_learns_is_timed_only_where_something_does():
    frozen, learning = rates(), rates(unfrozen=3)
    assert frozen.images_per_second > 0
    assert frozen.fine_images_per_second == frozen.start_seconds == 0
    assert learning.fine_images_per_second > 0
    assert learning.start_seconds > 0


def test_larger_images_take_longer():
    assert rates(size=32).images_per_second > 2 * rates(size=224).images_per_second


def test_the_same_question_is_answered_without_measuring_again():
    first = rates(unfrozen=3)
    began = time.perf_counter()
    assert rates(unfrozen=3, dropout=0.5, epochs=0) == first
    assert time.perf_counter() - began < 0.1


def test_nothing_is_downloaded_for_a_forecast(monkeypatch, tmp_path):
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path))
    assert rates(backbone="mobilenetv2", weights="imagenet").images_per_second > 0
    assert list(tmp_path.iterdir()) == []


def test_a_training_that_cannot_be_is_refused():
    impossible = TrainingConfig(dataset="", backbone="small-convnet", weights="random", unfrozen=99)
    with pytest.raises(SettingInvalid):
        measure_rates(impossible)
