import pytest

from tl_core import settings
from tl_core.training.likeness import (
    Likeness,
    list_suggestions,
    store_likeness,
    stored_likeness,
    suggest,
)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path))


@pytest.mark.parametrize(
    ("count", "distance", "strategy"),
    [
        (100, 0.05, "head"),
        (100, 0.15, "top"),
        (1000, 0.05, "top"),
        (1000, 0.15, "all"),
        (999.9, 0.09, "head"),  # on the border of likeness, just below that of the amount
        (5, 5.0, "top"),
    ],
)
def test_the_four_quadrants_suggest_a_strategy(count, distance, strategy):
    suggestion = suggest(count, Likeness(distance=distance, images=10))
    assert suggestion.strategy == strategy
    assert suggestion.reason
    assert len({(one.much, one.alike) for one in list_suggestions()}) == 4


def test_the_score_falls_from_one_with_the_distance():
    scores = [Likeness(distance=d, images=1).score for d in (0, 0.09, 0.18, 10)]
    assert scores[:3] == pytest.approx([1, 0.5, 0.25])
    assert 0 <= scores[3] < 1e-9


def test_a_measured_likeness_is_kept_for_its_fingerprint_alone():
    store_likeness("a" * 64, Likeness(distance=0.1, images=7))
    assert stored_likeness("a" * 64) == Likeness(distance=0.1, images=7)
    assert stored_likeness("b" * 64) is None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"distance": 1}', '{"other": 1}'])
def test_a_damaged_file_is_as_if_nothing_had_been_measured(content):
    store_likeness("a" * 64, Likeness(distance=0.1, images=7))
    (settings.current().data_dir / "likeness" / f"{'a' * 64}.json").write_text(content)
    assert stored_likeness("a" * 64) is None
