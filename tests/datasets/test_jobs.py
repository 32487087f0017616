"""The jobs behind Import and Download: what they leave, and what they clean up."""

import hashlib
import io
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.datasets.archives.packing import tar_bytes
from tests.datasets.samples import cats_and_dogs, picture, pictures, whole, zip_bytes
from tl_core import files, runs
from tl_core.datasets.bringing.staging import Staging, new_token
from tl_core.datasets.bringing.waiting import upload_path
from tl_core.datasets.catalogue import datasets_dir, get_dataset, list_datasets
from tl_core.datasets.checking.findings import FINDINGS, read_findings
from tl_core.datasets.job_configs import ImportConfig, ImportFilesConfig, InspectConfig
from tl_core.datasets.jobs import (
    PLAN,
    RESULT,
    SHEET,
    TAKEN,
    read_imported,
    read_scan,
    run_download,
    run_import,
    run_import_files,
    run_inspect,
    run_scan,
)
from tl_core.datasets.reading.choices import Choices
from tl_core.engine.tasks import JOBS, resolve
from tl_core.errors import (
    DatasetRefused,
    DiskUnusable,
    DownloadFailed,
    JobCancelled,
    LabError,
    RunNotFound,
    SettingInvalid,
)
from tl_core.machine.refusals import explained
from tl_core.runs import reporting
from tl_core.runs.reporting import Reporter
from tl_core.runs.snapshots import snapshot


@pytest.fixture
def upload():
    """Return ``upload(files, title)``: the run of an import whose zip waits, as the page leaves it."""

    def make(content, title="Pets", kind="import"):
        data = content if isinstance(content, bytes) else zip_bytes(content)
        digest = hashlib.sha256(data).hexdigest()
        run = runs.open_run(kind, {"sha256": digest, "title": title})
        files.write_bytes(upload_path(run), data)
        run.append("state", state="queued", owner=runs.owner())
        return run

    return make


def imported():
    return [summary.id for summary in list_datasets() if not summary.built_in]


def test_jobs_are_found_by_their_kind():
    assert resolve(JOBS["scan"]) is run_scan
    assert resolve(JOBS["import"]) is run_import
    assert resolve(JOBS["download"]) is run_download
    assert resolve(JOBS["import-files"]) is run_import_files
    assert resolve(JOBS["inspect"]) is run_inspect


def test_an_upload_becomes_a_dataset_and_its_zip_goes(upload):
    run_import(run := upload(cats_and_dogs()))
    dataset = get_dataset(run.read(RESULT, dict)["dataset"])
    assert (dataset.title, dataset.class_names) == ("Pets", ("cats", "dogs"))
    assert imported() == [dataset.id]
    assert list(upload_path(run).parent.iterdir()) == []
    scan, phase = snapshot(run).phases
    assert (scan.name, scan.done, scan.total) == ("scan", 10, 10)
    assert (phase.name, phase.done, phase.total) == ("import", 10, 10)


@pytest.mark.parametrize("mode", ["", "gz"])
def test_unpacking_a_tar_is_a_phase_of_its_own(upload, mode):
    content = tar_bytes(cats_and_dogs(), mode)
    run = upload(content)
    run_import(run)
    unpack, scan, read = snapshot(run).phases
    assert (scan.name, scan.done, scan.total) == ("scan", 10, 10)
    assert (unpack.name, unpack.done, unpack.total) == ("unpack", len(content), len(content))
    assert (read.name, read.done, read.total) == ("import", 10, 10)
    assert read_imported(run).count_by_class == {"cats": 5, "dogs": 5}
    of_a_zip = upload(cats_and_dogs())
    run_import(of_a_zip)
    assert [phase.name for phase in snapshot(of_a_zip).phases] == ["scan", "import"]


def test_a_stopped_import_leaves_nothing_and_can_be_started_again(upload):
    run = upload(cats_and_dogs())
    run.request_cancel()
    with pytest.raises(JobCancelled):
        run_import(run)
    assert imported() == [] and not (run.folder / RESULT).exists()
    assert not any(datasets_dir().glob("*"))
    run.withdraw_cancel()
    run_import(run)
    assert imported() == [run.read(RESULT, dict)["dataset"]]


