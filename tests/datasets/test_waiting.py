"""An archive waits for its scan, for the person who looks at what was found, and for its import."""

import os
import time

import pytest

from tests.datasets.samples import cats_and_dogs, zip_bytes
from tl_core import files, runs
from tl_core.datasets.bringing import waiting
from tl_core.datasets.bringing.waiting import (
    KEEP_SECONDS,
    make_room,
    refused_for_good,
    release,
    sweep,
    upload_path,
)
from tl_core.datasets.job_configs import ImportConfig, ScanConfig, ScoreConfig
from tl_core.datasets.jobs import run_import, run_scan
from tl_core.datasets.reading.choices import Choices
from tl_core.errors import DatasetRefused, RunNotFound
from tl_core.runs.snapshots import JobState

SHA = "ab" * 32
HOUR = 3600.0


def scan(digest=SHA, title="Pets"):
    return runs.open_job(ScanConfig(sha256=digest, title=title))


def importing(digest=SHA, title="Pets", **chosen):
    return runs.open_job(ImportConfig(sha256=digest, title=title, choices=Choices(**chosen)))


def arrived(run, size=10, ago=0.0):
    """Let the archive of a run have come some seconds ago."""
    files.write_bytes(upload_path(run), bytes(size))
    touch(upload_path(run), ago)
    return upload_path(run)


def told(run, state, ago=0.0):
    """Let a run be queued here, and have come to a state some seconds ago."""
    run.append("state", state="queued", owner=runs.owner())
    if state != "queued":
        run.append("state", state="running")
    if state not in ("queued", "running"):
        run.append("state", state=state)
    touch(run.folder / runs.PROGRESS, ago)
    return run


def touch(path, ago):
    os.utime(path, (time.time() - ago,) * 2)


def test_a_scan_and_the_imports_of_one_archive_share_it():
    first, second = scan(), scan(title="Zoo")
    assert len({first.id, second.id, importing().id, importing(off=("cats",)).id}) == 4
    paths = {upload_path(run) for run in (first, second, importing(), importing(off=("cats",)))}
    assert [path.name for path in paths] == [f"{SHA}.zip"]


@pytest.mark.parametrize("digest", ["", "../../evil", "A" * 64, "ab" * 31, 7, None, [SHA]])
def test_no_name_of_an_archive_leads_out_of_its_folder(digest):
    run = runs.open_run("scan", {"sha256": digest, "title": "x"})
    with pytest.raises(RunNotFound):
        upload_path(run)


@pytest.mark.parametrize(("ago", "kept"), [(0.0, True), (23 * HOUR, True), (25 * HOUR, False)])
def test_an_archive_that_was_looked_at_waits_a_day_for_its_import(ago, kept):
    path = arrived(run := scan(), ago=ago)
    told(run, "done", ago)
    assert sweep() == (not kept) and path.exists() == kept


def test_an_archive_goes_once_it_is_imported():
    path = arrived(run := scan(), ago=20)
    told(run, "done", ago=10)
    told(importing(), "done")
    assert sweep() == 1 and not path.exists()


@pytest.mark.parametrize("state", ["queued", "running"])
@pytest.mark.parametrize("make", [scan, lambda: importing(off=("cats",))])
def test_an_imported_archive_stays_while_another_job_reads_it(make, state):
    """A whole class brings the archive that its teacher gave out."""
    path = arrived(importing(), ago=3 * KEEP_SECONDS)
    told(importing(), "done", ago=2 * KEEP_SECONDS)
    other = told(make(), state, ago=2 * KEEP_SECONDS)
    assert sweep() == 0 and path.exists()
    other.append("state", state="cancelled")
    touch(other.folder / runs.PROGRESS, 2 * KEEP_SECONDS)
    assert sweep() == 1 and not path.exists()


@pytest.mark.parametrize("again", ["brought", "looked at"])
def test_an_archive_that_came_again_after_its_import_waits_again(again):
    """Its dataset was deleted, say, or somebody else chooses otherwise."""
    told(importing(), "done", ago=HOUR)
    path = arrived(scan(), ago=60 if again == "brought" else 2 * HOUR)
    if again == "looked at":
        told(scan(), "done", ago=60)
    assert sweep() == 0 and path.exists()


# Little room


@pytest.fixture
def quota(monkeypatch):
    monkeypatch.setenv("TL_UPLOAD_QUOTA_MB", "3")


def fill(number, *, size=10**6, ago=0.0):
    """Return the digest of another archive that has come."""
    digest = f"{number:064x}"
    arrived(scan(digest), size, ago)
    return digest


def left():
    return {int(path.stem, 16) for path in waiting.uploads_dir().iterdir()}


def test_what_is_imported_or_refused_leaves_first_and_the_oldest_before_others(quota):
    told(importing(fill(1, ago=600)), "done", ago=500)
    told(scan(fill(2, ago=900)), "failed", ago=800)
    told(importing(fill(3, ago=300)), "cancelled", ago=200)
    make_room(900_000)
    assert left() == {1, 3}
    make_room(1_900_000)
    assert left() == {3}


