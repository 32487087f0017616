"""How many images go through a network at once, and what that takes."""

import math
import os
import subprocess
import sys

import keras
import numpy as np
import pytest

from tl_core.answers.networks import extractor
from tl_core.inference.passes import MOST_BYTES
from tl_core.models.arrays import array_of, write_arrays
from tl_core.models.networks.backbones import build_backbone
from tl_core.models.networks.heads import build_head
from tl_core.models.networks.learner import build_learner, build_tail
from tl_core.models.passes import images_at_once
from tl_core.training import TrainingConfig

LITE0 = "efficientnet-lite0"

MEMORY = """
import re
import numpy as np
from tl_core.backbones import get_backbone
from tl_core.inference import passes
from tl_core.inference.exported import FrozenName
from tl_core.machine import memory
from tl_core.models.networks.engines import folded_network
from tl_core.models.networks.traced import TracedNetwork
passes.MOST_BYTES = 10**9
name = FrozenName(backbone="efficientnet-lite0", weights="imagenet", size=224)
traced, spec = TracedNetwork(folded_network(name)), get_backbone(name.backbone)
def network(pixels):
    traced.features(pixels, ((spec.cut, True),), spec.preprocessing)
network(np.zeros((1, 224, 224, 3), np.uint8))
memory.tidy()
def private():
    return int(re.search(r"RssAnon:\\s+(\\d+)", open("/proc/self/status").read())[1]) * 1024
before = private()
network(np.zeros((32, 224, 224, 3), np.uint8))
memory.tidy()
print((private() - before) // 10**6)
"""


def test_a_pass_takes_as_many_images_as_fit_and_no_more():
    network = build_backbone(LITE0, 160)
    # The widest place of Lite0: the expansion of its second stage.
    assert max(math.prod(layer.output.shape[1:]) for layer in network.layers) == 80 * 80 * 96
    count = images_at_once(network)
    assert count * 2 * 4 * 80 * 80 * 96 <= MOST_BYTES < (count + 1) * 2 * 4 * 80 * 80 * 96
    assert images_at_once(build_backbone(LITE0, 224)) < count


def test_one_image_goes_through_however_large_the_network():
    image = keras.Input((8, 8, 3))
    assert images_at_once(keras.Model(image, keras.layers.Dense(10**7)(image))) == 1


def test_the_layers_of_a_network_inside_a_network_count():
    config = TrainingConfig(dataset="", size=160, unfrozen=14)
    tail = build_tail(config)
    learner = build_learner(tail, build_head(config, tail.output_shape[-1:], 3), config)
    assert images_at_once(learner) == images_at_once(tail) < 128


def test_features_are_the_same_however_many_images_go_at_once(monkeypatch):
    monkeypatch.setenv("TL_PROFILE", "cloud")  # keeps two networks
    pixels = np.random.default_rng(0).integers(0, 256, (30, 160, 160, 3), np.uint8)
    with monkeypatch.context() as patch:
        patch.setattr("tl_core.inference.passes.MOST_BYTES", 10**9)
        assert images_at_once(build_backbone(LITE0, 160)) >= len(pixels)
        at_once = extractor(LITE0, "imagenet", 160, "gap")(pixels)
    assert images_at_once(build_backbone(LITE0, 160)) < len(pixels) / 2
    for other in (96, 128):
        extractor(LITE0, "imagenet", other, "gap")  # lets go of the first one
    in_parts = extractor(LITE0, "imagenet", 160, "gap")(pixels)
    assert at_once.shape == in_parts.shape == (30, 1280)
    np.testing.assert_allclose(in_parts, at_once, atol=1e-4)
    assert not np.allclose(in_parts[0], in_parts[1], atol=1e-2)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="asks glibc")
def test_a_worker_at_rest_has_given_back_what_a_large_pass_took():
    """Where TensorFlow keeps it for itself, as it does by default, nothing comes back."""

    def megabytes(own_allocator):
        environment = os.environ | {"TF_ONEDNN_USE_SYSTEM_ALLOCATOR": str(int(not own_allocator))}
        command = [sys.executable, "-c", MEMORY]
        return int(
            subprocess.run(
                command, env=environment, capture_output=True, check=True, text=True
            ).stdout
        )

    assert megabytes(own_allocator=True) > 100
    assert megabytes(own_allocator=False) < 50


def test_arrays_are_written_as_they_are_meant_and_not_as_they_lie_in_memory(tmp_path):
    from safetensors.numpy import load_file

    turned = np.arange(6, dtype=np.float32).reshape(2, 3).T
    arrays = {"turned": turned, "every other": turned[::2], "number": np.array(3)}
    write_arrays(tmp_path / "a.safetensors", arrays)
    found = load_file(tmp_path / "a.safetensors")
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].shape == array.shape


def test_an_array_of_a_variable_is_no_copy_and_does_not_change_afterwards():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    model.compile("sgd", "mse")
    kernel = model.layers[0].kernel
    array = array_of(kernel)
    assert np.shares_memory(array, array_of(kernel))
    before = array.copy()
    model.train_on_batch(np.ones((2, 4), np.float32), np.ones((2, 3), np.float32))
    np.testing.assert_array_equal(array, before)
    assert not np.array_equal(array_of(kernel), before)
