#!/usr/bin/env bash
# Pillow 13 resizes tall images down before across; Pillow 12 went across first, always. The pixels differ.
#
# Seen with Pillow 13.0.0 and 12.3.0, bilinear: both make two passes and round to whole numbers between them, so
# the order shows in the last digit. A network's input that is made from the same portrait photo by the same
# call is another one after the upgrade, in some thousands of values by one level; a wide photo's stays as it
# was. Whoever keeps features by the bytes of a photo, or rewrites the resize for a browser or a phone and
# compares exactly, has to know which Pillow it was.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
for version in 12.3.0 13.0.0; do
    python3 -m venv "$version"
    "$version/bin/pip" install -q pillow=="$version" numpy==2.4.6
    "$version/bin/python" - <<'PYTHON'
import numpy as np
import PIL
from PIL import Image

SIDE = 160
HOW = Image.Resampling.BILINEAR


def order(width, height):
    photo = Image.fromarray(np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8))
    found = np.asarray(photo.resize((SIDE, SIDE), HOW))
    across = np.asarray(photo.resize((SIDE, height), HOW).resize((SIDE, SIDE), HOW))
    down = np.asarray(photo.resize((width, SIDE), HOW).resize((SIDE, SIDE), HOW))
    differ = int((across != down).sum())
    assert differ > 1000 and np.abs(across.astype(int) - down).max() == 1
    name = "across first" if np.array_equal(found, across) else "down first"
    assert np.array_equal(found, across if name == "across first" else down)
    print(f"Pillow {PIL.__version__}, {width} x {height} to {SIDE} x {SIDE}: {name}; {differ} values would differ")
    return name


newer = int(PIL.__version__.split(".")[0]) >= 13
assert order(640, 480) == "across first", "this has changed"
assert order(300, 900) == ("down first" if newer else "across first"), "this has changed"
PYTHON
done
