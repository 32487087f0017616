"""The report of a finished run: what it confuses, the photos behind it, and training again on mended ones."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.app.conftest import STARTING, address, components, sound, words
from tests.datasets.importing import import_files
from tests.datasets.samples import picture
from tl_core import files, runs
from tl_core.datasets.catalogue import datasets_dir, get_dataset
from tl_core.datasets.corrections import CLASS, DROP, PHOTO_DIGITS, corrected
from tl_core.datasets.dataset import Dataset
from tl_core.datasets.edits import Edit
from tl_core.datasets.splits import split
from tl_core.datasets.versions import new_version
from tl_core.images.heat import covered
from tl_core.people import Person
from tl_core.results import scores
from tl_core.results.answers import HeatMaps
from tl_core.results.metrics import Judged
from tl_core.results.predictions import Predictions, read_predictions
from tl_core.runs import PREDICTIONS, Run
from tl_core.runs.snapshots import JobState, snapshot
from tl_core.training import TrainingConfig, open_training
from tl_core.ui.results import heat
from tl_core.ui.results.corrections import NOTED_KEY
from tl_core.ui.results.photos import PAGE

Open = Callable[..., AppTest]


def page() -> None:
    import streamlit as st

    from tl_core.datasets.catalogue import list_datasets
    from tl_core.training import get_training
    from tl_core.ui import state
    from tl_core.ui.errors import shown_in_place
    from tl_core.ui.results.corrections import keep_in_url
    from tl_core.ui.results.report import show_looks, show_story

    state.enter_page("Train")
    with shown_in_place():
        state.url_text("run", check=get_training)
        names = [summary.id for summary in list_datasets()]
        st.selectbox("Dataset", **state.url_choice("dataset", names, default="emoji"))
        keep_in_url()
        run = get_training(st.session_state["run"])
        if (run.folder / "metrics.json").exists():
            show_story(run)
            show_looks(run)
    state.leave_page({})


@pytest.fixture
def open_report() -> Open:
    """Return ``open_report(run, **url)``: a new session that looks at a run's report."""

    def open_at(run: Run, /, **url: str) -> AppTest:
        app = AppTest.from_function(page, default_timeout=60)
        app.context = {"locale": "en-US"}
        for name, value in {"run": run.id, **url}.items():
            app.query_params[name] = value
        return sound(app.run())

    return open_at


@pytest.fixture(scope="session")
def imported_pets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a dataset of three classes, 30 pictures each."""
    classes = {
        name: [(f"{name} {i}.png", picture(1000 * place + i)) for i in range(30)]
        for place, name in enumerate(("cats", "dogs", "*hens*"))
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TL_DATA_DIR", str(tmp_path_factory.mktemp("pets")))
        return import_files(classes, "Pets", lambda *_: None).folder


@pytest.fixture
def pets(no_engine: None, imported_pets: Path) -> Dataset:
    """Return a copy of `imported_pets` in this test's data folder."""
    shutil.copytree(imported_pets, datasets_dir() / imported_pets.name)
    return get_dataset(imported_pets.name)


def config_of(dataset: Dataset, **changes: Any) -> TrainingConfig:
    return TrainingConfig(dataset=dataset.id, fingerprint=dataset.fingerprint, **changes)


