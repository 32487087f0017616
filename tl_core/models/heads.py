"""The part that is trained: a head on top of frozen features."""

import keras

from tl_core.training import TrainingConfig


def build_head(config: TrainingConfig, features: tuple[int, ...], classes: int) -> keras.Model:
    """Return an untrained head whose output is logits.

    Args:
        config: pooling, hidden layers, dropout, activation and seed.
        features: shape of one row of features, ``(channels,)`` or ``(h, w, channels)``.
        classes: number of classes, at least 2.

    Returns:
        A model from ``(n, *features) float32`` to ``(n, classes)``, or ``(n, 1)`` for a sigmoid.
    """
    # Layers
    seeds = iter(range(config.seed * 1000, config.seed * 1000 + 1000))
    inputs = keras.Input(features, name="features")
    layers = [keras.layers.Flatten(name="flatten")] if config.pooling == "flatten" else []
    for number, units in enumerate((*config.dense, _outputs(config, classes))):
        last = number == len(config.dense)
        if config.dropout:
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
    for layer in layers:
        outputs = layer(outputs)
    return keras.Model(inputs, outputs, name="head")


def compile_head(head: keras.Model, config: TrainingConfig) -> None:
    """Compile a head with Adam and the loss that belongs to its last activation."""
    if config.activation == "sigmoid":
        loss = keras.losses.BinaryCrossentropy(from_logits=True)
        accuracy = keras.metrics.BinaryAccuracy("accuracy", threshold=0.0)
    else:
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        accuracy = keras.metrics.SparseCategoricalAccuracy("accuracy")
    optimizer = keras.optimizers.Adam(config.learning_rate)
    # XLA is many times slower for these small steps on a processor.
    head.compile(optimizer, loss, metrics=[accuracy], jit_compile=False)


def _outputs(config: TrainingConfig, classes: int) -> int:
    return 1 if config.activation == "sigmoid" else classes
