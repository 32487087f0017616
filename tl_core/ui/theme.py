"""The colours of the lab: the same thing has the same colour on every page, in both themes.

Page, text and button colours are in ``.streamlit/config.toml``. These are for figures; each stands out from
the white and from the dark background by at least 3:1.
"""

import streamlit as st

from tl_core.convolution import display

WEIGHTS = "#5b6ee8"
"""Everything that is learned: kernels, weights, parameters."""
ACTIVATIONS = "#0e9384"
"""Everything that flows through: feature maps, vectors, scores."""
FROZEN = "#8a8ea1"
"""What stays as it was: grey, because nothing happens there."""
CLASSES = ("#5b6ee8", "#d9541e", "#0e9384", "#b0479c", "#94760a", "#3b8fd1", "#c94b5f", "#7a6b5d")
"""One for each class of a dataset, in the dataset's order; after the last they start again."""
NEGATIVE, ZERO, POSITIVE = (f"rgb{colour}" for colour in display.SIGNED_COLOURS)
"""Signed values, in weights and in results: blue below zero, white at zero, red above."""
SIGNED_TABLE = display.SIGNED_TABLE
"""All their colours, (511, 3) uint8, from the lowest to the highest; the components look them up in it."""


def text_colour() -> str:
    """Return the colour of the page's text in the theme that this person's browser shows."""
    return _of_theme("textColor")


def background_colour() -> str:
    """Return the colour of the page behind a figure, in the same theme."""
    return _of_theme("backgroundColor")


def _of_theme(option: str) -> str:
    mode = "dark" if st.context.theme.type == "dark" else "light"
    return str(st.get_option(f"theme.{mode}.{option}") or "#808080")


def class_colour(index: int) -> str:
    """Return the colour of class number `index`, from 0."""
    return CLASSES[index % len(CLASSES)]
