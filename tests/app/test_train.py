"""The Train page: every control reaches the run, and a run is shown as it is, whatever has happened to it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import HOME, ROOT, address, faults, sound, words
from tests.datasets.samples import cats_and_dogs, picture, zip_bytes
from tl_core import files, runs, scores
from tl_core.datasets.catalogue import get_dataset
from tl_core.datasets.importer import import_files
from tl_core.datasets.jobs import RESULT, upload_path
from tl_core.runs import Run
from tl_core.snapshots import JobState, read_events, snapshot
from tl_core.training import TrainingConfig
from tl_core.ui.engine_status import engine

Open = Callable[..., AppTest]
PAGE = "pages/3_train.py"
PREDICT = "pages/4_predict.py"

PRESS = "Press Train. The usual settings work: with them this takes less than a minute."
WAITING = "Waiting for the engine; its state is in the sidebar."
STOPPED = "Stopped. What was computed is kept."
INTERRUPTED = "Interrupted: the program ended while this ran. What was computed is kept."


@pytest.fixture
def korean(monkeypatch: pytest.MonkeyPatch) -> None:
    """Speak Korean everywhere: AppTest asks for the labels of choices outside the session too."""
    monkeypatch.setattr("tl_core.ui.text.language", lambda: "ko")


def usual(**changes: Any) -> dict[str, Any]:
    """Return what an untouched page trains, with `changes`."""
    config = TrainingConfig(dataset="emoji", fingerprint=get_dataset("emoji").fingerprint)
    return config.as_json() | changes


def pets(first: int = 0) -> str:
    """Import two classes, with other pictures for another `first`; returns the dataset's id."""
    classes = {
        name: [(f"{i}.png", picture(start + i)) for i in range(6)]
        for name, start in (("cats", first), ("dogs", first + 100))
    }
    return import_files(classes, "Pets", lambda *_: None).id


def button(app: AppTest, label: str) -> Any:
    """Return the button with this label."""
    (found,) = [one for one in app.button if one.label == label]
    return found


def labels(app: AppTest) -> list[str]:
    return [one.label for one in app.button]


def press(app: AppTest, label: str) -> AppTest:
    button(app, label).click()
    return sound(app.run())


def told(app: AppTest) -> list[str]:
    """Return what the page says of a job's state."""
    boxes = (*app.info, *app.warning, *app.error, *app.success)
    return [box.value for box in boxes]


def progress(app: AppTest) -> list[str]:
    return [bar.proto.text for bar in app.get("progress")]


def only_run() -> Run:
    (run,) = runs.list_runs("train")
    return run


def open_run(**changes: Any) -> Run:
    return runs.open_run("train", usual(**changes))


def queued(run: Run, **owner: Any) -> Run:
    run.append("state", state="queued", owner=runs.owner() | owner)
    return run


def running(run: Run, **owner: Any) -> Run:
    queued(run, **owner).append("state", state="running")
    return run


DEAD: dict[str, Any] = {"started": 1.0}
"""Makes an owner that is not there any more: another process had this number."""


def epochs(run: Run, count: int) -> None:
    for number in range(1, count + 1):
        names = ("loss", "accuracy", "val_loss", "val_accuracy")
        metrics = {"epoch": number, **{name: number / 10 for name in names}}
        run.append("epoch", epoch=number, metrics=metrics)


CONFUSION = np.array([[24, 1, 1], [2, 17, 1], [0, 3, 8]])
"""49 of 57 right; the classes have 26, 20 and 11 images."""


def done(run: Run, computed: int = 287, count: int = 3) -> Run:
    """Give a run the result that a worker writes."""
    running(run)
    epochs(run, count)
    names = get_dataset("emoji").class_names
    found = scores.summarize(CONFUSION, names)
    metrics = {
        "validation": found,
        "train": found,
        "images_computed": computed,
        "images_reused": 287 - computed,
        "seconds_features": 6.25,
        "seconds_head": 2.5,
    }
    files.write_json(run.folder / "metrics.json", metrics)
    files.write_json(run.folder / "model.json", {"class_names": names, "features": [1280]})
    run.append("state", state="done")
    return run


# First paint


