#!/usr/bin/env bash
# st.cache_data and st.cache_resource take two large images for the same when few of their values differ.
#
# Seen with streamlit 1.67.0: of an array with 500,000 values or more only 100,000 are hashed, drawn at random
# with a fixed seed; a picture of PIL goes the same way. Of 60 one-pixel changes to a photo of 1000 x 1000 most
# return the result of the photo without the change. At 400 x 400 every change is seen.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv environment
environment/bin/pip install -q streamlit==1.67.0 numpy==2.4.6 pillow==12.3.0
environment/bin/python - 2>/dev/null <<'PYTHON'
import numpy as np
import streamlit as st
from PIL import Image


@st.cache_data
def total(image):
    return int(np.asarray(image, np.int64).sum())


def seen(side, kind):
    """Return how many of 60 changes of one pixel give another result than the photo without them."""
    places = np.random.default_rng(0).integers(0, side, (60, 2))
    plain = np.zeros((side, side, 3), np.uint8)
    assert total(kind(plain)) == 0
    found = 0
    for row, column in places:
        changed = plain.copy()
        changed[row, column] = 255
        found += total(kind(changed)) == 3 * 255
    return found


print("streamlit", st.__version__)
for side, expected in ((400, lambda n: n == 60), (1000, lambda n: n < 20)):
    for kind in (np.asarray, Image.fromarray):
        found = seen(side, kind)
        print(f"{side} x {side}, {kind.__name__}: {found} of 60 changes are seen")
        assert expected(found), "this has changed"
PYTHON
