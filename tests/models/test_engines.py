"""The inference engine computes what Keras does, and where it does not run nobody notices."""

import json
import logging
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tests.models.samples import photos
from tl_core import settings
from tl_core.answers.networks import FrozenNetwork
from tl_core.backbones import get_backbone, list_backbones, weights_source
from tl_core.inference import choice
from tl_core.inference.choice import EXACT, FALLBACK, keep_choice, kept_choice
from tl_core.inference.exported import WEIGHTS, FrozenName, find_exported
from tl_core.inference.network import InferenceNetwork
from tl_core.inference.ready import ready_network
from tl_core.machine import processor
from tl_core.models.networks import engines
from tl_core.models.networks.engines import export, folded_network, open_engine, settled
from tl_core.models.networks.traced import TracedNetwork

LITE0 = "efficientnet-lite0"
SMALL = FrozenName(backbone=LITE0, weights="random", size=64)
SPEC = get_backbone(LITE0)
END = ((SPEC.cut, True),)
needs_bfloat16 = pytest.mark.skipif(
    not processor.computes_bfloat16(), reason="this processor does not compute in bfloat16"
)


@pytest.fixture(scope="module", autouse=True)
def data_dir(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TL_DATA_DIR", str(tmp_path_factory.mktemp("data")))
        yield


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    """An empty data folder."""
    monkeypatch.delenv("TL_NETWORK_DIR", raising=False)
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture(scope="module")
def small(data_dir):
    network = folded_network(SMALL)
    return export(SMALL, network), TracedNetwork(network)


def everywhere(name):
    """Return some cuts of a network, each as it is and as its mean; the image itself too."""
    blocks = get_backbone(name.backbone).blocks
    chosen = {blocks[0], blocks[len(blocks) // 2], blocks[-1]}
    return (*((b.last_layer, pooled) for b in chosen for pooled in (True, False)), ("", False))


def compare(name):
    """Return the largest difference between engine and Keras at each output, relative to the features."""
    network = folded_network(name)
    pixels, outputs = photos(name.size), everywhere(name)
    scaling = get_backbone(name.backbone).preprocessing
    found = InferenceNetwork(export(name, network), "float32").features(pixels, outputs, scaling)
    expected = TracedNetwork(network).features(pixels, outputs, scaling)
    for one, other in zip(found, expected, strict=True):
        assert one.shape == other.shape and one.dtype == other.dtype == np.float32
        assert np.ptp(other) > 0
    return [np.abs(a - b).max() / np.abs(b).max() for a, b in zip(found, expected, strict=True)]


@pytest.mark.parametrize(
    "name",
    [
        FrozenName(backbone=LITE0, weights="imagenet", size=160),
        FrozenName(backbone="vgg16", weights="random", size=48),  # BGR, means of its own
    ],
    ids=lambda name: name.backbone,
)
def test_the_engine_computes_what_keras_does(fresh, name):
    assert max(compare(name)) < 1e-4


@pytest.mark.slow
@pytest.mark.parametrize("backbone", [spec.name for spec in list_backbones()])
def test_the_engine_computes_what_keras_does_for_every_backbone(fresh, backbone):
    here = weights_source(backbone) != "missing"
    size = max(96, get_backbone(backbone).min_size)
    name = FrozenName(backbone=backbone, weights="imagenet" if here else "random", size=size)
    assert max(compare(name)) < 1e-4


@needs_bfloat16
def test_rounded_features_are_near_and_not_the_same(small):
    exported, traced = small
    pixels = photos(64)
    (exact,) = traced.features(pixels, END, SPEC.preprocessing)
    (rounded,) = InferenceNetwork(exported, "bfloat16").features(pixels, END, SPEC.preprocessing)
    cosines = (exact * rounded).sum(1) / np.sqrt((exact**2).sum(1) * (rounded**2).sum(1))
    assert cosines.min() > 0.99
    assert np.abs(exact - rounded).max() / np.abs(exact).max() > 1e-4


def test_many_threads_at_once_get_each_their_own_answer(small):
    network = InferenceNetwork(small[0], "float32")
    batches = [photos(64)[index : index + 2] for index in range(4)] * 4
    alone = [network.features(batch, END, SPEC.preprocessing)[0] for batch in batches[:4]]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda b: network.features(b, END, SPEC.preprocessing)[0], batches))
    for index, rows in enumerate(found):
        np.testing.assert_allclose(rows, alone[index % 4], atol=1e-5)
    assert np.abs(alone[0] - alone[1]).max() > 1e-3


def test_several_callers_share_the_processors_and_get_the_same_answers(small, monkeypatch):
    network = InferenceNetwork(small[0], "float32")
    pixels = photos(64)
    ready, asked = network._ready, []

    def noted(*key):
        asked.append(key[-1])
        return ready(*key)

    monkeypatch.setattr(network, "_ready", noted)
    alone, shared, crowded = (
        network.features(pixels, END, SPEC.preprocessing, callers=callers)[0]
        for callers in (1, 2, 8)
    )
    np.testing.assert_allclose(shared, alone, atol=1e-5)
    np.testing.assert_allclose(crowded, alone, atol=1e-5)
    assert asked == [1, 2, 2]  # of two threads
    monkeypatch.setenv("TL_PROFILE", "cloud")  # where memory is scarcer than time
    frugal = network.features(pixels, END, SPEC.preprocessing, callers=2)[0]
    np.testing.assert_allclose(frugal, alone, atol=1e-5)
    assert asked[3:] == [1]
    for streams in (1, 2):
        compiled = ready(END, SPEC.preprocessing, streams)._network
        assert compiled.get_property("NUM_STREAMS") == streams
        assert compiled.get_property("INFERENCE_NUM_THREADS") == 2


def test_what_lies_behind_the_last_output_is_not_computed(small):
    network = InferenceNetwork(small[0], "float32")
    first = ((SPEC.blocks[0].last_layer, False),)
    early, whole = (network._part(o, SPEC.preprocessing).get_ops() for o in (first, END))
    assert len(early) < len(whole) / 4


def test_a_pass_takes_no_more_images_than_fit(small, monkeypatch):
    exported, _ = small
    pixels = photos(64)
    (at_once,) = InferenceNetwork(exported, "float32").features(pixels, END, SPEC.preprocessing)
    monkeypatch.setattr("tl_core.inference.network.images_in_a_pass", lambda largest: 3)
    network = InferenceNetwork(exported, "float32")
    sizes = []
    compiled = network._ready(END, SPEC.preprocessing, 1)

    def counted(batch):
        sizes.append(len(batch))
        return compiled(batch)

    monkeypatch.setattr(network, "_ready", lambda *_: counted)
    (in_parts,) = network.features(pixels, END, SPEC.preprocessing)
    np.testing.assert_allclose(in_parts, at_once, atol=1e-5)
    assert max(sizes) == 3 and sum(sizes) == len(pixels)
    assert max(sizes) - min(sizes) <= 1


def test_shapes_are_those_of_the_features(fresh, small):
    keep_choice(SMALL, EXACT, {})
    network = FrozenNetwork(SMALL, "float32")
    outputs = (*END, (SPEC.blocks[3].last_layer, False), ("", False), ("", True))
    found = network.features(photos(64), outputs, SPEC.preprocessing)
    traced = small[1].features(photos(64), outputs, SPEC.preprocessing)
    for output, one, other in zip(outputs, found, traced, strict=True):
        assert one.shape[1:] == network.shape(output) == other.shape[1:]
        np.testing.assert_allclose(one, other, atol=1e-4)


def refuse(*_):
    raise RuntimeError("cannot read this")


def features_without(name, caplog):
    """Return the features of an engine that is opened while something is broken, and what the log says."""
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        engine, precision = open_engine(name)
    (found,) = engine.features(photos(64), END, SPEC.preprocessing)
    assert isinstance(engine, TracedNetwork) and precision == "float32"
    return found, caplog.text


def test_where_the_engine_cannot_read_a_network_tensorflow_computes(
    fresh, small, monkeypatch, caplog
):
    monkeypatch.setattr(engines, "convert", refuse)
    found, said = features_without(SMALL, caplog)
    np.testing.assert_array_equal(found, small[1].features(photos(64), END, SPEC.preprocessing)[0])
    assert "runs in TensorFlow: cannot read this" in said
    assert kept_choice(SMALL) == FALLBACK and find_exported(SMALL) is None
    assert not list(fresh.glob("inference/.tmp-*"))


def test_where_the_engine_is_not_installed_tensorflow_computes(fresh, small, monkeypatch, caplog):
    monkeypatch.setattr(choice, "_version", lambda: "")
    found, said = features_without(SMALL, caplog)
    np.testing.assert_array_equal(found, small[1].features(photos(64), END, SPEC.preprocessing)[0])
    assert SMALL.id not in said and find_exported(SMALL) is None


def test_an_engine_that_computes_something_else_is_not_taken(fresh, small, monkeypatch, caplog):
    class Wrong(InferenceNetwork):
        def features(self, *arguments, **named):
            return [rows * 1.001 for rows in super().features(*arguments, **named)]

    monkeypatch.setattr(engines, "InferenceNetwork", Wrong)
    _, said = features_without(SMALL, caplog)
    assert "differ from those of Keras" in said


def test_a_full_disk_costs_the_engine_and_nothing_else(fresh, small, monkeypatch, caplog):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(engines, "convert", full)
    _, said = features_without(SMALL, caplog)
    assert "runs in TensorFlow" in said
    choice._known.clear()  # another process, later
    assert kept_choice(SMALL) is None


def test_a_damaged_network_is_exported_again(fresh):
    keep_choice(SMALL, EXACT, {})
    (before,) = open_engine(SMALL)[0].features(photos(64), END, SPEC.preprocessing)
    weights = SMALL.folder / WEIGHTS
    weights.write_bytes(b"\0" * weights.stat().st_size)
    engine, _ = open_engine(SMALL)
    assert isinstance(engine, InferenceNetwork)
    np.testing.assert_array_equal(engine.features(photos(64), END, SPEC.preprocessing)[0], before)


WITHOUT_KERAS = """
import json, sys
import numpy as np
from tl_core.backbones import get_backbone
from tl_core.inference.exported import FrozenName
from tl_core.inference.ready import ready_network
network, precision = ready_network(
    FrozenName(backbone="efficientnet-lite0", weights="random", size=64), "float32"
)
spec = get_backbone("efficientnet-lite0")
pixels = np.load(sys.argv[1])
(rows,) = network.features(pixels, ((spec.cut, True),), spec.preprocessing)
print(json.dumps([precision, sorted({"keras", "tensorflow"} & set(sys.modules)), rows.tolist()]))
"""


@pytest.mark.parametrize(
    "there",
    [True, pytest.param(False, marks=pytest.mark.slow)],
    ids=["kept", "made by another process"],
)
def test_a_process_without_keras_gets_a_network(fresh, small, there):
    np.save(fresh / "pixels.npy", photos(64))
    keep_choice(SMALL, EXACT, {})
    if there:
        export(SMALL, folded_network(SMALL))
    answer = subprocess.run(
        [sys.executable, "-c", WITHOUT_KERAS, str(fresh / "pixels.npy")],
        cwd=settings.PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    precision, imported, rows = json.loads(answer.stdout)
    assert precision == "float32" and imported == []
    expected = small[1].features(photos(64), END, SPEC.preprocessing)[0]
    np.testing.assert_allclose(np.array(rows), expected, atol=1e-4)


def test_a_process_without_keras_is_told_where_only_tensorflow_computes(fresh):
    keep_choice(SMALL, FALLBACK, {})
    assert ready_network(SMALL, "float32") is None


def test_an_engine_is_timed_once(fresh, monkeypatch):
    first = settled(SMALL)
    assert first.precision == "float32"
    choice._known.clear()
    monkeypatch.setattr(engines, "build_backbone", None)  # would fail if it were called
    assert settled(SMALL) == first
