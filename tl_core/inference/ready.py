"""A network on the inference engine for a process without Keras; what is missing another process makes."""

import logging
import subprocess
import sys

from tl_core import settings
from tl_core.backbones import find_weights
from tl_core.errors import LabError
from tl_core.inference.choice import OPENVINO, kept_choice, wished
from tl_core.inference.exported import FrozenName, find_exported
from tl_core.inference.network import InferenceNetwork

logger = logging.getLogger(__name__)

MAKER = "tl_core.models.networks.engines"
MAKING_SECONDS = 300.0
"""Generous: the largest networks take 40 s on a machine that has something else to do."""


def ready_network(name: FrozenName, precision: str = "") -> tuple[InferenceNetwork, str] | None:
    """Return a network on the inference engine, and how exactly it computes; made first if need be.

    Args:
        name: which network.
        precision: ``float32`` or ``bfloat16`` for that one where this machine has it; empty for the chosen.

    Returns:
        None where the engine does not run, or another one is faster: then TensorFlow has to compute.

    Raises:
        WeightsMissing: the weights are not on this machine.
    """
    if (found := _opened(name, precision)) or _settled_otherwise(name):
        return found
    if name.weights == "imagenet":
        find_weights(name.backbone)  # its error says what to do
    _make(name)
    return _opened(name, precision)


def _opened(name: FrozenName, precision: str) -> tuple[InferenceNetwork, str] | None:
    kept = kept_choice(name)
    choice = wished(kept, precision) if kept else None
    if choice is None or choice.engine != OPENVINO:
        return None
    try:
        exported = find_exported(name)
        if exported is None:
            return None
        return InferenceNetwork(exported, choice.precision), choice.precision
    except (ImportError, RuntimeError, LabError) as error:
        logger.warning("%s does not run on the inference engine: %s", name.id, error)
        return None


def _settled_otherwise(name: FrozenName) -> bool:
    kept = kept_choice(name)
    return kept is not None and kept.engine != OPENVINO


def _make(name: FrozenName) -> None:
    """Export a network and choose its engine in a process that ends with it: Keras takes 700 MB."""
    command = [sys.executable, "-m", MAKER, name.backbone, name.weights, str(name.size)]
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
        logger.warning("%s could not be exported: %s\n%s", name.id, error, said)
