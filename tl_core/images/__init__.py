"""From the bytes of a file to pixels: the one normaliser, and what it knows of headers and pictures."""

from tl_core.images.kinds import START, check_kind, is_readable, kind_of
from tl_core.images.normaliser import (
    LONGEST_NAME,
    PIXELS_TO_KNOW,
    SUFFIXES,
    THUMBNAIL_SIDE,
    Crop,
    Picture,
    Pixels,
    encode_jpeg,
    encode_png,
    encode_webp,
    load_shrunk,
    model_input,
    opened,
    resize,
    shrink,
    thumbnail_webp,
)
from tl_core.images.picture import centre_of, centre_square

__all__ = [
    "LONGEST_NAME",
    "PIXELS_TO_KNOW",
    "START",
    "SUFFIXES",
    "THUMBNAIL_SIDE",
    "Crop",
    "Picture",
    "Pixels",
    "centre_of",
    "centre_square",
    "check_kind",
    "encode_jpeg",
    "encode_png",
    "encode_webp",
    "is_readable",
    "kind_of",
    "load_shrunk",
    "model_input",
    "opened",
    "resize",
    "shrink",
    "thumbnail_webp",
]
