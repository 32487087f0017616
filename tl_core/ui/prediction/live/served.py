"""Where browsers find the files that are cut into pieces: Streamlit serves the folder of a component.

The component itself is never drawn. What is in the folder can be had by whoever knows its name, which holds
128 bits of a hash; nothing lists it. A relative address is right below a base path and behind a proxy, too:
Streamlit's own scripts are found in the same way.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import streamlit.components.v1 as components

from tl_core.prediction.pieces import Packed, pieces_dir
from tl_core.prediction.programs import packed_programs


def address(packed: Packed) -> dict[str, Any]:
    """Return what the browser needs to load a file."""
    folder = pieces_dir()
    folder.mkdir(parents=True, exist_ok=True)
    return {
        "folder": _served(folder),
        "digest": packed.digest,
        "pieces": packed.pieces,
        "size": packed.size,
    }


def program_addresses() -> Mapping[str, dict[str, Any]]:
    """Return the same of all files of LiteRT by name, see `packed_programs`.

    Raises:
        DiskUnusable: the disk is full, read-only, gone, or fails.
    """
    return {name: address(packed) for name, packed in packed_programs().items()}


@cache
def _served(folder: Path) -> str:
    return f"component/{components.declare_component('pieces', path=folder).name}"
