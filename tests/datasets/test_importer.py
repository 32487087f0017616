import io
import os
import random
import re
import sys
import threading
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image

from tests.datasets.importing import import_files, import_folder, placed_in_memory
from tests.datasets.samples import (
    StopAt,
    cats_and_dogs,
    names_on_disk,
    picture,
    pictures,
    quiet,
    write_folder,
    zip_bytes,
)
from tests.disks import new_disk
from tl_core import files
from tl_core.datasets.bringing import gathering, importer
from tl_core.datasets.bringing.archive import import_archive
from tl_core.datasets.bringing.entries import Entry
from tl_core.datasets.bringing.importer import import_placed, index_folder
from tl_core.datasets.bringing.staging import Staging, new_token
from tl_core.datasets.catalogue import datasets_dir, get_dataset
from tl_core.datasets.reading.listing import Place
from tl_core.errors import DatasetRefused, DiskUnusable, JobCancelled


def index(tmp_path, content):
    return index_folder(write_folder(tmp_path / "pets", content), "Pets", quiet)


def catalogue_content():
    return sorted(path.name for path in datasets_dir().glob("*"))


def test_class_folders_become_a_dataset(tmp_path):
    pets = index(tmp_path, cats_and_dogs())
    assert pets.class_names == ("cats", "dogs")
    assert pets.count_by_class == {"cats": 5, "dogs": 5}
    assert pets.skipped == ()
    read = {image.path: pets.read(image) for image in pets.images}
    assert read == cats_and_dogs()
    assert names_on_disk(pets.folder) == sorted(cats_and_dogs())  # nothing was written


def test_parts_are_kept_with_each_image(tmp_path):
    content = cats_and_dogs("x/Train/") | {
        "x/VAL/cats/7.png": picture(7),
        "x/VAL/dogs/8.png": picture(8),
    }
    pets = index(tmp_path, content)
    parts = {image.path: image.part for image in pets.images}
    assert parts.pop("x/VAL/cats/7.png") == parts.pop("x/VAL/dogs/8.png") == "validation"
    assert set(parts.values()) == {"train"}


def test_class_names_are_in_natural_order(tmp_path):
    content = pictures("class 10") | pictures("class 9", start=20) | pictures("Class 1", start=40)
    assert index(tmp_path, content).class_names == ("Class 1", "class 9", "class 10")


def test_files_that_are_no_images_are_left_out_and_listed(tmp_path):
    content = cats_and_dogs() | {
        "cats/notes.txt": b"cute",
        "cats/cut.png": picture(9)[:-30],  # truncated: only a full decode notices
        "dogs/empty.jpg": b"",
        "stray.png": picture(10),
        "cats/.hidden.png": picture(11),  # nobody means it: not even listed
    }
    pets = index(tmp_path, content)
    assert pets.count_by_class == {"cats": 5, "dogs": 5}
    names = [skipped.name for skipped in pets.skipped]
    assert names == ["cats/cut.png", "dogs/empty.jpg"]
    assert "damaged" in str(pets.skipped[0].sentence)
    assert "empty" in str(pets.skipped[1].sentence)
    assert sorted(map(str, pets.account)) == [
        "Files that are no photos: 1, cats/notes.txt for example.",
        "Photos that are not inside a class folder: 1, stray.png for example.",
    ]


def test_a_copy_in_the_same_class_is_kept(tmp_path):
    pets = index(tmp_path, cats_and_dogs() | {"cats/copy.png": picture(0)})
    assert pets.count_by_class == {"cats": 6, "dogs": 5}
    assert pets.skipped == ()


def test_one_picture_in_two_classes_is_left_out_of_both(tmp_path):
    # the same pixels in another file format, so that the files differ
    content = cats_and_dogs() | {"cats/x.png": picture(50), "dogs/y.bmp": picture(50, "BMP")}
    pets = index(tmp_path, content)
    assert pets.count_by_class == {"cats": 5, "dogs": 5}
    assert [skipped.name for skipped in pets.skipped] == ["cats/x.png", "dogs/y.bmp"]
    first = pets.skipped[0]
    assert first.sentence.values == {
        "name": "cats/x.png",
        "other": "dogs/y.bmp",
        "other_class": "dogs",
    }
    assert "dogs/y.bmp of class dogs" in str(first.sentence)


def test_a_contradiction_is_not_left_on_disk(tmp_path):
    content = cats_and_dogs() | {"cats/x.png": picture(50), "dogs/y.png": picture(50)}
    pets = import_folder(write_folder(tmp_path / "pets", content), "Pets", quiet)
    wanted = {image.path for image in pets.images}
    assert set(names_on_disk(pets.folder)) == wanted | {"dataset.json", "plan.json"}
    assert len(wanted) == 10


