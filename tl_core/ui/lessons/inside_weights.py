"""Section "Look inside", second half: what a layer's weights look like, and how far training moved them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from tl_core.backbones import get_backbone, weights_source
from tl_core.engine.questions import BACKBONE_WEIGHTS, TRAINED_WEIGHTS
from tl_core.runs import Run
from tl_core.training import TrainingConfig
from tl_core.training.layer_tables import HEAD, TableLine
from tl_core.training.weight_tables import LayerArrays, NetworkWeights, WeightArray
from tl_core.ui.asking import ask, ask_of_run
from tl_core.ui.charts import ABOVE, bar_chart, show_chart
from tl_core.ui.state import url_choice
from tl_core.ui.text import escaped, t
from tl_core.ui.theme import WEIGHTS

BEFORE_COLOUR = "#7a6b5d"


@dataclass(frozen=True, kw_only=True)
class Network:
    """What is looked into: a configuration, or what a run has made of one."""

    config: TrainingConfig
    classes: int
    run: Run | None = None

    @property
    def trained(self) -> NetworkWeights:
        """What the training made of its weights; nothing before."""
        return ask_of_run(TRAINED_WEIGHTS, self.run) if self.run else NetworkWeights()


def show_weights(network: Network, shown: Sequence[TableLine]) -> None:
    """Draw the choice of a layer, its statistics, and the histogram of one of its arrays."""
    st.subheader(t("The weights of a layer"), anchor=False)
    known = _known_weights(network, shown)
    names = [line.name for line in shown if line.name in known]
    if not names:
        st.caption(
            t(
                "Nothing to see here yet: these layers have no weights, or a head that is not trained. "
                "Choose the backbone, or press Train and come back."
            )
        )
        return
    layer = st.selectbox(
        t("Layer"),
        **url_choice("in_layer", names, default=names[0]),
        help=t("Layers of the part and block chosen above; type to search."),
    )
    variables = known[layer]
    _statistics(variables)
    array = next(iter(variables))
    if len(variables) > 1:
        array = st.segmented_control(
            t("Array"), **url_choice("in_array", list(variables), default=array), required=True
        )
    _histogram(f"{layer} / {array}", variables[array])


def _known_weights(network: Network, shown: Sequence[TableLine]) -> LayerArrays:
    """Return layer -> array -> statistics, of all layers whose weights are here."""
    trained = network.trained.layers
    if all(line.part == HEAD for line in shown):
        return trained
    config = network.config
    if config.weights == "imagenet" and weights_source(config.backbone) == "missing":
        st.info(
            t(
                "The weights of {title} are not on this machine; training downloads them first.",
                title=get_backbone(config.backbone).title,
            ),
            icon=":material/cloud_download:",
        )
        return trained
    with st.spinner(t("Reading the weights …")):
        whole = ask(BACKBONE_WEIGHTS, backbone=config.backbone, weights=config.weights)
        return {**whole.layers, **trained}


def _statistics(variables: Mapping[str, WeightArray]) -> None:
    def row(title: str, texts: Iterable[str]) -> str:
        return f"| {title} | {' | '.join(texts)} |"

    found = variables.values()
    lines = [row(t("Array"), map(escaped, variables)), row(":--", ["--:"] * len(variables))]
    shapes = (" × ".join(f"{side:,}" for side in array.shape) for array in found)
    lines.append(row(t("Shape"), shapes))
    titles = {
        "mean": t("Mean"),
        "std": t("Standard deviation"),
        "min": t("Smallest"),
        "max": t("Largest"),
    }
    for key, title in titles.items():
        lines.append(row(title, (f"{getattr(array, key):.4g}" for array in found)))
    st.markdown("\n".join(lines))


def _histogram(title: str, found: WeightArray) -> None:
    edges = found.edges
    centres = (edges[:-1] + edges[1:]) / 2
    changed = found.before is not None
    bars = {
        "type": "bar",
        "x": centres,
        "y": found.counts,
        "name": t("After training") if changed else t("Weights"),
        "marker": {"color": WEIGHTS},
    }
    traces = [bars]
    if found.before is not None:
        line = {"color": BEFORE_COLOUR, "shape": "hvh", "width": 2}
        traces.append({"x": centres, "y": found.before, "name": t("Before"), "line": line})
    layout = {
        "height": 240,
        "hovermode": "x",
        "bargap": 0,
        "showlegend": changed,
        "legend": ABOVE,
        "xaxis": {"title": t("Value")},
        "yaxis": {"title": t("How many")},
    }
    show_chart(
        traces,
        layout,
        alt=t(
            "Histogram of {title}: {n} numbers from {low} to {high}, mean {mean}.",
            title=title,
            n=f"{int(found.counts.sum()):,}",
            low=f"{found.min:.3g}",
            high=f"{found.max:.3g}",
            mean=f"{found.mean:.3g}",
        ),
        key="in_histogram",
    )
    st.caption(
        t(
            "How often each value occurs. Look for the peak at zero: most weights of a trained kernel are "
            "small, and the few large ones do the work."
        )
    )


def show_moved(network: Network) -> None:
    """Draw how far each unfrozen block is from where it began."""
    st.subheader(t("How far the backbone moved"), anchor=False)
    moved = network.trained.moved
    if not moved:
        st.caption(
            t(
                "This run left the backbone frozen: it has its weights to the last digit. Unfreeze blocks "
                "and train: then this shows how far each of them has moved."
            )
            if network.run
            else t(
                "Nothing has moved before a training. Unfreeze blocks and train: then this shows how far "
                "each of them has moved."
            )
        )
        return
    texts = [f"{distance * 100:.2g} %" for distance in moved.values()]
    pairs = ", ".join(f"{block} {text}" for block, text in zip(moved, texts, strict=True))
    bar_chart(
        list(moved),
        list(moved.values()),
        texts=texts,
        colours=[WEIGHTS] * len(moved),
        alt=t("Relative distance of each unfrozen block: {pairs}.", pairs=pairs),
        key="in_moved",
    )
    from_imagenet = network.config.weights == "imagenet"
    st.caption(
        t(
            "Length of the change divided by the length of the weights before, ‖w − w₀‖ / ‖w₀‖; every block "
            "that is not named stayed where it was. Fine-tuning should move little, often less than a few "
            "percent: it keeps what was learned. Near 100 % the change is as large as the weights were: much "
            "of what was learned may be gone, and the rate was probably too high."
        )
        if from_imagenet
        else t(
            "Length of the change divided by the length of the random weights before, ‖w − w₀‖ / ‖w₀‖; every "
            "block that is not named stayed where it was."
        )
    )
