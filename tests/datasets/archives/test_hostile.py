import gzip
import random
import struct
import tarfile
import tracemalloc
import zipfile

import pytest

from tests.datasets.archives.packing import contents, names, special, tar_bytes
from tests.datasets.samples import cats_and_dogs, picture, quiet, zip_bytes
from tests.pace import within
from tl_core.datasets.archives import opened, opening
from tl_core.datasets.archives import tally as tallying
from tl_core.datasets.bringing import importer
from tl_core.errors import DatasetRefused, DiskUnusable, ImageRefused

ZEROS = bytes(9 * 10**6)
NOISE = random.Random(0).randbytes(10**5)


def refused(path, match):
    with within(20), pytest.raises(DatasetRefused, match=match):
        contents(path)


def zeros(count):
    return {f"cats/{i}.png": ZEROS for i in range(count)}


@pytest.mark.parametrize("mode", ["gz", "bz2", "xz"])
def test_a_bomb_in_a_tar_is_refused_by_what_comes_out(tmp_path, zip_file, mode, monkeypatch):
    path = zip_file(tar_bytes(zeros(30), mode))
    assert path.stat().st_size < 10**6
    refused(path, "more than 200 times its size")
    assert [one.name for one in tmp_path.iterdir()] == ["upload.zip"]
    monkeypatch.setenv("TL_MAX_DATASET_MB", "4")
    refused(path, "more than 4 MB")


@pytest.mark.parametrize(
    "pack",
    [
        lambda inner: zip_bytes({f"{i}.zip": inner for i in range(40)}),
        lambda inner: zip_bytes({f"{i}.zip": inner for i in range(40)}, zipfile.ZIP_STORED),
        lambda inner: tar_bytes({f"{i}.zip": inner for i in range(40)}),
        lambda inner: tar_bytes({f"{i}.zip": inner for i in range(40)}, "gz"),
    ],
)
def test_bombs_in_archives_in_an_archive_are_counted_together(zip_file, pack, monkeypatch):
    """None of them is suspicious alone."""
    inner = zip_bytes({"1.png": bytes(9 * 10**5), "noise": NOISE[: 10**4]})
    monkeypatch.setenv("TL_MAX_DATASET_MB", "30")
    refused(zip_file(pack(inner)), "more than 30 MB|more than 200 times")


def test_archives_in_an_archive_may_not_fill_the_disk(zip_file, monkeypatch):
    monkeypatch.setenv("TL_MAX_DATASET_MB", "1")
    inner = zip_bytes({"1.png": random.Random(1).randbytes(390_000)})
    with opened(zip_file(zip_bytes({f"{i}.zip": inner for i in range(5)})), "x", quiet) as entries:
        assert len(entries) == 5  # twice the limit: the files in them count by themselves
    refused(zip_file(zip_bytes({f"{i}.zip": inner for i in range(6)})), "more than 1 MB")


def test_a_bomb_of_which_only_the_wrapping_grows_leaves_that_file_out(zip_file):
    bomb = zip_bytes({"1.png": bytes(10)}, zipfile.ZIP_STORED) + bytes(15 * 10**6)
    packed = zip_bytes({"a.zip": bomb, "noise.bin": NOISE, "1.png": picture(1)})
    with opened(zip_file(packed), "pets", quiet) as entries:
        with pytest.raises(ImageRefused, match=r"a\.zip unpacks to more than 200 times"):
            entries[0].read()
        assert entries[2].read() == picture(1)


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_file_that_grows_takes_little_memory(zip_file, method):
    """256 kB of bzip2 can become 5 GB at once; only as much comes out as was asked for."""
    packed = zip_bytes({"z.png": bytes(60 * 10**6), "noise.bin": NOISE}, method)
    most = 200 * max(len(packed) - len(NOISE), 50_000)
    with opened(zip_file(packed), "pets", quiet) as entries:
        tracemalloc.start()
        try:
            with pytest.raises(ImageRefused, match="more than 200 times"):
                entries[0].read()
            assert tracemalloc.get_traced_memory()[1] < most + 12 * 10**6
        finally:
            tracemalloc.stop()


def test_lzma_that_asks_for_gigabytes_is_only_damaged(zip_file):
    content = bytearray(zip_bytes({"1.png": picture(1)}, zipfile.ZIP_LZMA))
    at = 30 + len("1.png") + 4
    for properties in (b"\xff" * 5, b"\x5d\xff\xff\xff\xff"):
        content[at : at + 5] = properties
        with opened(zip_file(bytes(content)), "pets", quiet) as entries:
            if properties[0] == 0xFF:
                with pytest.raises(ImageRefused, match="damaged"):
                    entries[0].read()
            else:
                assert entries[0].read() == picture(1)


