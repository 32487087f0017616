import shutil

import numpy as np
import pytest

from tl_core import images, settings
from tl_core.datasets.catalogue import ASSETS, get_dataset
from tl_core.models.answers import likeness
from tl_core.models.answers.likeness import SIZE, distance, measure_likeness
from tl_core.training.likeness import ALIKE, Likeness, stored_likeness


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path))


def score(pixels):
    return Likeness(distance=distance(pixels), images=len(pixels)).score


def test_photos_are_like_imagenet_and_noise_is_not():
    photos = sorted((ASSETS / "photos").glob("*.jpg"))
    pixels = np.stack([images.model_input(path.read_bytes(), path.name, SIZE) for path in photos])
    noise = np.random.default_rng(0).integers(0, 256, (10, SIZE, SIZE, 3), np.uint8)
    assert len(photos) >= 5
    assert score(pixels) > 0.6 > ALIKE
    assert score(noise) < 0.1
    assert score(pixels) == pytest.approx(score(pixels[::-1]), abs=1e-4)  # whatever the order


def test_the_emoji_are_unlike_imagenet_and_are_measured_once(monkeypatch):
    first = measure_likeness("emoji")
    assert first.images == 100
    assert 0.25 < first.score < 0.45 < ALIKE
    assert stored_likeness(get_dataset("emoji").fingerprint) == first
    monkeypatch.setattr(likeness, "distance", None)  # would fail if it were called again
    assert measure_likeness("emoji") == first
    shutil.rmtree(settings.current().data_dir / "likeness")
    with pytest.raises(TypeError):
        measure_likeness("emoji")