def test_a_first_visitor_sees_settings_that_work_and_what_to_do(open_page: Open) -> None:
    app = open_page(PAGE)
    assert app.title[0].value == "Train"
    assert told(app) == [PRESS]
    assert address(app) == {}
    assert "Engine starting" in words(app)
    assert [one.value for one in app.selectbox] == ["emoji", "efficientnet-lite0", "160", "none"]
    assert len(app.image) == len(get_dataset("emoji").class_names)
    assert runs.list_runs("train") == ()


def test_every_control_has_a_sentence_of_help_in_both_languages(open_page: Open) -> None:
    def texts(locale: str) -> list[str]:
        app = open_page(PAGE, locale=locale)
        kinds = (app.selectbox, app.slider, app.select_slider, app.number_input)
        controls = [one for kind in kinds for one in kind]
        controls += [one for one in app.segmented_control if one.key != "language"]
        assert len(controls) == 12
        return [one.label for one in controls] + [one.help for one in controls]

    english, korean = texts("en-US"), texts("ko-KR")
    assert all(english) and all(korean)
    assert not set(english) & set(korean)


def test_the_page_speaks_korean(open_page: Open, korean: None) -> None:
    app = open_page(PAGE, locale="ko-KR")
    assert app.title[0].value == "학습"
    assert told(app) == [
        "학습 버튼을 누르세요. 기본 설정 그대로도 잘 되며, 1분이 채 걸리지 않습니다."
    ]
    press(app, "학습")
    assert told(app) == ["엔진을 기다리는 중입니다. 엔진 상태는 사이드바에 있습니다."]
    assert only_run().config == usual()  # a language is not a setting


# Every control reaches the run


def test_untouched_settings_are_the_usual_ones(open_page: Open) -> None:
    press(open_page(PAGE), "Train")
    assert only_run().config == usual()


CONTROLS = [
    ("selectbox", "backbone", "mobilenetv2", {"backbone": "mobilenetv2"}),
    ("selectbox", "size", "96", {"size": 96}),
    ("slider", "epochs", 7, {"epochs": 7}),
    ("segmented_control", "head", "flatten", {"pooling": "flatten"}),
    ("number_input", "seed", 11, {"seed": 11}),
    ("segmented_control", "weights", "random", {"weights": "random"}),
    ("selectbox", "units", "128", {"dense": [128]}),
    ("slider", "dropout", 0.5, {"dropout": 0.5}),
    ("slider", "dropout", 0.0, {"dropout": 0.0}),
    # 3 * 0.1 is 0.30000000000000004, and would be another run
    ("slider", "dropout", 0.1 + 0.2, {"dropout": 0.3}),
    ("select_slider", "batch", "64", {"batch": 64}),
    ("select_slider", "rate", "0.0003", {"learning_rate": 0.0003}),
    ("slider", "held", 35, {"validation": 0.35}),
]


@pytest.mark.parametrize(("kind", "key", "value", "changes"), CONTROLS)
def test_a_control_changes_its_setting_and_no_other_and_is_in_the_url(
    open_page: Open, kind: str, key: str, value: Any, changes: dict[str, Any]
) -> None:
    app = open_page(PAGE)
    getattr(app, kind)(key=key).set_value(value)
    sound(app.run())
    link = address(app)
    assert set(link) == {key}
    press(app, "Train")
    run = only_run()
    assert run.config == usual(**changes)
    assert address(app) == {key: link[key], "run": run.id}
    # Somebody who opens the link has the same settings: the same run.
    press(open_page(PAGE, **link), "Train")
    assert only_run().id == run.id


def test_another_dataset_reaches_the_run(open_page: Open) -> None:
    identifier = pets()
    app = open_page(PAGE)
    app.selectbox(key="dataset").set_value(identifier)
    press(sound(app.run()), "Train")
    fingerprint = get_dataset(identifier).fingerprint
    assert only_run().config == usual(dataset=identifier, fingerprint=fingerprint)


def test_sigmoid_is_offered_for_two_classes_only(open_page: Open) -> None:
    def keys(app: AppTest) -> set[str]:
        return {one.key for one in app.segmented_control}

    identifier = pets()
    app = open_page(PAGE, dataset=identifier)
    assert "activation" in keys(app)
    app.segmented_control(key="activation").set_value("sigmoid")
    press(sound(app.run()), "Train")
    assert only_run().config["activation"] == "sigmoid"
    app.selectbox(key="dataset").set_value("emoji")
    assert "activation" not in keys(sound(app.run()))
    press(app, "Train")
    newest = runs.list_runs("train")[0]
    assert (newest.config["dataset"], newest.config["activation"]) == ("emoji", "softmax")


