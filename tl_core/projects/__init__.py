"""Datasets and trainings that leave a lab in one file, and are opened by another without training again."""

from tl_core.projects.contents import PackConfig
from tl_core.projects.opening import Opened, open_again, read_opened
from tl_core.projects.packing import (
    Packed,
    find_packed,
    pack_again,
    pack_config,
    pack_everything,
    packed_path,
)

__all__ = [
    "Opened",
    "PackConfig",
    "Packed",
    "find_packed",
    "open_again",
    "pack_again",
    "pack_config",
    "pack_everything",
    "packed_path",
    "read_opened",
]
