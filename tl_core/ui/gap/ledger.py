"""Section "Cost ledger": what each head costs, held against memory that there is."""

from collections.abc import Sequence

import streamlit as st

from tl_core.head_math import OPTIMIZERS, HeadCosts, HeadSetup, head_costs
from tl_core.head_math.costs import FLOAT32, MAX_BATCH
from tl_core.head_math.memory import CLOUD_APP_BYTES, bytes_text, machine_bytes
from tl_core.ui.charts import bar_chart
from tl_core.ui.gap.columns import NO_BREAK, beside
from tl_core.ui.gap.setup import TITLES
from tl_core.ui.gap.times import show_times
from tl_core.ui.state import url_choice, url_number
from tl_core.ui.text import t, t_marked
from tl_core.ui.theme import WEIGHTS
from tl_core.wording import N_

OPTIMIZER_TITLES = {
    "sgd": "SGD",
    "sgd with momentum": N_("SGD with momentum"),
    "rmsprop": "RMSprop",
    "adam": "Adam",
}
MOST_PHOTOS = 10_000_000
ROWS = {
    "weights": N_("Weights (the file)"),
    "gradients": N_("Gradients"),
    "optimizer": N_("Optimizer's memory"),
    "activations": N_("Outputs of one batch"),
    "training": N_("**One training step**"),
    "features_float32": N_("Cached features, float32"),
    "features_float16": N_("Cached features, float16"),
}
"""Field of `HeadCosts` -> what it is called; all in bytes."""


def show(setup: HeadSetup, poolings: Sequence[str]) -> None:
    """Draw the controls, one table a head, the training step as bars, and the time of an answer."""
    left, middle, right = st.columns(3)
    optimizer = left.selectbox(
        t("Optimizer"),
        **url_choice("optimizer", list(OPTIMIZERS), default="adam"),
        format_func=lambda name: t_marked(OPTIMIZER_TITLES[name]),
        help=t("Adam remembers two numbers for each weight, RMSprop one, plain SGD none."),
    )
    batch = middle.number_input(t("Batch size"), **url_number("batch", 1, MAX_BATCH, default=32))
    photos = right.number_input(
        t("Training photos"), **url_number("photos", 1, MOST_PHOTOS, default=1000, step=100)
    )
    costs = {
        pooling: head_costs(
            setup.feature_map,
            setup.with_pooling(pooling),
            optimizer=optimizer,
            batch=batch,
            photos=photos,
        )
        for pooling in poolings
    }
    beside(poolings, lambda pooling: _table(pooling, costs[pooling]))
    _bars(costs)
    st.caption(
        t(
            "Bytes of the head alone; the frozen backbone adds {backbone} of weights, the same for every "
            "head. Look for the optimizer: it can need twice as much as the weights themselves.",
            backbone=bytes_text(setup.frozen * FLOAT32),
        )
    )
    show_times(setup, poolings)


def _table(pooling: str, costs: HeadCosts) -> None:
    header = [t_marked(TITLES[pooling]), t("Size"), t("This machine"), bytes_text(CLOUD_APP_BYTES)]
    lines = [f"| {' | '.join(header)} |", "|:--|--:|--:|--:|"]
    for name, title in ROWS.items():
        count = getattr(costs, name)
        against = (_share(count / machine_bytes()), _share(count / CLOUD_APP_BYTES))
        lines.append(_line([t_marked(title), bytes_text(count), *against]))
    lines.append(_line([t("Multiply-adds a photo"), f"{costs.multiply_adds:,}", "", ""]))
    lines.append(_line([t("Weights per training photo"), _number(costs.weights_per_photo), "", ""]))
    st.markdown("\n".join(lines))


def _bars(costs: dict[str, HeadCosts]) -> None:
    titles = [t_marked(TITLES[pooling]) for pooling in costs]
    sizes = [found.training for found in costs.values()]
    texts = [bytes_text(size) for size in sizes]
    st.markdown(t("Memory of one training step"))
    bar_chart(
        titles,
        sizes,
        texts=texts,
        colours=[WEIGHTS] * len(sizes),
        alt=t(
            "Memory of one training step: {sizes}.",
            sizes=", ".join(f"{title} {text}" for title, text in zip(titles, texts, strict=True)),
        ),
        key="training-memory",
    )


def _line(cells: Sequence[str]) -> str:
    """Return a line of a table; numbers stay with their units."""
    name, *values = cells
    return "| " + " | ".join([name, *(value.replace(" ", NO_BREAK) for value in values)]) + " |"


def _share(share: float) -> str:
    """Return a share in percent with two digits that matter; very small ones as below 0.01 %."""
    if share < 0.0001:
        return "< 0.01 %" if share else "0 %"
    return f"{share * 100:,.2g} %" if share < 1 else f"{share * 100:,.0f} %"


def _number(number: float) -> str:
    return f"{number:,.1f}" if number < 1000 else f"{number:,.0f}"
