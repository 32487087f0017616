import io
import os
import random
import signal
import stat
import struct
import subprocess
import sys
import unicodedata
import warnings
import zipfile
from pathlib import Path

import pytest

from tests.datasets.archives.packing import tar_bytes
from tests.datasets.samples import (
    cats_and_dogs,
    directory_headers,
    local_headers,
    names_on_disk,
    picture,
    pictures,
    quiet,
    write_folder,
    zip_bytes,
)
from tests.pace import within
from tl_core.datasets.bringing.archive import import_archive, list_places
from tl_core.datasets.bringing.importer import index_folder
from tl_core.datasets.catalogue import datasets_dir, get_dataset, list_datasets
from tl_core.datasets.reading.listing import Place
from tl_core.errors import DatasetRefused, JobCancelled
from tl_core.housekeeping import sweep

ZEROS = bytes(9 * 10**6)


def set_flag(content, bit):
    """Set a flag bit in every header, as a program that uses that feature would."""
    patched = bytearray(content)
    for offset, headers in ((6, local_headers(content)), (8, directory_headers(content))):
        for start in headers:
            (flags,) = struct.unpack_from("<H", patched, start + offset)
            struct.pack_into("<H", patched, start + offset, flags | bit)
    return bytes(patched)


def said_of(dataset):
    return [str(one) for one in dataset.account]


def catalogue_content():
    return sorted(path.name for path in datasets_dir().glob("*"))


def test_a_zip_becomes_the_dataset_that_its_folder_is(tmp_path, zip_file):
    content = cats_and_dogs("pets/train/") | pictures("pets/val/cats", 2, 50)
    packed = import_archive(zip_file(zip_bytes(content)), "Pets", quiet)
    folder = index_folder(write_folder(tmp_path / "x", content), "Pets", quiet)
    assert packed.fingerprint == folder.fingerprint
    assert packed == get_dataset(packed.id)
    assert sorted(packed.read(i) for i in packed.images) == sorted(content.values())
    assert packed.count_by_class == {"cats": 7, "dogs": 5}


@pytest.mark.parametrize("mode", ["", "gz", "bz2", "xz"])
def test_a_tar_becomes_the_dataset_that_its_folder_is(tmp_path, zip_file, mode):
    content = cats_and_dogs("pets/train/") | pictures("pets/val/cats", 2, 50)
    folder = index_folder(write_folder(tmp_path / "x", content), "Pets", quiet)
    for packed in (tar_bytes(content, mode), zip_bytes({"pets.zip": tar_bytes(content, mode)})):
        pets = import_archive(zip_file(packed), "Pets", quiet)
        assert pets.fingerprint == folder.fingerprint
        assert sorted(pets.read(i) for i in pets.images) == sorted(content.values())
        assert pets.skipped == ()


def test_junk_in_a_zip_is_ignored_silently(zip_file):
    content = cats_and_dogs("pets/") | {
        "__MACOSX/pets/cats/._0.png": b"\0\5\x16\7 resource fork",
        "pets/.DS_Store": b"x",
        "pets/cats/Thumbs.db": b"x",
        "pets/cats/._1.png": b"x",
        "pets/readme.txt": b"x",
    }
    pets = import_archive(zip_file(zip_bytes(content)), "Pets", quiet)
    assert pets.skipped == ()
    assert len(pets.images) == 10


def test_a_zip_in_a_zip_is_opened_and_one_in_that_is_not(zip_file):
    inner = zip_bytes(pictures("more", 9, 300) | {"deep.zip": zip_bytes(pictures("x", 9, 400))})
    pets = import_archive(
        zip_file(zip_bytes(cats_and_dogs() | {"cats/more.zip": inner})), "Pets", quiet
    )
    assert pets.count_by_class == {"cats": 14, "dogs": 5}
    assert pets.skipped == ()
    assert said_of(pets) == ["Files that are no photos: 1, cats/more/deep.zip for example."]
    whole = zip_bytes({"all.zip": zip_bytes(cats_and_dogs())})
    assert import_archive(zip_file(whole), "Pets", quiet).count_by_class == {"cats": 5, "dogs": 5}


