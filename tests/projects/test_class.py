"""Everything of a class leaves as one zip and comes back, whole or not at all."""

import json
import os
import signal
import subprocess
import sys
import time
import tracemalloc
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors import numpy as safetensors

from tests.app.trainings import done, open_run
from tests.datasets.importing import import_files
from tests.datasets.samples import picture, quiet, zip_bytes
from tests.projects.moving import contents, open_here, packed, trusting, uploaded
from tl_core import files, housekeeping, runs
from tl_core.datasets.archives import opened, tally
from tl_core.datasets.bringing.projects import project_in
from tl_core.datasets.bringing.staging import Staging, new_token
from tl_core.datasets.bringing.waiting import upload_path
from tl_core.datasets.catalogue import (
    datasets_dir,
    delete_dataset,
    get_dataset,
    list_datasets,
)
from tl_core.datasets.dataset import Dataset
from tl_core.datasets.edits import Edit
from tl_core.datasets.job_configs import UnpackConfig
from tl_core.datasets.versions import new_version
from tl_core.engine.tasks import JOBS, resolve
from tl_core.errors import (
    DatasetRefused,
    DiskUnusable,
    ImageRefused,
    JobCancelled,
    RunNotFound,
    SettingInvalid,
)
from tl_core.machine.refusals import explained
from tl_core.models.projects.job import run_unpack
from tl_core.people import Person, nickname_of, ownership, write_nickname
from tl_core.projects import (
    anew,
    find_packed,
    pack_config,
    pack_everything,
    packed_path,
    read_opened,
)
from tl_core.projects.contents import Content, PackConfig
from tl_core.projects.drafts import list_drafts
from tl_core.projects.opening import open_again, open_upload
from tl_core.projects.packing import run_pack
from tl_core.run_book import begin_anew, delete_run, read_entries, write_label
from tl_core.runs import Run, reporting
from tl_core.runs.reporting import Reporter
from tl_core.teacher import Limits, write_limits
from tl_core.training import Training, get_training

TEACHER = Person(teacher=True)


def pets(title: str = "Pets", start: int = 0, side: int = 6) -> Dataset:
    classes = {
        name: [(f"{i}.png", picture(start + 100 * label + i, side=side)) for i in range(6)]
        for label, name in enumerate(("cats", "dogs"))
    }
    return import_files(classes, title, quiet)


