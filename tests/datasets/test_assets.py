from pathlib import Path

import numpy as np
import pytest

import tl_core.datasets
from scripts import build_emoji_dataset, build_photo_dataset, build_sample_photos
from tests.images.reading import load_rgb
from tl_core import images
from tl_core.datasets.checking.lookalikes import alike, look_into
from tl_core.datasets.index import INDEX

ASSETS = Path(tl_core.datasets.__file__).parent / "assets"
EMOJI = sorted((ASSETS / "emoji").glob("*/*.webp"))
REAL = sorted((ASSETS / "real_photos").glob("*/*.webp"))
PHOTOS = sorted(path for path in (ASSETS / "photos").iterdir() if path.suffix != ".md")


def load(path):
    return load_rgb(path.read_bytes(), path.name)


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("emoji", {"animals": 129, "food": 101, "vehicles": 57}),
        ("real_photos", {"animals": 73, "buildings": 48, "things": 44}),
    ],
)
def test_classes_and_their_sizes(name, counts):
    folders = [folder for folder in (ASSETS / name).iterdir() if folder.is_dir()]
    assert {folder.name: len(list(folder.glob("*.webp"))) for folder in folders} == counts


def test_nothing_else_is_committed_and_it_stays_small():
    everything = [path for path in ASSETS.rglob("*") if path.is_file()]
    folders = ("emoji", "photos", "real_photos")
    notices = [ASSETS / folder / "NOTICE.md" for folder in folders]
    indexes = [ASSETS / folder / INDEX for folder in ("emoji", "real_photos")]
    assert sorted(everything) == sorted([*EMOJI, *REAL, *PHOTOS, *notices, *indexes])
    sizes = {
        folder: sum(p.stat().st_size for p in (ASSETS / folder).rglob("*.*")) for folder in folders
    }
    assert sizes["photos"] < 1_000_000 and sizes["real_photos"] < 3_000_000
    assert 1_000_000 < sizes["emoji"] + sizes["photos"] < 2_000_000


def test_every_emoji_decodes_at_one_size_and_no_two_are_equal():
    assert {load(path).shape for path in EMOJI} == {(224, 224, 3)}
    hashes = {load(path).tobytes() for path in EMOJI}
    assert len(hashes) == len(EMOJI) > 250


def test_every_emoji_stands_on_a_plain_background_that_shows_it():
    for path in EMOJI:
        pixels = load(path).astype(float)
        border = np.concatenate(
            [pixels[:2], pixels[-2:], pixels[:, :2].swapaxes(0, 1), pixels[:, -2:].swapaxes(0, 1)]
        )
        ground = np.median(border.reshape(-1, 3), axis=0)
        distance = np.linalg.norm(pixels - ground, axis=2)
        assert (distance < 12).mean() > 0.1, f"{path.name}: no plain background"
        assert (distance > 80).mean() > 0.08, f"{path.name}: hard to see"


def test_background_does_not_tell_the_class():
    means: dict[str, list[np.ndarray]] = {}
    for path in EMOJI:
        means.setdefault(path.parent.name, []).append(load(path)[:3, :3].mean(axis=(0, 1)))
    averages = np.array([np.mean(colours, axis=0) for colours in means.values()])
    assert np.ptp(averages, axis=0).max() < 60, "of 255, a channel"


def test_names_are_plain_ascii():
    for path in EMOJI + REAL + PHOTOS:
        assert path.stem.isascii() and path.stem.replace("_", "").replace("-", "").isalnum()
        assert path.stem == path.stem.lower()


def test_vehicles_are_vehicles():
    stems = {path.stem for path in EMOJI if path.parent.name == "vehicles"}
    (group,) = [group for group in build_emoji_dataset.CLASSES if group.name == "vehicles"]
    assert {"traffic_light", "fuelpump", "octagonal_sign"} <= set(group.leave_out)
    assert not stems & set(group.leave_out) and {"car", "bike", "ship", "rocket"} <= stems


def test_photos_are_the_free_ones_and_no_larger_than_a_screen_needs():
    sources = build_sample_photos.PHOTOS + build_sample_photos.SILHOUETTES
    assert {path.stem for path in PHOTOS} == {Path(source).stem for source in sources}
    assert not {"moon", "page", "motorcycle_left", "lfw_subset"} & {path.stem for path in PHOTOS}
    for path in PHOTOS:
        height, width, _ = load(path).shape
        assert 300 <= max(height, width) <= 640
        assert load(path).std() > 10


def test_silhouette_has_no_colour_between():
    horse = load(ASSETS / "photos" / "horse.png")
    assert (horse == 255).mean() > 0.5 and np.isin(horse, [0, 255]).mean() > 0.95


def test_real_photos_are_as_large_as_they_need_to_be():
    for path in REAL:
        height, width, _ = load(path).shape
        assert 110 < min(height, width) <= max(height, width) == 320, path.name


def test_no_two_real_photos_are_the_same_or_nearly():
    looks = []
    for path in [*REAL, REAL[0]]:
        with images.opened(path.read_bytes(), path.name) as file:
            looks.append(look_into(file))
    assert alike(looks) == [[0, len(REAL)]]  # the one that was put in twice


def test_every_real_photo_has_an_author_a_source_and_a_free_licence():
    notice = (ASSETS / "real_photos" / "NOTICE.md").read_text("utf-8")
    rows = [line.strip("| ").split(" | ") for line in notice.splitlines() if line.startswith("| `")]
    named = {f"`{path.parent.name}/{path.name}`" for path in REAL}
    assert sorted(row[0] for row in rows) == sorted(named)
    for file, author, source, _, licence in rows:
        assert author and source.startswith("<https://"), file
        assert licence in build_photo_dataset.LICENCES.values(), file
        assert licence == "public domain" or f"[{licence}](https://" in notice, file
    assert "gcompris-qt-data" in notice and "3.1-2" in notice
    assert "`scripts/build_photo_dataset.py`" in notice


def test_notices_name_every_photo_and_package():
    photos = (ASSETS / "photos" / "NOTICE.md").read_text("utf-8")
    for path in PHOTOS:
        row = next(line for line in photos.splitlines() if f"`{path.name}`" in line)
        assert row.rstrip(" |").endswith(("CC0", "public domain"))
    assert "scikit-image 0.26.0" in photos
    emoji = (ASSETS / "emoji" / "NOTICE.md").read_text("utf-8")
    for words in ("@lobehub/fluent-emoji-3d", "1.1.0", "emoji-datasource-google", "16.0.0"):
        assert words in emoji
    assert (
        "Copyright (c) Microsoft Corporation." in emoji and "Permission is hereby granted" in emoji
    )
