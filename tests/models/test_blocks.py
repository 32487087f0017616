import json
from functools import cache

import keras
import numpy as np
import pytest

from tl_core.backbones import get_backbone, list_backbones
from tl_core.backbones.block_table import TABLE
from tl_core.models.networks.backbones import build_backbone
from tl_core.models.networks.blocks import layers_of_blocks, measure_blocks

NAMES = [spec.name for spec in list_backbones(untrained=True)]
FAST = ("efficientnet-lite0", "vgg16", "mobilenetv2", "xception", "small-convnet")
EACH = [name if name in FAST else pytest.param(name, marks=pytest.mark.slow) for name in NAMES]


@cache
def built(name, size):
    return build_backbone(name, size, "random")


def sizes(name):
    smallest = get_backbone(name).min_size
    return smallest, smallest + 33  # 33: odd, so that padding counts


@pytest.mark.parametrize("name", EACH)
def test_every_cut_has_the_shape_that_keras_gives_it(name):
    spec = get_backbone(name)
    for size in sizes(name):
        model = built(name, size)
        for unfrozen in range(len(spec.blocks)):
            output = model.get_layer(spec.cut_before(unfrozen)).output
            assert tuple(output.shape[1:]) == spec.cut_shape(unfrozen, size)


@pytest.mark.parametrize("name", EACH)
def test_weights_are_those_that_keras_counts(name):
    spec = get_backbone(name)
    model = built(name, sizes(name)[0])
    blocks = layers_of_blocks(model, spec)
    assert sum(map(len, blocks)) == len(model.layers)
    model.trainable = True
    for unfrozen in range(len(blocks) + 1):
        learning = [layer for layers in blocks[len(blocks) - unfrozen :] for layer in layers]
        for layer in model.layers:
            layer.trainable = layer in learning
        facts = spec.block_facts[len(blocks) - unfrozen :]
        assert counted(model) == sum(f.trainable for f in facts)
        for layer in learning:
            layer.trainable = not isinstance(layer, keras.layers.BatchNormalization)
        assert counted(model) == spec.learned_weights(unfrozen)
    assert sum(f.weights for f in spec.block_facts) == model.count_params() == spec.parameters


@pytest.mark.parametrize("name", EACH)
def test_the_committed_table_is_what_the_script_would_write(name):
    spec = get_backbone(name)
    assert measure_blocks(spec) == list(spec.block_facts)
    assert len(json.loads(TABLE.read_text())) == len(NAMES)


def counted(model):
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
