"""Rows on disk: appended, cut back to what is whole, and read a few at a time."""

import json
import shutil

import pytest

from tests.prediction.scorings import PETS, row, scoring, webp
from tl_core.errors import DiskUnusable, RunNotFound
from tl_core.prediction.rows import (
    ROWS,
    THUMBNAILS,
    Row,
    RowWriter,
    every_row,
    read_rows,
    read_thumbnails,
)


@pytest.fixture(autouse=True)
def data_dir(tmp_path, monkeypatch):
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path))


def pictured(rows):
    return [(one, webp(place) if one.labels else b"") for place, one in enumerate(rows)]


def found(run):
    rows = [one for _, one in every_row(run.folder)]
    return rows, read_thumbnails(run.folder, rows)


def test_rows_and_their_pictures_come_back():
    run = scoring()
    writer = RowWriter(run)
    writer.append(pictured(PETS)[:3])
    writer.append(pictured(PETS)[3:])
    rows, pictures = found(run)
    assert [(one.name, one.label, one.labels, one.shares, one.reason) for one in rows] == [
        (one.name, one.label, one.labels, one.shares, one.reason) for one in PETS
    ]
    assert pictures == [picture for _, picture in pictured(PETS)[:3]] + [
        webp(place) if one.labels else b"" for place, one in enumerate(PETS[3:], 3)
    ]
    starts = [start for start, _ in every_row(run.folder)]
    assert read_rows(run.folder, [starts[5], starts[0]]) == [rows[5], rows[0]]


@pytest.mark.parametrize("name", ["=1+1", "a\nb", '"', "한글\u202e", "x" * 200, "\\", "{}"])
def test_any_name_is_one_line(name):
    run = scoring()
    RowWriter(run).append([(row(name, (0.4, 0.6)), b"x")])
    assert [one.name for one in found(run)[0]] == [name]


@pytest.mark.parametrize("cut", range(1, 200, 7))
def test_what_a_kill_cut_short_is_removed_and_written_again(cut):
    """The pictures of a batch are written first, so any of these lengths may be left."""
    run = scoring()
    RowWriter(run).append(pictured(PETS))
    whole = found(run)
    path = run.folder / ROWS
    path.write_bytes(path.read_bytes()[:-cut])
    writer = RowWriter(run)
    assert 0 < writer.count < len(PETS)
    writer.append(pictured(PETS)[writer.count :])
    assert found(run) == whole


def test_pictures_whose_rows_were_not_written_are_removed():
    run = scoring()
    RowWriter(run).append(pictured(PETS)[:2])
    size = (run.folder / THUMBNAILS).stat().st_size
    with (run.folder / THUMBNAILS).open("ab") as file:
        file.write(b"of a batch whose rows are missing")
    assert RowWriter(run).count == 2
    assert (run.folder / THUMBNAILS).stat().st_size == size


@pytest.mark.parametrize(
    "line", [b"", b"{}", b"[]", b"7", b"\xff\xfe", b'{"name": "a", "labels": "b"}', b"[" * 9999]
)
def test_nothing_behind_a_damaged_row_is_kept(line):
    run = scoring()
    RowWriter(run).append(pictured(PETS))
    lines = (run.folder / ROWS).read_bytes().split(b"\n")
    (run.folder / ROWS).write_bytes(b"\n".join([*lines[:3], line, *lines[4:]]))
    assert RowWriter(run).count == 3
    assert [one.name for one in found(run)[0]] == [one.name for one in PETS[:3]]


def test_scores_lose_nothing_that_could_be_seen():
    run = scoring()
    RowWriter(run).append([(row("a", (1 / 3, 2 / 3)), b"x")])
    assert found(run)[0][0].shares == pytest.approx((2 / 3, 1 / 3), abs=1e-9)


def test_a_deleted_run_is_a_sentence():
    run = scoring()
    writer = RowWriter(run)
    shutil.rmtree(run.folder)
    with pytest.raises(RunNotFound, match=run.id):
        writer.append(pictured(PETS))


def test_a_full_disk_is_a_sentence_and_the_next_attempt_goes_on(disk, monkeypatch):
    monkeypatch.setenv("TL_DATA_DIR", str(disk.folder))
    run = scoring()
    writer = RowWriter(run)
    writer.append(pictured(PETS)[:3])
    disk.fill(leave=100_000)
    with pytest.raises(DiskUnusable):
        for _ in range(100):
            writer.append([(row("x" * 200, (0.4, 0.6)), bytes(5000))])
    disk.clear()
    kept = RowWriter(run)
    assert 3 < kept.count < 100
    kept.append(pictured(PETS)[3:])
    names = [one.name for one in found(run)[0]]
    assert names[:3] + names[kept.count - 4 :] == [one.name for one in PETS]


def test_a_row_is_read_by_its_fields_alone():
    written = row("a", (0.25, 0.75), 1)
    assert Row.from_json(json.loads(json.dumps(written.to_json()))) == written
