"""What a channel answers to: a picture of noise, changed again and again until the channel is loud.

The picture moves along the slope of the channel's mean, is shifted by a few pixels before every step and
blurred now and then: without both it would fill with a fine pattern that means nothing. Erhan et al. 2009;
Olah, Mordvintsev and Schubert 2017, https://distill.pub/2017/feature-visualization/.
"""

import functools
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from tl_core.backbones import get_backbone
from tl_core.checks import check_range
from tl_core.convolution.answers import Liked
from tl_core.models.networks.backbones import build_backbone, fold_batch_norm

SIDE = 128
STEPS, BLUR_EVERY = 48, 4
RATE = 6.0
"""Of 255, how far a pixel moves at a slope of one standard deviation."""
MOST_SHIFT = 8
GREY, NOISE = 127.0, 12.0
BINOMIAL = np.outer((1, 2, 1), (1, 2, 1))[:, :, None, None] / 16 * np.ones((1, 1, 3, 1))
Step = Callable[..., tuple[tf.Tensor, tf.Tensor]]


def liked(backbone: str, block: int, channel: int, seed: int = 0) -> Liked:
    """Return a picture to which a channel answers strongly.

    Args:
        backbone: name in the registry.
        block: its number, from 0.
        channel: its number, from 0.
        seed: of the noise that it begins with, and of the shifts.

    Raises:
        SettingInvalid: no such backbone, block or channel.
        WeightsMissing: the weights are not on this machine.
    """
    spec = get_backbone(backbone)
    check_range("block", block, 0, len(spec.blocks) - 1)
    check_range("channel", channel, 0, spec.block_shape(block, SIDE)[-1] - 1)
    step, random = _step(backbone, block), np.random.default_rng(seed)
    start = GREY + random.normal(0, NOISE, (1, SIDE, SIDE, 3))
    picture, chosen = tf.constant(start, tf.float32), tf.constant(channel)
    before, _ = step(picture, chosen, tf.constant((0, 0)))
    for number in range(1, STEPS + 1):
        shift = tf.constant(random.integers(-MOST_SHIFT, MOST_SHIFT, 2, endpoint=True), tf.int32)
        _, picture = step(picture, chosen, shift)
        if number % BLUR_EVERY == 0 and number < STEPS:
            picture = _blurred(picture)
    after, _ = step(picture, chosen, tf.constant((0, 0)))
    pixels = np.rint(picture.numpy()[0]).astype(np.uint8)
    return Liked(pixels=pixels, before=float(before), after=float(after))


def _blurred(picture: tf.Tensor) -> tf.Tensor:
    wide = tf.pad(picture, ((0, 0), (1, 1), (1, 1), (0, 0)), "SYMMETRIC")
    return tf.nn.depthwise_conv2d(wide, tf.constant(BINOMIAL, tf.float32), (1, 1, 1, 1), "VALID")


@functools.lru_cache(1)
def _network(backbone: str) -> keras.Model:
    return fold_batch_norm(build_backbone(backbone, SIDE))


@functools.lru_cache(8)
def _step(backbone: str, block: int) -> Step:
    """Return what gives the channel's mean for a picture, and the picture one step on."""
    network, spec = _network(backbone), get_backbone(backbone)
    until = keras.Model(network.input, network.get_layer(spec.blocks[block].last_layer).output)

    @tf.function(jit_compile=False, autograph=False)
    def step(
        picture: tf.Tensor, channel: tf.Tensor, shift: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(picture)
            moved = tf.roll(picture, shift, (1, 2))
            maps = until(spec.preprocessing.apply(moved), training=False)
            mean = tf.reduce_mean(tf.gather(maps, channel, axis=-1))
        slope = tape.gradient(mean, picture)
        slope /= tf.math.reduce_std(slope) + 1e-8
        return mean, tf.clip_by_value(picture + RATE * slope, 0.0, 255.0)

    return step
