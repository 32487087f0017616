"""A network on the inference engine for a process without Keras; what is missing another process makes."""

import json
import logging
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict

from tl_core import errors, settings
from tl_core.backbones import find_weights, get_backbone
from tl_core.errors import DiskUnusable, EngineBusy, EngineUnavailable, LabError
from tl_core.inference.choice import OPENVINO, Choice, kept_choice, wished
from tl_core.inference.exported import FrozenName, find_exported
from tl_core.inference.network import InferenceNetwork
from tl_core.machine.loading import load, nothing_loads
from tl_core.wording import Sentence

logger = logging.getLogger(__name__)

MAKER = "tl_core.models.networks.engines"
MAKING_SECONDS = 100.0
"""The largest networks take 40 s on a machine that has something else to do; whoever asks waits for 120."""
AGAIN_SECONDS = 60.0
"""After one that failed; else each of forty who ask would have it tried again."""
MOST_WAITING = 2
"""Threads that wait for a network; a worker has three, and the last one answers those who need none."""

_making = threading.Lock()
_waiting = threading.Semaphore(MOST_WAITING)
_failed: dict[FrozenName, float] = {}
"""When the making of a network has failed last."""


def ready_network(name: FrozenName, precision: str) -> tuple[InferenceNetwork, str] | None:
    """Return a network on the inference engine, and how exactly it computes; made first if need be.

    Args:
        name: which network.
        precision: ``float32``, or ``bfloat16`` for that one where this machine has it.

    Returns:
        None where the engine does not run, or another one is faster: then TensorFlow has to compute.

    Raises:
        LabError: see `choose_elsewhere`.
    """
    choice = kept_choice(name.shared)
    if choice and choice.engine == OPENVINO and (found := _opened(name, wished(choice, precision))):
        return found  # checked and opened once: what is there as a rule
    choice = choose_elsewhere(name)
    if choice is None or choice.engine != OPENVINO:
        return None
    return _opened(name, wished(choice, precision))


def choose_elsewhere(name: FrozenName) -> Choice | None:
    """Return what was chosen for a network on this kind of machine; another process chooses if need be.

    Returns:
        None where no file can be written: then Keras computes in this process.

    Raises:
        EngineBusy: enough threads of this process wait for networks that are being made.
        LabError: see `prepare`.
    """
    if not _is_there(name):
        if not _waiting.acquire(blocking=False):
            raise EngineBusy(
                "A network is being prepared for its first use, which mostly takes less than a minute. Try "
                "again then."
            )
        try:
            prepare(name)
        except DiskUnusable as error:
            logger.warning("%s cannot be kept as a file: %s", name.id, error)
            return None
        finally:
            _waiting.release()
    return kept_choice(name.shared)


def prepare(*names: FrozenName) -> None:
    """Let another process make what is not there yet of some networks, all in one go.

    The one worker of a small machine trains as well: there is no room for that process and Keras in it.
    Whoever comes second waits, and where Keras is by then it makes them.

    Raises:
        EngineUnavailable: one could not be made, now or a moment ago.
        RunNotFound, WeightsMissing, DiskUnusable: why not.
    """
    if all(map(_is_there, names)):
        return
    small = settings.current().profile == "cloud"
    # Whoever waited finds what another thread has had made.
    with _making, nothing_loads() if small else nullcontext():
        if missing := [name for name in names if not _is_there(name)]:
            _check_failed(missing)
            if small and "keras" in sys.modules:
                load(MAKER).main(*missing)
            else:
                _make(missing)


def _is_there(name: FrozenName) -> bool:
    choice = kept_choice(name.shared)
    return choice is not None and (choice.engine != OPENVINO or find_exported(name) is not None)


def _opened(name: FrozenName, choice: Choice) -> tuple[InferenceNetwork, str] | None:
    exported = find_exported(name)
    try:
        network = InferenceNetwork(exported, choice.precision) if exported else None
    except (ImportError, RuntimeError, LabError) as error:
        logger.warning("%s does not run on the inference engine: %s", name.id, error)
        return None
    return (network, choice.precision) if network else None


def _check_failed(names: Sequence[FrozenName]) -> None:
    for name in names:
        if time.monotonic() - _failed.get(name, float("-inf")) < AGAIN_SECONDS:
            raise _could_not(name)


def _could_not(name: FrozenName) -> EngineUnavailable:
    return EngineUnavailable(
        "{title} could not be prepared for its first use: the memory or the time did not suffice. Try again "
        "in a minute; if it fails again, choose a smaller image size or a smaller network.",
        title=get_backbone(name.backbone).title,
    )


def _make(names: Sequence[FrozenName]) -> None:
    """Export networks and choose their engine in a process that ends with it: Keras takes 700 MB."""
    for name in names:
        if name.weights == "imagenet":
            find_weights(name.backbone)  # its error says what to do
    command = [sys.executable, "-m", MAKER, *(json.dumps(asdict(name)) for name in names)]
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as log:
        # It ends when this process does: its standard input is closed then.
        maker = subprocess.Popen(
            command, cwd=settings.PROJECT, stdin=subprocess.PIPE, stdout=said, stderr=log
        )
        code: int | None = None
        try:
            code = maker.wait(MAKING_SECONDS)
        except subprocess.TimeoutExpired:
            logger.warning("%s took longer than %.0f s", names, MAKING_SECONDS)
        finally:
            maker.kill()
            maker.communicate()
        said.seek(0)
        if code == 0 and (refusal := _refusal(said.read())):
            raise refusal
        if code != 0 or not all(map(_is_there, names)):
            log.seek(0)
            told = log.read().decode(errors="replace")
            logger.warning("%s could not be made (%s):\n%s", names, code, told)
            _failed.update(dict.fromkeys(names, time.monotonic()))
            raise _could_not(names[0])


def _refusal(said: bytes) -> LabError | None:
    """Return what the maker was refused by, as `tl_core.models.networks.engines` writes it."""
    if not said.strip():
        return None
    found = json.loads(said.splitlines()[-1])
    kind: type[LabError] = getattr(errors, found.pop("kind"))
    return kind.restored(Sentence.from_json(found))
