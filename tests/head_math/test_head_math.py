import dataclasses
import math

import pytest

from tl_core.backbones import get_backbone
from tl_core.errors import SettingInvalid
from tl_core.head_math import (
    KINDS,
    OPTIMIZERS,
    POOLINGS,
    HeadConfig,
    Layer,
    describe_head,
    describe_stack,
    get_preset,
    get_stack_preset,
    head_costs,
    list_presets,
    list_stack_presets,
    ratio,
    totals,
)


def parameters(preset, **changes):
    config = dataclasses.replace(preset.config, **changes)
    return totals(describe_head(preset.feature_map, config)).parameters


def test_the_textbook_example():
    preset = get_preset("textbook")
    assert parameters(preset, pooling="flatten") == 12_845_056
    assert parameters(preset, pooling="gap") == 262_144
    flatten, gap = (
        describe_head(preset.feature_map, dataclasses.replace(preset.config, pooling=pooling))
        for pooling in ("flatten", "gap")
    )
    assert ratio(flatten, gap) == 49


def test_vgg16_at_150_pixels_and_its_gap_twin():
    preset = get_preset("vgg16-cats-and-dogs")
    assert preset.feature_map == (4, 4, 512)
    assert parameters(preset) == 2_097_665
    assert parameters(preset) + get_backbone("vgg16").parameters == 16_812_353
    assert parameters(preset, pooling="gap") == 131_585


def test_resnet50_with_average_pooling():
    preset = get_preset("resnet50-average")
    assert parameters(preset) == 4_098
    assert parameters(preset) + get_backbone("resnet50").parameters == 23_591_810


def test_teachable_machine_beside_machine_learning_for_kids():
    assert parameters(get_preset("teachable-machine")) == 128_300
    assert parameters(get_preset("ml4kids")) == 1_254_700


def test_the_small_network_for_cifar10():
    preset = get_stack_preset("cifar10")
    rows = describe_stack(preset.input_shape, preset.layers)
    assert totals(rows).parameters == 122_570
    assert [row.output_shape for row in rows][4:6] == [(4, 4, 64), (1024,)]


def test_presets_say_where_they_come_from_and_an_unknown_one_lists_them():
    assert all(preset.title and preset.origin for preset in list_presets())
    assert all(preset.title and preset.origin for preset in list_stack_presets())
    with pytest.raises(SettingInvalid, match="textbook, vgg16-cats-and-dogs"):
        get_preset("resnet")
    with pytest.raises(SettingInvalid, match="cifar10"):
        get_stack_preset("mnist")


@pytest.mark.parametrize(
    ("pooling", "shapes", "weights"),
    [
        ("gap", [(3,), (4,)], 3 * 4 + 4),
        ("gmp", [(3,), (4,)], 3 * 4 + 4),
        ("gap+gmp", [(3,), (3,), (6,), (4,)], 6 * 4 + 4),
        ("flatten", [(24,), (4,)], 24 * 4 + 4),
    ],
)
def test_each_pooling_shows_its_shapes_and_weights(pooling, shapes, weights):
    rows = describe_head((2, 4, 3), HeadConfig(pooling=pooling, classes=4))
    assert [row.output_shape for row in rows] == shapes
    assert totals(rows).parameters == totals(rows).trainable == weights
    assert rows[-1].multiply_adds == weights - 4


def test_dropout_stands_before_each_dense_layer_and_weighs_nothing():
    plain = HeadConfig(units=(5,))
    dropped = dataclasses.replace(plain, dropout=0.3)
    rows = describe_head((2, 2, 3), dropped)
    names = ["gap", "dropout_1", "dense_1", "dropout_2", "logits"]
    assert [row.name for row in rows] == names
    assert totals(rows).parameters == totals(describe_head((2, 2, 3), plain)).parameters
    spared = describe_head((2, 2, 3), dataclasses.replace(dropped, drop_features=False))
    assert [row.name for row in spared] == ["gap", "dense_1", "dropout_2", "logits"]


