"""The map of the photos of a run that was trained: which photos, by which features, and what is refused."""

import numpy as np
import pytest

from tests.models.conftest import each_once
from tl_core.answers import photo_map as answer
from tl_core.answers.photo_map import photo_map
from tl_core.datasets.catalogue import get_dataset
from tl_core.errors import DatasetRefused, RunNotFound, SettingInvalid
from tl_core.prediction.nearness import of_length_one
from tl_core.results import photo_map as plain
from tl_core.training.kept_features import feature_entry, sides_of

RUNS = {"usual": {}, "flatten": {"pooling": "flatten", "epochs": 1, "test": 0.2}}


@pytest.fixture(scope="module")
def trained(new_run):
    return each_once(new_run, RUNS)


@pytest.mark.parametrize("name", RUNS)
def test_every_photo_has_its_place_by_what_the_backbone_made_of_it(trained, name):
    run = trained(name)
    dataset = get_dataset(run.settings.dataset)
    sides = sides_of(dataset, run.settings)
    found = photo_map(run.id, "pca", 0)
    assert len(found.images) == len(dataset.images) and found.left_out == 0
    assert set(found.parts) == {"train", "validation"} | ({"test"} if name == "flatten" else set())
    for part in set(found.parts):
        here = {image for image, of in zip(found.images, found.parts, strict=True) if of == part}
        assert here == {dataset.images[index].sha256 for index in getattr(sides, part)}
    for image, label in zip(found.images, found.labels, strict=True):
        assert dataset.by_sha256[image].label == label
    rows = of_length_one(feature_entry(dataset, run.settings).read(found.images))
    assert np.allclose(found.points, plain.pca(rows)[0], atol=1e-5)
    dark = found.labels == 0
    middles = found.points[dark].mean(axis=0), found.points[~dark].mean(axis=0)
    assert np.linalg.norm(middles[0] - middles[1]) > 0.05 and 0.1 < found.share < 1


def test_of_many_photos_the_held_out_ones_are_all_drawn(trained, monkeypatch):
    monkeypatch.setattr(plain, "MOST_SHOWN", 30)
    run = trained("usual")
    found, other = photo_map(run.id, "pca", 0), photo_map(run.id, "pca", 1)
    assert found.parts.count("validation") == 14 and found.parts.count("train") == 16
    assert found.left_out == 58 - 16
    assert set(found.images) != set(other.images)


def test_what_cannot_be_drawn_is_refused_in_a_sentence(trained, new_run, monkeypatch):
    run = trained("usual")
    with pytest.raises(SettingInvalid):
        photo_map(run.id, "umap", 0)
    with pytest.raises(RunNotFound):
        photo_map(new_run(seed=99).id, "pca", 0)
    monkeypatch.setitem(answer.__dict__, "LEAST_FOR_TSNE", 10**6)
    with pytest.raises(SettingInvalid, match=r"or more\. Choose PCA"):
        photo_map(run.id, "tsne", 0)
    monkeypatch.undo()
    if not plain.has_tsne():
        with pytest.raises(SettingInvalid, match="pip install scikit-learn"):
            photo_map(run.id, "tsne", 0)


def test_features_that_made_room_are_missed_in_a_sentence(trained):
    run = trained("flatten")
    entry = feature_entry(get_dataset(run.settings.dataset), run.settings)
    (entry.folder / "manifest.json").rename(entry.folder / "away")
    with pytest.raises(DatasetRefused, match="is no longer kept"):
        photo_map(run.id, "pca", 0)
    (entry.folder / "away").rename(entry.folder / "manifest.json")


def test_tsne_puts_neighbours_together_and_repeats_with_its_seed(trained):
    pytest.importorskip("sklearn", reason="scikit-learn is an extra")
    run = trained("usual")
    one, again, other = (photo_map(run.id, "tsne", seed) for seed in (3, 3, 4))
    assert one.points.shape == (72, 2) and np.isnan(one.share)
    assert np.array_equal(one.points, again.points)
    assert one.points.std() > 1 and other.images == one.images
