#!/usr/bin/env bash
# safetensors.numpy saves a transposed or sliced array with the right shape and the wrong numbers, and says
# nothing.
#
# Seen with safetensors 0.8.0 and numpy 2.4.6: `save_file({"x": a.T}, path)` writes the bytes of `a` as they lie
# in memory under the shape of `a.T`. A kernel turned from (out, in, h, w) to (h, w, in, out) comes back
# scrambled. The same call for PyTorch refuses such a tensor with an error.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv environment
environment/bin/pip install -q safetensors==0.8.0 numpy==2.4.6
environment/bin/python - <<'PYTHON'
import numpy as np
import safetensors
from safetensors.numpy import load, load_file, save, save_file

kernel = np.arange(24, dtype=np.float32).reshape(2, 3, 2, 2)
cases = {
    "transposed": kernel.transpose(2, 3, 1, 0),
    "every other row": kernel.reshape(6, 4)[::2],
    "contiguous": np.ascontiguousarray(kernel.transpose(2, 3, 1, 0)),
}
print(f"safetensors {safetensors.__version__}, numpy {np.__version__}")
for name, array in cases.items():
    save_file({"x": array}, "file.safetensors")
    for found in (load_file("file.safetensors")["x"], load(save({"x": array}))["x"]):
        same = np.array_equal(found, array)
        print(f"{name}: shape {found.shape}, {'equal' if same else 'OTHER NUMBERS'}")
        assert found.shape == array.shape and same is (name == "contiguous"), "this has changed"
PYTHON
