#!/usr/bin/env bash
# With labels that are shares, as MixUp, CutMix or smoothing by hand make them, Keras' BinaryAccuracy is 0 for
# a network with one unit, however right it is; the same network with two units has its true accuracy.
#
# Seen with keras 3.15.1: BinaryAccuracy rounds what the network says to 0 or 1 and compares that for equality
# with the label, which is never 0 or 1 then. CategoricalAccuracy, and "accuracy" where it stands for that one,
# compares the places of the largest values. Binary cross-entropy takes shares without a word, so the loss of
# such a training falls as it should while its accuracy stays at 0.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv environment
environment/bin/pip install -q keras==3.15.1 jax==0.10.2
cat > seen.py <<'PYTHON'
import keras
import numpy as np

shares = np.array([0.1, 0.3, 0.7, 0.9])  # of the second class
said = np.array([0.2, 0.4, 0.6, 0.8])  # right each time

one = keras.metrics.BinaryAccuracy()
one.update_state(shares[:, None], said[:, None])
two = keras.metrics.CategoricalAccuracy()
two.update_state(np.stack([1 - shares, shares], 1), np.stack([1 - said, said], 1))
whole = keras.metrics.BinaryAccuracy()
whole.update_state(shares[:, None].round(), said[:, None])

print(f"keras {keras.__version__}")
print(f"one unit, labels of 0 and 1:   {float(whole.result()):.2f}")
print(f"one unit, labels that are shares:  {float(one.result()):.2f}")
print(f"two units, the same shares:        {float(two.result()):.2f}")
assert float(whole.result()) == float(two.result()) == 1.0, "the comparison does not hold"
assert float(one.result()) == 0.0, "this has changed"
PYTHON
KERAS_BACKEND=jax environment/bin/python seen.py
