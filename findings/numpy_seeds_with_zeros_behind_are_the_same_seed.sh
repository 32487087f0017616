#!/usr/bin/env bash
# A seed of several numbers does not say how many they are: zeros behind it change nothing. Whoever seeds the
# order of epoch e with (seed, e), and the mixing of its batch b with (seed, e, b), draws both from one stream
# in the first batch of every epoch.
#
# Seen with numpy 2.4.6: default_rng((7, 4)), ((7, 4, 0)) and ((7, 4, 0, 0)) give the same numbers, because
# SeedSequence fills a pool of four words with zeros; ((7, 4, 1)) and ((0, 7, 4)) give others. From five
# numbers on a zero behind does count. `SeedSequence(...).spawn` makes streams that cannot meet in this way.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv environment
environment/bin/pip install -q numpy==2.4.6
cat > seen.py <<'PYTHON'
import numpy as np


def stream(*seed):
    return tuple(np.random.default_rng(seed).integers(0, 1000, 4).tolist())


print(f"numpy {np.__version__}")
for seed in ((7, 4), (7, 4, 0), (7, 4, 0, 0), (7, 4, 0, 0, 0), (7, 4, 1), (0, 7, 4)):
    print(f"{seed!s:18} {stream(*seed)}")
assert stream(7, 4) == stream(7, 4, 0) == stream(7, 4, 0, 0), "this has changed"
assert stream(7, 4) not in (stream(7, 4, 0, 0, 0), stream(7, 4, 1), stream(0, 7, 4)), "this has changed"
parent = np.random.SeedSequence((7, 4))
first, second = (np.random.default_rng(child).random() for child in parent.spawn(2))
assert first != second
PYTHON
environment/bin/python seen.py