def done(
    dataset: Dataset,
    mistakes: dict[int, int] | None = None,
    *,
    broken: tuple[str, ...] = (),
    **changes: Any,
) -> Run:
    """Return a finished run that guessed every validation image right, but row -> class in `mistakes`.

    Args:
        dataset: that it was trained on.
        mistakes: what it took for what.
        broken: the classic mistakes that it was made with.
        **changes: its other settings.
    """
    config = config_of(dataset, **{"validation": 0.5, "mistakes": broken, **changes})
    run = open_training(config)
    sides = split(dataset, validation=config.validation, test=config.test, seed=config.seed)
    written: dict[str, Any] = {}
    metrics: dict[str, Any] = {}
    for part in ("validation", "test") if sides.test else ("validation",):
        rows = [dataset.images[index] for index in getattr(sides, part)]
        labels = np.array([image.label for image in rows])
        shares = probabilities(labels, len(dataset.class_names), mistakes or {})
        written[part] = {
            "images": [image.sha256 for image in rows],
            "labels": labels.tolist(),
            "probabilities": shares.tolist(),
        }
        confusion = scores.confusion_matrix(labels, shares.argmax(axis=1), shares.shape[1])
        metrics[part] = Judged.of(confusion).as_json()
    run.append("state", state="queued", owner=runs.owner())
    for number in range(1, 9):
        names = ("loss", "accuracy", "val_loss", "val_accuracy")
        values = (0.2, 0.99, 0.25, metrics["validation"]["accuracy"])
        line = dict(zip(names, values, strict=True))
        run.append("epoch", epoch=number, metrics={"epoch": number, **line})
    run.append("state", state="done")
    files.write_json(run.folder / "model.json", {"class_names": dataset.class_names})
    files.write_json(run.folder / PREDICTIONS, written)
    costs = {"seconds_features": 1.0, "seconds_head": 2.0, "images_computed": 0, "images_reused": 9}
    files.write_json(run.folder / "metrics.json", metrics | costs | {"best_epoch": 6})
    return run


def probabilities(labels: Any, classes: int, mistakes: dict[int, int]) -> Any:
    """Return ``(n, classes)``: the guess of row r is surer than that of row r + 1."""
    shares = np.zeros((len(labels), classes))
    for row, label in enumerate(labels):
        guess = mistakes.get(row, label)
        share = 0.95 - 0.4 * row / len(labels)
        shares[row] = (1 - share) / (classes - 1)
        shares[row, guess] = share
    return shares


def captions(app: AppTest) -> list[str]:
    """Return what stands below each photo."""
    return [
        one.value for one in app.caption if one.value.endswith("sure") or " sure  \n" in one.value
    ]


def matrix(app: AppTest) -> dict[str, Any]:
    """Return what the browser gets to draw the matrix."""
    (component,) = components(app)
    sent: dict[str, Any] = json.loads(component.proto.json)
    return sent


def button(app: AppTest, label: str) -> Any:
    (found,) = [one for one in app.button if one.label == label]
    return found


def press(app: AppTest, label: str) -> AppTest:
    button(app, label).click()
    return sound(app.run())


def tick(app: AppTest, count: int = 1) -> AppTest:
    for box in app.checkbox[:count]:
        box.check()
    return sound(app.run())


def of_class(found: Predictions, label: int) -> list[int]:
    return [int(row) for row in np.flatnonzero(found.labels == label)]


# The matrix and its cells


def test_the_first_look_is_the_most_frequent_mistake(pets: Dataset, open_report: Open) -> None:
    rows = of_class(read_predictions(done(pets)), 1)[:3]
    app = open_report(done(pets, dict.fromkeys(rows, 2), seed=0, epochs=9))
    sent = matrix(app)
    assert sent["names"] == list(pets.class_names)
    assert sent["counts"][1][2] == 3 and sum(map(sum, sent["counts"])) == 45
    assert sent["chosen"] == [1, 2]
    assert len(captions(app)) == 3
    assert all("taken for" in caption for caption in captions(app))
    shares = [float(text.split(", ")[-1].split()[0]) for text in captions(app)]
    assert shares == sorted(shares, reverse=True)


def test_a_cell_in_the_url_opens_its_photos_and_no_others(pets: Dataset, open_report: Open) -> None:
    run = done(pets, {0: 1})
    app = open_report(run, cell="1-1")
    assert matrix(app)["chosen"] == [1, 1]
    assert len(captions(app)) == PAGE
    assert {caption.split(",")[1].strip() for caption in captions(app)} == {"recognised"}
    assert address(app)["cell"] == "1-1"


