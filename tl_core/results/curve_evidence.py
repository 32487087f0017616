"""What the curves of a training may show, one function each: the numbers that prove it, or None.

The limits are set so that the curves recorded in ``tests/data/curves.json`` are read as a teacher reads
them; none is a law.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tl_core.statistics import wilson_interval
from tl_core.wording import Value, percent

FEWEST_EPOCHS = 4
FEWEST_IMAGES = 30  # with fewer, the interval of an accuracy of 80 % is wider than 27 points
BLOWN_UP = 20.0
"""Times the loss of guessing: an epoch above this had steps that were far too large."""
JUMP = 1.5
"""Times the loss of the epoch before; dropout alone made it at most 1.49 in the recorded curves."""
SMALLEST_JUMP = 0.05  # share of the loss of guessing: below this a jump is noise
MOST_JUMPS = 2
LAST_SHARE = 0.2  # what counts as the end of a curve
STILL_FALLING = 0.01  # share by which the validation loss must fall over that end
LEARNED = 0.5
"""Share of the way from guessing to all right that training must reach, or the network underfits."""
RISEN = 1.1
"""Times the lowest validation loss: overfitting when it ends above this."""
FALLEN = 0.9
"""Times the training loss at that epoch: it must have gone on falling below this."""
GAP = 0.05  # between training and validation accuracy; smaller ones are normal
LEVEL = 0.05
"""Share by which a validation loss that has levelled out may still change over the end; 0.02 at most in the
recorded curves that are a good fit."""


@dataclass(frozen=True, kw_only=True)
class Curves:
    """The four curves, ``(epochs,) float64`` each, and what they were measured on.

    Args:
        loss, accuracy, val_loss, val_accuracy: of each epoch.
        n: validation images.
        classes: from 2.
        kept: position of the epoch whose weights were kept; the last by default.
    """

    loss: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    val_loss: NDArray[np.float64]
    val_accuracy: NDArray[np.float64]
    n: int
    classes: int
    kept: int = -1

    @property
    def epochs(self) -> int:
        """How many there are."""
        return len(self.loss)

    @property
    def tail(self) -> int:
        """How many epochs the end of the curves has."""
        return min(max(3, round(self.epochs * LAST_SHARE)), self.epochs - 1)

    @property
    def guessing_loss(self) -> float:
        """The loss of giving every class the same probability."""
        return math.log(self.classes)

    @property
    def learned(self) -> float:
        """How far training came on the way from guessing (0) to all images right (1)."""
        chance = 1 / self.classes
        return float((self.accuracy[-3:].mean() - chance) / (1 - chance))

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the last validation accuracy."""
        return self._interval(-1)

    @property
    def kept_interval(self) -> tuple[float, float]:
        """The 95 % interval of the epoch that was kept: the one above the curves, and no other."""
        return self._interval(self.kept)

    def _interval(self, epoch: int) -> tuple[float, float]:
        return wilson_interval(round(float(self.val_accuracy[epoch]) * self.n), self.n)

    @property
    def outcome(self) -> dict[str, Value]:
        """The accuracies of the epoch that was kept."""
        return {
            "train": percent(self.accuracy[self.kept]),
            "validation": percent(self.val_accuracy[self.kept]),
        }

    @property
    def end(self) -> dict[str, Value]:
        """What most templates cite: the validation loss over the end, and the last accuracies."""
        return {
            "first": self.epochs - self.tail,
            "before": f"{self.val_loss[-self.tail - 1]:.3f}",
            "after": f"{self.val_loss[-1]:.3f}",
            "epochs": self.epochs,
            "train": percent(self.accuracy[-1]),
            "validation": percent(self.val_accuracy[-1]),
            "n": self.n,
        }


Evidence = dict[str, Value] | None
"""What goes into a rule's template, or None where the rule does not fit."""


def diverged(curves: Curves) -> Evidence:
    """The first epoch whose loss is no number."""
    broken = ~np.isfinite(curves.loss) | ~np.isfinite(curves.val_loss)
    return {"epoch": int(broken.argmax()) + 1} if broken.any() else None


