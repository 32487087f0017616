"""What many rows come to: counts, filters, orders, and the guesses that folders judge."""

import numpy as np
import pytest

from tests.prediction.scorings import NAMES, PETS, row, scoring, write
from tl_core import files, runs
from tl_core.errors import RunNotFound
from tl_core.prediction.rows import MOST_SCORES
from tl_core.prediction.scored import (
    COLUMNS,
    EVERY,
    REFUSED,
    SCORED,
    UNSURE,
    WRONG,
    is_scored,
    read_scored,
)
from tl_core.results.error_analysis import balanced_accuracy


@pytest.fixture(autouse=True)
def data_dir(tmp_path, monkeypatch):
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path))


@pytest.fixture
def pets():
    return read_scored(write(scoring(), PETS, aside=2))


def test_everything_is_counted(pets):
    assert (pets.read, pets.refused) == (6, 1)
    assert pets.counts == (4, 2)
    assert (pets.told.aside, pets.told.outside, pets.told.folders) == (2, 1, ("zoo",))


@pytest.mark.parametrize(
    ("which", "order", "rows"),
    [
        (EVERY, "name", [0, 1, 2, 3, 4, 5, 6]),
        (EVERY, "surest", [4, 0, 3, 2, 1, 6, 5]),
        (EVERY, "unsure", [6, 1, 2, 3, 0, 4, 5]),  # what was refused comes last
        (REFUSED, "surest", [5]),
        (UNSURE, "unsure", [6, 1]),
        (WRONG, "surest", [4, 1]),
        ("0", "surest", [4, 0, 2, 6]),
        ("1", "name", [1, 3]),
    ],
)
def test_rows_are_chosen_and_ordered(pets, which, order, rows):
    assert pets.chosen(which, order, 0.6).tolist() == rows


def test_only_the_shown_rows_are_read(pets, monkeypatch):
    places = [6, 0]
    assert [one.name for one in pets.rows(places)] == ["zoo/6.jpg", "cats/1.jpg"]
    lines = (pets.folder / "rows.jsonl").read_bytes().split(b"\n")
    damaged = b"\n".join([lines[0], b"x" * len(lines[1]), *lines[2:]])
    (pets.folder / "rows.jsonl").write_bytes(damaged)
    assert len(pets.rows(places)) == 2
    with pytest.raises(RunNotFound, match="Bring the photos again"):
        pets.rows([1])


def test_folders_judge_the_guesses(pets):
    predictions = pets.predictions
    assert predictions.confusion.tolist() == [[2, 1], [1, 1]]
    assert [int(image) for image in predictions.images] == [0, 1, 2, 3, 4]
    assert predictions.confidences == pytest.approx([0.9, 0.55, 0.7, 0.8, 0.99])
    share, classes = balanced_accuracy(predictions)
    assert (round(share, 6), classes) == (round((2 / 3 + 1 / 2) / 2, 6), 2)


def test_balanced_accuracy_counts_only_classes_that_are_there():
    rows = [row("a/1", (0.9, 0.1), 0), row("a/2", (0.9, 0.1), 0), row("a/3", (0.1, 0.9), 0)]
    predictions = read_scored(write(scoring(), rows)).predictions
    assert predictions
    share, classes = balanced_accuracy(predictions)
    assert (round(share, 6), classes) == (round(2 / 3, 6), 1)


def test_without_folders_of_classes_nothing_is_judged():
    found = read_scored(write(scoring(), [row("zoo/1", (0.9, 0.1)), row("2", (0.3, 0.7))]))
    assert found.predictions is None
    assert found.told.outside == 2 and found.told.folders == ("zoo",)


def test_nothing_at_all_can_be_read():
    found = read_scored(write(scoring(), []))
    assert (found.read, found.refused, found.counts) == (0, 0, (0, 0))
    assert found.predictions is None
    assert found.chosen(EVERY, "surest", 0.5).tolist() == []
    refused = read_scored(write(scoring(title="b"), [row("a"), row("b", label=1)]))
    assert refused.predictions is None and refused.counts == (0, 0)


def test_of_very_many_classes_the_best_scores_are_kept():
    names = [f"class {n}" for n in range(MOST_SCORES + 1)]
    shares = np.linspace(0, 0.01, len(names)).tolist()
    found = read_scored(write(scoring(), [row("a", shares)], names))
    assert found.guesses.tolist() == [MOST_SCORES]
    assert found.shares.shape == (0, len(names)) and found.predictions is None
    assert found.chosen(EVERY, "surest", 0.5).tolist() == [0]


def test_a_scoring_is_done_when_its_last_file_is_there():
    run = scoring()
    assert not is_scored(run)
    assert is_scored(write(run, PETS))


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def garble(path):
    path.write_bytes(b"\xff\xfe none")


def vanish(path):
    path.unlink()


@pytest.mark.parametrize("damage", [cut, garble, vanish])
@pytest.mark.parametrize("name", [COLUMNS, SCORED])
def test_damage_is_one_sentence(name, damage):
    run = write(scoring(), PETS)
    damage(run.folder / name)
    with pytest.raises(RunNotFound, match="Bring the photos again"):
        read_scored(run)


@pytest.mark.parametrize(
    "change",
    [
        {"guesses": np.zeros(3, np.int64)},
        {"guesses": np.full(7, 2)},
        {"labels": np.full(7, -2)},
        {"shares": np.zeros((7, 3))},
        {"sure": np.zeros((7, 2))},
        {"starts": None},
        {"guesses": np.array([{}] * 7)},  # an object: never unpickled
    ],
    ids=lambda change: next(iter(change)),
)
def test_columns_of_another_shape_are_one_sentence(change):
    run = write(scoring(), PETS)
    with np.load(run.folder / COLUMNS) as found:
        columns = dict(found) | change
    columns = {name: value for name, value in columns.items() if value is not None}
    np.savez(run.folder / COLUMNS, **columns)
    with pytest.raises(RunNotFound, match="Bring the photos again"):
        read_scored(run)


@pytest.mark.parametrize(
    "told",
    [{}, [], {"class_names": ["a"], "aside": 0, "outside": 0, "folders": []}, {"aside": "x"}],
    ids=str,
)
def test_facts_of_another_shape_are_one_sentence(told):
    run = write(scoring(), PETS)
    files.write_json(run.folder / SCORED, told)
    with pytest.raises(RunNotFound, match="Bring the photos again"):
        read_scored(run)


def test_the_same_photos_for_another_network_are_another_scoring():
    assert scoring().id == scoring().id
    assert len({scoring().id, scoring("1" * 16).id, scoring(sha256="1" * 64).id}) == 3
    assert runs.get_run(scoring().id, "score").config["title"] == "pets"
    assert NAMES == ("cats", "dogs")
