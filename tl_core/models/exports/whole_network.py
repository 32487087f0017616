"""A trained run as one Keras model that needs nothing of the lab: from a photo to probabilities."""

from typing import Any

import keras

from tl_core.backbones import Preprocessing
from tl_core.models.networks.trained import load_learned, trained_backbone
from tl_core.training import Training
from tl_core.training.preprocessing import preprocessing_of


def whole_network(run: Training) -> keras.Model:
    """Return the network of a run, made of layers that every Keras knows.

    Args:
        run: a training that has results.

    Returns:
        A model from ``(n, size, size, 3) float32``, RGB 0..255, to ``(n, classes)`` probabilities; its
        layers are the preprocessing, the backbone with the blocks that learned, pooling and head. Nothing
        in it is shared with the networks that predict here.

    Raises:
        RunNotFound: the run is not trained, or its files are damaged.
        WeightsMissing: its backbone's weights are not on this machine.
    """
    features = feature_network(run)
    logits = trained_head(run)(features.output)
    if "one-unit" in run.settings.mistakes:  # a softmax over one unit: how much of the second class
        shares = keras.ops.concatenate([1 - logits, logits], axis=-1)
        return keras.Model(features.input, shares, name="network")
    if logits.shape[-1] == 1:  # a sigmoid is a softmax over (0, logit)
        logits = keras.ops.concatenate([keras.ops.zeros_like(logits), logits], axis=-1)
    shares = keras.layers.Softmax(name="probabilities")(logits)
    return keras.Model(features.input, shares, name="network")


def feature_network(run: Training) -> keras.Model:
    """Return `whole_network` without its head: to ``(n, channels)`` or ``(n, h, w, channels)`` features."""
    config = run.settings
    return features_of(trained_backbone(run), preprocessing_of(config), config.pooling)


def features_of(backbone: keras.Model, scaling: Preprocessing, pooling: str) -> keras.Model:
    """Return a network from pixels 0..255 to what a head reads of a backbone; see `feature_network`."""
    image = keras.Input(backbone.input_shape[1:], name="image")
    x = backbone(preprocessed(image, scaling))
    if pooling == "gap":
        x = keras.layers.GlobalAveragePooling2D(name="gap")(x)
    return keras.Model(image, x, name="features")


def preprocessed(image: Any, scaling: Preprocessing) -> Any:
    """Return pixels 0..255 as a backbone wants them, with Keras layers: `Preprocessing.apply` in a graph."""
    if scaling.channel_order == "bgr":
        image = keras.ops.flip(image, axis=-1)
    if scaling == Preprocessing(channel_order=scaling.channel_order):
        return image
    return keras.layers.Normalization(
        mean=scaling.mean, variance=[value**2 for value in scaling.scale], name="preprocessing"
    )(image)


def trained_head(run: Training) -> keras.Model:
    """Return the head of a run, from features to what `build_head` says."""
    unfrozen, learned = load_learned(run)
    return learned.get_layer("head") if unfrozen else learned
