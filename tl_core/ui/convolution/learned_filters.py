"""Filters that a network has learned: asked of the engine once, then kernels like any other."""

import numpy as np
from numpy.typing import NDArray

from tl_core.backbones import get_backbone, weights_source
from tl_core.convolution.kernels import Kernel
from tl_core.engine.questions import FIRST_FILTERS
from tl_core.ui.asking import ask
from tl_core.ui.convolution.controls import choice
from tl_core.ui.text import t
from tl_core.wording import N_

NETWORKS = {"efficientnet-lite0": ("learned", 32), "vgg16": ("vgg16", 64)}
"""Backbone -> how its filters' names begin in the URL, and how many its first layer has, each 3 x 3 x 3."""


def networks() -> list[str]:
    """Return the backbones whose filters can be had: those whose weights are on this machine."""
    first, *others = NETWORKS
    return [first, *(name for name in others if weights_source(name) != "missing")]


def choose_network() -> str:
    """Draw the choice of a network while there is more than one, and return its name."""
    titles = {name: get_backbone(name).title for name in networks()}
    if len(titles) == 1:
        return next(iter(titles))
    return choice("network", t("Network"), titles, default=next(iter(titles)))


def filter_titles() -> dict[str, str]:
    """Return every learned filter that can be a kernel: its name in the URL -> translated title."""
    titles = {}
    for network in networks():
        prefix, count = NETWORKS[network]
        for number in range(1, count + 1):
            titles[f"{prefix}-{number}"] = (
                t("Learned {number}", number=number)
                if prefix == "learned"
                else t("Learned {number} ({network})", number=number, network=network)
            )
    return titles


def filter_name(network: str, number: int) -> str:
    """Return the name in the URL of filter `number`, from 1."""
    return f"{NETWORKS[network][0]}-{number}"


def learned_kernel(name: str, title: str) -> Kernel:
    """Return a learned filter as a kernel.

    Args:
        name: one of `filter_titles`.
        title: its translated title.

    Raises:
        EngineUnavailable: the filters are not here yet and the engine cannot be asked.
        WeightsMissing: the network's weights are not on this machine.
    """
    prefix, _, number = name.rpartition("-")
    network = next(each for each, (start, _) in NETWORKS.items() if start == prefix)
    return Kernel(
        name=name,
        title=title,
        description=N_("Nobody wrote these weights: a network found them in a million photos."),
        weights=first_filters(network)[int(number) - 1].copy(),
    )


def first_filters(network: str) -> NDArray[np.float32]:
    """Return the filters of a network's first layer, `(n, kh, kw, 3) float32`, asked of the engine once.

    Raises:
        EngineUnavailable: the engine is starting, or too busy to answer.
        WeightsMissing: the network's weights are not on this machine.
    """
    return ask(FIRST_FILTERS, backbone=network).weights
