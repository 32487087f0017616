"""Set-ups as text, sweeps, the rule, moved positions, stacks as text, bytes and code."""

import csv
import io

import numpy as np
import pytest

from tl_core.errors import SettingInvalid
from tl_core.head_math import (
    BIASES,
    KINDS,
    HeadConfig,
    HeadSetup,
    Layer,
    StackPreset,
    bias_name,
    list_presets,
    list_stack_presets,
    read_setup,
    read_units,
    totals,
    write_units,
)
from tl_core.head_math.code import csv_text
from tl_core.head_math.memory import bytes_text, machine_bytes
from tl_core.head_math.positions import (
    cosine,
    flatten_vector,
    gap_vector,
    relative_change,
    shift_right,
    shuffle_positions,
)
from tl_core.head_math.rule import EVIDENCE, FEW, MANY, standing
from tl_core.head_math.stack_text import (
    long_text,
    read_stack,
    short_text,
    write_layer,
    write_stack,
)
from tl_core.head_math.sweeps import AXES, sweep
from tl_core.statistics import wilson_interval

FREE = HeadSetup(config=HeadConfig(units=(8,)), free_map=(3, 2, 5))
VGG = HeadSetup(config=HeadConfig(units=(256,)), backbone="vgg16", size=224)


@pytest.mark.parametrize("setup", [FREE, VGG, *list_presets()], ids=lambda one: one.text)
def test_a_set_up_comes_back_from_its_text(setup: HeadSetup) -> None:
    again = read_setup(setup.text)
    assert again.feature_map == setup.feature_map
    assert again.frozen == setup.frozen
    for pooling in ("flatten", "gap"):
        assert again.rows(pooling) == setup.rows(pooling)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "vgg16",
        "vgg16-224_256_2_softmax_all",  # one field too few
        "vgg16-224_256_2_softmax_all_0_0",  # one too many
        "vgg16-9_256_2_softmax_all_0",  # below the minimum
        "resnet999-224_256_2_softmax_all_0",
        "7x7_256_2_softmax_all_0",  # no channels
        "0x7x512_256_2_softmax_all_0",
        "7x7x512_0_2_softmax_all_0",  # zero units
        "7x7x512_256_1_softmax_all_0",
        "7x7x512_256_3_sigmoid_all_0",
        "7x7x512_256_2_softmax_some_0",
        "7x7x512_256_2_softmax_all_nan",
        "7x7x512_256_2_softmax_all_1",
        "<script>alert(1)</script>",
        "9" * 10_000,
    ],
)
def test_a_text_that_is_no_set_up_is_one_sentence(text: str) -> None:
    with pytest.raises(SettingInvalid) as refusal:
        read_setup(text)
    assert len(str(refusal.value)) < 400


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("", ()),
        ("  ", ()),
        ("256", (256,)),
        ("256, 64", (256, 64)),
        ("256 64;32", (256, 64, 32)),
        ("4096,1,1,1", (4096, 1, 1, 1)),
    ],
)
def test_hidden_layers_are_read_as_people_write_them(text: str, units: tuple[int, ...]) -> None:
    assert read_units(text) == units
    assert read_units(write_units(units)) == units


@pytest.mark.parametrize(
    "text", ["0", "4097", "-1", "1.5", "1,2,3,4,5", "a", "²", "99999999999999"]
)
def test_hidden_layers_that_cannot_be_are_refused(text: str) -> None:
    with pytest.raises(SettingInvalid, match="such as 256, 64"):
        read_units(text)


@pytest.mark.parametrize("name", BIASES)
def test_a_bias_has_one_name(name: str) -> None:
    hidden, last = BIASES[name]
    assert bias_name(HeadConfig(use_bias=hidden, output_bias=last)) == name


@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("setup", [FREE, VGG], ids=["free", "backbone"])
def test_a_sweep_passes_through_the_set_up_itself(setup: HeadSetup, axis: str) -> None:
    found = sweep(setup, axis)
    assert list(found.values) == sorted(set(found.values))
    if axis == "size" and not setup.backbone:
        return  # a sweep over square maps does not meet one of 3 x 2
    for pooling, weights in found.weights.items():
        assert len(weights) == len(found.values)
        assert weights[found.current] == totals(setup.rows(pooling)).parameters


def test_flatten_grows_with_the_square_of_the_size_and_gap_does_not() -> None:
    square = HeadSetup(config=HeadConfig(output_bias=False), free_map=(4, 4, 10))
    found = sweep(square, "size")
    sides = np.array(found.values)
    assert np.array_equal(found.weights["flatten"], sides**2 * 20)
    assert set(found.weights["gap"]) == {20}


@pytest.mark.parametrize("units", [(), (256,)], ids=["no hidden layer", "256 units"])
def test_with_many_channels_the_heads_are_nearly_the_positions_apart(
    units: tuple[int, ...],
) -> None:
    found = sweep(HeadSetup(config=HeadConfig(units=units), free_map=(7, 7, 512)), "channels")
    ratio = np.array(found.weights["flatten"]) / np.array(found.weights["gap"])
    assert (np.diff(ratio) > 0).all()
    assert ratio[0] < 30 and 48.9 < ratio[-1] < 49


def test_an_unknown_axis_is_refused() -> None:
    with pytest.raises(SettingInvalid, match="size, channels, units"):
        sweep(VGG, "depth")


@pytest.mark.parametrize(
    ("feature_map", "take"),
    [
        ((7, 7, MANY), "gap"),
        ((7, 7, MANY - 1), ""),
        ((7, 7, FEW + 1), ""),
        ((7, 7, FEW), "flatten"),
        ((1, 1, 2048), ""),  # one position: both heads are the same
    ],
)
def test_the_rule_depends_on_the_channels(feature_map: tuple[int, ...], take: str) -> None:
    found = standing(HeadSetup(config=HeadConfig(), free_map=feature_map))
    assert found.take == take
    assert "{" not in str(found.sentence)


