import random

import keras
import pytest

from tl_core.errors import SettingInvalid
from tl_core.head_math import (
    KINDS,
    OPTIMIZERS,
    POOLINGS,
    HeadConfig,
    Layer,
    describe_head,
    describe_stack,
    head_costs,
    list_presets,
    list_stack_presets,
    totals,
)

POOLING_LAYERS = {
    "gap": keras.layers.GlobalAveragePooling2D,
    "gmp": keras.layers.GlobalMaxPooling2D,
    "flatten": keras.layers.Flatten,
}


def keras_head(feature_map, config):
    inputs = keras.Input(feature_map)
    pooled = [POOLING_LAYERS[name](name=name)(inputs) for name in config.pooling.split("+")]
    x = keras.layers.Concatenate(name="concatenate")(pooled) if len(pooled) > 1 else pooled[0]
    for number, units in enumerate((*config.units, config.outputs), start=1):
        last = number > len(config.units)
        if config.dropout and (config.drop_features or number > 1 or last):
            x = keras.layers.Dropout(config.dropout, name=f"dropout_{number}")(x)
        x = keras.layers.Dense(
            units,
            use_bias=config.output_bias if last else config.use_bias,
            activation=config.activation if last else "relu",
            name="logits" if last else f"dense_{number}",
        )(x)
    return keras.Model(inputs, x)


def keras_layer(layer):
    window = {"strides": layer.stride or None, "padding": layer.padding}
    if layer.kind == "Conv2D":
        step = layer.stride or 1
        return keras.layers.Conv2D(
            layer.units, layer.kernel, step, layer.padding, use_bias=layer.use_bias
        )
    if layer.kind in ("MaxPooling2D", "AveragePooling2D"):
        return getattr(keras.layers, layer.kind)(layer.kernel, **window)
    if layer.kind == "Dense":
        return keras.layers.Dense(layer.units, use_bias=layer.use_bias)
    if layer.kind == "Dropout":
        return keras.layers.Dropout(layer.rate)
    return getattr(keras.layers, layer.kind)()


def random_head(seed):
    dice = random.Random(seed)
    feature_map = (dice.randint(1, 9), dice.randint(1, 9), dice.randint(1, 96))
    activation = dice.choice(("softmax", "sigmoid"))
    return feature_map, HeadConfig(
        pooling=dice.choice(tuple(POOLINGS)),
        units=tuple(dice.randint(1, 64) for _ in range(dice.randint(0, 3))),
        classes=2 if activation == "sigmoid" else dice.randint(2, 20),
        activation=activation,
        use_bias=dice.random() < 0.7,
        output_bias=dice.random() < 0.7,
        dropout=dice.choice((0.0, 0.2, 0.5)),
        drop_features=dice.random() < 0.5,
    )


def random_stack(seed):
    dice = random.Random(seed)
    shape = (dice.randint(1, 40), dice.randint(1, 40), dice.randint(1, 8))
    return shape, tuple(
        Layer(
            kind=dice.choice(KINDS),
            units=dice.randint(1, 16),
            kernel=dice.randint(1, 5),
            stride=dice.choice((0, 0, 1, 2, 3)),
            padding=dice.choice(("valid", "same")),
            use_bias=dice.random() < 0.7,
        )
        for _ in range(dice.randint(1, 8))
    )


def assert_rows_are_those_of(model, rows):
    layers = model.layers[1:]
    assert [row.kind for row in rows] == [type(layer).__name__ for layer in layers]
    assert [row.output_shape for row in rows] == [layer.output.shape[1:] for layer in layers]
    assert [row.parameters for row in rows] == [layer.count_params() for layer in layers]
    assert totals(rows).parameters == model.count_params()
    trainable = sum(weight.value.shape.num_elements() for weight in model.trainable_weights)
    assert totals(rows).trainable == trainable


@pytest.mark.parametrize("first", range(0, 200, 50))
def test_200_random_heads_are_equal_to_the_last_weight(first):
    for seed in range(first, first + 50):
        feature_map, config = random_head(seed)
        model = keras_head(feature_map, config)
        rows = describe_head(feature_map, config)
        assert_rows_are_those_of(model, rows)
        assert [row.name for row in rows] == [layer.name for layer in model.layers[1:]]


@pytest.mark.parametrize("preset", list_presets(), ids=lambda preset: preset.name)
@pytest.mark.parametrize("pooling", ["gap", "flatten"])
def test_well_known_heads_are_equal_too(preset, pooling):
    config = HeadConfig(**{**vars(preset.config), "pooling": pooling})
    model = keras_head(preset.feature_map, config)
    assert_rows_are_those_of(model, describe_head(preset.feature_map, config))


def test_200_random_stacks_are_equal_and_impossible_ones_are_impossible_in_keras():
    possible = impossible = seed = 0
    while possible < 200:
        shape, layers = random_stack(seed)
        seed += 1
        try:
            rows = describe_stack(shape, layers)
        except SettingInvalid:
            impossible += 1
            if impossible <= 100:
                assert not keras_can(shape, layers), (shape, layers)
            continue
        possible += 1
        assert_rows_are_those_of(keras_stack(shape, layers), rows)
    assert impossible > 50


def keras_stack(shape, layers):
    x = inputs = keras.Input(shape)
    for layer in layers:
        x = keras_layer(layer)(x)
    return keras.Model(inputs, x)


def keras_can(shape, layers):
    """Whether Keras builds it; a pooling layer of Keras 3 does not mind that nothing is left."""
    x = keras.Input(shape)
    for layer in layers:
        try:
            x = keras_layer(layer)(x)
        except ValueError:
            return False
        if 0 in x.shape or any((side or 1) < 0 for side in x.shape):
            return False
    return True


@pytest.mark.parametrize("preset", list_stack_presets(), ids=lambda preset: preset.name)
def test_well_known_networks_are_equal_too(preset):
    model = keras_stack(preset.input_shape, preset.layers)
    assert_rows_are_those_of(model, describe_stack(preset.input_shape, preset.layers))


@pytest.mark.parametrize(
    ("name", "optimizer", "options"),
    [
        ("sgd", keras.optimizers.SGD, {}),
        ("sgd with momentum", keras.optimizers.SGD, {"momentum": 0.9}),
        ("rmsprop", keras.optimizers.RMSprop, {}),
        ("adam", keras.optimizers.Adam, {}),
    ],
)
def test_an_optimizer_remembers_as_many_numbers_as_it_is_said_to(name, optimizer, options):
    feature_map, config = (3, 3, 8), HeadConfig(units=(5,))
    optimizer = optimizer(**options)
    optimizer.build(keras_head(feature_map, config).trainable_variables)
    # Its step count and learning rate are single numbers of the optimizer itself.
    bytes_held = 4 * sum(
        variable.value.shape.num_elements()
        for variable in optimizer.variables
        if len(variable.shape)
    )
    assert head_costs(feature_map, config, optimizer=name).optimizer == bytes_held
    assert OPTIMIZERS.keys() == {"sgd", "sgd with momentum", "rmsprop", "adam"}
