#!/usr/bin/env bash
# A network that ends in Dense(1, activation="softmax") answers 1.0 to everything, and yet Keras trains it: with
# binary cross-entropy its loss falls, and its weights become, bit for bit, those of a network with a sigmoid.
#
# Seen with keras 3.15.1 on the TensorFlow backend. A softmax over one unit is 1 whatever the unit says (Keras
# itself warns of that), so one expects a loss that cannot change and weights that stay. But the activation
# hangs the numbers before it onto its output, and the loss takes those, for softmax as for sigmoid, and computes
# a sigmoid's cross-entropy from them. Accuracy stays at the share of the second class throughout, which looks as
# if nothing had been learned; with "sigmoid" in place of "softmax" the trained weights answer rightly. The same
# formula with the activation as a layer of its own that something else follows does not learn.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv environment
environment/bin/pip install -q keras==3.15.1 tensorflow-cpu==2.21.0
cat > seen.py <<'PYTHON'
import keras
import numpy as np


def trained(last):
    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.Input((2,)), *last()])
    model.compile(keras.optimizers.SGD(0.5), "binary_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=20, batch_size=32, shuffle=False, verbose=0).history
    return model, history


x = np.random.default_rng(3).normal(size=(256, 2)).astype("float32")
y = (x[:, :1] + x[:, 1:] > 0).astype("float32")
soft, told = trained(lambda: [keras.layers.Dense(1, activation="softmax")])
sigmoid, right = trained(lambda: [keras.layers.Dense(1, activation="sigmoid")])
apart, flat = trained(
    lambda: [keras.layers.Dense(1), keras.layers.Softmax(), keras.layers.Rescaling(1 - 1e-6)]
)
answers = soft.predict(x, verbose=0)
apart_by = max(
    float(np.abs(a - b).max())
    for a, b in zip(soft.get_weights(), sigmoid.get_weights(), strict=True)
)

print(f"keras {keras.__version__}, {keras.backend.backend()}")
print(f"answers of the softmax:              {answers.min()} to {answers.max()}")
print(f"its accuracy, first and last epoch:  {told['accuracy'][0]:.3f} {told['accuracy'][-1]:.3f}")
print(f"its loss, first and last epoch:      {told['loss'][0]:.3f} {told['loss'][-1]:.3f}")
print(f"its weights from those of a sigmoid: {apart_by:.1e}, accuracy there {right['accuracy'][-1]:.3f}")
print(f"loss with layers behind a softmax:   {flat['loss'][0]:.3f} {flat['loss'][-1]:.3f}")
assert answers.min() == answers.max() == 1.0, "the answers have changed"
assert told["accuracy"][0] == told["accuracy"][-1] < 0.6 < 0.95 < right["accuracy"][-1]
assert told["loss"][-1] < told["loss"][0] / 2 and apart_by == 0, "this has changed"
assert abs(flat["loss"][0] - flat["loss"][-1]) < 1e-3, "the comparison does not hold"
PYTHON
KERAS_BACKEND=tensorflow TF_CPP_MIN_LOG_LEVEL=3 environment/bin/python seen.py
