#!/usr/bin/env bash
# RMSprop's first step is 3.2 times its learning rate; Adam's and momentum's is once.
#
# Seen with Keras 3.15.1 and Optax 0.2.8. The running mean of squared slopes begins at 0 and, unlike
# Adam's, is not corrected for that: with the usual rho of 0.9 it is a tenth of the square after one step,
# and the slope is divided by its root. Whatever the slope is, every weight first moves by 3.2 rates; a
# fine-tuning that was meant to begin gently begins with its largest steps, and only about twenty later
# are they as large as was asked for.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv environment
environment/bin/pip install -q keras==3.15.1 optax==0.2.8 jax==0.10.0
cat > seen.py <<'PYTHON'
import os

os.environ["KERAS_BACKEND"] = "jax"
import jax.numpy as jnp
import keras
import optax

RATE = 1e-3


def steps_in_keras(optimizer):
    """Return the first thirty steps down an even slope, in rates."""
    weight = keras.Variable(1.0)
    steps = []
    for _ in range(30):
        before = float(weight)
        optimizer.apply([keras.ops.convert_to_tensor(4.0)], [weight])
        steps.append((before - float(weight)) / RATE)
    return steps


def first_step_in_optax(optimizer):
    change, _ = optimizer.update(jnp.array(4.0), optimizer.init(jnp.array(1.0)))
    return -float(change) / RATE


adam = steps_in_keras(keras.optimizers.Adam(RATE))
rmsprop = steps_in_keras(keras.optimizers.RMSprop(RATE))
others = first_step_in_optax(optax.adam(RATE)), first_step_in_optax(optax.rmsprop(RATE))
print(f"Keras {keras.__version__}, Optax {optax.__version__}")
for number in (1, 2, 5, 10, 20, 30):
    print(f"step {number:2}: Adam {adam[number - 1]:.2f}, RMSprop {rmsprop[number - 1]:.2f} rates")
print(f"first step in Optax: Adam {others[0]:.2f}, RMSprop {others[1]:.2f} rates")
assert [round(one[0], 1) for one in (adam, rmsprop)] == [1.0, 3.2], "this has changed"
assert [round(one, 1) for one in others] == [1.0, 3.2], "this has changed"
PYTHON
environment/bin/python seen.py
