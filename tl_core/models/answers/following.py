"""One photo through a trained run, with all that lies between its pixels and its score."""

from dataclasses import replace

import keras
import numpy as np
from numpy.typing import NDArray

from tl_core.backbones import get_backbone
from tl_core.checks import check_range
from tl_core.models.answers.depths import chosen_blocks, depth_of
from tl_core.models.answers.prediction import learned_part
from tl_core.models.networks.frozen import frozen_network
from tl_core.models.networks.learner import inside_tail
from tl_core.prediction.following import Followed, HeadSum, head_sum, shortened
from tl_core.results import scores
from tl_core.results.metrics import read_model
from tl_core.training import Training, get_training
from tl_core.training.preprocessing import preprocessing_of

CHANNELS_SHOWN = 4

Map = NDArray[np.float32]


def follow(run_id: str, pixels: NDArray[np.uint8], label: int) -> Followed:
    """Return what a photo becomes inside a trained run, and the sum behind the score of a class.

    Args:
        run_id: id of a training that has results.
        pixels: ``(size, size, 3) uint8`` at the run's input size, from `images.model_input`.
        label: the class whose score is explained.

    Raises:
        SettingInvalid: no such class.
        RunNotFound: the run is not there, or not trained.
        WeightsMissing: the backbone's weights are not on this machine.
    """
    run = get_training(run_id)
    check_range("label", label, 0, len(read_model(run).class_names) - 1)
    unfrozen, learned = learned_part(run)
    maps = _maps(run, pixels, unfrozen, learned)
    last = list(maps.values())[-1]
    pooled = run.settings.pooling == "gap"
    features = last.mean(axis=(0, 1)) if pooled else last
    head = learned.get_layer("head") if unfrozen else learned
    logits = np.asarray(head(features[np.newaxis], training=False))
    unit = 0 if logits.shape[1] == 1 else label
    return Followed(
        depths=tuple(depth_of(name, found, CHANNELS_SHOWN) for name, found in maps.items()),
        vector=shortened(features.ravel()),
        length=features.size,
        unit="dense" if run.settings.dense else run.settings.pooling,
        sum=_sum(head, features, unit),
        logit=float(logits[0, unit]),
        share=float(scores.probabilities(logits)[0, label]),
    )


def _maps(
    run: Training, pixels: NDArray[np.uint8], unfrozen: int, learned: keras.Model
) -> dict[str, Map]:
    """Return block -> its map, ``(h, w, channels)``, for the depths shown; the head reads the last."""
    config = replace(run.settings, unfrozen=unfrozen)
    blocks = get_backbone(config.backbone).blocks
    shown = sorted({*chosen_blocks(get_backbone(config.backbone)), len(blocks) - 1})
    split = len(blocks) - unfrozen
    layers = [blocks[number].last_layer for number in shown if number < split]
    precision = read_model(run).precision
    frozen = frozen_network(config.backbone, config.weights, config.size, precision)
    outputs = tuple((layer, False) for layer in (*layers, config.cut.layer))
    *found, cut = frozen.features(pixels[np.newaxis], outputs, preprocessing_of(config))
    if unfrozen:
        tail = learned.get_layer("tail")
        later = [blocks[number].last_layer for number in shown if number >= split]
        after = inside_tail(tail, later)(cut, training=False)
        found += map(np.asarray, keras.tree.flatten(after))
    return {blocks[number].name: maps[0] for number, maps in zip(shown, found, strict=True)}


def _sum(head: keras.Model, features: Map, unit: int) -> HeadSum:
    """Return the sum of one unit of the last Dense layer."""
    last = head.get_layer("logits")
    vector = keras.Model(head.input, last.input)(features[np.newaxis], training=False)
    weights, biases = last.get_weights()
    return head_sum(np.asarray(vector)[0], weights[:, unit], biases[unit])