def crafted(size=b"", kind=b"0", name=b"a.png"):
    """A header of a tar with whatever size, and a right sum."""
    header = bytearray(tarfile.TarInfo("a.png").tobuf(tarfile.GNU_FORMAT))
    header[: len(name)] = name
    header[124 : 124 + len(size)] = size
    header[156:157] = kind
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header)


END = bytes(1024)


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (crafted(b"\xff" * 12) + END, "damaged"),  # minus one byte
        (crafted(b"\xff" + bytes(11)) + END, "damaged"),  # minus very many
        (crafted(b"\x80" + b"\xff" * 11) + END, "end is missing"),  # 2**88 bytes
        (crafted(b"77777777777\0") + END, "end is missing"),
        (crafted(b"77777777777\0", b"x") + END, "damaged"),  # 8 GB of attributes
        (crafted(b"00010000000\0", b"L") + bytes(3 * 10**6), "damaged"),  # a name of 2 MB
        (crafted(b"00000001000\0", b"x") + b"9" * 512 + crafted() + END, "damaged"),
        (
            crafted(b"00000001000\0", b"x") + b"99 path=a\n".ljust(512, b"\0") + END,
            "missing|damaged",
        ),
        (crafted(b"00000000013\0", b"x") + b"11 size=-1\n".ljust(512, b"\0") + END, "damaged"),
        (crafted(kind=b"L"), "end is missing"),
        (crafted(kind=b"L") + END, "end is missing"),
        (crafted() + b"x" * 512 + END, "damaged"),  # no header where one should be
        (crafted(), "end is missing"),
    ],
)
def test_hostile_headers_of_tars_are_refused_in_a_sentence(zip_file, content, match):
    refused(zip_file(content), match)
    refused(zip_file(gzip.compress(content)), match)


def test_a_sparse_file_with_endless_gaps_takes_little_memory(zip_file):
    gaps = bytearray(crafted(kind=b"S"))
    gaps[482] = 1
    gaps[148:156] = b" " * 8
    gaps[148:156] = b"%06o\0 " % sum(gaps)
    block = struct.pack("12s12s", b"1", b"1") * 21 + b"\1" + bytes(7)
    path = zip_file(bytes(gaps) + block * 40_000)
    tracemalloc.start()
    try:
        refused(path, "end is missing")
        assert tracemalloc.get_traced_memory()[1] < 5 * 10**6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("kind", [b"0", b"L", b"x", b"g", b"5", b"2"])
def test_very_many_headers_are_refused(zip_file, monkeypatch, kind):
    monkeypatch.setenv("TL_MAX_DATASET_FILES", "10")
    path = zip_file(gzip.compress(crafted(kind=kind) * 6000 + END))
    refused(path, "far too large")
    monkeypatch.setenv("TL_MAX_DATASET_FILES", "2000")
    if kind in (b"0", b"2"):
        assert len(names(path)) == 6000


def test_very_many_files_in_archives_in_an_archive_are_refused(zip_file, monkeypatch):
    inner = zip_bytes({str(i): b"" for i in range(400)})
    path = zip_file(zip_bytes({f"{i}.zip": inner for i in range(5)}))
    monkeypatch.setenv("TL_MAX_DATASET_FILES", "10")
    refused(path, "far too many files")
    monkeypatch.setenv("TL_MAX_DATASET_FILES", "1000")
    assert len(names(path)) == 2000


def test_a_table_of_contents_of_very_short_names_is_not_loaded(zip_file, monkeypatch):
    """Few bytes, and many files: each costs half a kilobyte in memory."""
    monkeypatch.setattr(tallying, "LISTED_BESIDES", 0)
    content = zip_bytes({str(i): b"" for i in range(3000)})
    monkeypatch.setenv("TL_MAX_DATASET_FILES", "500")
    refused(zip_file(content), "far too large")
    monkeypatch.setenv("TL_MAX_DATASET_FILES", "600")
    assert len(names(zip_file(content))) == 3000


def long_names_in_a_tar():
    """60 names of a megabyte."""
    header = crafted(b"%011o\0" % 10**6, b"L")
    return (header + b"n" * 10**6 + bytes(448) + crafted()) * 60 + END


def long_names_of_archives():
    """A name of 60 kB before each of 2,000 files."""
    inner = zip_bytes({str(i): b"" for i in range(2000)})
    return zip_bytes({"n" * 60_000 + ".zip": inner})


@pytest.mark.parametrize("make", [long_names_in_a_tar, long_names_of_archives])
def test_very_long_names_take_little_memory(zip_file, make):
    path = zip_file(make())
    tracemalloc.start()
    try:
        refused(path, "far too (large|many)")
        assert tracemalloc.get_traced_memory()[1] < 40 * 10**6
    finally:
        tracemalloc.stop()


