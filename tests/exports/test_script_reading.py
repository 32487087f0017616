"""The exported script reads photos with Pillow alone, and sees what the lab saw."""

import subprocess
import sys

import numpy as np
import pytest

from tests.images.test_heif import GRID
from tests.images.test_netpbm import raw
from tests.images.test_normaliser import DEEP_GREY, EXACT, LOSSY, SMOOTH, exif, saved
from tl_core import images
from tl_core.exports.script_parts import READ

PHOTOS = {
    "JPEG": LOSSY["JPEG"],
    "a turned JPEG": saved(SMOOTH, "JPEG", exif=exif(6)),
    "PNG with a see-through palette": EXACT["PNG PA"][0],
    "16-bit PNG": saved(DEEP_GREY, "PNG"),
    "16-bit TIFF": saved(DEEP_GREY, "TIFF"),
    "16-bit PGM": raw(DEEP_GREY, 65535),
    "HEIC": GRID,
}
HEAD = """
import contextlib, io, sys
import numpy as np
from PIL import Image, ImageOps
SIZE = 32
"""
TAIL = """
for path in sys.argv[1:]:
    np.save(path + ".npy", read_photo(open(path, "rb").read()))
"""


@pytest.mark.parametrize("case", PHOTOS)
def test_the_script_sees_what_the_lab_sees(case, tmp_path):
    path = tmp_path / "photo"
    path.write_bytes(PHOTOS[case])
    subprocess.run([sys.executable, "-c", HEAD + READ + TAIL, path], check=True)
    seen, expected = np.load(f"{path}.npy"), images.model_input(PHOTOS[case], case, 32)
    assert np.abs(seen.astype(int) - expected).max() <= 1
    assert expected.std() > 20, "there is something to see"
