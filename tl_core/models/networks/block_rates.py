"""A learning rate for each unfrozen block: the further from the head, the smaller the steps.

Howard and Ruder, ULMFiT, 2018, https://arxiv.org/abs/1801.06146; elsewhere it is called layer decay. To scale
the gradients instead would do nothing: Adam and RMSprop divide by their size.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import keras

from tl_core.backbones import get_backbone
from tl_core.models.networks.blocks import layers_of_blocks
from tl_core.training import TrainingConfig

TAIL = "tail"
"""What the unfrozen blocks are called within the network that learns."""


def rate_shares(model: keras.Model, config: TrainingConfig) -> list[float]:
    """Return by what the rate of each trainable variable is multiplied: 1 in the last block and the head.

    Args:
        model: a head, or a tail with a head on it.
        config: how many blocks of which backbone the tail has, and the share from each to the one before it.
    """
    shares = {
        id(variable): config.layer_decay**before
        for before, layers in enumerate(reversed(_blocks(model, config)))
        for layer in layers
        for variable in layer.trainable_variables
    }
    return [shares.get(id(variable), 1.0) for variable in model.trainable_variables]


def _blocks(model: keras.Model, config: TrainingConfig) -> list[list[keras.Layer]]:
    tails = [layer for layer in model.layers if layer.name == TAIL]
    if not tails:
        return []
    spec = get_backbone(config.backbone)
    unfrozen = spec.blocks[len(spec.blocks) - config.unfrozen :]
    return layers_of_blocks(tails[0], replace(spec, blocks=unfrozen))


def use_shares(optimizer: Any, shares: Sequence[float]) -> None:
    """Let an optimizer multiply the rate of each variable by a share, in the order of the trainable ones."""
    step = optimizer.update_step

    def shared_step(gradient: Any, variable: Any, learning_rate: Any) -> None:
        step(gradient, variable, learning_rate * shares[optimizer._get_variable_index(variable)])

    optimizer.update_step = shared_step
