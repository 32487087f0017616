"""The GAP page: the numbers of the textbooks, for every backbone and every free feature map."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import address, sound, words
from tl_core.backbones import get_backbone, list_backbones

Open = Callable[..., AppTest]
PAGE = "pages/2_gap_vs_flatten.py"


def text(app: AppTest) -> str:
    return words(app).replace("\N{NO-BREAK SPACE}", " ")


def ratio(app: AppTest) -> str:
    return app.metric[0].value


def test_the_textbook_example_is_on_screen_at_once(open_page: Open) -> None:
    app = open_page(PAGE)
    assert "25,088 × 256 + 256 = 6,422,784" in text(app)
    assert "512 × 256 + 256 = 131,328" in text(app)
    assert "**6,423,298**" in text(app) and "**131,842**" in text(app)
    assert ratio(app) == "48.7 ×"
    assert address(app) == {}


@pytest.mark.parametrize("spec", list_backbones(), ids=lambda spec: spec.name)
def test_every_backbone_shows_its_feature_map(open_page: Open, spec) -> None:
    app = open_page(PAGE, backbone=spec.name)
    assert not app.error and not app.warning
    size = app.slider(key="size").value
    height, width, channels = get_backbone(spec.name).feature_shape(size)
    assert f"{height} × {width} × {channels:,}" in text(app)


def test_the_input_size_moves_flatten_and_not_gap(open_page: Open) -> None:
    app = open_page(PAGE)
    app.slider(key="size").set_value(448)
    sound(app.run())
    assert "100,352 × 256 + 256 = 25,690,368" in text(app)
    assert "512 × 256 + 256 = 131,328" in text(app)
    assert address(app) == {"size": "448"}


def test_a_free_feature_map_and_a_single_layer(open_page: Open) -> None:
    app = open_page(PAGE)
    app.segmented_control(key="from").set_value("free")
    sound(app.run())
    for key, value in {"h": 4, "w": 3, "c": 10, "units": 0, "classes": 5}.items():
        app.number_input(key=key).set_value(value)
    sound(app.run())
    assert "4 × 3 × 10" in text(app)
    assert "120 × 5 + 5 = 605" in text(app) and "10 × 5 + 5 = 55" in text(app)
    assert ratio(app) == "11.0 ×"
    assert open_page(PAGE, **address(app)).metric[0].value == "11.0 ×"


def test_sigmoid_is_for_two_classes(open_page: Open) -> None:
    app = open_page(PAGE)
    app.segmented_control(key="activation").set_value("sigmoid")
    sound(app.run())
    assert "256 × 1 + 1 = 257" in text(app)
    app.number_input(key="classes").set_value(3)
    sound(app.run())
    assert app.segmented_control(key="activation").disabled
    assert "256 × 3 + 3 = 771" in text(app)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("backbone", "resnet999"),
        ("size", "31"),  # below VGG16's minimum
        ("size", "99999"),
        ("units", "-1"),
        ("units", "1.5"),
        ("classes", "1"),
        ("from", "<script>"),
        ("activation", "relu"),
    ],
)
def test_a_bad_url_is_the_usual_value_with_one_sentence(
    open_page: Open, name: str, value: str
) -> None:
    app = open_page(PAGE, **{name: value})
    assert len(app.warning) == 1
    assert name in app.warning[0].value
    assert ratio(app) == "48.7 ×"


def test_a_size_below_the_next_backbones_minimum_moves_to_it(open_page: Open) -> None:
    app = open_page(PAGE, size="32")
    app.selectbox(key="backbone").set_value("inceptionv3")
    sound(app.run())
    assert app.slider(key="size").value == get_backbone("inceptionv3").min_size
    assert not app.error


def test_the_page_speaks_korean(open_page: Open) -> None:
    app = open_page(PAGE, locale="ko-KR")
    assert app.title[0].value == "GAP과 Flatten 비교"
    assert "25,088 × 256 + 256 = 6,422,784" in text(app)
    assert ratio(app) == "48.7 ×"
