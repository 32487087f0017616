import gzip
import io
import random
import shutil
import struct
import subprocess
import tarfile
import tempfile
import threading
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.datasets.archives.packing import COMPRESSIONS, contents, names, special, tar_bytes
from tests.datasets.samples import cats_and_dogs, names_on_disk, picture, pictures, quiet, zip_bytes
from tl_core.datasets.archives import opened
from tl_core.datasets.archives.opening import UNPACKING
from tl_core.errors import ImageRefused, JobCancelled

PACKED = {
    "zip": lambda files: zip_bytes(files, zipfile.ZIP_STORED),
    "zip, deflated": zip_bytes,
    "zip, bzip2": lambda files: zip_bytes(files, zipfile.ZIP_BZIP2),
    "zip, lzma": lambda files: zip_bytes(files, zipfile.ZIP_LZMA),
    "tar, pax": tar_bytes,
    "tar, gnu": lambda files: tar_bytes(files, form=tarfile.GNU_FORMAT),
    "tar.gz": lambda files: tar_bytes(files, "gz"),
    "tar.bz2": lambda files: tar_bytes(files, "bz2"),
    "tar.xz": lambda files: tar_bytes(files, "xz"),
}
ENDINGS = {"zip": "zip", "tar": "tar", "tar.gz": "tgz", "tar.bz2": "tar.bz2", "tar.xz": "txz"}
STEP = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="/\\"),
    min_size=1,
    max_size=40,
).filter(lambda step: "." not in step)
TREE = st.dictionaries(
    st.lists(STEP, min_size=1, max_size=4).map("/".join),
    st.binary(max_size=2000),
    min_size=1,
    max_size=8,
)


def as_listed(files, prefix=""):
    return [(prefix + name, data, zlib.crc32(data)) for name, data in files.items()]


@given(files=TREE, kind=st.sampled_from(sorted(PACKED)))
@settings(max_examples=40, deadline=None)
def test_the_same_files_come_out_of_every_packing(files, kind):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "upload.zip")
        path.write_bytes(PACKED[kind](files))
        assert contents(path) == as_listed(files)
        assert names_on_disk(Path(folder)) == ["upload.zip"]


@given(
    tree=TREE,
    outer=st.sampled_from(sorted(PACKED)),
    inner=st.sampled_from(sorted(PACKED)),
    folder=st.sampled_from(("", "a/", "a/b c/")),
)
@settings(max_examples=40, deadline=None)
def test_the_same_files_come_out_of_an_archive_in_an_archive(tree, outer, inner, folder):
    ending = ENDINGS.get(inner.partition(",")[0], "zip")
    files = {"readme.txt": b"x", f"{folder}photos.{ending}": PACKED[inner](tree)}
    with tempfile.TemporaryDirectory() as place:
        path = Path(place, "upload.zip")
        path.write_bytes(PACKED[outer](files))
        assert contents(path) == [
            ("readme.txt", b"x", zlib.crc32(b"x")),
            *as_listed(tree, f"{folder}photos/"),
        ]


@pytest.mark.parametrize("kind", sorted(PACKED))
def test_files_are_read_in_any_order_and_more_than_once(zip_file, kind):
    files = cats_and_dogs("pets/")
    with opened(zip_file(PACKED[kind](files)), "pets", quiet) as entries:
        order = [*entries, *entries]
        random.Random(0).shuffle(order)
        assert all(entry.read() == files[entry.name] for entry in order)
        assert [(entry.name, entry.size) for entry in entries] == [
            (name, len(data)) for name, data in files.items()
        ]


def test_files_are_read_by_several_threads(zip_file):
    files = {f"{i}.bin": random.Random(i).randbytes(30_000) for i in range(40)}
    wrong: list[str] = []

    def read_all(entries):
        wrong.extend(entry.name for entry in entries if entry.read() != files[entry.name])

    for packed in (zip_bytes(files), tar_bytes(files, "gz")):
        with opened(zip_file(packed), "pets", quiet) as entries:
            threads = [threading.Thread(target=read_all, args=[entries]) for _ in range(6)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    assert wrong == []


def test_reading_twice_is_counted_once(zip_file, monkeypatch):
    monkeypatch.setenv("TL_MAX_DATASET_MB", "1")
    noise = {f"{i}.bin": random.Random(i).randbytes(90_000) for i in range(10)}
    with opened(zip_file(zip_bytes(noise)), "pets", quiet) as entries:
        for entry in entries * 5:
            assert entry.read() == noise[entry.name]


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("a/photos.zip", "a/photos"),
        ("a/PHOTOS.ZIP", "a/PHOTOS"),
        ("x.zip/photos.tar.gz", "x.zip/photos"),
        ("photos.zip (1)", "photos (1)"),  # a browser's second download
        ("a\\photos.tgz", "a\\photos"),
        ("project.tm", "project"),
    ],
)
def test_an_archive_in_the_archive_becomes_a_folder(zip_file, name, folder):
    packed = zip_bytes({name: tar_bytes({"cats/1.png": picture(1)}, "gz")})
    assert names(zip_file(packed)) == [f"{folder}/cats/1.png"]


