"""What the Train page shows of a training that has ended, and of one whose files are damaged."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import (
    HOME,
    ROOT,
    address,
    curves,
    faults,
    labels,
    press,
    sound,
    told,
    words,
)
from tests.app.trainings import (
    DEAD,
    done,
    epochs,
    only_run,
    open_run,
    pets,
    running,
    stopped,
    usual,
)
from tl_core import files, runs
from tl_core.datasets.catalogue import delete_dataset, get_dataset
from tl_core.datasets.edits import Edit
from tl_core.datasets.versions import new_version
from tl_core.runs import Run, book
from tl_core.runs.snapshots import JobState, snapshot
from tl_core.ui.engine_status import engine

Open = Callable[..., AppTest]
PAGE = "pages/3_train.py"
TRAINED_BEFORE = "This was trained before with exactly these settings: here is the result."
PRESS = "Press Train. The usual settings work, and the forecast above says what they will take."
WAITING = "Waiting for the engine; its state is in the sidebar."
STOPPED = "Stopped. What was finished is kept."
INTERRUPTED = "Interrupted: the program ended while this ran. What was finished is kept."


# Headline


@pytest.mark.parametrize(
    ("locale", "label", "interval"),
    [
        (
            "en-US",
            "Validation accuracy",
            "49 of 57 held-out images right; 95 % interval 74.7\xa0% to 92.7\xa0%.",
        ),
        (
            "ko-KR",
            "검증 정확도",
            "떼어 둔 이미지 57장 가운데 49장을 맞혔습니다. 95\xa0% 신뢰 구간은 74.7\xa0%~92.7\xa0%입니다.",
        ),
    ],
)
def test_a_finished_run_shows_its_accuracy_with_n_and_interval(
    open_page: Open, locale: str, label: str, interval: str
) -> None:
    app = open_page(PAGE, locale=locale, run=done(open_run()).id)
    assert (app.metric[0].label, app.metric[0].value) == (label, "86.0\xa0%")
    assert interval in words(app)
    assert len(curves(app)) == 2
    assert {"Stop", "Resume", "Start again"}.isdisjoint(labels(app))


def test_a_finished_run_shows_every_class_with_n_and_interval(open_page: Open) -> None:
    app = open_page(PAGE, run=done(open_run()).id, look="classes")
    (table,) = app.table
    found = table.value.to_dict("list")
    assert found["Class"] == ["animals", "food", "vehicles"]
    assert found["Recall"] == ["92.3\xa0%", "85.0\xa0%", "72.7\xa0%"]
    assert found["Images"] == ["26", "20", "11"]
    assert found["95 % interval of the recall"] == [
        "75.9\xa0% – 97.9\xa0%",
        "64.0\xa0% – 94.8\xa0%",
        "43.4\xa0% – 90.3\xa0%",
    ]
    korean = open_page(PAGE, locale="ko-KR", run=only_run().id, look="classes").table[0].value
    assert list(korean.iloc[:, 0])[:2] == ["동물", "음식"]


def test_a_class_that_nobody_judged_is_named_below_the_headline(open_page: Open) -> None:
    emoji = get_dataset("emoji")
    part = {
        image.sha256: "validation" if n % 3 == 0 and image.label else "train"
        for n, image in enumerate(emoji.images)
    }
    version = new_version(emoji, Edit(move=part))
    usual_run, run = done(open_run()), done(open_run(dataset=version.id))
    said = "Never judged: animals. No photo of this was held out"
    assert said in words(open_page(PAGE, run=run.id))
    assert "Never judged" not in words(open_page(PAGE, run=usual_run.id))
    (run.folder / runs.MODEL).write_text("[]")
    open_page(PAGE, run=run.id)  # whose class names are lost


def test_a_finished_run_says_what_its_features_cost(open_page: Open) -> None:
    app = open_page(PAGE, run=done(open_run(), images_computed=200, images_reused=87).id)
    assert "Features 6.3 s (200 images computed, 87 reused); training 2.5 s." in words(app)
    assert "Features reused" not in words(app)
    assert app.metric[1].value in ("8.8 s", "8.7 s")


def test_a_finished_run_says_that_its_features_were_there_already(open_page: Open) -> None:
    app = open_page(PAGE, run=done(open_run(), images_computed=0, images_reused=287).id)
    assert "Features reused from an earlier run" in words(app)


def test_a_run_from_the_pixels_on_speaks_of_no_earlier_run(open_page: Open) -> None:
    app = open_page(PAGE, run=done(open_run(), images_computed=0, images_reused=0).id)
    assert "no features were computed: only the training, 2.5 s." in words(app)
    assert "Features reused" not in words(app)


def test_training_what_is_trained_already_shows_its_result(open_page: Open) -> None:
    run = done(open_run())
    app = press(open_page(PAGE, dataset="emoji"), "Train")
    assert address(app) == {"dataset": "emoji", "run": run.id}
    assert app.metric[0].value == "86.0\xa0%"
    assert engine().status.queued == 0


def test_settings_that_were_trained_before_say_so(open_page: Open) -> None:
    app = press(open_page(PAGE), "Train")
    assert TRAINED_BEFORE not in told(app)
    done(only_run())
    app = open_page(PAGE)
    assert TRAINED_BEFORE not in told(app)
    assert TRAINED_BEFORE in told(press(app, "Train"))
    assert TRAINED_BEFORE in told(sound(app.run()))  # the page draws the result after it is said


def test_the_link_below_a_result_leads_to_this_run(open_page: Open) -> None:
    old = done(open_run(seed=1))
    done(open_run(seed=2))
    app = open_page(PAGE, run=old.id)
    (link,) = [one for one in app.page_link if one.value == "Try it on a photo"]
    assert f"run={old.id}" in link.proto.query_string


def test_a_run_outlives_its_dataset(open_page: Open) -> None:
    identifier = pets()
    fingerprint = get_dataset(identifier).fingerprint
    run = done(open_run(dataset=identifier, fingerprint=fingerprint), {})
    delete_dataset(identifier)
    app = open_page(PAGE, run=run.id)
    assert (app.metric[0].value, len(curves(app))) == ("100.0\xa0%", 2)
    assert "deleted dataset" in words(app)


# Held out twice, and stopped


def test_with_a_test_share_the_headline_is_the_test_accuracy(open_page: Open) -> None:
    run = running(open_run(test=0.2))
    epochs(run, 5, val_accuracy=0.9)
    epochs(run, 1, first=4, val_accuracy=0.95)
    app = open_page(PAGE, run=done(run, {(0, 1): 3}).id)
    assert (app.metric[0].label, app.metric[0].value) == ("Test accuracy", "94.7\xa0%")
    assert "54 of 57 held-out images right" in words(app)
    assert "Epoch 4 was kept" in words(app) and "looked at once, at the end" in words(app)
    assert "flatter" not in words(app)
    assert "part" in {one.key for one in app.segmented_control}


def test_without_a_test_share_the_page_says_that_its_figure_flatters(open_page: Open) -> None:
    app = open_page(PAGE, run=done(open_run()).id)
    assert "Epoch 6 was kept" in words(app) and "may flatter: a little" in words(app)
    app = open_page(PAGE, run=done(open_run(keep_best=False)).id)
    assert "The last epoch, 6, was kept." in words(app) and "flatter" not in words(app)


@pytest.mark.parametrize("test", [0.0, 0.2])
def test_a_stopped_run_shows_what_its_best_epoch_is_worth_and_can_be_resumed(
    open_page: Open, test: float
) -> None:
    run = running(open_run(test=test))
    epochs(run, 4)
    app = open_page(PAGE, run=stopped(run).id)
    assert [box.value for box in app.warning] == [STOPPED]
    # The test images are for the end alone.
    assert (app.metric[0].label, app.metric[0].value) == ("Validation accuracy", "86.0\xa0%")
    assert "Epoch 4 was kept" in words(app)
    assert len(curves(app)) == 2
    assert "Try it on a photo" in [one.value for one in app.page_link]
    press(app, "Resume")
    assert told(app) == [WAITING]
    assert not app.metric  # its numbers are about to change


def test_a_run_that_was_stopped_before_its_first_epoch_has_nothing_to_show(open_page: Open) -> None:
    run = running(open_run())
    run.append("state", state="cancelled")
    app = open_page(PAGE, run=run.id)
    assert told(app) == [STOPPED]
    assert not app.metric and "Resume" in labels(app)


def test_a_fine_tuned_run_shows_both_phases(open_page: Open) -> None:
    run = running(open_run(unfrozen=6, epochs=3, fine_epochs=2))
    epochs(run, 3)
    epochs(run, 2, first=4, unfrozen=6)
    app = open_page(PAGE, run=done(run).id)
    assert "last 6 blocks" in words(app) and "3 + 2 epochs" in words(app)
    assert "Epoch 5 was kept" in words(app)
    for chart in curves(app):
        assert all(len(line["x"]) == 5 for line in json.loads(chart.proto.spec)["data"])


# Damage


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def garble(path: Path) -> None:
    path.write_bytes(b"\xff\xfe not json")


@pytest.mark.parametrize("damage", [cut, garble, Path.unlink], ids=lambda one: one.__name__)
@pytest.mark.parametrize("name", ["config.json", "metrics.json"])
def test_a_damaged_run_is_one_sentence_and_a_page_that_works(
    open_page: Open, name: str, damage: Callable[[Path], None]
) -> None:
    run = done(open_run(seed=1))
    damage(run.folder / name)
    book._read_run.cache_clear()
    app = open_page(PAGE, run=run.id)
    (sentence,) = (one for one in told(app) if one != PRESS)
    assert run.id in sentence and ("train a new one" in sentence or "Train it again" in sentence)
    press(app, "Train")
    assert told(app) == [WAITING]


@pytest.mark.parametrize("damage", [cut, garble, Path.unlink], ids=lambda one: one.__name__)
@pytest.mark.parametrize("name", ["predictions.json", "model.json"])
def test_a_run_that_lost_its_guesses_still_shows_its_accuracy(
    open_page: Open, name: str, damage: Callable[[Path], None]
) -> None:
    run = done(open_run())
    damage(run.folder / name)
    app = open_page(PAGE, run=run.id)
    assert app.metric[0].value == "86.0\xa0%"
    assert len(app.error) == 1 and "Train it again" in app.error[0].value


@pytest.mark.parametrize("damage", [cut, garble, Path.unlink], ids=lambda one: one.__name__)
@pytest.mark.parametrize("name", ["metrics.json", "predictions.json", "model.json"])
def test_a_damaged_run_is_trained_again_when_asked(
    open_page: Open, name: str, damage: Callable[[Path], None]
) -> None:
    run = done(open_run())
    damage(run.folder / name)
    app = open_page(PAGE, dataset="emoji")
    press(app, "Train")
    assert address(app)["run"] == run.id
    assert snapshot(run).state is JobState.QUEUED


SHAPES = [
    {},
    [],
    [[1, 2]],
    {"validation": None},
    {"validation": {"confusion": None}},
    {"validation": {"n": 0}},
    {"validation": {"n": "x"}},
    {"test": {}},
    {"test": None},
    {"seconds_head": None},
    {"images_reused": None},
]
"""Of ``metrics.json``: as a whole, or what is changed in it."""


def damage_metrics(run: Run, shape: Any) -> None:
    path = run.folder / runs.METRICS
    if shape and isinstance(shape, dict):
        found = json.loads(path.read_text())
        changes = {
            name: found[name] | value if name == "validation" and value else value
            for name, value in shape.items()
        }
        shape = found | changes
    path.write_text(json.dumps(shape))


@pytest.mark.parametrize("shape", SHAPES, ids=json.dumps)
def test_results_of_another_shape_are_one_sentence_and_trained_again_when_asked(
    open_page: Open, shape: Any
) -> None:
    run = done(open_run())
    damage_metrics(run, shape)
    app = open_page(PAGE, run=run.id, dataset="emoji")
    (sentence,) = (box.value for box in app.error)
    assert "metrics.json cannot be read. Train it again." in sentence.replace("\\", "")
    press(app, "Train")
    assert snapshot(run).state is JobState.QUEUED


@pytest.mark.parametrize("interval", [None, [], "x"])
def test_an_interval_that_cannot_be_read_is_computed_anew(open_page: Open, interval: Any) -> None:
    run = done(open_run())
    damage_metrics(run, {"validation": {"interval": interval}})
    app = open_page(PAGE, run=run.id)
    assert "95 % interval 74.7\xa0% to 92.7\xa0%" in words(app) and not app.error


LINES = [
    '{"event": "state"}',
    '{"event": "state", "state": "queued", "time": 1, "owner": 3}',
    '{"event": "state", "state": [], "time": 1}',
    '{"event": "epoch", "epoch": 2}',
    '{"event": "epoch", "epoch": 2, "metrics": {}}',
    '{"event": "epoch", "epoch": 2, "metrics": null}',
    '{"event": "progress"}',
    '{"event": "note", "template": "{"}',
]


def add_line(run: Run, line: str) -> None:
    with (run.folder / "progress.jsonl").open("a") as file:
        file.write(f"\n{line}\n")


@pytest.mark.parametrize("line", LINES)
def test_a_line_of_another_shape_in_its_progress_harms_no_page(open_page: Open, line: str) -> None:
    run = done(open_run())
    add_line(run, line)
    app = open_page(PAGE, run=run.id)
    assert app.metric[0].value == "86.0\xa0%" and len(curves(app)) == 2
    assert not app.error


@pytest.mark.parametrize("template", ["{a} {b}", "{", 3])
def test_a_reason_that_cannot_be_shown_is_a_failure_without_a_reason(
    open_page: Open, template: Any
) -> None:
    run = running(open_run())
    run.append("state", state="failed", template=template)
    assert "It failed without a reason." in told(open_page(PAGE, run=run.id))


def test_a_folder_in_place_of_its_progress_is_one_sentence_and_trained_again_when_asked(
    open_page: Open,
) -> None:
    run = done(open_run())
    lose_progress(run)
    app = open_page(PAGE, run=run.id, dataset="emoji")
    assert "progress.jsonl cannot be read" in app.error[0].value.replace("\\", "")
    press(app, "Train")
    assert snapshot(run).state is JobState.QUEUED


def lose_progress(run: Run) -> None:
    path = run.folder / "progress.jsonl"
    path.unlink()
    path.mkdir()


def faint(app: AppTest) -> int:
    """Return how many earlier runs stand behind the accuracy."""
    lines = json.loads(curves(app)[0].proto.spec)["data"]
    return sum(line.get("showlegend") is False for line in lines)


@pytest.mark.parametrize("line", LINES)
def test_an_earlier_run_with_a_damaged_progress_harms_no_other(open_page: Open, line: str) -> None:
    earlier, run = done(open_run(seed=1)), done(open_run(seed=2))
    add_line(earlier, line)
    app = open_page(PAGE, run=run.id)
    assert (len(curves(app)), faint(app)) == (2, 1)
    lose_progress(earlier)
    app = open_page(PAGE, run=run.id)
    assert (len(curves(app)), faint(app)) == (2, 0)


@pytest.mark.parametrize("name", ["metrics.json", "config.json", "model.json", "predictions.json"])
def test_an_earlier_run_with_damaged_files_harms_no_other(open_page: Open, name: str) -> None:
    earlier, run = done(open_run(seed=1)), done(open_run(seed=2))
    files.write_json(earlier.folder / name, {})
    book._read_run.cache_clear()
    app = open_page(PAGE, run=run.id)
    assert app.metric[0].value == "86.0\xa0%" and not app.error


BROKEN = [
    {"dataset": None},
    {"dataset": []},
    {"backbone": {}},
    {"fingerprint": 3},
    {"epochs": "many"},
    {"dense": 5},
    {"augmentation": None},
]


@pytest.mark.parametrize("change", BROKEN, ids=str)
def test_settings_of_other_types_are_one_sentence(open_page: Open, change: dict[str, Any]) -> None:
    run = runs.open_run("train", usual(**change))
    run.append("state", state="done")
    app = open_page(PAGE, run=run.id)
    (sentence,) = (box.value for box in app.error)
    (name,) = change
    assert sentence.startswith(f"The settings of this run cannot be read: {name} cannot be ")
    assert sentence.endswith(". Start it again.")
    assert "Train" in labels(app)


@pytest.mark.parametrize("change", [*BROKEN, {"warmup": 3}], ids=str)
def test_a_run_before_with_damaged_settings_harms_no_other(
    open_page: Open, change: dict[str, Any]
) -> None:
    run = done(open_run(seed=2))
    assert "Before and after the corrections" in words(
        open_page(
            PAGE, run=run.id, before=done(open_run(dataset=pets(), fingerprint="", seed=2), {}).id
        )
    )
    before = runs.open_run("train", usual(**change))
    app = open_page(PAGE, run=run.id, before=before.id)
    assert app.metric[0].value == "86.0\xa0%" and not app.error
    assert "Before and after" not in words(app)


def test_the_comparison_with_a_run_before_whose_results_are_damaged_is_one_sentence(
    open_page: Open,
) -> None:
    before = done(open_run(dataset=pets(), fingerprint="", seed=2), {})
    run = done(open_run(seed=2))
    damage_metrics(before, [])
    app = open_page(PAGE, run=run.id, before=before.id)
    (sentence,) = (box.value for box in app.error)
    assert before.id in sentence and app.metric[0].value == "86.0\xa0%"


def test_the_same_photo_twice_is_drawn_once(open_page: Open) -> None:
    run = done(open_run())
    path = run.folder / "predictions.json"
    found = json.loads(path.read_text())
    images = found["validation"]["images"]
    images[1] = images[0]
    path.write_text(json.dumps(found))
    for look in ("confusion", "hardest"):
        assert not open_page(PAGE, run=run.id, look=look).error


@pytest.mark.parametrize("names", [None, 3, [], ["one"]])
def test_a_description_of_another_shape_is_one_sentence(open_page: Open, names: Any) -> None:
    run = done(open_run())
    files.write_json(run.folder / "model.json", {"class_names": names})
    app = open_page(PAGE, run=run.id, dataset="emoji")
    (sentence,) = (box.value for box in app.error)
    assert "model.json cannot be read" in sentence.replace("\\", "")
    press(app, "Train")
    assert snapshot(run).state is JobState.QUEUED


def test_a_whole_run_is_shown_and_not_trained_again(open_page: Open) -> None:
    run = done(open_run())
    app = open_page(PAGE, dataset="emoji")
    press(app, "Train")
    assert address(app)["run"] == run.id
    assert snapshot(run).state is JobState.DONE


def test_a_damaged_progress_file_still_shows_what_can_be_read(open_page: Open) -> None:
    run = running(open_run(), **DEAD)
    with (run.folder / "progress.jsonl").open("ab") as file:
        file.write(b'\x00\xff{"event": "epoch", "epo\n[]\nnull\n{"event": "later version"}\n')
    assert told(open_page(PAGE, run=run.id)) == [INTERRUPTED]


def test_a_run_with_a_setting_of_a_newer_version_is_one_sentence(open_page: Open) -> None:
    run = running(runs.open_run("train", usual(warmup=3)))
    run.append("state", state="done")
    app = open_page(PAGE, run=run.id)
    (sentence,) = told(app)
    assert "warmup" in sentence and "Start it again" in sentence
    assert "Train" in labels(app)


def test_a_link_to_an_import_as_a_run_says_that_it_is_none(open_page: Open) -> None:
    other = runs.open_run("import", {"sha256": "0" * 64, "title": "Pets"})
    app = open_page(PAGE, run=other.id)
    assert any("Choose one from the list" in sentence for sentence in told(app))
    assert "Train" in labels(app)


def test_a_link_to_a_training_as_an_import_leaves_the_page_whole(open_page: Open) -> None:
    app = open_page(PAGE, job=done(open_run()).id)
    assert "Train" in labels(app)


def test_a_bug_is_reported_as_one(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shows that the other tests would see a fault if there were one."""
    run = done(open_run())
    monkeypatch.setattr("tl_core.ui.results.headline.interval_text", lambda found: 1 / 0)
    app = AppTest.from_file(ROOT / HOME, default_timeout=60)
    app.switch_page(PAGE)
    app.query_params["run"] = run.id
    app.run()
    assert len(faults(app)) == 1


