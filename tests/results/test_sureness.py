"""Answers that are only given when sure: compared with counting one by one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tl_core.results.predictions import Predictions
from tl_core.results.sureness import answers_kept, kept_curve

STEPS = 20


def guessed(rows: list[tuple[int, float]]) -> Predictions:
    """Two classes: each image's true label, and the probability of the second class."""
    second = np.array([share for _, share in rows])
    return Predictions(
        class_names=("a", "b"),
        images=tuple(str(number) for number in range(len(rows))),
        labels=np.array([label for label, _ in rows], dtype=np.int64),
        probabilities=np.stack([1 - second, second], axis=1),
    )


IMAGES = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 40).map(lambda part: part / 40)), min_size=1
)


@given(IMAGES, st.integers(0, STEPS))
def test_what_is_kept_is_what_one_counts(rows: list[tuple[int, float]], step: int) -> None:
    least = step / STEPS
    n = correct = 0
    for label, share in rows:
        sure, guess = max((1 - share, 0), (share, 1), key=lambda one: one[0])
        if sure >= least:
            n += 1
            correct += guess == label
    kept = answers_kept(guessed(rows), least)
    assert (kept.correct, kept.n) == (correct, n) if kept else n == 0
    point = kept_curve(guessed(rows), STEPS)[step]
    assert (point.least, point.correct, point.n) == (least, correct, n)


def test_at_zero_every_answer_is_given_and_above_the_surest_none() -> None:
    found = guessed([(0, 0.25), (1, 0.25), (1, 0.75)])
    everything = answers_kept(found, 0.0)
    assert everything and (everything.correct, everything.n) == (2, 3)
    assert answers_kept(found, 0.76) is None


@pytest.mark.parametrize("least", [0.5, 0.75])
def test_an_answer_exactly_at_the_threshold_is_given(least: float) -> None:
    assert answers_kept(guessed([(1, least)]), least) is not None
