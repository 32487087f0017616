"""GAP versus Flatten in numbers: shapes, weights, multiply-adds and memory, without running a model.

`layers` knows single layers, `stacks` sums them up, `heads` puts heads together, `costs` turns their
numbers into bytes, `setups` keeps everything that two heads share, `presets` holds well-known ones; `sweeps`,
`rule`, `positions`, `stack_text` and `code` are the arithmetic of one section of the page each.
"""

from tl_core.head_math.costs import OPTIMIZERS, HeadCosts, head_costs
from tl_core.head_math.heads import (
    ACTIVATIONS,
    POOLINGS,
    HeadConfig,
    check_feature_map,
    describe_head,
)
from tl_core.head_math.layers import (
    KINDS,
    Layer,
    LayerRow,
    Shape,
)
from tl_core.head_math.presets import (
    HeadPreset,
    StackPreset,
    get_preset,
    get_stack_preset,
    list_presets,
    list_stack_presets,
)
from tl_core.head_math.setups import (
    BIASES,
    HeadSetup,
    bias_name,
    read_setup,
    read_units,
    write_units,
)
from tl_core.head_math.stacks import Totals, describe_stack, ratio, totals

__all__ = [
    "ACTIVATIONS",
    "BIASES",
    "KINDS",
    "OPTIMIZERS",
    "POOLINGS",
    "HeadConfig",
    "HeadCosts",
    "HeadPreset",
    "HeadSetup",
    "Layer",
    "LayerRow",
    "Shape",
    "StackPreset",
    "Totals",
    "bias_name",
    "check_feature_map",
    "describe_head",
    "describe_stack",
    "get_preset",
    "get_stack_preset",
    "head_costs",
    "list_presets",
    "list_stack_presets",
    "ratio",
    "read_setup",
    "read_units",
    "totals",
    "write_units",
]
