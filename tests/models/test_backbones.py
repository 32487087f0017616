import dataclasses
import hashlib
import itertools
import shutil
from functools import cache
from typing import Any

import h5py
import keras
import numpy as np
import pytest
import tensorflow as tf

from tl_core.backbones import find_weights, get_backbone, list_backbones, registry
from tl_core.backbones.known_arrays import digest
from tl_core.errors import SettingInvalid, WeightsMissing
from tl_core.models.networks.backbones import build_backbone, fold_batch_norm
from tl_core.models.networks.lite import efficientnet_lite

SPECS = list_backbones()
NAMES = [spec.name for spec in SPECS]
APPLICATIONS = [spec.name for spec in SPECS if spec.application]
SMALL = ["efficientnet-lite0", "mobilenetv2", "xception"]

MODULES = {  # backbone -> module of its preprocess_input
    "vgg16": "vgg16",
    "vgg19": "vgg19",
    "resnet50": "resnet",
    "resnet50v2": "resnet_v2",
    "inceptionv3": "inception_v3",
    "inceptionresnetv2": "inception_resnet_v2",
    "xception": "xception",
    "mobilenetv2": "mobilenet_v2",
    "efficientnetv2b0": "efficientnet_v2",
    "densenet121": "densenet",
}


def largest_is_slow(names):
    """Mark the one that takes as long to build as five others."""
    slow = pytest.mark.slow
    return [
        pytest.param(name, marks=slow) if name == "inceptionresnetv2" else name for name in names
    ]


@dataclasses.dataclass
class Official:
    """A network as keras.applications builds it for ImageNet, without the file that it asks for."""

    model: keras.Model
    file: str
    url: str
    md5: str | None


@cache
def official(name):
    asked = []

    def get_file(file, origin, cache_subdir, file_hash=None):
        asked.append((file, origin, file_hash))

    # MobileNetV2 pads, and names its file, by the size it is built for; the others take any.
    size = 224 if name == "mobilenetv2" else None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("keras.src.utils.file_utils.get_file", get_file)
        patch.setattr(keras.Model, "load_weights", lambda *_: None)
        build = getattr(keras.applications, get_backbone(name).application)
        model = build(include_top=False, weights="imagenet", input_shape=(size, size, 3))
    return Official(model, *asked[0])


@cache
def built(name):
    return build_backbone(name, get_backbone(name).min_size, "random")


def photos(spec, count=2):
    shape = (count, spec.min_size, spec.min_size, 3)
    pixels = np.random.default_rng(5).integers(0, 256, shape, np.uint8)
    return spec.preprocessing.apply(pixels)


@pytest.mark.parametrize("name", largest_is_slow(NAMES))
def test_a_built_backbone_is_what_its_spec_says(name):
    spec, model = get_backbone(name), built(name)
    assert model.count_params() == spec.parameters
    assert model.output_shape == (None, *spec.feature_shape(spec.min_size))
    assert model.input_shape == (None, spec.min_size, spec.min_size, 3)
    assert model.layers[-1].name == spec.cut
    assert model.trainable_weights == []


@pytest.mark.parametrize("name", APPLICATIONS)
def test_weights_files_are_those_that_keras_asks_for(name):
    weights, asked = get_backbone(name).weights, official(name)
    assert weights
    assert asked.model.count_params() == get_backbone(name).parameters
    assert (weights.file, weights.url, weights.md5 or None) == (asked.file, asked.url, asked.md5)


@pytest.mark.parametrize("name", largest_is_slow(APPLICATIONS))
def test_layers_keep_the_order_in_which_keras_reads_official_files(name):
    def shapes(model):
        return [[tuple(weight.shape) for weight in layer.weights] for layer in model.layers]

    model = built(name)
    assert shapes(model) == shapes(official(name).model)
    assert [type(layer) for layer in model.layers] == [
        type(layer) for layer in official(name).model.layers
    ]


@pytest.mark.parametrize("name", APPLICATIONS)
def test_the_smallest_size_is_that_of_keras(name):
    spec = get_backbone(name)
    build = getattr(keras.applications, spec.application)
    small = spec.min_size - 1
    with pytest.raises(ValueError, match="Input size must be at least"):
        build(include_top=False, weights=None, input_shape=(small, small, 3))


@pytest.mark.parametrize("name", NAMES)
def test_feature_sizes_are_those_of_keras(name):
    spec = get_backbone(name)
    sizes = sorted({spec.min_size, spec.min_size + 2, 97, 150, 161, 224, 299, 512})
    assert len(sizes) >= 6
    if name == "mobilenetv2":
        sizes = sizes[::2]  # has to be built anew for each; all of them in the slow test
    for size in sizes:
        assert spec.feature_shape(size) == keras_shape(spec, size), size


