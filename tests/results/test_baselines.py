"""What guessing gets follows from the sizes of the classes."""

import pytest

from tl_core.results.baselines import Baselines, baselines


@pytest.mark.parametrize(
    ("counts", "chance", "majority"),
    [([5, 5], 0.5, 0.5), ([30, 10], 0.5, 0.75), ([1, 1, 1, 7], 0.25, 0.7), ([9], 1.0, 1.0)],
)
def test_chance_and_the_largest_class(counts: list[int], chance: float, majority: float) -> None:
    assert baselines(counts) == Baselines(chance=chance, majority=majority)


def test_two_lines_are_drawn_only_where_they_can_be_told_apart() -> None:
    assert not baselines([100, 100]).apart and not baselines([101, 100]).apart
    assert baselines([110, 100]).apart
