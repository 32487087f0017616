"""Reads the curves of a training as a teacher would: one verdict, and the epochs and numbers behind it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tl_core.results.curve_evidence import Curves
from tl_core.results.curve_rules import RULES, CurveKind
from tl_core.wording import N_, Sentence

KEPT = N_("The weights of epoch {best} were kept: they were right on the most validation images.")
KEPT_OF_BLOCKS = N_(
    "The weights of epoch {best} were kept: since the blocks learn, they were right on the most validation "
    "images."
)
"""Of a training whose blocks learn after its head: only the epochs of its second phase can be kept."""


@dataclass(frozen=True, kw_only=True)
class CurveReading:
    """A verdict, in sentences."""

    kind: CurveKind
    sentences: tuple[Sentence, ...]

    def __str__(self) -> str:
        return " ".join(map(str, self.sentences))


def read_curves(
    epochs: Sequence[Mapping[str, float]], *, n: int, classes: int, best_epoch: int | None = None
) -> CurveReading | None:
    """Return what the curves of a training show.

    Args:
        epochs: one mapping an epoch with ``loss``, ``accuracy``, ``val_loss`` and ``val_accuracy``, and with
            how many blocks learned in it: ``unfrozen``, 0 if it is missing.
        n: validation images, from 1.
        classes: from 2.
        best_epoch: the epoch whose weights were kept, from 1; None for the last.

    Returns:
        The reading, or None if there are no epochs.
    """
    if not epochs:
        return None
    names = ("loss", "accuracy", "val_loss", "val_accuracy")
    found = {name: np.array([epoch.get(name, math.nan) for epoch in epochs]) for name in names}
    kept = -1 if best_epoch is None else min(best_epoch, len(epochs)) - 1
    curves = Curves(**found, n=n, classes=classes, kept=kept)
    rule, evidence = next(
        (rule, evidence) for rule in RULES if (evidence := rule.evidence(curves)) is not None
    )
    sentences = [Sentence(template=rule.template, values=evidence)]
    if best_epoch is not None and best_epoch < curves.epochs:
        phases = {bool(epoch.get("unfrozen")) for epoch in epochs}
        kept_of = KEPT_OF_BLOCKS if len(phases) > 1 else KEPT
        sentences.append(Sentence(template=kept_of, values={"best": best_epoch}))
    return CurveReading(kind=rule.kind, sentences=tuple(sentences))
