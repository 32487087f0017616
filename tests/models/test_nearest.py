"""The nearest training photos: those that a plain loop over the photos finds, and no others."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from tests.datasets.importing import import_files
from tests.models.conftest import SIDE, each_once, picture
from tl_core import images
from tl_core.answers import nearest
from tl_core.answers.extraction import read_pixels
from tl_core.answers.nearest import nearness
from tl_core.answers.networks import extractor
from tl_core.datasets.catalogue import delete_dataset, get_dataset
from tl_core.engine.tasks import run_task
from tl_core.errors import DatasetRefused, RunNotFound
from tl_core.models.fitting.training import run_training
from tl_core.prediction.nearness import NEAREST
from tl_core.training import TrainingConfig
from tl_core.training.kept_features import feature_entry, sides_of

RUNS: dict[str, dict[str, Any]] = {
    "gap": {"epochs": 2},
    "flatten": {"epochs": 2, "pooling": "flatten"},
    "divided by 255": {"epochs": 2, "mistakes": ("preprocessing",)},
    "fine-tuned": {"epochs": 1, "unfrozen": 2, "fine_epochs": 1},
    "leak": {"epochs": 2, "mistakes": ("leak",)},
}


@pytest.fixture(autouse=True)
def forget():
    nearest._training_rows.cache_clear()
    nearest._own_distances.cache_clear()


@pytest.fixture(scope="module")
def trained(new_run):
    """Return ``trained(name)``: the run of one of `RUNS`, trained the first time it is asked for."""
    return each_once(new_run, RUNS)


def photo(level=150, seed=1):
    return images.model_input(picture(np.random.default_rng(seed), level), "photo", SIDE)


def by_hand(run, pixels):
    """Return (cosine, SHA-256, label) of every training photo, nearest first, from the photos' pixels."""
    config = TrainingConfig.from_json(run.config)
    dataset = get_dataset(config.dataset)
    chosen = [dataset.images[index] for index in sides_of(dataset, config).train]
    network = extractor(config.backbone, config.weights, config.size, "gap")
    seen = [pixels, *(read_pixels(dataset, image, config) for image in chosen)]
    first, *rows = network(np.stack(seen))
    cosines = [row @ first / np.linalg.norm(row) / np.linalg.norm(first) for row in rows]
    pairs = zip(cosines, chosen, strict=True)
    return sorted(((float(c), one.sha256, one.label) for c, one in pairs), reverse=True)


@pytest.mark.parametrize("name", ["gap", "flatten", "fine-tuned", "leak"])
def test_they_are_the_nearest_by_the_features_of_the_frozen_backbone(trained, name):
    run, pixels = trained(name), photo()
    found, wanted = run_task("nearness", run_id=run.id, pixels=pixels), by_hand(run, pixels)
    assert [one.cosine for one in found.photos] == pytest.approx(
        [cosine for cosine, *_ in wanted[:NEAREST]], abs=1e-4
    )
    assert [one.sha256 for one in found.photos] == [sha256 for _, sha256, _ in wanted[:NEAREST]]
    assert [one.label for one in found.photos] == [label for *_, label in wanted[:NEAREST]]
    assert found.trained == found.nearer.n == len(wanted)


def test_held_out_photos_are_never_among_them(trained):
    run = trained("gap")
    config = TrainingConfig.from_json(run.config)
    dataset = get_dataset(config.dataset)
    sides = sides_of(dataset, config)
    held_out = dataset.images[sides.validation[0]]
    found = nearness(run.id, read_pixels(dataset, held_out, config))
    assert not found.trained_on
    trained_on = {dataset.images[index].sha256 for index in sides.train}
    assert {one.sha256 for one in found.photos} <= trained_on
    learned = dataset.images[sides.train[0]]
    assert nearness(run.id, read_pixels(dataset, learned, config)).trained_on


def test_what_is_unlike_all_of_them_is_farther_than_they_are_from_each_other(trained):
    run = trained("gap")
    stripes = np.zeros((SIDE, SIDE, 3), np.uint8)
    stripes[::8], stripes[:, ::16, 0] = (250, 30, 30), 255
    strange, usual = nearness(run.id, stripes), nearness(run.id, photo(120, seed=5))
    assert strange.verdict == "none" and strange.nearer.accuracy == 1
    assert usual.nearer.accuracy < 0.9 and usual.distance < strange.distance / 2


def test_the_preprocessing_is_that_of_the_training(trained):
    """A training photo is its own nearest only if it is prepared as the stored features were."""
    run = trained("divided by 255")
    config = TrainingConfig.from_json(run.config)
    dataset = get_dataset(config.dataset)
    learned = dataset.images[sides_of(dataset, config).train[3]]
    found = nearness(run.id, read_pixels(dataset, learned, config))
    assert found.trained_on and found.photos[0].sha256 == learned.sha256


def test_the_same_question_reads_the_features_once(trained, monkeypatch):
    run = trained("gap")
    first = nearness(run.id, photo())
    monkeypatch.setattr(nearest, "feature_entry", None)
    assert nearness(run.id, photo()) == first


def test_a_class_that_asks_at_once_reads_the_features_once(trained, monkeypatch):
    run, reads = trained("gap"), []

    def counted(*of):
        reads.append(of)
        return feature_entry(*of)

    monkeypatch.setattr(nearest, "feature_entry", counted)
    with ThreadPoolExecutor(4) as class_of_four:
        found = list(class_of_four.map(lambda _: nearness(run.id, photo()), range(4)))
    assert len(reads) == 1 and found == [found[0]] * 4


def test_features_that_made_room_are_one_sentence_and_come_back_with_another_seed(trained, new_run):
    run = trained("gap")
    config = TrainingConfig.from_json(run.config)
    shutil.rmtree(feature_entry(get_dataset(config.dataset), config).folder)
    with pytest.raises(DatasetRefused, match=r"no longer kept.*another seed"):
        nearness(run.id, photo())
    run_training(new_run(pooling="flatten", epochs=1, seed=3))  # reads other features
    with pytest.raises(DatasetRefused, match="no longer kept"):
        nearness(run.id, photo())
    run_training(new_run(epochs=1, seed=3))
    assert len(nearness(run.id, photo()).photos) == NEAREST


def test_photos_that_are_deleted_are_one_sentence(new_run):
    random = np.random.default_rng(5)
    classes = {
        name: [(f"{i}.png", picture(random, level)) for i in range(8)]
        for name, level in (("a", 60), ("b", 180))
    }
    dataset = import_files(classes, "Short-lived", lambda *_: None)
    run = new_run(dataset=dataset.id, fingerprint=dataset.fingerprint, epochs=1)
    run_training(run)
    assert nearness(run.id, photo()).trained > 5
    nearest._training_rows.cache_clear()
    delete_dataset(dataset.id)
    with pytest.raises(DatasetRefused, match=r"trained on are deleted.*Import them again"):
        nearness(run.id, photo())


def test_runs_that_are_not_there_are_refused(dataset, new_run):
    for identifier in ("0" * 16, "../../etc", new_run(seed=80).id):
        with pytest.raises(RunNotFound):
            nearness(identifier, photo())
