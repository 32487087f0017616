#!/usr/bin/env bash
# On a CPU, TensorFlow never gives back the memory of its largest forward pass: not to `gc.collect()`, not to
# `keras.backend.clear_session()`, not to glibc's `malloc_trim(0)`. With oneDNN off it gives back nearly all.
#
# Seen with tensorflow-cpu 2.21.0 and keras 3.15.1 on Linux x86_64. The usual build has oneDNN on, and with it an
# allocator that keeps what it once took. A batch of 64 images taken once costs its memory for the life of the
# process; eight batches of 8 give the same numbers and stay an eighth as large. Switching oneDNN off is no way
# out: it is several times slower.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv environment
environment/bin/pip install -q tensorflow-cpu==2.21.0 keras==3.15.1 numpy==2.4.6
cat > seen.py <<'PYTHON'
import ctypes
import gc
import re
import sys

import keras
import numpy as np
import tensorflow as tf


def private_megabytes():
    return int(re.search(r"RssAnon:\s+(\d+)", open("/proc/self/status").read())[1]) / 1024


image = keras.Input((128, 128, 3))
x = image
for _ in range(4):
    x = keras.layers.Conv2D(32, 3, padding="same", activation="relu")(x)
network = keras.Model(image, keras.layers.GlobalAveragePooling2D()(x))
forward = tf.function(lambda pixels: network(pixels, training=False), autograph=False)
forward(tf.zeros((8, 128, 128, 3)))
before = private_megabytes()
forward(tf.zeros((int(sys.argv[1]), 128, 128, 3)))
del forward, network
keras.backend.clear_session()
gc.collect()
ctypes.CDLL("libc.so.6").malloc_trim(0)
print(round(private_megabytes() - before))
PYTHON
kept() { TF_CPP_MIN_LOG_LEVEL=3 TF_ENABLE_ONEDNN_OPTS=$1 environment/bin/python seen.py "$2" 2>/dev/null; }
on=$(kept 1 64)
off=$(kept 0 64)
small=$(kept 1 8)
echo "tensorflow-cpu 2.21.0, keras 3.15.1"
echo "kept after one batch of 64, oneDNN on (as usual): $on MB; off: $off MB"
echo "kept after one more batch of 8, oneDNN on:        $small MB"
[ "$on" -gt 150 ] && [ "$off" -lt $((on / 3)) ] && [ "$small" -lt $((on / 3)) ]