def test_decomposed_and_composed_names_are_one_class():
    content = {"\u110b\u1162": [1, 2, 3], "\uc560": [4, 5], "dogs": range(10, 15)}
    draft = Staging(new_token())
    for name, numbers in content.items():
        for number in numbers:
            draft.add(name, f"{number}.png", picture(number))
    pets = import_placed(draft.placed(), "Pets", quiet)
    assert pets.count_by_class == {"dogs": 5, "\uc560": 5}


def test_a_class_that_lacks_images_is_told_the_reason_that_most_of_its_files_share(tmp_path):
    left_out = {f"foxes/empty{i}.jpg": b"" for i in range(2)} | damaged("foxes", 1)
    content = cats_and_dogs() | pictures("foxes", 4, 200) | left_out | damaged("cats", 3)
    with pytest.raises(DatasetRefused) as refused:
        index(tmp_path, content)
    assert "class foxes has only 4 of the 5" in str(refused.value)
    assert str(refused.value.sentence.because).startswith("foxes/empty0.jpg is empty")


def damaged(folder, count):
    return {f"{folder}/bad{i}.jpg": b"\xff\xd8\xff damaged" for i in range(count)}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({}, "There are no photos in it"),
        ({"1.png": picture(1), "2.png": picture(2)}, "2 photos were found, .*no label"),
        ({"cats/notes.txt": b"x"}, "Among 1 files there is no photo that can be used"),
        (pictures("cats"), "All 5 photos are in one folder, cats"),
        (cats_and_dogs() | pictures("foxes", 4, 200), "class foxes has only 4 of the 5 usable"),
        # a contradiction may take the fifth image away
        (cats_and_dogs() | pictures("foxes", 5, 4), "class cats has only 4 of"),
        # enough images, too few of them to learn from
        (
            cats_and_dogs("train/") | pictures("val/foxes", 9, 200) | pictures("train/foxes", 2),
            "class foxes has",
        ),
        (
            cats_and_dogs() | damaged("cats", 11),
            "11 of 21 images cannot be used. .*: cats/bad0.jpg ",
        ),
        (cats_and_dogs() | pictures("x" * 81, 5, 200), "has 81 characters"),
    ],
)
def test_what_cannot_teach_is_refused(tmp_path, content, message):
    (tmp_path / "pets").mkdir()
    with pytest.raises(DatasetRefused, match=message):
        index(tmp_path, content)
    with pytest.raises(DatasetRefused, match=message):
        import_folder(tmp_path / "pets", "Pets", quiet)
    assert catalogue_content() == []


@pytest.mark.parametrize(
    "content",
    [
        cats_and_dogs() | damaged("cats", 10),  # exactly half
        cats_and_dogs()
        | {f"cats/{i}.txt": b"x" for i in range(30)},  # no images, and no claim to be
        cats_and_dogs() | {"labels/1.txt": b"x"},  # a folder without images is no class
        cats_and_dogs() | pictures("x" * 80, 5, 200),
    ],
)
def test_what_can_teach_just_so_is_accepted(tmp_path, content):
    assert index(tmp_path, content).count_by_class["cats"] == 5


@pytest.mark.parametrize(
    ("variable", "message"),
    [
        ("TL_MAX_CLASSES", "There are 3 classes; at most 2"),
        ("TL_MAX_DATASET_FILES", "There are 15 files; at most 14"),
        ("TL_MAX_DATASET_MB", "more than 1 MB"),
    ],
)
def test_limits_are_exact(tmp_path, monkeypatch, variable, message):
    content = cats_and_dogs() | pictures("foxes", 5, 200)
    content["cats/0.png"] = picture(0) + bytes(10**6)
    allowed = {"TL_MAX_CLASSES": 3, "TL_MAX_DATASET_FILES": 15, "TL_MAX_DATASET_MB": 2}[variable]
    monkeypatch.setenv(variable, str(allowed))
    assert len(index(tmp_path, content).images) == 15
    monkeypatch.setenv(variable, str(allowed - 1))
    with pytest.raises(DatasetRefused, match=message):
        index(tmp_path, content)


