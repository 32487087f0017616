"""What the lesson says of wrong preprocessing, measured: it costs accuracy, and nothing collapses."""

import argparse
import re
from pathlib import Path

import pytest

from benchmarks import preprocessing
from tl_core.backbones import weights_source
from tl_core.settings import PROJECT
from tl_core.training.mistakes import get_mistake

PHOTOS = PROJECT.parent / "shared" / "data" / "cats_and_dogs"
TABLE = (PROJECT / "docs" / "preprocessing.md").read_text("utf-8")
ROW = re.compile(r"\| ([\w-]+), \d+ px \| ([\d,]+) \| (0\.\d+) \(.*?\) \| (0\.\d+) \(.*?\) \|")


def documented() -> dict[tuple[str, str], tuple[float, float]]:
    """Return (backbone, training photos) -> accuracy as it wants them, and divided by 255."""
    return {(row[1], row[2]): (float(row[3]), float(row[4])) for row in ROW.finditer(TABLE)}


def test_the_lesson_has_the_figures_of_the_table():
    figures = documented()
    told = get_mistake("preprocessing").explanation
    for row in (("EfficientNet-Lite0", "2,000"), ("VGG16", "2,000"), ("VGG16", "200")):
        for accuracy in figures[row]:
            assert f"{accuracy:.1%}".replace("%", " %") in told
    assert all(right > divided > 0.7 for right, divided in figures.values())


@pytest.mark.slow
@pytest.mark.skipif(not PHOTOS.exists(), reason="the photos are not part of the project")
@pytest.mark.parametrize(
    ("backbone", "least", "most"),  # points that it costs, with 600 photos or fewer
    [("efficientnet-lite0", -1.5, 4.0), ("vgg16", 3.0, 20.0)],
)
def test_dividing_by_255_costs_what_the_lesson_says(tmp_path, monkeypatch, backbone, least, most):
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("TL_NETWORK_DIR", str(tmp_path / "networks"))
    if weights_source(backbone) == "missing":
        pytest.skip(f"the weights of {backbone} are not on this machine")
    arguments = argparse.Namespace(folder=Path(PHOTOS), few=100, seeds=2)
    for found in preprocessing.measure(backbone, arguments):
        accuracy = found["accuracy"]
        assert least < -found["difference_points"] < most, found
        assert accuracy["right"] > 0.85 and accuracy["divided"] > 0.7, found
