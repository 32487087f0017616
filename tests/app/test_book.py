"""The run book on page 3: every run is found, compared, repeated, named and deleted, whatever its state."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import address, sound, words
from tl_core import files, people, run_book, runs
from tl_core.datasets.catalogue import get_dataset
from tl_core.people import ownership
from tl_core.results import scores
from tl_core.results.metrics import Judged
from tl_core.runs import Run
from tl_core.training import TrainingConfig, list_trainings
from tl_core.ui.datasets.choice import DEFAULT
from tl_core.ui.text import CUT

Open = Callable[..., AppTest]
PAGE = "pages/3_train.py"
PREDICT = "pages/4_predict.py"
HOSTILE = "<b>x</b> *y* :red[z] $w$ [a](http://b)"
ESCAPED = r"\<b\>x\</b\> \*y\* \:red\[z\] \$w\$ \[a\](http\:" + CUT + "//b)"


@pytest.fixture
def open_book(open_page: Open) -> Open:
    """Return ``open_book(**url)``: a new session at the run book."""

    def open_at(**url: Any) -> AppTest:
        return open_page(PAGE, section="book", **url)

    return open_at


def config(**settings: Any) -> TrainingConfig:
    usual = {"dataset": "emoji", "fingerprint": get_dataset("emoji").fingerprint}
    return TrainingConfig(**{**usual, **settings})


def open_run(**settings: Any) -> Run:
    return runs.open_run("train", config(**settings).as_json())


def queued(**settings: Any) -> Run:
    run = open_run(**settings)
    run.append("state", state="queued", owner=runs.owner())
    return run


def done(right: int = 40, first: int = 0, **settings: Any) -> Run:
    """Return a run that was right on `right` of 50 photos, from number `first` on, and on no other."""
    run = queued(**settings)
    run.append("state", state="running")
    for number in range(1, 4):
        names = ("loss", "accuracy", "val_loss", "val_accuracy")
        metrics = {"epoch": number, **{name: number / 10 for name in names}}
        run.append("epoch", epoch=number, metrics=metrics)
    classes = get_dataset("emoji").class_names
    labels = np.arange(50) % 3
    correct = (np.arange(50) - first) % 50 < right
    guesses = np.where(correct, labels, (labels + 1) % 3)
    guessed = {
        "images": [f"{number:064x}" for number in range(50)],
        "labels": labels.tolist(),
        "probabilities": np.eye(3)[guesses].tolist(),
    }
    files.write_json(run.folder / "predictions.json", {"validation": guessed})
    files.write_json(run.folder / "model.json", {"class_names": classes, "features": [1280]})
    found = Judged.of(scores.confusion_matrix(labels, guesses, 3)).as_json()
    judged = {"validation": found, "train": found, "images_computed": 0, "images_reused": 287}
    seconds = {"seconds_features": 6.25, "seconds_head": 2.5}
    files.write_json(run.folder / runs.METRICS, {**judged, **seconds})
    run.append("state", state="done")
    return run


def failed(**settings: Any) -> Run:
    run = queued(**settings)
    run.append("state", state="failed", template="It broke.")
    return run


def table(app: AppTest) -> Any:
    return app.dataframe[0].value


def labels_of(app: AppTest) -> list[str]:
    return [one.label for one in app.button]


def press(app: AppTest, label: str) -> AppTest:
    (found,) = [one for one in app.button if one.label == label]
    found.click()
    return sound(app.run())


def tables(app: AppTest) -> list[Any]:
    return [one.value for one in app.table]


# The table


def test_an_empty_book_says_what_it_is_for_and_leads_to_a_training(open_book: Open) -> None:
    app = open_book()
    assert any("Nothing is trained yet" in box.value for box in app.info)
    assert not app.dataframe
    press(app, "Train a network")
    assert app.session_state["section"] == "train"


def test_every_run_has_a_row_with_its_result_whatever_became_of_it(open_book: Open) -> None:
    done(45, seed=1)
    failed(seed=2)
    queued(seed=3)
    open_run(seed=4, dataset="0123456789abcdef")
    runs.open_run("train", {"from_the_future": 1}).append("state", state="done")
    rows = table(open_book())
    assert list(rows["state"]) == ["damaged", "interrupted", "queued", "failed", "done"]
    last = rows.iloc[-1]
    assert (last["accuracy"], last["n"], last["seconds"]) == (90.0, 50, 8.75)
    assert last["interval"] == "78.6\xa0% – 95.7\xa0%"
    assert "head only" in last["title"] and "seed 1" in last["title"]
    assert rows["accuracy"].isna().sum() == 4
    assert list(rows["dataset"])[1:] == ["deleted dataset 012345", "Emoji", "Emoji", "Emoji"]


def test_all_settings_have_a_column_when_asked_and_those_that_differ_come_first(
    open_book: Open,
) -> None:
    done(seed=1, unfrozen=3)
    done(seed=2)
    assert "batch" not in table(open_book())
    rows = table(open_book(book_all="1"))
    assert list(rows["unfrozen"]) == ["head only", "last 3 blocks"]
    assert {"batch", "optimizer", "augmentation", "test"} <= set(rows)
    assert list(rows["seed"]) == [2, 1]  # numbers: as text, 10 would come before 9
    names = list(rows)
    assert max(names.index("seed"), names.index("unfrozen")) < names.index("batch")


def test_a_name_is_shown_as_it_is_and_never_as_a_formula(open_book: Open) -> None:
    run = done(seed=1)
    run_book.write_label(run, HOSTILE, "=HYPERLINK(0)")
    app = open_book(runs=run.id)
    assert (table(app)["title"][0], table(app)["note"][0]) == (HOSTILE, "'=HYPERLINK(0)")
    assert ESCAPED in words(app) and HOSTILE not in words(app)
    assert not app.get("html")


def test_runs_are_filtered_by_dataset(open_book: Open) -> None:
    ours, other = done(seed=1), done(seed=2, dataset="0123456789abcdef")
    app = open_book(book_dataset="emoji", runs=f"{ours.id},{other.id}")
    assert len(table(app)) == 1
    assert app.session_state["runs"] == ours.id
    app.selectbox(key="book_dataset").set_value("all")
    assert len(table(sound(app.run()))) == 2


def test_mine_are_the_runs_that_this_browser_has_asked_for(open_book: Open) -> None:
    mine, others = done(seed=1), done(seed=2)
    ownership.join(others.folder, people.mark_of("b" * 32))
    ownership.join(mine.folder, people.mark_of("a" * 32))
    app = open_book(whose="mine")
    assert not app.dataframe and "Train a network" in labels_of(app)
    app = open_book(whose="mine", kept=["a" * 32])
    assert list(table(app)["title"].str.contains("seed 1")) == [True]
    assert "own" not in address(app) and mine.id not in str(address(app))


def test_runs_that_an_old_link_names_count_as_mine(open_book: Open) -> None:
    runs_of_others = [done(seed=seed) for seed in (1, 2)]
    for run in runs_of_others:
        ownership.join(run.folder, people.mark_of("b" * 32))
    app = open_book(whose="mine", own=runs_of_others[0].id)
    assert len(table(app)) == 1 and "own" not in address(app)
    assert len(table(sound(app.run()))) == 1  # it is in no address any more, and still known
    assert not open_book(whose="mine", own="../etc,<b>,").dataframe


def test_a_nickname_stands_beside_ones_runs_as_it_was_typed(open_book: Open) -> None:
    run = done(seed=1)
    ownership.join(run.folder, people.mark_of("a" * 32))
    app = open_book(runs=run.id, kept=["a" * 32])
    app.session_state["nickname_box"] = True
    app.run()
    app.text_input(key="nickname").set_value(HOSTILE[: people.LONGEST_NICKNAME])
    sound(app.run())
    assert "by" not in table(app) and "Asked for by you" in words(app)
    other = open_book(runs=run.id)
    assert list(table(other)["by"]) == [HOSTILE[: people.LONGEST_NICKNAME].strip()]
    assert r"\<b\>x\</b\>" in words(other) and not other.get("html")


# One run


def test_a_chosen_run_is_described_with_n_and_interval(open_book: Open) -> None:
    run = done(45, seed=1)
    app = open_book(runs=run.id)
    assert "45 of 50 held-out images right; 95 % interval 78.6\xa0% to 95.7\xa0%." in words(app)
    assert not app.table


def test_repeating_sets_every_control_and_opens_the_training(open_book: Open) -> None:
    run = done(seed=7, epochs=12, learning_rate=0.003, dropout=0.5, unfrozen=2, batch=64)
    app = open_book(runs=run.id, run=run.id)
    press(app, "Repeat with one change")
    state = app.session_state
    assert (state["section"], state["run"]) == ("train", "")
    assert (state["seed"], state["epochs"], state["rate"]) == (7, 12, "0.003")
    assert (state["dropout"], state["unfrozen"], state["batch"]) == (0.5, 2, "64")
    assert not app.warning


def test_repeating_after_the_dataset_was_deleted_is_told_and_works(open_book: Open) -> None:
    run = done(seed=7, dataset="0123456789abcdef")
    app = open_book(runs=run.id)
    assert "Its dataset was deleted" in words(app)
    press(app, "Repeat with one change")
    assert app.session_state["dataset"] == DEFAULT and app.session_state["seed"] == 7
    assert not app.warning


def test_a_run_is_opened_in_the_training_section(open_book: Open) -> None:
    run = done(seed=1)
    app = open_book(runs=run.id)
    press(app, "Show its curves and result")
    assert (app.session_state["section"], app.session_state["run"]) == ("train", run.id)


def test_a_run_is_renamed_and_keeps_its_id_and_its_link(open_book: Open) -> None:
    run = done(seed=1)
    app = open_book(runs=run.id)
    app.text_input(key=f"title-{run.id}").set_value("  Our\u202e best ")
    app.text_area(key=f"note-{run.id}").set_value("two\nlines")
    press(app, "Save")
    assert run_book.read_label(run) == run_book.Label(title="Our best", note="two lines")
    assert table(app)["title"][0] == "Our best"
    assert app.session_state["runs"] == run.id
    assert table(open_book())["note"][0] == "two lines"


# Compare


def test_two_runs_are_compared_on_curves_settings_and_the_same_photos(open_book: Open) -> None:
    worse, better = done(25, seed=1), done(45, seed=1, unfrozen=3)
    app = open_book(runs=f"{worse.id},{better.id}")
    results, settings, photos = tables(app)
    assert list(results["Accuracy"]) == ["90.0\xa0%", "50.0\xa0%"]
    assert list(results["Right"]) == ["45 / 50", "25 / 50"]
    assert list(settings["Setting"]) == ["What learns"]
    assert (settings["A"][0], settings["B"][0]) == ("last 3 blocks", "head only")
    assert "1 setting differs" in words(app)
    assert (photos["Shared photos"][0], photos["Same answer"][0]) == ("50", "60.0\xa0%")
    assert (photos["Only the first right"][0], photos["Only the second right"][0]) == ("20", "0")
    assert len(app.get("plotly_chart")) == 2
    assert "A is better than B**, by more than chance" in words(app)
    assert "less than 0.1 %" in words(app)


def test_a_comparison_says_whose_accuracy_leaves_a_class_out(open_book: Open) -> None:
    both = [done(seed=seed) for seed in (0, 1)]
    url = {"runs": ",".join(run.id for run in both)}
    assert "never judged" not in words(open_book(**url))
    metrics = files.read_json(both[1].folder / runs.METRICS)
    metrics["validation"]["confusion"][2] = [0, 0, 0]
    files.write_json(both[1].folder / runs.METRICS, metrics)
    said = "Classes that were never judged, and do not count in the accuracy: A (1)."
    assert said in words(open_book(**url))


def test_a_stopped_run_that_went_on_is_compared_anew(open_book: Open) -> None:
    older, newer = done(40, seed=1), done(40, seed=1, batch=64)
    assert "right on exactly the same photos" in words(open_book(runs=f"{older.id},{newer.id}"))
    (newer.folder / "progress.jsonl").unlink()
    assert done(46, seed=1, batch=64) == newer
    assert "**A is better than B**" in words(open_book(runs=f"{older.id},{newer.id}"))


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        ((40, 0), (40, 0), "right on exactly the same photos"),
        ((40, 0), (44, 0), "differ on only 4 of these photos: too few"),  # p is never below 0.125
        ((40, 0), (40, 5), "the difference may be chance"),  # 5 to 5
        ((40, 0), (46, 0), "**A is better than B**"),  # 6 to 0: p = 0.03
    ],
)
def test_the_verdict_follows_mcnemars_exact_test(
    open_book: Open, first: tuple[int, int], second: tuple[int, int], verdict: str
) -> None:
    older, newer = done(*first, seed=1), done(*second, seed=1, batch=64)
    text = words(open_book(runs=f"{older.id},{newer.id}"))
    assert verdict in text
    assert ("by more than chance" in text) is ("better" in verdict)


def test_several_comparisons_at_once_have_to_be_clearer(open_book: Open) -> None:
    ids = [done(right, seed=1, batch=batch).id for right, batch in ((40, 16), (46, 32), (46, 64))]
    assert "better" in words(open_book(runs=",".join(ids[:2])))
    text = words(open_book(runs=",".join(ids)))
    assert "by more than chance" not in text and "5 % divided by 3" in text


def test_more_runs_than_can_be_compared_are_told(open_book: Open) -> None:
    ids = [done(seed=seed).id for seed in range(5)]
    app = open_book(runs=",".join(ids))
    assert any("5 runs are chosen. Choose two to 4" in box.value for box in app.info)
    assert not app.table
    assert len(tables(open_book(runs=",".join(ids[:4])))[0]) == 4


def test_runs_without_a_result_are_compared_as_far_as_they_go(open_book: Open) -> None:
    good, bad = done(seed=1), failed(seed=2)
    damaged = runs.open_run("train", {"from_the_future": 1})
    app = open_book(runs=f"{good.id},{bad.id}")
    assert "Two of these runs need a result" in words(app)
    assert list(tables(app)[0]["Accuracy"]) == ["failed", "80.0\xa0%"]
    app = open_book(runs=f"{bad.id},{damaged.id}")
    assert "no curves yet" in words(app) and "cannot be compared" in words(app)


def test_runs_that_kept_no_guesses_are_a_sentence(open_book: Open) -> None:
    first, second = done(seed=1), done(seed=2)
    (second.folder / "predictions.json").unlink()
    app = open_book(runs=f"{first.id},{second.id}")
    assert f"Run {second.id} kept no guesses" in words(app)
    assert len(tables(app)) == 2


# Delete


def test_a_deleted_run_is_gone_from_the_table_and_its_links_say_so(
    open_book: Open, open_page: Open
) -> None:
    run, other = done(seed=1), done(seed=2)
    app = open_book(runs=run.id, run=run.id)
    app.button(key="delete_runs").click()
    sound(app.run())
    assert [one.id for one in list_trainings()] == [other.id]
    assert len(table(app)) == 1
    assert "run" not in address(app) and "runs" not in address(app)
    (sentence,) = open_book(runs=run.id).warning
    assert run.id in sentence.value
    (sentence,) = open_page(PREDICT, run=run.id).warning
    assert run.id in sentence.value


def test_a_run_at_work_cannot_be_deleted(open_book: Open) -> None:
    run = queued(seed=1)
    app = open_book(runs=run.id)
    assert app.button(key="delete_runs").disabled
    assert "stop it first" in words(app)
    run.append("state", state="cancelled")
    app.run()
    assert not app.button(key="delete_runs").disabled


def test_damaged_folders_are_told_and_deleted(open_book: Open) -> None:
    run, bad = done(seed=1), done(seed=2)
    (bad.folder / "config.json").write_bytes(b"{")
    app = open_book()
    assert any("1 folder of the run book cannot be read" in box.value for box in app.warning)
    app.button(key="delete_damaged").click()
    sound(app.run())
    assert not app.warning and not bad.folder.exists() and run.folder.exists()


# Many


def test_two_hundred_runs_stay_usable(open_book: Open) -> None:
    for seed in range(200):
        (done if seed % 3 else failed)(seed=seed)
    newest = list_trainings()[0]
    app = open_book(book_all="1", runs=newest.id)
    assert len(table(app)) == 200
    assert app.session_state["runs"] == newest.id
