"""What each block of a backbone holds, measured once with Keras and committed.

The pages must know it and never load Keras; ``scripts/update_block_table.py`` writes the file, and a test
builds every network and compares.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tl_core import files

TABLE = Path(__file__).with_name("block_table.json")


@dataclass(frozen=True, kw_only=True)
class BlockFacts:
    """One block's size.

    Args:
        weights: all of its weights, BatchNormalization's moving averages included.
        trainable: those that Keras calls trainable once the block is unfrozen: without moving averages.
        learned: those that fine-tuning moves: without BatchNormalization, which stays as it is.
        channels: of its output.
        steps: how many of the backbone's `steps` lie up to its end.
    """

    weights: int
    trainable: int
    learned: int
    channels: int
    steps: int


def block_facts(backbone: str) -> tuple[BlockFacts, ...]:
    """Return the facts of every block of a backbone of the registry, from the photo's side to the end."""
    return _table()[backbone]


@cache
def _table() -> dict[str, tuple[BlockFacts, ...]]:
    return {
        name: tuple(BlockFacts(**facts) for facts in blocks)
        for name, blocks in files.read_json(TABLE).items()
    }