def test_only_so_many_archives_in_an_archive_are_opened(zip_file, monkeypatch):
    monkeypatch.setattr(opening, "MOST_ARCHIVES", 3)
    path = zip_file(zip_bytes({f"{i}.zip": zip_bytes({"a": b"x"}) for i in range(5)}))
    assert names(path) == ["0/a", "1/a", "2/a", "3.zip", "4.zip"]


@pytest.mark.parametrize(
    "name", ["../../a.png", "/etc/a.png", "C:\\a.png", "..\\a.png", "a/\0b.png", "x/" * 2000 + "y"]
)
def test_names_are_only_content(tmp_path, zip_file, name):
    if "\0" not in name:
        for packed in (tar_bytes({name: picture(1)}), tar_bytes({name: picture(1)}, "gz")):
            assert names(zip_file(packed)) == [name]
    inner = zip_bytes({f"{name}.zip".encode(): zip_bytes({name.replace("\0", ""): picture(1)})})
    before = sorted(tmp_path.iterdir())
    with opened(zip_file(inner), "pets", quiet) as entries:
        assert len(entries) == 1
        for one in tmp_path.iterdir():
            if one not in before and one.is_dir():
                assert [file.name for file in one.iterdir()] == ["unpacked"]
    assert [one.name for one in tmp_path.iterdir()] == ["upload.zip"]


def test_links_lead_nowhere(zip_file):
    files = {"a": special("a", tarfile.SYMTYPE, "/etc"), "a/passwd": b"mine"}
    with opened(zip_file(tar_bytes(files, "gz")), "pets", quiet) as entries:
        with pytest.raises(ImageRefused, match="link"):
            entries[0].read()
        assert entries[1].read() == b"mine"


@pytest.mark.parametrize("mode", ["", "gz", "bz2", "xz"])
def test_a_tar_that_broke_off_is_refused_wherever_it_did(zip_file, mode):
    content = tar_bytes(cats_and_dogs(), mode)
    last = len(content if mode else content.rstrip(b"\0"))
    for size in range(1, last, max(1, last // 60)):
        with pytest.raises(DatasetRefused):
            contents(zip_file(content[:size]))


def test_a_full_disk_is_said_and_leaves_nothing(small_disk):
    folder = small_disk.folder / "uploads"
    folder.mkdir()
    noise = {f"{i}.bin": random.Random(i).randbytes(400_000) for i in range(3)}
    path = folder / "pets.zip"
    path.write_bytes(tar_bytes(noise, "gz"))
    assert len(contents(path)) == 3
    small_disk.fill(leave=500_000)
    with pytest.raises(DiskUnusable, match="full"):
        contents(path)
    assert [one.name for one in folder.iterdir()] == ["pets.zip"]


def test_a_disk_without_a_reserve_is_not_filled(zip_file, monkeypatch):
    monkeypatch.setattr(importer, "RESERVED_BYTES", 10**15)
    path = zip_file(tar_bytes(cats_and_dogs(), "gz"))
    with pytest.raises(DiskUnusable, match="MB left"):
        contents(path)
    assert len(contents(zip_file(tar_bytes(cats_and_dogs())))) == 10  # nothing to write


@pytest.mark.parametrize("seed", range(6))
def test_randomly_damaged_archives_are_read_or_refused(tmp_path, zip_file, seed):
    generator = random.Random(seed)
    files = cats_and_dogs("고양이 " * 40)
    whole = [
        zip_bytes(files, zipfile.ZIP_LZMA),
        zip_bytes(files, zipfile.ZIP_BZIP2),
        tar_bytes(files),
        tar_bytes(files, form=tarfile.GNU_FORMAT),
        *(tar_bytes(files, mode) for mode in ("gz", "bz2", "xz")),
        zip_bytes({"a.zip": zip_bytes(files), "b.tgz": tar_bytes(files, "gz")}),
        tar_bytes({"a.zip": zip_bytes(files), "b.tar": tar_bytes(files)}, "gz"),
    ]
    for good in whole:
        for _ in range(20):
            content = bytearray(good)
            for _ in range(generator.randint(1, 6)):
                start = generator.choice((0, 0, max(0, len(content) - 400)))
                content[generator.randrange(start, len(content))] = generator.randrange(256)
            try:
                with opened(zip_file(bytes(content)), "pets", quiet) as entries:
                    for entry in entries:
                        try:
                            entry.read()
                        except ImageRefused:
                            continue
            except DatasetRefused:
                continue
            finally:
                assert [one.name for one in tmp_path.iterdir()] == ["upload.zip"]
