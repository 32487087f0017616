"""Pictures on a page: quick to encode, sharp when small, never without a description."""

import io
from typing import Literal, TypeAlias

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from tl_core.images import shrink

Kind: TypeAlias = Literal["JPEG", "PNG"]

DISPLAY_SIDE = 480
"""Pixels. A picture with a shorter longer side is enlarged to about this, so that its pixels are squares."""
JPEG_QUALITY = 92


def show_picture(
    image: NDArray[np.uint8],
    *,
    alt: str,
    caption: str | None = None,
    width: Literal["stretch", "content"] | int = "stretch",
    depends_on: tuple[str | int, ...] | None = None,
) -> None:
    """Draw `image` with its description; far cheaper than ``st.image`` on an array, which encodes slowly.

    Args:
        image: `(h, w) or (h, w, 3) uint8 0..255`.
        alt: what it shows, in translated words, for a screen reader.
        caption: translated text below it: what to look for.
        width: as in ``st.image``; a number is the longest side in pixels, and nothing is enlarged to it.
        depends_on: what the pixels are determined by, if they are drawn again and again; keeps the file.
    """
    longest = width if isinstance(width, int) else None
    data, kind = _kept(depends_on, longest, image) if depends_on else _small_enough(image, longest)
    shown_width = width if longest is None else "content"
    st.image(data, caption=caption, width=shown_width, output_format=kind, alt=alt)


@st.cache_resource(show_spinner=False, max_entries=200)
def _kept(
    depends_on: tuple[str | int, ...], longest: int | None, _image: NDArray[np.uint8]
) -> tuple[bytes, Kind]:
    return _small_enough(_image, longest)


def _small_enough(image: NDArray[np.uint8], longest: int | None) -> tuple[bytes, Kind]:
    # st.image would shrink too, but fails on an image that ends up less than one pixel high.
    return encode(image) if longest is None else _jpeg(shrink(image, longest))


def encode(image: NDArray[np.uint8]) -> tuple[bytes, Kind]:
    """Return the file to send for `image`, `(h, w) or (h, w, 3) uint8`, and its format.

    Small pictures become sharp-edged PNG files, larger ones JPEG.
    """
    factor = DISPLAY_SIDE // max(image.shape[:2])
    file = io.BytesIO()
    if factor > 1:
        enlarged = image.repeat(factor, axis=0).repeat(factor, axis=1)
        Image.fromarray(enlarged).save(file, "PNG", compress_level=1)
        return file.getvalue(), "PNG"
    return _jpeg(image)


def _jpeg(image: NDArray[np.uint8]) -> tuple[bytes, Kind]:
    file = io.BytesIO()
    # Without subsampling: the colours of signed values change from pixel to pixel.
    Image.fromarray(image).save(file, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return file.getvalue(), "JPEG"