def test_a_huge_file_is_left_out_without_being_read(tmp_path):
    content = cats_and_dogs() | {"cats/film.png": b""}
    folder = write_folder(tmp_path / "pets", content)
    os.truncate(
        folder / "cats/film.png", 2 * 10**12
    )  # a sparse file: reading it would take all memory
    skipped = index_folder(folder, "Pets", quiet).skipped
    assert [one.name for one in skipped] == ["cats/film.png"]
    assert "2,000,000 MB" in str(skipped[0].sentence)


def test_links_are_not_followed(tmp_path):
    outside = write_folder(tmp_path / "outside", {"a.png": picture(70)})
    folder = write_folder(tmp_path / "pets", cats_and_dogs())
    (folder / "cats" / "link.png").symlink_to(outside / "a.png")
    (folder / "foxes").symlink_to(outside)
    os.mkfifo(folder / "dogs" / "pipe.png")  # reading it would wait for ever
    pets = import_folder(folder, "Pets", quiet)
    assert pets.count_by_class == {"cats": 5, "dogs": 5}


def test_a_file_that_may_not_be_named_in_an_index_is_not_indexed(tmp_path):
    folder = write_folder(tmp_path / "pets", cats_and_dogs() | {"cats/a\\b.png": picture(60)})
    assert index_folder(folder, "Pets", quiet).count_by_class["cats"] == 5


def test_one_content_is_one_dataset_however_it_comes(tmp_path, zip_file):
    content = cats_and_dogs()
    folder = import_folder(write_folder(tmp_path / "pets", content), "Pets", quiet)
    pairs = list(content.items())
    random.Random(0).shuffle(pairs)
    packed = import_archive(zip_file(zip_bytes([(f"w/{n}", d) for n, d in pairs])), "Pets", quiet)
    by_class = {
        name: [(n, d) for n, d in content.items() if n.startswith(name)]
        for name in ("dogs", "cats")
    }
    in_memory = import_files(by_class, " Pets ", quiet)
    assert folder == packed == in_memory == get_dataset(folder.id)
    assert folder.id == folder.fingerprint[:16]
    assert catalogue_content() == [folder.id]
    other = import_folder(
        write_folder(tmp_path / "pets", {"cats/9.png": picture(9)}), "Pets", quiet
    )
    assert catalogue_content() == sorted([folder.id, other.id])


def test_file_names_on_disk_come_from_the_content(tmp_path):
    content = cats_and_dogs() | {"cats/a\nb.sh": picture(60), "cats/UPPER.PNG": picture(61)}
    pets = import_folder(write_folder(tmp_path / "pets", content), "Pets", quiet)
    for image in pets.images:
        stem, _, suffix = image.path.removeprefix("images/").partition(".")
        assert stem == image.sha256[:32]
        assert suffix in ("png", "")


def test_two_imports_of_the_same_images_at_once_are_one_dataset(tmp_path):
    folder = write_folder(tmp_path / "pets", cats_and_dogs())
    together = threading.Barrier(4)

    def wait(done, total, message):
        if done == total:
            together.wait(20)

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda number: import_folder(folder, "Pets", wait), range(4)))
    assert made == [get_dataset(made[0].id)] * 4
    assert catalogue_content() == [made[0].id]


@pytest.mark.parametrize("damage", ["index", "image"])
def test_importing_again_repairs_a_damaged_dataset(tmp_path, damage):
    folder = write_folder(tmp_path / "pets", cats_and_dogs())
    pets = import_folder(folder, "Pets", quiet)
    path = pets.folder / ("dataset.json" if damage == "index" else pets.images[0].path)
    path.unlink()
    again = import_folder(folder, "Pets", quiet)
    assert again == pets
    assert [again.read(image) for image in again.images]
    assert catalogue_content() == [pets.id]


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("  My\tpets \u202e", "My pets"),
        ("x" * 200, "x" * 80),
        (" \u200b ", "Untitled dataset"),
    ],
)
def test_titles_are_cleaned(tmp_path, title, expected):
    folder = write_folder(tmp_path / "pets", cats_and_dogs())
    assert index_folder(folder, title, quiet).title == expected


def test_progress_counts_every_file_and_ends_complete(tmp_path):
    calls = []
    content = cats_and_dogs() | {"cats/bad.png": b"x"}
    folder = write_folder(tmp_path / "pets", content)
    import_folder(folder, "Pets", lambda *call: calls.append(call))
    messages = ["Looking at the files", "Telling masks from photos", "Reading the images"]
    assert list(dict.fromkeys(message for _, _, message in calls)) == messages
    for message in messages:
        of_phase = [call[:2] for call in calls if call[2] == message]
        assert of_phase[0] == (0, 11) and of_phase[-1] == (11, 11)
        assert of_phase == sorted(of_phase)


