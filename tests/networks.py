"""The networks that every engine would export first, exported once for all tests of a process."""

from functools import cache

from tl_core.backbones import DEFAULT_BACKBONE, get_backbone
from tl_core.inference.exported import FrozenName
from tl_core.inference.ready import prepare
from tl_core.prediction.imagenet import input_size


@cache
def make_usual_networks() -> None:
    """Export them to where all tests keep networks; a worker, which is niced, takes a minute for it."""
    sizes = input_size(), get_backbone(DEFAULT_BACKBONE).default_size
    names = [FrozenName(backbone=DEFAULT_BACKBONE, weights="imagenet", size=size) for size in sizes]
    prepare(*names)
