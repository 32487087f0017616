"""Archives whose folders are parts, or repeat others."""

from tests.datasets.brought.entry import (
    ARE_PARTS,
    COPIED,
    NO_CLASS,
    NO_PHOTOS,
    NO_VALIDATION,
    NOT_LEARNED,
    REPEATED,
    Brought,
    Refused,
    Sides,
)
from tests.datasets.brought.pieces import also, grey, shots, within
from tests.datasets.brought.shapes import divided, flat, parts, undivided

DS_STORE = b"\0\0\0\1Bud1" + bytes(60)


PARTS = (
    Brought(
        name="each part inside a folder of its own name",
        file="archive.zip",
        files=parts("training_set/training_set", "test_set/test_set", "cats", "dogs")
        | {"training_set/training_set/cats/_DS_Store": DS_STORE},
        right=divided("training_set", "test_set", "test", "cats", "dogs"),
        reasons=(ARE_PARTS,),
    ),
    Brought(
        name="parts with Data behind their names",
        file="fruit.zip",
        files=parts("Training Data", "Testing Data", "apple", "banana"),
        right=divided("Training Data", "Testing Data", "test", "apple", "banana"),
        reasons=(ARE_PARTS,),
    ),
    Brought(
        name="an evaluation that is the only part to judge by",
        file="fruit.zip",
        files=parts("Training", "Evaluation", "apple", "banana"),
        right=divided("Training", "Evaluation", "validation", "apple", "banana"),
        reasons=(ARE_PARTS,),
    ),
    Brought(
        name="numbered parts in Korean",
        file="과일.zip",
        files=parts("1. 학습용 데이터", "2. 검증용 데이터", "사과", "배"),
        right=divided("1. 학습용 데이터", "2. 검증용 데이터", "validation", "배", "사과"),
        reasons=(ARE_PARTS,),
    ),
    Brought(
        name="a script beside the parts",
        file="cats_and_dogs_filtered.zip",
        files=within("filtered/", parts("train", "validation", "cats", "dogs"))
        | {"filtered/vectorize.py": b"import numpy"},
        right=divided("train", "validation", "validation", "cats", "dogs"),
        reasons=(ARE_PARTS,),
        left_out={NO_PHOTOS: 1},
    ),
    Brought(
        name="test photos without a label",
        file="pets.zip",
        files=parts("train", "validation", "cats", "dogs")
        | shots("test/test_folder/{}.jpg", 6, 900),
        right=divided("train", "validation", "validation", "cats", "dogs"),
        reasons=(ARE_PARTS,),
        left_out={NO_CLASS: 6},
    ),
    Brought(
        name="a class without validation photos",
        file="pets.zip",
        files=parts("train", "val", "cat", "dog") | shots("train/owl/{}.jpg", 8, 900),
        right=divided("train", "val", "validation", "cat", "dog")
        | {"owl": {"train": (8, "train/owl/*")}},
        reasons=(ARE_PARTS,),
        warnings=(NO_VALIDATION,),
        findings=frozenset({"unjudged"}),
    ),
    Brought(
        name="other spellings in another part",
        file="pets.zip",
        files=shots("train/cat /{}.jpg", 8, 0)
        | shots("train/dog/{}.jpg", 8, 100)
        | shots("val/Cat/{}.jpg", 5, 200)
        | shots("val/dogs/{}.jpg", 5, 300),
        right={
            "Cat": {"train": (8, "train/cat /*"), "validation": (5, "val/Cat/*")},
            "dog": {"train": (8, "train/dog/*"), "validation": (5, "val/dogs/*")},
        },
        reasons=(ARE_PARTS,),
    ),
    Brought(
        name="an empty class folder",
        file="pets.zip",
        files=flat("train/", 8, "cat", "dog") | {"train/owl/": b""},
        right=undivided(8, cat="train/cat/*", dog="train/dog/*"),
        warnings=("is empty, so it is no class",),
    ),
    Brought(
        name="one class to learn and others to judge by",
        file="parts.zip",
        files=flat("train/", 8, "ok") | flat("val/", 4, "nok", "unsure"),
        right={
            "nok": {"validation": (4, "val/nok/*")},
            "ok": {"train": (8, "train/ok/*")},
            "unsure": {"validation": (4, "val/unsure/*")},
        },
        reasons=(ARE_PARTS,),
        warnings=(NOT_LEARNED, NOT_LEARNED, NO_VALIDATION),
        refused=Refused(
            says="Only the class {name} has photos", values={"name": "ok"}, planned=True
        ),
    ),
)

CHEST = {
    name: photo
    for part, count, seed in (("train", 6, 0), ("val", 2, 200), ("test", 3, 400))
    for place, label in enumerate(("NORMAL", "PNEUMONIA"))
    for name, photo in shots(
        f"xray/{part}/{label}/{{}}.jpeg", count, seed + 100 * place, change=grey
    ).items()
}
TWICE = CHEST | within("xray/", CHEST) | {"xray/__MACOSX/train/._.DS_Store": DS_STORE}
CHEST_RIGHT: Sides = {
    label: {
        "train": (6, f"xray/train/{label}/*"),
        "validation": (2, f"xray/val/{label}/*"),
        "test": (3, f"xray/test/{label}/*"),
    }
    for label in ("NORMAL", "PNEUMONIA")
}
FLOWERS = flat("flowers/", 8, "daisy", "rose")
HANDS = flat("", 6, "rock", "paper", "scissors")
PETS = flat("pets/", 8, "cats", "dogs")
CATS = {name: photo for name, photo in PETS.items() if "/cats/" in name}
PETS_RIGHT = undivided(8, cats="pets/cats/*", dogs="pets/dogs/*")

COPIES = (
    Brought(
        name="the whole set again one level down",
        file="flowers.zip",
        files=FLOWERS | within("flowers/", FLOWERS),
        right=undivided(8, daisy="flowers/daisy/*", rose="flowers/rose/*"),
        left_out={COPIED: 16},
    ),
    Brought(
        name="the class folders again in a folder beside them",
        file="hands.zip",
        files=HANDS | within("rps-images/", HANDS) | {"README_rps.txt": b"x"},
        right=undivided(6, paper="paper/*", rock="rock/*", scissors="scissors/*"),
        left_out={COPIED: 18, NO_PHOTOS: 1},
    ),
    Brought(
        name="parts that stand there twice",
        file="xray.zip",
        files=TWICE,
        right=CHEST_RIGHT,
        reasons=(ARE_PARTS,),
        left_out={COPIED: 22},
    ),
    Brought(
        name="a copied folder, as the Finder calls it",
        file="pets.zip",
        files=PETS | also(CATS, ("/cats/", "/cats 2/")),
        right=PETS_RIGHT,
        left_out={COPIED: 8},
    ),
    Brought(
        name="a copied folder, as the Explorer calls it in Korean",
        file="pets.zip",
        files=PETS | also(CATS, ("/cats/", "/cats - 복사본/")),
        right=PETS_RIGHT,
        left_out={COPIED: 8},
    ),
    Brought(
        name="copied files",
        file="pets.zip",
        files=PETS | also(CATS, (".jpg", " (1).jpg")),
        right=undivided(8, cats="pets/cats/?.jpg", dogs="pets/dogs/*"),
        left_out={REPEATED: 8},
    ),
)

PARTED = (*PARTS, *COPIES)
