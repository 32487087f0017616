#!/usr/bin/env bash
# On a CPU, OpenVINO's room for activations belongs to the compiled network and not to the infer request: deleting
# every request, `gc.collect()` and glibc's `malloc_trim(0)` give nothing back. `CompiledModel.release_memory()`
# does, and the next request computes the same numbers. With NUM_STREAMS 2 a second room stays as well.
#
# Seen with openvino 2026.4.1 on Linux x86_64. The room fits the largest batch that was ever asked for, so that one
# large batch costs a long-lived process its memory until then. Requests may be kept: that they live holds up
# nothing. The call raises RuntimeError while a request is being computed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv environment
environment/bin/pip install -q openvino==2026.4.1 numpy==2.4.6
cat > seen.py <<'PYTHON'
import ctypes
import gc
import re
import sys
import threading

import numpy as np
import openvino
from openvino import opset13

SIDE, CHANNELS, IMAGES = 64, 64, 64
streams = int(sys.argv[1])


def private_megabytes():
    gc.collect()
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    return int(re.search(r"RssAnon:\s+(\d+)", open("/proc/self/status").read())[1]) / 1024


draws = np.random.default_rng(0)
image = opset13.parameter([-1, 3, SIDE, SIDE], np.float32)
layer = image
for before in (3, CHANNELS, CHANNELS):
    kernels = draws.normal(0, 0.1, (CHANNELS, before, 3, 3)).astype(np.float32)
    layer = opset13.relu(opset13.convolution(layer, kernels, [1, 1], [1, 1], [1, 1], [1, 1]))
end = opset13.reduce_mean(layer, np.array([2, 3]), keep_dims=False)
options = {"NUM_STREAMS": streams, "INFERENCE_NUM_THREADS": 2}
network = openvino.Core().compile_model(openvino.Model([end], [image]), "CPU", options)
pixels = draws.normal(size=(IMAGES, 3, SIDE, SIDE)).astype(np.float32)


def ask(images):
    request = network.create_infer_request()
    return np.array(request.infer({0: images})[0])  # the request ends with the function


def ask_at_once():
    threads = [threading.Thread(target=ask, args=[pixels]) for _ in range(streams)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


ask(pixels[:1])
small = private_megabytes()
for _ in range(3):
    ask_at_once()
first = ask(pixels)
kept = private_megabytes() - small
network.release_memory()
released = private_megabytes() - small
same = np.array_equal(first, ask(pixels))
print(round(kept), round(released), int(same))
PYTHON
read -r one one_released one_same <<< "$(environment/bin/python seen.py 1)"
read -r two two_released two_same <<< "$(environment/bin/python seen.py 2)"
echo "openvino 2026.4.1"
echo "MB kept after 64 images, every request deleted: $one with one stream, $two with two"
echo "after release_memory(): $one_released and $two_released"
echo "the same numbers afterwards: $one_same and $two_same (1 is yes)"
[ "$one" -gt 80 ] && [ "$two" -gt $((one * 3 / 2)) ] && [ "$one_released" -lt $((one / 4)) ] \
    && [ "$two_released" -lt $((two / 4)) ] && [ "$one_same" = 1 ] && [ "$two_same" = 1 ]
