"""A network on the inference engine for a process without Keras; what is missing another process makes."""

import json
import logging
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import asdict

from tl_core import settings
from tl_core.backbones import find_weights
from tl_core.errors import LabError
from tl_core.inference.choice import OPENVINO, Choice, kept_choice, wished
from tl_core.inference.exported import FrozenName, find_exported
from tl_core.inference.network import InferenceNetwork

logger = logging.getLogger(__name__)

MAKER = "tl_core.models.networks.engines"
_making = threading.Lock()
MAKING_SECONDS = 300.0
"""Generous: the largest networks take 40 s on a machine that has something else to do."""


def ready_network(name: FrozenName, precision: str) -> tuple[InferenceNetwork, str] | None:
    """Return a network on the inference engine, and how exactly it computes; made first if need be.

    Args:
        name: which network.
        precision: ``float32``, or ``bfloat16`` for that one where this machine has it.

    Returns:
        None where the engine does not run, or another one is faster: then TensorFlow has to compute.

    Raises:
        WeightsMissing: the weights are not on this machine.
    """
    choice = choose_elsewhere(name)
    if choice is None or choice.engine != OPENVINO:
        return None
    return _opened(name, wished(choice, precision))


def choose_elsewhere(name: FrozenName) -> Choice | None:
    """Return what was chosen for a network on this kind of machine; another process chooses if need be.

    Raises:
        WeightsMissing: the weights are not on this machine.
    """
    prepare(name)
    return kept_choice(name.shared)


def prepare(*names: FrozenName) -> None:
    """Let another process make what is not there yet of some networks, all in one go.

    Raises:
        WeightsMissing: the weights of one are not on this machine.
    """
    if all(map(_is_there, names)):
        return
    with _making:  # whoever waited finds what another thread has had made
        if missing := [name for name in names if not _is_there(name)]:
            _make(missing)


def _is_there(name: FrozenName) -> bool:
    choice = kept_choice(name.shared)
    return choice is not None and (choice.engine != OPENVINO or find_exported(name) is not None)


def _opened(name: FrozenName, choice: Choice) -> tuple[InferenceNetwork, str] | None:
    try:
        exported = find_exported(name)
        return (
            (InferenceNetwork(exported, choice.precision), choice.precision) if exported else None
        )
    except (ImportError, RuntimeError, LabError) as error:
        logger.warning("%s does not run on the inference engine: %s", name.id, error)
        return None


def _make(names: Sequence[FrozenName]) -> None:
    """Export networks and choose their engine in a process that ends with it: Keras takes 700 MB."""
    for name in names:
        if name.weights == "imagenet":
            find_weights(name.backbone)  # its error says what to do
    command = [sys.executable, "-m", MAKER, *(json.dumps(asdict(name)) for name in names)]
    try:
        subprocess.run(
            command,
            cwd=settings.PROJECT,
            check=True,
            capture_output=True,
            text=True,
            timeout=MAKING_SECONDS,
        )
    except subprocess.SubprocessError as error:
        said = getattr(error, "stderr", None) or ""
        logger.warning("%s could not be exported: %s\n%s", names, error, said)
