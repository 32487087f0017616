"""Pictures of many kernels or maps at once."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from tl_core.convolution.arrays import Array
from tl_core.convolution.display import signed
from tl_core.images.grids import grid

ACROSS = 8
CELL, GAP, NUMBER_HEIGHT = 48, 6, 14
PAIRS_ACROSS, MAP = 4, 96
"""Filters with their maps beside each other, and pixels a side of a map among them."""
SIDE = 96
"""Pixels, about, of a kernel or a map in a row."""
GREY = 128


def kernel_row(*kernels: Array) -> NDArray[np.uint8]:
    """Return the kernels on the signed scale, each in a square of `SIDE` pixels on grey."""
    pictures = [_enlarged(signed(weights), max(weights.shape)) for weights in kernels]
    return grid(pictures, (SIDE, SIDE, 3), len(pictures), gap=GAP, background=GREY)


def map_row(maps: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the maps, ``(n, h, w)``, side by side, each enlarged to the same size."""
    pictures = [_enlarged(plane, max(plane.shape)) for plane in maps]
    return grid(pictures, pictures[0].shape, len(pictures), gap=GAP)


def map_square(maps: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the maps, ``(n, h, w)``, in two columns on grey, so that black and white ones end somewhere."""
    pictures = [_enlarged(plane, max(plane.shape)) for plane in maps]
    return grid(pictures, pictures[0].shape, 2, gap=GAP, background=GREY)


def contact_sheet(filters: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return all filters of a layer, ``(n, h, w, 3)``, in one picture, each with its number below it."""
    rows = -(-len(filters) // ACROSS)
    size = ACROSS * (CELL + GAP) + GAP, rows * (CELL + GAP + NUMBER_HEIGHT) + GAP
    sheet = Image.new("RGB", size, (255, 255, 255))
    draw = ImageDraw.Draw(sheet)
    for index, weights in enumerate(filters):
        row, column = divmod(index, ACROSS)
        left, top = GAP + column * (CELL + GAP), GAP + row * (CELL + GAP + NUMBER_HEIGHT)
        sheet.paste(_coloured(weights), (left, top))
        draw.text((left, top + CELL), str(index + 1), fill=(60, 60, 60))
    return np.asarray(sheet)


def filter_map_sheet(filters: NDArray[np.float32], maps: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return every filter of a layer beside the map that it makes, in one picture, numbered from 1.

    Args:
        filters: ``(n, kh, kw, 3)``.
        maps: ``(n, h, w)``.
    """
    rows = -(-len(filters) // PAIRS_ACROSS)
    width, height = CELL + MAP + 3 * GAP, MAP + GAP
    sheet = Image.new("RGB", (PAIRS_ACROSS * width, rows * height + GAP), (255, 255, 255))
    draw = ImageDraw.Draw(sheet)
    for index, (weights, seen) in enumerate(zip(filters, maps, strict=True)):
        row, column = divmod(index, PAIRS_ACROSS)
        left, top = GAP + column * width, GAP + row * height
        sheet.paste(_coloured(weights), (left, top))
        picture = Image.fromarray(seen).convert("RGB")
        sheet.paste(picture.resize((MAP, MAP)), (left + CELL + GAP, top))
        draw.text((left, top + CELL), str(index + 1), fill=(60, 60, 60))
    return np.asarray(sheet)


def _coloured(weights: NDArray[np.float32]) -> Image.Image:
    """Return a filter, ``(kh, kw, 3)``, in its colours, grey for 0."""
    scaled = 127.5 + 127.5 * weights / max(float(np.abs(weights).max()), 1e-9)
    cell = Image.fromarray(np.rint(scaled).astype(np.uint8))
    return cell.resize((CELL, CELL), Image.Resampling.NEAREST)


def _enlarged(picture: NDArray[np.uint8], longest: int) -> NDArray[np.uint8]:
    factor = max(1, SIDE // longest)
    return picture.repeat(factor, axis=0).repeat(factor, axis=1)