@pytest.mark.parametrize("call", range(36))
def test_cancel_at_any_call_leaves_nothing(tmp_path, call):
    cancel = StopAt(call)
    folder = write_folder(tmp_path / "pets", cats_and_dogs() | {"cats/bad.png": b"x"})
    with pytest.raises(JobCancelled):
        import_folder(folder, "Pets", cancel)
    assert len(cancel.done) == call + 1
    assert catalogue_content() == []
    assert not [t.name for t in threading.enumerate() if t.name.startswith("decode")]


def test_progress_goes_on_while_one_large_photo_is_decoded(tmp_path, monkeypatch):
    monkeypatch.setattr(gathering, "SECONDS_BETWEEN_CALLS", 0.005)
    file = io.BytesIO()
    Image.new("L", (4000, 4000), 7).save(file, "PNG", compress_level=1)
    calls = []
    folder = write_folder(tmp_path / "pets", cats_and_dogs() | {"cats/large.png": file.getvalue()})
    pets = index_folder(folder, "Pets", lambda *call: calls.append(call))
    assert len(pets.images) == 11
    assert len(calls) > 12  # more than one a file


def test_stop_does_not_wait_for_the_files_that_were_handed_over_together(tmp_path):
    file = io.BytesIO()
    Image.new("1", (6000, 6000)).save(file, "PNG")
    # Small on disk, so that many go to a thread at once, and slow to decode.
    assert gathering.BYTES_TOGETHER / len(file.getvalue()) > 30
    slow = {f"{label}/{n}.png": file.getvalue() for label in ("cats", "dogs") for n in range(60)}
    calls = []

    def stop(done, total, message):
        calls.append(time.monotonic())
        if len(calls) > 1:  # the first comes before anything is read
            raise JobCancelled("Stopped.")

    folder = write_folder(tmp_path / "pets", slow)
    with pytest.raises(JobCancelled):
        index_folder(folder, "Pets", stop)
    assert time.monotonic() - calls[1] < 1.5


def unusual():
    """Files of all kinds: small and large, damaged, twice there, and in two classes."""
    noise = random.Random(0)
    content = {}
    for number in range(150):
        name = f"{noise.choice(('cats', 'dogs', 'foxes'))}/{number}.{noise.choice(('png', 'jpg'))}"
        kind = noise.choice(("PNG", "JPEG", "BMP"))
        good = picture(noise.randrange(120), kind, side=noise.choice((6, 6, 300)))
        damaged = noise.choice((good[:-40], b"", b"no image", good))
        content[name] = damaged if noise.random() < 0.3 else good
    return content


def test_the_result_does_not_depend_on_threads_and_how_files_are_handed_over(monkeypatch):
    content = unusual()
    placed = placed_in_memory(
        {
            label: [(n.partition("/")[2], d) for n, d in content.items() if n.startswith(label)]
            for label in ("cats", "dogs", "foxes")
        }
    )
    found = []
    interval = sys.getswitchinterval()
    try:
        for threads, together, seconds in (
            (1, 1, interval),
            (4, 1, 1e-6),
            (4, 7, 1e-6),
            (3, 64, 1),
        ):
            monkeypatch.setattr(os, "cpu_count", lambda threads=threads: threads)
            monkeypatch.setattr(gathering, "FILES_TOGETHER", together)
            sys.setswitchinterval(seconds)
            kept: list[str] = []

            def keep(entry, sha256, data, kept=kept):
                kept.append(entry.name)
                return f"images/{sha256}"

            names = ("cats", "dogs", "foxes")
            found.append((kept, *gathering.read_images(placed, names, keep, quiet)))
    finally:
        sys.setswitchinterval(interval)
    reasons = {one.sentence.template.partition(" ")[2] for one in found[0][2]}
    assert len(reasons) > 3 and len(found[0][1]) > 50  # of every kind there is something
    assert found[1:] == [found[0]] * 3


def test_an_import_holds_few_of_its_files(tmp_path):
    noise = {
        f"{label}/{number}.bmp": picture(number + start, "BMP", side=800)
        for label, start in (("cats", 0), ("dogs", 100))
        for number in range(20)
    }
    sizes = sum(map(len, noise.values()))
    folder = write_folder(tmp_path / "pets", noise)
    noise.clear()
    tracemalloc.start()
    try:
        assert len(import_folder(folder, "Pets", quiet).images) == 40
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert sizes > 75e6 and peak < gathering.MOST_AHEAD + 20e6