def test_a_dataset_that_brings_its_own_split_has_no_control_for_it(open_page: Open) -> None:
    from tl_core.datasets.archive import import_zip

    content = cats_and_dogs("train/") | {
        f"validation/{name}/{i}.png": picture(start + i)
        for name, start in (("cats", 300), ("dogs", 400))
        for i in range(5)
    }
    path = runs.runs_dir().parent / "divided.zip"
    files.write_bytes(path, zip_bytes(content))
    divided = import_zip(path, "Divided", lambda *_: None).id
    assert "held" in {one.key for one in open_page(PAGE).slider}
    assert "held" not in {one.key for one in open_page(PAGE, dataset=divided).slider}


def test_a_setting_changed_in_the_same_moment_as_the_click_counts(open_page: Open) -> None:
    """Who types a seed and then clicks sends both at once when the server is slow."""
    app = open_page(PAGE)
    app.number_input(key="seed").set_value(5)
    press(app, "Train")
    assert only_run().config["seed"] == 5


def test_the_plan_shows_the_numbers_of_the_settings(open_page: Open) -> None:
    app = open_page(PAGE)
    assert "**3,413,024 weights**" in words(app) and "**3,843 weights**" in words(app)
    app.selectbox(key="units").set_value("64")
    sound(app.run())
    assert f"**{1280 * 64 + 64 + 64 * 3 + 3:,} weights**" in words(app)


# Bad links


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("dataset", "nobody"),
        ("dataset", "../../etc"),
        ("backbone", "resnet999"),
        ("size", "100000"),
        ("size", "97"),  # not one of the sizes
        ("epochs", "0"),
        ("epochs", "1e9"),
        ("head", "<script>"),
        ("seed", "-1"),
        ("seed", "1.5"),
        ("units", "4097"),
        ("dropout", "nan"),  # every comparison with it is false
        ("dropout", "1"),
        ("batch", ""),
        ("rate", "1e308"),
        ("held", "95"),
    ],
)
def test_a_bad_value_in_the_url_is_the_usual_value_with_one_sentence(
    open_page: Open, name: str, value: str
) -> None:
    app = open_page(PAGE, **{name: value})
    assert len(app.warning) == 1 and name in app.warning[0].value
    assert not app.error
    assert address(app) == {}
    press(app, "Train")
    assert only_run().config == usual()


@pytest.mark.parametrize(
    "identifier",
    ["0" * 16, "zzz", "../../etc/passwd", "<script>alert(1)</script>", "%00", "A" * 5000],
)
def test_a_link_to_no_run_is_one_sentence_and_a_page_that_works(
    open_page: Open, identifier: str
) -> None:
    app = open_page(PAGE, run=identifier)
    assert len(app.warning) == 1 and not app.error
    assert "Choose one from the list, or train a new one." in app.warning[0].value
    assert address(app) == {}
    press(app, "Train")
    assert told(app) == [WAITING]


@pytest.mark.parametrize("locale", ["en-US", "ko-KR"])
def test_the_sentence_about_a_bad_link_is_translated(open_page: Open, locale: str) -> None:
    app = open_page(PAGE, locale=locale, run="zzz")
    assert ("names no run" in app.warning[0].value) == (locale == "en-US")


# Waiting, stopping, starting again


def test_a_click_makes_a_run_that_waits_for_the_engine(open_page: Open) -> None:
    app = press(open_page(PAGE), "Train")
    run = only_run()
    assert told(app) == [WAITING]
    assert address(app) == {"run": run.id}
    assert snapshot(run).state is JobState.QUEUED
    assert "Stop" in labels(app) and "Resume" not in labels(app)
    assert engine().status.queued == 1


def test_clicking_twice_makes_one_run(open_page: Open) -> None:
    app = press(press(open_page(PAGE), "Train"), "Train")
    run = only_run()
    assert told(app) == [WAITING]
    assert len(read_events(run.folder / "progress.jsonl")) == 1
    assert (engine().status.queued, engine().position(run)) == (1, 0)


def test_a_refresh_and_another_tab_show_the_same_job(open_page: Open) -> None:
    first = press(open_page(PAGE), "Train")
    second = open_page(PAGE, **address(first))
    assert told(second) == [WAITING]
    press(second, "Stop")
    assert told(sound(first.run())) == [STOPPED]