@pytest.mark.parametrize("cell", ["", "9-9", "0", "1-2-3", "a-b", "-1-0", "<b>", "1" * 500])
def test_a_cell_that_does_not_exist_is_the_usual_one(
    pets: Dataset, open_report: Open, cell: str
) -> None:
    run = done(pets, {0: 1})
    assert matrix(open_report(run, cell=cell))["chosen"] == matrix(open_report(run))["chosen"]


def test_a_pair_is_a_button_that_opens_its_photos(pets: Dataset, open_report: Open) -> None:
    found = read_predictions(done(pets))
    dogs, cats = of_class(found, 1)[:2], of_class(found, 2)[:1]
    names = [name.replace("*", "\\*") for name in pets.class_names]
    run = done(pets, dict.fromkeys(dogs, 0) | dict.fromkeys(cats, 0), epochs=9)
    app = press(open_report(run), f"{names[2]} taken for {names[0]}: 1 of 15")
    assert matrix(app)["chosen"] == [2, 0]
    assert len(captions(app)) == 1


def test_a_run_without_mistakes_says_so(pets: Dataset, open_report: Open) -> None:
    app = open_report(done(pets))
    assert "Nothing was confused" in words(app)
    assert "were recognised" in words(app)  # photos instead of an empty cell
    assert captions(app)


@pytest.mark.parametrize(
    ("said", "cell"),
    [
        ([2, 1], "2-1"),
        ([0, 3], ""),  # three classes have no fourth
        ([-1, 0], ""),
        ([True, False], ""),
        ([1], ""),
        ("12", ""),
        (None, ""),
        ({"0": 1}, ""),
        ([1.0, 1.0], ""),
        ([[1], [2]], ""),
    ],
)
def test_what_the_browser_says_is_checked(
    monkeypatch: pytest.MonkeyPatch, said: Any, cell: str
) -> None:
    from tl_core.ui.results import confusion

    session: dict[str, Any] = {confusion.MATRIX_KEY: {"chosen": said}, confusion.KEY: ""}
    monkeypatch.setattr(st, "session_state", session)
    confusion._take(3)
    assert session[confusion.KEY] == cell


def test_more_than_ten_classes_are_a_list_of_pairs(open_report: Open) -> None:
    classes = {
        f"class_{place:02}@x.example": [(f"{i}.png", picture(100 * place + i)) for i in range(6)]
        for place in range(12)  # a list shows text as it is, without Markdown
    }
    dataset = import_files(classes, "Many", lambda *_: None)
    app = open_report(done(dataset, {0: 11, 1: 11, 2: 11, 5: 7}))
    assert not components(app)
    box = app.selectbox(key="cell")
    assert box.value == "0-11" and len(box.options) == 2
    assert box.options[0] == "class_00@x.example taken for class_11@x.example: 3 of 3"
    assert len(captions(app)) == 3
    box.set_value("1-7")
    app = sound(app.run())
    assert len(captions(app)) == 1 and address(app)["cell"] == "1-7"


# Photos


def test_photos_come_twelve_to_a_page(pets: Dataset, open_report: Open) -> None:
    run = done(pets)
    first = open_report(run, look="hardest")
    assert len(captions(first)) == PAGE == len(first.checkbox)
    last = open_report(run, look="hardest", sheet="4")
    assert len(captions(last)) == 45 - 3 * PAGE
    assert not {box.key for box in first.checkbox} & {box.key for box in last.checkbox}


def test_other_photos_begin_at_their_first_page(pets: Dataset, open_report: Open) -> None:
    """On page 2 of 15 dogs, a click on the cats must not open their page 2."""
    run = done(pets, {0: 1})
    app = open_report(run, cell="1-1", sheet="2")
    assert len(captions(app)) == 3 and address(app)["sheet"] == "2"
    app.session_state["cell"] = "2-2"
    app = sound(app.run())
    assert len(captions(app)) == PAGE and "sheet" not in address(app)


def test_the_hardest_photos_begin_with_the_surest_mistake(pets: Dataset, open_report: Open) -> None:
    app = open_report(done(pets, {0: 1, 44: 0}), look="hardest")
    assert "taken for cats" in captions(app)[0]
    assert "taken for" not in captions(app)[2]