@pytest.mark.parametrize("name", ["photos.docx", "zip/1.png", "my.zipper", "a.zip/1.png", "photos"])
def test_what_is_not_named_like_an_archive_stays_a_file(zip_file, name):
    inner = zip_bytes(cats_and_dogs())
    assert contents(zip_file(zip_bytes({name: inner}))) == as_listed({name: inner})


def test_a_file_that_is_only_named_like_an_archive_stays_a_file(zip_file):
    packed = zip_bytes({"a.zip": picture(1), "b.tar": b"", "c.tgz": b"hello"})
    found = contents(zip_file(packed))
    assert [one[:2] for one in found] == [
        ("a.zip", picture(1)),
        ("b.tar", b""),
        ("c.tgz", b"hello"),
    ]


def test_the_bytes_say_what_an_archive_in_the_archive_is(zip_file):
    packed = zip_bytes({"train.zip": tar_bytes({"1.png": picture(1)}, "bz2")})
    assert contents(zip_file(packed)) == as_listed({"1.png": picture(1)}, "train/")


def test_an_archive_two_levels_deep_stays_a_file(zip_file):
    deepest = zip_bytes({"1.png": picture(1)})
    packed = tar_bytes({"a.zip": zip_bytes({"b.zip": deepest})}, "gz")
    assert contents(zip_file(packed)) == as_listed({"a/b.zip": deepest})


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (zip_bytes(cats_and_dogs())[:-100], "its end is missing"),
        (tar_bytes(cats_and_dogs(), "gz")[:-100], "its end is missing"),
        (tar_bytes(cats_and_dogs())[:3000], "its end is missing"),
        (tar_bytes(cats_and_dogs())[:3072], "its end is missing"),  # behind a whole file
        (b"\x1f\x8b\x08" + bytes(100), "it is damaged"),
        (gzip.compress(b"hello", mtime=0), "one file packed with gzip"),
        (zip_bytes({"x.npy": b"\x93NUMPY"}), "a file of data"),
        (b"PK\7\x08" + zip_bytes(cats_and_dogs())[:-300], "the first piece"),
    ],
)
def test_an_archive_in_the_archive_that_cannot_be_read_says_why(zip_file, broken, reason):
    packed = zip_bytes({"1.png": picture(1), "more.zip": broken, "2.png": picture(2)})
    with opened(zip_file(packed), "pets", quiet) as entries:
        assert [entry.name for entry in entries] == ["1.png", "more.zip", "2.png"]
        with pytest.raises(ImageRefused, match=reason) as refused:
            entries[1].read()
        assert str(refused.value).startswith("more.zip ")
        assert entries[2].read() == picture(2)


def test_a_stored_zip_in_a_zip_is_read_where_it_is(tmp_path, zip_file):
    inner = zip_bytes(cats_and_dogs())
    for outer, folders in ((zipfile.ZIP_STORED, 0), (zipfile.ZIP_DEFLATED, 1)):
        path = zip_file(zip_bytes({"photos.zip": inner}, outer))
        with opened(path, "pets", quiet) as entries:
            assert len(entries) == 10
            assert len([one for one in tmp_path.iterdir() if one.is_dir()]) == folders


def test_what_was_unpacked_is_gone_afterwards(tmp_path, zip_file):
    path = zip_file(tar_bytes(cats_and_dogs(), "gz"))
    with pytest.raises(ZeroDivisionError), opened(path, "pets", quiet):
        assert [name.rpartition("/")[2] for name in names_on_disk(tmp_path)] == [
            "unpacked",
            "upload.zip",
        ]
        raise ZeroDivisionError
    assert names_on_disk(tmp_path) == ["upload.zip"]
    assert [one.name for one in tmp_path.iterdir()] == ["upload.zip"]


def test_unpacking_tells_how_far_it_is(zip_file):
    calls = []
    noise = {f"{i}.bin": random.Random(i).randbytes(100_000) for i in range(30)}
    packed = tar_bytes(noise, "gz")
    contents(zip_file(packed), lambda *call: calls.append(call))
    done = [call[0] for call in calls]
    assert len(set(done)) > 5 and done == sorted(done) and done[-1] == len(packed)
    assert {call[1:] for call in calls} == {(len(packed), UNPACKING)}


