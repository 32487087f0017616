"""Loads what the first job or prediction will need."""

from tl_core.backbones import DEFAULT_BACKBONE, get_backbone
from tl_core.models.networks.frozen import extractor


def warm_up() -> None:
    """Build the default backbone; TensorFlow itself is loaded by importing this module."""
    extractor(DEFAULT_BACKBONE, "imagenet", get_backbone(DEFAULT_BACKBONE).default_size, "gap")
