"""The state of a training after an epoch: all that is needed to go on as if nothing had happened."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
from safetensors import SafetensorError
from safetensors import numpy as safetensors

from tl_core import files
from tl_core.runs import Run

EPOCHS_DONE = "epochs_done"


def save(run: Run, model: keras.Model, epochs_done: int) -> None:
    """Store weights, optimizer and the state of the random numbers, atomically."""
    arrays = {_name(i): np.asarray(v.numpy()) for i, v in enumerate(_variables(model))}
    arrays[EPOCHS_DONE] = np.array(epochs_done)
    files.write_bytes(_path(run), safetensors.save(arrays))


def restore(run: Run, model: keras.Model) -> int:
    """Load the last checkpoint into a compiled model; returns the number of epochs it has behind it.

    Returns 0, and leaves the model as it was, when there is none or it does not fit.
    """
    model.optimizer.build(model.trainable_variables)
    try:
        arrays = safetensors.load_file(_path(run))
    except (FileNotFoundError, SafetensorError):
        return 0
    variables = _variables(model)
    found = [arrays.get(_name(i)) for i in range(len(variables))]
    if any(a is None or a.shape != tuple(v.shape) for a, v in zip(found, variables, strict=True)):
        return 0
    for variable, array in zip(variables, found, strict=True):
        variable.assign(array)
    return int(arrays[EPOCHS_DONE])


def remove(run: Run) -> None:
    """Forget the checkpoint of a run that is done."""
    _path(run).unlink(missing_ok=True)


def _path(run: Run) -> Path:
    return run.folder / "checkpoint.safetensors"


def _name(index: int) -> str:
    return f"variable_{index}"


def _variables(model: keras.Model) -> list[Any]:
    # `variables` has the state of the dropout layers' random numbers, which `weights` leaves out.
    return [*model.variables, *model.optimizer.variables]
