"""Layers and kernels walked step by step, to compare with what the product computes at once."""

from typing import Any, Literal

NUMPY_MODES: dict[str, Literal["reflect", "edge", "wrap"]] = {
    "reflect": "reflect",
    "replicate": "edge",
    "wrap": "wrap",
}
"""What NumPy calls the fills that repeat an image."""


def feature_maps(image, layers):
    """Return what each layer makes of the layer before it, starting from `image`."""
    maps: list[Any] = []
    for layer in layers:
        maps.append(layer.apply(maps[-1] if maps else image))
    return maps


def positions(axis):
    """Every output as the padded coordinates that it sees, by walking until the kernel falls off the end."""
    found, start = [], 0
    while start + axis.dilation * (axis.kernel - 1) < axis.before + axis.size + axis.after:
        found.append([start + tap * axis.dilation for tap in range(axis.kernel)])
        start += axis.stride
    return found


def touched(axis, pixel):
    """Return every ``(output, tap)`` in which the image coordinate `pixel` is used; negative is padding."""
    return [
        (output, tap)
        for output, seen in enumerate(positions(axis))
        for tap, position in enumerate(seen)
        if position == pixel + axis.before
    ]
