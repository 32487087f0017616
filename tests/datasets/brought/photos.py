"""Photos of phones, scientists and instruments, and single files."""

from tests.datasets.brought.entry import NO_PHOTOS, SINGLE, TOO_FEW, TWICE, VIDEOS, Brought, Refused
from tests.datasets.brought.pieces import (
    FILM,
    HEIC_OF_NO_CAMERA,
    Files,
    Shot,
    also,
    brighter,
    fifty_megapixels,
    grey,
    shots,
)
from tests.datasets.brought.shapes import flat, undivided

PETS_5 = flat("", 5, "cats", "dogs")
TEN = undivided(5, cats="cats/*", dogs="dogs/*")
FACES = {
    name: photo
    for s in range(1, 5)
    for name, photo in shots(f"s{s}/{{}}.pgm", 6, 100 * s, "PPM", grey).items()
}
SIGNS = shots("Images/00000/{:05}.ppm", 8, 0, "PPM") | shots(
    "Images/00001/{:05}.ppm", 8, 100, "PPM"
)
TIFFS = shots("EuroSAT/Forest/Forest_{}.tif", 6, 0, "TIFF") | shots(
    "EuroSAT/River/River_{}.tif", 6, 100, "TIFF"
)
BESIDE: Files = {
    f"{name}/IMG_{n}.{ending}": start + b"%s%d" % (name.encode(), n)
    for name in ("cats", "dogs")
    for n in range(1, 7)
    for ending, start in (("MOV", FILM), ("AAE", b"<plist></plist>"))
}
HEICS = shots("cats/IMG_{}.HEIC", 6, 0, "HEIC") | shots("dogs/IMG_{}.HEIC", 6, 100, "HEIC")
EDITED = shots("cats/IMG_E{}.JPG", 3, 0, change=brighter) | shots(
    "dogs/IMG_E{}.JPG", 3, 100, change=brighter
)
ODD_ENDINGS: Files = (
    shots("cats/{}.jfif", 5, 0)
    | {"cats/x.jpe": Shot(50), "cats/content": Shot(51), "cats/photo.jpg_s=612x612": Shot(52)}
    | flat("", 8, "dogs")
    | shots("dogs/{}.jpg", 8, 200)
)

PHOTOS = (
    Brought(
        name="photos of fifty megapixels among small ones",
        file="phones.zip",
        files=PETS_5 | shots("cats/big{}.jpg", 3, 500, change=fifty_megapixels),
        right={"cats": {"": (8, "cats/*")}, "dogs": {"": (5, "dogs/*")}},
        slow=True,
    ),
    Brought(
        name="only photos of fifty megapixels",
        file="phones.zip",
        files=also(PETS_5, change=fifty_megapixels),
        right=TEN,
        slow=True,
    ),
    Brought(
        name="grey Netpbm files",
        file="faces.zip",
        files={"README": b"The files are in PGM format", **FACES},
        right={f"s{s}": {"": (6, f"s{s}/*")} for s in range(1, 5)},
    ),
    Brought(
        name="Netpbm files in colour",
        file="signs.zip",
        files={**SIGNS, "Images/00000/GT-00000.csv": b"Filename;Width\n"},
        right={"00000": {"": (8, "Images/00000/*.ppm")}, "00001": {"": (8, "Images/00001/*.ppm")}},
        left_out={NO_PHOTOS: 1},
    ),
    Brought(
        name="Netpbm files beside JPEG",
        file="pets.zip",
        files=flat("", 8, "cats", "dogs") | shots("cats/x{}.pgm", 8, 500, "PPM", grey),
        right={"cats": {"": (16, "cats/*")}, "dogs": {"": (8, "dogs/*")}},
    ),
    Brought(
        name="plain TIFF files",
        file="satellite.zip",
        files=TIFFS,
        right=undivided(6, Forest="EuroSAT/Forest/*", River="EuroSAT/River/*"),
    ),
    Brought(
        name="medical scans",
        file="scans.zip",
        files={
            f"{name}/{n}.dcm": bytes(128) + b"DICM" + bytes(400) + b"%s%d" % (name.encode(), n)
            for name in ("normal", "pneumonia")
            for n in range(6)
        },
        refused=Refused(says="no photo that can be used", because="Pictures in {kind} format"),
    ),
    Brought(
        name="what an iPhone exports",
        file="iphone.zip",
        files=HEICS | EDITED | BESIDE,
        right={name: {"": (6, f"{name}/IMG_[E456]*[GC]")} for name in ("cats", "dogs")},
        left_out={TWICE: 6, VIDEOS: 12, NO_PHOTOS: 12},
    ),
    Brought(
        name="HEIC files only",
        file="iphone.zip",
        files=HEICS,
        right=undivided(6, cats="cats/*", dogs="dogs/*"),
    ),
    Brought(
        name="HEIC files of a form that no phone writes",
        file="iphone.zip",
        files=BESIDE | {name: HEIC_OF_NO_CAMERA + name.encode() for name in HEICS},
        right=undivided(6, cats="cats/*.HEIC", dogs="dogs/*.HEIC"),
        left_out={VIDEOS: 12, NO_PHOTOS: 12},
        refused=Refused(
            says="images cannot be used",
            because="a photo in HEIC format",
            values={"count": 12},
            planned=True,
        ),
    ),
    Brought(
        name="too few photos beside HEIC files that cannot be read",
        file="iphone.zip",
        files=flat("", 3, "cats", "dogs")
        | {
            f"{c}/IMG_{n}.HEIC": HEIC_OF_NO_CAMERA + b"%d" % n + c.encode()
            for c in ("cats", "dogs")
            for n in (8, 9)
        },
        right=undivided(5, cats="cats/*", dogs="dogs/*"),
        refused=Refused(says=TOO_FEW, because="a photo in HEIC format", planned=True),
    ),
    Brought(
        name="unusual endings, or none",
        file="endings.zip",
        files=ODD_ENDINGS,
        right=undivided(8, cats="cats/*", dogs="dogs/*"),
    ),
    *(
        Brought(
            name=f"{file} instead of an archive",
            file=file,
            raw=Shot(seed, form).data(),
            refused=Refused(says=SINGLE, values={"format": form}),
        )
        for seed, (file, form) in enumerate(
            (
                ("windows.jfif", "JPEG"),
                ("old.jpe", "JPEG"),
                ("noending", "JPEG"),
                ("photo.jpg?s=612x612", "JPEG"),
                ("good.jpg", "JPEG"),
                ("drawing.png", "PNG"),
                ("phone.heic", "HEIC"),
            )
        )
    ),
)
