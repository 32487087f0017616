"""The end of a lesson: what pupils have made today goes, and nothing else."""

import os
import time
from pathlib import Path

import pytest

from tests.app.trainings import DEAD, pets, queued
from tl_core import photos, runs
from tl_core.datasets import catalogue, owners
from tl_core.datasets.bringing.staging import Staging, new_token
from tl_core.datasets.edits import Edit
from tl_core.datasets.job_configs import ImportFilesConfig
from tl_core.datasets.versions import new_version
from tl_core.engine.queue import JobQueue
from tl_core.errors import DatasetRefused, NotAllowed
from tl_core.people import Person, mark_of, ownership
from tl_core.runs import Run
from tl_core.teacher.cleaning import Left, clean_up, left_behind, this_morning
from tl_core.teacher.limits import Limits, write_limits
from tl_core.teacher.photos import check_photos, photos_of
from tl_core.teacher.pinned import pin_lesson, pin_run
from tl_core.teacher.presence import Presence

ANN, BOB = Person(id=mark_of("ann")), Person(id=mark_of("bob"))
TEACHER, AT_HOME = (Person(id=mark_of(name), teacher=True) for name in ("teacher", "at home"))
SINCE = this_morning()
PNG = b"\x89PNG"


@pytest.fixture(autouse=True)
def lab(tmp_path, monkeypatch):
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("TL_TEACHER_KEY", "a-key-of-a-teacher")
    return tmp_path


def made(number: int, *people: Person, dataset: str = "emoji") -> Run:
    run = queued(runs.open_run("train", {"dataset": dataset, "seed": number}), **DEAD)
    ownership.join(run.folder, *(one.id for one in people))
    return run


def photo(by: Person) -> str:
    name = photos.new_name()
    photos.keep(name, "Cat", PNG, person=by.id)
    return name


def imported(first: int, *people: Person) -> str:
    identifier = pets(first)
    owners.hand_over(catalogue.get_dataset(identifier), *(one.id for one in people))
    return identifier


def collected(by: Person) -> Staging:
    draft = Staging(new_token())
    draft.begin(by)
    return draft


def there(lab: Path) -> set[str]:
    return {
        path.name
        for kind in ("runs", "datasets", "photos", "staging")
        for path in (lab / kind).glob("*")
    }


def test_what_pupils_made_today_goes_and_everything_else_stays(lab):
    Presence().note(AT_HOME, "Home")  # the teacher's other browser
    kept = {
        made(1, TEACHER).id,
        made(2, AT_HOME).id,
        made(3, ANN, TEACHER).id,  # both asked for it
        made(4).id,  # nobody's, as of earlier versions
        imported(10, TEACHER),
        photo(TEACHER),
        collected(TEACHER).folder.name,
    }
    pin_run((laid_out := made(5, ANN)).id, TEACHER)
    in_lesson = photo(BOB)
    pin_lesson(f"predict?photo={in_lesson}", {"predict": 0}, TEACHER)
    needed = imported(20, BOB)
    kept |= {laid_out.id, in_lesson, needed, made(6, TEACHER, dataset=needed).id}
    gone = {
        made(7, ANN).id,
        made(8, ANN, BOB).id,
        imported(30, BOB),
        photo(ANN),
        collected(BOB).folder.name,
    }
    assert there(lab) == kept | gone
    found = left_behind(SINCE, TEACHER)
    assert {*found.runs, *found.datasets, *found.drafts, *found.photos} == gone
    assert there(lab) == kept | gone  # it was only looked
    assert clean_up(found, SINCE, TEACHER) == len(gone)
    assert there(lab) == kept
    assert not left_behind(SINCE, TEACHER)


@pytest.mark.parametrize("parameter", ["run", "compare", "dataset"])
def test_what_the_lesson_of_the_class_names_stays(lab, parameter):
    named = imported(10, ANN) if parameter == "dataset" else made(1, ANN).id
    assert named in there(lab)
    found = left_behind(SINCE, TEACHER)
    assert found
    text = f"0123456789abcdef,{named}" if parameter == "compare" else named
    pin_lesson(f"train?{parameter}={text}", {"train": 0}, TEACHER)
    assert not left_behind(SINCE, TEACHER)
    assert clean_up(found, SINCE, TEACHER) == 0
    assert named in there(lab)