NO_DATASET = [
    (b"<html>not a zip</html>", "not a zip"),
    (b"", "not a zip"),
    ({"../../evil/1.png": b"x"}, "no photo that can be used"),
]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        *NO_DATASET,
        (pictures("cats"), "All 5 photos are in one folder, cats"),
        (pictures("cats", 5) | pictures("dogs", 4, 100), "dogs has only 4 of"),
    ],
)
def test_what_cannot_teach_is_refused_and_stays_for_another_choice(upload, content, sentence):
    run = upload(content)
    with pytest.raises(DatasetRefused, match=sentence):
        run_import(run)
    assert imported() == [] and not (run.folder / RESULT).exists()
    assert list(upload_path(run).parent.iterdir()) == [upload_path(run)]


@pytest.mark.parametrize(("content", "sentence"), NO_DATASET)
def test_what_a_scan_refuses_is_not_kept(upload, content, sentence):
    run = upload(content, kind="scan")
    with pytest.raises(DatasetRefused, match=sentence):
        run_scan(run)
    # Nobody will ever ask for this zip: it would lie on the disk for a day.
    assert list(upload_path(run).parent.iterdir()) == []
    with pytest.raises(RunNotFound):
        read_scan(run)


def test_one_class_is_kept_for_a_dataset_that_it_can_be_added_to(upload):
    run = upload(pictures("cats"), kind="scan")
    run_scan(run)
    assert "only one" in str(read_scan(run).plan.alone) and upload_path(run).exists()


def test_a_scan_leaves_what_it_found_and_the_zip_for_the_import(upload):
    run = upload(cats_and_dogs(), kind="scan")
    run_scan(run)
    found = read_scan(run)
    assert found.plan.reading().class_names() == ("cats", "dogs")
    assert (
        len(found.samples.names) == 8 and Image.open(io.BytesIO(found.samples.sheet)).size[1] == 96
    )
    assert upload_path(run).exists() and imported() == []
    (phase,) = snapshot(run).phases
    assert phase.name == "scan" and phase.done == phase.total > 0


def test_a_scan_that_is_done_is_not_done_again(upload):
    """Killed between the last write and the answer, the engine runs the job a second time."""
    run_scan(run := upload(cats_and_dogs(), kind="scan"))
    before = {
        path.name: path.stat().st_mtime_ns for path in (run.folder / PLAN, run.folder / SHEET)
    }
    upload_path(run).unlink()  # imported meanwhile
    run_scan(run)
    after = {path.name: path.stat().st_mtime_ns for path in (run.folder / PLAN, run.folder / SHEET)}
    assert after == before and read_scan(run).plan.files == 10


@pytest.mark.parametrize("done", [0, 3, 10])
def test_a_stopped_scan_leaves_nothing_and_can_be_started_again(upload, monkeypatch, done):
    run = upload(cats_and_dogs(), kind="scan")
    request = Reporter.__call__
    monkeypatch.setattr(reporting, "SECONDS_BETWEEN_LOOKS", 0.0)

    def stop_at(self, count, total, message):
        if count == done:
            run.request_cancel()
        request(self, count, total, message)

    monkeypatch.setattr(Reporter, "__call__", stop_at)
    with pytest.raises(JobCancelled):
        run_scan(run)
    assert upload_path(run).exists()
    with pytest.raises(RunNotFound):
        read_scan(run)
    monkeypatch.setattr(Reporter, "__call__", request)
    run.withdraw_cancel()
    run_scan(run)
    assert len(read_scan(run).samples.names) == 8


KILLED_AT = """
import os, signal, sys
from tl_core import files, runs
from tl_core.datasets.jobs import run_scan

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

setattr(files, sys.argv[2], die)
run_scan(runs.get_run(sys.argv[1]))
"""


@pytest.mark.parametrize("write", ["write_bytes", "write_json"])
def test_a_scan_killed_before_a_write_is_finished_by_the_next_worker(upload, write):
    run = upload(cats_and_dogs(), kind="scan")
    died = subprocess.run(
        [sys.executable, "-c", KILLED_AT, run.id, write],
        cwd=Path(__file__).parents[2],
        timeout=60,
        check=False,
    )
    assert died.returncode == -signal.SIGKILL
    assert (run.folder / SHEET).exists() == (write == "write_json")
    with pytest.raises(RunNotFound):
        read_scan(run)  # half of it is none
    run_scan(run)
    assert len(read_scan(run).samples.names) == 8


