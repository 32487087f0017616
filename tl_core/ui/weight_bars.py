"""Weights of several parts of a network as bars, drawn to scale: the articles compare with them."""

from collections.abc import Callable, Mapping

from tl_core.ui.charts import bar_chart
from tl_core.ui.theme import WEIGHTS


def show_weights(counts: Mapping[str, int], *, alt: Callable[[str], str], key: str) -> None:
    """Draw a bar for each part.

    Args:
        counts: how many weights each has, by its translated name.
        alt: returns what a screen reader says, from the names with their numbers.
        key: of the chart.
    """
    bar_chart(
        list(counts),
        list(counts.values()),
        texts=[f"{count:,}" for count in counts.values()],
        colours=[WEIGHTS] * len(counts),
        alt=alt(", ".join(f"{name} {count:,}" for name, count in counts.items())),
        key=key,
    )
