"""A residual block as a small SVG: three real maps, the way through F, and the way around it."""

import base64
import io
from collections.abc import Mapping
from html import escape

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tl_core.convolution.display import signed
from tl_core.ui.theme import ACTIVATIONS, WEIGHTS

WIDTH, HEIGHT = 700, 300
SIDE, TOP = 170, 92
"""Pixels of a picture, and where the pictures begin."""
X, CHANGE, SUM = 4, 265, 526
"""Left edges of the three pictures."""
SKIP_Y = 30
MIDDLE = TOP + SIDE // 2
BOX, PLUS = (X + SIDE + CHANGE) // 2, (CHANGE + SIDE + SUM) // 2
"""Centres of the block's box and of the sum."""
CLIPPED = 99.5
"""Percentile of the sizes that gets the full colour: one stray number must not pale the rest."""
FONT = "font-family='sans-serif' font-size='22' text-anchor='middle'"


def block_drawing(
    x: NDArray[np.float32],
    change: NDArray[np.float32],
    *,
    labels: Mapping[str, str],
    skip_label: str,
    text_colour: str,
) -> str:
    """Return the drawing as SVG text; the three maps share one scale of colours.

    Args:
        x: ``(h, w)``, what goes into the block.
        change: ``(h, w)``, what it computes.
        labels: below ``x``, ``change`` and ``sum``, and inside the box, ``block``.
        skip_label: translated, above the way around.
        text_colour: of the page's theme.
    """
    maps = (x, change, x + change)
    limit = float(np.percentile(np.abs(np.stack(maps)), CLIPPED)) or 1.0
    names = (labels["x"], labels["change"], labels["sum"])
    return "".join(
        [
            f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {HEIGHT}' "
            f"width='{WIDTH}' height='{HEIGHT}'>",
            *(
                _picture(left, plane, limit)
                + _text(left + SIDE / 2, TOP + SIDE + 28, name, text_colour)
                for left, name, plane in zip((X, CHANGE, SUM), names, maps, strict=True)
            ),
            _line([(X + SIDE, MIDDLE), (CHANGE, MIDDLE)], text_colour),
            _line([(CHANGE + SIDE, MIDDLE), (SUM, MIDDLE)], text_colour),
            _box(labels["block"]),
            _line(
                [(X + SIDE / 2, TOP), (X + SIDE / 2, SKIP_Y), (PLUS, SKIP_Y), (PLUS, MIDDLE - 18)],
                ACTIVATIONS,
            ),
            _arrow(PLUS, MIDDLE - 18, ACTIVATIONS),
            _text((X + SIDE / 2 + PLUS) / 2, SKIP_Y - 8, skip_label, text_colour),
            _plus(),
            "</svg>",
        ]
    )


def _picture(left: int, plane: NDArray[np.float32], limit: float) -> str:
    file = io.BytesIO()
    Image.fromarray(signed(plane, limit)).save(file, "PNG", compress_level=1)
    data = base64.b64encode(file.getvalue()).decode()
    return (
        f"<image x='{left}' y='{TOP}' width='{SIDE}' height='{SIDE}' preserveAspectRatio='none' "
        f"style='image-rendering: pixelated' href='data:image/png;base64,{data}'/>"
        f"<rect x='{left}' y='{TOP}' width='{SIDE}' height='{SIDE}' fill='none' stroke='#808080'/>"
    )


def _line(points: list[tuple[float, float]], colour: str) -> str:
    path = " ".join(f"{x},{y}" for x, y in points)
    return f"<polyline points='{path}' fill='none' stroke='{colour}' stroke-width='3'/>"


def _arrow(x: float, y: float, colour: str) -> str:
    return f"<polygon points='{x - 8},{y - 14} {x + 8},{y - 14} {x},{y}' fill='{colour}'/>"


def _box(words: str) -> str:
    return (
        f"<rect x='{BOX - 24}' y='{MIDDLE - 24}' width='48' height='48' rx='6' fill='{WEIGHTS}'/>"
        f"{_text(BOX, MIDDLE + 8, words, '#ffffff')}"
    )


def _plus() -> str:
    return (
        f"<circle cx='{PLUS}' cy='{MIDDLE}' r='18' fill='{ACTIVATIONS}'/>"
        f"{_text(PLUS, MIDDLE + 8, '+', '#ffffff')}"
    )


def _text(x: float, y: float, words: str, colour: str) -> str:
    return f"<text x='{x}' y='{y}' fill='{colour}' {FONT}>{escape(words)}</text>"
