"""What other tools export, and archives of other formats, damaged or split."""

import json
import struct

from tests.datasets.brought.entry import (
    ARE_PARTS,
    COPIED,
    DETECTION,
    MODEL,
    NO_PHOTOS,
    OTHER_ARCHIVE,
    Brought,
    Refused,
)
from tests.datasets.brought.parts import CHEST_RIGHT, PETS, PETS_RIGHT
from tests.datasets.brought.parts import TWICE as CHEST_TWICE
from tests.datasets.brought.pieces import Files, Shot, also, grey, packed, shots
from tests.datasets.brought.shapes import flat, undivided
from tl_core.datasets.reading.choices import Choices

TEACHABLE: Files = {"manifest.json": json.dumps({"type": "image", "version": "2.4.7"}).encode()}
TEACHABLE |= shots("고양이 사진-!-{}.jpg", 8, 0) | shots("dog/puppy-!-{}.jpg", 8, 100)
TEACHABLE_RIGHT = {"dog/puppy": {"": (8, "dog/*")}, "고양이 사진": {"": (8, "고양이*")}}

TOOLS = (
    Brought(
        name="a Teachable Machine project",
        file="project.tm",
        files=TEACHABLE,
        right=TEACHABLE_RIGHT,
        left_out={NO_PHOTOS: 1},
    ),
    Brought(
        name="a Teachable Machine project that is called zip",
        file="project.tm.zip",
        files=also(TEACHABLE, ("dog/puppy", "dog")),
        right={"dog": {"": (8, "dog*")}, "고양이 사진": {"": (8, "고양이*")}},
        left_out={NO_PHOTOS: 1},
    ),
    Brought(
        name="a genai-tm project",
        file="classifier.zip",
        files=shots("samples/0_{}.png", 8, 0, "PNG")
        | shots("samples/1_{}.png", 8, 100, "PNG")
        | {"metadata.json": b'{"labels": ["cat", "dog"]}', "behaviours.json": b"[]"}
        | {"model.json": b"{}", "weights.bin": bytes(64)},
        right=undivided(8, cat="samples/0_*", dog="samples/1_*"),
        left_out={NO_PHOTOS: 4},
    ),
    Brought(
        name="a Keras model and its labels",
        file="converted_keras.zip",
        files={
            "keras_model.h5": b"\x89HDF\r\n\x1a\n" + bytes(200),
            "labels.txt": b"0 cat\n1 dog\n",
        },
        refused=Refused(says=MODEL, values={"name": "keras_model.h5"}),
    ),
    Brought(
        name="a TensorFlow.js model",
        file="tm-my-image-model.zip",
        files={
            "model.json": b"{}",
            "metadata.json": b'{"labels": ["a", "b"]}',
            "weights.bin": bytes(200),
        },
        refused=Refused(says=MODEL, values={"name": "weights.bin"}),
    ),
    Brought(
        name="labels of Label Studio without photos",
        file="project-1.zip",
        files={"result.json": b"[]", "project-1.csv": b"image,choice\n/data/upload/1.jpg,cat\n"},
        refused=Refused(says="but the photos are not here", values={"name": "project-1.csv"}),
    ),
    Brought(
        name="boxes of Label Studio without photos",
        file="project-2.zip",
        files={
            "images/": b"",
            "labels/1.txt": b"0 .5 .5 .1 .1",
            "classes.txt": b"cat\n",
            "notes.json": b"{}",
        },
        refused=Refused(says=DETECTION, values={"tool": "YOLO"}),
    ),
    Brought(
        name="Git LFS pointers instead of photos",
        file="pets-main.zip",
        files={
            f"pets-main/{name}/{n}.jpg": b"version https://git-lfs.github.com/spec/v1\noid sha256:"
            + b"%064x\nsize 43210\n" % n
            for name in ("cats", "dogs")
            for n in range(8)
        },
        refused=Refused(says="no photo that can be used", because="Git LFS pointers"),
    ),
    Brought(
        name="placeholders of iCloud among the photos",
        file="pets.zip",
        files=PETS
        | {
            f"pets/{c}/.IMG_{n}.jpg.icloud": b"bplist00%d" % n
            for c in ("cats", "dogs")
            for n in range(30)
        },
        right=PETS_RIGHT,
        left_out={"Photos that iCloud has not downloaded": 60},
    ),
)

