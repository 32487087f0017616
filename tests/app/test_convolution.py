"""The convolution page: every control changes what it says it changes, and nothing breaks it."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from tests.app.conftest import STARTING, address, components, faults, sound, words
from tests.redrawing import redraw
from tl_core.convolution.challenges import guesses, mystery_kernel, size_question
from tl_core.convolution.display import list_views, signed
from tl_core.convolution.kernels import list_kernels
from tl_core.convolution.painting import painting_to_text
from tl_core.convolution.weights import list_operations, weights_to_text
from tl_core.errors import SettingInvalid
from tl_core.ui.convolution.scene import Latest
from tl_core.ui.convolution.sections import SECTIONS

Open = Callable[..., AppTest]
PAGE = "pages/1_convolution.py"
LAYER = {"layer": "convolution", "kernel": "gabor", "step": "4"}
SOBEL = [-1, 0, 1, -2, 0, 2, -1, 0, 1]


def weights(app: AppTest) -> list[float | None]:
    return [field.value for field in app.number_input if (field.key or "").startswith("weight-")]


def captions(app: AppTest) -> list[str]:
    """Return the captions of the pictures."""
    return [image.caption for group in app.get("image") for image in group.proto.imgs]


def pictures(app: AppTest) -> list[str]:
    return [image.url for group in app.get("image") for image in group.proto.imgs]


def result_line(app: AppTest) -> str:
    """Return the sentence with the sizes below the stage."""
    return next(each.value for each in app.caption if ", result " in each.value)


def whole(app: AppTest) -> AppTest:
    """Run all of the page: after a change that redraws a part only, AppTest holds nothing but that."""
    return sound(app.run())


def control(app: AppTest, key: str) -> Any:
    """Return the widget `key`, of whatever kind."""
    kinds = (
        *(app.selectbox, app.slider, app.number_input, app.segmented_control),
        *(app.toggle, app.text_input),
    )
    return next(widget for kind in kinds for widget in kind if widget.key == key)


def set_to(app: AppTest, **values: Any) -> AppTest:
    for key, value in values.items():
        control(app, key).set_value(value)
    return sound(app.run())


def click(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click()
    return sound(app.run())


def test_an_example_is_on_screen_at_once(open_page: Open) -> None:
    app = open_page(PAGE)
    assert app.title[0].value == "Convolution"
    assert weights(app) == SOBEL
    assert result_line(app) == "Input 170 × 256 pixels, result 168 × 254, values −382 to 312."
    assert "⌊(170 + 0 + 0 − 3) / 1⌋ + 1 = 168" in words(app)
    assert len(components(app)) == 1
    assert address(app) == {}


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
@pytest.mark.parametrize("locale", ["en-US", "ko-KR"])
def test_every_section_opens_by_its_address(open_page: Open, section: Any, locale: str) -> None:
    app = open_page(PAGE, locale, section=section.name)
    assert not app.error and not app.warning
    assert control(app, "section").value == section.name
    assert address(app) == {"section": section.name}  # the usual one too, as long as it is named


def test_a_section_keeps_its_settings_while_another_is_open(open_page: Open) -> None:
    app = open_page(PAGE, section="pooling")
    set_to(app, window=4)
    assert address(app) == {"section": "pooling", "window": "4"}
    set_to(app, section="views")
    assert address(app) == {"section": "views"}
    set_to(app, section="pooling")
    assert control(app, "window").value == 4


# Kernel


@pytest.mark.parametrize("preset", list_kernels(), ids=lambda preset: preset.name)
def test_every_kernel_is_shown_with_its_meaning(open_page: Open, preset: Any) -> None:
    app = open_page(PAGE, kernel=preset.name)
    assert preset.description in words(app)
    assert not app.error and not app.warning
    for parameter in preset.parameters:
        assert app.slider(key=f"{preset.name}-{parameter.name}").value == parameter.default


def test_an_edited_weight_makes_the_kernel_ones_own_and_is_in_the_url(open_page: Open) -> None:
    app = set_to(open_page(PAGE), **{"weight-0-1-1": 5.0})
    assert app.selectbox(key="kernel").value == "custom"
    assert weights(app) == [-1, 0, 1, -2, 5, 2, -1, 0, 1]
    assert address(app) == {"kernel": "custom", "weights": "-1_0_1~-2_5_2~-1_0_1"}
    again = open_page(PAGE, **address(app))
    assert weights(again) == weights(app)
    assert result_line(again) == result_line(app)
    set_to(app, kernel="sharpen")
    assert weights(app) == [0, -1, 0, -1, 5, -1, 0, -1, 0]


@pytest.mark.parametrize("operation", list_operations(), ids=lambda each: each.name)
def test_a_button_changes_all_weights(open_page: Open, operation: Any) -> None:
    app = click(open_page(PAGE, kernel="emboss"), f"kernel-{operation.name}")
    before = np.array([[-2, -1, 0], [-1, 1, 1], [0, 1, 2]], np.float32)
    assert weights(app) == operation.apply(before).ravel().tolist()
    assert app.selectbox(key="kernel").value == "custom"
    assert app.button(key=f"kernel-{operation.name}").label == operation.title, (
        "an icon has no name"
    )


def edit(app: AppTest) -> AppTest:
    app.session_state["kernel_popover"] = True
    return sound(app.run())


def write(app: AppTest, text: str) -> AppTest:
    app.text_area(key="kernel_text").set_value(text)
    next(button for button in app.button if button.label == "Use these weights").click()
    return sound(app.run())


def test_a_kernel_can_be_written_as_text_of_any_size(open_page: Open) -> None:
    app = write(edit(open_page(PAGE)), "1, 2; 3 4\n0.5 -1 0 1e-3")
    assert weights(app) == pytest.approx([1, 2, 3, 4, 0.5, -1, 0, 0.001])
    assert result_line(app).startswith("Input 170 × 256 pixels, result 169 × 253, ")
    app = write(app, "\n".join(["1 " * 11] * 11))
    assert weights(app) == []  # a picture instead of 121 fields
    assert "result 160 × 246" in result_line(app)
    assert address(app)["weights"].count("1") == 121


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1 2\n3",
        "one two",
        "nan",
        "inf 1",
        "1e300",
        "1 " * 12,
        "1\n" * 12,
        "1 2\n\n3",
        "5" * 9000,
    ],
)
def test_weights_that_cannot_be_used_are_one_sentence_and_the_kernel_stays(
    open_page: Open, text: str
) -> None:
    app = write(edit(open_page(PAGE)), text)
    assert len(app.error) == 1
    assert weights(app) == SOBEL
    assert address(app) == {}
    assert app.text_area(key="kernel_text").value == text  # to be mended, not written again
    assert not write(app, "1 0\n0 1").error


def test_the_size_of_a_kernel_can_be_changed_and_need_not_be_square(open_page: Open) -> None:
    app = edit(open_page(PAGE))
    set_to(app, **{"kernel-size-1": 5})
    assert weights(app) == [0, -1, 0, 1, 0, 0, -2, 0, 2, 0, 0, -1, 0, 1, 0]
    set_to(app, **{"kernel-size-0": 1})
    assert weights(app) == [0, -2, 0, 2, 0]


def test_weights_for_each_channel_are_added_up_over_the_channels(open_page: Open) -> None:
    app = edit(open_page(PAGE))
    next(button for button in app.button if button.label == "Weights for each channel").click()
    sound(app.run())
    assert control(app, "colour").value == "summed"
    assert control(app, "colour").options == ["Channels added up"]
    grey = result_line(app)
    set_to(app, **{"weight-0-1-1": 9.0})  # of red only
    assert result_line(app) != grey
    assert (
        address(app)["weights"]
        == "-1_0_1~-2_9_2~-1_0_1~~-1_0_1~-2_0_2~-1_0_1~~-1_0_1~-2_0_2~-1_0_1"
    )
    assert result_line(open_page(PAGE, **address(app))) == result_line(app)


def test_convolution_turns_the_kernel_and_the_page_says_where_that_matters(open_page: Open) -> None:
    app = open_page(PAGE)
    assert "differ here by up to 764" in words(app)
    set_to(app, operation="convolution")
    assert "values −312 to 382" in result_line(app)  # Sobel turned is Sobel negated
    set_to(whole(app), kernel="laplacian_8")
    assert "agree" in words(app) and "differ here" not in words(app)


@pytest.mark.parametrize("section", ["explore", "views"])
def test_of_a_magnitude_turning_changes_signs_only(open_page: Open, section: str) -> None:
    app = open_page(PAGE, section=section, kernel="scharr_magnitude")
    assert "both kernels only change their sign" in words(app)
    assert "differ" not in words(app)


# Image


@pytest.mark.parametrize("channels", ["red", "green", "blue", "rgb", "summed"])
def test_channels_change_the_result(open_page: Open, channels: str) -> None:
    app = open_page(PAGE)
    before = result_line(app)
    assert result_line(set_to(app, colour=channels)) != before
    assert address(app) == {"colour": channels}


def test_a_painted_picture_is_an_image_and_is_in_the_url(open_page: Open) -> None:
    painting = np.zeros((8, 8), np.uint8)
    painting[:, 4:] = 255
    text = painting_to_text(painting)
    app = open_page(PAGE, image="paint", painting=text)
    assert result_line(app) == "Input 8 × 8 pixels, result 6 × 6, values 0 to 1020."
    assert address(app) == {"image": "paint", "painting": text}
    assert len(components(app)) == 2
    set_to(app, painting_side=12)
    assert result_line(app).startswith("Input 12 × 12 pixels")


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
@pytest.mark.parametrize(
    "url",
    [
        {"image": "paint", "kernel": "gabor"},
        {"kernel": "custom", "weights": "1_2~~3_4~~5_6"},
        {"colour": "rgb", "kernel": "sobel_magnitude", "operation": "convolution"},
        {"size": "32", "padding": "full", "fill": "wrap", "stride_x": "8", "dilation": "2"},
        {"colour": "summed", "kernel": "motion_blur"},
    ],
    ids=lambda url: "-".join(url.values()),
)
def test_no_setting_breaks_a_section(open_page: Open, section: Any, url: dict[str, str]) -> None:
    app = open_page(PAGE, section=section.name, **url)
    assert not app.error and not app.warning


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
    assert result_line(app).startswith("Input 40 × 60 pixels")
    assert address(app).keys() == {"photo"} and address(app)["photo"].startswith("own-")
    sound(app.switch_page("streamlit_app.py").run())
    assert "my\\_stripes.png" in words(app)


def test_a_refused_photo_is_one_sentence_and_the_photo_before_stays(open_page: Open) -> None:
    app = upload(open_page(PAGE), "notes.png", b"these are not pixels")
    assert len(app.error) == 1
    assert "notes.png" in app.error[0].value
    assert "Chelsea the cat" in words(app)
    app.segmented_control(key="photo_source").set_value("sample")
    sound(app.run())
    assert not click(app, "photo-coffee").error


# Geometry


@pytest.mark.parametrize(
    ("values", "size", "expected"),
    [
        ({"stride_y": 2}, "84 × 254", "⌊(170 + 0 + 0 − 3) / 2⌋ + 1 = 84"),
        ({"stride_x": 3}, "168 × 85", "⌊(256 + 0 + 0 − 3) / 3⌋ + 1 = 85"),
        ({"padding": "same"}, "170 × 256", "⌈170 / 1⌉ = 170"),
        ({"padding": "full"}, "172 × 258", "⌊(170 + 2 + 2 − 3) / 1⌋ + 1 = 172"),
        ({"padding": "pixels"}, "170 × 256", "⌊(170 + 1 + 1 − 3) / 1⌋ + 1 = 170"),
        ({"dilation": 4}, "162 × 248", "⌊(170 + 0 + 0 − (4 × (3 − 1) + 1)) / 1⌋ + 1 = 162"),
        ({"size": 32}, "19 × 30", "⌊(21 + 0 + 0 − 3) / 1⌋ + 1 = 19"),
        ({"kernel": "outline"}, "166 × 252", "⌊(170 + 0 + 0 − 5) / 1⌋ + 1 = 166"),
    ],
    ids=str,
)
def test_a_control_changes_the_size_and_the_formula(
    open_page: Open, values: dict[str, Any], size: str, expected: str
) -> None:
    app = set_to(open_page(PAGE), **values)
    assert f"result {size}, " in result_line(app)
    assert expected in words(app)
    assert address(app) == {key: str(value) for key, value in values.items()}
    assert result_line(open_page(PAGE, **address(app))) == result_line(app)


def test_rows_that_the_stride_drops_are_named(open_page: Open) -> None:
    app = open_page(PAGE)
    assert "does not reach" not in words(app)
    set_to(app, stride_y=4, stride_x=4)
    assert "does not reach 3 rows at the bottom and 1 columns" in words(app)


def test_a_bias_is_added_to_every_sum_wherever_the_kernel_is_used(open_page: Open) -> None:
    app = set_to(open_page(PAGE), bias=100)
    assert "values −282 to 412" in result_line(app)
    assert address(app) == {"bias": "100"}
    assert "result += 100" in open_page(PAGE, section="code", bias="100").code[0].value
    assert "Bias" in [field.label for field in whole(app).number_input]
    set_to(app, kernel="sobel_magnitude")  # the length of two results has none
    assert "Bias" not in [field.label for field in app.number_input]
    assert "values 0 to " in result_line(app)


@pytest.mark.parametrize("section", ["relatives", "challenge", "live"])
def test_where_a_bias_is_not_used_that_is_said(open_page: Open, section: str) -> None:
    said = "bias" in words(open_page(PAGE, section=section, bias="100")).lower()
    assert said


def test_the_size_is_explained_by_the_formula_that_stands_there(open_page: Open) -> None:
    divided, rounded_up = (
        "with its gaps) divided by the stride, rounded down",
        "divided by the stride, rounded up",
    )
    app = open_page(PAGE, stride_y="2")
    assert divided in words(app) and rounded_up not in words(app)
    set_to(app, padding="same")
    assert rounded_up in words(app) and divided not in words(app)
    assert "here 0 + 1 rows and 1 + 1 columns" in words(app)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ({}, "used: 1 times (palest) to 9 (darkest)"),
        ({"padding": "full"}, "Every pixel of the input is used 9 times: one shade."),
        ({"stride_x": "8"}, "used: never (white) to 3 times"),
    ],
    ids=str,
)
def test_the_usage_map_names_only_shades_that_are_there(
    open_page: Open, url: dict[str, str], said: str
) -> None:
    app = open_page(PAGE, **url)
    assert said in captions(app)[-1]
    assert ("white" in captions(app)[-1]) == ("stride_x" in url)


@pytest.mark.parametrize("fill", ["constant", "reflect", "replicate", "wrap"])
def test_what_the_padding_holds_changes_the_result(open_page: Open, fill: str) -> None:
    app = open_page(PAGE, padding="full")
    before = result_line(app)
    set_to(app, fill=fill)
    assert result_line(app) != before
    assert address(app) == {"padding": "full", "fill": fill}
    set_to(app, padding="valid")  # nothing is filled: no control for it
    assert all(widget.key != "fill" for widget in app.selectbox)


@pytest.mark.parametrize(
    ("url", "change"),
    [
        ({"padding": "same", "stride_y": "8", "stride_x": "8"}, {"stride_y": 1}),
        ({"padding": "full", "fill": "reflect"}, {"dilation": 8}),  # more than can be reflected
    ],
    ids=str,
)
def test_what_the_padding_holds_follows_when_there_is_more_padding(
    open_page: Open, url: dict[str, str], change: dict[str, int]
) -> None:
    painting = painting_to_text(np.eye(16, dtype=np.uint8) * 255)
    app = open_page(PAGE, image="paint", painting=painting, **url)
    set_to(app, **change)
    assert not app.title and not app.error  # by the parts alone that depend on it
    assert app.session_state["fill"] == "zeros"
    assert result_line(app).startswith("Input 16 × 16 pixels, result")
    assert control(whole(app), "fill").value == "zeros"


def test_only_what_can_exist_can_be_set(open_page: Open) -> None:
    app = upload(
        open_page(PAGE, kernel="laplacian_8"), "line.png", png(np.zeros((2, 200, 3), np.uint8))
    )
    assert control(app, "padding").options == ["same", "full", "pixels"]
    assert not app.error
    assert "result 2 × 200" in result_line(app)
    set_to(app, padding="pixels")
    assert control(app, "pixels").min == 1
    assert control(app, "dilation").max == 1
    assert "Reflected" in control(app, "fill").options
    set_to(app, pixels=2)
    assert "Reflected" not in control(app, "fill").options  # a side of 2 has no 2 pixels to reflect
    assert control(app, "dilation").max == 2


# Views, pooling, stack, relatives, 1-D


@pytest.mark.parametrize("view", ["clipped", "signed", "relu", "rescaled"])
def test_the_view_is_kept_in_the_url(open_page: Open, view: str) -> None:
    app = set_to(open_page(PAGE), view=view)
    assert address(app) == {"view": view}
    titles = {each.name: each.description for each in list_views()}
    assert titles[view] in words(app)


def test_all_views_are_side_by_side_and_say_why_it_is_black(open_page: Open) -> None:
    app = open_page(PAGE, section="views")
    below = "\n".join(captions(app))
    assert all(view.description in below for view in list_views())
    assert "Why is it black?** 49\N{NO-BREAK SPACE}% of the values are below 0" in words(app)
    set_to(app, kernel="box")
    assert "Why is it black" not in words(app)


def test_a_result_too_dark_to_be_seen_is_said_and_shown_in_colours_by_one_click(
    open_page: Open,
) -> None:
    app = open_page(PAGE)
    assert not app.info  # Sobel's edges are bright
    set_to(app, kernel="gabor")
    assert "Nearly black, but not empty: the values go from −37 to 32" in app.info[0].value
    click(app, "stretched")
    assert control(app, "view").value == "signed"
    assert not app.info


@pytest.mark.parametrize(
    ("url", "shape"),
    [
        ({"section": "explore", "stride_y": "2"}, (84, 254)),
        ({"section": "views"}, (2 * 168 + 6, 3 * 254 + 2 * 6, 3)),
        ({"section": "pooling", "window": "4", "pool_stride": "4"}, (42, 63)),
        ({"section": "stack", "step4": "2"}, (43, 64, 3)),
        ({"section": "relatives", "relative": "depthwise"}, (168, 254, 3)),
        ({"section": "relatives", "relative": "grouped"}, (168, 254, 3)),
        ({"section": "relatives", "relative": "transposed"}, (29, 41, 3)),
        ({"section": "relatives", "relative": "max"}, (1, 1, 3)),
        ({"section": "challenge"}, (170, 256, 3)),
        ({"section": "signal"}, None),  # numbers and no picture
        ({"section": "live"}, None),
    ],
    ids=str,
)
def test_the_picture_to_take_home_is_that_of_the_section(
    open_page: Open,
    monkeypatch: pytest.MonkeyPatch,
    url: dict[str, str],
    shape: tuple[int, ...] | None,
) -> None:
    latest: list[Latest] = []
    monkeypatch.setattr("tl_core.ui.convolution.sharing.show_sharing", latest.append)
    open_page(PAGE, **url)
    offered = latest[0].scene.offered
    assert (offered[-1]().shape if offered else None) == shape


def test_where_there_is_no_picture_none_can_be_downloaded(open_page: Open) -> None:
    app = open_page(PAGE, section="signal")
    labels = [button.proto.label for button in app.get("download_button")]
    assert labels == ["Kernel (CSV)", "Kernel (JSON)"]


def test_the_picture_to_take_home_follows_a_change_in_the_section_alone(open_page: Open) -> None:
    def labels() -> list[str]:
        return [button.proto.label for button in app.get("download_button")]

    layers = {f"layer{place}": "none" for place in (2, 3, 4)}
    app = open_page(PAGE, section="stack", **layers)
    assert "Result (PNG)" in labels()
    redraw(app, app.selectbox(key="layer1").set_value("none"))
    assert labels() == ["Kernel (CSV)", "Kernel (JSON)"]
    redraw(app, app.selectbox(key="layer1").set_value("relu"))
    assert "Result (PNG)" in labels()
    redraw(app, app.selectbox(key="layer1").set_value("max"))
    assert not app.title  # nothing to change about the buttons


def test_pooling_makes_the_result_smaller_and_steadier(open_page: Open) -> None:
    app = open_page(PAGE, section="pooling")
    before, after = (float(metric.value.rstrip("%")) for metric in app.metric)
    assert 0 < after < before
    set_to(app, pool="average", window=6, pool_stride=6)
    assert float(app.metric[1].value.rstrip("%")) < after
    assert address(app) == {
        "section": "pooling",
        "pool": "average",
        "window": "6",
        "pool_stride": "6",
    }


def test_the_stack_shows_every_map_and_what_its_last_pixel_sees(open_page: Open) -> None:
    app = open_page(PAGE, section="stack")
    assert captions(app)[1:5] == [
        "1. Your kernel: 170 × 256",
        "2. ReLU: 170 × 256",
        "3. Max pooling: 85 × 128",
        "4. Laplacian, 8 neighbours: 85 × 128",
    ]
    assert "sees **8 × 8** pixels" in words(app)
    set_to(app, step1=2)
    assert captions(app)[1] == "1. Your kernel: 85 × 128"
    assert captions(app)[4] == "4. Laplacian, 8 neighbours: 42 × 64"
    assert "could see 13 × 13" in words(app)  # the chosen pixel is at the edge by now
    set_to(app, layer4="none", layer3="none", layer2="none", layer1="none")
    assert "Choose at least one layer" in app.info[0].value


def test_the_chosen_pixel_moves_the_receptive_field(open_page: Open) -> None:
    app = open_page(PAGE, section="stack")
    before = pictures(app)[-1]
    set_to(app, row=0, column=0)
    assert "sees **5 × 5** pixels of the image: rows 0 to 4, columns 0 to 4." in words(app)
    assert "could see 8 × 8" in words(app)
    assert pictures(app)[-1] != before


def test_no_pixel_sees_more_of_the_image_than_there_is(open_page: Open) -> None:
    large = {f"{part}{place}": value for place in "1234" for part, value in LAYER.items()}
    app = open_page(PAGE, section="stack", **large)
    assert "sees **170 × 256** pixels of the image: rows 0 to 169, columns 0 to 255." in words(app)
    assert "could see 851 × 851: the rest lies outside the image" in words(app)


def test_the_stack_says_that_it_has_its_own_geometry(open_page: Open) -> None:
    app = open_page(PAGE, section="stack", stride_x="4", dilation="2")
    assert captions(app)[1] == "1. Your kernel: 170 × 256"
    assert "dilation of the tab Geometry are not used" in words(app)
    assert "are not used" not in words(set_to(app, section="explore"))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"relative": "depthwise"}, "170 × 256 × 3 → **168 × 254 × 3**, with **27** weights"),
        ({"relative": "pointwise"}, "170 × 256 × 3 → **170 × 256 × 1**, with **3** weights"),
        ({"relative": "grouped"}, "170 × 256 × 3 → **168 × 254 × 3**, with **27** weights"),
        (
            {"relative": "grouped", "groups": "1"},
            "170 × 256 × 3 → **168 × 254 × 3**, with **81** weights",
        ),
        ({"relative": "transposed"}, "14 × 20 × 1 → **29 × 41 × 1**, with **9** weights"),
        ({"relative": "average"}, "4 × 7 × 1 → **1**, with **0** weights"),
        ({"relative": "max", "colour": "rgb"}, "4 × 7 × 3 → **3**, with **0** weights"),
    ],
    ids=str,
)
def test_relatives_have_their_shapes_and_weights(
    open_page: Open, values: dict[str, str], expected: str
) -> None:
    app = open_page(PAGE, section="relatives")
    for key, value in values.items():
        set_to(app, **{key: value})
    assert expected in words(app)


def test_a_pointwise_kernel_mixes_the_channels_and_nothing_else(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    latest: list[Latest] = []
    monkeypatch.setattr("tl_core.ui.convolution.sharing.show_sharing", latest.append)
    app = open_page(PAGE, section="relatives", relative="pointwise")
    assert "3 × 9 + 3 × 3 = 36 weights, where a full layer has 3 × 3 × 9 = 81" in words(app)
    set_to(app, mix1=0.0, mix2=2.0, mix3=0.0)
    expected = signed(2 * latest[-1].scene.image.colour[..., 1].astype(np.float32))
    assert (latest[-1].scene.offered[-1]() == expected).all()
    assert address(app)["mix2"] == "2"


def test_a_kernel_that_is_a_column_times_a_row_is_called_separable(open_page: Open) -> None:
    app = open_page(PAGE)
    assert "the column [1 2 1] and then the row [-1 0 1] give the same with 6 weights, not 9" in (
        words(app)
    )
    assert "separable" not in words(set_to(app, kernel="laplacian_8"))
    assert "separable" not in words(set_to(app, kernel="sobel_magnitude"))
    same = open_page(PAGE, kernel="custom", weights="1_1~1_1")  # 2 + 2 weights are no fewer than 4
    assert "separable" not in words(same)


def test_what_follows_the_sum_of_the_weights_is_said(open_page: Open) -> None:
    channels, bias = "Then the three channels are added up.", "Then the bias is added."
    plain = words(open_page(PAGE, kernel="box"))
    assert "each channel keeps its brightness" in plain
    assert channels not in plain and bias not in plain
    app = open_page(PAGE, kernel="box", colour="summed", bias="20")
    assert f"keeps its brightness. {channels} {bias}" in words(app)


@pytest.mark.parametrize(
    "relative", ["depthwise", "pointwise", "grouped", "transposed", "average", "max"]
)
@pytest.mark.parametrize(
    "url",
    [
        {},
        {"kernel": "sobel_magnitude"},  # two kernels: a layer has one
        {"kernel": "custom", "weights": "1_2~3_4~~0_1~1_0~~5_5~5_5"},  # one for each channel
        {"image": "paint", "stride_x": "3"},  # a small image
    ],
    ids=str,
)
def test_every_relative_is_on_the_stage(
    open_page: Open, relative: str, url: dict[str, str]
) -> None:
    app = open_page(PAGE, section="relatives", relative=relative, **url)
    assert len(components(app)) == (2 if "image" in url else 1)
    assert ("A magnitude takes two kernels" in words(app)) == ("magnitude" in url.get("kernel", ""))


def test_a_grouped_filter_sees_its_own_channel_only(open_page: Open) -> None:
    app = open_page(PAGE, section="relatives", relative="grouped", filter="2")
    assert "in a group with green and sees nothing else" in words(app)
    set_to(app, groups="1")
    assert "every filter sees red, green and blue" in words(app)


def test_the_sliding_product_of_the_example(open_page: Open) -> None:
    app = open_page(PAGE, section="signal")
    assert app.code[0].value == "[0, 0, -26, 1, 18, 6, 7, 18, 5, -29, 0, 0, 0]"
    set_to(app, mode="valid")
    assert app.code[0].value == "[-26, 1, 18, 6, 7, 18, 5, -29, 0]"
    set_to(app, patch="1", mode="same", signal="1 2.5 -3")
    assert app.code[0].value == "[1, 2.5, -3]"
    assert address(app) == {
        "section": "signal",
        "mode": "same",
        "patch": "1",
        "signal": "1 2.5 -3",
    }


@pytest.mark.parametrize("text", ["", "a", "1,,2 x", "nan", "1e999", "1 " * 1001, "<b>"])
def test_a_signal_that_cannot_be_read_leaves_the_last_good_result(
    open_page: Open, text: str
) -> None:
    app = set_to(open_page(PAGE, section="signal"), signal="1 2 3", patch="1 1")
    set_to(app, signal=text)
    assert len(app.error) == 1
    assert app.code[0].value == "[1, 3, 5, 3]"
    set_to(app, signal="1 1")
    assert not app.error
    assert app.code[0].value == "[1, 2, 1]"


# Engine: there is none in these tests


@pytest.mark.parametrize("section", ["learned", "code"])
def test_a_section_that_needs_the_engine_says_so(open_page: Open, section: str) -> None:
    app = open_page(PAGE, section=section)
    assert app.info[0].value == STARTING


def test_the_code_is_that_of_the_setting(open_page: Open) -> None:
    app = open_page(PAGE, section="code", stride_y="2", padding="same", kernel="emboss")
    numpy, keras = (block.value for block in app.code)
    assert "[-2, -1, 0]" in numpy and "stride=(2, 1)" in numpy
    labels = [button.proto.label for button in app.get("download_button")]
    assert "photo.png for both programs" in labels
    assert "strides=(2, 1), padding='same'" in keras and "import keras" in keras


def test_a_learned_filter_without_the_engine_is_one_sentence(open_page: Open) -> None:
    app = open_page(PAGE, kernel="learned-7")
    assert len(app.error) == 1
    assert "starting" in app.error[0].value
    assert "result 168 × 254" in result_line(app)
    assert address(app) == {"kernel": "learned-7"}


# Challenge


def test_the_mystery_is_found_by_its_kernel_and_hints_lead_there(open_page: Open) -> None:
    wanted = mystery_kernel(1)
    app = open_page(PAGE, section="challenge")
    assert not app.success
    for count in (1, 2, 3):
        click(app, "hint")
        assert f"Hint {count} of 3" in words(app)
    assert wanted.description in words(app)
    set_to(app, kernel=wanted.name)
    assert wanted.title in app.success[0].value
    assert app.metric[0].value == "100 of 100"
    set_to(app, seed=2)
    assert not app.success and "Hint" not in words(app)


def test_twice_the_right_kernel_is_right(open_page: Open) -> None:
    doubled = 2 * mystery_kernel(1).weights
    app = open_page(PAGE, section="challenge", kernel="custom", weights=weights_to_text(doubled))
    assert app.metric[0].value == "100 of 100"
    assert mystery_kernel(1).title in app.success[0].value
    assert "a factor above 0 cannot be seen" in words(app)


def test_giving_up_shows_the_kernel(open_page: Open) -> None:
    app = open_page(PAGE, section="challenge")
    for _ in range(3):
        click(app, "hint")
    click(app, "give_up")
    assert app.selectbox(key="kernel").value == mystery_kernel(1).name
    assert app.success


def test_the_size_is_guessed_before_it_is_shown(open_page: Open) -> None:
    rows, columns = size_question(1).answer
    app = open_page(PAGE, section="challenge", game="size")
    assert f"{rows} × {columns}" not in words(app)
    for guess, right in ((rows + 1, False), (rows, True)):
        app.number_input(key="guess_rows-1").set_value(guess)
        app.number_input(key="guess_columns-1").set_value(columns)
        next(button for button in app.button if button.label == "Check").click()
        sound(app.run())
        assert bool(app.success) == right
        assert bool(app.warning) != right
        assert f"= {rows}**" in words(app)  # the formula with the puzzle's own numbers


@pytest.mark.parametrize("game", ["mystery", "size", "effect"])
def test_every_game_has_a_next_puzzle_and_the_number_of_the_puzzle_matters(
    open_page: Open, game: str
) -> None:
    def asked(app: AppTest) -> tuple[Any, ...]:
        said = [each.value for each in app.main.markdown]
        return said, pictures(app), [radio.options for radio in app.radio]

    app = open_page(PAGE, section="challenge", game=game)
    first = asked(app)
    click(app, "next_puzzle")
    assert address(app)["seed"] == "2"
    second = asked(app)
    assert second != first
    set_to(app, seed=1)
    assert asked(app) == first


def test_what_a_kernel_does_is_guessed_before_it_is_shown(open_page: Open) -> None:
    names, right = guesses(1)
    app = open_page(PAGE, section="challenge", game="effect")
    assert not app.success and not app.warning
    app.radio[0].set_value(next(name for name in names if name != right))
    sound(app.run())
    assert app.warning and not app.success
    app.radio[0].set_value(right)
    sound(app.run())
    assert app.success and not app.warning


# Sharing


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ({"section": "<b>"}, "section"),
        ({"kernel": "nobody"}, "kernel"),
        ({"kernel": "learned-0"}, "kernel"),
        ({"kernel": "custom", "weights": "1_2~3"}, "Every weight"),  # ragged
        ({"kernel": "custom", "weights": "nan"}, "weights as"),
        ({"kernel": "custom", "weights": "1e300"}, "weight"),
        ({"weights": "_" * 20_000}, "address"),
        ({"stride_x": "0"}, "stride"),
        ({"dilation": "1000"}, "dilation"),
        ({"size": "100000"}, "size"),
        ({"padding": "<b>"}, "padding"),
        ({"padding": "pixels", "pixels": "-1"}, "pixels"),
        ({"padding": "same", "fill": "lava"}, "fill"),
        ({"colour": "cmyk"}, "colour"),
        ({"colour": "grey", "kernel": "custom", "weights": "1~~1~~1"}, "colour"),  # needs all three
        ({"view": "none"}, "view"),
        ({"pin": "1;2"}, "pin"),
        ({"pin": "here"}, "pin"),
        ({"image": "paint", "painting": "16.AAAA"}, "painted"),
        ({"kernel": "gaussian", "gaussian-sigma": "-1"}, "sigma"),
        ({"section": "pooling", "window": "0"}, "window"),
        ({"section": "stack", "layer1": "dense"}, "layer1"),
        ({"section": "signal", "signal": "one"}, "numbers"),
        ({"section": "challenge", "seed": "-1"}, "seed"),
    ],
)
def test_a_bad_url_is_the_usual_value_with_one_sentence(
    open_page: Open, url: dict[str, str], said: str
) -> None:
    app = open_page(PAGE, **url)
    assert len(app.warning) == 1
    assert said in app.warning[0].value
    assert not app.error


def test_a_pinned_position_outside_the_result_is_moved_to_its_edge(open_page: Open) -> None:
    assert address(open_page(PAGE, pin="12,30")) == {"pin": "12,30"}
    assert address(open_page(PAGE, pin="99999,-5")) == {"pin": "167,0"}


def test_a_lesson_hides_controls_and_keeps_their_values(open_page: Open) -> None:
    url = {
        "lesson": "Find the eyes",
        "hide": "kernel,weights,stride_y,section,size_formula",
        "kernel": "outline",
    }
    app = open_page(PAGE, **url, stride_y="2")
    assert "Find the eyes" in app.info[0].value
    keys = {widget.key for kind in (app.selectbox, app.number_input) for widget in kind}
    assert not keys & {"kernel", "stride_y", "weight-0-0-0"}
    assert "stride_x" in keys
    assert "result 83 × 252" in result_line(app)
    assert "⌋ + 1 = 83" not in words(app)
    set_to(app, size=32)
    assert address(app) == {**url, "stride_y": "2", "size": "32"}


def test_result_and_kernel_can_be_downloaded(open_page: Open) -> None:
    labels = [button.proto.label for button in open_page(PAGE).get("download_button")]
    assert labels == ["Result (PNG)", "Kernel (CSV)", "Kernel (JSON)"]


# Language and faults


def test_korean_changes_the_words_and_keeps_the_settings(open_page: Open) -> None:
    app = open_page(PAGE, kernel="outline", stride_y="2", view="signed")
    app.segmented_control(key="language").set_value("ko")
    sound(app.run())
    assert app.title[0].value == "합성곱"
    assert app.selectbox(key="kernel").value == "outline"
    assert app.segmented_control(key="view").value == "signed"
    assert address(app) == {"lang": "ko", "kernel": "outline", "view": "signed", "stride_y": "2"}


def test_a_refusal_before_the_controls_keeps_the_url(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page(PAGE, stride_y="3", view="signed")

    def refuse(*_: Any) -> None:
        raise SettingInvalid("There is no kernel {name}.", name="x")

    monkeypatch.setattr("tl_core.ui.convolution.kernel_controls.get_kernel", refuse)
    sound(app.run())
    assert [error.value for error in app.error] == ["There is no kernel x."]
    assert address(app) == {"stride_y": "3", "view": "signed"}


def test_a_bug_is_reported_in_its_place_and_the_rest_of_the_page_stays(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page(PAGE)

    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("tl_core.ui.convolution.explore.show_meaning", broken)
    app.run()
    assert not app.exception
    assert len(faults(app)) == 1
    assert app.get("download_button")
    monkeypatch.undo()


def test_a_control_that_only_changes_the_result_has_only_the_result_drawn(open_page: Open) -> None:
    app = open_page(PAGE)
    assert len(app.number_input) > 9 and app.sidebar.toggle
    geometry = ["stride_y", "stride_x", "dilation"]  # the stride decides how much is filled
    for name, value, drawn in (("stride_y", 2, geometry), ("bias", 5, [])):
        set_to(whole(app), **{name: value})
        assert "result" in result_line(app)
        assert [one.key for one in app.number_input] == drawn
        assert not app.sidebar.toggle and not app.title
    alone = result_line(app)
    assert result_line(whole(app)) == alone
    assert address(app) == {"stride_y": "2", "bias": "5"}


def test_limits_follow_the_size_of_the_image_without_the_rest_of_the_page(open_page: Open) -> None:
    app = open_page(PAGE, kernel="gaussian", **{"gaussian-size": "15"})
    most = control(app, "dilation").max
    set_to(app, size=32)
    assert control(app, "dilation").max < most
    assert not app.slider, "the tab of the image is not drawn again"


def test_one_weight_more_of_ones_own_kernel_leaves_the_rest_alone(open_page: Open) -> None:
    app = set_to(open_page(PAGE), **{"weight-0-0-0": 5.0})
    assert control(app, "kernel").value == "custom", "the list says that it is one's own now"
    set_to(app, **{"weight-0-0-1": 7.0})
    assert not app.title and not app.selectbox
    assert weights(app)[:2] == [5, 7]
    assert address(whole(app))["weights"].startswith("5_7_")