def test_listing_a_zip_has_nothing_to_tell(zip_file):
    calls = []
    contents(zip_file(zip_bytes(cats_and_dogs())), lambda *call: calls.append(call))
    assert calls == []


@pytest.mark.parametrize("call", [0, 3])
@pytest.mark.parametrize("packed", ["tar.gz", "tar, pax", "zip in zip"])
def test_stop_ends_the_unpacking_and_leaves_nothing(tmp_path, zip_file, packed, call):
    noise = {f"{i}.bin": random.Random(i).randbytes(300_000) for i in range(5)}
    inner = zip_bytes(noise)
    content = zip_bytes({"a.zip": inner}) if packed == "zip in zip" else PACKED[packed](noise)
    seen = []

    def stop(done, total, message):
        seen.append(done)
        if len(seen) > call:
            raise JobCancelled("Stopped.")

    with pytest.raises(JobCancelled), opened(zip_file(content), "pets", stop):
        raise AssertionError("not reached")
    assert len(seen) == call + 1
    assert [one.name for one in tmp_path.iterdir()] == ["upload.zip"]


def test_several_streams_behind_each_other_are_one_tar(zip_file):
    """As pbzip2 and some downloads pack them."""
    content = tar_bytes(cats_and_dogs())
    half = len(content) // 2
    for mode in ("gz", "bz2", "xz"):
        packed = COMPRESSIONS[mode](content[:half]) + COMPRESSIONS[mode](content[half:])
        assert contents(zip_file(packed)) == as_listed(cats_and_dogs())


KOREAN = "고양이 사진/1.png"


@pytest.mark.parametrize(
    ("form", "encoding", "name"),
    [
        (tarfile.PAX_FORMAT, "utf-8", KOREAN),
        (tarfile.GNU_FORMAT, "utf-8", KOREAN),
        (tarfile.GNU_FORMAT, "cp949", KOREAN),
        (tarfile.USTAR_FORMAT, "cp949", KOREAN),
        (tarfile.GNU_FORMAT, "latin-1", "Füchse/1.png"),
        (tarfile.GNU_FORMAT, "utf-8", "café/" + "long " * 60 + ".png"),
        (tarfile.GNU_FORMAT, "cp949", "고양이/" + "긴 이름 " * 60 + ".png"),
        (tarfile.PAX_FORMAT, "utf-8", "고양이/" + "긴 이름 " * 60 + ".png"),
        (tarfile.USTAR_FORMAT, "utf-8", "a" * 90 + "/" + "b" * 90 + ".png"),
    ],
)
def test_names_in_tars_are_decoded_as_they_were_meant(zip_file, form, encoding, name):
    packed = tar_bytes({name: picture(1)}, form=form, encoding=encoding)
    assert contents(zip_file(packed)) == as_listed({name: picture(1)})


def test_a_tar_of_the_seventh_unix_is_read(zip_file):
    """Its headers have no magic and no prefix, and end folders with a slash."""
    content = bytearray(
        tar_bytes({"cats": b"", "cats/1.png": picture(1)}, form=tarfile.USTAR_FORMAT)
    )
    for start in (0, 512):
        name = content[start : start + 100].rstrip(b"\0") + b"/" * (start == 0)
        header = bytearray(512)
        header[: len(name)] = name
        header[100:156] = content[start + 100 : start + 156]
        header[148:156] = b" " * 8
        header[148:156] = b"%06o\0 " % sum(header)
        content[start : start + 512] = header
    assert contents(zip_file(bytes(content))) == as_listed({"cats/1.png": picture(1)})


def test_what_is_no_file_in_a_tar_is_left_out_or_says_why(zip_file):
    files = {
        "cats": special("cats", tarfile.DIRTYPE),
        "cats/1.png": picture(1),
        "cats/link.png": special("cats/link.png", tarfile.SYMTYPE, "/etc/passwd"),
        "cats/hard.png": special("cats/hard.png", tarfile.LNKTYPE, "cats/1.png"),
        "cats/null": special("cats/null", tarfile.CHRTYPE),
        "cats/pipe": special("cats/pipe", tarfile.FIFOTYPE),
        "cats/2.png": picture(2),
    }
    reasons = {}
    with opened(zip_file(tar_bytes(files)), "pets", quiet) as entries:
        assert [entry.name for entry in entries] == [name for name in files if name != "cats"]
        for entry in entries:
            try:
                assert entry.read() == files[entry.name]
            except ImageRefused as error:
                reasons[entry.name.removeprefix("cats/")] = str(error)
    assert set(reasons) == {"link.png", "hard.png", "null", "pipe"}
    assert "is a link to another file" in reasons["link.png"]
    assert "is a link to another file" in reasons["hard.png"]
    assert "is a device" in reasons["null"] and "is a device" in reasons["pipe"]