def keras_shape(spec, size):
    if spec.name == "mobilenetv2":
        model = keras.applications.MobileNetV2(
            include_top=False, weights=None, input_shape=(size, size, 3)
        )
        return model.output_shape[1:]
    model = official(spec.name).model if spec.application else any_size(spec.name)
    return model.compute_output_shape((None, size, size, 3))[1:]


@cache
def any_size(name):
    return efficientnet_lite(name, None)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_backbone_built_at_a_size_gives_the_size_of_its_spec(name):
    spec = get_backbone(name)
    for size in (spec.min_size, spec.min_size + 1, 101, 128, 150, 193, 224, 299):
        model = build_backbone(name, size, "random")
        assert model.output_shape[1:] == spec.feature_shape(size), size
        keras.backend.clear_session()


@pytest.mark.parametrize("name", largest_is_slow(NAMES))
def test_every_block_ends_in_a_tensor_that_all_later_layers_depend_on_alone(name):
    model = built(name)
    inputs = {layer.name: ids(layer.input) for layer in model.layers}
    maker = {tensor: layer.name for layer in model.layers for tensor in ids(layer.output)}
    parents = {name: {maker[tensor] for tensor in tensors} for name, tensors in inputs.items()}
    ends = [block.last_layer for block in get_backbone(name).blocks]
    before = [ancestors(end, parents) for end in ends]
    for end, earlier in zip(ends, before, strict=True):
        crossing = {
            parent
            for layer in parents.keys() - earlier - {end}
            for parent in parents[layer] & earlier
        }
        assert not crossing, end
    assert all(first < second for first, second in itertools.pairwise(before))


def ids(tensors):
    return {id(tensor) for tensor in keras.tree.flatten(tensors)}


def ancestors(layer, parents):
    found, waiting = set[Any](), [layer]
    while waiting:
        new = parents[waiting.pop()] - found
        found |= new
        waiting += new
    return found - {layer}


@pytest.mark.parametrize("name", SMALL)
def test_two_halves_compute_what_the_whole_computes(name):
    spec, model = get_backbone(name), built(name)
    whole = model(photos(spec)).numpy()
    for block in spec.blocks[1:-1:3]:
        middle = model.get_layer(block.last_layer).output
        first, second = keras.Model(model.input, middle), keras.Model(middle, model.output)
        halves = second(first(photos(spec))).numpy()
        np.testing.assert_allclose(halves, whole, rtol=1e-4, atol=1e-4 * np.abs(whole).max())


@pytest.mark.parametrize("name", SMALL)
def test_names_do_not_depend_on_what_was_built_before(name):
    def names(model):
        return [layer.name for layer in model.layers] + [weight.path for weight in model.weights]

    keras.layers.Add()([keras.Input((1,)), keras.Input((1,))])
    again = build_backbone(name, get_backbone(name).min_size, "random")
    assert names(again) == names(built(name))
    if name == "xception":  # Keras itself goes on counting
        other = keras.applications.Xception(include_top=False, weights=None)
        assert "add" not in [layer.name for layer in other.layers]


@pytest.mark.parametrize("name", largest_is_slow(NAMES))
def test_random_features_tell_photos_apart_and_fit_into_half_precision(name):
    spec = get_backbone(name)
    features = built(name)(photos(spec)).numpy()
    largest = np.abs(features).max()
    assert np.isfinite(features).all() and 1e-3 < largest < np.finfo(np.float16).max
    assert np.abs(features[0] - features[1]).max() > 0.01 * largest


def test_random_weights_are_the_same_for_the_same_seed_only():
    keras.utils.set_random_seed(1)
    name = "efficientnet-lite0"
    first = build_backbone(name, 32, "random", seed=3).get_weights()
    keras.utils.set_random_seed(2)
    same = build_backbone(name, 64, "random", seed=3).get_weights()
    other = build_backbone(name, 32, "random", seed=4).get_weights()
    assert all(np.array_equal(a, b) for a, b in zip(first, same, strict=True))
    assert not np.array_equal(first[0], other[0])


def test_imagenet_weights_are_not_the_random_ones():
    spec = get_backbone("efficientnet-lite0")
    trained = build_backbone(spec.name, 32)
    assert not np.allclose(trained.get_weights()[0], built(spec.name).get_weights()[0])
    assert trained.trainable_weights == []


