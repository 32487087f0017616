"""Networks from pixels to features: the same for everybody in a process, built once, kept in bounds."""

import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pytest

from tl_core.answers import networks as frozen
from tl_core.answers.networks import extractor, frozen_network
from tl_core.inference import choice
from tl_core.inference.choice import FALLBACK
from tl_core.machine import garbage
from tl_core.models.fitting.training import run_training
from tl_core.models.networks import engines
from tl_core.models.networks.backbones import fold_batch_norm

LITE0 = "efficientnet-lite0"


@pytest.fixture
def empty_cache(monkeypatch):
    """Forget the networks of earlier tests, and those of this one, where TensorFlow alone is installed."""
    monkeypatch.setattr(choice, "_version", lambda: "")
    frozen._kept.clear()
    yield
    frozen._kept.clear()


def test_random_weights_give_other_features_than_imagenet():
    pixels = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3), dtype=np.uint8)
    imagenet, random = (
        extractor(LITE0, kind, 64, "gap")(pixels) for kind in ("imagenet", "random")
    )
    assert imagenet.shape == random.shape == (2, 1280)
    assert not np.allclose(imagenet, random, atol=0.1)


@pytest.fixture
def built(empty_cache, monkeypatch):
    """Return a list that grows with a weak reference to every network that is built for an extractor."""
    found = []

    def fold(model):
        network = fold_batch_norm(model)
        found.append(weakref.ref(network))
        return network

    monkeypatch.setattr(engines, "fold_batch_norm", fold)
    return found


def test_a_network_is_built_once_even_by_two_threads(built):
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda _: frozen_network(LITE0, "random", 32), range(4)))
    assert len(built) == 1
    assert all(one is found[0] for one in found)
    assert frozen_network(LITE0, "random", 64) is not found[0]


def test_the_least_recently_used_network_leaves_first(empty_cache, monkeypatch):
    monkeypatch.setattr(frozen, "FrozenNetwork", lambda *_: object())
    monkeypatch.setattr(frozen, "MODELS_KEPT", {"trains": 2})

    def get(size):
        return frozen_network(LITE0, "imagenet", size)

    first, second = get(32), get(64)
    assert get(32) is first  # now 64 is the one that was not used for longest
    third = get(96)
    assert get(32) is first and get(96) is third
    assert get(64) is not second


def test_one_that_is_being_built_does_not_leave(empty_cache, monkeypatch):
    begun, go_on, sizes = threading.Semaphore(0), threading.Event(), []

    def build(name, precision):
        sizes.append(name.size)
        begun.release()
        assert go_on.wait(20)
        return object()

    def get(size):
        return frozen_network(LITE0, "imagenet", size, "float32")

    monkeypatch.setattr(frozen, "FrozenNetwork", build)
    monkeypatch.setattr(frozen, "MODELS_KEPT", {"trains": 2})
    with ThreadPoolExecutor(5) as pool:
        first = [pool.submit(get, size) for size in (32, 64, 96)]
        for _ in first:
            begun.acquire()
        again = pool.submit(get, 32)
        go_on.set()
        assert again.result(20) is first[0].result(20)
    assert sorted(sizes) == [32, 64, 96]


def test_a_network_that_is_there_does_not_wait_for_one_that_is_being_built(
    empty_cache, monkeypatch
):
    """A prediction with the usual backbone goes on while a training builds a large one."""
    begun, go_on = threading.Event(), threading.Event()

    def build(name, precision):
        if name.size == 512:
            begun.set()
            assert go_on.wait(20)
        return object()

    monkeypatch.setattr(frozen, "MODELS_KEPT", {"trains": 2})
    monkeypatch.setattr(frozen, "FrozenNetwork", build)
    ready = frozen_network(LITE0, "imagenet", 160)
    with ThreadPoolExecutor(2) as pool:
        try:
            pool.submit(frozen_network, LITE0, "imagenet", 512)
            assert begun.wait(20)
            assert pool.submit(frozen_network, LITE0, "imagenet", 160).result(2) is ready
        finally:
            go_on.set()


def test_a_network_that_left_gives_its_memory_back(built, monkeypatch):
    monkeypatch.setenv("TL_PROFILE", "cloud")
    monkeypatch.setattr(engines, "settled", lambda name: FALLBACK)  # Keras' own networks
    for size in (32, 64, 96):
        for pooling in ("gap", "flatten"):
            extractor(LITE0, "random", size, pooling)(np.zeros((1, size, size, 3), np.uint8))
    keras.backend.clear_session()  # Keras' own hold on names, as in a long-lived worker
    garbage.collect_whole()
    assert [network() is not None for network in built] == [False, True, True]


def test_features_are_the_same_before_and_after_a_training(new_run, built):
    pixels = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3), dtype=np.uint8)
    network = extractor(LITE0, "imagenet", 64, "gap")
    before = network(pixels), built[0]().get_weights()
    run_training(new_run(epochs=1))
    after = network(pixels), built[0]().get_weights()
    assert len(built) == 1 and not built[0]().trainable_weights
    assert np.array_equal(before[0], after[0])
    assert all(np.array_equal(one, other) for one, other in zip(before[1], after[1], strict=True))