@pytest.mark.parametrize(
    "change",
    [
        {"plan": 7},
        {"plan": {}},
        {"plan": {"files": 1, "readings": [], "left_out": [], "notes": []}},
        {"samples": 7},
        {"samples": [7]},
        {"samples": []},  # nobody could say what the pictures show
        {"samples": None},
    ],
)
def test_a_damaged_result_of_a_scan_is_one_sentence(upload, change):
    run_scan(run := upload(cats_and_dogs(), kind="scan"))
    files.write_json(run.folder / PLAN, run.read(PLAN, dict) | change)
    with pytest.raises(RunNotFound):
        read_scan(run)


def test_a_result_of_a_scan_that_is_no_text_or_has_lost_its_pictures_is_one_sentence(upload):
    run_scan(run := upload(cats_and_dogs(), kind="scan"))
    sheet = (run.folder / SHEET).read_bytes()
    (run.folder / SHEET).unlink()
    with pytest.raises(RunNotFound):
        read_scan(run)
    files.write_bytes(run.folder / SHEET, sheet)
    assert read_scan(run).samples.sheet == sheet
    (run.folder / PLAN).write_bytes(b"\xff{")
    with pytest.raises(RunNotFound):
        read_scan(run)


def test_a_scan_whose_zip_is_gone_says_so(upload):
    run = upload(cats_and_dogs(), kind="scan")
    upload_path(run).unlink()
    with pytest.raises(DatasetRefused, match="no longer here"):
        run_scan(run)


def test_a_scan_that_met_a_full_disk_goes_on_with_the_zip_that_came(upload, small_disk):
    run = upload(cats_and_dogs(), kind="scan")
    small_disk.fill(leave=0)
    with pytest.raises(LabError, match="The disk is full"), explained():
        run_scan(run)
    assert upload_path(run).exists()
    small_disk.clear()
    run_scan(run)
    assert len(read_scan(run).samples.names) == 8


def test_an_import_follows_the_choices_of_its_run(upload):
    run = upload(cats_and_dogs() | pictures("foxes", 6, 700))
    config = ImportConfig(
        sha256=run.config["sha256"], title="Pets", choices=Choices(off=("foxes",))
    )
    run_import(chosen := runs.open_job(config))
    assert read_imported(chosen).count_by_class == {"cats": 5, "dogs": 5}


def test_an_import_for_a_dataset_is_a_version_of_it(upload):
    run_import(first := upload(cats_and_dogs()))
    again = upload(pictures("cats", 6, 500) | pictures("foxes", 6, 700))
    config = ImportConfig(sha256=again.config["sha256"], title="", dataset=read_imported(first).id)
    run_import(run := runs.open_job(config))
    version = read_imported(run)
    assert version.origin == read_imported(first).id
    assert version.count_by_class == {"cats": 11, "dogs": 5, "foxes": 6}


def test_the_same_zip_under_two_names_is_two_datasets_with_their_own_titles(upload):
    first, second = upload(cats_and_dogs(), "Pets"), upload(cats_and_dogs(), "My pets")
    assert first.id != second.id
    run_import(first)
    run_import(second)
    assert read_imported(first).title == "Pets"
    assert read_imported(second).title == "My pets"
    assert sorted(imported()) == sorted([read_imported(first).id, read_imported(second).id])


def test_an_import_whose_zip_is_gone_says_so(upload):
    run = upload(cats_and_dogs())
    shutil.rmtree(upload_path(run).parent)
    with pytest.raises(LabError):
        run_import(run)


def test_an_import_that_met_a_full_disk_goes_on_with_the_zip_that_came(upload, small_disk):
    run = upload(cats_and_dogs())
    small_disk.fill(leave=30_000)
    with pytest.raises(DiskUnusable, match="The disk is full"):
        run_import(run)
    assert imported() == [] and upload_path(run).exists()
    small_disk.clear()
    run_import(run)
    assert imported() == [run.read(RESULT, dict)["dataset"]] and not upload_path(run).exists()


