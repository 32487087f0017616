"""Figures in words: what is shown as a sum adds up as it is shown."""

import math
import random

import pytest

from tl_core.ui.numbers import adding_up


@pytest.mark.parametrize(
    ("parts", "total"),
    [
        ([-10.664, -20.094], -30.758),  # rounded one by one: -10.66 + -20.09 = -30.76
        ([6.25, 2.5], 8.75),
        ([0.004, 0.004, 0.004], 0.012),
        ([-0.004, 0.0], -0.004),
        ([1.0], 1.0),
    ],
)
def test_what_is_shown_adds_up(parts, total):
    for digits in (0, 1, 2, 3):
        shown = adding_up(parts, total, digits)
        assert round(math.fsum(shown), digits) == round(total, digits)
        assert all(
            abs(one - part) < 10**-digits + 1e-9 for one, part in zip(shown, parts, strict=True)
        )


def test_any_sum_adds_up_and_most_parts_are_rounded_as_ever():
    draw = random.Random(3)
    for _ in range(300):
        parts = [draw.gauss(0, 5) for _ in range(9)]
        shown = adding_up(parts, math.fsum(parts))
        assert round(math.fsum(shown), 2) == round(math.fsum(parts), 2)
        moved = [one for one, part in zip(shown, parts, strict=True) if one != round(part, 2)]
        assert len(moved) <= 4


def test_what_is_no_sum_of_them_is_only_rounded():
    assert adding_up([1.004, 2.006], 10.0) == [1.0, 2.01]
    assert str(adding_up([math.nan, 1.0], math.nan)) == "[nan, 1.0]"
