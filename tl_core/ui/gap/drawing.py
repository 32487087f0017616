"""A feature map that becomes a vector, as a small SVG: widths are to scale, words come translated."""

from html import escape

from tl_core.ui.theme import ACTIVATIONS, WEIGHTS

WIDTH, HEIGHT = 440, 250
SIDE, SHEETS, OFFSET = 62, 6, 7
"""Pixels of one channel's square, how many are drawn, and how far each is moved."""
LEFT, STRIP_TOP, STRIP_HEIGHT, BLOCK_HEIGHT = 8, 150, 14, 46
LEAST = 1.5
"""Pixels: a thinner strip would not be seen."""
FONT = "font-family='sans-serif' font-size='15'"


def fold_out(
    *, channels_label: str, vector_label: str, weights_label: str, share: float, text_colour: str
) -> str:
    """Return the drawing as SVG text.

    Args:
        channels_label: of the feature map.
        vector_label: of the strip.
        weights_label: of the block below it.
        share: length of the vector over the numbers in the feature map, above 0 to 1.
        text_colour: of the page's theme.
    """
    full = WIDTH - 2 * LEFT
    long = max(LEAST, min(share, 1.0) * full)
    base = LEFT + (SHEETS - 1) * OFFSET
    fan = f"{LEFT},{STRIP_TOP} {LEFT + long:.1f},{STRIP_TOP} {base + SIDE},{12 + SIDE} {LEFT},{110}"
    label_x = base + SIDE + 16
    return "".join(
        [
            f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {HEIGHT}' "
            f"width='{WIDTH}' height='{HEIGHT}'>",
            f"<polygon points='{fan}' fill='{ACTIVATIONS}' fill-opacity='0.15'/>",
            *(_sheet(number) for number in range(SHEETS)),
            _text(label_x, 50, channels_label, text_colour),
            _rectangle(LEFT, STRIP_TOP, long, STRIP_HEIGHT, ACTIVATIONS),
            _rectangle(LEFT, STRIP_TOP + STRIP_HEIGHT + 4, long, BLOCK_HEIGHT, WEIGHTS),
            _text(max(label_x, LEFT), STRIP_TOP - 8, vector_label, text_colour),
            _text(LEFT, STRIP_TOP + STRIP_HEIGHT + BLOCK_HEIGHT + 26, weights_label, text_colour),
            "</svg>",
        ]
    )


def _sheet(number: int) -> str:
    """Return one channel: the last is in front, lowest and to the left."""
    x = LEFT + (SHEETS - 1 - number) * OFFSET
    y = 12 + number * OFFSET
    return (
        f"<rect x='{x}' y='{y}' width='{SIDE}' height='{SIDE}' fill='{ACTIVATIONS}' "
        f"fill-opacity='{0.35 + 0.65 * number / (SHEETS - 1):.2f}' stroke='#ffffff' stroke-width='1'/>"
    )


def _rectangle(x: float, y: float, width: float, height: float, colour: str) -> str:
    return f"<rect x='{x}' y='{y}' width='{width:.1f}' height='{height}' fill='{colour}'/>"


def _text(x: float, y: float, words: str, colour: str) -> str:
    return f"<text x='{x}' y='{y}' fill='{colour}' {FONT}>{escape(words)}</text>"
