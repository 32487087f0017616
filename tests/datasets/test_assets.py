from pathlib import Path

import numpy as np

import tl_core.datasets
from scripts import build_emoji_dataset, build_sample_photos
from tests.images.reading import load_rgb
from tl_core.datasets.index import INDEX

ASSETS = Path(tl_core.datasets.__file__).parent / "assets"
EMOJI = sorted((ASSETS / "emoji").glob("*/*.webp"))
PHOTOS = sorted(path for path in (ASSETS / "photos").iterdir() if path.suffix != ".md")


def load(path):
    return load_rgb(path.read_bytes(), path.name)


def test_classes_and_their_sizes():
    counts = {
        folder.name: len(list(folder.glob("*.webp")))
        for folder in (ASSETS / "emoji").iterdir()
        if folder.is_dir()
    }
    assert counts == {"animals": 129, "food": 101, "vehicles": 57}


def test_nothing_else_is_committed_and_it_stays_small():
    everything = [path for path in ASSETS.rglob("*") if path.is_file()]
    notices = [ASSETS / "emoji" / "NOTICE.md", ASSETS / "photos" / "NOTICE.md"]
    index = ASSETS / "emoji" / INDEX
    assert sorted(everything) == sorted([*EMOJI, *PHOTOS, *notices, index])
    sizes = {
        folder: sum(p.stat().st_size for p in (ASSETS / folder).rglob("*.*"))
        for folder in ("emoji", "photos")
    }
    assert sizes["photos"] < 1_000_000
    assert 1_000_000 < sum(sizes.values()) < 2_000_000


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
    for path in EMOJI + PHOTOS:
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
