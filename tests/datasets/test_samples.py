"""Small pictures of what an archive holds, on one sheet: which ones, and where each stands."""

import io
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from PIL import Image

from tests.datasets.samples import jpeg, photo, quiet
from tl_core import images
from tl_core.datasets.bringing.entries import Entry
from tl_core.datasets.bringing.importer import read_entries
from tl_core.datasets.bringing.samples import COLUMNS, MOST, SIDE, sample_names, take_samples
from tl_core.errors import DatasetRefused, JobCancelled


def entries_of(content):
    return [
        Entry(name=name, size=len(data), read=partial(bytes, data))
        for name, data in content.items()
    ]


def classes(count, each=6):
    """Return photos in class folders, each photo another one."""
    return {
        f"class {label:03}/{n}.jpg": jpeg(photo(100 * label + n, 40))
        for label in range(count)
        for n in range(each)
    }


def plan_of(content):
    return read_entries(entries_of(content), quiet).plan


def names_by_class(names):
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(name.split("/")[0], []).append(name)
    return found


def test_four_pictures_of_each_class_are_taken():
    names = names_by_class(sample_names(plan_of(classes(5))))
    assert {label: len(set(found)) for label, found in names.items()} == {
        f"class {label:03}": 4 for label in range(5)
    }


def test_a_class_with_fewer_shows_all_that_it_has():
    content = classes(2) | {f"few/{n}.jpg": jpeg(photo(900 + n, 40)) for n in range(2)}
    assert sorted(names_by_class(sample_names(plan_of(content)))["few"]) == [
        "few/0.jpg",
        "few/1.jpg",
    ]


@pytest.mark.parametrize(("count", "each"), [(40, 4), (41, 3), (70, 2), (100, 1)])
def test_many_classes_show_fewer_and_all_show_some(count, each):
    names = names_by_class(sample_names(plan_of(classes(count))))
    assert len(names) == count and {len(found) for found in names.values()} == {each}
    assert sum(map(len, names.values())) <= MOST


def test_parts_of_a_class_share_its_four():
    content = {
        f"{part}/{label}/{n}.jpg": jpeg(photo(1000 * p + 100 * c + n, 40))
        for p, part in enumerate(("train", "val", "test"))
        for c, label in enumerate(("cats", "dogs"))
        for n in range(5)
    }
    names = sample_names(plan_of(content))
    assert len(names) == 8
    for label in ("cats", "dogs"):
        parts = {name.split("/")[0] for name in names if f"/{label}/" in name}
        assert len(parts) > 1


def test_what_is_left_out_is_not_shown():
    plan = plan_of(classes(3))
    (reading, *_) = plan.readings
    cells = tuple(replace(cell, used=cell.class_name != "class 001") for cell in reading.cells)
    unused = replace(plan, readings=(replace(reading, cells=cells),))
    assert set(names_by_class(sample_names(unused))) == {"class 000", "class 002"}


@pytest.mark.parametrize("count", [2, 5, 25])
def test_each_name_stands_where_its_picture_is(count):
    content = classes(count)
    samples = take_samples(plan_of(content), entries_of(content), quiet)
    sheet = np.asarray(Image.open(io.BytesIO(samples.sheet)).convert("RGB"), dtype=int)
    across = min(len(samples.names), COLUMNS)
    down = -(-len(samples.names) // COLUMNS)
    assert sheet.shape == (down * SIDE, COLUMNS * SIDE, 3) and across <= COLUMNS
    assert len(samples.names) == len(set(samples.names)) == 4 * count
    wanted = {
        name: images.model_input(content[name], name, SIDE).astype(int) for name in samples.names
    }
    for place, name in enumerate(samples.names):
        top, left = place // COLUMNS * SIDE, place % COLUMNS * SIDE
        shown = sheet[top : top + SIDE, left : left + SIDE]
        # The sheet is lossy: the picture is near, and no other is as near.
        distances = {other: np.abs(shown - picture).mean() for other, picture in wanted.items()}
        assert min(distances, key=distances.__getitem__) == name and distances[name] < 4


def test_a_picture_that_cannot_be_read_is_left_out_and_the_others_keep_their_places():
    content = classes(2, each=4)
    good = take_samples(plan_of(content), entries_of(content), quiet)
    damaged = good.names[1]
    found = take_samples(
        plan_of(content), entries_of(content | {damaged: b"\xff\xd8\xff x"}), quiet
    )
    assert found.names == tuple(name for name in good.names if name != damaged)
    sheet = np.asarray(Image.open(io.BytesIO(found.sheet)).convert("RGB"), dtype=int)
    for place, name in enumerate(found.names):
        wanted = images.model_input(content[name], name, SIDE).astype(int)
        assert np.abs(sheet[:SIDE, place * SIDE : (place + 1) * SIDE] - wanted).mean() < 4


def test_a_set_without_any_readable_picture_has_no_sheet():
    content = dict.fromkeys(classes(2), b"\xff\xd8\xff damaged")
    samples = take_samples(plan_of(content), entries_of(content), quiet)
    assert (samples.names, samples.sheet) == ((), b"")


def test_a_file_larger_than_an_image_may_be_is_not_read(monkeypatch):
    content = classes(2)
    plan = plan_of(content)
    first = sample_names(plan)[0]
    monkeypatch.setenv("TL_MAX_IMAGE_MB", "1")
    entries = [
        replace(one, size=10**7, read=lambda: pytest.fail("it was read"))
        if one.name == first
        else one
        for one in entries_of(content)
    ]
    assert first not in take_samples(plan, entries, quiet).names


def test_a_bomb_ends_it():
    def refuse():
        raise DatasetRefused("The archive unpacks to too much.")

    content = classes(2)
    entries = [replace(one, read=refuse) for one in entries_of(content)]
    with pytest.raises(DatasetRefused):
        take_samples(plan_of(content), entries, quiet)


def test_stop_and_progress_reach_every_picture():
    content = classes(2)
    calls: list[tuple[int, int, str]] = []
    take_samples(plan_of(content), entries_of(content), lambda *call: calls.append(call))
    assert [call[:2] for call in calls] == [(n, 8) for n in range(9)]

    def stop(done, total, message):
        if done == 5:
            raise JobCancelled("Stopped.")

    with pytest.raises(JobCancelled):
        take_samples(plan_of(content), entries_of(content), stop)
