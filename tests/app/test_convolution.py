"""The convolution page: every control changes what it says it changes, and nothing breaks it."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from tests.app.conftest import address, faults, sound, words
from tl_core.convolution.kernels import list_kernels
from tl_core.errors import SettingInvalid

Open = Callable[..., AppTest]
PAGE = "pages/1_convolution.py"


def weights(app: AppTest) -> list[float]:
    return [field.value for field in app.number_input if field.key.startswith("weight-")]


def captions(app: AppTest) -> list[str]:
    """Return the captions of the pictures."""
    return [image.caption for group in app.get("image") for image in group.proto.imgs]


def result_files(app: AppTest) -> list[str]:
    return [image.url for group in app.get("image") for image in group.proto.imgs]


def test_an_example_is_on_screen_at_once(open_page: Open) -> None:
    app = open_page(PAGE)
    assert app.title[0].value == "Convolution"
    assert weights(app) == [-1, 0, 1, -2, 0, 2, -1, 0, 1]
    assert captions(app)[1:] == ["Input: 170 × 256 pixels", "Result: 168 × 254, values −382 to 312"]
    assert "⌊(170 + 0 + 0 − 3) / 1⌋ + 1 = 168" in words(app)
    assert address(app) == {}


@pytest.mark.parametrize("preset", list_kernels(), ids=lambda preset: preset.name)
def test_every_kernel_is_shown_with_its_meaning(open_page: Open, preset: Any) -> None:
    app = open_page(PAGE, kernel=preset.name)
    assert preset.description in words(app)
    assert not app.error and not app.warning
    for parameter in preset.parameters:
        assert app.slider(key=f"{preset.name}-{parameter.name}").value == parameter.default


@pytest.mark.parametrize(
    ("key", "kind", "value", "size", "expected"),
    [
        ("stride", "slider", 2, "84 × 127", "⌊(170 + 0 + 0 − 3) / 2⌋ + 1 = 84"),
        ("padding", "segmented_control", "same", "170 × 256", "⌈170 / 1⌉ = 170"),
        ("padding", "segmented_control", "full", "172 × 258", "⌊(170 + 2 + 2 − 3) / 1⌋ + 1 = 172"),
        ("size", "slider", 32, "19 × 30", "⌊(21 + 0 + 0 − 3) / 1⌋ + 1 = 19"),
        ("kernel", "selectbox", "outline", "166 × 252", "⌊(170 + 0 + 0 − 5) / 1⌋ + 1 = 166"),
    ],
)
def test_a_control_changes_the_size_and_the_formula(
    open_page: Open, key: str, kind: str, value: Any, size: str, expected: str
) -> None:
    app = open_page(PAGE)
    getattr(app, kind)(key=key).set_value(value)
    sound(app.run())
    assert captions(app)[-1].startswith(f"Result: {size}, ")
    assert expected in words(app)
    assert address(app) == {key: str(value)}


@pytest.mark.parametrize(
    ("key", "value"), [("colour", "rgb"), ("view", "signed"), ("view", "relu"), ("view", "clipped")]
)
def test_a_control_changes_the_picture(open_page: Open, key: str, value: str) -> None:
    app = open_page(PAGE)
    before = result_files(app)
    app.segmented_control(key=key).set_value(value)
    sound(app.run())
    assert result_files(app)[-1] != before[-1]
    assert result_files(app)[0] == before[0]  # the photo itself is the same
    assert address(app) == {key: value}


def test_an_edited_weight_makes_the_kernel_ones_own_and_is_in_the_url(open_page: Open) -> None:
    app = open_page(PAGE)
    app.number_input(key="weight-1-1").set_value(5.0)
    sound(app.run())
    assert app.selectbox(key="kernel").value == "custom"
    assert weights(app) == [-1, 0, 1, -2, 5, 2, -1, 0, 1]
    assert address(app) == {"kernel": "custom", "weights": "-1_0_1~-2_5_2~-1_0_1"}
    again = open_page(PAGE, **address(app))
    assert weights(again) == weights(app)
    assert captions(again) == captions(app)
    app.selectbox(key="kernel").set_value("sharpen")
    sound(app.run())
    assert weights(app) == [0, -1, 0, -1, 5, -1, 0, -1, 0]


def test_a_kernel_that_is_not_square_keeps_its_form(open_page: Open) -> None:
    app = open_page(PAGE, kernel="custom", weights="1_2_3")
    assert weights(app) == [1, 2, 3]
    assert captions(app)[-1].startswith("Result: 170 × 254, ")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ({"kernel": "nobody"}, "kernel"),
        ({"kernel": "custom", "weights": "1_2~3"}, "Every weight"),  # ragged
        ({"kernel": "custom", "weights": "nan"}, "weights as"),
        ({"kernel": "custom", "weights": "1e300"}, "weight"),
        ({"weights": "_" * 20_000}, "address"),
        ({"stride": "0"}, "stride"),
        ({"size": "100000"}, "size"),
        ({"padding": "<b>"}, "padding"),
        ({"colour": "cmyk"}, "colour"),
        ({"view": "none"}, "view"),
        ({"kernel": "gaussian", "gaussian-sigma": "-1"}, "sigma"),
    ],
)
def test_a_bad_url_is_the_usual_value_with_one_sentence(
    open_page: Open, url: dict[str, str], said: str
) -> None:
    app = open_page(PAGE, **url)
    assert len(app.warning) == 1
    assert said in app.warning[0].value
    assert captions(app)[-1].startswith("Result: ")


def png(image: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return file.getvalue()


def upload(app: AppTest, name: str, data: bytes) -> AppTest:
    app.session_state["photo_popover"] = True
    app.session_state["photo_source"] = "upload"
    sound(app.run())
    app.file_uploader[0].upload(name, data)
    return sound(app.run())


def test_a_photo_of_ones_own_is_used_and_goes_to_the_next_page(open_page: Open) -> None:
    stripes = np.zeros((40, 60, 3), np.uint8)
    stripes[:, ::2] = 255
    app = upload(open_page(PAGE), "my_stripes.png", png(stripes))
    assert "my\\_stripes.png" in words(app)
    assert captions(app)[1] == "Input: 40 × 60 pixels"
    assert address(app) == {}
    sound(app.switch_page("streamlit_app.py").run())
    assert "my\\_stripes.png" in words(app)


def test_a_refused_photo_is_one_sentence_and_the_photo_before_stays(open_page: Open) -> None:
    app = upload(open_page(PAGE), "notes.png", b"these are not pixels")
    assert len(app.error) == 1
    assert "notes.png" in app.error[0].value
    assert "Chelsea the cat" in words(app)
    app.segmented_control(key="photo_source").set_value("sample")
    sound(app.run())
    app.button(key="photo-coffee").click()
    sound(app.run())
    assert not app.error


def test_a_kernel_too_large_for_a_thin_photo_is_one_sentence(open_page: Open) -> None:
    app = upload(open_page(PAGE), "line.png", png(np.zeros((2, 400, 3), np.uint8)))
    assert "does not fit" in app.error[0].value
    app.segmented_control(key="padding").set_value("same")
    sound(app.run())
    assert not app.error


def test_korean_changes_the_words_and_keeps_the_settings(open_page: Open) -> None:
    app = open_page(PAGE, kernel="outline", stride="2", view="signed")
    app.segmented_control(key="language").set_value("ko")
    sound(app.run())
    assert app.title[0].value == "합성곱"
    assert app.selectbox(key="kernel").value == "outline"
    assert app.segmented_control(key="view").value == "signed"
    assert address(app) == {"lang": "ko", "kernel": "outline", "view": "signed", "stride": "2"}


def test_a_refusal_before_the_controls_keeps_the_url(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page(PAGE, stride="3", view="signed")

    def refuse(*_: Any) -> None:
        raise SettingInvalid("There is no kernel {name}.", name="x")

    monkeypatch.setattr("tl_core.ui.kernel_controls.get_kernel", refuse)
    sound(app.run())
    assert [error.value for error in app.error] == ["There is no kernel x."]
    assert address(app) == {"stride": "3", "view": "signed"}


def test_a_bug_is_reported_in_its_place_and_the_rest_of_the_page_stays(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page(PAGE)

    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("tl_core.ui.convolution_stage.show_input", broken)
    app.run()
    assert not app.exception
    assert len(faults(app)) == 1
    assert "⌊(170 + 0 + 0 − 3) / 1⌋ + 1 = 168" in words(app)
    monkeypatch.undo()