def test_the_job_is_still_there_after_a_visit_to_another_page(open_page: Open) -> None:
    app = press(open_page(PAGE), "Train")
    sound(app.switch_page("streamlit_app.py").run())
    assert told(sound(app.switch_page(PAGE).run())) == [WAITING]


def test_a_waiting_job_is_stopped_at_once_and_can_be_started_again(open_page: Open) -> None:
    app = press(open_page(PAGE), "Train")
    press(app, "Stop")
    assert told(app) == [STOPPED]
    assert snapshot(only_run()).state is JobState.CANCELLED
    assert engine().status.queued == 0
    assert "Stop" not in labels(app)
    press(app, "Start again")
    assert told(app) == [WAITING]
    assert "Stop" in labels(app) and "Start again" not in labels(app)
    assert engine().status.queued == 1


def test_jobs_that_wait_are_counted_in_the_panel(open_page: Open, monkeypatch) -> None:
    monkeypatch.setattr("tl_core.ui.job_panel.engine_ready", lambda: True)
    press(open_page(PAGE), "Train")
    assert told(open_page(PAGE, run=only_run().id)) == ["Queued: next in line."]
    app = open_page(PAGE, seed="1")
    assert told(press(app, "Train")) == ["Queued: 1 job before this one."]
    app = open_page(PAGE, seed="2")
    assert told(press(app, "Train")) == ["Queued: 2 jobs before this one."]


def test_a_full_queue_is_one_sentence(open_page: Open, monkeypatch) -> None:
    monkeypatch.setenv("TL_QUEUE_LIMIT", "1")
    app = press(open_page(PAGE), "Train")
    assert told(app) == [WAITING]
    app = press(open_page(PAGE, seed="1"), "Train")
    assert [error.value for error in app.error] == [
        "1 jobs are waiting already. Wait until some have ended, then try again."
    ]
    assert engine().status.queued == 1


def test_a_job_that_a_full_queue_refused_was_not_interrupted(open_page: Open, monkeypatch) -> None:
    """Nothing has run, so nothing can have been interrupted or kept."""
    monkeypatch.setenv("TL_QUEUE_LIMIT", "1")
    press(open_page(PAGE), "Train")
    app = press(open_page(PAGE, seed="1"), "Train")
    assert INTERRUPTED not in told(app)
    assert INTERRUPTED not in told(sound(app.run()))


def test_a_full_queue_speaks_korean(open_page: Open, korean: None, monkeypatch) -> None:
    monkeypatch.setenv("TL_QUEUE_LIMIT", "1")
    press(open_page(PAGE), "학습")
    app = press(open_page(PAGE, seed="1"), "학습")
    assert [error.value for error in app.error] == [
        "이미 작업 1개가 기다리고 있습니다. 몇 개가 끝난 뒤 다시 시도하세요."
    ]


# Runs that somebody left behind


def test_a_run_whose_program_died_before_it_began_can_be_started_again(open_page: Open) -> None:
    run = queued(open_run(), **DEAD)
    app = open_page(PAGE, run=run.id)
    assert told(app) == [INTERRUPTED]
    assert "Stop" not in labels(app)
    press(app, "Start again")
    assert told(app) == [WAITING]
    assert snapshot(run).state is JobState.QUEUED


def test_a_run_whose_program_died_while_it_ran_can_be_resumed(open_page: Open) -> None:
    run = running(open_run(), **DEAD)
    epochs(run, 3)
    app = open_page(PAGE, run=run.id)
    assert told(app) == [INTERRUPTED]
    press(app, "Resume")
    assert told(app) == [WAITING]
    assert len(snapshot(run).epochs) == 3
    assert len(app.get("plotly_chart")) == 2  # the curves go on where they were


def test_an_interrupted_run_speaks_korean(open_page: Open) -> None:
    app = open_page(PAGE, locale="ko-KR", run=running(open_run(), **DEAD).id)
    (sentence,) = told(app)
    assert sentence != INTERRUPTED and "이어서 하기" in labels(app)


def test_a_running_job_shows_phases_rates_and_curves(open_page: Open) -> None:
    run = running(open_run())
    app = open_page(PAGE, run=run.id)
    assert told(app) == ["Running: preparing …"]
    run.append("progress", phase="features", done=287, total=287)
    run.append("progress", phase="head", done=0, total=30)
    run.append("progress", phase="head", done=1, total=30)
    epochs(run, 1)
    sound(app.run())
    assert told(app) == []
    finished, current = progress(app)
    assert finished == "**Compute features** · 287 of 287, done"
    assert current.startswith("**Train the head** · 1 of 30 · ")
    assert "a second" in current and "left" in current
    assert not app.get("plotly_chart")  # one point is no curve
    epochs(run, 2)
    assert len(sound(app.run()).get("plotly_chart")) == 2
    assert "Stop" in labels(app)


