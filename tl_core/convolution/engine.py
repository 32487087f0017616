"""Convolution as layers compute it, in plain NumPy and float32.

Shift-and-add, with most of the adding done by one matrix product. Take a 3x3 kernel and 4 output rows: they
see 6 input rows. For one column of the kernel, each output row is a weighted sum of 3 of these 6, so all 4
are a banded (4, 6) matrix times the input rows; the three columns together make a (12, 6) matrix. That
product is NumPy's fastest operation. What is left is to add the 3 results, each shifted by its column. Such
blocks are computed in batches that fit into the processor's cache. Channels and filters make the matrix
larger; stride and dilation change which rows it weights and which columns are kept.

A kernel of rank 1 could be two passes: measured, that is slower up to 5x5, gains a quarter at 11x11, and
rounds. As it is, whole pixels with whole weights give whole numbers, exactly.
"""

from collections.abc import Iterator

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from tl_core.convolution.arrays import Array, Image
from tl_core.convolution.axis import Axis
from tl_core.convolution.geometry import Geometry
from tl_core.errors import SettingInvalid

__all__ = ["Array", "Image", "convolve", "image_planes", "layer"]

# Measured on 1 megapixel, 3x3 to 11x11: fewer rows copy more, more rows multiply more zeros.
ROWS_AT_ONCE = 4
# Numbers in one batch of products, 600 KB: it is written once and read at once, so it must stay in the cache.
PRODUCTS_AT_ONCE = 150_000
# OpenBLAS wakes its threads from 2**19 multiply-adds on; for so little work they mostly wait for each other.
MULTIPLICATIONS_AT_ONCE = 2**19 - 1


def convolve(image: Image, weights: Image, geometry: Geometry, *, flip: bool = False) -> Array:
    """Slide a kernel over an image: cross-correlation, which deep learning calls convolution.

    Args:
        image: (h, w) or (h, w, channels), any real numbers, finite; pixels are usually 0..255.
        weights: (kh, kw) is applied to each channel on its own, (kh, kw, channels) is summed over the
            channels, (kh, kw, channels, filters) is a whole layer.
        geometry: stride, dilation, padding and fill; its kernel is (kh, kw).
        flip: turn the kernel by 180 degrees first, which makes it mathematical convolution.

    Returns:
        float32, unclipped: (oh, ow) or (oh, ow, channels) for a (kh, kw) kernel, (oh, ow) for a
        (kh, kw, channels) kernel, (oh, ow, filters) for a layer.

    Raises:
        SettingInvalid: the kernel does not fit on the padded image or has another number of channels.

    Example:
        >>> convolve(np.eye(3), np.ones((2, 2)), Geometry(kernel=(2, 2)))
        array([[2., 1.],
               [1., 2.]], dtype=float32)
    """
    weights = np.asarray(weights, np.float32)
    if weights.shape[:2] != geometry.kernel:
        raise ValueError(f"geometry is for {geometry.kernel}, weights have shape {weights.shape}")
    if flip:
        weights = weights[::-1, ::-1]
    planes = image_planes(image)
    if weights.ndim == 2:
        results = [layer(plane[None], weights[:, :, None, None], geometry) for plane in planes]
        return results[0][:, :, 0] if image.ndim == 2 else np.concatenate(results, axis=2)
    if weights.shape[2] != len(planes):
        raise SettingInvalid(
            "The kernel has {kernel} channels and the image has {image}. "
            "Choose a kernel for each channel on its own, or another image.",
            kernel=weights.shape[2],
            image=len(planes),
        )
    result = layer(planes, weights.reshape(*weights.shape[:3], -1), geometry)
    return result if weights.ndim == 4 else result[:, :, 0]