@pytest.mark.parametrize(
    "name",
    [
        "../../outside/a.png",
        "/tmp/outside/a.png",
        "cats/../../a.png",
        "..\\..\\outside\\a.png",
        "C:\\outside\\a.png",
        "\\\\server\\share\\a.png",
        b"cats/\0a.png",
        "cats/" + "x" * 5000 + ".png",  # longer than a file name may be
        "cats/con",  # a device on Windows
        "cats/nul.png",
    ],
)
def test_no_name_in_a_zip_reaches_the_disk(tmp_path, zip_file, name):
    before = set(names_on_disk(tmp_path))
    # enough of them, so that a folder of such a name is accepted as a class
    hostile = [(name, picture(60 + i)) for i in range(5)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the same name five times
        content = zip_bytes([*cats_and_dogs().items(), *hostile])
    pets = import_archive(zip_file(content), "Pets", quiet)
    told = sum(int(one.values["count"]) for one in pets.account)
    assert len(pets.images) + len(pets.skipped) + told == 15
    prefix = pets.folder.relative_to(tmp_path).as_posix()
    new = set(names_on_disk(tmp_path)) - before - {"upload.zip"}
    assert {one.rpartition("/")[0] for one in new} == {prefix, f"{prefix}/images"}
    assert {one.rpartition("/")[2] for one in new} == {"dataset.json", "plan.json"} | {
        image.path.removeprefix("images/") for image in pets.images
    }


def test_links_in_a_zip_are_not_followed(zip_file):
    file = io.BytesIO(zip_bytes(cats_and_dogs()))
    with zipfile.ZipFile(file, "a") as archive:
        link = zipfile.ZipInfo("cats/link.png")
        link.create_system = 3
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    pets = import_archive(zip_file(file.getvalue()), "Pets", quiet)
    assert len(pets.images) == 10
    assert "is a link to another file" in str(pets.skipped[0].sentence)


def test_two_files_of_the_same_name_are_both_read(zip_file):
    pairs = [*cats_and_dogs().items(), ("cats/x.png", picture(60)), ("cats/X.png", picture(61))]
    with pytest.warns(UserWarning, match="Duplicate name"):
        content = zip_bytes([*pairs, ("cats/x.png", picture(62))])
    pets = import_archive(zip_file(content), "Pets", quiet)
    assert pets.count_by_class == {"cats": 8, "dogs": 5}


KOREAN = ("고양이", "강아지")


def decomposed(name):
    return unicodedata.normalize("NFD", name)


@pytest.mark.parametrize(
    ("encode", "classes"),
    [
        # a modern zip: UTF-8, and says so
        (lambda name: name, KOREAN),
        # Korean Windows: cp949, does not say so
        (lambda name: name.encode("cp949"), KOREAN),
        # macOS: UTF-8, does not say so
        (lambda name: name.encode(), KOREAN),
        # macOS: letters taken apart, in UTF-8 without saying so
        (lambda name: decomposed(name).encode(), KOREAN),
        # the same for Western names, whose bytes spell common syllables in cp949
        (lambda name: name.encode(), ("café", "thé vert")),
        # old Western DOS
        (lambda name: name.encode("cp437"), ("Füchse", "Bären")),
        (lambda name: name.encode("cp437"), ("éléphants", "ñandús")),
        # neither Korean nor UTF-8: garbled, but every file is read
        (lambda name: name.encode("latin-1"), ("\xfc\xfe\xfd", "\xe9t\xe9")),
    ],
)
def test_names_are_decoded_as_they_were_meant(zip_file, encode, classes):
    pairs = [
        (
            encode(f"{name}/사진 {i}.png" if name in KOREAN else f"{name}/{i}.png"),
            picture(10 * label + i),
        )
        for label, name in enumerate(classes)
        for i in range(5)
    ]
    pets = import_archive(zip_file(zip_bytes(pairs)), "Pets", quiet)
    assert len(pets.images) == 10
    if classes[0] != "\xfc\xfe\xfd":
        assert set(pets.class_names) == set(classes)


def test_a_rare_syllable_does_not_break_korean_names(zip_file):
    pairs = [
        (f"{name}/{i}.png".encode("cp949"), picture(10 * label + i))
        for label, name in enumerate(
            ("똠방각하 펲시콜라", "개")
        )  # the first and third are not in KS X 1001
        for i in range(5)
    ]
    pets = import_archive(zip_file(zip_bytes(pairs)), "Pets", quiet)
    assert set(pets.class_names) == {"똠방각하 펲시콜라", "개"}


def test_one_class_named_by_two_systems_is_one_class(zip_file):
    assert decomposed("고양이") != "고양이"
    pairs = [(f"고양이/{i}.png", picture(i)) for i in range(3)]
    pairs += [(f"{decomposed('고양이')}/{i}.png", picture(10 + i)) for i in range(2)]
    pairs += [(f"개/{i}.png", picture(20 + i)) for i in range(5)]
    assert import_archive(zip_file(zip_bytes(pairs)), "Pets", quiet).count_by_class == {
        "개": 5,
        "고양이": 5,
    }


def broken_checksum():
    """A zip in which one file's bytes were changed after packing."""
    content = bytearray(
        zip_bytes(cats_and_dogs() | {"cats/z.png": picture(60)}, zipfile.ZIP_STORED)
    )
    content[content.find(picture(60)) + 50] ^= 1
    return bytes(content)


def test_a_damaged_file_is_left_out_and_the_rest_is_read(zip_file):
    pets = import_archive(zip_file(broken_checksum()), "Pets", quiet)
    assert len(pets.images) == 10
    assert [one.name for one in pets.skipped] == ["cats/z.png"]
    assert "damaged inside the zip" in str(pets.skipped[0].sentence)


def test_an_unusual_packing_method_is_explained(zip_file):
    content = bytearray(zip_bytes([*cats_and_dogs().items(), ("cats/z.png", picture(60))]))
    for offset, headers in ((8, local_headers), (10, directory_headers)):
        struct.pack_into("<H", content, headers(bytes(content))[-1] + offset, 9)  # Deflate64
    pets = import_archive(zip_file(bytes(content)), "Pets", quiet)
    assert len(pets.images) == 10
    assert [one.name for one in pets.skipped] == ["cats/z.png"]
    assert "Deflate" in str(pets.skipped[0].sentence)


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2, zipfile.ZIP_STORED])
def test_whatever_python_can_unpack_is_read(zip_file, method):
    pets = import_archive(zip_file(zip_bytes(cats_and_dogs(), method)), "Pets", quiet)
    assert sorted(pets.read(i) for i in pets.images) == sorted(cats_and_dogs().values())
    assert pets.skipped == ()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a zip"),
        (b"Rar!\x1a\7\1\0" + bytes(100), "not a zip"),
        (b"<!doctype html><title>Quota exceeded</title>", "not a zip"),
        (zip_bytes(cats_and_dogs())[:-200], "not a zip"),  # the download broke off
        (set_flag(zip_bytes(cats_and_dogs()), 0x1), "password"),
        (set_flag(zip_bytes({b"\xff\xfe\xff/1": b"x"}), 0x800), "not a zip"),  # says UTF-8, is not
        (zip_bytes({}), "There are no photos in it"),
    ],
)
def test_what_is_no_usable_zip_is_refused(zip_file, content, message):
    with pytest.raises(DatasetRefused, match=message):
        import_archive(zip_file(content), "pets.zip", quiet)
    assert catalogue_content() == []


