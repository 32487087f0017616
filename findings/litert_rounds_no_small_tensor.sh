#!/usr/bin/env bash
# A LiteRT file "with weights in 8 bits" keeps every tensor of fewer than 1,024 numbers in float32,
# however many there are, and its 8 bits hold 255 values.
#
# Seen with TensorFlow 2.21.0 (`tf.lite.Optimize.DEFAULT` without a representative dataset: dynamic
# range). The first convolution of a network for photos, 3 x 3 x 3 x 32 = 864 numbers, and the depthwise
# ones of up to 113 channels stay as they are, layers on which mobile networks spend much of their time.
# What is rounded lies between -127 and 127.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv environment
environment/bin/pip install -q tensorflow-cpu==2.21.0 keras==3.15.1
cat > seen.py <<'PYTHON'
import contextlib
import io
import os
import warnings

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
warnings.filterwarnings("ignore")
import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(0)


def rounded(channels):
    """Return the kinds of numbers that a dense layer from `channels` to 32 keeps, and their extremes."""
    inputs = keras.Input((channels,), batch_size=1)
    network = keras.Model(inputs, keras.layers.Dense(32, use_bias=False)(inputs))
    converter = tf.lite.TFLiteConverter.from_keras_model(network)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    with contextlib.redirect_stdout(io.StringIO()):
        file = converter.convert()
    interpreter = tf.lite.Interpreter(model_content=file)
    interpreter.allocate_tensors()
    details = interpreter.get_tensor_details()
    (weights,) = (one for one in details if one["shape"].tolist() == [32, channels])
    values = interpreter.get_tensor(weights["index"])
    return values.dtype.name, values.min(), values.max()


print(f"TensorFlow {tf.__version__}")
small, large = rounded(31), rounded(33)
print(f"31 x 32 = 992 weights:   {small[0]}")
print(f"33 x 32 = 1,056 weights: {large[0]}, {large[1]} to {large[2]}")
assert small[0] == "float32" and large[0] == "int8", "this has changed"
assert -127 <= large[1] < 0 < large[2] <= 127, "this has changed"
PYTHON
environment/bin/python seen.py 2>/dev/null
