"""The followed photo: it survives a reload, goes into links, and has a way back to the ones before."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import address, sound, told, words
from tests.app.test_predict import IMAGENET_SAYS
from tests.app.trainings import done, open_run, usual
from tests.datasets.importing import import_files
from tests.datasets.samples import wide_photo
from tests.disks import Disk
from tests.redrawing import redraw
from tl_core import files, images, photos
from tl_core.datasets.catalogue import get_dataset, read_photo
from tl_core.datasets.dataset import Dataset
from tl_core.datasets.photo_titles import photo_title
from tl_core.datasets.splits import split
from tl_core.engine.questions import IMAGENET, NEARNESS
from tl_core.prediction.nearness import nearness, of_length_one, own_distances
from tl_core.results.answers import ClassScores
from tl_core.results.predictions import read_predictions
from tl_core.runs import PREDICTIONS, Run
from tl_core.ui import news
from tl_core.ui.photo import Photo, chosen_or, picking
from tl_core.ui.prediction import run_photos
from tl_core.ui.results.photos import short_name
from tl_core.ui.text import escaped

Open = Callable[..., AppTest]
PREDICT = "pages/4_predict.py"
RANDOM = np.random.default_rng(1)
LOST = "could not be kept"


def picture(height: int = 60, width: int = 90) -> bytes:
    return images.encode_png(RANDOM.integers(0, 256, (height, width, 3), np.uint8))


def choose(app: AppTest, source: str = "sample") -> AppTest:
    app.session_state["photo_popover"] = True
    app.session_state["photo_source"] = source
    return sound(app.run())


def upload(app: AppTest, data: bytes, name: str = "mine.png") -> AppTest:
    choose(app, "upload").file_uploader[0].upload(name, data)
    return sound(app.run())


def sample(app: AppTest, name: str) -> AppTest:
    choose(app).button(key=f"photo-{name}").click()
    return sound(app.run())


def followed(app: AppTest) -> Any:
    return app.session_state["photo"]


def kept_on_disk(folder: Path) -> list[str]:
    return sorted(os.listdir(folder / "photos")) if (folder / "photos").exists() else []


@pytest.mark.parametrize("page", ["pages/1_convolution.py", PREDICT])
def test_another_photo_draws_its_page_once(
    open_page: Open, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []

    def counted(usual: Any) -> Photo:
        drawn.append((photo := chosen_or(usual)).name)
        return photo

    monkeypatch.setattr(picking, "chosen_or", counted)
    app = open_page(page, run=done(open_run()).id)
    for key, name in (
        ("photo-coffee", "coffee"),
        ("photo-horse", "horse"),
        ("past-coffee", "coffee"),
    ):
        choose(app)
        drawn.clear()
        redraw(app, app.button(key=key).click())
        assert drawn == [name] == [address(app)["photo"]]
        assert app.title and not app.session_state["photo_popover"]


def test_a_photo_of_ones_own_survives_a_reload_and_is_in_the_link(
    open_page: Open, tmp_path: Path
) -> None:
    data = picture()
    app = upload(open_page(), data)
    name = address(app)["photo"]
    assert re.fullmatch("own-[0-9a-f]{32}", name) and kept_on_disk(tmp_path) == [name]
    again = open_page(photo=name)
    assert (followed(again).data, followed(again).title) == (data, "mine.png")
    assert "mine.png" in words(again) and address(again)["photo"] == name
    assert "Chelsea" in words(open_page()), "nobody else gets it without the link"


def test_the_same_file_chosen_again_is_the_same_photo(open_page: Open, tmp_path: Path) -> None:
    data = picture()
    app = upload(upload(open_page(), data), data)
    upload(sample(app, "coffee"), data)
    assert kept_on_disk(tmp_path) == [address(app)["photo"]]
    other = upload(open_page(), data)
    assert len(kept_on_disk(tmp_path)) == 2, "what one has does not tell what another has"
    assert address(other)["photo"] != address(app)["photo"]


def test_whoever_uploads_is_told_how_long_and_for_whom_it_is_kept(open_page: Open) -> None:
    app = open_page()
    for source in ("upload", "camera"):
        said = words(choose(app, source))
        assert "30 days" in said and "whoever gets that link sees the photo" in said
    assert "30 days" not in words(choose(app, "sample"))


@pytest.mark.parametrize("name", ["own-1", "own-" + "g" * 32, "../own", "own-" + "0" * 31 + "\n"])
def test_any_other_name_in_the_url_is_refused_in_the_usual_sentence(
    open_page: Open, name: str
) -> None:
    app = open_page(photo=name)
    for _ in range(2):  # the page may draw itself again at once, as when the engine has started
        assert "which cannot be used here" in app.warning[0].value and "Chelsea" in words(app)
        assert "photo" not in address(app)
        sound(app.run())


def test_a_photo_that_is_gone_is_one_sentence_and_the_usual_sample(
    open_page: Open, tmp_path: Path
) -> None:
    app = upload(open_page(), picture())
    name = address(app)["photo"]
    (tmp_path / "photos" / name).unlink()
    later = open_page(photo=name)
    assert len(later.warning) == 1 and "is not here any more" in later.warning[0].value
    assert "Chelsea" in words(later) and "photo" not in address(later)


def test_a_kept_file_that_is_no_photo_any_more_breaks_no_page(
    open_page: Open, tmp_path: Path
) -> None:
    name = photos.new_name()
    photos.keep(name, "a.png", b"no picture at all")
    later = open_page(photo=name)
    assert len(later.warning) == 1 and "Chelsea" in words(later)


def test_a_full_disk_does_not_lose_the_photo(
    open_page: Open, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TL_DATA_DIR", str(disk.folder))
    app = open_page()
    disk.fill()
    data = picture()
    upload(app, data)
    (error,) = [one.value for one in app.error if LOST in one.value]
    assert "mine.png" in error and "full" in error
    assert followed(app).data == data and "photo" not in address(app)
    monkeypatch.setattr(news, "LEAST_SECONDS", 0.0)
    assert LOST not in words(sound(app.run()))
    disk.clear()
    upload(app, data)
    assert LOST not in words(app) and photos.read_kept(address(app)["photo"]).data == data


def test_a_photo_that_was_not_kept_can_be_gone_back_to(
    open_page: Open, disk: Disk, monkeypatch: pytest.MonkeyPatch, trained: Run
) -> None:
    monkeypatch.setenv("TL_DATA_DIR", str(disk.folder))
    app = open_page(PREDICT)
    disk.fill()
    data = picture()
    own = followed(upload(app, data)).name
    sample(app, "coffee").button(key=f"past-{own}").click()
    assert followed(sound(app.run())).data == data


@pytest.fixture
def seen_by_network() -> list[Any]:
    """What the engine was asked about."""
    return []


@pytest.fixture
def trained(let_answer: Callable[[Any], None], seen_by_network: list[Any]) -> Run:
    """A run of the emoji that took one validation photo for another class, and an engine that answers."""

    class Engine:
        def ask(self, question: object, /, *, pixels: Any, **more: Any) -> Any:
            if question is IMAGENET:
                return IMAGENET_SAYS
            seen_by_network.append(pixels)
            first = 0.9 if pixels.mean() > 128 else 0.2
            shares = (first, 0.95 - first, 0.05)
            return ClassScores(shares=shares, logits=shares, milliseconds=1.0)

    let_answer(Engine())
    run = done(open_run())
    dataset = get_dataset("emoji")
    judged = [dataset.images[n] for n in split(dataset, validation=0.2, seed=0).validation]
    rows = np.full((len(judged), 3), 0.1)
    rows[np.arange(len(judged)), [one.label for one in judged]] = 0.8
    rows[5] = np.roll(rows[5], 1)
    part = {
        "images": [one.sha256 for one in judged],
        "labels": [one.label for one in judged],
        "probabilities": rows.tolist(),
    }
    files.write_json(run.folder / PREDICTIONS, {"validation": part})
    return run


def test_the_last_photos_stay_in_reach_with_the_answers_they_got(
    open_page: Open, trained: Run
) -> None:
    app = open_page(PREDICT)
    assert not [one for one in app.button if (one.key or "").startswith("past-")]
    for name in ("coffee", "astronaut", "rocket", "camera", "horse", "brick", "grass"):
        sample(app, name)
    back = [one.key for one in app.button if (one.key or "").startswith("past-")]
    assert back == [
        f"past-{one}" for one in ("brick", "horse", "camera", "rocket", "astronaut", "coffee")
    ]
    assert re.fullmatch(r"(animals|food) [\d.]+\s%", app.button(key="past-brick").label)
    app.button(key="past-coffee").click()
    assert address(sound(app.run()))["photo"] == "coffee"
    back = [one.key for one in app.button if (one.key or "").startswith("past-")]
    assert back[0] == "past-grass" and "past-coffee" not in back


def test_other_pages_have_the_last_photos_among_the_choices(open_page: Open) -> None:
    app = sample(sample(open_page(), "coffee"), "rocket")
    assert not [one for one in app.button if (one.key or "").startswith("past-")]
    choose(app).button(key="past-coffee").click()
    assert address(sound(app.run()))["photo"] == "coffee"
    assert not app.session_state["photo_popover"]


def test_ones_own_photo_comes_back_from_disk(open_page: Open, trained: Run, tmp_path: Path) -> None:
    app, data = open_page(PREDICT), picture()
    own = followed(upload(app, data)).name
    sample(app, "coffee")
    (past,) = [one for one in app.session_state["_photos_before"] if one.choice.name == own]
    assert past.choice.data == b"", "a session holds one whole photo, not seven"
    app.button(key=f"past-{own}").click()
    assert followed(sound(app.run())).data == data
    sample(app, "rocket")
    (tmp_path / "photos" / own).unlink()
    app.button(key=f"past-{own}").click()
    (error,) = sound(app.run()).error
    assert "is not here any more" in error.value and address(app)["photo"] == "rocket"


def test_validation_photos_can_be_looked_at_mistakes_first(open_page: Open, trained: Run) -> None:
    app = choose(open_page(PREDICT), "run")
    buttons = [(one.key or "", one) for one in app.button]
    buttons = [(key, one) for key, one in buttons if key.startswith("run-photo-")]
    assert len(buttons) == 12
    said = [one.value for one in app.caption if "sure" in one.value and "%" in one.value]
    assert "taken for" in said[0] and not any("taken for" in one for one in said[1:])
    dataset = get_dataset("emoji")
    chosen = buttons[0][0].removeprefix("run-photo-")
    buttons[0][1].click()
    sound(app.run())
    (image,) = [one for one in dataset.images if one.sha256.startswith(chosen)]
    assert followed(app).data == dataset.read(image), "byte for byte"
    assert followed(app).title == image.shown.split("/")[-1].rpartition(".")[0]
    app.session_state["mistakes_first"] = False
    said = [one.value for one in choose(app, "run").caption if "% sure" in one.value]
    assert not any("taken for" in one for one in said[:5])


@pytest.mark.parametrize("crop", ["whole", "centre"])
def test_a_training_photo_is_known_for_one_however_it_was_shrunk_or_cut(
    open_page: Open, let_answer: Callable[[Any], None], crop: str
) -> None:
    classes = {
        name: [(f"{i}.jpg", wide_photo(first + i)) for i in range(6)]
        for name, first in (("cats", 0), ("dogs", 100))
    }
    dataset = import_files(classes, "Pets", lambda *_: None)
    run = done(open_run(dataset=dataset.id, fingerprint=dataset.fingerprint), {(0, 1): 1})
    learned = [dataset.images[n] for n in split(dataset, validation=0.2, seed=0).train]
    rows = of_length_one(np.random.default_rng(2).random((len(learned), 8), np.float32))

    class Engine:
        def ask(self, question: object, /, *, source: str = "", **more: Any) -> Any:
            if question is IMAGENET:
                return IMAGENET_SAYS
            if question is NEARNESS:  # shrunk or cut, no photo has the features that are stored
                other = of_length_one(np.ones((1, 8), np.float32))
                known = [(one.sha256, one.label) for one in learned]
                return nearness(other, rows, own_distances(rows), known, source)
            return ClassScores(shares=(0.6, 0.4), logits=(1.0, 0.6), milliseconds=1.0)

    let_answer(Engine())
    app = open_page(PREDICT, run=run.id, none="1", crop=crop)
    upload(app, dataset.read(learned[0]), "a.jpg")
    assert any("One of its own" in one for one in told(app))
    assert any("One of its own" in one for one in told(open_page(PREDICT, **address(app))))
    (held_out, *_) = {one.sha256 for one in dataset.images} - {one.sha256 for one in learned}
    upload(app, dataset.read(dataset.by_sha256[held_out]), "b.jpg")
    assert not any("One of its own" in one for one in told(app))
    sample(app, "coffee")
    assert not any("One of its own" in one for one in told(app))


def shown_first(run: Run) -> Any:
    """Return the photo that a network is shown until somebody chooses: its first right answer."""
    judged = files.read_json(run.folder / PREDICTIONS)["validation"]
    guesses = np.argmax(judged["probabilities"], axis=1)
    row = next(row for row, guess in enumerate(guesses) if guess == judged["labels"][row])
    return get_dataset("emoji").by_sha256[judged["images"][row]]


def change_guesses(run: Run, change: Callable[[list[list[float]]], list[list[float]]]) -> None:
    found = files.read_json(run.folder / PREDICTIONS)
    found["validation"]["probabilities"] = change(found["validation"]["probabilities"])
    files.write_json(run.folder / PREDICTIONS, found)


def test_until_somebody_chooses_a_network_is_shown_a_photo_that_it_got_right(
    open_page: Open, trained: Run, seen_by_network: list[Any]
) -> None:
    change_guesses(trained, lambda rows: [[row[2], row[0], row[1]] for row in rows[:2]] + rows[2:])
    image = shown_first(trained)
    app = open_page(PREDICT, run=trained.id)
    assert f"**{escaped(short_name(image.shown))}**" in [one.value for one in app.markdown]
    data = get_dataset("emoji").read(image)
    size = len(seen_by_network[-1])
    assert (seen_by_network[-1] == images.model_input(data, "a.webp", size)).all()
    assert any("judged by and got right" in one.value for one in app.caption)
    assert address(app) == {"run": trained.id}, "whoever opens the link sees the same"
    assert "photo" not in app.session_state and "Chelsea" in words(open_page())


def test_a_photo_of_the_lab_is_called_what_it_shows_in_the_language_of_whoever_looks(
    open_page: Open,
) -> None:
    run = done(open_run(**usual()), {})
    first = read_predictions(run).images[0]
    for code in ("en", "ko", "en"):
        title = f"**{photo_title(first, code)}**"
        assert title in [one.value for one in open_page(PREDICT, run=run.id, lang=code).markdown]


def test_of_a_photo_that_leaked_into_training_nobody_says_that_it_was_not_learned_from(
    open_page: Open, trained: Run
) -> None:
    clean = words(open_page(PREDICT, run=trained.id))
    assert "has never learned from" in clean and "made on purpose" not in clean
    leaked = done(open_run(mistakes=["leak"]), {(0, 1): 1})
    said = words(open_page(PREDICT, run=leaked.id))
    assert (
        "has learned from, by a mistake made on purpose" in said and "has never learned" not in said
    )


def test_a_photo_that_is_chosen_stands_above_the_network_s_own(
    open_page: Open, trained: Run
) -> None:
    app = open_page(PREDICT, run=trained.id, photo="chelsea")
    assert "**Chelsea the cat**" in [one.value for one in app.markdown]
    assert address(app) == {"run": trained.id, "photo": "chelsea"}
    assert not any("judged by" in one.value for one in app.caption)
    app = sample(open_page(PREDICT, run=trained.id), "chelsea")
    assert address(app)["photo"] == "chelsea"
    assert "**Chelsea the cat**" in [one.value for one in app.markdown]


@pytest.mark.parametrize("missing", ["guesses", "right", "dataset", "file"])
def test_a_network_without_a_photo_of_its_own_is_shown_the_usual_sample(
    open_page: Open, trained: Run, missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if missing == "guesses":
        (trained.folder / PREDICTIONS).unlink()
    elif missing == "right":
        labels = files.read_json(trained.folder / PREDICTIONS)["validation"]["labels"]
        wrong = np.eye(3)[(np.array(labels) + 1) % 3].tolist()
        change_guesses(trained, lambda _: wrong)
    elif missing == "dataset":
        monkeypatch.setattr(run_photos, "get_dataset", lambda _: get_dataset("0" * 16))
    else:
        monkeypatch.setattr(Dataset, "read", lambda *_: get_dataset("0" * 16))
    app = open_page(PREDICT, run=trained.id)
    assert "**Chelsea the cat**" in [one.value for one in app.markdown]
    assert not app.error and not any("judged by" in one.value for one in app.caption)


def test_a_network_of_drawings_says_so_of_a_photo_and_of_no_drawing(
    open_page: Open, trained: Run
) -> None:
    said = "This network was taught with drawings only: of a photo it can say little."
    assert said in words(open_page(PREDICT, run=trained.id, photo="chelsea"))
    assert said not in words(open_page(PREDICT, run=trained.id))
    photos_too = done(open_run(**usual()), {})
    assert said not in words(open_page(PREDICT, run=photos_too.id, photo="chelsea"))


def test_other_pages_offer_no_validation_photos(open_page: Open, trained: Run) -> None:
    assert "run" not in choose(open_page()).segmented_control(key="photo_source").options
    predict = choose(open_page(PREDICT)).segmented_control(key="photo_source")
    assert "Validation photo" in predict.options


def test_the_network_is_shown_the_part_that_is_chosen(
    open_page: Open, trained: Run, seen_by_network: list[Any]
) -> None:
    app = open_page(PREDICT, photo="coffee")
    whole = seen_by_network[-1]
    assert (whole == images.model_input(read_photo("coffee"), "coffee", len(whole))).all()
    app = open_page(PREDICT, photo="coffee", crop="centre")
    seen = seen_by_network[-1]
    expected = images.model_input(read_photo("coffee"), "coffee", len(seen), crop="centre")
    assert (seen == expected).all() and (seen != whole).any()
    assert address(app)["crop"] == "centre" and "of the photo" in words(app)
    app.segmented_control(key="crop").set_value("whole")
    assert "crop" not in address(sound(app.run())) and "of the photo" not in words(app)


def test_a_square_photo_loses_nothing_and_says_so(open_page: Open, trained: Run) -> None:
    app = open_page(PREDICT, photo="camera", crop="centre")
    assert "a square already" in words(app)
    assert "a square already" not in words(open_page(PREDICT, photo="coffee", crop="centre"))


def test_a_part_that_nobody_knows_is_refused(open_page: Open, trained: Run) -> None:
    app = open_page(PREDICT, crop="left")
    assert "crop = left" in app.warning[0].value and "crop" not in address(app)