@pytest.mark.parametrize("name", APPLICATIONS)
def test_preprocessing_is_that_of_keras(name):
    pixels = np.random.default_rng(7).integers(0, 256, (3, 9, 8, 3), np.uint8)
    module = getattr(keras.applications, MODULES[name])
    expected = module.preprocess_input(pixels.astype(np.float32))
    preprocessing = get_backbone(name).preprocessing
    tensor = preprocessing.apply(tf.constant(pixels, tf.float32))
    assert isinstance(tensor, tf.Tensor)
    for result in (preprocessing.apply(pixels), tensor.numpy()):
        assert result.dtype == np.float32
        np.testing.assert_allclose(result, expected, rtol=0, atol=2e-5)


def test_preprocessing_works_inside_a_tf_function():
    preprocessing = get_backbone("vgg16").preprocessing
    pixels = np.random.default_rng(8).integers(0, 256, (2, 4, 4, 3), np.uint8)
    traced = tf.function(preprocessing.apply)(tf.constant(pixels, tf.float32))
    np.testing.assert_array_equal(traced.numpy(), preprocessing.apply(pixels))


@pytest.fixture
def official_file(tmp_path, monkeypatch):
    """Save a network of keras.applications as the official files are, and make it MobileNetV2's."""
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("TL_WEIGHTS_DIR", str(tmp_path))

    def save(model, size_is_known_only=False):
        spec = get_backbone("mobilenetv2")
        assert spec.weights
        path = tmp_path / spec.weights.file
        write_h5(model, path)
        data = path.read_bytes()
        md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
        weights = dataclasses.replace(
            spec.weights, size_bytes=len(data), md5="" if size_is_known_only else md5
        )
        changed = dataclasses.replace(spec, weights=weights)
        monkeypatch.setitem(registry._BY_NAME, spec.name, changed)
        return path

    return save


def write_h5(model, path):
    """Write weights in the layout of the official files: one group a layer, in the order of layers."""
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [layer.name.encode() for layer in model.layers]
        for layer in model.layers:
            arrays = {f"{weight.name}:0": weight.numpy() for weight in layer.weights}
            group = file.create_group(layer.name)
            group.attrs["weight_names"] = [name.encode() for name in arrays]
            for name, array in arrays.items():
                group[name] = array


