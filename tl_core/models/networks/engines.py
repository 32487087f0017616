"""What computes the features of a frozen backbone here: Keras exports it, it is timed, the fastest stays."""

import json
import logging
import os
import sys
import threading

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tl_core import files
from tl_core.backbones import get_backbone
from tl_core.errors import LabError
from tl_core.inference.choice import (
    EXACT,
    FALLBACK,
    OPENVINO,
    Choice,
    assume,
    candidates,
    choose,
    keep_choice,
    kept_choice,
    wished,
)
from tl_core.inference.exported import (
    NETWORK,
    Exported,
    FrozenName,
    find_exported,
    inference_dir,
    keep_exported,
)
from tl_core.inference.network import InferenceNetwork, convert
from tl_core.machine.refusals import explained
from tl_core.models.networks.backbones import build_backbone, fold_batch_norm
from tl_core.models.networks.traced import TracedNetwork
from tl_core.models.networks.trained import trained_backbone
from tl_core.models.passes import largest_activation
from tl_core.training import get_training

logger = logging.getLogger(__name__)

Engine = InferenceNetwork | TracedNetwork
TIMED_IMAGES = 8
TOLERANCE = 1e-4
"""Largest difference between two engines in float32, as a share of the largest feature."""
_choosing = threading.Lock()
_trouble: dict[FrozenName, Exception] = {}
"""What kept a network from being exported here, though its engine may be the best."""


class _Differs(Exception):
    """An engine computes something else than Keras."""


def open_engine(name: FrozenName, precision: str = "") -> tuple[Engine, str]:
    """Return what computes a network, and how exactly it does.

    Args:
        name: which network.
        precision: ``float32`` or ``bfloat16`` for that one where this machine has it; empty for the chosen.

    Raises:
        WeightsMissing: the weights are not on this machine.
    """
    choice = wished(settled(name.shared), precision)
    if choice.engine == OPENVINO:
        try:
            exported = find_exported(name) or export(name, folded_network(name))
            return InferenceNetwork(exported, choice.precision), choice.precision
        except (ImportError, RuntimeError, LabError) as error:
            _tell(name, error)
    return TracedNetwork(folded_network(name)), FALLBACK.precision


def settled(name: FrozenName) -> Choice:
    """Return what was chosen for a network on this kind of machine; times it if nobody has yet.

    Raises:
        WeightsMissing: the weights are not on this machine.
    """
    if found := kept_choice(name):
        return found
    with _choosing:
        return kept_choice(name) or _settle(name)


def folded_network(name: FrozenName) -> keras.Model:
    """Return a network for inference.

    Folding the normalisation into the convolutions changes only the last digits, and saves a third of
    the time.

    Raises:
        RunNotFound: the training that has changed it is gone, or its files are damaged.
        WeightsMissing: the weights are not on this machine.
    """
    if name.run:
        return fold_batch_norm(trained_backbone(get_training(name.run)))
    return fold_batch_norm(build_backbone(name.backbone, name.size, name.weights))


def export(name: FrozenName, network: keras.Model) -> Exported:
    """Write a network for the inference engine, with an output wherever a backbone may be cut.

    Raises:
        DiskUnusable: the disk is full, read-only, gone, or fails.
        ImportError: the engine is not installed, or does not run here.
        RuntimeError: it cannot read the network.
    """
    cuts = [block.last_layer for block in get_backbone(name.backbone).blocks]
    whole = keras.Model(network.input, {cut: network.get_layer(cut).output for cut in cuts})
    archive = keras.export.ExportArchive()
    archive.track(whole)
    archive.add_endpoint(
        "serve",
        lambda image: whole(image, training=False),
        input_signature=[tf.TensorSpec(whole.input.shape, tf.float32, name="image")],
    )
    with explained():
        inference_dir().mkdir(parents=True, exist_ok=True)
        with files.temporary_folder(inference_dir()) as folder:
            archive.write_out(str(folder / "keras"), verbose=False)
            convert(folder / "keras", folder / NETWORK)
            return keep_exported(name, folder, largest_activation(network))


def _settle(name: FrozenName) -> Choice:
    if candidates(name) == (FALLBACK,):
        return keep_choice(name, FALLBACK, {})
    network = folded_network(name)
    try:
        exported = find_exported(name) or export(name, network)
        return _fastest(name, exported, TracedNetwork(network))
    except (ImportError, _Differs) as error:
        _tell(name, error)
        return keep_choice(name, FALLBACK, {})
    except (RuntimeError, LabError) as error:
        # A full disk, or no memory: that says nothing of the engine.
        _tell(name, error)
        _trouble[name] = error
        return assume(name, FALLBACK)


def _fastest(name: FrozenName, exported: Exported, traced: TracedNetwork) -> Choice:
    spec = get_backbone(name.backbone)
    shape = (TIMED_IMAGES, name.size, name.size, 3)
    pixels = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    outputs = ((spec.cut, True),)

    def features(engine: Engine) -> NDArray[np.float32]:
        return engine.features(pixels, outputs, spec.preprocessing)[0]

    # EXACT is there for the comparison, though it may be no candidate.
    engines: dict[Choice, Engine] = {FALLBACK: traced}
    for choice in {EXACT, *candidates(name)} - {FALLBACK}:
        engines[choice] = InferenceNetwork(exported, choice.precision)
    _check(features(engines[EXACT]), features(traced))
    ways = {choice: lambda engine=engines[choice]: features(engine) for choice in candidates(name)}
    return choose(name, ways)


def _check(found: NDArray[np.float32], expected: NDArray[np.float32]) -> None:
    """Refuse an engine that computes something else than Keras.

    Raises:
        _Differs: the features differ by more than `TOLERANCE`.
    """
    difference = float(np.abs(found - expected).max() / max(np.abs(expected).max(), 1e-9))
    if not difference <= TOLERANCE:
        raise _Differs(f"its features differ from those of Keras by {difference:.1e}")


def _tell(name: FrozenName, error: Exception) -> None:
    logger.warning("%s runs in TensorFlow: %s", name.id, error)


def make_ready(name: FrozenName) -> None:
    """Export a network while Keras is there, for those without; never raises: it can be made again."""
    try:
        main(name)
    except Exception:
        logger.warning("%s was not exported", name.id, exc_info=True)


def main(*names: FrozenName) -> None:
    """Export networks and choose what computes them, for processes that hold no Keras.

    Raises:
        LabError, RuntimeError: why one cannot be made.
    """
    for name in names:
        choice = settled(name.shared)
        if trouble := _trouble.get(name.shared):
            raise trouble
        if choice.engine == OPENVINO and find_exported(name) is None:
            export(name, folded_network(name))


def _end_with_parent() -> None:
    while os.read(0, 1):  # Python's own stdin would not let it end by itself
        pass
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        main(*(FrozenName(**json.loads(argument)) for argument in sys.argv[1:]))
    except LabError as error:
        print(json.dumps({"kind": type(error).__name__, **error.sentence.to_json()}))
