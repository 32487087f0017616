"""The state of a phase after an epoch: all that is needed to go on as if nothing had happened.

checkpoint-<phase>.safetensors   weights, optimizer and random numbers after the last epoch
best-<phase>.safetensors         weights of the best epoch so far, which one it is, and what they made of the
                                 validation images
"""

from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors import numpy as safetensors

from tl_core.models.arrays import array_of, write_arrays
from tl_core.runs import Run

EPOCHS_DONE = "epochs_done"
OUTPUTS = "outputs"


def save(run: Run, phase: str, model: keras.Model, epochs_done: int) -> None:
    """Store weights, optimizer and the state of the random numbers, atomically."""
    arrays = _named(_variables(model)) | {EPOCHS_DONE: np.array(epochs_done)}
    write_arrays(_path(run, "checkpoint", phase), arrays)


def restore(run: Run, phase: str, model: keras.Model) -> int:
    """Load the last checkpoint into a compiled model; returns the number of epochs it has behind it.

    Returns 0, and leaves the model as it was, when there is none or it does not fit.
    """
    model.optimizer.build(model.trainable_variables)
    arrays = _read(_path(run, "checkpoint", phase))
    return int(arrays[EPOCHS_DONE]) if _assign(_variables(model), arrays) else 0


def save_best(
    run: Run, phase: str, model: keras.Model, epochs_done: int, outputs: NDArray[np.float32]
) -> None:
    """Store the weights of the best epoch so far with its outputs for the validation images, atomically."""
    arrays = _named(model.variables) | {EPOCHS_DONE: np.array(epochs_done), OUTPUTS: outputs}
    write_arrays(_path(run, "best", phase), arrays)


def restore_best(
    run: Run, phase: str, model: keras.Model
) -> tuple[int, NDArray[np.float32]] | None:
    """Load the best epoch into a model.

    Returns:
        How many epochs it has behind it, itself counted, and its outputs; None when there is none. It may be
        one more than the run book has: a kill comes between the two.
    """
    arrays = _read(_path(run, "best", phase))
    if EPOCHS_DONE not in arrays or not _assign(model.variables, arrays):
        return None
    return int(arrays[EPOCHS_DONE]), arrays[OUTPUTS]


def remove(run: Run) -> None:
    """Forget the checkpoints of a run that is done."""
    for kind in ("checkpoint", "best"):
        for path in run.folder.glob(f"{kind}-*.safetensors"):
            path.unlink(missing_ok=True)


def _path(run: Run, kind: str, phase: str) -> Path:
    return run.folder / f"{kind}-{phase}.safetensors"


def _read(path: Path) -> dict[str, NDArray[Any]]:
    try:
        return dict(safetensors.load_file(path))
    except (FileNotFoundError, SafetensorError):
        return {}


def _variables(model: keras.Model) -> list[Any]:
    # `variables` has the state of the dropout layers' random numbers, which `weights` leaves out.
    return [*model.variables, *model.optimizer.variables]


def _named(variables: list[Any]) -> dict[str, NDArray[Any]]:
    return {_name(i): array_of(v) for i, v in enumerate(variables)}


def _assign(variables: list[Any], arrays: dict[str, NDArray[Any]]) -> bool:
    """Give the variables their arrays, all or none."""
    found = [arrays.get(_name(i)) for i in range(len(variables))]
    if any(a is None or a.shape != tuple(v.shape) for a, v in zip(found, variables, strict=True)):
        return False
    for variable, array in zip(variables, found, strict=True):
        variable.assign(array)
    return True


def _name(index: int) -> str:
    return f"variable_{index}"
