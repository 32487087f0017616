"""A chart that is sent as it is written is the one that Plotly would have built."""

from typing import Any

import numpy as np
import plotly.io
import pytest
from plotly import graph_objs

from tl_core.ui.figures import Written, is_plain

BARS: dict[str, Any] = {
    "data": [
        {"type": "bar", "x": [0.5, 0.25], "y": ["0", "1"], "marker": {"color": ["#fff", "#000"]}}
    ],
    "layout": {"height": 100, "xaxis": {"range": [0, 1], "title": {"text": "Weights"}}},
}


def sent(figure: dict[str, Any]) -> Any:
    return plotly.io.from_json(plotly.io.to_json(figure, validate=False), skip_invalid=False)


def test_what_is_written_is_what_plotly_would_build() -> None:
    built = graph_objs.Figure(**BARS).to_dict()
    assert Written(BARS).to_dict() == built
    assert built["layout"]["template"], "it has the colours that Streamlit's theme replaces"
    assert sent(Written(BARS).to_dict()) == sent(built)


def test_writing_leaves_what_it_was_given_alone() -> None:
    before: dict[str, Any] = {"data": [], "layout": {}}
    Written(before).to_dict()
    assert before == {"data": [], "layout": {}}


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ({"x": [1, 2], "marker": {"color": ["#fff"]}}, True),
        ({"z": np.zeros((2, 2))}, False),
        ({"marker": {"size": np.ones(3)}}, False),
    ],
)
def test_arrays_are_left_to_plotly_which_packs_them(value: dict[str, Any], plain: bool) -> None:
    assert is_plain(value) == plain
