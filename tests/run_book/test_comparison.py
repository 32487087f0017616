"""Two runs are compared on the photos that both held out, and in the settings that differ."""

from pathlib import Path
from typing import Any

import pytest

from tl_core import files, runs
from tl_core.errors import RunNotFound
from tl_core.run_book.comparison import compare_on_photos, differing, earlier_curves
from tl_core.runs import Run
from tl_core.training import Training, TrainingConfig, open_training
from tl_core.training.augmentation import Augmentation


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path))
    return tmp_path


def open_run(seed: int) -> Run:
    return open_training(TrainingConfig(dataset="emoji", seed=seed))


def judged(run: Run, names: list[str], guesses: dict[str, tuple[int, int]], **more: Any) -> Run:
    """Give a run its guesses: (true class, guessed class) for each photo."""

    def part(found: dict[str, tuple[int, int]]) -> dict[str, Any]:
        rows = [[float(i == guess) for i in range(len(names))] for _, guess in found.values()]
        labels = [label for label, _ in found.values()]
        return {"images": list(found), "labels": labels, "probabilities": rows}

    parts = {"validation": guesses, **more}
    content = {name: part(found) for name, found in parts.items()}
    files.write_json(run.folder / "predictions.json", content)
    files.write_json(run.folder / "model.json", {"class_names": names})
    return run


PETS = ["cat", "dog"]


def test_agreement_counts_only_photos_that_both_held_out() -> None:
    first = judged(open_run(1), PETS, {"a": (0, 0), "b": (0, 1), "c": (1, 1), "x": (1, 0)})
    second = judged(open_run(2), PETS, {"b": (0, 0), "c": (1, 1), "a": (0, 0), "y": (1, 0)})
    shared = compare_on_photos(first, second)
    assert shared is not None and shared.part == "validation" and shared.relabelled == 0
    found = shared.found
    assert (found.n, found.same) == (3, 2)
    assert (found.only_first, found.only_second) == (0, 1)


def test_classes_are_matched_by_name_and_a_photo_of_another_class_does_not_count() -> None:
    first = judged(open_run(1), PETS, {"a": (0, 0), "b": (1, 1), "c": (1, 1)})
    # In the second dataset the classes stand the other way round, and c was given to the cats.
    second = judged(open_run(2), ["dog", "cat"], {"a": (1, 1), "b": (0, 1), "c": (1, 1)})
    shared = compare_on_photos(first, second)
    assert shared is not None and shared.relabelled == 1
    assert (shared.found.n, shared.found.same, shared.found.only_first) == (2, 1, 1)


def test_the_part_with_more_shared_photos_is_taken() -> None:
    test = {"t": (0, 0), "u": (0, 1)}
    first = judged(open_run(1), PETS, {"a": (0, 0), "b": (0, 0)}, test=test)
    second = judged(open_run(2), PETS, {"a": (0, 0)}, test=test)
    shared = compare_on_photos(first, second)
    assert shared is not None and (shared.part, shared.found.n) == ("test", 2)


def test_runs_without_a_shared_photo_are_not_compared() -> None:
    first = judged(open_run(1), PETS, {"a": (0, 0)})
    second = judged(open_run(2), PETS, {"b": (0, 0)})
    assert compare_on_photos(first, second) is None


@pytest.mark.parametrize("damage", [None, "", "{}", '{"validation": 5}'])
def test_a_run_without_guesses_is_a_sentence(damage: str | None) -> None:
    first, second = judged(open_run(1), PETS, {"a": (0, 0)}), open_run(2)
    if damage is not None:
        files.write_bytes(second.folder / "predictions.json", damage.encode())
        files.write_json(second.folder / "model.json", {"class_names": PETS})
    for pair in ((first, second), (second, first)):
        with pytest.raises(RunNotFound, match=second.id):
            compare_on_photos(*pair)


def ended(seed: int, *, dataset: str = "emoji", epochs: int = 2, results: bool = True) -> Training:
    run = open_training(TrainingConfig(dataset=dataset, seed=seed))
    for number in range(1, epochs + 1):
        names = ("loss", "accuracy", "val_loss", "val_accuracy")
        metrics = {"epoch": number, **dict.fromkeys(names, float(seed))}
        run.append("epoch", epoch=number, metrics=metrics)
    if results:
        files.write_json(run.folder / runs.METRICS, {})
    return run


def test_earlier_curves_are_of_three_trainings_with_the_same_photos_and_of_no_later_one() -> None:
    for seed in (1, 2, 3, 4, 5):
        ended(seed)
    run = ended(6)
    ended(7)
    assert [epochs[0]["val_loss"] for epochs in earlier_curves(run)] == [5.0, 4.0, 3.0]


def test_what_has_no_curve_is_no_earlier_curve() -> None:
    ended(1)
    ended(2, dataset="pets")
    ended(3, results=False)
    ended(4, epochs=1)
    damaged = ended(5)
    files.write_bytes(damaged.folder / runs.PROGRESS, b"[1]\n")
    assert [epochs[0]["val_loss"] for epochs in earlier_curves(ended(6))] == [1.0]


def test_only_the_settings_that_differ_are_named() -> None:
    usual = TrainingConfig(dataset="emoji")
    turned = TrainingConfig(
        dataset="emoji", seed=4, augmentation=Augmentation(rotation=10), copies=2
    )
    assert differing([usual, turned]) == ("augmentation", "copies", "seed")
    assert differing([usual, usual]) == ()
    long = TrainingConfig(dataset="emoji", fine_epochs=50)
    assert differing([usual, long]) == ()  # there is no such phase
    blocks = TrainingConfig(dataset="emoji", unfrozen=3)
    assert differing([long, blocks]) == ("unfrozen",)
    assert differing([blocks, TrainingConfig(dataset="emoji", unfrozen=3, fine_epochs=50)]) == (
        "fine_epochs",
    )
    assert differing([usual, usual, TrainingConfig(dataset="emoji", dense=(64,))]) == ("dense",)
