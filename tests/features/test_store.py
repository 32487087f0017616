import dataclasses
import hashlib
import os
import time
from typing import Any

import numpy as np
import pytest

from tl_core.errors import SettingInvalid
from tl_core.features.quota import entries, make_room
from tl_core.features.store import FeatureEntry, Transform, last_change
from tl_core.machine import large_arrays

TRANSFORM = Transform(weights="w", cut="top", pooling="gap", size=160, preprocessing="p1")


@pytest.fixture(autouse=True)
def data_dir(tmp_path, monkeypatch):
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path))
    return tmp_path


def hashes(n, salt=""):
    return [hashlib.sha256(f"{salt}{i}".encode()).hexdigest() for i in range(n)]


def row(image):
    return np.frombuffer(bytes.fromhex(image), np.uint8)[:4].astype(np.float32)


def fill(entry):
    for shard in entry.missing_shards():
        entry.write_shard(shard, np.stack([row(image) for image in entry.shard_images(shard)]))
    entry.finish()
    return entry


def test_rows_come_back_in_the_order_asked_for_and_repeated_images_too():
    images = hashes(70)
    entry = fill(FeatureEntry(TRANSFORM, images))
    wanted = [images[5], images[69], images[5]]
    assert entry.read(wanted).tolist() == [row(image).tolist() for image in wanted]


def test_many_rows_are_mapped_from_a_file_and_are_the_same(monkeypatch, data_dir):
    images = hashes(70)
    entry = fill(FeatureEntry(TRANSFORM, images))
    in_memory = entry.read_groups([images[:40], images[30:]])
    monkeypatch.setattr(large_arrays, "MOST_IN_MEMORY", 100)
    mapped = entry.read_groups([images[:40], images[30:]])
    for ours, expected in zip(mapped, in_memory, strict=True):
        assert isinstance(ours, np.memmap) and not isinstance(expected, np.memmap)
        np.testing.assert_array_equal(ours, expected)


def test_the_same_images_are_named_once(monkeypatch):
    images = hashes(70, "named")
    first = FeatureEntry(TRANSFORM, images)
    named = []

    def noted(images):
        named.append(len(images))
        return "0" * 64

    monkeypatch.setattr("tl_core.features.store.files.sha256_of_json", noted)
    again = FeatureEntry(TRANSFORM, list(images))
    assert (again.folder, again.images, named) == (first.folder, first.images, [])
    assert FeatureEntry(TRANSFORM, images[1:]).folder != first.folder and named == [69]


def test_entry_does_not_depend_on_the_order_of_its_images_but_on_everything_else():
    images = hashes(3)
    folder = FeatureEntry(TRANSFORM, images).folder
    assert FeatureEntry(TRANSFORM, [*images[::-1], images[0]]).folder == folder
    assert FeatureEntry(TRANSFORM, images[:2]).folder != folder
    for name in ("weights", "cut", "pooling", "preprocessing", "precision", "augmentation"):
        change: dict[str, Any] = {name: "other"}
        changed = dataclasses.replace(TRANSFORM, **change)
        assert FeatureEntry(changed, images).folder != folder
    assert FeatureEntry(dataclasses.replace(TRANSFORM, size=161), images).folder != folder


def test_nothing_is_read_before_the_manifest_is_there():
    entry = FeatureEntry(TRANSFORM, hashes(40))
    entry.write_shard(0, np.zeros((32, 4), np.float32))
    assert entry.missing_shards() == [1]
    with pytest.raises(FileNotFoundError):
        entry.read(entry.images[:1])
    with pytest.raises(FileNotFoundError):
        entry.finish()


@pytest.mark.parametrize("harm", ["flip", "cut", "remove", "record"])
def test_damaged_shard_is_never_read_and_is_missing_afterwards(harm):
    entry = fill(FeatureEntry(TRANSFORM, hashes(40)))
    path = entry.folder / "shard-00001.npy"
    match harm:
        case "flip":
            data = bytearray(path.read_bytes())
            data[-1] ^= 1
            path.write_bytes(data)
        case "cut":
            path.write_bytes(path.read_bytes()[:-7])
        case "remove":
            path.unlink()
        case "record":
            path.with_suffix(".json").write_text("{}")
    with pytest.raises(FileNotFoundError):
        entry.read(entry.images)
    assert entry.missing_shards() == [1]
    assert not entry.complete
    assert len(fill(entry).read(entry.images)) == 40