def bomb():
    """270 MB in 0.3 MB: what each file unpacks to is not suspicious, what the zip unpacks to is."""
    zeros = {f"cats/{i}.png": bytes([i]) + ZEROS for i in range(30, 60)}  # no two are copies
    return zip_bytes(cats_and_dogs() | zeros)


def overlapping_bomb():
    """A small zip whose table of contents names one file 2,000 times: 18 GB."""
    content = zip_bytes(cats_and_dogs() | {"cats/z.png": ZEROS})
    start, last = directory_headers(content)[0], directory_headers(content)[-1]
    end = content.rfind(b"PK\x05\x06")
    table = content[start:last] + content[last:end] * 2000
    tail = bytearray(content[end:])
    struct.pack_into("<HHLL", tail, 8, 2010, 2010, len(table), start)
    return content[:start] + table + bytes(tail)


def hidden_bomb():
    """The same as `bomb`, with a table of contents that says that every file has 100 bytes."""
    content = bytearray(bomb())
    for header in directory_headers(bytes(content))[10:]:
        struct.pack_into("<L", content, header + 24, 100)
    return bytes(content)


@pytest.mark.parametrize("make", [bomb, overlapping_bomb, hidden_bomb])
def test_a_bomb_is_refused_quickly_and_writes_nothing(zip_file, make):
    path = zip_file(make())
    assert path.stat().st_size < 10**6
    with within(10), pytest.raises(DatasetRefused):
        import_archive(path, "Pets", quiet)
    assert catalogue_content() == []