def test_weights_are_counted_in_megabytes(open_page: Open) -> None:
    run = running(open_run())
    run.append("progress", phase="weights", done=7_000_000, total=14_000_000)
    assert progress(open_page(PAGE, run=run.id)) == ["**Download the weights** · 7 MB of 14 MB"]


def test_a_download_of_unknown_size_is_not_called_done(open_page: Open) -> None:
    run = running(open_run())
    run.append("progress", phase="weights", done=7_000_000, total=0)
    (text,) = progress(open_page(PAGE, run=run.id))
    assert "done" not in text and "7 MB" in text


def test_a_job_that_was_told_to_stop_says_so_until_it_has(open_page: Open) -> None:
    run = running(open_run())
    app = open_page(PAGE, run=run.id)
    press(app, "Stop")
    assert told(app) == ["Stopping …"]
    assert button(app, "Stop").disabled
    run.append("state", state="cancelled")
    sound(app.run())
    assert told(app) == [STOPPED]
    assert "Resume" in labels(app)


TOO_MANY = "A sigmoid head is for two classes and {title} has {classes}. Choose softmax."


@pytest.mark.parametrize(
    ("locale", "sentence"),
    [
        ("en-US", "A sigmoid head is for two classes and Pets has 3. Choose softmax."),
        (
            "ko-KR",
            "시그모이드 헤드는 클래스 두 개를 위한 것인데 Pets의 클래스는 3개입니다. softmax를 고르세요.",
        ),
    ],
)
def test_a_failed_run_says_why_in_the_readers_language(
    open_page: Open, locale: str, sentence: str
) -> None:
    run = running(open_run())
    run.append("state", state="failed", template=TOO_MANY, values={"title": "Pets", "classes": 3})
    app = open_page(PAGE, locale=locale, run=run.id)
    assert told(app) == [sentence]


def test_what_a_person_has_named_is_shown_as_it_is(open_page: Open) -> None:
    run = running(open_run())
    values = {"title": "*my* [cats](http://example.com)", "classes": 3}
    run.append("state", state="failed", template=TOO_MANY, values=values)
    (sentence,) = told(open_page(PAGE, run=run.id))
    assert r"\*my\* \[cats\]" in sentence


def test_a_failed_run_can_be_tried_again(open_page: Open) -> None:
    run = running(open_run())
    run.append("state", state="failed", template=TOO_MANY, values={"title": "x", "classes": 3})
    app = press(open_page(PAGE, run=run.id), "Resume")
    assert told(app) == [WAITING]


# Results


@pytest.mark.parametrize(
    ("locale", "label", "interval"),
    [
        (
            "en-US",
            "Validation accuracy",
            "49 of 57 held-out images right; 95 % interval 74.7 % to 92.7 %.",
        ),
        (
            "ko-KR",
            "검증 정확도",
            "떼어 둔 이미지 57장 가운데 49장을 맞혔습니다. 95 % 신뢰 구간은 74.7 %~92.7 %입니다.",
        ),
    ],
)
def test_a_finished_run_shows_its_accuracy_with_n_and_interval(
    open_page: Open, locale: str, label: str, interval: str
) -> None:
    app = open_page(PAGE, locale=locale, run=done(open_run()).id)
    assert (app.metric[0].label, app.metric[0].value) == (label, "86.0 %")
    assert interval in words(app)
    assert told(app) == []
    assert len(app.get("plotly_chart")) == 2
    assert {"Stop", "Resume", "Start again"}.isdisjoint(labels(app))


def test_a_finished_run_shows_every_class_with_n_and_interval(open_page: Open) -> None:
    app = open_page(PAGE, run=done(open_run()).id)
    (table,) = app.table
    assert table.value.to_dict("list") == {
        "Class": ["animals", "food", "vehicles"],
        "Accuracy": ["92.3 %", "85.0 %", "72.7 %"],
        "Right": ["24 / 26", "17 / 20", "8 / 11"],
        "95 % interval": ["75.9 % – 97.9 %", "64.0 % – 94.8 %", "43.4 % – 90.3 %"],
    }
    korean = open_page(PAGE, locale="ko-KR", run=only_run().id).table[0].value
    assert list(korean.iloc[:, 0])[:2] == ["동물", "음식"]
    assert set(korean.columns).isdisjoint(table.value.columns)


