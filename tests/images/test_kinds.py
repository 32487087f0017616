"""Every kind of file that is brought as a photo is called by its name, and has a way on."""

import io
import struct
import tarfile
import zipfile

import numpy as np
import pytest
from hypothesis import given, strategies
from PIL import Image

from tests.images.reading import load_rgb
from tests.images.test_normaliser import EXACT, LOSSY, PICTURE, saved
from tl_core.errors import ImageRefused
from tl_core.images import kinds


def tar():
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.jpg"))
    return file.getvalue()


def zipped():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.jpg", b"x")
    return file.getvalue()


def array():
    file = io.BytesIO()
    np.save(file, PICTURE)
    return file.getvalue()


def nifti(order):
    return struct.pack(order + "i", 348) + bytes(36) + struct.pack(order + "h", 3) + bytes(310)


def boxed(brand, *others):
    rest = b"".join(others)
    return struct.pack(">I", 16 + len(rest)) + b"ftyp" + brand + bytes(4) + rest + bytes(80)


POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 43210\n"
OTHERS = {
    "DICOM": (bytes(128) + b"DICM" + bytes(40), "is a medical scan (DICOM)", "as PNG"),
    "NIfTI": (nifti("<"), "is a medical scan (NIfTI)", "as PNG"),
    "NIfTI ": (nifti(">"), "is a medical scan (NIfTI)", "as PNG"),
    "PSD": (b"8BPS\0\1" + bytes(40), "holds PSD data", "as JPEG or PNG"),
    "XCF": (b"gimp xcf file\0" + bytes(40), "holds XCF data", "as JPEG or PNG"),
    "OpenEXR": (b"\x76\x2f\x31\x01" + bytes(40), "holds OpenEXR data", "as JPEG or PNG"),
    "JPEG XL": (b"\xff\x0a" + bytes(40), "holds JPEG XL data", "as JPEG or PNG"),
    "CR2": (b"II*\0\x10\0\0\0CR\2\0" + bytes(40), "is a raw photo (CR2)", "as JPEG"),
    "CR3": (boxed(b"crx ", b"crx isom"), "is a raw photo (CR3)", "as JPEG"),
    "RAF": (b"FUJIFILMCCD-RAW 0201" + bytes(40), "is a raw photo (RAF)", "as JPEG"),
    "ORF": (b"IIRO\x08\0\0\0" + bytes(40), "is a raw photo (ORF)", "as JPEG"),
    "RW2": (b"IIU\0\x18\0\0\0" + bytes(40), "is a raw photo (RW2)", "as JPEG"),
    "AVIF": (boxed(b"avif", b"avifmif1"), "in AVIF format", "as JPEG"),
    "SVG": (b'<?xml version="1.0"?>\n<svg/>', "is an SVG drawing", "as PNG"),
    "PDF": (b"%PDF-1.7\n", "is a PDF document", "as JPEG or PNG"),
    "EPS": (b"%!PS-Adobe-3.0", "holds EPS data", "as JPEG or PNG"),
    "QuickTime": (boxed(b"qt  "), "is a video (QuickTime)", "as JPEG"),
    "QuickTime ": (bytes(4) + b"wide" + bytes(40), "is a video (QuickTime)", "as JPEG"),
    "MP4": (boxed(b"mp42", b"isommp42"), "is a video (MP4)", "as JPEG"),
    "AVI": (b"RIFF\0\0\0\0AVI LIST" + bytes(40), "is a video (AVI)", "as JPEG"),
    "Matroska": (b"\x1a\x45\xdf\xa3" + bytes(40), "is a video (Matroska)", "as JPEG"),
    "NumPy": (array(), "holds NumPy data", "as a JPEG or PNG"),
    "Parquet": (b"PAR1" + bytes(40), "holds Parquet data", "as a JPEG or PNG"),
    "HDF5": (b"\x89HDF\r\n\x1a\n" + bytes(40), "holds HDF5 data", "as a JPEG or PNG"),
    "ZIP": (zipped(), "is an archive (ZIP)", "Unpack it"),
    "tar": (tar(), "is an archive (tar)", "Unpack it"),
    "gzip": (b"\x1f\x8b\x08" + bytes(40), "is an archive (gzip)", "Unpack it"),
    "7z": (b"7z\xbc\xaf\x27\x1c" + bytes(40), "is an archive (7z)", "Unpack it"),
    "RAR": (b"Rar!\x1a\7\1\0" + bytes(40), "is an archive (RAR)", "Unpack it"),
    "Git LFS pointer": (POINTER, "is not a photo but a Git LFS pointer", "git lfs pull"),
}


