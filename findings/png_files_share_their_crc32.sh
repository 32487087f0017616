#!/usr/bin/env bash
# The CRC-32 of PNG files, as every zip lists it, tells far fewer of them apart than 32 bits should.
#
# Seen with Pillow 13.0.0: of 4,000 different pictures of one size, saved as PNG, dozens share CRC-32 and size
# with another one in the zip's table of contents; the same pixels as BMP never do. Every chunk of a PNG ends in
# its own CRC-32, and that eats most of what the checksum of the whole file could say. Duplicates that are
# found by the CRC and the size in a zip's listing are not duplicates.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv environment
environment/bin/pip install -q pillow==13.0.0 numpy==2.4.6
environment/bin/python - <<'PYTHON'
import hashlib
import io
import zipfile
from collections import defaultdict

import numpy as np
import PIL
from PIL import Image

COUNT = 4000
pixels = np.random.default_rng(0).integers(0, 256, (COUNT, 16, 16, 3), dtype=np.uint8)


def confused(kind):
    """Return how many of the files share CRC-32 and size with a file that is another one."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number, picture in enumerate(pixels):
            file = io.BytesIO()
            Image.fromarray(picture).save(file, kind)
            archive.writestr(f"{number}.{kind.lower()}", file.getvalue())
    alike = defaultdict(set)
    with zipfile.ZipFile(packed) as archive:
        for member in archive.infolist():
            digest = hashlib.sha256(archive.read(member)).digest()
            alike[member.CRC, member.file_size].add(digest)
    return sum(len(digests) for digests in alike.values() if len(digests) > 1)


expected = COUNT**2 / 2**32
png, bmp = confused("PNG"), confused("BMP")
print(f"Pillow {PIL.__version__}: of {COUNT} different pictures {png} PNG and {bmp} BMP files share CRC-32 and")
print(f"size with another one; for 32 random bits {expected:.3f} would be expected")
assert png >= 20 and bmp == 0, "this has changed"
PYTHON
