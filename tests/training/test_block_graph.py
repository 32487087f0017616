"""The graph of a network: boxes for its blocks, arrows between them, and which ways go around a block."""

from tl_core.training.block_graph import (
    PHOTO,
    graph_of_blocks,
    graph_of_layers,
    shortcut_names,
)
from tl_core.training.layer_tables import BACKBONE, HEAD, TableLine

LAYERS = (
    ("stem", "image", "InputLayer", (), 0),
    ("stem", "stem_conv", "Conv2D", ("image",), 30),
    ("one", "one_conv", "Conv2D", ("stem_conv",), 100),
    ("one", "one_add", "Add", ("one_conv", "stem_conv"), 0),
    ("two", "left", "Conv2D", ("one_add",), 10),
    ("two", "right", "Conv2D", ("one_add",), 20),
    ("two", "both", "Concatenate", ("left", "right"), 0),
)


def lines():
    backbone = [
        TableLine(
            part=BACKBONE,
            block=block,
            name=name,
            kind=kind,
            output_shape=(8, 8, 4),
            parameters=weights,
            trainable=weights if block == "two" else 0,
            connected=before,
        )
        for block, name, kind, before, weights in LAYERS
    ]
    head = TableLine(part=HEAD, name="gap", kind="Pooling", output_shape=(4,), connected=("both",))
    return [*backbone, head]


def test_blocks_are_boxes_that_hold_what_their_layers_do():
    graph = graph_of_blocks(lines())
    assert [box.name for box in graph.boxes] == ["stem", "one", "two", "gap"]
    assert [box.parameters for box in graph.boxes] == [30, 100, 30, 0]
    assert [box.layers for box in graph.boxes] == [2, 2, 3, 1]
    assert [box.learns for box in graph.boxes] == [False, False, True, False]
    assert [box.kind for box in graph.boxes] == ["", "", "", "Pooling"]
    # One arrow from block to block, however many layers read across.
    chain = [(PHOTO, "stem"), ("stem", "one"), ("one", "two"), ("two", "gap")]
    assert list(graph.arrows) == chain


def test_a_sum_is_a_shortcut_and_ways_side_by_side_are_none():
    graph = graph_of_blocks(lines())
    assert list(shortcut_names(graph)) == ["one"]
    assert [box.branches for box in graph.boxes] == [0, 0, 2, 0]


def test_a_block_is_its_layers_with_every_connection():
    graph = graph_of_layers([line for line in lines() if line.block == "one"])
    assert [box.name for box in graph.boxes] == ["one_conv", "one_add"]
    assert set(graph.arrows) == {
        ("stem_conv", "one_conv"),
        ("one_conv", "one_add"),
        ("stem_conv", "one_add"),
    }