def test_a_name_that_looks_like_markdown_is_shown_as_it_is(
    pets: Dataset, open_report: Open
) -> None:
    label = pets.class_names.index("*hens*")
    found = read_predictions(done(pets))
    run = done(pets, {of_class(found, label)[0]: 1}, epochs=9)
    named = [caption for caption in captions(open_report(run)) if "hens" in caption]
    assert named and all("\\*hens\\*" in caption for caption in named)


def test_photos_are_called_as_their_owner_calls_them(pets: Dataset, open_report: Open) -> None:
    app = open_report(done(pets, {0: 1}), look="hardest")
    first = read_predictions(done(pets, {0: 1})).images[0]
    name = pets.by_sha256[first].shown.removeprefix("*hens*/").removesuffix(".png")
    assert re.fullmatch(r"\*hens\* \d+", name)
    assert app.checkbox[0].label == name.replace("*", "\\*")


@pytest.fixture
def unjudged(pets: Dataset) -> Dataset:
    """Return a version of which no photo of the hens is held out."""
    hens = pets.class_names.index("*hens*")
    part = {
        image.sha256: "validation" if n % 2 and image.label != hens else "train"
        for n, image in enumerate(pets.images)
    }
    return new_version(pets, Edit(move=part))


def test_a_class_that_nobody_judged_has_dashes_for_scores(
    unjudged: Dataset, open_report: Open
) -> None:
    hens = unjudged.class_names.index("*hens*")
    table = open_report(done(unjudged, {0: hens}), look="classes").table[0].value
    scores = table[["Precision", "Recall", "F1", "95 % interval of the recall"]]
    assert list(scores.iloc[hens]) == ["–"] * 4 and table["Images"].iloc[hens] == "0"
    others = [place for place in range(3) if place != hens]
    assert not any(value == "–" for place in others for value in scores.iloc[place])


def test_the_matrix_is_told_what_to_say_of_a_class_that_nobody_judged(
    unjudged: Dataset, open_report: Open
) -> None:
    sent = matrix(open_report(done(unjudged, {0: 1})))
    assert sent["counts"][unjudged.class_names.index("*hens*")] == [0, 0, 0]
    assert sent["text"]["unjudged"] == "No photo of {truth} was judged."


def test_a_deleted_dataset_is_one_sentence(pets: Dataset, open_report: Open) -> None:
    from tl_core.datasets.catalogue import delete_dataset

    run = done(pets, {0: 1})
    delete_dataset(pets.id)
    app = open_report(run)
    assert len(app.error) == 1 and "may have been deleted" in app.error[0].value
    assert matrix(app)["counts"]


def test_heat_maps_wait_for_the_engine(pets: Dataset, open_report: Open) -> None:
    app = open_report(done(pets, {0: 1}), heat="1")
    assert [one.label for one in app.toggle] == ["Heat maps"]
    assert app.info[-1].value == STARTING


def test_heat_maps_that_fail_are_one_sentence_and_the_photos_stay(
    pets: Dataset, open_report: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "tl_core.ui.asking.engine_ready", lambda: True
    )  # it has stopped since it was asked
    app = open_report(done(pets, {0: 1}), heat="1")
    assert len(app.error) == 1 and "engine" in app.error[0].value
    assert app.checkbox and button(app, "Tick photos first").disabled


def test_a_heat_map_is_yellow_at_its_hottest_place_only() -> None:
    import io

    from PIL import Image

    from tl_core.images import encode_jpeg

    grey = encode_jpeg(np.full((80, 160, 3), 100, np.uint8), 95)
    hot = np.zeros((4, 8), np.float32)
    hot[0, 0] = 7.0
    found = np.asarray(Image.open(io.BytesIO(heat.heated("run", "sha", grey, hot))), np.int16)
    assert found.shape == (80, 160, 3)
    assert found[5, 5, 0] - found[5, 5, 2] > 60
    cold = found[60:, 100:]
    assert (cold[..., 0] <= cold[..., 2]).all() and cold.mean() < 90 < found[5, 5].mean()


