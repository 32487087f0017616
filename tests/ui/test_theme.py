"""Both themes are readable from the last row of a classroom."""

import tomllib
from pathlib import Path

import numpy as np
import pytest

from tl_core.convolution.display import signed
from tl_core.ui import theme

CONFIG = tomllib.loads((Path(__file__).parents[2] / ".streamlit" / "config.toml").read_text())
MODES = ("light", "dark")
TEXT, LARGE = 4.5, 3.0
"""Least contrast by WCAG 2.1 AA, for text and for large text and figures."""


def luminance(colour: str) -> float:
    """https://www.w3.org/TR/WCAG21/#dfn-relative-luminance."""
    share = np.array([int(colour[start : start + 2], 16) for start in (1, 3, 5)]) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_computed_as_the_standard_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)  # the classic near miss


@pytest.mark.parametrize("mode", MODES)
def test_text_and_links_stand_out_from_every_surface(mode: str) -> None:
    main = CONFIG["theme"][mode]
    surfaces = [main["backgroundColor"], main["secondaryBackgroundColor"]]
    surfaces += [main["sidebar"]["backgroundColor"], main["sidebar"]["secondaryBackgroundColor"]]
    words = [main["textColor"], main["linkColor"]]
    words += [main[f"{name}Color"] for name in ("red", "orange", "green", "blue", "violet", "gray")]
    assert min(contrast(word, surface) for word in words for surface in surfaces) >= TEXT


@pytest.mark.parametrize("mode", MODES)
def test_white_words_on_a_button_can_be_read(mode: str) -> None:
    assert contrast(CONFIG["theme"][mode]["primaryColor"], "#ffffff") >= LARGE + 1


@pytest.mark.parametrize("mode", MODES)
def test_every_colour_of_a_figure_stands_out(mode: str) -> None:
    background = CONFIG["theme"][mode]["backgroundColor"]
    colours = [theme.WEIGHTS, theme.ACTIVATIONS, *theme.CLASSES]
    colours += CONFIG["theme"][mode]["chartCategoricalColors"]
    assert min(contrast(colour, background) for colour in colours) >= LARGE


def test_class_colours_differ_and_start_again() -> None:
    assert len(set(theme.CLASSES)) == len(theme.CLASSES) == 8
    assert theme.class_colour(8) == theme.class_colour(0) != theme.class_colour(1)


def test_signed_values_have_one_scale_in_pictures_and_charts() -> None:
    pixels = signed(np.array([[-1.0, 0.0, 1.0]]))[0].tolist()
    ends = (theme.NEGATIVE, theme.ZERO, theme.POSITIVE)
    assert [f"rgb{tuple(pixel)}" for pixel in pixels] == list(ends)
    assert theme.ZERO == "rgb(255, 255, 255)"
    assert [tuple(colour) for colour in theme.SIGNED_TABLE[[0, 255, 510]].tolist()] == [
        tuple(pixel) for pixel in pixels
    ]
