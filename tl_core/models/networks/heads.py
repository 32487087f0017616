"""The part that is trained: a head on top of frozen features."""

from functools import partial
from typing import Any

import keras

from tl_core.models.networks.block_rates import rate_shares, use_shares
from tl_core.models.networks.optimizers import on_one_machine
from tl_core.training import TrainingConfig

OPTIMIZERS = {
    "adam": keras.optimizers.Adam,
    "rmsprop": keras.optimizers.RMSprop,
    "sgd": partial(keras.optimizers.SGD, momentum=0.9, nesterov=True),
}


def build_head(config: TrainingConfig, features: tuple[int, ...], classes: int) -> keras.Model:
    """Return an untrained head whose output is logits, unless a mistake is made on purpose.

    Args:
        config: pooling, hidden layers, dropout, activation and seed.
        features: shape of one row of features, ``(channels,)`` or ``(h, w, channels)``.
        classes: number of classes, at least 2.

    Returns:
        A model from ``(n, *features) float32`` to ``(n, classes)``, or ``(n, 1)`` for a sigmoid. A softmax
        over one unit is part of it where that is the mistake: its output is 1 for everything.
    """
    # Layers
    seeds = iter(range(config.seed * 1000, config.seed * 1000 + 1000))
    inputs = keras.Input(features, name="features")
    layers = [keras.layers.Flatten(name="flatten")] if config.pooling == "flatten" else []
    for number, units in enumerate((*config.dense, 1 if config.one_unit else classes)):
        last = number == len(config.dense)
        if config.drops_before(number):
            name = f"dropout_{number + 1}"
            layers.append(keras.layers.Dropout(config.dropout, seed=next(seeds), name=name))
        layers.append(
            keras.layers.Dense(
                units,
                activation=None if last else "relu",
                kernel_initializer=keras.initializers.GlorotUniform(seed=next(seeds)),
                name="logits" if last else f"dense_{number + 1}",
            )
        )

    # Functional model
    outputs = inputs
    if "one-unit" in config.mistakes:
        layers.append(keras.layers.Softmax(name="softmax"))
    for layer in layers:
        outputs = layer(outputs)
    return keras.Model(inputs, outputs, name="head")


def logits_behind(outputs: Any) -> Any:
    """Return the logits of what a head gave, also where it ends in a softmax.

    An activation of Keras leaves a note of what it was given, and its cross entropies read that instead of
    the output, which is why a softmax over one unit learns all the same. Here it is read in the same way.
    """
    return getattr(outputs, "_keras_logits", outputs)


def compile_head(model: keras.Model, config: TrainingConfig, rate: Any = 0.0) -> None:
    """Compile a head, or a network that ends in one, with the loss that belongs to its last activation.

    Args:
        model: its output is logits.
        config: optimizer, activation, what labels are, and the mistakes that are made on purpose.
        rate: learning rate, or its ``LearningRateSchedule``; that of the first phase by default.
    """
    optimizer = on_one_machine(OPTIMIZERS[config.optimizer](rate or config.learning_rate))
    if config.layer_decay < 1:
        use_shares(optimizer, rate_shares(model, config))
    # XLA is many times slower for these small steps on a processor.
    model.compile(optimizer, _loss(config), metrics=[_accuracy(config)], jit_compile=False)


def _loss(config: TrainingConfig) -> keras.Loss:
    if config.one_unit:
        return keras.losses.BinaryCrossentropy(
            from_logits="one-unit" not in config.mistakes, label_smoothing=config.smoothing
        )
    if config.shared_labels:
        return keras.losses.CategoricalCrossentropy(
            from_logits=True, label_smoothing=config.smoothing
        )
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def _accuracy(config: TrainingConfig) -> keras.Metric:
    """Return the share of guesses that are the class of which a label has most."""
    if config.one_unit and config.mix == "none":
        threshold = 0.5 if "one-unit" in config.mistakes else 0.0
        return keras.metrics.BinaryAccuracy("accuracy", threshold=threshold)
    if config.one_unit:
        return keras.metrics.MeanMetricWrapper(_larger_share, name="accuracy")
    if config.shared_labels:
        return keras.metrics.CategoricalAccuracy("accuracy")
    return keras.metrics.SparseCategoricalAccuracy("accuracy")


def _larger_share(told: Any, logits: Any) -> Any:
    # Keras' BinaryAccuracy compares for equality: a label of mixed images is never 0 or 1.
    wanted = keras.ops.cast(keras.ops.greater(told, 0.5), logits.dtype)
    return keras.metrics.binary_accuracy(wanted, logits, threshold=0.0)