def test_what_somebody_looks_at_does_not_leave_early(quota):
    told(scan(fill(1, ago=600)), "done", ago=500)
    told(scan(fill(2, ago=300)), "done", ago=200)
    told(importing(fill(3, ago=60)), "done")
    make_room(900_000)
    assert left() == {1, 2}
    with pytest.raises(DatasetRefused, match="TL_UPLOAD_QUOTA_MB"):
        make_room(2_000_000)
    assert left() == {1, 2}


def test_what_nobody_has_looked_at_for_long_leaves_where_there_is_little_room(quota):
    told(scan(fill(1, ago=5 * HOUR)), "done", ago=4 * HOUR)
    told(scan(fill(2)), "done")
    make_room(1_500_000)
    assert left() == {2}


@pytest.mark.parametrize("end", ["failed", "cancelled"])
def test_who_may_choose_otherwise_after_an_import_that_failed_looks_at_it(quota, end):
    digest = fill(1, size=2 * 10**6, ago=HOUR / 2)
    told(scan(digest), "done", ago=HOUR / 3)
    told(importing(digest), end, ago=60)
    with pytest.raises(DatasetRefused):
        make_room(1_500_000)
    assert left() == {1}


@pytest.mark.parametrize("state", ["queued", "running"])
@pytest.mark.parametrize("make", [scan, importing])
def test_a_live_archive_never_leaves_for_another(quota, make, state):
    digest = fill(1, size=2_500_000, ago=9 * HOUR)
    told(importing(digest, off=("cats",)), "done", ago=8 * HOUR)
    told(make(digest), state, ago=7 * HOUR)
    with pytest.raises(DatasetRefused):
        make_room(10**6)
    assert left() == {1}


def test_an_archive_without_any_job_stays_where_there_is_little_room(quota):
    """Its job is about to be queued."""
    fill(1, size=2_500_000)
    with pytest.raises(DatasetRefused):
        make_room(10**6)
    assert left() == {1}


# Jobs that share an archive


@pytest.fixture
def shared():
    """Return runs of one archive: an import, and another with other choices."""
    files.write_bytes(upload_path(importing()), zip_bytes(cats_and_dogs()))
    return importing(), importing(title="Zoo")


def test_an_import_leaves_the_archive_to_the_job_that_waits_for_it(shared):
    first, second = shared
    told(first, "running")
    told(second, "queued")
    run_import(first)
    assert upload_path(second).exists()
    first.append("state", state="done")
    run_import(second)
    assert not upload_path(second).exists()


def test_an_import_does_not_keep_the_archive_for_a_job_that_has_ended(shared):
    first, second = shared
    told(first, "running")
    told(second, "cancelled")
    run_import(first)
    assert not upload_path(first).exists()


def test_a_refused_scan_leaves_the_archive_to_the_other_so_that_both_hear_the_reason():
    first, second = scan(), scan(title="Zoo")
    files.write_bytes(upload_path(first), b"no zip")
    told(first, "running")
    told(second, "queued")
    with pytest.raises(DatasetRefused, match="not a zip"):
        run_scan(first)
    first.append("state", state="failed")
    with pytest.raises(DatasetRefused, match="not a zip"):
        run_scan(second)
    assert not upload_path(second).exists()


# An archive that a network is shown


def scoring(digest=SHA):
    return runs.open_job(ScoreConfig(sha256=digest, title="Pets", run="0" * 16, trained="0" * 16))


def test_an_archive_goes_once_a_network_has_seen_it():
    path = arrived(run := scoring())
    told(run, "running")
    release(run)
    assert not path.exists()


def test_a_network_leaves_the_archive_to_whoever_chooses_how_to_import_it():
    path = arrived(scan(), ago=20)
    told(scan(), "done", ago=10)
    told(run := scoring(), "running")
    release(run)
    assert path.exists()
    told(importing(), "done")  # and then it goes
    release(run)
    assert not path.exists()


@pytest.mark.parametrize("state", ["queued", "running"])
def test_a_network_leaves_the_archive_to_the_job_that_reads_it(state):
    path = arrived(importing())
    told(importing(), state)
    told(run := scoring(), "running")
    release(run)
    assert path.exists()


@pytest.mark.parametrize(("ago", "kept"), [(HOUR, True), (25 * HOUR, False)])
def test_what_was_stopped_can_go_on_for_a_day(ago, kept):
    path = arrived(run := scoring(), ago=ago)
    told(run, "cancelled", ago)
    assert sweep() == (not kept) and path.exists() == kept


def test_a_refused_archive_is_refused_for_good_and_a_full_disk_is_not():
    run = scoring()
    assert refused_for_good(run, JobState.FAILED)
    arrived(run)
    assert not refused_for_good(run, JobState.FAILED)