def layer(planes: Image, weights: Array, geometry: Geometry) -> Array:
    """Compute one layer.

    Args:
        planes: (channels, h, w), any real numbers, finite.
        weights: (kh, kw, channels, filters).
        geometry: stride, dilation, padding and fill.

    Returns:
        (oh, ow, filters) float32, a view in which each filter's row is contiguous.

    Raises:
        SettingInvalid: as `Geometry.axes`.
    """
    vertical, horizontal = geometry.axes(planes.shape[1:])
    filters = weights.shape[3]
    rows = min(max(1, ROWS_AT_ONCE // filters), vertical.output)
    columns = [column for column in range(horizontal.kernel) if weights[:, column].any()] or [0]
    shifts = [(column - columns[0]) * horizontal.dilation for column in columns]
    band = _band(weights[:, columns], vertical, rows)
    batches, blocks = _batches(vertical.output, rows, len(band) * horizontal.padded)
    window = _Window(planes, geometry, rows, batches, blocks)
    products = np.empty((blocks, len(band), horizontal.padded), np.float32)
    additions = _additions(products.reshape(blocks, len(columns), -1), shifts)
    parts = _parts(horizontal.padded, max(64, MULTIPLICATIONS_AT_ONCE // band.size))
    multiplications = [(window.blocks[:, :, part], products[:, :, part]) for part in parts]
    total = products[:, : rows * filters, horizontal.seen_by(columns[0])]
    result = np.empty((batches, *total.shape), np.float32)
    for batch in range(batches):
        window.load(batch)
        for seen, product in multiplications:
            np.matmul(band, seen, out=product)
        for reached, moved in additions:
            np.add(reached, moved, out=reached)
        result[batch] = total
    rows_of_filters = result.reshape(-1, filters, horizontal.output)[: vertical.output]
    return rows_of_filters.transpose(0, 2, 1)


def image_planes(image: Image) -> Image:
    """Return an (h, w) or (h, w, channels) image as a view of shape (channels, h, w)."""
    return image[None] if image.ndim == 2 else np.moveaxis(image, -1, 0)


class _Window:
    """The padded input rows that one batch sees, and a view of them for each of its blocks."""

    def __init__(
        self, planes: Image, geometry: Geometry, rows: int, batches: int, blocks: int
    ) -> None:
        vertical, horizontal = geometry.axes(planes.shape[1:])
        step = rows * vertical.stride
        seen = (rows - 1) * vertical.stride + vertical.reach
        self.planes, self.step = planes.swapaxes(0, 1), blocks * step
        self.constant = geometry.constant if geometry.fill == "constant" else 0.0
        shape = self.step - step + seen, len(planes), horizontal.padded
        self.padded = np.full(shape, self.constant, np.float32)
        views = sliding_window_view(self.padded, seen, axis=0)[::step]
        self.blocks = views.transpose(0, 3, 1, 2).reshape(blocks, -1, horizontal.padded)
        # The last batch may reach below the padded image: what it gives there is cut off the result.
        below = max(0, (batches - 1) * self.step + len(self.padded) - vertical.padded)
        self.source = np.pad(vertical.source(geometry.fill), (0, below), mode="edge")
        left, right = horizontal.before, horizontal.before + horizontal.size
        self.inside = self.padded[:, :, left:right]
        source = horizontal.source(geometry.fill)
        border = np.r_[:left, right : horizontal.padded]
        self.border = border[source[border] >= 0]
        self.border_source = source[self.border]

    def load(self, batch: int) -> None:
        """Fill `blocks`, (blocks, rows seen by a block * channels, padded width), for one batch."""
        top = batch * self.step
        source = self.source[top : top + len(self.padded)]
        first, last = int(source[0]), int(source[-1])
        if first >= 0 and last - first == len(source) - 1:
            self.inside[...] = self.planes[first : last + 1]
        else:
            self.inside[...] = self.planes[source]
            self.padded[source < 0] = self.constant
        if len(self.border):
            self.padded[..., self.border] = self.inside[..., self.border_source]


def _batches(height: int, rows: int, products_per_block: int) -> tuple[int, int]:
    """Share the blocks of `rows` output rows evenly among batches; returns batches, blocks in each."""
    needed = -(-height // rows)
    batches = -(-needed // max(1, PRODUCTS_AT_ONCE // products_per_block))
    return batches, -(-needed // batches)


def _band(weights: Array, vertical: Axis, rows: int) -> Array:
    """Return the matrix (kernel columns * rows * filters, input rows * channels) of one block."""
    _, columns, channels, filters = weights.shape
    seen = (rows - 1) * vertical.stride + vertical.reach
    band = np.zeros((columns, rows, filters, seen, channels), np.float32)
    for row in range(rows):
        first = row * vertical.stride
        taps = slice(first, first + vertical.reach, vertical.dilation)
        band[:, row, :, taps] = weights.transpose(1, 3, 0, 2)
    return band.reshape(columns * rows * filters, seen * channels)


def _additions(products: Array, shifts: list[int]) -> list[tuple[Array, Array]]:
    """Return what to add to what, so that axis 1 adds up in its first entry, each moved left by its shift."""
    width = products.shape[2]
    return [
        (products[:, 0, : width - shift], products[:, column, shift:])
        for column, shift in enumerate(shifts)
        if column > 0
    ]


def _parts(width: int, widest: int) -> Iterator[slice]:
    count = -(-width // widest)
    for part in range(count):
        yield slice(width * part // count, width * (part + 1) // count)