def test_a_bomb_is_refused_by_what_comes_out(zip_file, monkeypatch):
    with pytest.raises(DatasetRefused, match="more than 200 times its size"):
        import_archive(zip_file(bomb()), "Pets", quiet)
    monkeypatch.setenv("TL_MAX_DATASET_MB", "20")
    with pytest.raises(DatasetRefused, match="more than 20 MB"):
        import_archive(zip_file(bomb()), "Pets", quiet)


def test_one_file_that_grows_too_much_is_left_out(zip_file):
    content = cats_and_dogs() | {"cats/z.png": bytes(15 * 10**6)}
    padding = {
        "cats/noise.txt": random.Random(0).randbytes(10**5)
    }  # so that the whole is unsuspicious
    pets = import_archive(zip_file(zip_bytes(content | padding)), "Pets", quiet)
    assert len(pets.images) == 10
    assert "200 times" in {one.name: str(one.sentence) for one in pets.skipped}["cats/z.png"]


def test_a_huge_table_of_contents_is_not_loaded(zip_file, monkeypatch):
    content = zip_bytes([(f"cats/{i}", b"") for i in range(9000)])
    monkeypatch.setenv("TL_MAX_DATASET_FILES", "10")
    with pytest.raises(DatasetRefused, match="far too large"):
        import_archive(zip_file(content), "Pets", quiet)
    monkeypatch.setenv("TL_MAX_DATASET_FILES", "9000")
    with pytest.raises(DatasetRefused, match="Among 9000 files there is no photo"):
        import_archive(zip_file(content), "Pets", quiet)


def test_junk_does_not_count_as_files(zip_file, monkeypatch):
    junk = {f"__MACOSX/cats/._{i}.png": b"x" for i in range(10)}
    monkeypatch.setenv("TL_MAX_DATASET_FILES", "10")
    assert (
        len(import_archive(zip_file(zip_bytes(cats_and_dogs() | junk)), "Pets", quiet).images) == 10
    )


@pytest.mark.parametrize("seed", range(8))
def test_a_randomly_damaged_zip_is_a_dataset_or_refused(zip_file, seed):
    """Whatever bytes change, `zipfile` may raise nearly anything; none of it may come out."""
    generator = random.Random(seed)
    good = zip_bytes(cats_and_dogs())
    for _ in range(25):
        content = bytearray(good)
        for _ in range(generator.randint(1, 6)):
            # mostly in the table of contents, where a change does most
            start = generator.choice((0, directory_headers(good)[0]))
            content[generator.randrange(start, len(content))] = generator.randrange(256)
        try:
            pets = import_archive(zip_file(bytes(content)), "Pets", quiet)
        except DatasetRefused:
            continue
        assert len(pets.class_names) >= 2


def test_places_are_listed_without_unpacking(zip_file):
    content = zip_bytes(
        {"x/train/cats/1.jpg": b"no image", "x/train/dogs/1.jpg": b"", "x/a.txt": b""}
    )
    assert list_places(zip_file(content)) == [Place("cats", ""), Place("dogs", "")]
    with pytest.raises(DatasetRefused):
        list_places(zip_file(b"no zip"))


@pytest.mark.parametrize("call", [0, 1, 5, 10])
def test_cancel_leaves_nothing(zip_file, call):
    def cancel(done, total, message):
        if done >= call:
            raise JobCancelled("Stopped.")

    with pytest.raises(JobCancelled):
        import_archive(zip_file(zip_bytes(cats_and_dogs())), "Pets", cancel)
    assert catalogue_content() == []