def test_formulas_are_written_out_with_the_numbers_filled_in():
    rows = describe_head((7, 7, 512), HeadConfig(pooling="flatten", units=(512,)))
    assert [row.formula.format(**row.values) for row in rows] == [
        "no weights",
        "25,088 × 512 + 512 = 12,845,568",
        "512 × 2 + 2 = 1,026",
    ]
    without = describe_head((7, 7, 512), HeadConfig(classes=3, output_bias=False))
    assert without[-1].formula.format(**without[-1].values) == "512 × 3 = 1,536"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("use_bias", [True, False])
def test_a_formula_gives_the_number_beside_it(kind, use_bias):
    row = describe_stack((9, 8, 6), (Layer(kind=kind, units=5, kernel=3, use_bias=use_bias),))[0]
    text = row.formula.format(**row.values)
    if row.parameters:
        left, right = text.replace(",", "").replace("×", "*").split(" = ")
        assert eval(left) == int(right) == row.parameters
    else:
        assert text == "no weights"


def test_bias_can_be_left_out_of_the_hidden_layers_and_of_the_last_one():
    config = HeadConfig(units=(10,), classes=3)
    count = {
        (hidden, last): totals(
            describe_head((1, 1, 8), dataclasses.replace(config, use_bias=hidden, output_bias=last))
        ).parameters
        for hidden in (True, False)
        for last in (True, False)
    }
    weights = 8 * 10 + 10 * 3
    assert count == {
        (True, True): weights + 13,
        (False, True): weights + 3,
        (True, False): weights + 10,
        (False, False): weights,
    }


def test_flatten_grows_with_the_square_of_the_size_and_gap_does_not():
    spec = get_backbone("vgg16")
    small, large = (spec.feature_shape(size) for size in (128, 256))
    flatten = HeadConfig(pooling="flatten", units=(64,))
    gap = HeadConfig(pooling="gap", units=(64,))
    assert totals(describe_head(large, gap)) == totals(describe_head(small, gap))
    first = [describe_head(shape, flatten)[1].parameters - 64 for shape in (small, large)]
    assert first[1] == 4 * first[0]


def test_a_ratio_to_nothing_is_infinite():
    some = describe_head((1, 1, 8), HeadConfig())
    assert ratio(some, ()) == math.inf
    assert ratio(some, some) == 1


def test_costs_of_a_head_by_hand():
    costs = head_costs((2, 2, 3), HeadConfig(pooling="flatten"), batch=10, photos=100)
    weights = 12 * 2 + 2
    assert costs.weights == costs.gradients == 4 * weights
    assert costs.optimizer == 8 * weights
    assert costs.activations == 10 * (12 + 2) * 4
    assert costs.features_float32 == 100 * 12 * 4 == 2 * costs.features_float16
    assert costs.weights_per_photo == weights / 100
    assert costs.multiply_adds == 24
    assert costs.training == 16 * weights + 560


@pytest.mark.parametrize(("pooling", "numbers"), [("gap", 8), ("gap+gmp", 16), ("flatten", 72)])
def test_cached_features_are_what_the_first_dense_layer_takes(pooling, numbers):
    assert head_costs((3, 3, 8), HeadConfig(pooling=pooling), photos=1).features_float32 == (
        4 * numbers
    )


def test_layers_of_a_stack_are_numbered_as_keras_does():
    dense = Layer(kind="Dense", units=2)
    rows = describe_stack((4,), (dense, Layer(kind="Dropout"), dense, dense))
    assert [row.name for row in rows] == ["dense", "dropout", "dense_1", "dense_2"]


def test_multiply_adds_are_those_of_every_position():
    rows = describe_stack(
        (5, 5, 2), (Layer(kind="Conv2D", units=4, kernel=3), Layer(kind="Dense", units=7))
    )
    assert [row.multiply_adds for row in rows] == [3 * 3 * 4 * (3 * 3 * 2), 3 * 3 * 4 * 7]


