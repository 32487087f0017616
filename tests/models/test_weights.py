import hashlib
import io
import os
import pickle
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tl_core.backbones import find_weights, get_backbone, weights_source
from tl_core.backbones.pth import MAGIC, PROTOCOL, read_pth
from tl_core.images import model_input
from tl_core.models.networks.lite import efficientnet_lite
from tl_core.models.networks.weights import load_lite

ROOT = Path(__file__).resolve().parents[2]
PHOTOS = ROOT.parent / "shared" / "data" / "cats_and_dogs" / "validation"
CHELSEA = sorted((ROOT / "tl_core" / "datasets" / "assets" / "photos").glob("chelsea*"))

LITES = {  # weights with the classifier of 1000 classes
    "efficientnet-lite0": 4_694_024,
    "efficientnet-lite1": 5_470_344,
    "efficientnet-lite2": 6_150_168,
}


def installed(name):
    if weights_source(name) != "package":
        pytest.skip("its package is not installed")
    return name


def classifier(name, size):
    model = efficientnet_lite(name, size, include_top=True)
    load_lite(model, get_backbone(name), read_pth(find_weights(name).read_bytes()))
    return model


def is_cat_or_dog(label):
    return 151 <= label <= 268 or 281 <= label <= 285


def top_guesses(name, files, size):
    pixels = np.stack([model_input(file.read_bytes(), file.name, size) for file in files])
    batch = get_backbone(name).preprocessing.apply(pixels)
    return classifier(name, size)(batch, training=False).numpy().argmax(axis=-1)


def legacy_file(tensors, storages, names=None):
    """Write what torch.save wrote before 1.6, without torch.

    `tensors` maps a name to (storage key, offset, shape, strides); `storages` a key to its numbers.
    """
    torch: Any = types.ModuleType("torch")
    utils: Any = types.ModuleType("torch._utils")
    torch.FloatStorage = type("FloatStorage", (), {"__module__": "torch"})

    def _rebuild_tensor_v2():
        """Stand-in with torch's name: only the name goes into the file."""

    utils._rebuild_tensor_v2 = _rebuild_tensor_v2
    _rebuild_tensor_v2.__module__, _rebuild_tensor_v2.__qualname__ = (
        "torch._utils",
        "_rebuild_tensor_v2",
    )

    class Stored:
        def __init__(self, key):
            self.key = key

    class Rebuilt:
        def __init__(self, key, *place):
            self.arguments = (Stored(key), *place, False, {})

        def __reduce__(self):
            return _rebuild_tensor_v2, self.arguments

    class Pickler(pickle._Pickler):
        def persistent_id(self, value):
            if isinstance(value, Stored):
                count = len(storages[value.key])
                return "storage", torch.FloatStorage, value.key, "cpu", count, None
            return None

    file = io.BytesIO()
    sys.modules.update({"torch": torch, "torch._utils": utils})
    try:
        for part in (
            MAGIC,
            PROTOCOL,
            {},
            {name: Rebuilt(*tensor) for name, tensor in tensors.items()},
            list(names or storages),
        ):
            Pickler(file, 2).dump(part)
    finally:
        del sys.modules["torch"], sys.modules["torch._utils"]
    for numbers in storages.values():
        file.write(len(numbers).to_bytes(8, "little") + np.array(numbers, "<f4").tobytes())
    return file.getvalue()


@pytest.mark.parametrize("name", LITES)
def test_every_number_in_the_file_finds_its_place(name):
    class Watched(dict[str, Any]):
        read: set[str]

        def __getitem__(self, key):
            self.read.add(key)
            return super().__getitem__(key)

    arrays = Watched(read_pth(find_weights(installed(name)).read_bytes()))
    arrays.read = set()
    model = efficientnet_lite(name, 64, include_top=True)
    load_lite(model, get_backbone(name), arrays)
    counters = {key for key in arrays if key.endswith("num_batches_tracked")}
    assert arrays.read == arrays.keys() - counters
    numbers = sum(array.size for key, array in arrays.items() if key not in counters)
    assert model.count_params() == numbers == LITES[name]


@pytest.mark.skipif(not PHOTOS.exists(), reason="the photos are not part of the project")
@pytest.mark.parametrize(
    "name",
    [
        "efficientnet-lite0",
        pytest.param("efficientnet-lite1", marks=pytest.mark.slow),
        pytest.param("efficientnet-lite2", marks=pytest.mark.slow),
    ],
)
def test_the_first_guess_for_photos_of_cats_and_dogs_is_a_cat_or_a_dog(name):
    cats, dogs = (sorted((PHOTOS / kind).iterdir())[:6] for kind in ("cats", "dogs"))
    guesses = top_guesses(installed(name), [*cats, *dogs], 224)
    assert sum(map(is_cat_or_dog, guesses)) >= 11
    assert sum(281 <= label <= 285 for label in guesses[:6]) >= 3  # and cats for cats,
    assert sum(151 <= label <= 268 for label in guesses[6:]) == 6  # dogs for dogs


