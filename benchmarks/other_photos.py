"""Gather photos that show neither cats nor dogs, from three packages of Debian, for `none_of_these`.

    apt-get download gcompris-qt-data tuxpaint-stamps-default mate-backgrounds
    for file in *.deb; do dpkg-deb -x "$file" packages; done
    python -m benchmarks.other_photos packages OUT

GCompris (GPL-3+): animals, monuments and musicians, whole scenes. Tux Paint's stamps (GPL-2): animals and
things, cut out, here on white. MATE's backgrounds (GPL-2+): nature. Nothing of them is part of this project.
Left out: drawings, mirror images, what is smaller than 80 pixels or nearly all white, and every cat and dog
but the wild ones (tigers, lions, a fox). The lab's own sample photos but the cat come to the things.
"""

import argparse
import io
import re
import struct
from pathlib import Path

import numpy as np
from PIL import Image

from tl_core.datasets.catalogue import SAMPLE_PHOTOS

LONGEST, SHORTEST = 512, 80
EVEN = 12.0
"""Standard deviation of the pixels below which there is nothing to see."""
THINGS = (
    *("food", "hobbies", "household", "medical", "military/vehicles", "plants", "sports"),
    *("vehicles", "town/monuments", "naturalforces"),
)
STAMPS, RESOURCES = "usr/share/tuxpaint/stamps", "usr/share/gcompris-qt/rcc"
BACKGROUNDS = "usr/share/backgrounds/mate/nature"
NOT_PHOTOS, PETS = {"cartoon", "toys"}, {"dog", "dingo", "hedgehog"}  # the hedgehog is a drawing
FARM_PETS = {4, 7, 8}
"""A cat, a dog and a picture of all, in the order of the file."""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("packages", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    for name, pictures in groups(arguments.packages).items():
        folder = arguments.out / name
        folder.mkdir(parents=True)
        shown = [one for one in map(as_photo, pictures) if one]
        for number, picture in enumerate(shown):
            picture.save(folder / f"{number:03}.jpg", quality=92)
        print(name, len(shown))


def groups(packages):
    stamps = packages / STAMPS
    farm = [p for i, p in enumerate(packed(packages, "explore_farm_animals")) if i not in FARM_PETS]
    samples = [Image.open(one.path) for one in SAMPLE_PHOTOS if one.name != "chelsea"]
    nature = [Image.open(path) for path in sorted((packages / BACKGROUNDS).glob("*.jpg"))]
    monuments = packed(packages, "explore_monuments") + packed(packages, "explore_world_music")
    return {
        "animals, cut out": photos(stamps / "animals"),
        "animals, whole photos": farm + packed(packages, "explore_world_animals"),
        "things, cut out": [picture for name in THINGS for picture in photos(stamps / name)],
        "things, whole photos": monuments + nature + samples,
    }


def photos(folder):
    return [
        Image.open(path)
        for path in sorted(folder.rglob("*.png"))
        if not NOT_PHOTOS & set(path.parts) and "mirror" not in path.stem and path.stem not in PETS
    ]


def packed(packages, name):
    """Return the WebP pictures in a resource file of Qt, which holds them as they are."""
    data = (packages / RESOURCES / f"{name}.rcc").read_bytes()
    found = []
    for match in re.finditer(rb"RIFF....WEBP", data, re.DOTALL):
        (size,) = struct.unpack("<I", data[match.start() + 4 : match.start() + 8])
        found.append(Image.open(io.BytesIO(data[match.start() : match.start() + size + 8])))
    return found


def as_photo(picture):
    """Return a picture on white, small; None where there is too little to see."""
    if min(picture.size) < SHORTEST:
        return None
    picture = picture.convert("RGBA")
    shown = Image.new("RGBA", picture.size, "white")
    shown.alpha_composite(picture)
    shown = shown.convert("RGB")
    if np.asarray(shown).std() < EVEN:
        return None
    shown.thumbnail((LONGEST, LONGEST))
    return shown


if __name__ == "__main__":
    main()