def test_normalisation_has_weights_that_are_not_trained():
    rows = describe_stack((4, 4, 6), (Layer(kind="BatchNormalization"),))
    assert totals(rows).parameters == 24
    assert totals(rows).trainable == 12


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"units": (0,)}, "units must be a whole number from 1"),
        ({"units": (64, -1)}, "units must be"),
        ({"units": (2.5,)}, "units must be"),
        ({"units": (True,)}, "units must be"),  # a checkbox where a number belongs
        ({"units": (10**9,)}, "to 65536, received 1000000000"),
        ({"units": (1,) * 11}, "Dense layers"),
        ({"classes": 1}, "classes must be a whole number from 2"),
        ({"classes": 3, "activation": "sigmoid"}, "Choose softmax"),
        ({"pooling": "median"}, r"gap, flatten, gmp, gap\+gmp"),
        ({"activation": "relu"}, "softmax, sigmoid"),
        ({"dropout": 1.0}, "Dropout"),  # would leave nothing
        ({"dropout": float("nan")}, "Dropout"),
    ],
)
def test_a_head_that_cannot_be_is_refused_with_the_reason(values, message):
    with pytest.raises(SettingInvalid, match=message):
        HeadConfig(**values)


@pytest.mark.parametrize(
    "shape",
    [(0, 4, 4), (4, 4), (4,), (4, 4, 4, 4), (), (4, 4, -1), (4, 4, 2.0), (4, 4, 10**7)],
)
def test_a_feature_map_that_cannot_be_is_refused(shape):
    with pytest.raises(SettingInvalid):
        describe_head(shape, HeadConfig())


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        # shrinks to nothing: 8 -> 4 -> 2 -> 1, and then no window of 2 fits
        (
            (Layer(kind="MaxPooling2D"),) * 4,
            "window of max_pooling2d_3 covers 2 × 2, but only 1 × 1",
        ),
        ((Layer(kind="Conv2D", kernel=9),), "conv2d covers 9 × 9, but only 8 × 8"),
        ((Layer(kind="Flatten"), Layer(kind="Conv2D")), "conv2d needs a feature map"),
        (
            (Layer(kind="GlobalMaxPooling2D"), Layer(kind="GlobalAveragePooling2D")),
            "global_average_pooling2d needs a feature map, but gets a vector of 3",
        ),
        ((Layer(kind="Dropout"),) * 101, "up to 100 layers"),
    ],
)
def test_an_impossible_layer_is_named_with_the_reason(layers, message):
    with pytest.raises(SettingInvalid, match=message):
        describe_stack((8, 8, 3), layers)
    assert len(describe_stack((8, 8, 3), layers[:-1])) == len(layers) - 1


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "LSTM"},
        {"kind": "Dense", "units": 0},
        {"kind": "Conv2D", "kernel": 0},
        {"kind": "Conv2D", "kernel": 33},
        {"kind": "MaxPooling2D", "stride": -1},
        {"kind": "MaxPooling2D", "padding": "full"},
        {"kind": "Dropout", "rate": -0.1},
    ],
)
def test_a_layer_that_cannot_be_is_refused(values):
    with pytest.raises(SettingInvalid):
        Layer(**values)


@pytest.mark.parametrize(
    "values", [{"optimizer": "lion"}, {"batch": 0}, {"photos": 0}, {"batch": 1.5}]
)
def test_costs_refuse_bad_arguments(values):
    with pytest.raises(SettingInvalid):
        head_costs((2, 2, 3), HeadConfig(), **values)


def test_tables_are_complete():
    assert set(POOLINGS) == {"gap", "flatten", "gmp", "gap+gmp"}
    assert list(OPTIMIZERS.values()) == sorted(OPTIMIZERS.values())
