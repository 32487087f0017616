"""A disk that is full, read-only, missing or no folder: a sentence on the page, and nothing is lost."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import button, press, sound, told
from tests.app.test_datasets import add_class, open_data, photos, upload
from tests.app.test_train_datasets import upload as upload_zip
from tests.app.trainings import done, only_run, open_run, pets, queued
from tests.datasets.samples import cats_and_dogs, zip_bytes
from tests.disks import Disk
from tl_core import files, run_book, runs
from tl_core.datasets.bringing import importer
from tl_core.datasets.bringing.waiting import upload_path
from tl_core.datasets.catalogue import get_dataset, list_datasets
from tl_core.runs.snapshots import JobState, snapshot
from tl_core.training import list_trainings
from tl_core.ui import news
from tl_core.ui.engine_status import engine

Open = Callable[..., AppTest]
TRAIN, PREDICT = "pages/3_train.py", "pages/4_predict.py"
DISKLESS = ("streamlit_app.py", "pages/1_convolution.py", "pages/2_gap_vs_flatten.py")
FULL, READ_ONLY = "The disk is full", "its disk is read-only"


@pytest.fixture
def lab(no_engine: None, disk: Disk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    """A disk that holds the data folder, all of which the lab may take; the engine is made before."""
    monkeypatch.setenv("TL_DATA_DIR", str(disk.folder / "lab"))
    monkeypatch.setattr(importer, "RESERVED_BYTES", -(10**9))
    engine()
    yield disk


def break_disk(disk: Disk, how: str) -> None:
    disk.fill() if how == FULL else disk.make_read_only()


def mend_disk(disk: Disk, how: str) -> None:
    disk.clear() if how == FULL else disk.make_writable()


def said(app: AppTest, sentence: str, folder: Path) -> bool:
    """Whether every error on the page is this sentence, with the folder and the variable; there is one."""
    errors = [box.value.replace("\\", "") for box in app.error]
    known = all(sentence in one and str(folder) in one and "TL_DATA_DIR" in one for one in errors)
    return bool(errors) and known


both = pytest.mark.parametrize("how", [FULL, READ_ONLY])


@both
def test_a_training_is_refused_in_words_and_begins_once_there_is_room(
    open_page: Open, lab: Disk, how: str
) -> None:
    app = open_page(TRAIN)
    assert not app.error
    break_disk(lab, how)
    press(app, "Train")
    assert said(app, how, lab.folder)
    assert list_trainings() == ()
    mend_disk(lab, how)
    press(app, "Train")
    assert not app.error
    assert snapshot(only_run()).state is JobState.QUEUED


@both
def test_what_is_there_can_be_looked_at_and_the_trouble_is_told_before_a_click(
    open_page: Open, lab: Disk, how: str
) -> None:
    run = done(open_run())
    break_disk(lab, how)
    app = open_page(TRAIN, run=run.id)
    assert said(app, how, lab.folder) and len(app.error) == 1
    assert "Train" in [one.label for one in app.button]
    assert any("85" in metric.value for metric in app.metric) or "49" in "".join(
        one.value for one in app.markdown
    )
    mend_disk(lab, how)
    assert not sound(app.run()).error


@both
def test_a_zip_is_refused_in_words_and_can_be_brought_again(
    open_page: Open, lab: Disk, how: str
) -> None:
    app = open_page(TRAIN)
    break_disk(lab, how)
    content = zip_bytes(cats_and_dogs())
    upload_zip(app, "pets.zip", content)
    assert said(app, how, lab.folder)
    assert not list(lab.folder.glob("lab/uploads/*"))
    mend_disk(lab, how)
    upload_zip(app, "pets.zip", content)
    assert not app.error
    assert upload_path(only_run("scan")).read_bytes() == content


@both
def test_collected_photos_are_refused_in_words_and_those_before_stay(
    open_page: Open, lab: Disk, how: str
) -> None:
    app = upload(add_class(open_data(open_page, "new"), "cats"), *photos(3))
    break_disk(lab, how)
    upload(app, *photos(3, 50))
    assert said(app, how, lab.folder)
    add_class(app, "dogs")
    assert said(app, how, lab.folder)
    assert len(list(lab.folder.glob("lab/staging/*/*/*"))) == 3
    mend_disk(lab, how)
    upload(app, *photos(3, 50))
    assert not app.error
    assert len(list(lab.folder.glob("lab/staging/*/*/*"))) == 6


@both
def test_a_change_of_a_dataset_is_refused_in_words_and_made_later(
    open_page: Open, lab: Disk, how: str
) -> None:
    before = pets()
    app = open_data(open_page, dataset=before, **{"class": "dogs"})
    break_disk(lab, how)
    app.text_input(key=f"rename-{before}-dogs").set_value("wolves")
    press(app, "Rename")
    assert said(app, how, lab.folder)
    assert [one.id for one in list_datasets() if not one.built_in] == [before]
    mend_disk(lab, how)
    app.text_input(key=f"rename-{before}-dogs").set_value("wolves")
    press(app, "Rename")
    assert not app.error
    chosen = str(app.selectbox(key="dataset").value)
    assert get_dataset(chosen).class_names == ("cats", "wolves")


@both
def test_a_note_is_refused_in_words_and_the_old_one_stays(
    open_page: Open, lab: Disk, how: str
) -> None:
    run = done(open_run())
    run_book.write_label(run, "Old", "old")
    app = open_page(TRAIN, section="book", runs=run.id)
    break_disk(lab, how)
    app.text_input(key=f"title-{run.id}").set_value("New")
    press(app, "Save")
    assert said(app, how, lab.folder)
    assert run_book.read_label(run).title == "Old"
    mend_disk(lab, how)
    press(app, "Save")
    assert not app.error
    assert run_book.read_label(run).title == "New"


def test_nothing_is_deleted_from_a_read_only_disk(open_page: Open, lab: Disk) -> None:
    run, dataset = done(open_run()), pets()
    book = open_page(TRAIN, section="book", runs=run.id)
    versions = open_data(open_page, "versions", dataset=dataset)
    lab.make_read_only()
    book.button(key="delete_runs").click()
    press(versions, "Delete this version")
    for app in (sound(book.run()), versions):
        assert said(app, READ_ONLY, lab.folder)
    assert runs.get_run(run.id) == run and get_dataset(dataset).id == dataset
    lab.make_writable()
    assert not press(versions, "Delete this version").error
    assert not sound(book.run()).error


@both
def test_an_export_is_refused_in_words(open_page: Open, lab: Disk, how: str) -> None:
    run = done(open_run())
    app = open_page(TRAIN, run=run.id)
    app.session_state[f"export-{run.id}"] = True
    sound(app.run())
    break_disk(lab, how)
    app.button(key=f"make-keras-{run.id}").click()
    assert said(sound(app.run()), how, lab.folder)
    assert runs.list_runs("export") == ()
    mend_disk(lab, how)
    app.button(key=f"make-keras-{run.id}").click()
    assert not sound(app.run()).error
    assert len(runs.list_runs("export")) == 1


def test_stop_is_a_callback_and_its_refusal_is_shown_on_the_page(
    open_page: Open, lab: Disk
) -> None:
    app = press(open_page(TRAIN), "Train")
    run = only_run()
    lab.make_read_only()
    app.button(key=f"stop-{run.id}").click()
    assert said(sound(app.run()), READ_ONLY, lab.folder)
    assert app.title[0].value == "Train"  # the page is there
    lab.make_writable()


def test_a_bug_in_a_callback_is_a_number_on_the_page(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = press(open_page(TRAIN), "Train")

    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(engine(), "cancel", broken)
    sound(app.run())
    button(app, "Stop").click()
    app.run()
    assert not app.exception and app.title[0].value == "Train"
    (sentence,) = [box.value for box in app.error]
    assert "broke here" in sentence and "secret" not in sentence
    monkeypatch.setattr(news, "LEAST_SECONDS", 0.0)
    assert not sound(app.run()).error


# Start


def in_place_of_a_folder(folder: Path) -> Path:
    """Return a path below a file, where no folder can be made."""
    files.write_bytes(folder / "file", b"")
    return folder / "file" / "lab"


@pytest.mark.parametrize(
    ("page", "section"), [(TRAIN, "train"), (TRAIN, "book"), (TRAIN, "data"), (PREDICT, "")]
)
def test_a_data_folder_that_cannot_be_is_one_sentence_and_is_used_once_it_can(
    open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str, section: str
) -> None:
    monkeypatch.setenv("TL_DATA_DIR", str(in_place_of_a_folder(tmp_path)))
    app = open_page(page, **({"section": section} if section else {}))
    assert said(app, "where the file", tmp_path / "file") and len(told(app)) == 1
    (tmp_path / "file").unlink()
    assert not sound(app.run()).error and len(app.main.children) > 4


def test_a_link_to_a_run_on_a_missing_disk_does_not_call_the_run_deleted(
    open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path / "file"))
    run = done(open_run())
    (tmp_path / "file").rename(tmp_path / "elsewhere")
    files.write_bytes(tmp_path / "file", b"")
    app = open_page(TRAIN, run=run.id)
    assert len(told(app)) == 1 and "where the file" in told(app)[0]
    (tmp_path / "file").unlink()
    (tmp_path / "elsewhere").rename(tmp_path / "file")
    sound(app.run())
    assert not told(app) or "where the file" not in "".join(told(app))
    assert run.id in app.query_params["run"]


def test_an_open_page_outlives_the_loss_of_its_disk(open_page: Open, lab: Disk) -> None:
    app = press(open_page(TRAIN), "Train")
    run = queued(only_run())
    (lab.folder / "lab").rename(lab.folder / "elsewhere")
    lab.make_read_only()  # so that the folder cannot be made again
    sound(app.run())
    assert said(app, "is not there", lab.folder) and len(app.error) == 1
    lab.make_writable()
    (lab.folder / "elsewhere").rename(lab.folder / "lab")
    sound(app.run())
    assert not app.error and run.id in app.query_params["run"]


@pytest.mark.parametrize("page", DISKLESS)
def test_a_page_that_needs_no_disk_works_without_one(
    open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    monkeypatch.setenv("TL_DATA_DIR", str(in_place_of_a_folder(tmp_path)))
    app = open_page(page)
    assert said(app, "where the file", tmp_path / "file") and len(app.error) == 1
    assert len(app.main.children) > 3 and app.title[0].value
    (tmp_path / "file").unlink()
    assert not sound(app.run()).error


@pytest.mark.parametrize("page", [*DISKLESS, TRAIN, PREDICT])
@both
def test_trouble_of_the_disk_is_said_once_on_every_page(
    open_page: Open, lab: Disk, page: str, how: str
) -> None:
    (lab.folder / "lab").mkdir()
    break_disk(lab, how)
    app = open_page(page)
    assert said(app, how, lab.folder) and len(app.error) == 1
    mend_disk(lab, how)
    assert not sound(app.run()).error


def test_a_part_that_keeps_its_result_repeats_nothing_and_the_others_work(
    open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TL_DATA_DIR", str(in_place_of_a_folder(tmp_path)))
    app = press(open_page("pages/2_gap_vs_flatten.py", section="measure"), "Train both heads")
    assert said(app, "where the file", tmp_path / "file") and len(app.error) == 1
    app.segmented_control(key="section").set_value("costs")
    assert len(sound(app.run()).error) == 1 and app.get("plotly_chart")


@pytest.mark.parametrize("page", [*DISKLESS, TRAIN, PREDICT])
def test_a_bad_variable_is_one_sentence_on_every_page(
    open_page: Open, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    monkeypatch.setenv("TL_QUEUE_LIMIT", "many")
    engine.clear()
    app = open_page(page)
    (sentence,) = told(app)
    assert "TL_QUEUE_LIMIT" in sentence.replace("\\", "")
    assert len(app.page_link) >= 5
    monkeypatch.delenv("TL_QUEUE_LIMIT")
    assert not sound(app.run()).error