def test_an_import_that_dies_after_its_work_can_be_done_again(upload):
    """Killed between the last write and the answer, the engine runs the job a second time."""
    run_import(run := upload(cats_and_dogs()))
    found = run.read(RESULT, dict)
    run_import(run)
    assert run.read(RESULT, dict) == found


def test_a_download_becomes_a_dataset(mirror, monkeypatch):
    content = zip_bytes(whole())
    monkeypatch.setenv("TL_DATASET_MIRROR", mirror(content))
    run_download(run := runs.open_run("download", {"dataset": "cats_and_dogs_small"}))
    dataset = get_dataset(run.read(RESULT, dict)["dataset"])
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


@pytest.fixture
def draft():
    """Return photos of two classes that wait for their import."""
    waiting = Staging(new_token())
    for name, start in (("cats", 0), ("dogs", 100)):
        for n in range(start, start + 6):
            waiting.add(name, f"{n}.png", picture(n))
    return waiting


def files_run(draft, title="Pets", dataset=""):
    return runs.open_run("import-files", files_config(draft, title=title, dataset=dataset))


def files_config(draft, **wanted):
    return ImportFilesConfig(staging=draft.token, digest=draft.digest(), **wanted).as_json()


def test_waiting_files_become_a_dataset_and_wait_no_longer(draft):
    run_import_files(run := files_run(draft))
    dataset = get_dataset(run.read(RESULT, dict)["dataset"])
    assert (dataset.title, dataset.count_by_class) == ("Pets", {"cats": 6, "dogs": 6})
    assert imported() == [dataset.id]
    assert draft.counts() == {} and not draft.folder.exists()
    (phase,) = snapshot(run).phases
    assert (phase.name, phase.done, phase.total) == ("import", 12, 12)


def test_waiting_files_become_a_version_of_a_dataset(draft):
    run_import_files(run := files_run(draft))
    first = run.read(RESULT, dict)["dataset"]
    draft.add("cats", "new.png", picture(50))
    draft.add("Dogs", "new.png", picture(51))
    run_import_files(run := files_run(draft, dataset=first))
    version = get_dataset(run.read(RESULT, dict)["dataset"])
    assert version.origin == first
    assert version.count_by_class == {"cats": 7, "dogs": 7}
    assert draft.counts() == {}


def test_other_files_are_another_run(draft):
    """The same run would be done already, and the new files would never be imported."""
    before = files_run(draft)
    assert files_run(draft).id == before.id
    draft.add("cats", "new.png", picture(50))
    assert len({before.id, files_run(draft).id, files_run(draft, "Zoo").id}) == 3


def test_what_is_refused_goes_on_waiting(draft):
    draft.add("foxes", "1.png", picture(200))
    run = files_run(draft)
    with pytest.raises(DatasetRefused, match="foxes has only 1 of"):
        run_import_files(run)
    assert draft.counts() == {"cats": 6, "dogs": 6, "foxes": 1}
    assert imported() == []
    draft.remove_class("foxes")
    run_import_files(files_run(draft))
    assert len(imported()) == 1


def test_files_that_arrive_during_the_import_wait_for_the_next(draft, monkeypatch):
    placed = Staging.placed

    def late(staging):
        found = placed(staging)
        staging.add("cats", "late.png", picture(60))
        return found

    monkeypatch.setattr(Staging, "placed", late)
    run_import_files(run := files_run(draft))
    assert len(get_dataset(run.read(RESULT, dict)["dataset"]).images) == 12
    assert draft.counts() == {"cats": 1, "dogs": 0}


def test_photos_of_a_class_that_is_renamed_during_the_import_wait_no_longer(draft, monkeypatch):
    placed = Staging.placed

    def renamed(staging):
        found = placed(staging)
        staging.rename_class("cats", "lions")
        staging.add("lions", "late.png", picture(60))
        return found

    monkeypatch.setattr(Staging, "placed", renamed)
    run_import_files(run := files_run(draft))
    assert get_dataset(run.read(RESULT, dict)["dataset"]).class_names == ("cats", "dogs")
    assert draft.counts() == {"lions": 1, "dogs": 0}