def test_the_heat_is_of_any_class_and_as_strong_as_one_likes(
    pets: Dataset, open_report: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What one strength hides another shows, and so does another class than the guess."""
    asked: list[Any] = []
    drawn: list[float] = []

    def answer(question: Any, run: Run, **arguments: Any) -> Any:
        asked.append(arguments.get("classes"))
        return HeatMaps(maps=np.ones((len(arguments["images"]), 4, 4), np.float32))

    monkeypatch.setattr(heat, "may_ask", lambda: True)
    monkeypatch.setattr(heat, "ask_of_run", answer)

    def drawn_with(picture: Any, found: Any, strength: float) -> Any:
        drawn.append(strength)
        return covered(picture, found, strength)

    monkeypatch.setattr(heat, "covered", drawn_with)
    run = done(pets, {0: 1})
    app = open_report(run, heat="1")
    assert asked == [None] and set(drawn) == {0.6}
    app = open_report(run, heat="1", heat_of="1", heat_strength="20")
    assert set(asked[-1]) == {1} and drawn[-1] == 0.2
    assert any(one.label == "Heat of" for one in app.selectbox)
    assert not any(one.label == "Heat of" for one in open_report(run).selectbox)


# Each class, and calibration


def test_each_class_has_precision_recall_and_f1(pets: Dataset, open_report: Open) -> None:
    found = read_predictions(done(pets))
    rows = of_class(found, 1)[:5]
    app = open_report(done(pets, dict.fromkeys(rows, 0), epochs=9), look="classes")
    table = app.table[0].value
    assert table["Precision"].tolist() == ["75.0\xa0%", "100.0\xa0%", "100.0\xa0%"]
    assert table["Recall"].tolist() == ["100.0\xa0%", "66.7\xa0%", "100.0\xa0%"]
    assert table["F1"].tolist() == ["85.7\xa0%", "80.0\xa0%", "100.0\xa0%"]
    assert table["Images"].tolist() == ["15"] * 3


@pytest.mark.parametrize(
    ("mistakes", "word"),
    [(range(20), "Too sure"), ((), "Too modest"), (range(0, 44, 4), "believed")],
)
def test_calibration_is_read_in_a_sentence(
    pets: Dataset, open_report: Open, mistakes: Any, word: str
) -> None:
    labels = read_predictions(done(pets)).labels
    wrong = {row: int((labels[row] + 1) % 3) for row in mistakes}
    app = open_report(done(pets, wrong, epochs=9), look="calibration")
    assert word in words(app) and "Guo et al. 2017" in words(app)
    assert len(app.get("plotly_chart")) == 1


def test_the_test_images_are_a_choice_only_where_there_are_some(
    pets: Dataset, open_report: Open
) -> None:
    def keys(app: AppTest) -> set[str | None]:
        return {one.key for one in app.segmented_control}

    assert "part" not in keys(open_report(done(pets)))
    run = done(pets, test=0.2)
    app = open_report(run, part="test", look="hardest")
    assert "part" in keys(app)
    assert "The 18 photos" in words(app)


# The reading of the curves


def test_the_curves_are_read_above_the_report(pets: Dataset, open_report: Open) -> None:
    app = open_report(done(pets))
    assert "A good fit" in app.success[0].value
    assert "The weights of epoch 6 were kept" in app.success[0].value
    assert "kept" not in open_report(done(pets, keep_best=False)).success[0].value


def test_a_run_broken_on_purpose_gets_no_usual_advice(pets: Dataset, open_report: Open) -> None:
    app = open_report(done(pets, broken=("leak",)))
    assert not app.success and not app.info


def test_a_run_of_an_earlier_version_still_has_its_reading(
    pets: Dataset, open_report: Open
) -> None:
    run = done(pets)
    (run.folder / PREDICTIONS).unlink()
    app = open_report(run)
    assert "A good fit" in app.success[0].value
    assert len(app.error) == 1 and "an earlier version" in app.error[0].value


def test_the_report_speaks_korean_without_a_fault(
    pets: Dataset, open_report: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tl_core.ui.text.language", lambda: "ko")
    for look in ("confusion", "classes", "hardest", "calibration"):
        assert re.search("[가-힣]{2}", words(open_report(done(pets, {0: 1}), look=look)))


# Corrections


def test_nothing_can_be_noted_before_a_photo_is_ticked(pets: Dataset, open_report: Open) -> None:
    app = open_report(done(pets, {0: 1}))
    assert button(app, "Tick photos first").disabled
    assert "Save and train again" not in [one.label for one in app.button]
    assert not button(tick(app), "Note for 1 photo").disabled


def test_noted_changes_are_shown_at_their_photos_and_can_be_forgotten(
    pets: Dataset, open_report: Open
) -> None:
    app = tick(open_report(done(pets), look="hardest"), 2)
    app.selectbox(key="correction").set_value(DROP)
    app = press(app, "Note for 2 photos")  # in one run with the choice: a click can overtake it
    assert sum("→ leave out" in caption for caption in captions(app)) == 2
    assert not any(box.value for box in app.checkbox)
    assert "2 changes noted" in words(app)
    app = press(app, "Forget the changes")
    assert not any("→" in caption for caption in captions(app))
    assert "Save and train again" not in [one.label for one in app.button]


def test_noted_changes_survive_a_refresh(pets: Dataset, open_report: Open) -> None:
    run = done(pets, {0: 1, 1: 1})
    truth = pets.class_names[read_predictions(run).labels[0]]
    other = next(name for name in ("cats", "dogs") if name != truth)
    app = tick(open_report(run, look="hardest"), 2)
    app.selectbox(key="correction").set_value(CLASS + other)
    app = press(app, "Note for 2 photos")
    noted = [caption for caption in captions(app) if f"→ relabel to {other}" in caption]
    assert len(noted) in (1, 2)  # a photo that has that label already is left alone
    assert not any(caption.startswith(other) for caption in noted)
    again = open_report(run, **address(app))
    assert [one for one in captions(again) if f"→ relabel to {other}" in one] == noted
    version = get_dataset(address(press(again, "Save and train again"))["dataset"])
    before = {image.sha256: pets.class_names[image.label] for image in pets.images}
    names = {image.sha256: version.class_names[image.label] for image in version.images}
    assert sum(names[sha256] != before[sha256] for sha256 in names) == len(noted)


@pytest.mark.parametrize(
    "text", ["?", "zzzzzz~d-0123456789", "000000", "000000~x-0123456789", "~" * 99]
)
def test_a_link_with_garbled_changes_says_so_and_notes_nothing(
    pets: Dataset, open_report: Open, text: str
) -> None:
    app = open_report(done(pets, {0: 1}), fixes=text)
    assert "Save and train again" not in [one.label for one in app.button]
    assert NOTED_KEY not in address(app)


def test_changes_of_another_run_are_not_shown(pets: Dataset, open_report: Open) -> None:
    run = done(pets, {0: 1})
    photo = read_predictions(run).images[0][:10]
    mine, other = (f"{owner}~d-{photo}" for owner in (run.id[:6], "0" * 6))
    assert "1 change noted" in words(open_report(run, fixes=mine))
    assert "1 change noted" not in words(open_report(run, fixes=other))


def correct(app: AppTest, change: str, count: int = 1) -> AppTest:
    """Tick `count` photos, note `change` for them, save and train again."""
    app = tick(app, count)
    app.selectbox(key="correction").set_value(change)
    app = sound(app.run())
    app = press(app, "Note for 1 photo" if count == 1 else f"Note for {count} photos")
    return press(app, "Save and train again")


def test_save_and_train_again_trains_the_same_on_a_new_version(
    pets: Dataset, open_report: Open
) -> None:
    before = done(pets, {0: 1}, epochs=7, seed=3)
    app = correct(open_report(before, cell="0-1"), CLASS + "dogs")
    link = address(app)
    again = runs.get_run(link["run"])
    version = get_dataset(link["dataset"])
    assert link["before"] == before.id and again.id != before.id
    assert again.config == {
        **before.config,
        "dataset": version.id,
        "fingerprint": version.fingerprint,
    }
    assert snapshot(again).state is JobState.QUEUED
    changed = read_predictions(before).images[0]
    labels = {image.sha256: version.class_names[image.label] for image in version.images}
    assert labels[changed] == "dogs"
    others = {image.sha256: pets.class_names[image.label] for image in pets.images}
    assert {sha256 for sha256 in labels if labels[sha256] != others[sha256]} == {changed}


def test_the_run_and_the_dataset_from_before_are_kept(pets: Dataset, open_report: Open) -> None:
    before = done(pets, {0: 1})
    old = get_dataset(pets.id).fingerprint
    correct(open_report(before), DROP)
    assert get_dataset(pets.id).fingerprint == old
    assert read_predictions(before).confusion.sum() == 45


def test_a_photo_can_be_moved_to_the_other_sides_only(pets: Dataset, open_report: Open) -> None:
    run = done(pets, test=0.2)
    for part, sides in (("validation", {"train"}), ("test", {"train", "validation"})):
        app = open_report(run, part=part, look="hardest")
        options = set(app.selectbox(key="correction").options)
        moves = {"move to training": "train", "move to validation": "validation"}
        assert {side for text, side in moves.items() if text in options} == sides


def test_a_full_queue_refuses_in_place(
    pets: Dataset, open_report: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tl_core.errors import QueueFull
    from tl_core.ui.engine_status import engine

    def full(run: Run, by: Person) -> None:
        raise QueueFull("Too many jobs are waiting. Try again in a minute.")

    run = done(pets, {0: 1})
    app = open_report(run)
    monkeypatch.setattr(engine(), "submit", full)
    app = correct(app, DROP)
    assert [one.value for one in app.error] == ["Too many jobs are waiting. Try again in a minute."]
    assert address(app)["run"] == run.id
    assert "1 change noted" in words(app)


# Before and after


def after(dataset: Dataset, before: Run, **changes: Any) -> Run:
    """Return a run of the same configuration on a version with one photo relabelled."""
    config = TrainingConfig.from_json(before.config)
    sides = split(dataset, validation=config.validation, test=config.test, seed=config.seed)
    photo = read_predictions(before).images[0][:PHOTO_DIGITS]
    return done(corrected(dataset, sides, {photo: CLASS + "dogs"}), **changes)


def test_before_and_after_stand_side_by_side_with_their_intervals(
    pets: Dataset, open_report: Open
) -> None:
    before = done(pets, {0: 1, 5: 2})
    app = open_report(after(pets, before), before=before.id)
    table = app.table[0].value
    assert table["Right"].tolist() == ["43 / 45", "45 / 45"]
    assert table["95 % interval"].tolist()[0].startswith("85.2\xa0% – ")
    assert "Of the 45 validation photos that both runs judged, 2 became right" in words(app)
    assert "another label now: 1; judged by one run only: 0" in words(app)


def test_a_run_with_other_settings_is_not_compared(pets: Dataset, open_report: Open) -> None:
    before = done(pets, {0: 1})
    app = open_report(after(pets, before, epochs=9), before=before.id)
    assert not app.table
    assert not open_report(before, before=before.id).table


@pytest.mark.parametrize("text", ["0" * 16, "zzz", "../../etc"])
def test_a_link_to_no_run_before_is_no_comparison(
    pets: Dataset, open_report: Open, text: str
) -> None:
    app = open_report(done(pets), before=text)
    assert not app.table and "before" not in address(app)


def test_one_can_go_back_to_the_run_before(pets: Dataset, open_report: Open) -> None:
    before = done(pets, {0: 1})
    app = press(open_report(after(pets, before), before=before.id), "Show the run before")
    assert address(app)["run"] == before.id
    assert app.selectbox(key="dataset").value == pets.id
