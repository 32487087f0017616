#!/usr/bin/env bash
# After `fit`, a Keras model that nobody refers to any more stays in memory with both moments of each weight.
#
# Seen with keras 3.15.1 and tensorflow-cpu 2.21.0, without XLA. One expects ``del model`` and a collection to
# free it, as they do after ``predict``. A process that trains one model after another grows by the size of each,
# times three with Adam. ``keras.backend.clear_session`` frees nothing of it either. What
# holds it: before the optimizer applies gradients it asks TensorFlow for their sum over all replicas, also where
# there is one; that sum is a "custom gradient", and TensorFlow writes each of those that a graph makes into the
# process's table of gradients, which is never emptied. From there it reaches the graph of the training step and
# all of its variables. With an optimizer that leaves the sum out, the same weights are learned and nothing stays.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv environment
environment/bin/pip install -q keras==3.15.1 tensorflow-cpu==2.21.0 psutil==7.2.2
cat > seen.py <<'PYTHON'
import gc

import keras
import numpy as np
import psutil

TIMES, UNITS = 6, 2000
x = np.ones((8, UNITS), "float32")


class Alone(keras.optimizers.Adam):
    def _all_reduce_sum_gradients(self, grads_and_vars):
        return list(grads_and_vars)


def grown(optimizer, work):
    """Return the MB that each model leaves after its end."""
    sizes = []
    for _ in range(TIMES):
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.Input((UNITS,)), keras.layers.Dense(UNITS)])
        model.compile(optimizer(), "mse", jit_compile=False)
        work(model)
        sums.append(float(np.abs(model.get_weights()[0]).sum()))
        del model
        keras.backend.clear_session()
        gc.collect()
        sizes.append(psutil.Process().memory_info().rss / 1e6)
    return (sizes[-1] - sizes[1]) / (TIMES - 2)


sums = []
fit = lambda model: model.fit(x, x, verbose=0)
one = UNITS * UNITS * 4 / 1e6
predicted = grown(keras.optimizers.Adam, lambda model: model.predict(x, verbose=0))
usual = grown(keras.optimizers.Adam, fit)
alone = grown(Alone, fit)
print(f"keras {keras.__version__}, {keras.backend.backend()}; a model's weights are {one:.0f} MB")
print(f"what stays of each model after predict:                  {predicted:4.0f} MB")
print(f"after fit:                                               {usual:4.0f} MB")
print(f"after fit with an optimizer that leaves the sum out:     {alone:4.0f} MB")
assert len(set(sums[TIMES:])) == 1, "they do not learn the same"
assert usual > 2 * one and max(predicted, alone) < one / 2, "this has changed"
PYTHON
KERAS_BACKEND=tensorflow TF_CPP_MIN_LOG_LEVEL=3 environment/bin/python seen.py
