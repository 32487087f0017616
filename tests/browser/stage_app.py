"""A page with nothing but the components of the stage, as its URL asks; for the browser tests."""

import json
from typing import Any

import numpy as np
import streamlit as st

from tl_core.convolution.arrays import Array, Image
from tl_core.convolution.geometry import Geometry
from tl_core.convolution.kernels import Kernel, get_kernel
from tl_core.convolution.relatives import TransposedLayer
from tl_core.convolution.stack import ConvolutionLayer, PoolingLayer
from tl_core.ui.stage.camera import live_camera
from tl_core.ui.stage.component import memory
from tl_core.ui.stage.paint import paint_grid
from tl_core.ui.stage.stage import StagedLayer, convolution_stage

Settings = dict[str, Any]
"""What a test asks for; whatever is missing takes the default below."""


class Everything(frozenset[str]):
    """Says that the browser has every array, as after a connection that broke at the wrong moment."""

    def __contains__(self, digest: object) -> bool:
        return True


def image_of(asked: Settings) -> Image:
    """Return a scene with edges, a gradient, noise and colours, always the same."""
    height, width = asked.get("size", (16, 16))
    down, across = np.mgrid[0:height, 0:width]
    scene = across * 160 // width + np.random.default_rng(3).integers(0, 60, (height, width))
    scene[(down - height / 2) ** 2 + (across - width / 2) ** 2 < (height / 3.5) ** 2] += 90
    grey: Image = scene.clip(0, 255).astype(np.uint8)
    if asked.get("signed"):
        return grey.astype(np.float32) - 100.5
    if asked.get("colour"):
        return np.stack([grey, 255 - grey, np.roll(grey, 3, axis=1)], axis=-1)
    return grey


def kernel_of(asked: Settings) -> Kernel:
    """Return a preset, or random weights of a given shape."""
    if "shape" not in asked:
        return get_kernel(asked.get("kernel", "sobel_x"))
    shape: tuple[int, ...] = tuple(asked["shape"])
    weights = np.random.default_rng(5).standard_normal(shape).astype(np.float32)
    return Kernel(name="custom", title="Custom", description="", weights=weights)


def layer_of(asked: Settings) -> StagedLayer:
    """Return the layer to show."""
    padding = asked.get("padding", "valid")
    if "pool" in asked:
        window, stride = asked.get("window", (2, 2)), asked.get("stride")
        stride = stride and tuple(stride)
        return PoolingLayer(
            mode=asked["pool"], window=tuple(window), stride=stride, padding=padding
        )
    kernel = kernel_of(asked)
    if asked.get("transposed"):
        stride = tuple(asked.get("stride", (1, 1)))
        flip = asked.get("flip", False)
        return TransposedLayer(kernel=kernel, stride=stride, padding=padding, flip=flip)
    geometry = Geometry(
        kernel=kernel.weights.shape[:2],
        stride=tuple(asked.get("stride", (1, 1))),
        dilation=tuple(asked.get("dilation", (1, 1))),
        padding=tuple(padding) if isinstance(padding, list) else padding,
        fill=asked.get("fill", "zeros"),
        constant=asked.get("constant", 0),
    )
    return ConvolutionLayer(
        kernel=kernel,
        geometry=geometry,
        summed=asked.get("summed", False),
        flip=asked.get("flip", False),
    )


def result_of(asked: Settings) -> Array:
    """Return what the engine makes of it."""
    return layer_of(asked).apply(image_of(asked)) + np.float32(asked.get("bias", 0))


def draw_stage(asked: Settings) -> None:
    """Draw the stage, with its pin in the URL."""
    text = st.query_params.get("pin")
    pin = None
    if text:
        y, x = map(int, text.split(","))
        pin = (y, x)
    if st.button("Pin the corner"):
        pin = (0, 0)
    key = asked.get("key", "stage")
    if asked.get("lost") and "lost" not in st.session_state:
        memory(key).sent = Everything()
        st.session_state["lost"] = True
    pinned = convolution_stage(
        image_of(asked),
        layer_of(asked),
        result_of(asked),
        bias=asked.get("bias", 0.0),
        pin=pin,
        key=key,
    )
    if pinned is None:
        st.query_params.pop("pin", None)
    else:
        st.query_params["pin"] = ",".join(map(str, pinned))
    say("pinned", pinned)


def draw_camera(asked: Settings) -> None:
    """Draw the camera, and a way to make it go."""
    key = asked.get("key", "camera")
    if st.checkbox("Camera", value=True, key=f"draw-{key}"):
        live_camera(
            kernel_of(asked),
            view=asked.get("view", "absolute"),
            colour=asked.get("colour", False),
            flip=asked.get("flip", False),
            key=key,
        )
    say("camera", None)


def draw_paint(asked: Settings) -> None:
    """Draw the grid, and tell what Python got from it."""
    rows, columns = asked.get("size", (8, 8))
    key = asked.get("key", "paint")
    value = st.session_state.get(f"value-{key}")
    if st.button("Ramp"):
        value = np.arange(rows * columns, dtype=np.uint8).reshape(rows, columns)
    painted = st.session_state[f"value-{key}"] = paint_grid(rows, columns, value, key)
    say("painted", painted.tolist())


def unpin() -> None:
    """Forget the pin of other settings."""
    st.query_params.pop("pin", None)


def say(name: str, value: Any) -> None:
    """Write down what Python knows, and how often the script has run."""
    runs = st.session_state["runs"] = st.session_state.get("runs", 0) + 1
    st.code(json.dumps({name: value, "runs": runs}))


if __name__ == "__main__":
    st.set_page_config(layout="wide")
    text = st.text_input("Settings", st.query_params.get("set", "{}"), on_change=unpin)
    settings: Settings = json.loads(text)
    draw = {"stage": draw_stage, "camera": draw_camera, "paint": draw_paint}
    draw[settings.get("show", "stage")](settings)
