"""Archives with masks, boxes, versions or groups beside or around their classes."""

from tests.datasets.brought.entry import (
    DETECTION,
    GROUPS,
    MASKS,
    NO_PHOTOS,
    SEGMENTED,
    SIBLINGS,
    VERSIONS,
    Brought,
    Refused,
)
from tests.datasets.brought.pieces import (
    Files,
    Shot,
    also,
    brighter,
    cut_out,
    grey,
    mask,
    mirrored,
    shots,
    turned,
)
from tests.datasets.brought.shapes import flat, undivided

SCANS = shots("set/COVID/images/COVID-{}.png", 6, 0, "PNG", grey) | shots(
    "set/Normal/images/Normal-{}.png", 6, 100, "PNG", grey
)
BREEDS = shots("images/Abyssinian_{}.jpg", 8, 0) | shots("images/beagle_{}.jpg", 8, 100)
BOXED = shots("devkit/JPEGImages/{:06}.jpg", 8, 0)
LABELLED = {
    name: photo
    for place, part in enumerate(("train", "valid", "test"))
    for name, photo in shots(f"{part}/images/p{{}}_jpg.rf.0a.jpg", 5, 100 * place).items()
}
LEFT = shots("left/{}.png", 12, 0, "PNG")

MASKED = (
    Brought(
        name="masks beside the photos of every class",
        file="covid.zip",
        files={"set/README.md.txt": b"x", "set/COVID.metadata.xlsx": b"PK\3\4", **SCANS}
        | also(SCANS, ("/images/", "/masks/"), change=mask),
        right=undivided(6, COVID="set/COVID/images/*", Normal="set/Normal/images/*"),
        left_out={MASKS: 12, NO_PHOTOS: 1},
        warnings=(SEGMENTED,),
    ),
    Brought(
        name="trimaps of photos that are labelled by their names",
        file="pets.zip",
        files={**BREEDS, "annotations/list.txt": b"Abyssinian_1 1 1 1\n"}
        | also(BREEDS, ("images/", "annotations/trimaps/"), (".jpg", ".png"), change=mask),
        right=undivided(8, Abyssinian="images/Abyss*", beagle="images/beagle*"),
        left_out={MASKS: 16, NO_PHOTOS: 1},
        warnings=(SEGMENTED,),
    ),
    Brought(
        name="boxes and masks of Pascal VOC",
        file="voc.zip",
        files=BOXED
        | also(BOXED, ("JPEGImages", "SegmentationClass"), (".jpg", ".png"), change=mask)
        | {
            f"devkit/Annotations/{n:06}.xml": b"<annotation><object><name>dog</name></object></annotation>"
            for n in range(1, 9)
        },
        refused=Refused(says=DETECTION, values={"tool": "Pascal VOC"}),
    ),
    Brought(
        name="boxes of YOLO",
        file="yolo.zip",
        files={"data.yaml": b"names: [cat, dog]\nnc: 2\n", **LABELLED}
        | {
            name.replace("/images/", "/labels/")[:-3] + "txt": b"0 0.5 0.5 0.2 0.2\n"
            for name in LABELLED
        },
        refused=Refused(says=DETECTION, values={"tool": "YOLO"}),
    ),
    Brought(
        name="boxes of COCO",
        file="coco.zip",
        files=also(LABELLED, ("/images/", "/"))
        | {
            f"{part}/_annotations.coco.json": b'{"images": [], "annotations": [], "categories": []}'
            for part in ("train", "valid", "test")
        },
        refused=Refused(says=DETECTION, values={"tool": "COCO"}),
    ),
    Brought(
        name="classes that are each other's mirror images",
        file="arrows.zip",
        files=LEFT | also(LEFT, ("left/", "right/"), change=mirrored),
        right=undivided(12, left="left/*", right="right/*"),
        findings=frozenset({"mirrored"}),
    ),
)

COLOUR = flat("leaves/color/", 6, "Apple", "Grape")
PUPILS = ("one_4711", "two_4712", "three_4713")
HANDED_IN: Files = {
    name: Shot(seed + n)
    for p, pupil in enumerate(PUPILS)
    for label, seed in (("cats", 100 * p), ("dogs", 100 * p + 50))
    for n in range(5)
    for name in [f"{pupil}_file/{label}/{n}.jpg"]
}
ZIPPED = also(HANDED_IN, ("_file/", "_file/photos.zip/"))
ORIGINALS = shots("Data/Original Images/leaf/{}.jpg", 6, 0) | shots(
    "Data/Original Images/root/{}.jpg", 6, 100
)
AUGMENTED = also(ORIGINALS, ("Original", "Augmented"), (".jpg", "_0.jpg"), change=turned) | also(
    ORIGINALS, ("Original", "Augmented"), (".jpg", "_1.jpg"), change=brighter
)

GROUPED = (
    Brought(
        name="the same photos in colour, in grey and cut out",
        file="leaves.zip",
        files=COLOUR
        | also(COLOUR, ("/color/", "/grayscale/"), change=grey)
        | also(COLOUR, ("/color/", "/segmented/"), (".jpg", "_final_masked.jpg"), change=cut_out),
        right=undivided(6, Apple="*/color/Apple/*", Grape="*/color/Grape/*"),
        reasons=(VERSIONS,),
    ),
    Brought(
        name="originals and augmented copies side by side",
        file="Data.zip",
        files=ORIGINALS | AUGMENTED,
        right=undivided(6, leaf="Data/Original*/leaf/*", root="Data/Original*/root/*"),
        reasons=(VERSIONS,),
    ),
    Brought(
        name="augmented copies in the folder of the originals",
        file="Data.zip",
        files=also(ORIGINALS | AUGMENTED, ("Original Images/", ""), ("Augmented Images/", "")),
        right=undivided(18, leaf="Data/leaf/*", root="Data/root/*"),
        groups=12,
        reasons=(SIBLINGS,),
        findings=frozenset({"near-copies"}),
    ),
    Brought(
        name="a folder for each pupil",
        file="submissions.zip",
        files=HANDED_IN,
        right=undivided(15, cats="*/cats/*", dogs="*/dogs/*"),
        groups=3,
        reasons=(GROUPS,),
        others=("outer",),
    ),
    Brought(
        name="a zip from each pupil",
        file="submissions.zip",
        files=ZIPPED,
        right=undivided(15, cats="*/cats/*", dogs="*/dogs/*"),
        groups=3,
        reasons=(GROUPS,),
        others=("outer",),
    ),
)

INSIDE = (*MASKED, *GROUPED)