def test_sparse_files_are_refused_and_the_rest_is_read(zip_file):
    pax = special("cats/new.png", tarfile.REGTYPE)
    pax.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.name": "cats/new.png"}
    content = tar_bytes({"cats/old.png": picture(3), "x": pax, "cats/2.png": picture(2)})
    old = bytearray(content)
    old[156:157] = tarfile.GNUTYPE_SPARSE
    old[148:156] = b" " * 8
    old[148:156] = b"%06o\0 " % sum(old[:512])
    with opened(zip_file(bytes(old)), "pets", quiet) as entries:
        assert [entry.name for entry in entries] == ["cats/old.png", "cats/new.png", "cats/2.png"]
        for entry in entries[:2]:
            with pytest.raises(ImageRefused, match="sparse"):
                entry.read()
        assert entries[2].read() == picture(2)


def test_real_tools_pack_what_is_read(tmp_path, zip_file):
    """GNU tar itself, with a hidden file, an empty folder and a long name."""
    tar = shutil.which("tar")
    if tar is None:
        pytest.skip("no tar here")
    long = "x" * 200 + ".png"
    folder = tmp_path / "pets"
    (folder / "empty").mkdir(parents=True)
    (folder / long).write_bytes(picture(1))
    (folder / "고양이.png").write_bytes(picture(2))
    for form in ("gnu", "pax", "posix"):
        out = tmp_path / f"{form}.tar"
        subprocess.run([tar, f"--format={form}", "-cf", out, "-C", tmp_path, "pets"], check=True)
        found = {name: data for name, data, _ in contents(out)}
        assert found == {f"pets/{long}": picture(1), "pets/고양이.png": picture(2)}


def test_a_zip_behind_a_program_is_read(zip_file):
    """A self-extracting zip: the table of contents says what it always says."""
    assert names(zip_file(b"MZ" + bytes(5000) + zip_bytes(cats_and_dogs()))) == list(
        cats_and_dogs()
    )


def test_a_large_zip_with_64_bit_records_is_read(zip_file):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive, archive.open("a.png", "w", force_zip64=True) as one:
        one.write(picture(1))
    content = file.getvalue()
    end = content.rfind(b"PK\5\6")
    at = content.rfind(b"PK\1\2")
    record = struct.pack(
        "<4sQHHLLQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, end - at, at
    ) + struct.pack("<4sLQL", b"PK\6\7", 0, end, 1)
    tail = bytearray(content[end:])
    struct.pack_into("<HHHHLL", tail, 4, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, 2**32 - 1, 2**32 - 1)
    assert names(zip_file(content[:end] + record + bytes(tail))) == ["a.png"]


def test_the_kinds_of_archives_that_people_bring(zip_file):
    """Kaggle's outer zip, Caltech-101, and all submissions of a Moodle course."""
    inner = pictures("train", 3)
    kaggle = {"train.zip": zip_bytes(inner), "test1.zip": zip_bytes(pictures("test1", 2, 50))}
    found = names(zip_file(zip_bytes(kaggle | {"sampleSubmission.csv": b"id,label\n"})))
    assert found == [f"train/train/{i}.png" for i in range(3)] + [
        *(f"test1/test1/{i}.png" for i in range(2)),
        "sampleSubmission.csv",
    ]
    root = "101_ObjectCategories/"
    photos = pictures(f"{root}ant", 3) | pictures(f"{root}bee", 3, 20)
    caltech = {
        "caltech-101/101_ObjectCategories.tar.gz": tar_bytes(photos, "gz"),
        "caltech-101/Annotations.tar": tar_bytes({"Annotations/ant/1.mat": b"x"}),
        "caltech-101/show_annotation.m": b"x",
    }
    found = names(zip_file(zip_bytes(caltech)))
    assert found[:6] == [f"caltech-101/101_ObjectCategories/{name}" for name in photos]
    assert found[6:] == [
        "caltech-101/Annotations/Annotations/ant/1.mat",
        "caltech-101/show_annotation.m",
    ]
    pupils = [f"student {n}_471{n}_assignsubmission_file" for n in range(3)]
    moodle = {f"{pupil}/photos.zip": zip_bytes(cats_and_dogs()) for pupil in pupils}
    assert names(zip_file(zip_bytes(moodle))) == [
        f"{pupil}/photos/{name}" for pupil in pupils for name in cats_and_dogs()
    ]
