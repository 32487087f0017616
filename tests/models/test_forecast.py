import math
import subprocess
import sys
import time

import psutil
import pytest

from tl_core.answers import forecast
from tl_core.answers.forecast import FEW, measure_rates
from tl_core.errors import SettingInvalid
from tl_core.models.answers.forecast_tuning import MOST_BYTES, at_once, measure_tuning
from tl_core.models.networks.learner import build_tail
from tl_core.training import TrainingConfig


def rates(**changes):
    usual = {"dataset": "", "backbone": "small-convnet", "weights": "random", "size": 32}
    config = TrainingConfig(**{**usual, **changes})
    return measure_tuning(config) if config.unfrozen else measure_rates(config)


def test_what_learns_is_timed_only_where_something_does():
    frozen, learning = rates(), rates(unfrozen=3)
    assert frozen.images_per_second > 0
    assert frozen.fine_images_per_second == frozen.start_seconds == 0
    assert learning.fine_images_per_second > 0
    assert learning.start_seconds > 0


def test_a_measurement_takes_no_more_memory_than_it_may():
    def timed(size, batch, unfrozen):
        config = TrainingConfig(dataset="", weights="random", size=size, unfrozen=unfrozen)
        tail = build_tail(config)
        numbers = sum(math.prod(layer.output.shape[1:]) for layer in tail.layers)
        return at_once(tail, batch), 4 * numbers

    assert timed(64, 16, 1)[0] == 16
    count, each = timed(160, 128, 18)
    assert FEW < count < 128 and count * each <= MOST_BYTES < (count + 1) * each
    assert timed(448, 128, 18)[0] == FEW


def test_larger_images_take_longer():
    assert rates(size=32).images_per_second > 2 * rates(size=224).images_per_second


def test_a_slow_moment_is_not_kept_for_ever(monkeypatch):
    """A machine only ever seems slower than it is: what is measured later may be faster, never slower."""
    seconds = forecast._seconds

    def slowly(work, count):
        return 100 * seconds(work, count)

    with monkeypatch.context() as busy:
        busy.setattr(forecast, "_seconds", slowly)
        first = rates(size=48)
    quiet = rates(size=48)
    assert quiet.images_per_second > 10 * first.images_per_second
    with monkeypatch.context() as busy:
        busy.setattr(forecast, "_seconds", slowly)
        assert rates(size=48).images_per_second == quiet.images_per_second


def test_the_fastest_of_the_batches_counts(monkeypatch):
    """The first of them, of which one program or another had the processor, does not."""
    times = iter([0.1, 9.0, 0.02, 9.0])
    monkeypatch.setattr(forecast, "_seconds", lambda work, count: next(times))
    assert forecast.rate(lambda count: None, 32) == 32 / 0.02


def test_what_other_programs_compute_is_noticed():
    code = "import time\nend = time.time() + 60\nwhile time.time() < end: pass"
    others = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(psutil.cpu_count())]
    try:
        with forecast.watched() as share:
            time.sleep(1.0)
    finally:
        for one in others:
            one.kill()
            one.wait()
    assert share() > forecast.OTHERS


def test_nothing_is_downloaded_for_a_forecast(monkeypatch, tmp_path):
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path))
    assert rates(backbone="mobilenetv2", weights="imagenet").images_per_second > 0
    assert list(tmp_path.iterdir()) == []


def test_a_training_that_cannot_be_is_refused():
    impossible = TrainingConfig(dataset="", backbone="small-convnet", weights="random", unfrozen=99)
    with pytest.raises(SettingInvalid):
        measure_tuning(impossible)
