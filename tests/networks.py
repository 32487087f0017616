"""The networks that every engine would export first, exported once for all tests of a process."""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from tl_core.backbones import DEFAULT_BACKBONE, get_backbone
from tl_core.inference.exported import FOLDER
from tl_core.inference.ready import MAKER
from tl_core.prediction.imagenet import input_size
from tl_core.settings import PROJECT


@cache
def _made() -> Path:
    folder = tempfile.mkdtemp(prefix="networks-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for size in (get_backbone(DEFAULT_BACKBONE).default_size, input_size()):
        subprocess.run(
            [sys.executable, "-m", MAKER, DEFAULT_BACKBONE, "imagenet", str(size)],
            cwd=PROJECT,
            env={**os.environ, "TL_DATA_DIR": folder},
            check=True,
            capture_output=True,
        )
    return Path(folder, FOLDER)


def give_networks(data_dir: Path) -> None:
    """Put the usual networks into a data folder, as an engine that ran there before has left them."""
    shutil.copytree(_made(), data_dir / FOLDER, dirs_exist_ok=True)