FLOWERS = flat("flower_photos/", 8, "daisy", "roses") | {"flower_photos/LICENSE.txt": b"CC-BY"}
FLOWERS_RIGHT = undivided(8, daisy="flower_photos/daisy/*", roses="flower_photos/roses/*")
INNER = flat("caltech/101_ObjectCategories.tar.gz/101_ObjectCategories/", 6, "ant", "bee")
MANY_CLASSES: Files = {
    f"images/class {c:03}/{n}.png": Shot(10 * c + n, "PNG") for c in range(101) for n in range(5)
}
WHOLE = packed(PETS)


def last_piece() -> bytes:
    """Return the last half of a zip, whose table of contents says that there are two pieces."""
    piece = bytearray(WHOLE[len(WHOLE) // 2 :])
    struct.pack_into("<HH", piece, piece.rfind(b"PK\5\6") + 4, 1, 1)
    return bytes(piece)


ARCHIVES = (
    *(
        Brought(
            name=f"{file} that is {kind}", file=file, files=FLOWERS, mode=mode, right=FLOWERS_RIGHT
        )
        for file, kind, mode in (
            ("flower_photos.tgz", "a gzipped tar", "gz"),
            ("flowers.zip", "a gzipped tar", "gz"),
            ("flower_photos.zip", "a tar", ""),
            ("flowers.tar.bz2", "a tar packed with bzip2", "bz2"),
            ("flower-photos.zip", "a zip", "zip"),
        )
    ),
    *(
        Brought(
            name=f"{file} in {kind} format",
            file=file,
            raw=start + bytes(500),
            refused=Refused(says=OTHER_ARCHIVE, values={"format": kind}),
        )
        for file, kind, start in (
            ("pets-7z.zip", "7z", b"7z\xbc\xaf\x27\x1c\0\4"),
            ("pets-rar.zip", "RAR", b"Rar!\x1a\7\1\0"),
            ("pets.egg", "EGG", b"EGGA\0\1"),
            ("pets-egg.zip", "EGG", b"EGGA\0\2"),
            ("pets-alz.zip", "ALZ", b"ALZ\1\n\0\0\0"),
        )
    ),
    Brought(
        name="the first piece of a split zip",
        file="pets.z01",
        raw=b"PK\7\x08" + WHOLE[: len(WHOLE) // 2],
        refused=Refused(says="the first piece of one that was split"),
    ),
    Brought(
        name="the last piece of a split zip",
        file="pets-last.zip",
        raw=last_piece(),
        refused=Refused(says="the last piece of one that was split"),
    ),
    Brought(
        name="a zip whose end is missing",
        file="broken-off.zip",
        raw=WHOLE[:-3000],
        refused=Refused(says="its end is missing"),
    ),
    Brought(
        name="an archive inside the archive",
        file="caltech-101.zip",
        files=INNER
        | {
            "caltech/Annotations.tar/Annotations/ant/annotation_0001.mat": b"x",
            "caltech/show_annotation.m": b"x",
        },
        right=undivided(6, ant="*/ant/*.jpg", bee="*/bee/*.jpg"),
        left_out={NO_PHOTOS: 2},
    ),
    Brought(
        name="more classes than are allowed",
        file="classes.zip",
        files=MANY_CLASSES,
        right={f"class {c:03}": {"": (5, f"images/class {c:03}/*")} for c in range(101)},
        refused=Refused(
            says="There are {count} classes", values={"count": 101, "limit": 100}, planned=True
        ),
    ),
    Brought(
        name="more classes than are allowed, one of them left out",
        file="classes.zip",
        files=MANY_CLASSES,
        choices=Choices(off=("class 050",)),
        right={f"class {c:03}": {"": (5, f"images/class {c:03}/*")} for c in range(101) if c != 50},
        slow=True,
    ),
    Brought(
        name="a damaged photo in a set that stands there twice, of which the whole one is used",
        file="xray.zip",
        files=CHEST_TWICE | {"xray/train/NORMAL/1.jpeg": Shot(1, change=grey).data()[:300]},
        right=CHEST_RIGHT
        | {"NORMAL": {**CHEST_RIGHT["NORMAL"], "train": (6, "xray/xray/train/NORMAL/*")}},
        reasons=(ARE_PARTS,),
        left_out={COPIED: 22},
    ),
)

PACKED = (*TOOLS, *ARCHIVES)