def test_a_finished_run_says_what_its_features_cost(open_page: Open) -> None:
    app = open_page(PAGE, run=done(open_run(), computed=200).id)
    assert "Features 6.2 s (200 images computed, 87 reused); head 2.5 s." in words(app)
    assert "Features reused" not in words(app)
    assert app.metric[1].value in ("8.8 s", "8.7 s")


def test_a_finished_run_says_that_its_features_were_there_already(open_page: Open) -> None:
    app = open_page(PAGE, run=done(open_run(), computed=0).id)
    assert "Features reused from an earlier run" in words(app)


def test_training_what_is_trained_already_shows_its_result(open_page: Open) -> None:
    run = done(open_run())
    app = press(open_page(PAGE), "Train")
    assert address(app) == {"run": run.id}
    assert app.metric[0].value == "86.0 %"
    assert engine().status.queued == 0


def test_the_link_below_a_result_leads_to_this_run(open_page: Open) -> None:
    old = done(open_run(seed=1))
    done(open_run(seed=2))
    app = open_page(PAGE, run=old.id)
    (link,) = [one for one in app.page_link if one.value == "Try it on a photo"]
    assert f"run={old.id}" in link.proto.query_string


def test_a_run_outlives_its_dataset(open_page: Open) -> None:
    from tl_core.datasets.catalogue import delete_dataset

    identifier = pets()
    fingerprint = get_dataset(identifier).fingerprint
    run = done(open_run(dataset=identifier, fingerprint=fingerprint))
    delete_dataset(identifier)
    app = open_page(PAGE, run=run.id)
    assert app.metric[0].value == "86.0 %"
    assert "deleted dataset" in words(app)


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
    runs._read_run.cache_clear()
    app = open_page(PAGE, run=run.id)
    (sentence,) = (one for one in told(app) if one != PRESS)
    assert run.id in sentence and ("train a new one" in sentence or "Train it again" in sentence)
    press(app, "Train")
    assert told(app) == [WAITING]


def test_a_damaged_progress_file_still_shows_what_can_be_read(open_page: Open) -> None:
    run = running(open_run(), **DEAD)
    with (run.folder / "progress.jsonl").open("ab") as file:
        file.write(b'\x00\xff{"event": "epoch", "epo\n[]\nnull\n{"event": "later version"}\n')
    assert told(open_page(PAGE, run=run.id)) == [INTERRUPTED]


def test_a_run_with_a_setting_of_a_newer_version_is_one_sentence(open_page: Open) -> None:
    run = done(runs.open_run("train", usual(warmup=3)))
    app = open_page(PAGE, run=run.id)
    (sentence,) = told(app)
    assert "warmup" in sentence and "Train it again" in sentence
    assert "Train" in labels(app)


def test_a_link_to_an_import_as_a_run_says_that_it_is_none(open_page: Open) -> None:
    other = runs.open_run("import", {"sha256": "0" * 64, "title": "Pets"})
    app = open_page(PAGE, run=other.id)
    assert any("Choose one from the list" in sentence for sentence in told(app))
    assert "Train" in labels(app)


def test_a_link_to_a_training_as_an_import_leaves_the_page_whole(open_page: Open) -> None:
    app = open_page(PAGE, job=done(open_run()).id)
    assert "Train" in labels(app)


# Bringing a dataset in


def upload(app: AppTest, name: str, content: bytes) -> AppTest:
    app.file_uploader[0].set_value((name, content, "application/zip"))
    return sound(app.run())


def only_job(kind: str) -> Run:
    (run,) = runs.list_runs(kind)
    return run


def test_an_upload_waits_for_the_engine_where_the_worker_finds_it(open_page: Open) -> None:
    content = zip_bytes(cats_and_dogs())
    app = upload(open_page(PAGE), "pets.zip", content)
    run = only_job("import")
    assert run.config["title"] == "pets"
    assert upload_path(run).read_bytes() == content
    assert snapshot(run).state is JobState.QUEUED
    assert WAITING in told(app)
    # Durable: a refresh and another tab show the same job.
    assert address(app) == {"job": run.id}
    assert WAITING in told(open_page(PAGE, job=run.id))


