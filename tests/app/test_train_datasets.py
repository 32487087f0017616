"""Datasets that arrive while the Train page is open: uploads, downloads, and what is wrong with them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Element

from tests.app.conftest import address, labels, press, sound, told
from tests.app.trainings import only_run, pets, running
from tests.datasets.samples import cats_and_dogs, zip_bytes
from tl_core import files, runs, settings
from tl_core.datasets.bringing.waiting import upload_path
from tl_core.datasets.catalogue import delete_dataset, get_dataset
from tl_core.datasets.dataset import Dataset
from tl_core.datasets.jobs import RESULT, read_imported, run_import, run_scan
from tl_core.errors import QueueFull
from tl_core.people import Person
from tl_core.runs import Run
from tl_core.runs.snapshots import JobState, snapshot
from tl_core.ui import news
from tl_core.ui.datasets.choice import DEFAULT
from tl_core.ui.engine_status import engine

Open = Callable[..., AppTest]
PAGE = "pages/3_train.py"
WAITING = "Waiting for the engine; its state is in the sidebar."
DOWNLOAD = "Download cats and dogs (needs internet)"
FULL = "Too many jobs are waiting. Try again in a minute."
STOPPED = "Stopped. What was finished is kept."


def upload(app: AppTest, name: str, content: bytes) -> AppTest:
    app.file_uploader[0].set_value((name, content, "application/zip"))
    return sound(app.run())


def refuse_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the engine say that its queue is full."""

    def full(run: Run, by: Person) -> None:
        raise QueueFull(FULL)

    monkeypatch.setattr(engine(), "submit", full)


def below_title(app: AppTest, sentence: str) -> bool:
    """Whether an error stands in the page; what a callback draws stands above its title."""
    drawn = [
        node for node in app.main if isinstance(node, Element) and node.type in ("title", "error")
    ]
    return drawn[0].type == "title" and sentence in [node.value for node in drawn]


def uploads() -> list[Path]:
    """Return the zips that wait."""
    return list((settings.current().data_dir / "uploads").glob("*"))


def test_an_upload_waits_for_the_engine_where_the_worker_finds_it(open_page: Open) -> None:
    content = zip_bytes(cats_and_dogs())
    app = upload(open_page(PAGE), "pets.zip", content)
    run = only_run("scan")
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
    assert [run.config["title"] for run in runs.list_runs("scan")] == ["more", "pets"]


def test_a_download_waits_for_the_engine_and_can_be_stopped(open_page: Open) -> None:
    app = press(open_page(PAGE), DOWNLOAD)
    run = only_run("download")
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


def test_an_imported_dataset_is_used_with_one_click(open_page: Open) -> None:
    identifier = pets()
    run = runs.open_run("import", {"sha256": "1" * 64, "title": "Pets"})
    running(run).append("state", state="done")
    files.write_json(run.folder / RESULT, {"dataset": identifier})
    app = open_page(PAGE, job=run.id)
    assert app.selectbox(key="dataset").value == DEFAULT
    press(app, "Use it")
    assert app.selectbox(key="dataset").value == identifier
    assert address(app)["dataset"] == identifier


def taken(run: Run) -> Run:
    """Take a job out of the queue, as an engine does when it starts it."""
    engine().cancel(run)
    return running(run)


def looked_into(app: AppTest, content: bytes, name: str = "pets.zip") -> Run:
    """Upload a zip and look into it as the worker does; returns the look."""
    upload(app, name, content)
    run = runs.get_run(app.session_state["job"])
    if snapshot(run).state is not JobState.DONE:
        run_scan(taken(run))
        run.append("state", state="done")
        sound(app.run())
    return run


def imported(app: AppTest, content: bytes, name: str = "pets.zip") -> Dataset:
    """Upload a zip, confirm what was found, and do what the worker does."""
    looked_into(app, content, name)
    press(app, "Import 10 photos")
    run = taken(runs.get_run(app.session_state["job"]))
    run_import(run)
    run.append("state", state="done")
    return read_imported(run)


def test_a_zip_whose_dataset_was_deleted_is_imported_again(open_page: Open) -> None:
    content = zip_bytes(cats_and_dogs())
    first = imported(open_page(PAGE), content)
    delete_dataset(first.id)
    app = open_page(PAGE)
    looked_into(app, content)
    press(app, "Import 10 photos")
    assert snapshot(only_run("import")).state is JobState.QUEUED
    assert WAITING in told(app) and not app.error
    run = taken(only_run("import"))
    run_import(run)
    run.append("state", state="done")
    assert read_imported(run) == get_dataset(first.id)
    assert uploads() == []
    assert "pets is in the list of datasets now." in told(sound(app.run()))


def test_a_zip_that_is_here_already_is_announced_and_not_kept(open_page: Open) -> None:
    content = zip_bytes(cats_and_dogs())
    imported(open_page(PAGE), content)
    app = open_page(PAGE)
    looked_into(app, content)
    press(app, "Import 10 photos")
    assert snapshot(only_run("import")).state is JobState.DONE
    assert "pets is in the list of datasets now." in told(app)
    assert uploads() == []


