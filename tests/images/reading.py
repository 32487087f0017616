"""All pixels of an image file: what the product never asks for at once, and tests compare with."""

from tl_core import images


def load_rgb(data, name, *, at_least=None):
    """Return an image file as `(h, w, 3) uint8 0..255`; the arguments are those of `images.opened`."""
    with images.opened(data, name, at_least=at_least) as file:
        return file.rgb()
