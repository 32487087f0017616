"""What the browser computes is what Python computes: the same questions to both, in Node."""

import base64
import json
import re
import shutil
import subprocess
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from streamlit.testing.v1 import AppTest

from tests.browser.stage_app import Settings, image_of, kernel_of, layer_of, result_of
from tests.browser.test_stage import SETTINGS
from tl_core.browser.joining import joined
from tl_core.convolution.display import SIGNED_TABLE, get_view, list_views, signed
from tl_core.convolution.geometry import Geometry
from tl_core.convolution.relatives import TransposedLayer
from tl_core.convolution.stack import ConvolutionLayer
from tl_core.images import centre_of
from tl_core.ui.stage.component import FOLDER

NODE = shutil.which("node")
ROOMS = FOLDER.parent
STAGE_APP = Path(__file__).parents[1] / "browser" / "stage_app.py"
pytestmark = pytest.mark.skipif(NODE is None, reason="no Node on this machine: install nodejs")


def ask(what: str, **question: Any) -> Any:
    """Return the answer of ``answers.js``."""
    answered = subprocess.run(
        [str(NODE), str(Path(__file__).parent / "answers.js")],
        input=json.dumps({"what": what, **question}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert answered.returncode == 0, answered.stderr
    return json.loads(answered.stdout)


def sent(settings: Settings) -> Any:
    """Return what Python sends to the component that a page with these settings shows."""
    app = AppTest.from_file(str(STAGE_APP), default_timeout=60)
    app.query_params["set"] = json.dumps(settings)
    app.run()
    assert not app.exception
    return app.get("bidi_component")[0].proto


@cache
def _answered(what: str, settings: str) -> Any:
    return ask(what, message=in_base64(sent(json.loads(settings)).bytes))


def stage(settings: Settings, what: str = "stage") -> Any:
    """Return what the stage computes of a page with these settings."""
    return _answered(what, json.dumps(settings))


def in_base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


# One of them has 262,144 positions: in the browser's own test a few are enough.
SMALL = [settings for settings in SETTINGS if settings.get("size") != [512, 512]]


@pytest.mark.parametrize("settings", SMALL, ids=json.dumps)
def test_every_sum_is_the_one_of_the_engine(settings: Settings) -> None:
    result = result_of(settings)
    totals = np.array(stage(settings)["totals"]).reshape(result.shape)
    np.testing.assert_allclose(totals, result, rtol=1e-5, atol=1e-5 * np.abs(result).max())


def test_another_image_kernel_or_bias_gives_other_sums() -> None:
    first = stage({"shape": [3, 3]})["totals"]
    for other in (
        {"kernel": "sobel_y"},
        {"shape": [3, 3], "bias": 1},
        {"shape": [3, 3], "flip": True},
    ):
        assert not np.allclose(stage(other)["totals"], first)
    assert np.allclose(stage({"shape": [3, 3], "bias": 1})["totals"], np.array(first) + 1)


@pytest.mark.parametrize(
    "settings",
    [settings for settings in SMALL if not settings.get("transposed")],
    ids=json.dumps,
)
def test_every_pixel_is_used_as_often_as_the_geometry_says(settings: Settings) -> None:
    layer = layer_of(settings)
    assert not isinstance(layer, TransposedLayer)
    usage = layer.geometry.usage_map(image_of(settings).shape[:2])
    assert stage(settings)["uses"] == usage.tolist()
    assert usage.max() > 0


@pytest.mark.parametrize(
    "settings",
    [{"size": [5, 6], "transposed": True, "shape": [3, 2], "stride": [2, 1]}, {"size": [6, 5]}],
    ids=json.dumps,
)
def test_the_uses_of_a_pixel_add_up_to_the_result(settings: Settings) -> None:
    """Each pixel times its weight, put where the use says it goes, is the whole result."""
    image, layer, result = image_of(settings), layer_of(settings), result_of(settings)
    assert isinstance(layer, ConvolutionLayer | TransposedLayer)
    added = np.zeros(result.shape)
    for pixel, uses in zip(image.ravel(), chain(*stage(settings, "uses")), strict=True):
        for row, column, tap in uses:
            added[row, column] += pixel * layer.kernel.weights.flat[tap]
    np.testing.assert_allclose(added, result, atol=1e-3)


VIEWS = [view.name for view in list_views()]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(
    "settings",
    [{"shape": [4, 3]}, {"shape": [5, 2], "flip": True}, {"kernel": "sobel_magnitude"}],
    ids=json.dumps,
)
def test_the_camera_shows_what_python_would(settings: Settings, view: str) -> None:
    image = image_of({"size": [240, 320]})
    expected = get_view(view).show(on_camera(image, settings))
    expected = expected if expected.ndim == 3 else np.stack([expected] * 3, axis=-1)
    shown = camera(image, settings, view)
    assert np.abs(shown - expected.astype(int)).max() <= 1
    # A kernel turned or moved by one pixel would be seen.
    assert np.abs(np.roll(shown, 1, axis=1) - expected).mean() > 1


@pytest.mark.parametrize("view", ["clipped", "absolute", "rescaled"])
@pytest.mark.parametrize(
    "settings",
    [{"shape": [3, 4], "colour": True}, {"shape": [3, 3, 3], "colour": True}],
    ids=json.dumps,
)
def test_the_camera_treats_colours_as_python_does(settings: Settings, view: str) -> None:
    image = image_of({"size": [240, 320], "colour": True})
    expected = get_view(view).show(on_camera(image, settings))
    expected = expected if expected.ndim == 3 else np.stack([expected] * 3, axis=-1)
    shown = camera(image, settings, view)
    assert np.abs(shown - expected.astype(int)).max() <= 1
    apart = len(settings["shape"]) == 2
    assert np.array_equal(shown[..., 0], shown[..., 1]) != apart, "three channels, or their sum"


def camera(image: NDArray[Any], settings: Settings, view: str) -> NDArray[np.int_]:
    """Return the pixels, (240, 320, 3), that the live camera makes of `image`."""
    data = json.loads(sent({"show": "camera", "view": view, **settings}).json)
    colours = image if image.ndim == 3 else np.stack([image] * 3, axis=-1)
    rgba = np.concatenate([colours, np.full((240, 320, 1), 255)], axis=2).astype(np.uint8)
    shown = base64.b64decode(ask("camera", rgba=in_base64(rgba.tobytes()), **data))
    return np.frombuffer(shown, np.uint8).reshape(240, 320, 4)[..., :3].astype(int)


def on_camera(image: NDArray[Any], settings: Settings) -> NDArray[Any]:
    """Return the engine's result of the same size, with the border pixel around the image."""
    kernel = kernel_of(settings)
    height, width = kernel.weights.shape[:2]
    sides = (height - 1) // 2, height // 2, (width - 1) // 2, width // 2
    geometry = Geometry(kernel=(height, width), padding=sides, fill="replicate")
    summed, flip = kernel.weights.ndim == 3, settings.get("flip", False)
    layer = ConvolutionLayer(kernel=kernel, geometry=geometry, summed=summed, flip=flip)
    return layer.apply(image)


COMPONENTS = [file for file in ROOMS.rglob("*.js") if "export default" in file.read_text("utf-8")]


@pytest.mark.parametrize("file", COMPONENTS, ids=lambda file: file.stem)
def test_a_component_with_all_that_it_imports_is_one_module(file: Path) -> None:
    code = joined(file)
    assert loads(code)
    (first, *_) = re.findall(r"^(?:async )?(?:function|class) (\w+)", code, re.MULTILINE)
    assert not loads(f"{code}\nconst {first} = 1"), "a name declared twice"
    if "export default mounted(" in code:
        nowhere = code.replace("function mounted(", "function other(")
        assert not loads(nowhere), "a name declared nowhere"


def loads(code: str) -> bool:
    """Return whether Node takes `code` for a whole module."""
    run = [str(NODE), "--input-type=module", "-"]
    return subprocess.run(run, input=code, text=True, capture_output=True).returncode == 0


def test_a_value_has_the_colour_that_pictures_have() -> None:
    values = np.random.default_rng(1).normal(0, 40, 500)
    values[:3] = 0, 100, -250  # the middle, and beyond both ends
    colours = ask(
        "colours", table=in_base64(SIGNED_TABLE.tobytes()), values=values.tolist(), most=100
    )
    expected = signed(values[None], limit=100)[0]
    assert colours == [f"rgb({red},{green},{blue})" for red, green, blue in expected.tolist()]
    assert len(set(colours)) > 200


def test_the_square_that_is_kept_is_the_one_that_a_network_is_shown_of_a_photo() -> None:
    sizes = [(640, 480), (480, 640), (641, 480), (7, 4), (5, 5), (1, 9)]
    expected = [centre_of(height, width) for width, height in sizes]
    found = ask("middle", sizes=sizes)
    assert found == [[left, top, side] for top, left, side in expected]
    assert found[0] == [80, 0, 480] and found[2] == [80, 0, 480], "rounded down"
