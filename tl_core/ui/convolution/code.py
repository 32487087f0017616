"""Section Code: the two programs for exactly this setting, and how far their results are apart."""

import streamlit as st

from tl_core.convolution.code import keras_code, numpy_code
from tl_core.engine.questions import COMPARE_WITH_KERAS
from tl_core.errors import LabError
from tl_core.images import encode_png
from tl_core.ui.asking import ask, may_ask
from tl_core.ui.convolution.scene import Scene
from tl_core.ui.errors import show_error
from tl_core.ui.text import t

CODE_HEIGHT = 420
"""Pixels; the programs of some settings are longer."""


def show(scene: Scene) -> None:
    """Draw both programs and the difference that a worker has found between them."""
    _show_difference(scene)
    colour = scene.image.pixels.ndim == 3
    numpy_tab, keras_tab = st.tabs([t("NumPy"), t("Keras")])
    for tab, write in ((numpy_tab, numpy_code), (keras_tab, keras_code)):
        with tab:
            st.code(
                write([scene.layer], scene.image.size, colour=colour),
                language="python",
                height=CODE_HEIGHT,
            )
    st.download_button(
        t("photo.png for both programs"),
        lambda: encode_png(scene.image.pixels),
        "photo.png",
        "image/png",
        icon=":material/download:",
        on_click="ignore",
    )
    st.caption(
        t(
            "Both programs read photo.png, an image of {height} × {width} pixels, from the folder in which "
            "they run. To copy one, point at its upper right corner.",
            height=scene.image.size[0],
            width=scene.image.size[1],
        )
    )


def _show_difference(scene: Scene) -> None:
    place = st.container(height=90, border=False)
    with place:
        if not may_ask():
            return
    try:
        with place, st.spinner(t("Comparing …")):
            answer = ask(
                COMPARE_WITH_KERAS,
                pixels=scene.image.pixels,
                parts=list(scene.kernel.parts),
                geometry=scene.geometry,
                summed=scene.image.summed,
                flip=scene.flip,
                bias=scene.bias,
            )
    except LabError as error:
        show_error(error)
        return
    if answer.largest is None:
        place.warning(
            t(
                "The two differ in size: {numpy} and {keras}.",
                numpy=_shape(answer.numpy),
                keras=_shape(answer.keras),
            )
        )
        return
    place.success(
        t(
            "The difference between the two is **{difference}**, in {shape} numbers up to {largest}.",
            difference=f"{answer.largest:.2g}",
            shape=_shape(answer.numpy),
            largest=f"{answer.largest_value:.0f}",
        ),
        icon=":material/check_circle:",
    )


def _shape(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape))