@pytest.mark.parametrize("case", OTHERS)
def test_what_is_not_read_is_called_by_its_name_and_has_a_way_on(case):
    data, cause, way = OTHERS[case]
    assert kinds.kind_of(data) == case.strip() and not kinds.is_readable(case.strip())
    with pytest.raises(ImageRefused) as refused:
        load_rgb(data, "cat.jpg")
    what, onwards = str(refused.value).split(". ", 1)
    assert what.startswith("cat.jpg ") and cause in what and way in onwards
    assert onwards.endswith(".")


READ = {
    "JPEG": [LOSSY["JPEG"], LOSSY["JPEG progressive"], LOSSY["MPO"]],
    "PNG": [EXACT["PNG RGB"][0], EXACT["APNG"][0]],
    "WebP": [LOSSY["WebP"]],
    "BMP": [EXACT["BMP RGB"][0], EXACT["BMP palette"][0]],
    "GIF": [EXACT["GIF"][0]],
    "TIFF": [saved(PICTURE, "TIFF"), saved(PICTURE, "TIFF", big_tiff=True)],
    "PPM": [saved(PICTURE, "PPM"), b"P3 1 1 1 0 0 1"],
    "PGM": [saved(PICTURE[..., 0], "PPM"), b"P2\n#\n1 1 1 0"],
    "PBM": [saved(PICTURE[..., 0] > 9, "PPM"), b"P1 1 1 0"],
    "HEIC": [boxed(b"heic", b"mif1heic"), boxed(b"mif1", b"mif1heic")],
}


def test_all_that_is_read_is_known_by_its_beginning():
    assert READ.keys() == kinds.READABLE
    for kind, files in READ.items():
        assert kinds.is_readable(kind)
        assert [kinds.kind_of(data) for data in files] == [kind] * len(files)
        assert [kinds.kind_of(data[:264]) for data in files] == [kind] * len(files)
        for data in files if kind != "HEIC" else ():
            assert load_rgb(data, "a").size, "and it is read"


def test_little_is_enough_to_know_a_kind():
    for case, (data, _, _) in OTHERS.items():
        assert kinds.kind_of(data[:264]) == case.strip()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"P",
        b"P5",
        b"BM",
        b"RIFF",
        bytes(600),
        b"Dear Anna, P5 is the best period.",
        b"P1 is the first question",
        b"BMW makes cars",
        b"version 2 of the photo",
        boxed(b"M4A "),
    ],
)
def test_what_is_nothing_known_has_no_kind(data):
    assert kinds.kind_of(data) == ""


@given(strategies.binary(max_size=600))
def test_any_bytes_have_a_kind_or_none(data):
    assert isinstance(kinds.kind_of(data), str)


def test_a_photo_that_is_still_in_the_cloud_is_told_from_other_lists_by_its_name():
    with pytest.raises(ImageRefused, match=r"stands in for one that is still in iCloud"):
        load_rgb(b"bplist00\xd1" + bytes(40), ".IMG_1.jpg.icloud")
    with pytest.raises(ImageRefused, match="is named like an image"):
        load_rgb(b"bplist00\xd1" + bytes(40), "IMG_1.jpg")


def test_an_ending_says_nothing():
    for name in ("a.dcm", "a.mov", "a"):
        assert load_rgb(saved(Image.new("RGB", (4, 3)), "PPM"), name).shape == (3, 4, 3)
