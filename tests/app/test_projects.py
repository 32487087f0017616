"""Take it home, and Open a project: on the sections Data and Run book, and for everything of a class."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import address, button, labels, press, sound, told, words
from tests.app.trainings import done, open_run, pets
from tests.datasets.samples import cats_and_dogs, zip_bytes
from tests.projects.moving import packed, trusting
from tl_core import runs
from tl_core.datasets.catalogue import delete_dataset, get_dataset
from tl_core.datasets.jobs import run_scan
from tl_core.errors import NotAllowed, RunNotFound
from tl_core.people import NOBODY, Person, ownership
from tl_core.projects import find_packed, pack_config, pack_everything
from tl_core.projects.opening import open_upload
from tl_core.projects.packing import run_pack
from tl_core.runs import HEAD_ARRAYS, Run
from tl_core.training import Training, get_training

Open = Callable[..., AppTest]
PAGE = "pages/3_train.py"


def trained(dataset: str = "", **changes: Any) -> Training:
    """Return a training with all files that a worker leaves."""
    dataset = dataset or pets()
    run = open_run(dataset=dataset, fingerprint=get_dataset(dataset).fingerprint, **changes)
    done(run, {(0, 1): 1})
    (run.folder / HEAD_ARRAYS).write_bytes(b"arrays of a test")
    return get_training(run.id)


def work(app: AppTest, kind: str, do: Callable[[Run], object]) -> AppTest:
    """Do the only job of a kind that waits, as a worker would, and look again."""
    (job,) = runs.list_runs(kind)
    return work_on(app, job, do)


def work_on(app: AppTest, job: Run, do: Callable[[Run], object]) -> AppTest:
    job.append("state", state="running")
    do(job)
    job.append("state", state="done")
    return sound(app.run())


def upload(
    app: AppTest, data: bytes, label: str = "Project file", name: str = "home.zip"
) -> AppTest:
    (uploader,) = [one for one in app.file_uploader if one.label == label]
    uploader.upload(name, data, "application/zip")
    return sound(app.run())


def open_scanned(job: Run) -> None:
    open_upload(job, trusting)


def test_a_dataset_is_taken_home_from_the_data_section(open_page: Open) -> None:
    dataset = pets()
    app = open_page(PAGE, section="data", data="home", dataset=dataset)
    assert "Nothing is trained on it yet" in words(app)
    assert labels(app).count("Make it") == 1 and not app.get("download_button")
    press(app, "Make it")
    (job,) = runs.list_runs("pack")
    assert "Make it" not in labels(app) and "Stop" in labels(app)
    work(app, "pack", run_pack)
    (download,) = app.get("download_button")
    assert download.proto.label == "Download" and "1 dataset" in words(app)
    assert packed(pack_config("Pets", [dataset])) and find_packed(job)


def test_a_dataset_goes_with_its_trainings_once_there_are_some(open_page: Open) -> None:
    run = trained()
    app = open_page(PAGE, section="data", data="home", dataset=run.settings.dataset)
    assert labels(app).count("Make it") == 2 and "1 training with its dataset" in words(app)


def test_trainings_of_others_are_left_to_the_run_book(open_page: Open) -> None:
    run = trained()
    ownership.join(run.folder, "a" * 16)
    app = open_page(PAGE, section="data", data="home", dataset=run.settings.dataset)
    assert labels(app).count("Make it") == 1 and "Trainings of others" in words(app)
    assert "Nothing is trained on it yet" not in words(app)


def test_a_project_that_is_dropped_among_datasets_is_recognised_and_opened(open_page: Open) -> None:
    run = trained()
    data = packed(pack_config("Pets and more", runs=[run]))
    delete_dataset(run.settings.dataset)
    app = open_page(PAGE, section="data", data="new", source="zip")
    work(upload(app, data, "Zip file"), "scan", run_scan)
    assert "A project of the lab: Pets and more" in words(app)
    assert "1 dataset · 1 training · 12 photos" in words(app)
    assert not any(label.startswith("Import") for label in labels(app))
    press(app, "Open it")
    work(app, "unpack", open_scanned)
    assert "Opened: 1 dataset." in told(app)
    assert "Here already, and left alone: 1 training." in told(app)
    press(app, "Use Pets")
    assert address(app)["dataset"] == run.settings.dataset
    assert address(app)["section"] == "data" and "job" not in address(app)


def test_photos_of_others_are_still_photos(open_page: Open) -> None:
    app = open_page(PAGE, section="data", data="home")
    work(upload(app, zip_bytes(cats_and_dogs())), "scan", run_scan)
    assert "A project of the lab" not in words(app) and "What was found in home" in words(app)


def test_the_run_book_takes_chosen_runs_home_and_opens_them(open_page: Open) -> None:
    run = trained()
    data = packed(pack_config("Pets", runs=[run]))
    app = open_page(PAGE, section="book")
    assert not any(label.startswith("Make it") for label in labels(app))
    app.session_state["open-project"] = True
    work(upload(sound(app.run()), data), "scan", run_scan)
    press(app, "Open it")
    work(app, "unpack", open_scanned)
    assert "Here already, and left alone: 1 dataset, 1 training." in told(app)
    press(app, "Show the run book")
    assert "job" not in address(app)


def book_with_a_chosen_run() -> None:
    from tl_core.run_book import read_entries
    from tl_core.ui.run_book.names import look_up_names
    from tl_core.ui.run_book.projects import show_taking

    show_taking(read_entries(), look_up_names())


def test_what_is_chosen_in_the_run_book_is_packed_on_demand() -> None:
    trained()
    app = sound(AppTest.from_function(book_with_a_chosen_run, default_timeout=60).run())
    assert not app.button and runs.list_runs("pack") == ()
    app.session_state["take-runs-home"] = True
    press(sound(app.run()), "Make it")
    (job,) = runs.list_runs("pack")
    assert len(job.config["runs"]) == 1


def test_a_run_that_cannot_go_says_why() -> None:
    run = trained()
    delete_dataset(run.settings.dataset)
    job = runs.open_job(pack_config("Pets", runs=[run]))
    with pytest.raises(RunNotFound, match=r"The dataset of run \w+ was deleted"):
        run_pack(job)


# Everything of a class


def teachers_part() -> None:
    from tl_core.ui.projects.class_archive import show

    show()


@pytest.fixture
def part() -> AppTest:
    return sound(AppTest.from_function(teachers_part, default_timeout=60).run())


def test_everything_of_a_class_is_packed_and_packed_again(part: AppTest) -> None:
    trained()
    press(part, "Pack everything")
    (first,) = runs.list_runs("pack")
    assert "Stop" in labels(part) and "Pack everything" not in labels(part)
    work(part, "pack", run_pack)
    assert "1 dataset · 1 training" in words(part)
    assert [one.proto.label for one in part.get("download_button")] == ["Download"]
    press(part, "Pack everything again")
    second = runs.list_runs("pack")[0]
    assert "Stop" in labels(part) and "Packed on" in words(part)
    assert len(part.get("download_button")) == 1 and find_packed(first)  # until there is another
    second.append("state", state="cancelled")
    sound(part.run())
    assert len(part.get("download_button")) == 1 and find_packed(first)
    press(part, "Pack everything again")
    third = runs.list_runs("pack")[0]
    assert runs.list_runs("pack") == (third, first)
    work_on(part, third, run_pack)
    assert runs.list_runs("pack") == (third,)


def test_a_file_on_the_server_is_opened_where_a_browser_could_not_send_it(
    part: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    links: list[tuple[str, dict[str, str]]] = []  # there are no pages around a part that runs alone
    name = "tl_core.ui.projects.opening.page_link"
    monkeypatch.setattr(name, lambda page, label, **url: links.append((label, url)))
    run = trained()
    data = packed(pack_config("Pets", runs=[run]))
    (tmp_path / "projects").mkdir()
    (tmp_path / "projects" / "large.zip").write_bytes(data)
    press(sound(part.run()), "Look into it")
    work(part, "scan", run_scan)
    assert "A project of the lab: Pets" in words(part)
    press(part, "Open it")
    work(part, "unpack", open_scanned)
    use, book = links[-2:]
    assert use[0] == "Use Pets" and use[1]["dataset"] == run.settings.dataset
    assert book == ("Show the run book", {"section": "book"})
    assert (tmp_path / "projects" / "large.zip").read_bytes() == data
    assert not any((tmp_path / "uploads").iterdir())


def test_a_file_that_is_too_large_for_a_browser_is_named(
    part: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tl_core.ui.projects.taking.MOST_DOWNLOADED", 10)
    trained()
    press(part, "Pack everything")
    work(part, "pack", run_pack)
    assert not part.get("download_button")
    assert any(code.value.endswith(".zip") for code in part.code)


def test_only_the_teacher_takes_the_work_of_others_home(monkeypatch: pytest.MonkeyPatch) -> None:
    assert pack_everything("Class", NOBODY).everything  # without a key the lab is one person's
    monkeypatch.setenv("TL_TEACHER_KEY", "a key that nobody here has")
    with pytest.raises(NotAllowed, match="Only the teacher"):
        pack_everything("Class", NOBODY)
    assert pack_everything("Class", Person(teacher=True)).everything


def test_a_pupil_neither_sees_nor_presses_it(
    part: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained()
    press(part, "Pack everything")
    work(part, "pack", run_pack)
    (first,) = runs.list_runs("pack")
    again = button(part, "Pack everything again")
    monkeypatch.setenv("TL_TEACHER_KEY", "a key that nobody here has")
    again.click()  # as a page that was open before, or somebody's own program
    sound(part.run())
    assert runs.list_runs("pack") == (first,)
    assert not part.button and not part.get("download_button")
    assert any("Only the teacher" in text for text in told(part))
