"""Charts hold exactly the numbers they were given, and everything that a screen reader needs."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tl_core.ui import charts
from tl_core.ui.charts import share_axis, told

ROOT = Path(__file__).resolve().parents[2]


def drawn(script: Any) -> tuple[dict[str, Any], Any]:
    """Return the Plotly figure that `script` draws, and the message that carries it."""
    app = AppTest.from_function(script, default_timeout=60).run()
    assert not app.exception
    (chart,) = app.get("plotly_chart")
    return json.loads(chart.proto.spec), chart.proto


def bars() -> None:
    from tl_core.ui.charts import bar_chart

    bar_chart(["cat", "dog", "cat"], [0.5, 0.25, 0.25], alt="Half a cat", largest=1.0)


def curves() -> None:
    from tl_core.ui.curve_chart import curve_chart

    curve_chart(
        {"Training": [0.5, 0.75], "Validation": [0.5]},
        alt="Two curves",
        x_title="Epoch",
        y_title="Accuracy",
    )


def named() -> None:
    from tl_core.ui.charts import show_chart

    show_chart([{"x": [0], "y": [1], "name": "<a href='x'>cat</a> & dog"}, {"x": [0]}], {}, alt="x")


def kernel() -> None:
    import numpy as np

    from tl_core.ui.charts import number_grid

    number_grid(np.array([[-1.0, 0.0], [0.5, 4.0]]), alt="A kernel")


def large_kernel() -> None:
    import numpy as np

    from tl_core.ui.charts import number_grid

    number_grid(np.zeros((11, 11)), alt="Zeros")


def test_bars_show_every_value_even_of_two_classes_with_one_name() -> None:
    figure, _ = drawn(bars)
    (trace,) = figure["data"]
    assert trace["x"] == [0.5, 0.25, 0.25]
    assert trace["text"] == [
        "50.0\N{NO-BREAK SPACE}%",
        "25.0\N{NO-BREAK SPACE}%",
        "25.0\N{NO-BREAK SPACE}%",
    ]
    assert len(set(trace["y"])) == 3
    assert figure["layout"]["yaxis"]["ticktext"] == ["cat", "dog", "cat"]
    assert figure["layout"]["xaxis"]["range"] == [0, 1.0]
    assert len(set(trace["marker"]["color"])) == 3


def hostile_bars() -> None:
    from tl_core.ui.charts import bar_chart

    bar_chart(['<a href="http://x.example">A & b</a>'], [1.0], alt="One bar")


def test_a_name_cannot_bring_html_into_a_chart() -> None:
    (name,) = drawn(hostile_bars)[0]["layout"]["yaxis"]["ticktext"]
    assert name == '&lt;a href="http://x.example"&gt;A &amp; b&lt;/a&gt;'


def test_curves_start_at_one_and_keep_their_lengths() -> None:
    figure, _ = drawn(curves)
    assert [trace["x"] for trace in figure["data"]] == [[1, 2], [1]]
    assert [trace["y"] for trace in figure["data"]] == [[0.5, 0.75], [0.5]]
    assert figure["layout"]["xaxis"]["dtick"] == 1  # there is no epoch 1.5


def test_a_signed_grid_is_white_at_zero() -> None:
    figure, _ = drawn(kernel)
    (trace,) = figure["data"]
    assert trace["zmin"] == -4.0 and trace["zmax"] == 4.0
    assert trace["colorscale"][1] == [0.5, "rgb(255, 255, 255)"]
    assert trace["text"] == [["-1", "0"], ["0.5", "4"]]


def test_numbers_that_would_be_too_small_to_read_are_left_out() -> None:
    figure, _ = drawn(large_kernel)
    assert "texttemplate" not in figure["data"][0]
    assert "texttemplate" in drawn(kernel)[0]["data"][0]


@pytest.mark.parametrize(
    ("script", "words"), [(bars, "Half a cat"), (curves, "Two curves"), (kernel, "A kernel")]
)
def test_every_chart_has_a_description_and_no_toolbar(script: Any, words: str) -> None:
    _, message = drawn(script)
    assert words in str(message)
    assert json.loads(message.config)["displayModeBar"] is False


def test_pandas_is_there_whole_before_the_first_chart() -> None:
    """Half of it, while another session imports it for a table, would break a chart."""
    program = (
        "import sys; import tl_core.ui.charts; assert hasattr(sys.modules['pandas'], 'Series')"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_the_name_of_a_curve_is_no_html_to_plotly() -> None:
    figure, _ = drawn(named)
    assert figure["data"][0]["name"] == "&lt;a href='x'&gt;cat&lt;/a&gt; &amp; dog"
    assert "name" not in figure["data"][1]


def test_a_share_is_written_in_one_way_wherever_it_stands() -> None:
    """70.4 % beside 70.4% looks like two numbers: no page formats a share by itself."""
    written_by_hand = re.compile(r"""[:,."'](\.?\d|\{\w+\})?%[}"']|%\{[xy]:[^}]*%\}""")
    found = [
        f"{path.name}: {line.strip()}"
        for path in sorted((ROOT / "tl_core").rglob("*.py"))
        for line in path.read_text("utf-8").splitlines()
        if written_by_hand.search(line) and "def " not in line
    ]
    assert found == ['wording.py: return f"{share:.{digits}%}".replace("%", f"{NO_BREAK}%")']
    axis = share_axis(title="Score")
    assert axis["ticktext"][1] == "20\N{NO-BREAK SPACE}%" and axis["tickvals"][1] == 0.2
    assert told([0.7041, None])["customdata"] == ["70.4\N{NO-BREAK SPACE}%", ""]


def twice() -> None:
    from tl_core.ui.curve_chart import curve_chart

    for key, last in (("a", 0.75), ("b", 0.75), ("c", 0.5)):
        curve_chart({"Training": [0.25, last]}, alt="One", x_title="Epoch", y_title="", key=key)


def test_a_figure_that_is_kept_is_what_plotly_makes_of_it_and_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def specs() -> list[str]:
        app = AppTest.from_function(twice, default_timeout=60).run()
        return [chart.proto.spec for chart in app.get("plotly_chart")]

    kept = specs()
    assert kept[0] == kept[1] != kept[2]
    assert json.loads(kept[2])["data"][0]["y"] == [0.25, 0.5]
    monkeypatch.setattr(charts, "LARGEST_KEPT", 0)
    assert [json.loads(spec) for spec in specs()] == [json.loads(spec) for spec in kept]


def test_a_figure_is_looked_through_once_unless_it_is_large() -> None:
    def figure(count: int) -> dict[str, Any]:
        return {"data": [{"type": "scatter", "x": list(range(count))}], "layout": {}}

    first = charts._looked_through(figure(3))
    assert charts._looked_through(figure(3)) is first
    assert charts._looked_through(figure(4)) is not first
    large = figure(50_000)
    assert charts._looked_through(large) is large
