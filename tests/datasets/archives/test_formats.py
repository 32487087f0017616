import io
import plistlib
import struct
import zipfile

import numpy as np
import pytest
from PIL import Image

from tests.datasets.archives.packing import names, tar_bytes
from tests.datasets.samples import cats_and_dogs, picture, pictures, quiet, zip_bytes
from tl_core.datasets.archives import google_part, kind_of, opened, what_it_is
from tl_core.datasets.archives.formats import FORMATS, START_BYTES
from tl_core.errors import DatasetRefused


def array(save, *values):
    file = io.BytesIO()
    save(file, *values)
    return file.getvalue()


def image(kind):
    file = io.BytesIO()
    Image.new("RGB", (20, 20)).save(file, kind)
    return file.getvalue()


def disk_image():
    """As macOS writes them: anything, and 512 bytes at the end that say what it is."""
    return bytes(5000) + b"koly" + struct.pack(">LL", 4, 512) + bytes(500)


LFS = f"version https://git-lfs.github.com/spec/v1\noid sha256:{7:064x}\nsize 43210\n".encode()
DOCX = zip_bytes({"[Content_Types].xml": b"<x/>", "word/media/image1.png": picture(1)})
KERAS = zip_bytes({"metadata.json": b"{}", "config.json": b"{}", "model.weights.h5": b"\x89HDF"})
PYTORCH = zip_bytes({"net/data.pkl": b"\x80\2", "net/version": b"3", "net/data/0": bytes(99)})
NPZ = array(np.savez, np.zeros(3), np.ones(3))

NAMED = {
    "7z": (b"7z\xbc\xaf\x27\x1c\0\4" + bytes(500), "in 7z format", "Unpack it"),
    "rar": (b"Rar!\x1a\7\1\0" + bytes(500), "in RAR format", "Unpack it"),
    "rar 4": (b"Rar!\x1a\7\0" + bytes(500), "in RAR format", "Unpack it"),
    "egg": (b"EGGA\0\1" + bytes(500), "in EGG format", "Unpack it"),
    "alz": (b"ALZ\1\n\0\0\0" + bytes(500), "in ALZ format", "Unpack it"),
    "zstd": (b"\x28\xb5\x2f\xfd" + bytes(500), "in Zstandard format", "Unpack it"),
    "cab": (b"MSCF\0\0\0\0" + bytes(500), "in CAB format", "Unpack it"),
    "lzh": (b"\x19\x5f-lh5-" + bytes(500), "in LZH format", "Unpack it"),
    "iso": (bytes(32_769) + b"CD001\1" + bytes(2000), "in ISO format", "Unpack it"),
    "dmg": (disk_image(), "in DMG format", "Unpack it"),
    "empty": (b"", "it is empty", "again"),
    "parquet": (b"PAR1" + bytes(500) + b"PAR1", "(Parquet)", "one folder per class"),
    "npz": (NPZ, "(NumPy, .npz)", "one folder per class"),
    "npy": (array(np.save, np.zeros(3)), "(NumPy, .npy)", "one folder per class"),
    "pickle": (b"\x80\4\x95" + bytes(500), "(Python, .pkl)", "one folder per class"),
    "mnist": (b"\0\0\x08\3\0\0\xea\x60" + bytes(500), "(IDX, MNIST)", "one folder per class"),
    "hdf5": (b"\x89HDF\r\n\x1a\n" + bytes(500), "HDF5", "is not opened"),
    "keras": (KERAS, "a trained model (Keras", "Bring the photos"),
    "pytorch": (PYTORCH, "a trained model (PyTorch", "Bring the photos"),
    "tflite": (b"\x1c\0\0\0TFL3" + bytes(500), "a trained model (LiteRT", "Bring the photos"),
    "lfs": (LFS, "Git LFS pointer", "git lfs pull"),
    "split, first": (b"PK\7\x08PK\3\4" + bytes(500), "first piece", "all pieces in one folder"),
    "html": (b"\n<!DOCTYPE html><title>Quota exceeded</title>", "a web page", "download again"),
    "jpeg": (image("JPEG"), "a single photo (JPEG)", "Choose “Files”"),
    "png": (image("PNG"), "a single photo (PNG)", "Choose “Files”"),
    "webp": (image("WEBP"), "a single photo (WebP)", "Choose “Files”"),
    "gif": (image("GIF"), "a single photo (GIF)", "Choose “Files”"),
    "heic": (b"\0\0\0\x24ftypheic\0\0\0\0mif1heic" + bytes(300), "photo (HEIC)", "“Files”"),
    "video": (b"\0\0\0\x14ftypqt  \0\0\2\0qt  " + bytes(300), "a video", "single frames"),
    "pdf": (b"%PDF-1.7\n" + bytes(500), "a document (PDF)", "Save its pictures"),
    "docx": (DOCX, "a document (Word", "Save its pictures"),
    "hwp": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(900), "a document (HWP", "Save its"),
    "shortcut": (b"[InternetShortcut]\nURL=https://x.org\n", "a shortcut", "Choose that file"),
}


