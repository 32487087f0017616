"""What is timed is the head that the page counts, and the times are those of real runs."""

import itertools
import time

import numpy as np
import pytest
import tensorflow as tf

from tl_core.errors import SettingInvalid
from tl_core.head_math import HeadConfig
from tl_core.models.answers import head_times
from tl_core.models.answers.head_times import LEAST_RUNS, RUNS, time_heads

MAP = (7, 7, 256)


def heads(*poolings: str, **settings: object) -> tuple[HeadConfig, ...]:
    return tuple(HeadConfig(pooling=pooling, **settings) for pooling in poolings)  # type: ignore[arg-type]


def test_every_head_is_timed_in_as_many_runs_and_the_larger_one_is_slower():
    times = time_heads(MAP, heads("flatten", "gap", units=(1024,))).heads
    assert list(times) == ["flatten", "gap"]
    for one in times.values():
        assert LEAST_RUNS <= one.runs <= RUNS
        assert 0 < one.fastest <= one.low <= one.milliseconds <= one.high
    # 12.8 million weights against 0.26 million.
    assert times["flatten"].fastest > 2 * times["gap"].fastest


@pytest.mark.parametrize(
    "config",
    [
        HeadConfig(pooling="flatten", units=(8, 4), classes=3, dropout=0.5),
        HeadConfig(pooling="gap", activation="sigmoid"),
        HeadConfig(pooling="gmp", units=(8,), use_bias=False),
        HeadConfig(pooling="gap+gmp", classes=5, output_bias=False),
    ],
    ids=lambda config: config.pooling,
)
def test_the_timed_head_computes_what_is_described(config):
    maps = np.random.default_rng(1).standard_normal((1, 3, 2, 5)).astype(np.float32)
    values = {
        "flatten": maps.reshape(1, -1),
        "gap": maps.mean((1, 2)),
        "gmp": maps.max((1, 2)),
        "gap+gmp": np.concatenate([maps.mean((1, 2)), maps.max((1, 2))], axis=1),
    }[config.pooling]
    for units in config.units:
        values = np.maximum(values @ np.full((values.shape[1], units), 0.01, np.float32), 0)
    logits = values @ np.full((values.shape[1], config.outputs), 0.01, np.float32)
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    if config.activation == "sigmoid":
        expected = 1 / (1 + np.exp(-logits))
    found = head_times._head((3, 2, 5), config)(tf.constant(maps)).numpy()
    assert found == pytest.approx(expected, abs=1e-5)
    assert found.shape == (1, config.outputs)


def test_a_head_that_would_fill_the_memory_is_left_out(monkeypatch):
    monkeypatch.setattr(head_times, "MOST_TIMED", 1000)
    assert list(time_heads(MAP, heads("flatten", "gap")).heads) == ["gap"]


def test_slow_heads_get_fewer_runs(monkeypatch):
    clock = itertools.count()
    monkeypatch.setattr(time, "perf_counter", lambda: float(next(clock)))
    (found,) = time_heads(MAP, heads("gap")).heads.values()
    assert found.runs == LEAST_RUNS
    assert found.milliseconds == 1000


def test_what_is_no_feature_map_is_refused():
    with pytest.raises(SettingInvalid):
        time_heads((7, 7), heads("gap"))
