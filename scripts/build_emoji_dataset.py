"""Rebuild the built-in emoji dataset, `tl_core/datasets/assets/emoji/CLASS/NAME.webp`, from two npm packages.

    npm pack @lobehub/fluent-emoji-3d@1.1.0
    npm pack emoji-datasource-google@16.0.0
    python -m scripts.build_emoji_dataset lobehub-fluent-emoji-3d-1.1.0.tgz emoji-datasource-google-16.0.0.tgz

Either package may also be given as the folder that it unpacks to. The first has the pictures, named by code
point; the second says what each shows (`emoji.json`). Every emoji is pasted onto a plain background whose
colour is drawn at random, with its name as the seed, until it stands out from the emoji. The index beside the
images, `dataset.json`, is written too. With the Pillow of `requirements.txt` all files come out identical,
byte for byte.
"""

import argparse
import io
import json
import random
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageFilter

from tl_core import files
from tl_core.datasets.bringing.importer import index_built_in
from tl_core.datasets.catalogue import BUILT_IN
from tl_core.datasets.index import write_index

TARGET = Path(__file__).resolve().parents[1] / "tl_core" / "datasets" / "assets" / "emoji"
SIDE = 224
"""Pixels; the largest usual input size, so that nothing is ever enlarged."""
QUALITY = 92
STANDS_OUT = 100
"""Distance of two colours in RGB from which an edge between them is easy to see."""
HIDDEN = 0.10
"""Largest share of an emoji's pixels, and of its outline, that may come closer to the background."""


@dataclass(frozen=True, kw_only=True)
class EmojiClass:
    """Which entries of `emoji.json` make up one class of the dataset."""

    name: str
    category: str
    subcategory: str
    """The beginning of the subcategory's name."""
    leave_out: tuple[str, ...] = ()
    """Short names of entries that are not what the class is called."""


CLASSES = (
    EmojiClass(name="animals", category="Animals & Nature", subcategory="animal-"),
    EmojiClass(name="food", category="Food & Drink", subcategory="food-"),
    EmojiClass(
        name="vehicles",
        category="Travel & Places",
        subcategory="transport-",
        leave_out=(
            "station",
            "busstop",
            "motorway",
            "railway_track",
            "oil_drum",
            "fuelpump",
            "wheel",
            "rotating_light",
            "traffic_light",
            "vertical_traffic_light",
            "octagonal_sign",
            "construction",
            "anchor",
            "ring_buoy",
            "seat",
        ),
    ),
)


def read_package(package: Path) -> dict[str, bytes]:
    """Return the `.json` and `.webp` files of an npm package, a `.tgz` or a folder, by path in it."""
    wanted = (".json", ".webp")
    if package.is_dir():
        found = [path for path in package.rglob("*") if path.suffix in wanted]
        return {path.relative_to(package).as_posix(): path.read_bytes() for path in found}
    with tarfile.open(package) as archive:
        members = {
            one.name: archive.extractfile(one) for one in archive if one.name.endswith(wanted)
        }
        return {
            name.removeprefix("package/"): file.read() for name, file in members.items() if file
        }


def picture_of(entry: dict[str, Any], pictures: dict[str, bytes]) -> Image.Image | None:
    """Return the RGBA picture of an `emoji.json` entry; None if the picture package lacks it."""
    spellings = (entry["unified"], entry["non_qualified"] or "")
    for code_points in spellings:
        data = pictures.get(f"assets/{code_points.lower()}.webp")
        if data:
            return Image.open(io.BytesIO(data), formats=["WEBP"]).convert("RGBA")
    return None


def visible_parts(emoji: Image.Image) -> tuple[np.ndarray, np.ndarray]:
    """Return the colours of an emoji's solid pixels and of their outline, each `(n, 3)`, 0..255."""
    alpha = emoji.getchannel("A").point(lambda value: 255 * (value > 127))
    solid = np.asarray(alpha) > 0
    inside = np.asarray(alpha.filter(ImageFilter.MinFilter(5))) > 0
    colours = np.asarray(emoji)[..., :3].astype(float)
    return colours[solid], colours[solid & ~inside]


def background(emoji: Image.Image, seed: str) -> tuple[int, int, int]:
    """Draw a colour from `seed` that the emoji stands out from; the best of 200 if none is good enough."""
    drawn = random.Random(seed)
    parts = visible_parts(emoji)
    best, best_share = (0, 0, 0), 2.0
    for _ in range(200):
        colour = (drawn.randrange(256), drawn.randrange(256), drawn.randrange(256))
        share = max(np.mean(np.linalg.norm(part - colour, axis=1) < STANDS_OUT) for part in parts)
        if share < best_share:
            best, best_share = colour, share
        if best_share <= HIDDEN:
            break
    return best


def paste(emoji: Image.Image, seed: str) -> bytes:
    """Return the emoji on its background as a WebP file of `SIDE` x `SIDE` pixels."""
    side = max(emoji.size)
    square = Image.new("RGB", (side, side), background(emoji, seed))
    square.paste(emoji, ((side - emoji.width) // 2, (side - emoji.height) // 2), mask=emoji)
    file = io.BytesIO()
    square.resize((SIDE, SIDE), Image.Resampling.LANCZOS).save(
        file, "WEBP", quality=QUALITY, method=6
    )
    return file.getvalue()


def build(
    pictures: dict[str, bytes], entries: list[dict[str, Any]], group: EmojiClass
) -> dict[str, bytes]:
    """Return the files of one class by name."""
    members = {}
    for entry in entries:
        name = entry["short_name"]
        emoji = picture_of(entry, pictures)
        if (
            entry["category"] == group.category
            and entry["subcategory"].startswith(group.subcategory)
            and name not in group.leave_out
            and emoji is not None
        ):
            members[f"{name}.webp"] = paste(emoji, f"{group.name}/{name}")
    return members


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pictures", type=Path, help="@lobehub/fluent-emoji-3d, .tgz or folder")
    parser.add_argument("classes", type=Path, help="emoji-datasource-google, .tgz or folder")
    arguments = parser.parse_args()
    pictures = read_package(arguments.pictures)
    entries = json.loads(read_package(arguments.classes)["emoji.json"])
    for group in CLASSES:
        members = build(pictures, entries, group)
        for old in (TARGET / group.name).glob("*.webp"):
            old.unlink()
        for name, data in members.items():
            files.write_bytes(TARGET / group.name / name, data)
        size = sum(map(len, members.values()))
        print(f"{group.name}: {len(members)} images, {size / 1e6:.2f} MB")
    emoji = next(one for one in BUILT_IN if one.id == TARGET.name)
    write_index(index_built_in(emoji, lambda done, total, message: None))


if __name__ == "__main__":
    main()
