"""A few small pictures of each class, taken before anything is imported, in one file for the page."""

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from tl_core import images
from tl_core.datasets.bringing.entries import Entry
from tl_core.datasets.reading.plans import EXAMPLES, Plan
from tl_core.errors import ImageRefused
from tl_core.images.grids import grid
from tl_core.runs.reporting import OnProgress
from tl_core.wording import N_

SIDE = 96
"""Pixels; a picture is squashed to this square, as for training."""
MOST = 160
COLUMNS = 16
TAKING = N_("Taking a few pictures of each class")


@dataclass(frozen=True, kw_only=True)
class Samples:
    """Small pictures.

    Args:
        names: of the files, from the top left to the bottom right, 16 in a row.
        sheet: all of them as one WebP file; empty if there are none.

    Raises:
        ValueError: names are no text, or are there without pictures.
    """

    names: tuple[str, ...]
    sheet: bytes

    def __post_init__(self) -> None:
        if bool(self.names) != bool(self.sheet):
            raise ValueError("names without pictures, or pictures without names")
        if not all(isinstance(name, str) for name in self.names):
            raise ValueError("names must be text")


def take_samples(plan: Plan, entries: Sequence[Entry], on_progress: OnProgress) -> Samples:
    """Return pictures of the classes of a plan, four each, fewer if there are many classes."""
    of_name = {entry.name: entry for entry in entries}
    wanted = sample_names(plan)
    names, pictures = [], []
    for done, name in enumerate(wanted):
        on_progress(done, len(wanted), TAKING)
        with suppress(ImageRefused):  # it is named at the import
            pictures.append(images.model_input(of_name[name].image(), of_name[name].shown, SIDE))
            names.append(name)
    on_progress(len(wanted), len(wanted), TAKING)
    if not names:
        return Samples(names=(), sheet=b"")
    drawn = grid(pictures, (SIDE, SIDE, 3), COLUMNS, gap=0)
    return Samples(names=tuple(names), sheet=images.encode_webp(np.ascontiguousarray(drawn)))


def sample_names(plan: Plan) -> list[str]:
    """Return the files whose pictures are taken: of every reading, and of each class up to four."""
    wanted: dict[str, None] = {}
    for reading in plan.readings:
        of_class: defaultdict[str, list[str]] = defaultdict(list)
        for cell in reading.cells:
            of_class[cell.class_name] += cell.examples if cell.used else ()
        each = max(1, min(EXAMPLES, MOST // max(1, len(of_class))))
        for names in of_class.values():
            step = max(1, len(names) // each)
            wanted |= dict.fromkeys(names[::step][:each])
    return list(wanted)[:MOST]
