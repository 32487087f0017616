"""Times batches through a frozen backbone on this machine, for `tl_core.training.forecast`."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import psutil

from tl_core.answers.networks import frozen_network
from tl_core.backbones import get_backbone, weights_source
from tl_core.training import TrainingConfig
from tl_core.training.forecast import Rates
from tl_core.training.kept_features import exact

FEW, MANY = 4, 32
"""Images of the warm-up, and of the batches that are timed where the warm-up was quick."""
QUICK = 0.25
"""Seconds."""
TIMES = 3
"""Batches that are timed; the fastest counts, since other programs can only make one slower."""
OTHERS = 0.2
"""Share of the processor from which what others compute is called a disturbance."""
KEPT = 128

_best: dict[tuple[object, ...], Rates] = {}
"""The fastest that each network was found to be: a machine never seems faster than it is."""


def measure_rates(config: TrainingConfig) -> Rates:
    """Time batches through the frozen backbone.

    Args:
        config: backbone, weights and image size; the rest does not matter.

    Returns:
        The fastest of all measurements of this process, and whether this one was disturbed.
    """
    with watched() as others:
        frozen = frozen_rate(config)
    found = Rates(
        images_per_second=frozen,
        fine_images_per_second=0.0,
        start_seconds=0.0,
        disturbed=others() > OTHERS,
    )
    return fastest(network_of(config), found)


def fastest(key: tuple[object, ...], found: Rates) -> Rates:
    """Return the best of all that was measured under `key`, and keep it."""
    before = _best.get(key, found)
    best = Rates(
        images_per_second=max(found.images_per_second, before.images_per_second),
        fine_images_per_second=max(found.fine_images_per_second, before.fine_images_per_second),
        start_seconds=min(found.start_seconds, before.start_seconds),
        disturbed=found.disturbed and before.disturbed,
    )
    if len(_best) >= KEPT:
        _best.pop(next(iter(_best)), None)
    _best[key] = best
    return best


@contextmanager
def watched() -> Iterator[Callable[[], float]]:
    """Give a function that says, once the block is over, which share of all processors others had in it."""
    cores = psutil.cpu_count() or 1
    began, before, mine = time.perf_counter(), _busy_seconds(), time.process_time()
    shares: list[float] = []
    yield lambda: shares[0]
    seconds = max(time.perf_counter() - began, 1e-3) * cores
    others = (_busy_seconds() - before) - (time.process_time() - mine)
    shares.append(others / seconds)


def _busy_seconds() -> float:
    """Return the processor seconds that everybody on this machine has had."""
    spent = psutil.cpu_times()
    return float(spent.user + spent.system + getattr(spent, "nice", 0.0))  # Windows has no such


def network_of(config: TrainingConfig) -> tuple[str, str, int]:
    """Return backbone, weights and image size of what is timed."""
    # Other weights are as fast: nothing is downloaded for a forecast.
    here = weights_source(config.backbone) != "missing"
    return config.backbone, config.weights if here else "random", config.size


def frozen_rate(config: TrainingConfig) -> float:
    """Return how many images a second the frozen backbone takes here."""
    backbone, weights, size = network_of(config)
    spec = get_backbone(backbone)
    network = frozen_network(backbone, weights, size, "float32" if exact(config) else "")

    def extract(count: int) -> None:
        pixels = np.zeros((count, size, size, 3), np.uint8)
        network.features(pixels, ((spec.cut, True),), spec.preprocessing)

    return rate(extract, MANY)


def rate(work: Callable[[int], None], many: int) -> float:
    """Return how many images a second `work` does after a warm-up; slow work is timed with few."""
    work(FEW)
    seconds = _seconds(work, FEW)
    if seconds > QUICK:
        return FEW / min(seconds, *(_seconds(work, FEW) for _ in range(TIMES - 1)))
    work(many)  # another size may be traced anew
    return many / min(_seconds(work, many) for _ in range(TIMES))


def _seconds(work: Callable[[int], None], count: int) -> float:
    began = time.perf_counter()
    work(count)
    return time.perf_counter() - began
