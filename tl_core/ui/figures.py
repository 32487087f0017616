"""A Plotly figure as it is written down, without Plotly building it first.

Streamlit has Plotly build every chart property by property, to find mistakes in it: several times the work of
sending it, at every run of a page. The lab's charts are the lab's own, and the tests have Plotly read them.
"""

from functools import cache
from typing import Any

import numpy as np
from plotly import graph_objs
from plotly.basedatatypes import BaseFigure


class Written(BaseFigure):  # type: ignore[misc]
    """A figure that is its own plain values; Streamlit takes a figure as it is.

    Args:
        values: ``data`` and ``layout`` with Plotly's own properties.
    """

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values

    def to_dict(self) -> dict[str, Any]:
        """Return the values, with Plotly's template among them, as in a figure that it has built."""
        return self._values | {"layout": {"template": _template()} | self._values["layout"]}


def is_plain(value: object) -> bool:
    """Tell whether Plotly would send `value` as it is: arrays it packs."""
    if isinstance(value, dict):
        return all(map(is_plain, value.values()))
    return not isinstance(value, np.ndarray)


@cache
def _template() -> dict[str, Any]:
    template: dict[str, Any] = graph_objs.Figure().to_dict()["layout"]["template"]
    return template
