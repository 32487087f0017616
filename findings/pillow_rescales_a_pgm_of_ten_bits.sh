#!/usr/bin/env bash
# Pillow changes the numbers of a PGM whose largest value is not 255 or 65535, and takes a hundred times as long.
#
# Seen with Pillow 13.0.0: 10-bit and 12-bit PGM (sensors, microscopes, digitised film) do not come back with
# the values that the file holds. A maximum of 1023 is stretched to 65535, one of 254 to 255; with 65535 and 255
# the same samples come back as they are. The stretching is done in Python, pixel by pixel. Calibrated
# measurements, or labels kept as grey levels, must be read another way.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv environment
environment/bin/pip install -q pillow==13.0.0 numpy==2.4.6
environment/bin/python - <<'PYTHON'
import io
import time

import numpy as np
import PIL
from PIL import Image

HEIGHT, WIDTH = 1000, 1500
samples = np.random.default_rng(0).integers(0, 255, (HEIGHT, WIDTH))


def read(largest, kind):
    stored = samples.astype(kind)
    file = b"P5 %d %d %d\n" % (WIDTH, HEIGHT, largest) + stored.tobytes()
    seconds = time.perf_counter()
    with Image.open(io.BytesIO(file)) as image:
        found = np.asarray(image).astype(np.int64)
    return found, time.perf_counter() - seconds


print(f"Pillow {PIL.__version__}")
for largest, kind, kept in ((255, "u1", True), (254, "u1", False), (65535, ">u2", True), (1023, ">u2", False)):
    found, seconds = read(largest, kind)
    full = 255 if largest < 256 else 65535
    stretched = np.abs(found - samples * full / largest).max() <= 1
    same = np.array_equal(found, samples)
    print(f"largest value {largest}: {samples[0, :3]} -> {found[0, :3]}, {seconds:.3f} s")
    assert same is kept and stretched, "this has changed"
PYTHON
