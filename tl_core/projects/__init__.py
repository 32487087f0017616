"""Datasets and trainings that leave a lab in one file, and are opened by another without training again."""

from tl_core.projects.opening import Opened, read_opened
from tl_core.projects.packing import PackConfig, Packed, find_packed, pack_config, packed_path

__all__ = [
    "Opened",
    "PackConfig",
    "Packed",
    "find_packed",
    "pack_config",
    "packed_path",
    "read_opened",
]
