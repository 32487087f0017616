"""The two heads as something to take along: Keras code that builds them, and their tables as CSV."""

import csv
import io
from collections.abc import Sequence

from tl_core.backbones import get_backbone
from tl_core.head_math.setups import HeadSetup

POOLING_CODE = {
    "flatten": "layers.Flatten(name='flatten')(inputs)",
    "gap": "layers.GlobalAveragePooling2D(name='gap')(inputs)",
    "gmp": "layers.GlobalMaxPooling2D(name='gmp')(inputs)",
    "gap+gmp": (
        "layers.Concatenate(name='concatenate')(["
        "layers.GlobalAveragePooling2D(name='gap')(inputs), "
        "layers.GlobalMaxPooling2D(name='gmp')(inputs)])"
    ),
}


def variable(pooling: str) -> str:
    """Return the name that the code gives a head: ``gap`` -> ``gap_head``."""
    return pooling.replace("+", "_") + "_head"


def keras_code(setup: HeadSetup, poolings: Sequence[str] = ("flatten", "gap")) -> str:
    """Return a Python program that builds the heads as Keras models, one variable each.

    Args:
        setup: feature map and head.
        poolings: which heads, in this order.

    Example:
        >>> code = keras_code(HeadSetup(config=HeadConfig(), free_map=(7, 7, 512)))
        >>> code.splitlines()[0]
        'import keras'
    """
    parts = ["import keras\nfrom keras import layers\n", _backbone(setup)]
    parts += [_head(setup, pooling) for pooling in poolings]
    return "\n".join(parts)


def csv_text(setup: HeadSetup, poolings: Sequence[str]) -> str:
    """Return every layer of every head as CSV with a header line."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        ["head", "layer", "kind", "output_shape", "weights", "trainable", "multiply_adds"]
    )
    for pooling in poolings:
        for row in setup.rows(pooling):
            shape = "x".join(map(str, row.output_shape))
            trainable = row.parameters - row.frozen
            counts = (row.parameters, trainable, row.multiply_adds)
            writer.writerow([pooling, row.name, row.kind, shape, *counts])
    return text.getvalue()


def _backbone(setup: HeadSetup) -> str:
    shape = f"FEATURE_MAP = {tuple(setup.feature_map)}  # height, width, channels\n"
    if not setup.backbone:
        return shape
    spec = get_backbone(setup.backbone)
    if not spec.application:  # not part of keras.applications
        return f"# {spec.title} at {setup.size} px, frozen, ends in this feature map.\n{shape}"
    return (
        f"# The frozen backbone ({spec.parameters:,} weights):\n"
        f"# backbone = keras.applications.{spec.application}(\n"
        f"#     include_top=False, input_shape=({setup.size}, {setup.size}, 3)\n"
        "# )\n"
        "# backbone.trainable = False\n"
        "# model = keras.Sequential([backbone, gap_head])\n"
        f"{shape}"
    )


def _head(setup: HeadSetup, pooling: str) -> str:
    config = setup.config
    name = variable(pooling)
    lines = ["inputs = keras.Input(FEATURE_MAP)", f"x = {POOLING_CODE[pooling]}"]
    for number, units in enumerate((*config.units, config.outputs), start=1):
        last = number > len(config.units)
        if config.dropout:
            lines.append(f"x = layers.Dropout({config.dropout:g}, name='dropout_{number}')(x)")
        activation = config.activation if last else "relu"
        use_bias = config.output_bias if last else config.use_bias
        bias = "" if use_bias else ", use_bias=False"
        label = "logits" if last else f"dense_{number}"
        lines.append(
            f"x = layers.Dense({units}, activation='{activation}'{bias}, name='{label}')(x)"
        )
    lines.append(f"{name} = keras.Model(inputs, x, name='{name}')")
    lines.append(f"{name}.summary()")
    return "\n".join(lines) + "\n"
