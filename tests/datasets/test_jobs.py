"""The jobs behind Import and Download: what they leave, and what they clean up."""

import hashlib
import shutil

import pytest

from tests.datasets.samples import cats_and_dogs, pictures, whole, zip_bytes
from tl_core import files, runs
from tl_core.datasets.catalogue import datasets_dir, get_dataset, list_datasets
from tl_core.datasets.jobs import RESULT, run_download, run_import, upload_path
from tl_core.engine.tasks import JOBS, resolve
from tl_core.errors import DatasetRefused, DownloadFailed, JobCancelled, LabError
from tl_core.snapshots import snapshot


@pytest.fixture
def upload():
    """Return ``upload(files, title)``: the run of an import whose zip waits, as the page leaves it."""

    def make(content, title="Pets"):
        data = content if isinstance(content, bytes) else zip_bytes(content)
        digest = hashlib.sha256(data).hexdigest()
        run = runs.open_run("import", {"sha256": digest, "title": title})
        files.write_bytes(upload_path(run), data)
        run.append("state", state="queued", owner=runs.owner())
        return run

    return make


def imported():
    return [summary.id for summary in list_datasets() if not summary.built_in]


def test_jobs_are_found_by_their_kind():
    assert resolve(JOBS["import"]) is run_import
    assert resolve(JOBS["download"]) is run_download


def test_an_upload_becomes_a_dataset_and_its_zip_goes(upload):
    run_import(run := upload(cats_and_dogs()))
    dataset = get_dataset(run.result(RESULT)["dataset"])
    assert (dataset.title, dataset.class_names) == ("Pets", ("cats", "dogs"))
    assert imported() == [dataset.id]
    assert list(upload_path(run).parent.iterdir()) == []
    (phase,) = snapshot(run).phases
    assert (phase.name, phase.done, phase.total) == ("import", 10, 10)


def test_a_stopped_import_leaves_nothing_and_can_be_started_again(upload):
    run = upload(cats_and_dogs())
    run.request_cancel()
    with pytest.raises(JobCancelled):
        run_import(run)
    assert imported() == [] and not (run.folder / RESULT).exists()
    assert not any(datasets_dir().glob("*"))
    run.withdraw_cancel()
    run_import(run)
    assert imported() == [run.result(RESULT)["dataset"]]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"<html>not a zip</html>", "not a zip"),
        (b"", "not a zip"),
        (pictures("cats"), "Only one class folder"),
        (pictures("cats", 5) | pictures("dogs", 4, 100), "dogs has 4 usable"),
        ({"../../evil/1.png": b"x"}, "No class folders"),
    ],
)
def test_what_cannot_teach_is_refused_and_not_kept(upload, content, sentence):
    run = upload(content)
    with pytest.raises(DatasetRefused, match=sentence):
        run_import(run)
    assert imported() == [] and not (run.folder / RESULT).exists()
    # Nobody else will ever ask for this zip: it would lie on the disk for good.
    assert list(upload_path(run).parent.iterdir()) == []


def test_the_same_zip_under_two_names_is_imported_twice(upload):
    """A browser that downloads ``pets.zip`` again calls it ``pets (1).zip``; both are queued."""
    first, second = upload(cats_and_dogs(), "pets"), upload(cats_and_dogs(), "pets (1)")
    assert first.id != second.id
    run_import(first)
    run_import(second)
    assert first.result(RESULT) == second.result(RESULT)


def test_an_import_whose_zip_is_gone_says_so(upload):
    run = upload(cats_and_dogs())
    shutil.rmtree(upload_path(run).parent)
    with pytest.raises(LabError):
        run_import(run)


def test_an_import_that_dies_after_its_work_can_be_done_again(upload):
    """Killed between the last write and the answer, the engine runs the job a second time."""
    run_import(run := upload(cats_and_dogs()))
    found = run.result(RESULT)
    run_import(run)
    assert run.result(RESULT) == found


def test_a_download_becomes_a_dataset(mirror, monkeypatch):
    content = zip_bytes(whole())
    monkeypatch.setenv("TL_DATASET_MIRROR", mirror(content))
    run_download(run := runs.open_run("download", {"dataset": "cats_and_dogs_small"}))
    dataset = get_dataset(run.result(RESULT)["dataset"])
    assert dataset.class_names == ("cats", "dogs")
    assert {image.part for image in dataset.images} == {"train", "validation", "test"}


def test_bytes_and_images_are_two_phases_of_a_download(mirror, monkeypatch):
    """The page counts a download in MB: 30 images would be 0 of 0 MB."""
    content = zip_bytes(whole())
    monkeypatch.setenv("TL_DATASET_MIRROR", mirror(content))
    run_download(run := runs.open_run("download", {"dataset": "cats_and_dogs_small"}))
    found = [(phase.name, phase.done, phase.total) for phase in snapshot(run).phases]
    assert found == [("download", len(content), len(content)), ("import", 30, 30)]


def test_a_download_that_fails_leaves_nothing(mirror, monkeypatch):
    monkeypatch.setenv("TL_DATASET_MIRROR", mirror(b"<html>Quota exceeded</html>" + b" " * 3000))
    run = runs.open_run("download", {"dataset": "cats_and_dogs_small"})
    with pytest.raises(DownloadFailed, match="built-in emoji"):
        run_download(run)
    assert imported() == [] and not (run.folder / RESULT).exists()


def test_a_stopped_download_leaves_nothing(mirror, monkeypatch):
    monkeypatch.setenv("TL_DATASET_MIRROR", mirror(zip_bytes(whole())))
    run = runs.open_run("download", {"dataset": "cats_and_dogs_small"})
    run.request_cancel()
    with pytest.raises(JobCancelled):
        run_download(run)
    assert imported() == [] and list(datasets_dir().iterdir()) == []
