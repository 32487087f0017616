"""A kernel on the live camera: every picture stays in the browser."""

from functools import cache

from streamlit.components.v2.types import ComponentRenderer

from tl_core.convolution.display import get_view
from tl_core.convolution.kernels import Kernel
from tl_core.ui import theme
from tl_core.ui.stage.component import declare, encode, packed
from tl_core.ui.stage.webcam import webcam_words
from tl_core.ui.text import t


def live_camera(
    kernel: Kernel,
    *,
    flip: bool = False,
    colour: bool = False,
    view: str = "absolute",
    key: str = "camera",
) -> None:
    """Draw the camera's picture and, beside it, what the kernel makes of it, at 320 × 240 pixels.

    The picture keeps its size; what is outside is filled with the border pixel. Nothing is recorded and
    nothing leaves the browser. The camera is off until somebody presses Start, and off again as soon as the
    component is not drawn or the page is left.

    Args:
        kernel: what is applied; weights of three channels are summed over the channels.
        flip: mathematical convolution instead of cross-correlation.
        colour: apply the kernel to red, green and blue, each on its own; otherwise to their grey.
        view: how the result is shown, the name of one of `list_views`.
        key: name of the component, unique on its page.

    Raises:
        SettingInvalid: there is no such view.

    Example::

        live_camera(get_kernel("sobel_x"), view="signed")
    """
    weights = packed(kernel, flip)
    _component()(
        key=key,
        data={
            "weights": encode(weights),
            "shape": weights.shape,
            "colour": colour,
            "view": get_view(view).name,
            "scale": encode(theme.SIGNED_TABLE),
            "text": _words(),
        },
    )


@cache
def _component() -> ComponentRenderer:
    return declare("camera")


def _words() -> dict[str, str]:
    return {
        "camera": t("Camera"),
        "result": t("Result"),
        "resultName": t("The camera's picture after the kernel"),
        "running": t(
            "{count} frames per second, {milliseconds} ms each, computed in this browser."
        ),
        **webcam_words(
            insecure=t(
                "A moving picture needs an https address: whoever runs the lab starts it with python "
                "classroom.py. Without it the kernel works on a photo that you take, in this browser."
            ),
            off=t("The camera is off. Its picture never leaves this browser."),
        ),
    }
