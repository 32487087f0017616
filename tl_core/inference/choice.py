"""Which engine computes the features of a network, and how exactly: timed once on each kind of machine.

    inference/<network>-<machine>/choice.json     engine and precision, and the seconds of all that were timed

Engines that compute in float32 agree with Keras to the last digits, and their features are the same thing.
bfloat16 is another thing: the feature store keeps it apart. It is taken only where it was measured that what
is learned on it is as good (`BackboneSpec.bfloat16`), unless ``TL_PRECISION`` says otherwise.
"""

import logging
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

from tl_core import files, settings
from tl_core.backbones import get_backbone
from tl_core.errors import LabError
from tl_core.inference.exported import CHOICE, FrozenName, inference_dir
from tl_core.machine import processor

logger = logging.getLogger(__name__)

VERSION = 1
"""Of how it is chosen; a change measures again."""
OPENVINO, TENSORFLOW = "openvino", "tensorflow"
SLOW_SECONDS = 0.3
"""Where the first pass takes longer, one more says enough."""
ROUNDS = 4


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What computes.

    Args:
        engine: ``openvino`` or ``tensorflow``.
        precision: ``float32`` or ``bfloat16``.
    """

    engine: str
    precision: str


EXACT = Choice(engine=OPENVINO, precision="float32")
ROUNDED = Choice(engine=OPENVINO, precision="bfloat16")
FALLBACK = Choice(engine=TENSORFLOW, precision="float32")
"""Works wherever the lab does."""
_known: dict[Path, Choice] = {}


def candidates(name: FrozenName) -> tuple[Choice, ...]:
    """Return what may compute a network on this machine, the one that is probably fastest first."""
    if not possible("float32"):
        return (FALLBACK,)
    wish = settings.current().precision
    if wish == "float32" or not possible("bfloat16"):
        return EXACT, FALLBACK
    if wish == "bfloat16":
        return (ROUNDED,)
    # The machines of a cluster work for one training, and need not have the same processor.
    alone = not settings.current().scheduler
    measured = name.weights == "imagenet" and get_backbone(name.backbone).bfloat16
    return (ROUNDED, EXACT, FALLBACK) if alone and measured else (EXACT, FALLBACK)


def possible(precision: str) -> bool:
    """Tell whether the inference engine computes so on this machine."""
    rounds = precision == ROUNDED.precision
    return bool(_version()) and (processor.computes_bfloat16() or not rounds)


def precision_of(name: FrozenName) -> str:
    """Return how exactly features of a network are computed; until somebody has chosen, how they will be."""
    return (kept_choice(name) or candidates(name)[0]).precision


def kept_choice(name: FrozenName) -> Choice | None:
    """Return what was chosen on this kind of machine, or None; it does not change any more."""
    path = _path(name)
    if path not in _known:
        try:
            found = files.read_json(path)
            choice = Choice(engine=found["engine"], precision=found["precision"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        if choice not in (*candidates(name), FALLBACK):
            return None
        _known[path] = choice
    return _known[path]


def wished(choice: Choice, precision: str) -> Choice:
    """Return what computes in a given precision where `choice` was chosen.

    Args:
        choice: what was chosen for a network.
        precision: ``float32`` or ``bfloat16``, if this machine has it; empty for that of `choice`.
    """
    if precision in ("", choice.precision) or not possible(precision):
        return choice
    return ROUNDED if precision == ROUNDED.precision else EXACT


def assume(name: FrozenName, choice: Choice) -> Choice:
    """Let a choice be that of this process, until it ends; returns it."""
    return _known.setdefault(_path(name), choice)


def choose(name: FrozenName, ways: Mapping[Choice, Callable[[], object]]) -> Choice:
    """Time what may compute a network, and keep the fastest; what another process has kept meanwhile stays.

    Args:
        name: which network.
        ways: what each choice does with some images.
    """
    seconds = {choice: _seconds(work) for choice, work in ways.items()}
    slow = min(seconds.values()) > SLOW_SECONDS
    for _ in range(1 if slow else ROUNDS):  # in turns: the first one of each was a warm-up
        for choice, work in ways.items():
            seconds[choice] = min(seconds[choice], _seconds(work))
    return keep_choice(name, min(seconds, key=seconds.__getitem__), seconds)


def keep_choice(name: FrozenName, choice: Choice, seconds: Mapping[Choice, float]) -> Choice:
    """Keep a choice, and return the one that is kept: first come, first served.

    Args:
        name: which network.
        choice: the choice.
        seconds: what was measured, for whoever wants to know why.
    """
    path = _path(name)
    timed = [{**asdict(one), "seconds": round(found, 4)} for one, found in seconds.items()]
    try:
        if kept_choice(name) is None:  # what says nothing of use
            shutil.rmtree(path.parent, ignore_errors=True)
        with files.new_folder(path.parent) as folder:
            files.write_json(folder / path.name, {**asdict(choice), "timed": timed})
    except LabError as error:  # a full disk: it is chosen again next time
        logger.warning("the choice of an engine for %s could not be kept: %s", name.id, error)
    logger.info("%s runs on %s in %s: %s", name.id, choice.engine, choice.precision, timed)
    return _known.setdefault(path, kept_choice(name) or choice)


def _seconds(work: Callable[[], object]) -> float:
    """Return the processor seconds of a pass: what others compute meanwhile must not decide."""
    began = time.process_time()
    work()
    return time.process_time() - began


def _path(name: FrozenName) -> Path:
    """Return where the choice for this kind of machine is kept: a folder, so that only one comes first."""
    kind = [VERSION, *processor.description(), _version()]
    allowed = [asdict(choice) for choice in candidates(name)]
    machine = files.sha256_of_json([kind, allowed])[:12]
    return inference_dir() / f"{name.id}-{machine}" / CHOICE


@cache
def _version() -> str:
    """Return the version of OpenVINO, ``""`` where it is not installed."""
    try:
        return metadata.version("openvino")
    except metadata.PackageNotFoundError:
        return ""
