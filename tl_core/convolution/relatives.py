"""Convolution's relatives: depthwise, grouped and transposed, with Keras' shapes and order of channels."""

from dataclasses import dataclass

import numpy as np

from tl_core.convolution.arrays import Array, Image
from tl_core.convolution.axis import Axis
from tl_core.convolution.engine import image_planes, layer
from tl_core.convolution.geometry import Geometry, Pair
from tl_core.convolution.kernels import Kernel
from tl_core.errors import SettingInvalid


def depthwise(image: Image, weights: Image, geometry: Geometry) -> Array:
    """Give every channel its own kernels and never mix channels.

    Args:
        image: (h, w, channels).
        weights: (kh, kw, channels, multiplier), as in ``keras.layers.DepthwiseConv2D``.
        geometry: stride, dilation, padding and fill.

    Returns:
        (oh, ow, channels * multiplier) float32, the results of one channel side by side.

    Raises:
        SettingInvalid: the kernel does not fit, or has another number of channels.
    """
    return grouped(
        image, weights.reshape(*weights.shape[:2], 1, -1), geometry, groups=weights.shape[2]
    )


def grouped(image: Image, weights: Image, geometry: Geometry, *, groups: int) -> Array:
    """Split channels and filters into groups that do not see each other.

    Args:
        image: (h, w, channels).
        weights: (kh, kw, channels / groups, filters), as in ``keras.layers.Conv2D(groups=...)``.
        geometry: stride, dilation, padding and fill.
        groups: divides channels and filters; 1 is a full layer, as many as channels is depthwise.

    Returns:
        (oh, ow, filters) float32.

    Raises:
        SettingInvalid: the kernel does not fit, or the groups do not divide the channels.
    """
    planes = image_planes(image)
    channels, filters = len(planes), weights.shape[3]
    if groups < 1 or channels != weights.shape[2] * groups or filters % groups:
        raise SettingInvalid(
            "{groups} groups of {each} channels do not make the image's {channels}, or do not divide "
            "{filters} filters. Choose a number of groups that divides both.",
            groups=groups,
            each=weights.shape[2],
            channels=channels,
            filters=filters,
        )
    parts = zip(np.split(planes, groups), np.split(weights, groups, axis=3), strict=True)
    results = [layer(part, np.asarray(kernel, np.float32), geometry) for part, kernel in parts]
    return np.concatenate(results, axis=2)


def transposed(
    image: Image, weights: Image, stride: Pair = (1, 1), padding: str = "valid"
) -> Array:
    """Let every input pixel stamp the kernel, times its value, on a larger output; stamps add up.

    Args:
        image: (h, w, channels).
        weights: (kh, kw, filters, channels), as in ``keras.layers.Conv2DTranspose``.
        stride: output pixels from one stamp to the next, (vertical, horizontal), 1 to 32.
        padding: ``valid`` keeps all that is stamped, ``same`` cuts to size times stride.

    Returns:
        (oh, ow, filters) float32.

    Raises:
        SettingInvalid: a stride outside its range, or another number of channels.

    Example:
        >>> transposed(np.ones((1, 2, 1)), np.ones((1, 2, 1, 1)), (1, 1))[..., 0]
        array([[1., 2., 1.]], dtype=float32)
    """
    kernel_height, kernel_width, filters, channels = weights.shape
    Geometry(kernel=(kernel_height, kernel_width), stride=stride, padding=padding)
    if image.shape[2] != channels or padding == "full":
        raise SettingInvalid(
            "A transposed convolution needs a kernel of {image} channels and padding valid or same, "
            "received {channels} channels and {padding}.",
            image=image.shape[2],
            channels=channels,
            padding=padding,
        )
    (height, width), (down, right) = image.shape[:2], stride
    pixels = np.asarray(image, np.float32)
    stamps = np.asarray(weights, np.float32)
    canvas = np.zeros(
        (
            height * down + max(0, kernel_height - down),
            width * right + max(0, kernel_width - right),
            filters,
        ),
        np.float32,
    )
    for y, x in np.ndindex(kernel_height, kernel_width):
        canvas[y : y + height * down : down, x : x + width * right : right] += (
            pixels @ stamps[y, x].T
        )
    if padding == "same":
        top, left = max(0, kernel_height - down) // 2, max(0, kernel_width - right) // 2
        canvas = canvas[top : top + height * down, left : left + width * right]
    return canvas


@dataclass(frozen=True, kw_only=True, eq=False)
class TransposedLayer:
    """A kernel that every pixel of a grey image stamps on a larger output, as `transposed` does.

    Args:
        kernel: (kh, kw) weights; of a magnitude the first.
        stride: output pixels from one stamp to the next, (vertical, horizontal), 1 to 32.
        padding: ``valid`` or ``same``.
        flip: turn the kernel by 180 degrees first.
    """

    kernel: Kernel
    stride: Pair = (1, 1)
    padding: str = "valid"
    flip: bool = False

    def apply(self, image: Image) -> Array:
        """Return the output, (oh, ow) float32, of an image (h, w); raises as `transposed`."""
        weights = self.kernel.weights[::-1, ::-1] if self.flip else self.kernel.weights
        stamps = weights[:, :, None, None]
        return transposed(image[:, :, None], stamps, self.stride, self.padding)[:, :, 0]

    def axes(self, image_size: Pair) -> tuple[Axis, Axis]:
        """Return the axes of the convolution that goes the other way, from this layer's output to its input.

        Where that convolution sees one pixel of the output, the input pixel stamps it.
        """
        kernel = self.kernel.weights.shape[0], self.kernel.weights.shape[1]
        geometry = Geometry(kernel=kernel, stride=self.stride, padding=self.padding)
        beyond = (0, 0)
        if self.padding == "valid":
            beyond = max(0, kernel[0] - self.stride[0]), max(0, kernel[1] - self.stride[1])
        return geometry.axes(
            (
                image_size[0] * self.stride[0] + beyond[0],
                image_size[1] * self.stride[1] + beyond[1],
            )
        )
