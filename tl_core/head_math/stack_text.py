"""A stack of layers as short text: one layer a line in a text field, joined by ``_`` in a URL.

32x32x3                the input: height, width and channels, or one number for a vector
conv 32 3 same         32 filters of 3 × 3; a stride after a slash (``3/2``), padding, ``nobias``
max 2                  window 2 × 2; ``avg`` likewise
flatten                also ``gap``, ``gmp``, ``batchnorm``
dense 64               64 units, ``nobias``
dropout 0.5
"""

import re
from collections.abc import Callable
from typing import Any

from tl_core.checks import look_up
from tl_core.errors import SettingInvalid
from tl_core.head_math.layers import PADDINGS, Layer, Shape
from tl_core.head_math.stacks import MAX_LAYERS, check_input_shape
from tl_core.wording import N_

WORDS = {
    "conv": "Conv2D",
    "max": "MaxPooling2D",
    "avg": "AveragePooling2D",
    "flatten": "Flatten",
    "gap": "GlobalAveragePooling2D",
    "gmp": "GlobalMaxPooling2D",
    "dense": "Dense",
    "dropout": "Dropout",
    "batchnorm": "BatchNormalization",
}
"""Word -> kind of layer."""
NUMBERS = {"conv": ("units", "window"), "max": ("window",), "avg": ("window",)} | {
    "dense": ("units",),
    "dropout": ("rate",),
}
"""Word -> the numbers that follow it; the others take none."""
FLAGS = {
    "conv": ("valid", "same", "nobias"),
    "max": PADDINGS,
    "avg": PADDINGS,
    "dense": ("nobias",),
}
MOST_CHARACTERS = 3000
SHAPE = re.compile(r"\d{1,7}(?:[x×]\d{1,7}){0,2}", re.ASCII)
WINDOW = re.compile(r"(\d{1,4})(?:/(\d{1,4}))?", re.ASCII)
WHOLE = re.compile(r"\d{1,6}", re.ASCII)
RATE = re.compile(r"\d{0,2}\.?\d{1,6}", re.ASCII)


def read_stack(text: str) -> tuple[Shape, tuple[Layer, ...]]:
    """Return the input shape and the layers.

    Raises:
        SettingInvalid: names the first line that cannot be read, and how it should look.

    Example:
        >>> shape, layers = read_stack("8x8x3_conv-4-3_flatten")
        >>> shape, [layer.kind for layer in layers]
        ((8, 8, 3), ['Conv2D', 'Flatten'])
    """
    if len(text) > MOST_CHARACTERS:
        raise SettingInvalid(
            "The stack has {count} characters, more than {most}. Remove some layers.",
            count=len(text),
            most=MOST_CHARACTERS,
        )
    lines = [line.strip().lower() for line in re.split(r"[\n_]", text) if line.strip()]
    if not lines or not SHAPE.fullmatch(lines[0]):
        raise SettingInvalid(
            "The first line is the input, such as 32x32x3 or 1280; received {line}.",
            line=lines[0][:40] if lines else "",
        )
    shape = tuple(map(int, re.split("[x×]", lines[0])))
    check_input_shape(shape)
    if len(lines) - 1 > MAX_LAYERS:
        raise SettingInvalid(
            "A stack may have up to {limit} layers, received {count}. Remove some.",
            limit=MAX_LAYERS,
            count=len(lines) - 1,
        )
    return shape, tuple(_layer(line) for line in lines[1:])


def write_stack(shape: Shape, layers: tuple[Layer, ...]) -> str:
    """Return the text of a stack, one layer a line."""
    return "\n".join(["x".join(map(str, shape)), *map(write_layer, layers)])


def write_layer(layer: Layer) -> str:
    """Return the line of one layer: ``conv 32 3 same``."""
    word = next(word for word, kind in WORDS.items() if kind == layer.kind)
    stride = f"/{layer.stride}" if layer.stride else ""
    written = {
        "units": str(layer.units),
        "window": f"{layer.kernel}{stride}",
        "rate": f"{layer.rate:g}",
    }
    flags = {"same": layer.padding == "same", "nobias": not layer.use_bias, "valid": False}
    numbers = [written[name] for name in NUMBERS.get(word, ())]
    return " ".join([word, *numbers, *(flag for flag in FLAGS.get(word, ()) if flags[flag])])


def short_text(text: str) -> str:
    """Return the lines of a stack as they stand in a URL: no spaces, no line breaks."""
    lines = [re.sub(r"\s+", "-", line.strip()) for line in text.split("\n") if line.strip()]
    return "_".join(lines)


def long_text(text: str) -> str:
    """Return the text of a URL as the lines of a text field; what `short_text` did, undone."""
    return text.replace("-", " ").replace("_", "\n")


def _layer(line: str) -> Layer:
    word, *rest = re.split(r"[\s-]+", line)
    kind = look_up(WORDS, word, N_("There is no layer {name}. Choose one of: {valid}."))
    names = NUMBERS.get(word, ())
    values, flags = rest[: len(names)], rest[len(names) :]
    if len(values) < len(names) or any(flag not in FLAGS.get(word, ()) for flag in flags):
        raise _unreadable(line, word)
    settings: dict[str, Any] = {}
    for name, value in zip(names, values, strict=True):
        settings |= _READERS[name](value, line, word)
    if "same" in flags:
        settings["padding"] = "same"
    return Layer(kind=kind, use_bias="nobias" not in flags, **settings)


def _units(value: str, line: str, word: str) -> dict[str, Any]:
    if not WHOLE.fullmatch(value):
        raise _unreadable(line, word)
    return {"units": int(value)}


def _window(value: str, line: str, word: str) -> dict[str, Any]:
    found = WINDOW.fullmatch(value)
    if not found:
        raise _unreadable(line, word)
    return {"kernel": int(found[1]), "stride": int(found[2] or 0)}


def _rate(value: str, line: str, word: str) -> dict[str, Any]:
    if not RATE.fullmatch(value):
        raise _unreadable(line, word)
    return {"rate": float(value)}


_READERS: dict[str, Callable[[str, str, str], dict[str, Any]]] = {
    "units": _units,
    "window": _window,
    "rate": _rate,
}
EXAMPLES = {
    "conv": "conv 32 3/2 same",
    "max": "max 2",
    "avg": "avg 2",
    "dense": "dense 64",
    "dropout": "dropout 0.5",
}


def _unreadable(line: str, word: str) -> SettingInvalid:
    return SettingInvalid(
        "The line {line} cannot be read. Write it like this: {example}.",
        line=line[:40],
        example=EXAMPLES.get(word, word),
    )