@pytest.mark.parametrize(
    "rows",
    [
        np.zeros((3, 4), np.float32),  # not one for each image
        np.zeros((4, 4), np.float64),
        np.full((4, 4), np.nan, np.float32),
    ],
)
def test_rows_that_cannot_be_features_are_not_stored(rows):
    entry = FeatureEntry(TRANSFORM, hashes(4))
    with pytest.raises(ValueError, match="expected 4"):
        entry.write_shard(0, rows)
    assert entry.missing_shards() == [0]


def test_a_dataset_that_lost_images_borrows_all_its_rows():
    images = hashes(100)
    fill(FeatureEntry(TRANSFORM, images))
    fewer = FeatureEntry(TRANSFORM, images[::3])
    assert fewer.borrow() == len(fewer.images) and fewer.missing_shards() == []
    fewer.finish()
    assert fewer.read(fewer.images).tolist() == [row(image).tolist() for image in fewer.images]
    other = dataclasses.replace(TRANSFORM, cut="lower")
    assert FeatureEntry(other, images[::3]).borrow() == 0


def test_new_images_leave_only_themselves_to_be_computed():
    images = hashes(64)
    fill(FeatureEntry(TRANSFORM, images))
    more = FeatureEntry(TRANSFORM, [*images, *hashes(3, "new")])
    more.borrow()
    missing = more.missing_shards()
    assert missing  # a new image stands between the others
    lent = {image for shard in missing for image in more.lent(shard)}
    wanted = {image for shard in missing for image in more.shard_images(shard)}
    assert wanted - lent == set(hashes(3, "new"))


def test_nothing_is_borrowed_from_what_is_damaged_or_unfinished():
    images = hashes(64)
    lender = fill(FeatureEntry(TRANSFORM, images))
    (lender.folder / "shard-00000.npy").write_bytes(b"damaged")
    unfinished = FeatureEntry(TRANSFORM, hashes(10, "x"))
    unfinished.write_shard(0, np.stack([row(image) for image in unfinished.images]))
    fewer = FeatureEntry(TRANSFORM, [*images[:10], *hashes(5, "x")])
    lent = fewer.lent(0)
    assert lent.keys() == set(lender.shard_images(1)) & set(fewer.images)


def test_what_need_not_be_computed_is_counted_before_anything_is_read():
    images = hashes(70)
    before = last_change()
    entry = FeatureEntry(TRANSFORM, images)
    assert entry.count_kept() == 0
    entry.write_shard(1, np.stack([row(image) for image in entry.shard_images(1)]))
    assert entry.count_kept() == 32
    grown = last_change()
    assert grown != before
    assert fill(FeatureEntry(TRANSFORM, images)).count_kept() == 70
    assert last_change() != grown
    assert FeatureEntry(TRANSFORM, [*images[:10], *hashes(5, "x")]).count_kept() == 10
    assert FeatureEntry(dataclasses.replace(TRANSFORM, size=96), images).count_kept() == 0


def test_least_recently_used_entries_leave_first(monkeypatch):
    monkeypatch.setenv("TL_FEATURE_QUOTA_MB", "1")
    old, used, new = (fill(FeatureEntry(TRANSFORM, hashes(40, salt))) for salt in ("a", "b", "c"))
    for age, entry in ((300, old), (200, used), (100, new)):
        for file in entry.folder.iterdir():
            os.utime(file, (time.time() - age, time.time() - age))
    old.read(old.images)  # makes it the youngest
    size = {folder: size for folder, size, _ in entries()}
    make_room(
        1_000_000 - size[old.folder] - size[new.folder], keep=[FeatureEntry(TRANSFORM, hashes(1))]
    )
    assert (old.complete, used.folder.exists(), new.complete) == (True, False, True)


def test_entry_larger_than_the_quota_is_refused_and_nothing_is_removed(monkeypatch):
    monkeypatch.setenv("TL_FEATURE_QUOTA_MB", "1")
    other = fill(FeatureEntry(TRANSFORM, hashes(4)))
    with pytest.raises(SettingInvalid, match=r"2\.0 MB and 1\.0 MB"):
        make_room(2_000_000, keep=[FeatureEntry(TRANSFORM, hashes(8))])
    assert other.complete


def test_rows_can_be_made_smaller_as_they_are_read():
    """A feature map of every image need not be in memory for the mean of each."""
    images, seen = hashes(70), []

    def means(rows):
        seen.append(len(rows))
        return rows.mean(axis=1, keepdims=True)

    entry = fill(FeatureEntry(TRANSFORM, images))
    (found,) = entry.read_groups([images[::-1]], of_shard=means)
    assert found.tolist() == [[row(image).mean()] for image in images[::-1]]
    assert seen == [32, 32, 6]
