"""The network drawn block by block: what is frozen, what learns, how large it is and what comes out of it."""

import math

import streamlit as st

from tl_core.backbones import BackboneSpec, get_backbone
from tl_core.training import TrainingConfig
from tl_core.ui.charts import ABOVE, Properties, show_chart
from tl_core.ui.run_titles import strategy
from tl_core.ui.text import t
from tl_core.ui.theme import FROZEN, WEIGHTS

HEIGHT = 380
NAMED = 18
"""Most blocks whose names are written below them; of more, every second or third is."""
ROOM = 2.3
"""Height of the axis in tallest bars: the shape is written upright above them."""


def learned_in_backbone(config: TrainingConfig) -> int:
    """Return how many weights of the backbone learn; those of BatchNormalization only by mistake."""
    spec = get_backbone(config.backbone)
    if "batch-norm" in config.mistakes:
        first = len(spec.blocks) - config.unfrozen
        return sum(facts.trainable for facts in spec.block_facts[first:])
    return spec.learned_weights(config.unfrozen)


def show_blocks(config: TrainingConfig, head_weights: int, *, expanded: bool) -> None:
    """Draw all blocks of the backbone of `config` and the head, with their weights and output shapes."""
    spec = get_backbone(config.backbone)
    box = st.expander(
        t("The network, block by block"),
        icon=":material/stacked_bar_chart:",
        expanded=expanded,
        key=f"network-{expanded}",  # a state of its own for either
        on_change="rerun",
    )
    if not box.open:
        return
    with box:
        _draw(spec, config, head_weights)


def _draw(spec: BackboneSpec, config: TrainingConfig, head_weights: int) -> None:
    learned = learned_in_backbone(config)
    kept = f"{spec.parameters - learned:,}"
    frozen_title = t("Frozen: {n} weights", n=kept)
    if config.unfrozen == len(spec.blocks):
        frozen_title = t("BatchNormalization stays as it is: {n} weights", n=kept)
    learns_title = t("Learns: {n} weights", n=f"{learned + head_weights:,}")
    show_chart(
        *_bars(spec, config, head_weights, (frozen_title, learns_title)),
        alt=t(
            "{title} as {n} blocks and a head. {frozen}; {learns}. What learns of it: {part}.",
            title=spec.title,
            n=len(spec.blocks),
            frozen=frozen_title,
            learns=learns_title,
            part=strategy(config.unfrozen, len(spec.blocks)),
        ),
        key="blocks",
    )
    st.caption(
        t(
            "From the photo on the left to the head on the right. Above: how many pixels wide each block's "
            "output is; on the whole it shrinks while the channels (last number) grow. Below: where the "
            "weights are. What is grey stays as it was."
        )
    )
    if st.toggle(t("As a table"), key="blocks_as_table"):
        _table(spec, config)


def _bars(
    spec: BackboneSpec, config: TrainingConfig, head_weights: int, titles: tuple[str, str]
) -> tuple[list[Properties], Properties]:
    """Return traces and layout of the network: above the outputs' sides, below the weights."""
    blocks = len(spec.blocks)
    shapes = [spec.block_shape(index, config.size) for index in range(blocks)]
    weights = [facts.weights for facts in spec.block_facts]
    names = [block.name for block in spec.blocks] + [t("Head")]
    cut = blocks - config.unfrozen
    traces = []
    for title, colour, rows in (
        (titles[0], FROZEN, range(cut)),
        (titles[1], WEIGHTS, range(cut, blocks + 1)),
    ):
        common = {"type": "bar", "marker": {"color": colour}, "name": title, "legendgroup": title}
        shown = [row for row in rows if row < blocks]
        traces.append(
            common
            | {
                "x": shown,
                "y": [shapes[row][0] for row in shown],
                "text": [_new_shape(shapes, row) for row in shown],
                "textangle": -90,
                "textfont": {"size": 12},
                "constraintext": "none",
                "textposition": "outside",
                "cliponaxis": False,
                "showlegend": False,
                "hovertext": [f"{names[row]}: {_text(shapes[row])}" for row in shown],
                "hoverinfo": "text",
                "yaxis": "y2",
            }
        )
        amounts = {row: weights[row] if row < blocks else head_weights for row in rows}
        traces.append(
            common
            | {
                "x": list(amounts),
                "y": list(amounts.values()),
                "hovertext": [
                    t("{name}: {n} weights", name=names[row], n=f"{amount:,}")
                    for row, amount in amounts.items()
                ],
                "hoverinfo": "text",
                "showlegend": bool(amounts),
            }
        )
    step = math.ceil(len(names) / NAMED)
    ticks = sorted({*range(0, blocks, step), *([cut] if cut < blocks else []), blocks})
    # A name beside the cut's would be written over it.
    ticks = [tick for tick in ticks if step == 1 or tick in (cut, blocks) or abs(tick - cut) > 1]
    layout = {
        "height": HEIGHT,
        "barmode": "overlay",
        "bargap": 0.12,
        "legend": ABOVE | {"itemclick": False, "font": {"size": 14}},
        "xaxis": {
            "tickvals": ticks,
            "ticktext": [names[tick] for tick in ticks],
            "tickangle": -90,
            "range": [-0.6, blocks + 0.6],
            "anchor": "y",
        },
        "yaxis": {"domain": [0, 0.36], "title": t("Weights"), "nticks": 3},
        "yaxis2": {
            "domain": [0.46, 1],
            "title": t("Side (px)"),
            # Room for the shape above the tallest bar.
            "range": [0, max(shape[0] for shape in shapes) * ROOM],
            "tickvals": [0, max(shape[0] for shape in shapes)],
        },
    }
    return traces, layout


def _new_shape(shapes: list[tuple[int, int, int]], row: int) -> str:
    """Return the shape of a block where it is another one than before; of many blocks, another side."""
    told = slice(0, 1 if len(shapes) > NAMED else 3)
    return "" if row and shapes[row][told] == shapes[row - 1][told] else _text(shapes[row])


def _text(shape: tuple[int, int, int]) -> str:
    return "×".join(map(str, shape))


def _table(spec: BackboneSpec, config: TrainingConfig) -> None:
    cut = len(spec.blocks) - config.unfrozen
    rows = list(zip(spec.blocks, spec.block_facts, strict=True))
    shapes = [_text(spec.block_shape(row, config.size)) for row in range(len(rows))]
    st.dataframe(
        {
            t("Block"): [block.name for block, _ in rows],
            t("Learns"): [row >= cut for row in range(len(rows))],
            t("Output"): shapes,
            t("Weights"): [facts.weights for _, facts in rows],
            t("Ends in layer"): [block.last_layer for block, _ in rows],
        },
        hide_index=True,
    )