CHANGED = "The settings have changed since"


def test_a_run_beside_other_settings_says_so_and_sets_them(open_page: Open) -> None:
    run = done(open_run(epochs=6, seed=7, learning_rate=0.01))
    app = open_page(PAGE, run=run.id, dataset="emoji")
    told = next(one.value for one in app.caption if CHANGED in one.value)
    assert "Epochs 6 (now 30), Learning rate 0.01 (now 0.001), Seed 7 (now 0)" in told
    assert "Dropout" not in told
    press(app, "Set the controls to this run")
    assert CHANGED not in words(app)
    assert "Set the controls to this run" not in labels(app)
    assert address(app) == {
        "run": run.id,
        "dataset": "emoji",
        "epochs": "6",
        "seed": "7",
        "rate": "0.01",
    }
    app.number_input(key="seed").set_value(8)
    assert CHANGED in words(sound(app.run()))


def test_a_run_beside_its_own_settings_says_nothing_of_them(open_page: Open) -> None:
    app = open_page(PAGE, run=done(open_run()).id, dataset="emoji")
    assert CHANGED not in words(app) and "Set the controls to this run" not in labels(app)


def test_the_settings_of_a_run_whose_dataset_is_gone_leave_the_chosen_one(open_page: Open) -> None:
    other = pets()
    settings = {"dataset": other, "fingerprint": get_dataset(other).fingerprint, "seed": 4}
    run = done(open_run(**settings), {})
    delete_dataset(other)
    app = press(open_page(PAGE, run=run.id, dataset="emoji"), "Set the controls to this run")
    assert not app.warning and app.number_input(key="seed").value == 4
    assert app.selectbox(key="dataset").value == "emoji"