def test_the_widget_lets_go_of_an_upload(open_page: Open) -> None:
    app = upload(open_page(PAGE), "pets.zip", zip_bytes(cats_and_dogs()))
    assert app.file_uploader[0].value is None
    upload(app, "more.zip", zip_bytes(cats_and_dogs("train/")))
    assert [run.config["title"] for run in runs.list_runs("import")] == ["more", "pets"]


def test_a_download_waits_for_the_engine_and_can_be_stopped(open_page: Open) -> None:
    app = press(open_page(PAGE), "Download cats and dogs (needs internet)")
    run = only_job("download")
    assert WAITING in told(app)
    press(app, "Stop")
    assert STOPPED in told(app)
    assert snapshot(run).state is JobState.CANCELLED


def test_a_finished_import_is_announced_and_can_be_chosen(open_page: Open) -> None:
    identifier = pets()
    run = runs.open_run("import", {"sha256": "0" * 64, "title": "Pets"})
    running(run).append("state", state="done")
    files.write_json(run.folder / RESULT, {"dataset": identifier})
    app = open_page(PAGE, job=run.id)
    assert "Pets is in the list of datasets now." in told(app)
    assert any("Pets" in option for option in app.selectbox(key="dataset").options)


def test_a_failed_import_says_why(open_page: Open) -> None:
    run = runs.open_run("import", {"sha256": "0" * 64, "title": "Pets"})
    template = (
        "Only one class folder was found: {name}. A classifier needs at least two; add a folder with "
        "images of something else."
    )
    running(run).append("state", state="failed", template=template, values={"name": "cats"})
    app = open_page(PAGE, job=run.id)
    assert any("Only one class folder was found: cats." in sentence for sentence in told(app))
    assert "Train" in labels(app)


def test_a_dataset_that_lost_a_file_is_one_sentence_and_another_can_be_chosen(
    open_page: Open,
) -> None:
    identifier = pets(first=1000)
    dataset = get_dataset(identifier)
    for image in dataset.images:
        (dataset.folder / image.path).unlink()
    app = open_page(PAGE, dataset=identifier)
    assert len(app.error) == 1 and "missing or was changed" in app.error[0].value
    app.selectbox(key="dataset").set_value("emoji")
    sound(app.run())
    assert not app.error and "Train" in labels(app)


def test_a_bug_is_reported_as_one(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shows that the other tests would see a fault if there were one."""
    run = done(open_run())
    path = run.folder / "metrics.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"validation": 3}))
    app = AppTest.from_file(ROOT / HOME, default_timeout=60)
    app.switch_page(PAGE)
    app.query_params["run"] = run.id
    app.run()
    assert len(faults(app)) == 1


def test_an_imported_dataset_is_used_with_one_click(open_page: Open) -> None:
    identifier = pets()
    run = runs.open_run("import", {"sha256": "1" * 64, "title": "Pets"})
    running(run).append("state", state="done")
    files.write_json(run.folder / RESULT, {"dataset": identifier})
    app = open_page(PAGE, job=run.id)
    assert app.selectbox(key="dataset").value == "emoji"
    press(app, "Use it")
    assert app.selectbox(key="dataset").value == identifier
    assert address(app)["dataset"] == identifier


def test_a_refused_upload_offers_no_resume_that_cannot_work(open_page: Open) -> None:
    run = running(runs.open_run("import", {"sha256": "2" * 64, "title": "One"}))
    run.append("state", state="failed", template="Only one class folder.", values={})
    app = open_page(PAGE, job=run.id)
    assert "Only one class folder." in told(app)
    assert not {"Resume", "Start again"} & set(labels(app))


def test_settings_that_were_trained_before_say_so(open_page: Open) -> None:
    app = press(open_page(PAGE), "Train")
    assert not app.toast
    done(only_run())
    press(open_page(PAGE), "Train")
    app = press(open_page(PAGE), "Train")
    assert [toast.value for toast in app.toast] == [
        "This was trained before with exactly these settings: here is the result."
    ]


def test_random_weights_need_no_download(open_page: Open) -> None:
    notice = "are not on this machine; training downloads them first."
    assert any(notice in text for text in told(open_page(PAGE, backbone="vgg16")))
    app = open_page(PAGE, backbone="vgg16", weights="random")
    assert not any(notice in text for text in told(app))