def blown_up(curves: Curves) -> Evidence:
    """The worst epoch, if its loss is far above that of guessing."""
    worst = int(curves.loss.argmax())
    if curves.loss[worst] <= BLOWN_UP * curves.guessing_loss:
        return None
    loss, guessing = f"{curves.loss[worst]:.1f}", f"{curves.guessing_loss:.2f}"
    return {"loss": loss, "epoch": worst + 1, "guessing": guessing}


def jumping(curves: Curves) -> Evidence:
    """The largest jump of the training loss, if there are many."""
    before, after = curves.loss[:-1], curves.loss[1:]
    rises = after - before
    jumps = (after > JUMP * before) & (rises > SMALLEST_JUMP * curves.guessing_loss)
    if jumps.sum() <= MOST_JUMPS:
        return None
    largest = int(np.where(jumps, rises, 0).argmax())
    return {
        "jumps": int(jumps.sum()),
        "epoch": largest + 2,
        "before": f"{before[largest]:.2f}",
        "after": f"{after[largest]:.2f}",
    }


def too_short(curves: Curves) -> Evidence:
    """How many epochs there are, if too few to read."""
    short = curves.epochs < FEWEST_EPOCHS
    return {"epochs": curves.epochs, "fewest": FEWEST_EPOCHS} if short else None


def too_few_images(curves: Curves) -> Evidence:
    """How wide the interval is, if there are few validation images."""
    if curves.n >= FEWEST_IMAGES:
        return None
    low, high = curves.kept_interval
    return {"n": curves.n, "low": percent(low), "high": percent(high)}


def slow(curves: Curves) -> Evidence:
    """As `still_improving`, if training is far from done."""
    return None if curves.learned >= LEARNED else still_improving(curves)


def still_improving(curves: Curves) -> Evidence:
    """The end of the curves, if the validation loss still falls there."""
    end = _smooth(curves.val_loss)[-curves.tail - 1 :]
    falling = (np.diff(end) <= 0).all() and end[-1] <= (1 - STILL_FALLING) * end[0]
    return curves.end if falling else None


def underfitting(curves: Curves) -> Evidence:
    """The end of the curves, if training is hardly better than guessing."""
    if curves.learned >= LEARNED:
        return None
    return curves.end | {"guessing": percent(1 / curves.classes)}


def rising(curves: Curves) -> Evidence:
    """Where the validation loss was lowest, if it rose while the training loss fell."""
    smooth = _smooth(curves.val_loss)
    low = int(smooth.argmin())
    risen = smooth[-1] > RISEN * smooth[low]
    around = slice(max(low - 1, 0), low + 2)
    best = around.start + int(curves.val_loss[around].argmin())
    if not risen or curves.loss[-1] > FALLEN * curves.loss[best]:
        return None
    return curves.end | {
        "best": best + 1,
        "low": f"{curves.val_loss[best]:.3f}",
        "from_loss": f"{curves.loss[best]:.3f}",
        "to_loss": f"{curves.loss[-1]:.3f}",
    }


def wide_gap(curves: Curves) -> Evidence:
    """The end of the curves, if training is more accurate than chance explains."""
    train, validation = curves.accuracy[-1], curves.val_accuracy[-1]
    # Training accuracy inside the interval: the gap may be the luck of the draw.
    if train - validation < GAP or train < curves.interval[1]:
        return None
    lowest = int(curves.val_loss.argmin())
    return curves.end | {"low": f"{curves.val_loss[lowest]:.3f}", "best": lowest + 1}


def good_fit(curves: Curves) -> Evidence:
    """The end of the curves, and what the kept epoch is worth, if the validation loss is level there."""
    before, after = curves.val_loss[-curves.tail - 1], curves.val_loss[-1]
    return unsettled(curves) if abs(after - before) <= LEVEL * before else None


def unsettled(curves: Curves) -> Evidence:
    """The same wherever nothing else fits."""
    return curves.end | curves.outcome


def _smooth(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the median of each value and its neighbours: one lucky epoch does not count."""
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(values, 1, mode="edge"), 3)
    return np.asarray(np.median(windows, axis=1))
