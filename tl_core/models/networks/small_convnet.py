"""The small network that is trained from scratch: convolution, convolution, pooling, three times."""

import keras
from keras import layers

FILTERS = (32, 64, 128)


def small_convnet(size: int) -> keras.Model:
    """Build the network with random weights, without a classifier.

    Two 3 × 3 convolutions before each pooling as in VGG (Simonyan and Zisserman 2014,
    https://arxiv.org/abs/1409.1556), with as few channels as networks for CIFAR-10 have.

    Args:
        size: input side in pixels.

    Returns:
        A model from `(n, size, size, 3)` float32 to `(n, size // 8, size // 8, 128)`.
    """
    image = x = keras.Input((size, size, 3), name="image")
    for number, filters in enumerate(FILTERS, start=1):
        for conv in (1, 2):
            name = f"block{number}_conv{conv}"
            x = layers.Conv2D(filters, 3, padding="same", activation="relu", name=name)(x)
        x = layers.MaxPooling2D(name=f"block{number}_pool")(x)
    return keras.Model(image, x, name="small-convnet")