@pytest.mark.parametrize(
    ("most_ahead", "together", "most"), [(10**6, 1, 9), (10**6, 4, 36), (1, 1, 1), (1, 256, 1)]
)
def test_large_files_wait_on_disk_until_others_are_decoded(monkeypatch, most_ahead, together, most):
    monkeypatch.setattr(gathering, "MOST_AHEAD", most_ahead)
    monkeypatch.setattr(gathering, "FILES_TOGETHER", together)
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    read, held = [], []
    kept: list[str] = []

    def entry(name, data):
        def load():
            read.append(name)
            held.append(len(read) - len(kept))
            return data

        return Entry(name=name, size=len(data), read=load)

    def keep(entry, sha256, data):
        kept.append(entry.name)
        return f"images/{sha256}.png"

    content = pictures("cats", 20) | pictures("dogs", 20, start=100)
    placed = [(entry(*item), Place(item[0].partition("/")[0], "")) for item in content.items()]
    gathered = gathering.gather(placed, keep, quiet)
    assert len(gathered.images) == 40
    assert max(held) == most


def test_an_import_leaves_disk_space_free(tmp_path, monkeypatch):
    folder = write_folder(tmp_path / "pets", cats_and_dogs())
    monkeypatch.setattr(importer, "RESERVED_BYTES", 10**18)
    with pytest.raises(
        DiskUnusable, match=r"The disk of .*data \(TL_DATA_DIR\) has [\d,.]+ MB left"
    ):
        import_folder(folder, "Pets", quiet)
    assert catalogue_content() == []


@pytest.fixture
def roomy_disk(tmp_path):
    """A disk with a little more room than an import must leave."""
    yield from new_disk(tmp_path / "roomy", megabytes=210)


def test_a_disk_that_lacks_a_little_is_said_to_lack_something(roomy_disk):
    folder = roomy_disk.folder
    importer.check_free_space(folder, roomy_disk.free - importer.RESERVED_BYTES)
    with pytest.raises(DiskUnusable) as refused:
        importer.check_free_space(folder, roomy_disk.free - importer.RESERVED_BYTES + 1)
    left, needed = map(float, re.findall(r"([\d.]+) MB", str(refused.value)))
    assert left < needed < left + 0.21


def test_a_disk_that_fills_up_during_the_import(tmp_path, small_disk):
    folder = write_folder(tmp_path / "pets", cats_and_dogs())
    small_disk.fill(leave=30_000)
    with pytest.raises(DiskUnusable, match=f"The disk is full.*{small_disk.folder}"):
        import_folder(folder, "Pets", quiet)
    assert catalogue_content() == []
    small_disk.clear()
    assert import_folder(folder, "Pets", quiet).count_by_class == {"cats": 5, "dogs": 5}


def test_a_dataset_in_the_catalogue_is_whole_after_losing_power(tmp_path, monkeypatch, drive_of):
    drive = drive_of(room=100)
    folder = write_folder(tmp_path / "pets", cats_and_dogs() | {"cats/same.png": picture(0)})
    pets = import_folder(folder, "Pets", quiet)
    with drive.after_losing_power() as found:
        monkeypatch.setenv("TL_DATA_DIR", str(found / "data"))
        after = get_dataset(pets.id)
        assert (after.fingerprint, len(after.images)) == (pets.fingerprint, 11)
        assert [after.read(image) for image in after.images]


def test_a_drive_that_loses_what_it_took_makes_no_dataset(tmp_path, drive_of):
    drive = drive_of(room=6)
    large = {name: data + os.urandom(10**6) for name, data in cats_and_dogs().items()}
    with pytest.raises(DiskUnusable, match=str(drive.folder)):
        import_folder(write_folder(tmp_path / "pets", large), "Pets", quiet)
    # By now such a drive may take nothing more, so that even what was begun stays there.
    assert all(name.startswith(files.TEMPORARY) for name in catalogue_content())


def test_a_zip_on_a_full_disk_is_not_called_damaged(zip_file, small_disk):
    path = zip_file(zip_bytes(cats_and_dogs()))
    small_disk.fill(leave=30_000)
    with pytest.raises(DiskUnusable, match="The disk is full"):
        import_archive(path, "Pets", quiet)
    assert catalogue_content() == []


def test_nothing_is_imported_to_a_read_only_disk(tmp_path, small_disk):
    small_disk.make_read_only()
    with pytest.raises(DiskUnusable, match="read-only"):
        import_folder(write_folder(tmp_path / "pets", cats_and_dogs()), "Pets", quiet)