HANG_IN_THE_MIDDLE = """
import sys, time
from pathlib import Path
from tl_core.datasets.bringing.archive import import_archive

def report(done, total, message):
    if done == 8 and message == "Reading the images":
        print("in the middle", flush=True)
        time.sleep(60)

import_archive(Path(sys.argv[1]), "Pets", report)
"""


HANG_WHILE_UNPACKING = """
import sys, time
from pathlib import Path
from tl_core.datasets.archives import opened

def report(done, total, message):
    if done > total // 2:
        print("in the middle", flush=True)
        time.sleep(60)

with opened(Path(sys.argv[1]), "Pets", report):
    pass
"""


def test_what_a_killed_unpacking_has_left_is_swept(data_dir):
    path = data_dir / "uploads" / "pets.zip"
    path.parent.mkdir(parents=True)
    path.write_bytes(tar_bytes({"a.bin": random.Random(0).randbytes(2 * 10**6)}, "gz"))
    with subprocess.Popen(
        [sys.executable, "-c", HANG_WHILE_UNPACKING, str(path)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[3],
        env={**os.environ},
    ) as child:
        assert child.stdout and child.stdout.readline() == b"in the middle\n"
        child.send_signal(signal.SIGKILL)
    (left,) = [name for name in names_on_disk(path.parent) if name != "pets.zip"]
    assert left.startswith(".tmp-") and (path.parent / left).stat().st_size > 500_000
    sweep()
    assert names_on_disk(path.parent) == ["pets.zip"]


def test_a_killed_import_leaves_the_catalogue_as_it_was(zip_file):
    first = import_archive(zip_file(zip_bytes(cats_and_dogs())), "Pets", quiet)
    before = list_datasets()
    path = zip_file(zip_bytes(cats_and_dogs() | pictures("foxes", 6, 200)))
    with subprocess.Popen(
        [sys.executable, "-c", HANG_IN_THE_MIDDLE, str(path)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[3],
        env={**os.environ},
    ) as child:
        assert child.stdout and child.stdout.readline() == b"in the middle\n"
        child.send_signal(signal.SIGKILL)
    leftovers = [name for name in catalogue_content() if name != first.id]
    assert leftovers and all(name.startswith(".tmp-") for name in leftovers)
    assert names_on_disk(datasets_dir() / leftovers[0])  # it really was in the middle
    assert list_datasets() == before
    assert sweep() == len(leftovers)
    assert catalogue_content() == [first.id]
    assert len(import_archive(path, "More pets", quiet).class_names) == 3


KILLED = """
import os, pathlib, signal, sys
from tl_core.datasets.bringing.archive import import_archive
owner, name, left = {"os": os, "Path": pathlib.Path}[sys.argv[2]], sys.argv[3], [int(sys.argv[4])]
real = getattr(owner, name)
def die_at_last(*args, **keywords):
    left[0] -= 1
    if left[0] < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*args, **keywords)
setattr(owner, name, die_at_last)
import_archive(pathlib.Path(sys.argv[1]), "Pets", lambda *_: None)
"""


@pytest.mark.parametrize(
    "call",
    [
        ("Path", "chmod", 0),  # the first image is written, and may be read by its writer alone
        ("Path", "chmod", 7),
        ("os", "fsync", 0),  # all images are there, the index is written and has no name yet
        ("os", "rename", 0),  # all is there and durable
    ],
)
def test_an_import_killed_at_any_moment_leaves_nothing_that_is_read(zip_file, call):
    path = zip_file(zip_bytes(cats_and_dogs()))
    command = [sys.executable, "-c", KILLED, str(path), *map(str, call)]
    died = subprocess.run(command, cwd=Path(__file__).parents[3], timeout=60, check=False)
    assert died.returncode == -signal.SIGKILL
    assert [one for one in list_datasets() if not one.built_in] == []
    (left,) = catalogue_content()
    assert left.startswith(".tmp-") and names_on_disk(datasets_dir() / left)
    pets = import_archive(path, "Pets", quiet)
    assert len([pets.read(image) for image in pets.images]) == 10
    sweep()
    assert catalogue_content() == [pets.id]
