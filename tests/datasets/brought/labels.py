"""Archives whose labels stand in file names or tables, and odd names of classes."""

from tests.datasets.brought.entry import NO_LABEL, NO_PHOTOS, TOO_FEW, Brought, Refused
from tests.datasets.brought.pieces import Shot, shots, within
from tests.datasets.brought.shapes import flat, learned, undivided

DOTTED = shots("train/cat.{}.jpg", 10, 0) | shots("train/dog.{}.jpg", 10, 100)
DOTTED_RIGHT = learned(10, cat="*train/cat.*", dog="*train/dog.*")
LEAVES = shots("train_images/1{:02}.jpg", 12, 0)
LEAF_TABLE = b"image_id,label\n" + b"".join(b"1%02d.jpg,%d\n" % (n, n % 2) for n in range(1, 13))
LEAF_NAMES = b'{"0": "CBB", "1": "CBSD"}'
EVEN, ODD = "*[02468].jpg", "*[13579].jpg"

LABELS = (
    Brought(
        name="the label before the first dot",
        file="train.zip",
        files=DOTTED,
        right=DOTTED_RIGHT,
    ),
    Brought(
        name="the label before the number",
        file="pets.zip",
        files=shots("images/Abyssinian_{}.jpg", 6, 0) | shots("images/beagle_{}.jpg", 6, 100),
        right=undivided(6, Abyssinian="images/Abyss*", beagle="images/beagle*"),
    ),
    Brought(
        name="zips inside the zip of a competition",
        file="dogs-vs-cats.zip",
        files=within("train.zip/", DOTTED)
        | shots("test1.zip/test1/{}.jpg", 6, 500)
        | {"sampleSubmission.csv": b"id,label\n1,0\n"},
        right=DOTTED_RIGHT,
        left_out={NO_LABEL: 6, NO_PHOTOS: 1},
    ),
    Brought(
        name="file names without a label that repeats",
        file="faces.zip",
        files=shots("UTKFace/{}_0_1_20170109.jpg.chip.jpg", 12, 0),
        right=undivided(12, UTKFace="UTKFace/*"),
        refused=Refused(
            says="as a class it would be the only one", values={"count": 12}, planned=True
        ),
    ),
    Brought(
        name="a table of numbers and a file that names them",
        file="cassava.zip",
        files={"train.csv": LEAF_TABLE, "label_num_to_disease_map.json": LEAF_NAMES, **LEAVES}
        | shots("test_images/22167{}.jpg", 6, 500),
        right=learned(6, CBB="train_images/" + EVEN, CBSD="train_images/" + ODD),
        left_out={NO_LABEL: 6, NO_PHOTOS: 1},
    ),
    Brought(
        name="a table beside a single test photo",
        file="cassava.zip",
        files={"train.csv": LEAF_TABLE, "label_num_to_disease_map.json": LEAF_NAMES, **LEAVES}
        | shots("test_images/22167{}.jpg", 1, 500),
        right=learned(6, CBB="train_images/" + EVEN, CBSD="train_images/" + ODD),
        left_out={NO_LABEL: 1, NO_PHOTOS: 1},
    ),
    Brought(
        name="a table of names without endings",
        file="breeds.zip",
        files=shots("train/{:032}.jpg", 12, 0)
        | {
            "labels.csv": b"id,breed\n"
            + b"".join(b"%032d,%s\n" % (n, (b"beagle", b"pug")[n % 2]) for n in range(1, 13))
        },
        right=learned(6, beagle="train/" + EVEN, pug="train/" + ODD),
    ),
    Brought(
        name="eight digits before the label, as Label Studio has it",
        file="export.zip",
        files=shots("1a2b3c{}d-cat.jpg", 6, 0) | shots("4a2b3c{}d-dog.jpg", 6, 100),
        right=undivided(6, cat="*-cat.jpg", dog="*-dog.jpg"),
    ),
    Brought(
        name="one picture in both classes",
        file="satellite.zip",
        files={
            f"set/{name}/{name}_{n}.tif": Shot(9, "TIFF").data() + f"{name}{n}".encode()
            for name in ("Forest", "River")
            for n in range(6)
        },
        right=undivided(6, Forest="set/Forest/*", River="set/River/*"),
        refused=Refused(says=TOO_FEW, because="exactly the same picture", planned=True),
    ),
)

ODD_NAMES = ("1e3", "007", "NA", "nan", "None", "null", "true")
CLASSES = (
    Brought(
        name="classes called like numbers",
        file="numbers.zip",
        files=flat("", 5, *(str(n) for n in range(12))),
        right={str(n): {"": (5, f"{n}/*")} for n in range(12)},
    ),
    Brought(
        name="classes with capitals and accents",
        file="capitals.zip",
        files=flat("", 6, "Zebra", "apple", "Émile"),
        right={name: {"": (6, f"{name}/*")} for name in ("apple", "Zebra", "Émile")},
    ),
    Brought(
        name="classes called like values of programs",
        file="names.zip",
        files=flat("", 6, *ODD_NAMES),
        right={name: {"": (6, f"{name}/*")} for name in ODD_NAMES},
    ),
    Brought(
        name="twelve hundred photos",
        file="many.zip",
        files=flat("many/", 600, "a") | shots("many/b/{}.jpg", 600, 5000),
        right=undivided(600, a="many/a/*", b="many/b/*"),
        slow=True,
    ),
)

LABELLED = (*LABELS, *CLASSES)
