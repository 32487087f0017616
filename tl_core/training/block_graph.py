"""The network as a graph: boxes and arrows as data, block by block, or layer by layer within one block."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tl_core.head_math import Shape
from tl_core.training.layer_tables import TableLine

PHOTO = "photo"
"""Name of the box that everything begins at."""
JOINS = {"Add": "+", "Concatenate": "||", "Multiply": "×"}
"""Layers in which several ways meet, and their signs."""


@dataclass(frozen=True, kw_only=True)
class Box:
    """A block, or a layer.

    Args:
        name: unique in its graph.
        kind: of a layer, its Keras class; of a block, empty.
        layers: how many it holds.
        parameters: its weights.
        learns: whether any of them is trained.
        shape: of its output.
        shortcuts: in a block, how many sums have a way that goes around other layers.
        branches: in a block, how many ways are laid side by side.
    """

    name: str
    kind: str = ""
    layers: int = 1
    parameters: int = 0
    learns: bool = False
    shape: Shape = ()
    shortcuts: int = 0
    branches: int = 0


@dataclass(frozen=True, kw_only=True)
class Graph:
    """Boxes from the photo to the answer, and arrows between their names."""

    boxes: tuple[Box, ...]
    arrows: tuple[tuple[str, str], ...]


def graph_of_blocks(lines: Sequence[TableLine]) -> Graph:
    """Return the blocks of a network as boxes; each layer of the head is one of its own.

    Args:
        lines: of the whole network, see `network_table`.
    """
    groups: dict[str, list[TableLine]] = {}
    for line in lines:
        groups.setdefault(_group(line), []).append(line)
    boxes = tuple(_box(name, of_group) for name, of_group in groups.items())
    group_of = {line.name: _group(line) for line in lines}
    arrows = dict.fromkeys(
        (group_of[before], _group(line))
        for line in lines
        for before in line.connected
        if group_of.get(before, _group(line)) != _group(line)
    )
    return Graph(boxes=boxes, arrows=((PHOTO, boxes[0].name), *arrows))


def graph_of_layers(lines: Sequence[TableLine]) -> Graph:
    """Return the layers of one block as boxes; those that it reads from outside are in the arrows alone."""
    boxes = tuple(
        Box(
            name=line.name,
            kind=line.kind,
            parameters=line.parameters,
            learns=line.trainable > 0,
            shape=line.output_shape,
        )
        for line in lines
    )
    arrows = tuple((before, line.name) for line in lines for before in line.connected)
    return Graph(boxes=boxes, arrows=arrows)


def _group(line: TableLine) -> str:
    return line.block or line.name


def _box(name: str, lines: Sequence[TableLine]) -> Box:
    joins = [line for line in lines if len(line.connected) > 1]
    return Box(
        name=name,
        kind="" if lines[0].block else lines[0].kind,
        layers=len(lines),
        parameters=sum(line.parameters for line in lines),
        learns=any(line.trainable for line in lines),
        shape=lines[-1].output_shape,
        shortcuts=sum(1 for line in joins if line.kind == "Add"),
        branches=max((len(x.connected) for x in joins if x.kind == "Concatenate"), default=0),
    )


def shortcut_names(graph: Graph) -> Iterator[str]:
    """Yield the names of the blocks with a shortcut, from the photo inwards."""
    return (box.name for box in graph.boxes if box.shortcuts)
