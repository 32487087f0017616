"""Two networks that differ in their skip connections alone, as two outputs of one model."""

from typing import Any

import keras
from keras import layers

from tl_core.lessons.skip import NETWORKS, SkipConfig
from tl_core.models.networks.optimizers import on_one_machine

SIDE, PATCH, CHANNELS = 32, 4, 32
"""Pixels of an image, pixels of the patches that the first layer turns into one position, and channels."""
MOMENTUM = 0.9
LONGEST = 1.0
"""Norm to which the gradient of each kernel is cut before a step, in both networks: one odd batch can throw a
network without BatchNormalization back to where it began. What is recorded is not cut."""


def build_networks(config: SkipConfig, classes: int) -> keras.Model:
    """Return both networks, compiled, as one model with one output of logits each, in order of `NETWORKS`.

    Layers are named ``plain_block3_conv2``, blocks from 1; both networks begin with the same weights.
    """
    image = keras.Input((SIDE, SIDE, 3), name="image")
    both = keras.Model(image, [_network(image, config, classes, name) for name in NETWORKS])
    optimizer = keras.optimizers.SGD(
        config.learning_rate, MOMENTUM, nesterov=True, clipnorm=LONGEST
    )
    both.compile(on_one_machine(optimizer))
    return both


def _network(image: Any, config: SkipConfig, classes: int, name: str) -> Any:
    seeds = iter(range(config.seed * 1000, config.seed * 1000 + 1000))

    def first_weights() -> Any:
        # What Keras takes when nobody says otherwise, with a seed.
        return keras.initializers.GlorotUniform(seed=next(seeds))

    def convolution(x: Any, layer: str, activation: str | None) -> Any:
        return layers.Conv2D(
            CHANNELS,
            3,
            padding="same",
            activation=activation,
            kernel_initializer=first_weights(),
            name=f"{name}_{layer}",
        )(x)

    # Stem
    x = layers.Conv2D(
        CHANNELS,
        PATCH,
        PATCH,
        activation="relu",
        kernel_initializer=first_weights(),
        name=f"{name}_stem",
    )(image)

    # Blocks
    for number in range(1, config.blocks + 1):
        change = convolution(x, f"block{number}_conv1", "relu")
        change = convolution(change, f"block{number}_conv2", None)
        if name == "skip":
            change = layers.Add(name=f"{name}_block{number}_add")([x, change])
        x = layers.ReLU(name=f"{name}_block{number}_relu")(change)

    # Head
    x = layers.GlobalAveragePooling2D(name=f"{name}_gap")(x)
    return layers.Dense(classes, kernel_initializer=first_weights(), name=f"{name}_logits")(x)
