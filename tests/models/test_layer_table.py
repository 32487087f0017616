"""The table is what Keras would print, and the distances are those of the arrays on disk."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from safetensors import numpy as safetensors

from tl_core import files
from tl_core.backbones import get_backbone, list_backbones
from tl_core.errors import LabError, RunNotFound, SettingInvalid
from tl_core.models.answers.layer_table import (
    BINS,
    backbone_layers,
    backbone_weights,
    describe_array,
    trained_weights,
)
from tl_core.models.networks.backbones import build_backbone
from tl_core.models.networks.blocks import layers_of_blocks
from tl_core.models.networks.heads import build_head
from tl_core.models.networks.learner import build_tail
from tl_core.runs import Run
from tl_core.training import TrainingConfig
from tl_core.training.layer_tables import BACKBONE, HEAD, BackboneLayer, TableLine, network_table

LITE = "efficientnet-lite0"
QUICK = (LITE, "vgg16", "mobilenetv2")
REST = tuple(spec.name for spec in list_backbones() if spec.name not in QUICK)
MANY = [*QUICK, *(pytest.param(name, marks=pytest.mark.slow) for name in REST)]
SIDE = 96


@pytest.fixture(scope="module", autouse=True)
def forget_after() -> Iterator[None]:
    yield
    backbone_layers.cache_clear()
    backbone_weights.cache_clear()


def table(config: TrainingConfig, classes: int = 3) -> tuple[TableLine, ...]:
    return network_table(config, backbone_layers(config.backbone, config.size), classes=classes)


def total(lines: tuple[TableLine, ...], part: str, field: str = "parameters") -> int:
    return sum(getattr(line, field) for line in lines if line.part == part)


@pytest.mark.parametrize("name", MANY)
def test_every_layer_is_there_with_its_weights_and_shape(name):
    network = build_backbone(name, SIDE, "random")
    rows = backbone_layers(name, SIDE).layers
    assert [(row.name, row.parameters) for row in rows] == [
        (layer.name, layer.count_params()) for layer in network.layers
    ]
    assert sum(row.parameters for row in rows) == get_backbone(name).parameters
    assert sum(row.parameters for row in rows) == network.count_params()
    assert rows[-1].output_shape == get_backbone(name).feature_shape(SIDE)
    # Connections: each layer but the photo reads from layers above it in the table.
    places = {row.name: place for place, row in enumerate(rows)}
    for place, row in enumerate(rows[1:], start=1):
        assert row.connected
        assert all(places[before] < place for before in row.connected)


@pytest.mark.parametrize("name", MANY)
@pytest.mark.parametrize("mistakes", [(), ("batch-norm",)])
def test_trainable_weights_are_what_keras_says_once_the_blocks_are_unfrozen(name, mistakes):
    config = TrainingConfig(
        dataset="", backbone=name, weights="random", size=SIDE, unfrozen=2, mistakes=mistakes
    )
    tail = build_tail(config)
    learning = sum(int(np.prod(weight.shape)) for weight in tail.trainable_weights)
    assert total(table(config), BACKBONE, "trainable") == learning > 0
    if not mistakes:
        assert learning == get_backbone(name).learned_weights(2)


def test_shortcut_has_two_inputs_and_a_block_of_its_own():
    rows = {row.name: row for row in backbone_layers("mobilenetv2", SIDE).layers}
    assert rows["block_2_add"].connected == ("block_1_project_BN", "block_2_project_BN")
    assert rows["block_2_add"].block == rows["block_2_expand"].block == "block_2"
    assert rows["block_1_project_BN"].block == "block_1"


def test_textbook_layer_has_the_textbook_numbers():
    row = next(row for row in backbone_layers("vgg16", 64).layers if row.name == "block5_conv3")
    assert row == BackboneLayer(
        block="block5",
        name="block5_conv3",
        kind="Conv2D",
        output_shape=(4, 4, 512),
        parameters=2_359_808,
        moving=0,
        connected=("block5_conv2",),
    )


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"pooling": "flatten", "dense": (256,), "dropout": 0.5},
        {"dense": (64, 32), "dropout": 0.0},
        {"dense": (64, 32), "drop_features": False},
        {"activation": "sigmoid"},
        {"mistakes": ("one-unit",)},
    ],
)
def test_head_is_the_one_that_is_built(changes):
    config = TrainingConfig(dataset="", size=SIDE, **changes)
    spec = get_backbone(config.backbone)
    shape = spec.feature_shape(SIDE) if config.pooling == "flatten" else (spec.channels,)
    classes = 2
    head = build_head(config, shape, classes)
    lines = [line for line in table(config, classes) if line.part == HEAD]
    assert sum(line.parameters for line in lines) == head.count_params()
    assert sum(line.trainable for line in lines) == head.count_params()
    own = [line for line in lines if line.name != "gap"]  # in Keras, part of the features
    built = head.layers[1:]  # without the input
    assert [(x.name, x.kind) for x in own] == [(x.name, type(x).__name__) for x in built]
    assert [x.output_shape for x in own] == [x.output.shape[1:] for x in built]
    assert lines[0].connected == (spec.cut,)
    assert lines[1].connected == (lines[0].name,)


def test_nothing_of_a_frozen_backbone_is_trainable():
    lines = table(TrainingConfig(dataset="", size=SIDE))
    assert total(lines, BACKBONE, "trainable") == 0
    assert total(lines, BACKBONE) == get_backbone(LITE).parameters
    assert total(lines, HEAD, "trainable") == 1280 * 3 + 3


def test_more_blocks_than_there_are_is_refused():
    blocks = len(get_backbone(LITE).blocks)
    assert total(table(TrainingConfig(dataset="", unfrozen=blocks)), BACKBONE, "trainable")
    with pytest.raises(SettingInvalid):
        table(TrainingConfig(dataset="", unfrozen=blocks + 1))


@pytest.mark.parametrize(
    ("name", "size"), [("no-such", 96), (LITE, 8), (LITE, "x"), ("xception", 64)]
)
def test_network_that_cannot_be_is_refused(name, size):
    with pytest.raises(SettingInvalid):
        backbone_layers(name, size)


def test_statistics_are_those_of_the_array():
    values = np.random.default_rng(0).normal(2, 3, (5, 7, 11)).astype(np.float32)
    found = describe_array(values)
    assert found.shape == (5, 7, 11)
    assert found.mean == pytest.approx(values.mean(), rel=1e-5)
    assert found.std == pytest.approx(values.std(), rel=1e-5)
    assert (found.min, found.max) == (values.min(), values.max())
    assert found.counts.sum() == values.size and len(found.edges) == BINS + 1
    inside = (values >= found.edges[3]) & (values < found.edges[4])
    assert abs(found.counts[3] - inside.sum()) <= 1  # an edge in float32


@pytest.mark.parametrize("values", [np.zeros(4, np.float32), np.ones((1,), np.float32)])
def test_array_of_equal_numbers_has_a_histogram_too(values):
    assert describe_array(values).counts.sum() == values.size


def test_weights_are_those_of_the_network_and_complete():
    network = build_backbone(LITE, SIDE)
    found = backbone_weights(LITE, "imagenet").layers
    assert sum(int(np.prod(v.shape)) for x in found.values() for v in x.values()) == (
        network.count_params()
    )
    kernel = network.get_layer("stem_conv").get_weights()[0]
    shown = found["stem_conv"]["kernel"]
    assert shown.shape == kernel.shape
    assert [shown.mean, shown.min] == pytest.approx([kernel.mean(), kernel.min()], abs=1e-6)
    random = backbone_weights(LITE, "random").layers["stem_conv"]["kernel"]
    assert random.std != found["stem_conv"]["kernel"].std


@pytest.fixture
def trained(new_run: Callable[..., Run]) -> Callable[..., Run]:
    """Return ``trained(tail, **changes)``: a finished run whose unfrozen part is `tail`."""

    def make(tail: dict[str, np.ndarray] | bytes | None = None, **changes: object) -> Run:
        run = new_run(**changes)
        config = TrainingConfig.from_json(run.config)
        head = build_head(config, (1280,), 2)
        weights = {f"weight_{i}": np.asarray(w.numpy()) for i, w in enumerate(head.weights)}
        files.write_bytes(run.folder / "head.safetensors", safetensors.save(weights))
        description = {
            "features": [1280],
            "class_names": ["dark", "light"],
            "unfrozen": config.unfrozen,
        }
        files.write_json(run.folder / "model.json", description)
        if tail is not None:
            data = tail if isinstance(tail, bytes) else safetensors.save(tail)
            files.write_bytes(run.folder / "tail.safetensors", data)
        return run

    return make


def tail_of(
    unfrozen: int, change: Callable[[str, np.ndarray], np.ndarray]
) -> dict[str, np.ndarray]:
    """Return what a training of the last blocks would store, every array changed by `change`."""
    spec, network = get_backbone(LITE), build_backbone(LITE, SIDE)
    return {
        f"{layer.name}/{weight.name}": change(weight.name, np.asarray(weight.numpy()))
        for layers in layers_of_blocks(network, spec)[-unfrozen:]
        for layer in layers
        for weight in layer.weights
    }


def test_head_only_run_has_a_head_and_moved_nothing(trained):
    found = trained_weights(trained().id)
    assert found.moved == {}
    assert found.layers["logits"]["kernel"].shape == (1280, 2)
    assert set(found.layers) == {"logits"}


def test_distance_of_each_block_is_relative_and_leaves_moving_averages_out(trained):
    last = {
        layer.name for layer in layers_of_blocks(build_backbone(LITE, SIDE), get_backbone(LITE))[-1]
    }
    tail = tail_of(2, lambda name, x: x * 5 if name.startswith("moving") else x * np.float32(1.1))
    tail |= {
        key: x
        for key, x in tail_of(2, lambda name, x: x * np.float32(0.5)).items()
        if key.split("/")[0] in last
    }
    moved = trained_weights(trained(tail, unfrozen=2).id).moved
    names = [block.name for block in get_backbone(LITE).blocks]
    assert list(moved) == names[-2:]
    assert list(moved.values()) == pytest.approx([0.1, 0.5], rel=1e-3)


def test_unchanged_weights_moved_nowhere_and_have_one_histogram(trained):
    found = trained_weights(trained(tail_of(1, lambda _, x: x), unfrozen=1).id)
    assert list(found.moved.values()) == [0.0]
    array: Any = next(iter(next(v for k, v in found.layers.items() if k != "logits").values()))
    assert (array.before == array.counts).all()


def test_histogram_before_stands_on_the_same_edges(trained):
    found = trained_weights(trained(tail_of(1, lambda _, x: x + 1), unfrozen=1).id)
    for layer, variables in found.layers.items():
        for array in variables.values():
            if layer != "logits":
                assert array.before is not None
                assert array.before.sum() == array.counts.sum()
                assert not (array.before == array.counts).all()


def test_random_start_is_measured_from_the_random_weights(trained):
    tail = tail_of(1, lambda _, x: x)  # ImageNet's weights, far from the random ones
    assert next(iter(trained_weights(trained(tail, unfrozen=1).id).moved.values())) == 0
    far = trained_weights(trained(tail, unfrozen=1, weights="random").id).moved
    assert next(iter(far.values())) > 0.5


@pytest.mark.parametrize(
    "tail",
    [
        b"not safetensors",
        {"head_conv/kernel": np.zeros((3, 3), np.float32)},  # another network's shape
        {"stem_conv/kernel": np.zeros((3, 3), np.float32)},  # another cut
    ],
)
def test_damaged_tail_is_refused_in_a_sentence(trained, tail):
    with pytest.raises(RunNotFound, match="Train it again"):
        trained_weights(trained(tail, unfrozen=1).id)


def test_run_that_is_not_trained_is_refused(new_run):
    with pytest.raises(LabError):
        trained_weights(new_run().id)