@pytest.mark.parametrize(
    "result",
    [
        b"",
        b"{}",
        b"[]",
        b'{"dataset": null}',
        b'{"dataset": ["a"]}',
        b'{"dataset": "../datasets"}',
    ],
)
def test_a_damaged_result_is_one_sentence_and_is_made_again(open_page: Open, result: bytes) -> None:
    content = zip_bytes(cats_and_dogs())
    imported(open_page(PAGE), content)
    (only_run("import").folder / RESULT).write_bytes(result)
    app = open_page(PAGE, job=only_run("import").id)
    assert len(app.error) == 1
    looked_into(app, content)
    press(app, "Import 10 photos")
    assert snapshot(only_run("import")).state is JobState.QUEUED
    assert not app.error


def test_a_download_whose_dataset_was_deleted_is_done_again(open_page: Open) -> None:
    identifier = pets()
    press(open_page(PAGE), DOWNLOAD)
    run = taken(only_run("download"))
    files.write_json(run.folder / RESULT, {"dataset": identifier})
    run.append("state", state="done")
    press(open_page(PAGE), DOWNLOAD)
    assert snapshot(only_run("download")).state is JobState.DONE
    delete_dataset(identifier)
    assert WAITING in told(press(open_page(PAGE), DOWNLOAD))
    assert snapshot(only_run("download")).state is JobState.QUEUED


def test_a_full_queue_refuses_in_place_and_keeps_no_upload(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page(PAGE)
    refuse_all(monkeypatch)
    upload(app, "pets.zip", zip_bytes(cats_and_dogs()))
    assert [box.value for box in app.error] == [FULL] and below_title(app, FULL)
    assert app.file_uploader[0].value is None
    assert uploads() == [] and "job" not in address(app)
    press(app, DOWNLOAD)
    assert [box.value for box in app.error] == [FULL] and below_title(app, FULL)
    monkeypatch.setattr(news, "LEAST_SECONDS", 0.0)
    assert not sound(app.run()).error


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


def test_a_refused_upload_offers_no_resume_that_cannot_work(open_page: Open) -> None:
    run = running(runs.open_run("import", {"sha256": "2" * 64, "title": "One"}))
    run.append("state", state="failed", template="Only one class folder.", values={})
    app = open_page(PAGE, job=run.id)
    assert "Only one class folder." in told(app)
    assert not {"Resume", "Start again"} & set(labels(app))


def test_an_upload_that_met_a_full_disk_waits_to_be_resumed(open_page: Open) -> None:
    app = open_page(PAGE)
    looked_into(app, zip_bytes(cats_and_dogs()))
    press(app, "Import 10 photos")
    run = taken(only_run("import"))
    run.append("state", state="failed", template="The disk is full.", values={})
    app = open_page(PAGE, job=run.id)
    assert "The disk is full." in told(app)
    press(app, "Resume")
    assert snapshot(run).state is JobState.QUEUED
    run_import(taken(run))
    assert read_imported(run).count_by_class == {"cats": 5, "dogs": 5}


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


def test_a_second_import_of_the_same_photos_shows_its_own_title_and_list(open_page: Open) -> None:
    first = imported(open_page(PAGE), zip_bytes(cats_and_dogs()))
    app = open_page(PAGE)
    second = imported(
        app, zip_bytes(cats_and_dogs() | {"cats/notes.txt": b"cute"}), "animals at home.zip"
    )
    assert "animals at home is in the list of datasets now." in told(sound(app.run()))
    assert any("cats/notes.txt" in text.value for text in app.text), "what was left out is said"
    press(app, "Use it")
    assert app.selectbox(key="dataset").value == second.id
    assert any("cats/notes.txt" in text.value for text in app.text)
    other = open_page(PAGE, dataset=first.id)
    assert not any("cats/notes.txt" in text.value for text in other.text)
    delete_dataset(first.id)
    assert any("cats/notes.txt" in text.value for text in sound(app.run()).text)


def test_an_upload_beyond_the_quota_is_refused_in_one_sentence_and_not_kept(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TL_UPLOAD_QUOTA_MB", "1")
    app = upload(open_page(PAGE), "pets.zip", bytes(1_000_001))
    (error,) = app.error
    assert "would hold 1.1 MB and 1.0 MB are allowed" in error.value
    assert uploads() == [] and not app.session_state["job"]
    app = upload(open_page(PAGE), "pets.zip", zip_bytes(cats_and_dogs()))
    assert len(uploads()) == 1 and not app.error


def test_two_datasets_of_one_name_can_both_be_chosen(open_page: Open) -> None:
    first, second = pets(), pets(first=50)
    for identifier in (first, second, first):
        app = open_page(PAGE, dataset=identifier)
        choice = app.selectbox(key="dataset")
        assert choice.value == identifier and len(set(choice.options)) == len(choice.options)
    sound(choice.set_value(second).run())
    assert app.selectbox(key="dataset").value == second