def test_a_stopped_import_of_files_loses_none(draft):
    run = files_run(draft)
    run.request_cancel()
    with pytest.raises(JobCancelled):
        run_import_files(run)
    assert imported() == [] and draft.counts() == {"cats": 6, "dogs": 6}
    run.withdraw_cancel()
    run_import_files(run)
    assert imported() == [run.read(RESULT, dict)["dataset"]]


class Killed(BaseException):
    """The worker is gone."""


@pytest.mark.parametrize("removed", [0, 5, 12])
@pytest.mark.parametrize("changed", [False, True])
def test_an_import_of_files_that_died_while_it_tidied_up_is_finished(
    draft, monkeypatch, removed, changed
):
    """Of what is imported none waits, however much was gone before; what came later stays."""
    remove_all = Staging.remove_all

    def die(staging, numbers):
        photos = [(name, number) for name in numbers for number in numbers[name]]
        for name, number in photos[:removed]:
            remove_all(staging, {name: [number]})
        raise Killed

    run = files_run(draft)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(Staging, "remove_all", die)
        run_import_files(run)
    assert sum(draft.counts().values()) == 12 - removed
    made = run.read(RESULT, dict)
    if changed:
        draft.add("cats", "later.png", picture(60))
    run_import_files(run)
    assert draft.counts() == ({"cats": 1, "dogs": 0} if changed else {})
    assert imported() == [made["dataset"]] and run.read(RESULT, dict) == made
    assert not (run.folder / TAKEN).exists()


@pytest.mark.parametrize(
    ("config", "error"),
    [
        ({"staging": "../../runs"}, SettingInvalid),
        ({"staging": "0" * 32}, DatasetRefused),
        ({"dataset": "0" * 16}, DatasetRefused),
        ({"dataset": "../datasets"}, DatasetRefused),
    ],
)
def test_a_hostile_import_of_files_is_refused(draft, config, error):
    run = runs.open_run("import-files", files_config(draft, title="Pets") | config)
    with pytest.raises(error):
        run_import_files(run)
    assert draft.counts() == {"cats": 6, "dogs": 6}


@pytest.fixture
def inspection(draft):
    run_import_files(run := files_run(draft))
    dataset = get_dataset(run.read(RESULT, dict)["dataset"])
    config = InspectConfig(dataset=dataset.id, validation=0.2, test=0.1, seed=7)
    return runs.open_run("inspect", config.as_json())


def test_an_inspection_leaves_its_findings(inspection):
    run_inspect(inspection)
    found = {one.kind: one for one in read_findings(inspection)}
    assert set(found) == {"tiny", "few-to-judge"}
    assert len(found["tiny"].groups) == 12
    (phase,) = snapshot(inspection).phases
    assert (phase.name, phase.done, phase.total) == ("Look at the images", 12, 12)
    before = (inspection.folder / FINDINGS).stat()
    run_inspect(inspection)  # its worker died between the last word and the answer
    assert (inspection.folder / FINDINGS).stat() == before


def test_a_stopped_inspection_leaves_nothing(inspection):
    inspection.request_cancel()
    with pytest.raises(JobCancelled):
        run_inspect(inspection)
    with pytest.raises(RunNotFound):
        read_findings(inspection)


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"findings": 7},
        {"findings": [{"kind": "tiny"}]},
        {
            "findings": [
                {"kind": "tiny", "severity": "x", "sentence": {}, "groups": [], "fix": None}
            ]
        },
        {
            "findings": [
                {
                    "kind": "tiny",
                    "severity": "note",
                    "sentence": {"template": "x", "values": {}},
                    "groups": [],
                    "fix": {"drop": ["../.."]},
                }
            ]
        },
    ],
)
def test_damaged_findings_are_one_sentence(inspection, content):
    files.write_json(inspection.folder / FINDINGS, content)
    with pytest.raises(RunNotFound, match="damaged"):
        read_findings(inspection)


def test_an_inspection_of_a_deleted_dataset_says_so(inspection):
    shutil.rmtree(datasets_dir())
    with pytest.raises(DatasetRefused, match="There is no dataset"):
        run_inspect(inspection)
