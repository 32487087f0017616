"""The network drawn as boxes and arrows, with its shortcuts; one block of it, layer by layer."""

import json
from collections.abc import Sequence

import streamlit as st

from tl_core.training.block_graph import (
    JOINS,
    PHOTO,
    Box,
    Graph,
    graph_of_blocks,
    graph_of_layers,
    shortcut_names,
)
from tl_core.training.layer_tables import TableLine
from tl_core.ui.text import escaped, t, tn
from tl_core.ui.theme import FROZEN, WEIGHTS, text_colour

HEIGHT = 520
"""Pixels of the window on the drawing, which is as long as the network."""
MOST_NAMED = 6
ON_COLOUR = {FROZEN: "#14161f", WEIGHTS: "#ffffff"}
"""What is written on each colour, legible in both themes."""


def show_graph(lines: Sequence[TableLine], shown: Sequence[TableLine]) -> None:
    """Draw the network in a folded part: all blocks, or the layers of the block that is shown alone.

    Args:
        lines: of the whole network.
        shown: those that the choice above has left.
    """
    box = st.expander(
        t("Drawn as a graph"),
        icon=":material/account_tree:",
        key="network_graph",
        on_change="rerun",
    )
    if not box.open:  # hundreds of boxes that nobody sees
        return
    blocks = {line.block for line in shown}
    alone = len(blocks) == 1 and "" not in blocks
    graph = graph_of_layers(shown) if alone else graph_of_blocks(lines)
    with box:
        st.caption(_layers_told(graph) if alone else _blocks_told(graph))
        with st.container(height=HEIGHT):
            st.graphviz_chart(_dot(graph), width="content")


def _blocks_told(graph: Graph) -> str:
    count = sum(1 for box in graph.boxes if not box.kind)
    said = [
        tn(
            "From the photo down to the answer: {n} block, then the head. Blue learns, grey stays as it is.",
            "From the photo down to the answer: {n} blocks, then the head. Blue learns, grey stays as it is.",
            count,
        )
    ]
    if names := list(shortcut_names(graph)):
        said.append(
            t(
                "The arrow that goes around a box is a shortcut: what comes in is added to what the block "
                "makes of it ({names}).",
                names=escaped(_few(names)),
            )
        )
    if any(box.branches for box in graph.boxes):
        said.append(t("|| marks ways side by side, whose channels are laid behind each other."))
    if not names and not any(box.branches for box in graph.boxes):
        said.append(t("No layer is skipped: there is one way through."))
    said.append(t("Choose a block above to see its layers."))
    return " ".join(said)


def _layers_told(graph: Graph) -> str:
    joins = [box.name for box in graph.boxes if box.kind in JOINS]
    said = [tn("The block's {n} layer.", "The block's {n} layers.", len(graph.boxes))]
    if joins:
        said.append(t("Ways meet in {names}.", names=escaped(_few(joins))))
    said.append(t("Dashed: where it reads from."))
    return " ".join(said)


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:MOST_NAMED]) + (" …" if len(names) > MOST_NAMED else "")


def _dot(graph: Graph) -> str:
    """Return the graph in Graphviz' own language."""
    ink = text_colour()
    known = {box.name for box in graph.boxes}
    outside = dict.fromkeys(before for before, _ in graph.arrows if before not in known)
    head = (
        'bgcolor="transparent"; ranksep=0.3; node [shape=box, style="filled,rounded", fontname="sans-serif", '
        "fontsize=13]; "
        f'edge [color="{ink}", fontcolor="{ink}", fontname="sans-serif", fontsize=12];'
    )
    boxes = [_box(box) for box in graph.boxes]
    boxes += [_outside(name, ink) for name in outside]
    sums = {box.name: _sign(box) for box in graph.boxes if not box.kind and _sign(box)}
    arrows = [line for before, name in graph.arrows for line in _arrow(before, name, sums)]
    circles = [
        f'{_quoted(_joint(name))} [label="{sign}", shape=circle, style="", color="{ink}", '
        f'fontcolor="{ink}", margin=0.02]; {_quoted(name)} -> {_quoted(_joint(name))};'
        for name, sign in sums.items()
    ]
    return f"digraph {{ {head} {' '.join([*boxes, *circles, *arrows])} }}"


def _outside(name: str, ink: str) -> str:
    label = t("Photo") if name == PHOTO else name
    looks = f'style="dashed,rounded", color="{ink}", fontcolor="{ink}"'
    return f"{_quoted(name)} [label={_quoted(label)}, {looks}];"


def _arrow(before: str, name: str, sums: dict[str, str]) -> list[str]:
    start = _joint(before) if before in sums else before
    lines = [f"{_quoted(start)} -> {_quoted(name)};"]
    if sums.get(name) == JOINS["Add"]:
        lines.append(f"{_quoted(start)} -> {_quoted(_joint(name))};")
    return lines


def _sign(box: Box) -> str:
    if box.shortcuts:
        return JOINS["Add"]
    return JOINS["Concatenate"] if box.branches else ""


def _joint(name: str) -> str:
    return f"{name}/joint"


def _box(box: Box) -> str:
    colour = WEIGHTS if box.learns else FROZEN
    first = box.kind or tn("{n} layer", "{n} layers", box.layers)
    second = [" × ".join(map(str, box.shape))]
    if box.parameters:
        second.append(t("{n} weights", n=f"{box.parameters:,}"))
    label = f"{box.name} · {first}\n{' · '.join(second)}"
    return (
        f'{_quoted(box.name)} [label={_quoted(label)}, fillcolor="{colour}", color="{colour}", '
        f'fontcolor="{ON_COLOUR[colour]}"];'
    )


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