@pytest.mark.parametrize("size_is_known_only", [False, True])
def test_official_files_are_loaded_number_by_number(official_file, size_is_known_only):
    source = official("mobilenetv2").model
    official_file(source, size_is_known_only)
    loaded = build_backbone("mobilenetv2", 64)
    for ours, theirs in zip(loaded.get_weights(), source.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert loaded.trainable_weights == []


def test_an_official_file_with_another_hash_is_not_loaded(official_file):
    path = official_file(official("mobilenetv2").model)
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(data)
    with pytest.raises(WeightsMissing, match="damaged"):
        build_backbone("mobilenetv2", 64)


@pytest.mark.parametrize("content", ["another network", "no HDF5"])
def test_a_file_of_another_network_is_refused_in_words(official_file, content):
    path = official_file(keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]), True)
    if content == "no HDF5":
        path.write_bytes(b"x" * path.stat().st_size)
    with pytest.raises(WeightsMissing, match="does not fit MobileNetV2"):
        build_backbone("mobilenetv2", 64)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_known_arrays_are_loaded_from_what_keras_saves_of_a_whole_model(tmp_path, monkeypatch):
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("TL_WEIGHTS_DIR", str(tmp_path))
    spec = get_backbone("vgg16")
    published = spec.weights
    assert published
    source = build_backbone("vgg16", 32, "random", seed=3)
    layers = [tuple(layer.get_weights()) for layer in source.layers if layer.weights]
    # In a model of somebody's own, with a head and what Adam has in its memory.
    source.trainable = True
    whole = keras.Sequential([source, keras.layers.Flatten(), keras.layers.Dense(512)])
    whole.compile("adam")
    whole.optimizer.build(whole.trainable_variables)
    whole.save_weights(tmp_path / "my-vgg16.weights.h5")

    def know(**changes):
        weights = dataclasses.replace(published, instead=None, **changes)
        changed = dataclasses.replace(spec, weights=weights)
        monkeypatch.setitem(registry._BY_NAME, spec.name, changed)

    know()
    with pytest.raises(WeightsMissing, match="not its published ImageNet weights"):
        build_backbone("vgg16", 32)
    know(arrays_sha256=digest(layers))
    loaded = build_backbone("vgg16", 32)
    for ours, theirs in zip(loaded.get_weights(), source.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert loaded.trainable_weights == []


def test_a_damaged_package_file_is_not_read(tmp_path, monkeypatch):
    spec = get_backbone("efficientnet-lite0")
    assert spec.weights
    copy = tmp_path / spec.weights.file
    shutil.copy(find_weights(spec.name), copy)
    monkeypatch.setenv("TL_WEIGHTS_DIR", str(tmp_path))
    elsewhere = dataclasses.replace(spec.weights, package="")
    changed = dataclasses.replace(spec, weights=elsewhere)
    monkeypatch.setitem(registry._BY_NAME, spec.name, changed)
    assert build_backbone(spec.name, 32).count_params() == spec.parameters
    with copy.open("r+b") as file:
        file.seek(spec.weights.size_bytes // 2)
        file.write(b"\0\1\2\3")
    with pytest.raises(WeightsMissing, match="damaged"):
        build_backbone(spec.name, 32)


@pytest.mark.parametrize(
    "arguments",
    [
        ("no-such-backbone", 160),
        ("vgg16", 31),
        ("vgg16", 513),
        ("vgg16", 160, "/etc/passwd"),  # only names are taken, no paths
    ],
)
def test_bad_arguments_are_refused_before_anything_is_built(arguments):
    with pytest.raises(SettingInvalid):
        build_backbone(*arguments)


def stirred(model):
    """Return `model` with normalisations as unlike the identity as trained ones."""
    generator = np.random.default_rng(9)
    for layer in normalisations(model):
        for weight in layer.weights:
            weight.assign(weight + generator.uniform(0, 0.3, weight.shape).astype(np.float32))
    return model


def normalisations(model):
    return [x for x in model.layers if isinstance(x, keras.layers.BatchNormalization)]


def assert_folded(model, batch, left):
    untouched = model.get_weights()
    folded = fold_batch_norm(model)
    expected, received = (network(batch, training=False).numpy() for network in (model, folded))
    np.testing.assert_allclose(received, expected, rtol=0, atol=1e-4 * np.abs(expected).max())
    assert [layer.name for layer in folded.layers[1:]] == [x.name for x in model.layers[1:]]
    assert len(normalisations(folded)) == left
    assert all(np.array_equal(a, b) for a, b in zip(untouched, model.get_weights(), strict=True))
    assert folded.trainable_weights == []


@pytest.mark.parametrize(
    ("convolution", "normalisation", "left"),
    [
        (keras.layers.Conv2D(4, 3, strides=2, padding="same"), {}, 0),
        (keras.layers.Conv2D(4, 1, use_bias=False), {"scale": False}, 0),  # InceptionV3
        (keras.layers.Conv2D(4, 3, use_bias=False), {"center": False, "epsilon": 0.1}, 0),
        (keras.layers.DepthwiseConv2D(3, use_bias=False), {}, 0),
        (keras.layers.DepthwiseConv2D(3, bias_initializer="ones"), {}, 0),
        (keras.layers.SeparableConv2D(4, 3, bias_initializer="ones"), {}, 0),  # Xception
        (keras.layers.Conv2D(4, 3, activation="relu"), {}, 1),  # the activation comes first
        (keras.layers.MaxPooling2D(), {}, 1),  # DenseNet and ResNetV2: nothing to fold into
    ],
)
def test_folding_changes_nothing_but_rounding(convolution, normalisation, left):
    inputs = keras.Input((9, 8, 3))
    outputs = keras.layers.BatchNormalization(**normalisation)(convolution(inputs))
    model = stirred(keras.Model(inputs, outputs))
    batch = np.random.default_rng(2).normal(size=(2, 9, 8, 3)).astype(np.float32)
    assert_folded(model, batch, left)


def test_a_normalisation_is_not_folded_into_a_convolution_that_others_read():
    inputs = keras.Input((8, 8, 2))
    shared = keras.layers.Conv2D(3, 3)(inputs)
    both = keras.layers.Add()([shared, keras.layers.BatchNormalization()(shared)])
    batch = np.random.default_rng(2).normal(size=(2, 8, 8, 2)).astype(np.float32)
    assert_folded(stirred(keras.Model(inputs, both)), batch, left=1)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_any_backbone_can_be_folded(name):
    spec = get_backbone(name)
    model = stirred(build_backbone(name, spec.min_size, "random"))
    left = {"resnet50v2": 17, "densenet121": 62}.get(name, 0)
    assert_folded(model, photos(spec), left)


def test_a_trained_backbone_can_be_folded_up_to_a_cut():
    spec = get_backbone("efficientnet-lite0")
    model = build_backbone(spec.name, 96)
    part = keras.Model(model.input, model.get_layer("block4c_add").output)
    pixels = np.random.default_rng(3).integers(0, 256, (2, 96, 96, 3), np.uint8)
    batch = spec.preprocessing.apply(pixels)
    assert_folded(part, batch, left=0)