def test_the_rules_limits_follow_from_the_evidence() -> None:
    for point in EVIDENCE:
        gap, flatten = (wilson_interval(count, point.n) for count in (point.gap, point.flatten))
        if point.channels <= FEW:
            assert point.flatten > point.gap
        if point.channels >= MANY:
            assert flatten[0] <= gap[1]
    assert wilson_interval(141, 171)[0] > wilson_interval(118, 171)[1]  # at 128: apart
    lead = [point.flatten - point.gap for point in EVIDENCE]
    assert min(lead[:-1]) > 0 and lead[-1] == 0  # the two lines meet at the last point
    assert {FEW, MANY} <= {point.channels for point in EVIDENCE}


def random_map() -> np.ndarray:
    return np.random.default_rng(1).normal(size=(5, 4, 6)).astype(np.float32)


def test_shuffled_positions_leave_gap_alone_and_not_flatten() -> None:
    before = random_map()
    after = shuffle_positions(before, 7)
    assert np.allclose(gap_vector(after), gap_vector(before), atol=1e-12)
    assert relative_change(flatten_vector(before), flatten_vector(after)) > 0.5
    assert np.array_equal(after, shuffle_positions(before, 7))
    assert not np.array_equal(after, shuffle_positions(before, 8))
    # Channels stay together: the same positions, in another order.
    rows = {tuple(row) for row in before.reshape(-1, 6)}
    assert {tuple(row) for row in after.reshape(-1, 6)} == rows


def test_gap_is_the_mean_and_flatten_the_order_of_numpy() -> None:
    values = random_map()
    assert np.allclose(gap_vector(values), [values[..., c].mean() for c in range(6)])
    assert np.array_equal(flatten_vector(values), values.ravel().astype(np.float64))


def test_a_shifted_photo_keeps_its_size_and_fills_with_its_edge() -> None:
    photo = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    moved = shift_right(photo, 1)
    assert moved.shape == photo.shape
    assert np.array_equal(moved[:, 1:], photo[:, :-1])
    assert np.array_equal(moved[:, 0], photo[:, 0])
    assert np.array_equal(shift_right(photo, 0), photo)


def test_change_and_cosine_of_known_vectors() -> None:
    one, other = np.array([3.0, 4.0]), np.array([-4.0, 3.0])
    assert relative_change(one, one) == 0
    assert relative_change(one, 2 * one) == pytest.approx(1)
    assert cosine(one, 5 * one) == pytest.approx(1)
    assert cosine(one, other) == pytest.approx(0)
    assert cosine(one, np.zeros(2)) == 0
    assert relative_change(np.zeros(2), one) == 1


@pytest.mark.parametrize("preset", list_stack_presets(), ids=lambda one: one.name)
def test_a_stack_comes_back_from_its_text_and_from_a_url(preset: StackPreset) -> None:
    text = write_stack(preset.input_shape, preset.layers)
    assert read_stack(text) == (preset.input_shape, preset.layers)
    short = short_text(text)
    assert set(short) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_./")
    assert read_stack(short) == read_stack(long_text(short)) == read_stack(text)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("stride", [0, 3])
@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("use_bias", [True, False])
def test_every_layer_can_be_written(kind: str, stride: int, padding: str, use_bias: bool) -> None:
    layer = Layer(
        kind=kind, units=7, kernel=4, stride=stride, padding=padding, use_bias=use_bias, rate=0.25
    )
    line = write_layer(layer)
    _, layers = read_stack(f"9x9x2\n{line}")
    assert write_layer(layers[0]) == line
    assert layers[0].kind == kind


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "first line is the input"),
        ("conv 3 3", "first line is the input"),
        ("8x8", "a feature map of height, width and channels, or a vector"),
        ("0x8x3", "from 1 to"),
        ("8x8x3\nlstm 5", "no layer lstm"),
        ("8x8x3\nconv 4", "Write it like this: conv 32 3/2 same"),
        ("8x8x3\nconv a 3", "Write it like this"),
        ("8x8x3\nconv 4 3 big", "Write it like this"),
        ("8x8x3\nflatten 3", "Write it like this: flatten"),
        ("8x8x3\ndense 0", "units must be a whole number from 1"),  # zero units
        ("8x8x3\nmax 99", "kernel must be"),
        ("8x8x3\ndropout 1.0", "below 1"),
        ("8x8x3\ndropout nan", "Write it like this"),
        ("8x8x3\n" + "flatten\n" * 101, "up to 100 layers"),
        ("8x8x3\n" + "conv 4 3\n" * 2000, "more than 3000"),
    ],
)
def test_a_stack_that_cannot_be_read_is_one_sentence(text: str, said: str) -> None:
    with pytest.raises(SettingInvalid, match=said):
        read_stack(text)


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (51_380_224, "51.4 MB"), (2.7e9, "2.7 GB")],
)
def test_bytes_are_written_in_powers_of_ten(count: float, text: str) -> None:
    assert bytes_text(count) == text


def test_this_machine_has_memory() -> None:
    assert machine_bytes() > 10**8


def test_the_csv_has_every_layer() -> None:
    rows = list(csv.DictReader(io.StringIO(csv_text(list_presets()[1], ("flatten", "gap")))))
    assert [row["head"] for row in rows] == ["flatten"] * 3 + ["gap"] * 3
    assert sum(int(row["weights"]) for row in rows[:3]) == 2_097_665
    assert rows[1]["output_shape"] == "256"