@pytest.mark.skipif(not CHELSEA, reason="the built-in photos are not there")
def test_chelsea_is_a_cat():
    assert 281 <= top_guesses("efficientnet-lite0", CHELSEA, 160)[0] <= 285


@pytest.mark.skipif(not PHOTOS.exists(), reason="the photos are not part of the project")
def test_without_its_weights_the_network_does_not_know_cats_from_chairs():
    files = sorted((PHOTOS / "cats").iterdir())[:6]
    pixels = np.stack([model_input(file.read_bytes(), file.name, 96) for file in files])
    spec = get_backbone("efficientnet-lite0")
    untrained = efficientnet_lite(spec.name, 96, include_top=True)
    guesses = untrained(spec.preprocessing.apply(pixels)).numpy().argmax(axis=-1)
    assert sum(map(is_cat_or_dog, guesses)) < 5


def test_tensors_may_share_a_storage_and_lie_in_it_transposed():
    data = legacy_file(
        {"a": ("s", 0, (2, 3), (1, 2)), "b": ("s", 4, (2,), (1,)), "c": ("t", 0, (), ())},
        {"s": [0, 1, 2, 3, 4, 5], "t": [7]},
    )
    arrays = read_pth(data)
    assert arrays["a"].tolist() == [[0, 2, 4], [1, 3, 5]]
    assert arrays["b"].tolist() == [4, 5]
    assert arrays["c"] == 7


@pytest.mark.parametrize(
    ("tensor", "names"),
    [
        (("s", 0, (7,), (1,)), None),  # longer than its storage
        (("s", 6, (1,), (1,)), None),  # starts behind its end
        (("s", -1, (1,), (1,)), None),
        (("s", 0, (2,), (-1,)), None),  # walks backwards out of it
        (("s", 0, (2,), (1 << 40,)), None),
        (("s", 0, (-2,), (1,)), None),
        (("s", 0, (6,), (1,)), ["s", "s"]),  # a storage that is not in the file
    ],
)
def test_a_tensor_that_leaves_its_storage_is_refused(tensor, names):
    storages = {"s": [0, 1, 2, 3, 4, 5]}
    with pytest.raises((ValueError, TypeError)):
        read_pth(legacy_file({"a": tensor}, storages, names))
    assert read_pth(legacy_file({"a": ("s", 0, (6,), (1,))}, storages))["a"].size == 6


class Call:
    """Pickles as a call of `function`."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def hostile(call, place):
    parts = [MAGIC, PROTOCOL, {}, {}, []]
    parts[place] = call
    return b"".join(pickle.dumps(part, 2) for part in parts)


@pytest.mark.parametrize("place", range(5))  # each of the five pickles is read
@pytest.mark.parametrize(
    "call",
    [
        lambda mark: Call(os.system, f"touch {mark}"),
        lambda mark: Call(eval, f"open({str(mark)!r}, 'w').close()"),
        lambda mark: Call(Path.touch, mark),
        lambda mark: Call(getattr, mark, "touch"),  # a gadget that does nothing yet
    ],
)
def test_a_pickle_that_calls_anything_is_refused_before_it_runs(tmp_path, call, place):
    mark = tmp_path / "ran"
    with pytest.raises(pickle.UnpicklingError, match="is not allowed"):
        read_pth(hostile(call(mark), place))
    assert not mark.exists()


def test_the_same_pickle_does_run_where_nothing_is_refused(tmp_path):
    mark = tmp_path / "ran"
    pickle.loads(pickle.dumps(Call(os.system, f"touch {mark}"), 2))
    assert mark.exists()


def test_a_file_that_is_cut_short_anywhere_is_refused():
    data = find_weights("efficientnet-lite0").read_bytes()
    whole = read_pth(data)
    assert (
        len(whole) == 49 * 6 + 2
    )  # a kernel and five numbers of its normalisation; the classifier
    for length in (0, 1, 20, 1000, 47_000, 47_180, 60_000, len(data) // 2, len(data) - 1):
        with pytest.raises((EOFError, ValueError, pickle.UnpicklingError)):
            read_pth(data[:length])


def test_the_file_is_the_published_one():
    spec = get_backbone("efficientnet-lite0")
    data = find_weights(spec.name).read_bytes()
    assert spec.weights
    assert hashlib.sha256(data).hexdigest() == spec.weights.sha256
    assert len(data) == spec.weights.size_bytes
