"""Kernels that are computed: weights as a function of a few numbers, each returned in a tuple of one."""

import numpy as np

from tl_core.convolution.arrays import Doubles

GABOR_SIZE = 11


def box(size: int) -> tuple[Doubles]:
    """Return the mean over a square of `size` pixels: ones, divided by their number."""
    return (np.full((size, size), 1 / size**2),)


def gaussian(sigma: float, size: int) -> tuple[Doubles]:
    """Return a bell exp(-(x² + y²) / 2σ²) of `sigma` pixels, cut to `size`, with the sum 1."""
    bell = np.exp(-(_centred(size) ** 2) / (2 * sigma**2))
    weights = np.outer(bell, bell)
    return (weights / weights.sum(),)


def motion_blur(angle: float, length: int) -> tuple[Doubles]:
    """Return a line of `length` pixels through the middle, `angle` degrees counter-clockwise, with the sum 1.

    The line is `length` points, one pixel apart; each is shared among its four nearest pixels, as in
    bilinear interpolation.
    """
    along = _centred(length)
    pixels = _centred(length | 1)[:, None]
    rows = _tent(pixels + along * np.sin(np.radians(angle)))
    columns = _tent(pixels - along * np.cos(np.radians(angle)))
    return (rows @ columns.T / length,)


def gabor(angle: float, wavelength: float) -> tuple[Doubles]:
    """Return a cosine wave under a Gaussian, `angle` degrees counter-clockwise, `wavelength` in pixels.

    The envelope's sigma is 0.56 wavelengths, one octave of bandwidth as in the visual cortex (Daugman 1985,
    https://doi.org/10.1364/JOSAA.2.001160), at most a quarter of the kernel. The weights sum to 0 and their
    absolute values to 2, so that flat areas give 0 and the strongest answer stays within 0..255.
    """
    position = _centred(GABOR_SIZE)
    y, x = -position[:, None], position
    across = x * np.cos(np.radians(angle)) + y * np.sin(np.radians(angle))
    sigma = min(0.56 * wavelength, GABOR_SIZE / 4)
    envelope = np.exp(-(x**2 + y**2) / (2 * sigma**2))
    wave = np.cos(2 * np.pi * across / wavelength)
    weights = envelope * (wave - (envelope * wave).sum() / envelope.sum())
    return (weights * 2 / np.abs(weights).sum(),)


def random(seed: int, size: int) -> tuple[Doubles]:
    """Return standard normal weights, rounded to two decimals so that they can be read."""
    return (np.random.default_rng(seed).standard_normal((size, size)).round(2),)


def _centred(size: int) -> Doubles:
    return np.arange(size, dtype=np.float64) - (size - 1) / 2


def _tent(distance: Doubles) -> Doubles:
    height: Doubles = np.maximum(1 - np.abs(distance), 0)
    return height