def test_photos_that_a_waiting_import_is_to_read_stay(lab):
    draft = collected(ANN)
    found = left_behind(SINCE, TEACHER)
    assert draft.folder.name in found.drafts
    queue = JobQueue(5, lambda future: None)
    job = runs.open_run(ImportFilesConfig.KIND, {"staging": draft.token})
    queue.add(job)
    assert not left_behind(SINCE, TEACHER)
    assert clean_up(found, SINCE, TEACHER) == 0 and draft.folder.exists()
    queue.cancel(job)
    assert left_behind(SINCE, TEACHER).drafts == found.drafts


def test_what_was_made_before_stays():
    made(1, ANN)
    imported(10, ANN)
    photo(ANN)
    collected(ANN)
    assert len(left_behind(SINCE, TEACHER).runs) == 1
    assert not left_behind(time.time() + 1, TEACHER)


def test_what_was_not_shown_stays_though_it_is_a_pupils(lab):
    shown = made(1, ANN)
    found = left_behind(SINCE, TEACHER)
    later = made(2, ANN)
    forged = Left(runs={**found.runs, made(3, TEACHER).id: "x", "../..": "x"}, datasets={"emoji": ""},
                  drafts={"..": ""}, photos={"../x": ""})  # fmt: skip
    assert clean_up(forged, SINCE, TEACHER) == 1
    assert not shown.folder.exists() and later.folder.exists()


def test_what_runs_or_was_taken_over_by_the_teacher_meanwhile_stays():
    running, shared = made(1, ANN), made(2, ANN)
    found = left_behind(SINCE, TEACHER)
    queue = JobQueue(5, lambda future: None)
    queue.add(running, ANN.id)
    ownership.join(shared.folder, TEACHER.id)
    assert running.id not in left_behind(SINCE, TEACHER).runs
    assert clean_up(found, SINCE, TEACHER) == 0
    assert running.folder.exists() and shared.folder.exists()


def test_pupils_neither_look_nor_clean_up(lab):
    made(1, ANN)
    found, before = left_behind(SINCE, TEACHER), there(lab)
    for by in (ANN, BOB, Person()):
        with pytest.raises(NotAllowed):
            left_behind(SINCE, by)
        with pytest.raises(NotAllowed):
            clean_up(found, SINCE, by)
    assert there(lab) == before


def test_photo_of_an_earlier_version_belongs_to_nobody(lab):
    name = photos.new_name()
    (lab / "photos").mkdir()
    (lab / "photos" / name).write_bytes(b'{"title": "Cat", "source": ""}\n' + PNG)
    photo(ANN)
    os.utime(lab / "photos" / name)
    assert name not in left_behind(SINCE, TEACHER).photos
    assert photos.read_kept(name).title == "Cat"


# How many photos a pupil may have


def test_versions_count_what_each_has_of_its_own_and_what_they_share_once():
    first = catalogue.get_dataset(imported(10, ANN))
    names = [image.sha256 for image in first.images]
    for left_out in (names[0], names[6]):
        smaller = new_version(first, Edit(drop=frozenset({left_out})))
        owners.hand_over(smaller, ANN.id)
    assert photos_of(ANN) == 12
    catalogue.delete_dataset(first.id, TEACHER)
    assert photos_of(ANN) == 12  # 11 of each of the two, 10 of them the same
    assert photos_of(ANN, [first]) == 12
    assert photos_of(BOB, [first]) == 12


def test_pupil_with_as_many_photos_as_may_be_brings_no_more():
    imported(10, ANN)
    assert (photos_of(ANN), photos_of(BOB)) == (12, 0)
    write_limits(Limits(jobs=2, photos=13, minutes=30), TEACHER)
    job = runs.open_run("download", {})
    check_photos(job, ANN)
    write_limits(Limits(jobs=2, photos=12, minutes=30), TEACHER)
    with pytest.raises(DatasetRefused, match="hold 12 photos"):
        check_photos(job, ANN)
    check_photos(job, BOB)
    check_photos(job, TEACHER)
    check_photos(runs.open_run("train", {}), ANN)