@pytest.mark.parametrize("kind", NAMED)
def test_what_is_no_archive_is_named_with_the_way_on(zip_file, kind):
    content, what, way_on = NAMED[kind]
    with pytest.raises(DatasetRefused) as refused, opened(zip_file(content), "my pets", quiet):
        raise AssertionError("not reached")
    said = str(refused.value)
    assert said.startswith("my pets is not a zip" if not content else "my pets is ")
    assert what in said and way_on in said and "{" not in said
    assert "of another format" not in said


@pytest.mark.parametrize("content", [b"hello", bytes(2000), b"PK", b"\1" * 1000])
def test_what_is_unknown_is_not_named(zip_file, content):
    with (
        pytest.raises(DatasetRefused, match="of another format"),
        opened(zip_file(content), "my pets", quiet),
    ):
        raise AssertionError("not reached")


def split_end(disks=(1, 1), start=b""):
    """The last piece of a zip in two, as Info-ZIP and ALZip write it."""
    whole = zip_bytes(cats_and_dogs())
    last = bytearray(start + whole[len(whole) // 2 :])
    struct.pack_into("<HH", last, last.rfind(b"PK\5\6") + 4, *disks)
    return bytes(last)


@pytest.mark.parametrize(
    "content",
    [
        split_end(),
        split_end((7, 6)),
        split_end(start=b"PK\3\4" + bytes(60)),
        split_end((0, 0)),  # cut by 7-Zip or by hand: the numbers know nothing of it
        split_end((0, 0))[100:],
    ],
)
def test_the_last_piece_of_a_split_zip_is_named(zip_file, content):
    with (
        pytest.raises(DatasetRefused, match="the last piece"),
        opened(zip_file(content), "pets", quiet),
    ):
        raise AssertionError("not reached")


def test_a_split_zip_of_one_piece_is_read(zip_file):
    """Its first bytes are those of a first piece; its end says that it is whole."""
    whole = zip_bytes(cats_and_dogs())
    assert names(zip_file(b"PK\7\x08" + whole)) == list(cats_and_dogs())


def test_a_cut_off_zip_is_not_taken_for_a_piece(zip_file):
    for content in (zip_bytes(cats_and_dogs())[:-100], b"PK\3\4" + bytes(3 * 10**5)):
        with (
            pytest.raises(DatasetRefused, match=r"not a zip .* its end is missing"),
            opened(zip_file(content), "pets", quiet),
        ):
            raise AssertionError("not reached")


def test_a_file_in_an_archive_is_told_the_same_way(zip_file):
    content = {f"cats/{kind}.bin": data for kind, (data, _, _) in NAMED.items() if data}
    with opened(zip_file(zip_bytes(content)), "pets", quiet) as entries:
        kinds = {entry.name: kind_of(entry.read()[:START_BYTES]) for entry in entries}
    # the bytes at the beginning of a zip do not tell what is inside, nor those of a disk image
    by_name_only = {"keras", "pytorch", "npz", "docx"}
    for name in content:
        kind = name.removeprefix("cats/").removesuffix(".bin")
        if kind in by_name_only:
            assert kinds[name] == "zip"
        elif kind == "dmg":
            assert kinds[name] == ""
        else:
            said = what_it_is(kinds[name], name)
            assert said is not None and NAMED[kind][1] in str(said)


@pytest.mark.parametrize(
    ("start", "name", "kind"),
    [
        (KERAS, "models/cats.KERAS", "keras"),
        (PYTORCH, "net.pth", "pytorch"),
        (NPZ, "mnist.npz", "npz"),
        (DOCX, "report.docx", "office"),
        (KERAS, "photos.zip", "zip"),
        (tar_bytes(pictures("cats", 1)), "cats", "tar"),
        (picture(1), "cats.keras", "png"),  # the bytes come first
        (picture(1), "cats.onnx", "png"),
        (b"\x08\x07\x12\x07pytorch", "net.onnx", "onnx"),
        (b"bplist00" + bytes(20), "cats/.IMG_1.jpg.icloud", "icloud"),
        (plistlib.dumps({"URL": "x"}), "cats.webloc", "shortcut"),
        (b"hello", "readme.txt", ""),
        (b"", "cats/1.jpg", "empty"),
        (b"", "", "empty"),
        (LFS, "cats/1.jpg", "lfs"),
    ],
)
def test_a_name_counts_where_the_bytes_do_not_tell(start, name, kind):
    assert kind_of(start, name) == kind


def test_photos_in_git_lfs_are_recognised_as_pointers(zip_file):
    """What GitHub packs for "Download ZIP" where the photos are kept in Git LFS."""
    content = {f"pets-main/{name}/{i}.jpg": LFS for name in ("cats", "dogs") for i in range(8)}
    with opened(zip_file(zip_bytes(content)), "pets-main", quiet) as entries:
        assert {kind_of(entry.read(), entry.name) for entry in entries} == {"lfs"}
    said = what_it_is("lfs", "cats/1.jpg")
    assert said is not None and "git lfs pull" in str(said) and "cats/1.jpg" in str(said)


def test_a_zip_of_photos_beside_a_model_is_read(zip_file):
    content = cats_and_dogs() | {
        "model.keras": KERAS,
        "notes/data.pkl": b"x",
        "a.npy": b"\x93NUMPY",
    }
    assert names(zip_file(zip_bytes(content))) == list(content)


def test_nothing_is_said_of_what_can_be_opened_or_is_unknown():
    assert what_it_is("zip", "a") is what_it_is("tar", "a") is what_it_is("", "a") is None


@pytest.mark.parametrize("one", FORMATS, ids=lambda one: one.kind)
def test_every_format_can_be_said(one):
    said = what_it_is(one.kind, "a {name} \u202e")
    assert (said is None) == (not one.says)
    if said:
        assert "a {name}" in str(said) and "\u202e" not in str(said)


@pytest.mark.parametrize(
    ("title", "number"),
    [
        ("drive-download-20240101T000000Z-001.zip", 1),
        ("drive-download-20240101T000000Z-012", 12),
        ("takeout-20240101T000000Z-003.tgz", 3),
        ("takeout-20240101T000000Z-1-002.zip", 2),
        ("우리 반 사진-20240101T000000Z-1-002 (1).zip", 2),  # a folder's name comes first
        ("holiday-001.zip", None),
        ("drive-download.zip", None),
        ("photos-20240101.zip", None),
        ("drive-download-20240101T000000Z.zip", None),
    ],
)
def test_a_part_of_a_google_download_is_recognised_by_its_name(title, number):
    said = google_part(title)
    if number is None:
        assert said is None
    else:
        assert said is not None
        assert f"part {number} of a download" in str(said) and "“Add photos”" in str(said)
        assert str(said).startswith(title)


def test_a_zip_that_is_encrypted_is_refused_by_name(zip_file):
    content = bytearray(zip_bytes(cats_and_dogs(), zipfile.ZIP_STORED))
    content[content.find(b"PK\1\2") + 8] |= 1
    with (
        pytest.raises(DatasetRefused, match="my pets is protected by a password"),
        opened(zip_file(bytes(content)), "my pets", quiet),
    ):
        raise AssertionError("not reached")
