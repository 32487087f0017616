"""A temporary folder of an engine's own, for what its workers and the libraries in them leave behind.

TensorFlow writes Python files into the temporary folder and removes them when its process ends by itself; one
that is killed leaves them, and so does Dask with its folders.
"""

import os
import shutil
import tempfile
from pathlib import Path

from tl_core import files

VARIABLES = ("TMPDIR", "TEMP", "TMP")
"""Where programs look for it, on one system or another."""


def take_scratch() -> Path:
    """Make a temporary folder for this process and all that it starts; remove those whose process is gone.

    Returns:
        The folder, which whoever asked for it removes in the end.
    """
    common = Path(tempfile.gettempdir())
    for path in common.glob(f"{files.TEMPORARY}*"):
        if files.writer_is_there(path.name) is False:
            shutil.rmtree(path, ignore_errors=True)
    folder = files.make_temporary_folder(common)
    os.environ.update(dict.fromkeys(VARIABLES, str(folder)))
    tempfile.tempdir = None  # or this process would go on with the old one
    return folder
