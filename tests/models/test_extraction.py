"""From image files to stored features: the right numbers, computed once, kept in bounds."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import keras
import numpy as np
import pytest

from tl_core import images, runs
from tl_core.answers import extraction
from tl_core.answers import networks as frozen
from tl_core.answers.extraction import extract_shard
from tl_core.answers.networks import extractor
from tl_core.answers.prediction import trained_network
from tl_core.datasets.catalogue import get_dataset
from tl_core.engine.spread import PARTS_PER_WORKER
from tl_core.errors import EngineUnavailable
from tl_core.inference.choice import ROUNDED, keep_choice
from tl_core.inference.exported import FrozenName
from tl_core.machine import processor
from tl_core.models.features.computing import ensure_features, expected_bytes
from tl_core.models.fitting.training import run_training
from tl_core.models.networks.backbones import build_backbone
from tl_core.models.networks.engines import settled
from tl_core.models.networks.trained import load_learned
from tl_core.results.metrics import read_model
from tl_core.runs.snapshots import snapshot
from tl_core.training import TrainingConfig, open_training
from tl_core.training.kept_features import feature_entry, transform_of

LITE0 = "efficientnet-lite0"
SMALL = FrozenName(backbone=LITE0, weights="imagenet", size=64)


@pytest.fixture
def config(shared_data, tmp_path, monkeypatch):
    """Return a configuration in a data folder of its own, with an empty feature store."""
    folder, identifier = shared_data
    monkeypatch.setenv("TL_DATA_DIR", str(folder))
    settled(SMALL)
    shutil.copytree(folder / "datasets", tmp_path / "datasets")
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path))
    return TrainingConfig(dataset=identifier, size=64)


def computed(config, seed=0):
    """Make sure of the features as a training does; returns the entry, how many were computed, the run."""
    run = runs.open_run("train", config.as_json() | {"seed": seed})
    return *ensure_features(run, get_dataset(config.dataset), config), run


def shard_files(entry):
    """Return what changes when a shard is written again."""
    return {
        file.name: (file.stat().st_ino, file.stat().st_mtime_ns)
        for file in entry.folder.glob("shard-*")
    }


@pytest.mark.parametrize("pooling", ["gap", "flatten"])
def test_stored_features_are_those_of_a_plain_keras_model(config, pooling):
    config = TrainingConfig.from_json(config.as_json() | {"pooling": pooling})
    entry, count, _ = computed(config)
    dataset = get_dataset(config.dataset)
    assert count == len(dataset.images)
    network = build_backbone(LITE0, config.size)
    if pooling == "gap":
        pooled = keras.layers.GlobalAveragePooling2D()(network.output)
        network = keras.Model(network.input, pooled)
    chosen = dataset.images[::7]  # from every shard
    pixels = np.stack(
        [images.model_input(dataset.read(one), one.path, config.size) for one in chosen]
    )
    expected = network.predict((pixels.astype(np.float32) - 127) / 128, verbose=0)
    found = entry.read([one.sha256 for one in chosen])
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=1e-4)
    assert np.abs(found - np.roll(expected, 1, axis=0)).max() > 0.1  # no row is another's


def test_a_complete_entry_takes_the_space_that_was_set_aside(config):
    entry, _, _ = computed(config)
    taken = sum(file.stat().st_size for file in entry.folder.glob("*.npy"))
    headers = 128 * len(entry.shards)
    assert taken - headers == expected_bytes(config, [entry])


def cut_short(path):
    path.write_bytes(path.read_bytes()[:-1])


def flip_a_bit(path):
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


def lose_the_record(path):
    path.with_suffix(".json").unlink()


def lose_the_rows(path):
    path.unlink()


def garble_the_record(path):
    path.with_suffix(".json").write_text("[]")


DAMAGE = [cut_short, flip_a_bit, lose_the_record, lose_the_rows, garble_the_record]


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda function: function.__name__)
def test_a_damaged_shard_is_computed_again_and_no_other(config, damage):
    entry, count, _ = computed(config)
    assert count == 72 and len(entry.shards) == 3
    before, good = shard_files(entry), entry.read(entry.images)
    damage(entry.folder / "shard-00001.npy")
    entry, count, run = computed(config, seed=1)
    assert count == 32
    assert [note.values for note in snapshot(run).notes] == [{"reused": 40, "total": 72}]
    (phase,) = snapshot(run).phases
    assert (phase.first, phase.done, phase.total) == (40, 72, 72)
    after = shard_files(entry)
    changed = {name for name in before if before[name] != after[name]}
    assert changed <= {"shard-00001.npy", "shard-00001.json"}
    assert "shard-00001.json" in changed
    assert np.array_equal(entry.read(entry.images), good)


def test_complete_features_are_not_computed_again(config, monkeypatch):
    computed(config)
    monkeypatch.setattr(extraction, "frozen_network", None)  # would fail if it were called
    _, count, run = computed(config, seed=1)
    assert count == 0
    assert [note.values for note in snapshot(run).notes] == [{"reused": 72, "total": 72}]


def test_a_shard_is_the_same_whoever_computes_it(config):
    entry = feature_entry(get_dataset(config.dataset), config)
    path = entry.folder / "shard-00002.npy"
    results = set()
    for _ in range(2):
        extract_shard(config.as_json(), 2)
        results.add(path.read_bytes())
        path.unlink()
    assert len(results) == 1


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_shards_computed_beside_each_other_share_the_threads(config, monkeypatch, threads):
    monkeypatch.setenv("TL_THREADS", str(threads))
    asked, read = [], []

    def noted(*arguments, callers, **named):
        asked.append(callers)
        return features(*arguments, callers=callers, **named)

    def pool(most):
        read.append(most)
        return ThreadPoolExecutor(most)

    features = frozen.FrozenNetwork.features
    monkeypatch.setattr(frozen.FrozenNetwork, "features", noted)
    monkeypatch.setattr(extraction, "ThreadPoolExecutor", pool)
    computed(config)  # three shards
    assert set(asked) == {PARTS_PER_WORKER} and set(read) == {(threads + 1) // 2}
    asked.clear()
    read.clear()
    entry = feature_entry(get_dataset(config.dataset), config)
    (entry.folder / "shard-00001.npy").unlink()
    computed(config, seed=1)
    assert (asked, read) == ([1], [threads])  # alone, with all of them


def test_whatever_changes_the_numbers_changes_the_transform():
    usual = TrainingConfig(dataset="emoji")
    variants: list[dict[str, Any]] = [
        {},
        {"weights": "random"},
        {"size": 96},
        {"pooling": "flatten"},
        {"backbone": "efficientnet-lite1"},
        {"backbone": "vgg16"},
        {"backbone": "vgg16", "weights": "random"},
    ]
    transforms = [
        transform_of(TrainingConfig.from_json(usual.as_json() | variant)).id for variant in variants
    ]
    assert len(set(transforms)) == len(variants)


@pytest.mark.parametrize(
    "change",
    [
        {"dense": [64]},
        {"dropout": 0.5},
        {"activation": "sigmoid"},
        {"epochs": 7},
        {"batch": 8},
        {"learning_rate": 0.01},
        {"validation": 0.5},
        {"seed": 9},
        {"fingerprint": "0" * 64},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_only_the_head_sees_reuses_the_features(change):
    usual = TrainingConfig(dataset="emoji")
    changed = TrainingConfig.from_json(usual.as_json() | change)
    assert transform_of(changed) == transform_of(usual)


@pytest.mark.skipif(
    not processor.computes_bfloat16(), reason="this processor does not compute in bfloat16"
)
def test_a_run_that_learned_in_bfloat16_answers_in_float32(config, monkeypatch):
    monkeypatch.setenv("TL_PRECISION", "bfloat16")
    keep_choice(SMALL, ROUNDED, {})
    dataset = get_dataset(config.dataset)
    run = open_training(TrainingConfig.from_json(config.as_json() | {"epochs": 1}))
    run_training(run)
    assert read_model(run).precision == "bfloat16"
    chosen = dataset.images[:9]
    hashes = [one.sha256 for one in chosen]
    rounded = feature_entry(dataset, config, "bfloat16").read(hashes)
    pixels = np.stack([extraction.read_pixels(dataset, one, config) for one in chosen])
    exact = extractor(config.backbone, config.weights, config.size, config.pooling)(pixels)
    head = load_learned(run)[1]
    found = trained_network(run)(pixels)
    np.testing.assert_allclose(found, head(exact, training=False).numpy(), atol=1e-5)
    assert np.abs(found - head(rounded, training=False).numpy()).max() > 1e-4


def test_a_machine_that_computes_otherwise_writes_nothing(config, monkeypatch):
    monkeypatch.setattr(processor, "computes_bfloat16", lambda: False)
    monkeypatch.setattr(frozen, "_kept", {})  # what earlier tests have opened
    with pytest.raises(EngineUnavailable, match="cannot compute features in bfloat16"):
        extract_shard(config.as_json(), 0, precision="bfloat16")
    entry = feature_entry(get_dataset(config.dataset), config, "bfloat16")
    assert len(entry.missing_shards()) == len(entry.shards)
    extract_shard(config.as_json(), 0, precision="float32")
    entry = feature_entry(get_dataset(config.dataset), config, "float32")
    assert entry.missing_shards() == [1, 2]