def trained(dataset: Dataset, arrays: int = 16, **changes: Any) -> Training:
    """Return a training as a worker leaves it, with a head of `arrays` bytes."""
    run = open_run(dataset=dataset.id, fingerprint=dataset.fingerprint, **changes)
    done(run, {(0, 1): 1})
    head = {"weight_0": np.zeros(arrays // 4, np.float32)}
    safetensors.save_file(head, run.folder / runs.HEAD_ARRAYS)
    return get_training(run.id)


def a_class() -> tuple[list[Dataset], list[Training], Staging]:
    """Return all that a small class has made: versions and second titles too."""
    first, again, other = pets(), pets("The same pets"), pets("More pets", 300)
    version = new_version(first, Edit(rename={"cats": "고양이"}))
    emoji = new_version(get_dataset("emoji"), Edit(off=frozenset({"food"})))
    made = [first, again, other, version, emoji]
    trainings = [trained(one, seed=seed) for seed, one in enumerate((first, version, other))]
    trainings.append(done_emoji := trained(get_dataset("emoji")))
    write_label(done_emoji, "김민지", "1, 2: 3")
    draft = Staging(new_token())
    draft.add("cats", "IMG 1.jpg", picture(900))
    draft.add("cats", "IMG 2.jpg", picture(901), "train")
    draft.add("dogs/wolves", "../x.jpg", picture(902))
    draft.add_class("nothing yet")
    return made, trainings, draft


def seen() -> dict[str, Any]:
    """Return all that people see of a lab, whatever it is called on disk."""
    drafts = {
        one.token: {
            name: [(one.read(name, n)) for n in one.numbers(name)] for name in one.classes()
        }
        for one in list_drafts()
    }
    shown = {
        one.id: (one.title, one.count_by_class, one.root, one.origin, one.change)
        for one in list_datasets()
    }
    photos = {one: [(i.sha256, i.shown, i.label) for i in get_dataset(one).images] for one in shown}
    book = {
        one.run.id: (one.state, one.config, one.label, one.metrics, one.run.created)
        for one in read_entries()
    }
    return {"drafts": drafts, "datasets": shown, "photos": photos, "book": book}


def imported() -> list[str]:
    return [one.id for one in list_datasets() if not one.built_in]


def everything() -> bytes:
    return packed(pack_everything("Class", TEACHER))


def left_over(lab: Path) -> list[Path]:
    return [path for path in lab.rglob("*") if path.name.startswith(files.TEMPORARY)]


def test_jobs_are_found_by_their_kind() -> None:
    assert resolve(JOBS["pack"]) is run_pack and resolve(JOBS["unpack"]) is run_unpack


def test_everything_of_a_class_comes_back_in_an_empty_lab(first_lab: Path, second_lab: Any) -> None:
    made, trainings, draft = a_class()
    before, data = seen(), everything()
    lab = second_lab()
    job = open_here(data)
    assert seen() == before
    opened_here = read_opened(job)
    assert set(opened_here.datasets) == {one.id for one in made}
    assert set(opened_here.runs) == {one.id for one in trainings}
    assert opened_here.drafts == (draft.token,) and opened_here.done
    assert not any(upload_path(job).parent.iterdir()) and left_over(lab) == []
    again = open_here(data)  # a second time: nothing is doubled, nothing changes
    assert seen() == before
    assert again == job and read_opened(job) == opened_here  # done, and not begun anew


def test_opened_again_what_was_deleted_comes_back_and_the_rest_is_left_alone(
    second_lab: Any,
) -> None:
    made, trainings, draft = a_class()
    data = everything()
    second_lab()
    open_here(data).append("state", state="done")
    write_label(get_training(trainings[0].id), "renamed here", "")
    delete_dataset(made[2].id)
    job = open_again(UnpackConfig.from_json(uploaded(data).config))
    open_upload(job, trusting)
    found = read_opened(job)
    assert found.datasets == (made[2].id,) and found.runs == () and found.drafts == ()
    assert len(found.known_datasets) == 4 and len(found.known_runs) == 4
    assert found.known_drafts == (draft.token,)
    (entry,) = [one for one in read_entries() if one.run.id == trainings[0].id]
    assert entry.label.title == "renamed here"


def test_a_training_whose_dataset_is_gone_is_left_out_and_counted(second_lab: Any) -> None:
    dataset = pets()
    run, lost = trained(dataset), trained(pets("Others", 500))
    delete_dataset(lost.settings.dataset)
    data = everything()
    (job,) = runs.list_runs("pack")
    found = find_packed(job)
    assert found and (found.runs, found.left_out, found.datasets) == (1, 1, 1)
    assert {name.split("/")[1] for name in contents(data) if name.startswith("runs/")} == {run.id}


def test_of_everything_what_is_damaged_or_goes_meanwhile_is_left_out_and_the_rest_opens(
    second_lab: Any,
) -> None:
    whole, damaged, gone = pets(), pets("Damaged", 300), pets("Gone", 500)
    kept, lost = trained(whole), trained(damaged)
    deleted = trained(whole, seed=9)
    draft = Staging(new_token())
    draft.add("cats", "1.jpg", picture(900))
    draft.add("dogs", "2.jpg", picture(901))
    (damaged.folder / damaged.images[0].path).write_bytes(b"changed")
    content = Content.of(pack_everything("Class", TEACHER))
    delete_dataset(gone.id)
    delete_run(deleted.id)
    packed_now: dict[str, bytes] = {}
    for name, source in content.files():
        packed_now[name] = source.read_bytes() if isinstance(source, Path) else source()
        if name.startswith("drafts/") and draft.numbers("dogs"):
            draft.remove("dogs", draft.numbers("dogs")[0])
    assert content.counts() == {"datasets": 1, "runs": 1, "drafts": 1, "left_out": 4}
    second_lab()
    found = read_opened(open_here(zip_bytes(packed_now)))
    assert (found.datasets, found.runs, found.drafts) == ((whole.id,), (kept.id,), (draft.token,))
    assert Staging(draft.token).counts() == {"cats": 1, "dogs": 0}
    assert lost.id not in found.runs


def test_the_same_things_are_the_same_zip() -> None:
    run = trained(pets())
    config = pack_config("Pets", runs=[run])
    first = packed(config)
    job = runs.open_job(config)
    packed_path(job).unlink()
    assert packed(config) == first
    write_label(run, "another name", "")
    assert pack_config("Pets", runs=[run]) != config


KIM, LEE, HAN = (mark * 16 for mark in "abc")


def of(person: str, folder: Path) -> None:
    ownership.join(folder, person)


def whose(dataset: Dataset, run: Training, draft: Staging) -> list[tuple[str, ...]]:
    folders = datasets_dir() / dataset.id, runs.runs_dir() / run.id, draft.folder
    return [ownership.people_of(folder) for folder in folders]


def owned_class() -> tuple[Dataset, Training, Staging]:
    made, trainings, draft = a_class()
    of(KIM, made[0].folder)
    of(LEE, trainings[0].folder)
    of(KIM, trainings[0].folder)
    of(LEE, draft.folder)
    write_nickname(Person(id=KIM), "민지")
    return made[0], trainings[0], draft


def test_a_teacher_brings_back_whose_everything_was_and_what_people_are_called(
    second_lab: Any,
) -> None:
    things = owned_class()
    data = everything()
    assert whose(*things) == [(KIM,), (LEE, KIM), (LEE,)]
    second_lab()
    of(HAN, (job := uploaded(data, people=True)).folder)
    open_upload(job, trusting)
    assert whose(*things) == [(KIM,), (LEE, KIM), (LEE,)] and nickname_of(KIM) == "민지"
    nobodys = get_training(a_class()[1][1].id)
    assert ownership.people_of(nobodys.folder) == (HAN,)


def test_what_somebody_else_opens_is_theirs_whatever_the_file_says(second_lab: Any) -> None:
    things = owned_class()
    data = everything()
    second_lab()
    of(HAN, (job := uploaded(data)).folder)
    open_upload(job, trusting)
    assert whose(*things) == [(HAN,)] * 3 and nickname_of(KIM) == ""


def test_what_is_taken_home_by_anybody_names_nobody() -> None:
    _, run, _ = owned_class()
    content = contents(packed(pack_config("Pets", runs=[run])))
    assert not any(KIM.encode() in data or LEE.encode() in data for data in content.values())


@pytest.mark.parametrize(
    "people",
    [
        7,
        [],
        {"owners": []},
        {"owners": {"runs/x": ["../x"]}, "nicknames": {}},
        {"owners": {}, "nicknames": {"x": "y"}},
    ],
)
def test_damaged_words_on_whose_things_were_are_refused(people: Any, second_lab: Any) -> None:
    trained(pets())
    content = contents(everything())
    project = json.loads(content["project.json"]) | {"people": people}
    second_lab()
    job = uploaded(zip_bytes(content | {"project.json": json.dumps(project).encode()}), people=True)
    with pytest.raises(DatasetRefused, match="whose things were"):
        open_upload(job, trusting)
    assert read_entries() == ()


@pytest.mark.parametrize("done_before", [0, 5, 12])
def test_a_stopped_packing_leaves_nothing_and_can_be_begun_again(
    done_before: int, first_lab: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = runs.open_job(pack_config("Pets", runs=[trained(pets())]))
    stop_at(monkeypatch, done_before)
    with pytest.raises(JobCancelled):
        run_pack(job)
    assert find_packed(job) is None and left_over(first_lab) == []
    assert not packed_path(job).exists()
    monkeypatch.undo()
    monkeypatch.setenv("TL_DATA_DIR", str(first_lab))
    job.withdraw_cancel()
    run_pack(job)
    assert find_packed(job)


def stop_at(monkeypatch: pytest.MonkeyPatch, number: int, phase: str = "") -> None:
    """Press Stop when `number` units of a phase are done."""
    report = Reporter.__call__
    monkeypatch.setattr(reporting, "SECONDS_BETWEEN_LOOKS", 0.0)

    def stop(self: Any, count: int, total: int, message: str = "") -> None:
        if count == number and phase in ("", self._phase):
            self._run.request_cancel()
        report(self, count, total, message)

    monkeypatch.setattr(Reporter, "__call__", stop)


@pytest.mark.parametrize(
    ("phase", "number"), [("import", 0), ("import", 20), ("Open the trainings", 2)]
)
def test_a_stopped_opening_leaves_nothing_and_can_be_begun_again(
    phase: str, number: int, second_lab: Any, monkeypatch: pytest.MonkeyPatch, first_lab: Path
) -> None:
    a_class()
    before, data = seen(), everything()
    with monkeypatch.context() as patch:
        lab = second_lab()
        job = uploaded(data)
        stop_at(patch, number, phase)
        with pytest.raises(JobCancelled):
            open_upload(job, trusting)
    assert imported() == [] and read_entries() == ()
    assert left_over(lab) == [] and upload_path(job).exists()
    job.withdraw_cancel()
    open_upload(job, trusting)
    assert seen() == before


KILLED_AT = """
import os, signal, sys
from tl_core import files, runs
from tl_core.projects import opening

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

calls = [0]
def second(*args):
    calls[0] += 1
    if calls[0] == 2:
        die()
    real(*args)

place = sys.argv[2]
if place == "second training":
    real, files.put_folder = files.put_folder, second
else:
    setattr(opening, place, die)
opening.open_upload(runs.get_run(sys.argv[1]), lambda *_: None)
"""


@pytest.mark.parametrize(
    "place",
    [
        "second training",
        *(pytest.param(name, marks=pytest.mark.slow) for name in ("publish_as", "put_draft")),
    ],
)
def test_an_opening_that_was_killed_is_finished_by_the_next_worker_and_knows_what_is_new(
    place: str, second_lab: Any, first_lab: Path
) -> None:
    made, trainings, draft = a_class()
    before, data = seen(), everything()
    lab = second_lab()
    job = uploaded(data)
    died = subprocess.run(
        [sys.executable, "-c", KILLED_AT, job.id, place],
        cwd=Path(__file__).parents[2],
        timeout=60,
        check=False,
    )
    assert died.returncode == -signal.SIGKILL and not read_opened(job).done
    open_upload(job, trusting)
    assert seen() == before
    found = read_opened(job)
    assert len(found.datasets) == len(made) and len(found.runs) == len(trainings)
    assert found.drafts == (draft.token,) and found.known_runs == ()
    housekeeping.sweep()
    assert left_over(lab) == []


def test_a_full_disk_is_a_sentence_and_the_opening_goes_on_where_there_is_room(
    small_lab: Any, first_lab: Path
) -> None:
    run = trained(pets(side=300), arrays=2_000_000)
    data = packed(pack_config("Pets", runs=[run]))
    disk = small_lab()
    job = uploaded(data)
    disk.fill(leave=1_500_000)
    with pytest.raises(DiskUnusable), explained():
        open_upload(job, trusting)
    assert imported() == [] and read_entries() == ()
    assert left_over(disk.folder) == [] and upload_path(job).exists()
    disk.clear()
    open_upload(job, trusting)
    assert len(read_entries()) == 1


def test_a_full_disk_leaves_no_half_of_a_packed_file(small_lab: Any) -> None:
    disk = small_lab()
    job = runs.open_job(pack_config("Pets", runs=[trained(pets(side=300), arrays=2_000_000)]))
    disk.fill(leave=1_000_000)
    with pytest.raises(DiskUnusable), explained():
        run_pack(job)
    assert left_over(disk.folder) == [] and not packed_path(job).exists()
    disk.clear()
    run_pack(job)
    assert find_packed(job)


@pytest.mark.parametrize(
    ("variable", "error", "sentence"),
    [
        ("TL_DATASET_QUOTA_MB", DatasetRefused, "the datasets would hold"),
        ("TL_RUN_QUOTA_MB", SettingInvalid, "run book holds"),
    ],
)
def test_a_quota_refuses_what_comes_and_keeps_the_file_for_another_attempt(
    variable: str, error: Any, sentence: str, second_lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = packed(pack_config("Pets", runs=[trained(pets(side=400), arrays=2_000_000)]))
    second_lab()
    job = uploaded(data)
    monkeypatch.setenv(variable, "1")
    with pytest.raises(error, match=sentence):
        open_upload(job, trusting)
    assert upload_path(job).exists() and read_entries() == ()
    assert imported() == []
    monkeypatch.delenv(variable)
    open_upload(job, trusting)
    assert len(read_entries()) == 1


def test_a_file_that_could_not_stay_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    run = trained(pets(), arrays=2_000_000)
    monkeypatch.setenv("TL_EXPORT_QUOTA_MB", "1")
    with pytest.raises(DatasetRefused, match="TL_EXPORT_QUOTA_MB"):
        packed(pack_config("Pets", runs=[run]))
    monkeypatch.setenv("TL_EXPORT_QUOTA_MB", "4")
    job = runs.open_job(pack_config("Pets", runs=[run]))
    packed(pack_config("Pets", runs=[run]))
    packed(pack_config("Pets again", runs=[run]))
    assert find_packed(job) is None  # the oldest leaves first
    housekeeping.sweep()
    assert len([one for one in runs.list_runs("pack") if find_packed(one)]) == 1


@pytest.mark.parametrize("by_number", [True, False])
def test_no_file_is_packed_of_which_a_lab_would_not_list_all(
    by_number: bool, monkeypatch: pytest.MonkeyPatch, first_lab: Path, second_lab: Any
) -> None:
    """`by_number`: the photos alone are too many; otherwise that shows while they are packed."""
    first, _ = pets(), pets("More", 300)
    Staging(new_token()).add("cats", "1.jpg", picture(900))
    photos, all_files = 24, 24 + 3 + 2
    monkeypatch.setattr(tally, "LISTED_PER_FILE", 0)
    monkeypatch.setattr(tally, "LISTED_BESIDES", (photos if by_number else all_files) - 1)
    job = runs.open_job(pack_everything("Class", TEACHER))
    with pytest.raises(DatasetRefused, match="more files, or longer names"):
        run_pack(job)
    assert find_packed(job) is None and left_over(first_lab) == []
    monkeypatch.setattr(tally, "LISTED_BESIDES", all_files)
    data = packed(PackConfig.from_json(job.config))
    assert len(contents(data)) == all_files
    second_lab()
    assert first.id in read_opened(open_here(data)).datasets


def test_names_that_no_lab_would_read_are_not_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    config = pack_config("Pets", runs=[trained(pets())])
    monkeypatch.setattr(tally, "BYTES_PER_NAME", 0)
    with pytest.raises(DatasetRefused, match="longer names"):
        run_pack(runs.open_job(config))


def test_who_asks_again_at_the_same_time_gets_the_same_new_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = UnpackConfig(sha256="0" * 64, title="home")
    runs.open_job(config).append("state", state="done")
    begun: list[Run] = []

    def slowly(run: Run) -> Run:
        begun.append(run)
        time.sleep(0.2)
        return begin_anew(run)

    monkeypatch.setattr(anew, "begin_anew", slowly)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(open_again, [config] * 3))
    assert len(begun) == 1


# Hostile files


HOSTILE = {
    "no project": (lambda content, run: {"cats/1.png": picture(1)}, "holds no dataset"),
    "a bomb for settings": (
        lambda content, run: content | {f"runs/{run.id}/config.json": b" " * 70_000_000},
        "more than 200 times|config.json",
    ),
    "a bomb for curves": (
        lambda content, run: content | {f"runs/{run.id}/progress.jsonl": b"\n" * 70_000_000},
        "progress.jsonl",
    ),
    "deep JSON": (
        lambda content, run: content | {f"runs/{run.id}/metrics.json": b"[" * 200_000},
        "metrics.json",
    ),
    "a draft that leaves its folder": (
        lambda content, run: (
            content
            | {
                f"drafts/{'a' * 32}/draft.json": b'{"classes": [{"name": "c", "files": [{"path": "../x"}]}]}'
            }
        ),
        "list is damaged",
    ),
    "a draft with another token": (
        lambda content, run: content | {f"drafts/{'z' * 32}/draft.json": b'{"classes": []}'},
        "list is damaged",
    ),
    "a draft of lists": (
        lambda content, run: content | {f"drafts/{'a' * 32}/draft.json": b"[]"},
        "list is damaged",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_a_sentence_and_leaves_nothing(
    name: str, second_lab: Any
) -> None:
    change, sentence = HOSTILE[name]
    run = trained(pets())
    content = contents(packed(pack_config("Pets", runs=[run])))
    lab = second_lab()
    job = uploaded(zip_bytes(change(content, run)))
    with pytest.raises(DatasetRefused, match=sentence):
        open_upload(job, trusting)
    assert imported() == [] and read_entries() == ()
    assert left_over(lab) == [] and list(list_drafts()) == []
    assert not upload_path(job).exists()  # refused for good: nobody will ask for it again


def test_paths_out_of_the_archive_are_no_part_of_a_project(second_lab: Any, tmp_path: Path) -> None:
    run = trained(pets())
    content = contents(packed(pack_config("Pets", runs=[run])))
    evil = {
        "../outside.txt": b"x",
        "/etc/outside.txt": b"x",
        f"runs/{run.id}/../../../outside.txt": b"x",
        f"runs/../{run.id}/config.json": b"x",
        "runs/..%2f/config.json": b"x",
        "datasets/../dataset.json": b"{}",
    }
    second_lab()
    job = open_here(zip_bytes(content | evil))
    assert read_opened(job).runs == (run.id,)
    assert not list(tmp_path.rglob("outside.txt"))


def test_arrays_are_never_held_in_memory_as_a_whole(second_lab: Any) -> None:
    run = trained(pets(), arrays=40_000_000)
    config = pack_config("Pets", runs=[run])
    tracemalloc.start()
    run_pack(job := runs.open_job(config))
    most_packing = tracemalloc.get_traced_memory()[1]
    data = packed_path(job)
    second_lab()
    opening = uploaded(b"PK")
    os.replace(data, upload_path(opening))
    tracemalloc.reset_peak()
    open_upload(opening, trusting)
    most_opening = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (runs.runs_dir() / run.id / runs.HEAD_ARRAYS).stat().st_size > 40_000_000
    assert max(most_packing, most_opening) < 20_000_000


def test_a_class_may_bring_more_than_one_dataset_may(
    second_lab: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first, second = pets(side=200), pets("More", 300, side=200)  # 1.4 MB each
    data = packed(pack_config("Both", [first.id, second.id]))
    assert len(data) > 2_000_000
    second_lab()
    monkeypatch.setenv("TL_MAX_DATASET_MB", "2")
    open_here(data)
    assert len(imported()) == 2
    path = tmp_path / "x.zip"
    path.write_bytes(data)
    with opened(path, "x", quiet) as entries:  # what a dataset may is as before
        assert project_in(entries)
        with pytest.raises(DatasetRefused, match="more than 2 MB"):
            [entry.read() for entry in entries]


def test_a_project_is_an_ordinary_zip_whose_photos_any_program_finds() -> None:
    data = packed(pack_config("Pets", runs=[trained(dataset := pets())]))
    names = contents(data)
    assert f"datasets/{dataset.id}/cats/0.png" in names and "project.json" in names
    with zipfile.ZipFile(packed_path(runs.list_runs("pack")[0])) as archive:
        assert archive.testzip() is None
        stored = {one.filename for one in archive.infolist() if one.compress_type == 0}
    assert all(name.endswith((".png", ".safetensors")) for name in stored)


def test_what_stands_twice_in_a_file_is_there_once(second_lab: Any) -> None:
    dataset = pets()
    content = contents(packed(pack_config("Pets", runs=[trained(dataset)])))
    twice = {
        name.replace(f"datasets/{dataset.id}", "datasets/again"): data
        for name, data in content.items()
        if name.startswith("datasets/")
    }
    second_lab()
    job = open_here(zip_bytes(content | twice))
    assert read_opened(job).datasets == (dataset.id,) == tuple(imported())


def test_whoever_opens_what_is_here_shares_the_dataset_and_nothing_that_others_have_begun() -> None:
    dataset, run, draft = owned_class()
    data = everything()
    of(HAN, (job := uploaded(data)).folder)
    open_upload(job, trusting)
    assert whose(dataset, run, draft) == [(KIM, HAN), (LEE, KIM), (LEE,)]


def test_nobody_claims_a_training_by_its_id_alone() -> None:
    owned, nobodys = trained(pets()), trained(pets(), seed=7)
    of(KIM, owned.folder)
    project = {"format": "transfer-learning-lab project", "version": 1}
    content = {"project.json": json.dumps(project).encode()}
    content |= {f"runs/{run.id}/config.json": b"{}" for run in (owned, nobodys)}
    of(HAN, (job := uploaded(zip_bytes(content))).folder)
    open_upload(job, trusting)
    assert set(read_opened(job).known_runs) == {owned.id, nobodys.id}
    assert ownership.people_of(owned.folder) == (KIM,)
    assert ownership.people_of(nobodys.folder) == ()


@pytest.fixture
def pupils(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TL_TEACHER_KEY", "a-key-of-a-teacher")


def test_a_pupil_opens_no_more_photos_than_a_pupil_may_have(second_lab: Any, pupils: None) -> None:
    data = packed(pack_config("Pets", [pets().id, pets("More", 300).id]))
    second_lab()
    write_limits(Limits(jobs=2, photos=23, minutes=30), TEACHER)
    of(HAN, (job := uploaded(data)).folder)
    with pytest.raises(DatasetRefused, match="more than the 23"):
        open_upload(job, trusting)
    assert imported() == [] and upload_path(job).exists()
    write_limits(Limits(jobs=2, photos=24, minutes=30), TEACHER)
    open_upload(job, trusting)
    assert len(imported()) == 2
    again = open_again(UnpackConfig.from_json(uploaded(data).config))
    open_upload(again, trusting)  # nothing is counted twice


def test_a_teacher_opens_as_many_photos_as_there_are(second_lab: Any, pupils: None) -> None:
    data = packed(pack_config("Pets", [pets().id]))
    second_lab()
    write_limits(Limits(jobs=2, photos=10, minutes=30), TEACHER)
    open_upload(uploaded(data, people=True), trusting)
    assert len(imported()) == 1


def test_who_may_have_it_opens_what_is_too_much_for_another(second_lab: Any, pupils: None) -> None:
    data = packed(pack_config("Pets", [(dataset := pets()).id]))
    second_lab()
    of(KIM, pets("Others", 500).folder)
    write_limits(Limits(jobs=2, photos=20, minutes=30), TEACHER)
    of(KIM, (job := uploaded(data)).folder)
    of(HAN, job.folder)
    open_upload(job, trusting)
    assert ownership.people_of(datasets_dir() / dataset.id) == (HAN,)


def test_a_pupil_opens_a_file_of_so_many_trainings_at_most(
    monkeypatch: pytest.MonkeyPatch, second_lab: Any, pupils: None
) -> None:
    monkeypatch.setattr("tl_core.projects.pupils.MOST_RUNS", 1)
    data = packed(pack_config("Pets", runs=[trained(dataset := pets()), trained(dataset, seed=5)]))
    second_lab()
    with pytest.raises(DatasetRefused, match="holds 2 trainings"):
        open_here(data)
    assert imported() == [] and read_entries() == ()
    open_upload(uploaded(data, people=True), trusting)
    assert len(read_entries()) == 2


def test_what_is_in_its_place_has_an_owner_where_the_collected_photos_are_refused(
    second_lab: Any,
) -> None:
    things = owned_class()
    content = contents(everything())
    (photo,) = [name for name in content if name.endswith("0-IMG_1.jpg") or "0-IMG 1" in name]
    second_lab()
    of(HAN, (job := uploaded(zip_bytes(content | {photo: b""}))).folder)
    with pytest.raises(ImageRefused, match="is empty"):
        open_upload(job, trusting)
    assert whose(*things)[:2] == [(HAN,), (HAN,)]
    assert not upload_path(job).exists()  # refused for good


def test_no_place_for_collected_photos_keeps_the_file_for_another_attempt(
    second_lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    things = owned_class()
    data = everything()
    second_lab()
    of(HAN, (job := uploaded(data)).folder)
    Staging(new_token()).add("cats", "large.png", b"\0" * 1_000_000)
    monkeypatch.setenv("TL_UPLOAD_QUOTA_MB", "1")
    with pytest.raises(DatasetRefused, match="TL_UPLOAD_QUOTA_MB"):
        open_upload(job, trusting)
    assert whose(*things)[:2] == [(HAN,), (HAN,)] and upload_path(job).exists()
    monkeypatch.delenv("TL_UPLOAD_QUOTA_MB")
    open_upload(job, trusting)
    assert whose(*things) == [(HAN,)] * 3 and read_opened(job).done


def test_a_project_comes_in_also_unpacked_and_packed_again_in_a_folder(second_lab: Any) -> None:
    run = trained(pets())
    content = contents(packed(pack_config("Pets", runs=[run])))
    again = {f"My pets/{name}": data for name, data in content.items()}
    second_lab()
    job = open_here(zip_bytes(again | {"__MACOSX/My pets/._project.json": b"\0" * 9}))
    assert read_opened(job).runs == (run.id,) and len(imported()) == 1


def test_what_a_training_cannot_be_without_is_looked_at_before_it_is_packed() -> None:
    run = trained(pets())
    (run.folder / runs.METRICS).write_bytes(b"{}")
    with pytest.raises(RunNotFound, match=r"metrics\.json cannot be read"):
        packed(pack_config("Pets", runs=[run]))
