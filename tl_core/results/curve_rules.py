"""The rules by which the curves of a training are read, as a table: what fits, and what is then said.

The rules are tried in order and the first that fits speaks, because what it finds makes the later ones
meaningless: a curve that jumps cannot show overfitting.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from tl_core.results.curve_evidence import (
    Curves,
    Evidence,
    blown_up,
    diverged,
    good_fit,
    jumping,
    rising,
    slow,
    still_improving,
    too_few_images,
    too_short,
    underfitting,
    unsettled,
    wide_gap,
)
from tl_core.wording import N_


class CurveKind(StrEnum):
    """What a training's curves show."""

    DIVERGED = "diverged"
    RATE_TOO_HIGH = "rate too high"
    TOO_SHORT = "too short"
    TOO_FEW_IMAGES = "too few images"
    STILL_IMPROVING = "still improving"
    UNDERFITTING = "underfitting"
    OVERFITTING = "overfitting"
    GOOD_FIT = "good fit"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What is said where `evidence` finds its values: `template`, filled with them."""

    kind: CurveKind
    evidence: Callable[[Curves], Evidence]
    template: str


RULES = (
    Rule(
        kind=CurveKind.DIVERGED,
        evidence=diverged,
        template=N_(
            "In epoch {epoch} the loss stopped being a number: the steps were so large that the weights grew "
            "beyond all bounds. Train with a learning rate ten times smaller."
        ),
    ),
    Rule(
        kind=CurveKind.RATE_TOO_HIGH,
        evidence=blown_up,
        template=N_(
            "The learning rate is too high: the training loss was {loss} in epoch {epoch}, and guessing "
            "blindly costs only {guessing}. Train with a learning rate ten times smaller."
        ),
    ),
    Rule(
        kind=CurveKind.RATE_TOO_HIGH,
        evidence=jumping,
        template=N_(
            "The learning rate is too high: the training loss jumped up {jumps} times, most in epoch {epoch} "
            "(from {before} to {after}). Train with a learning rate ten times smaller."
        ),
    ),
    Rule(
        kind=CurveKind.TOO_SHORT,
        evidence=too_short,
        template=N_(
            "With fewer than {fewest} epochs (here {epochs}) there is no curve to read yet. Train longer."
        ),
    ),
    Rule(
        kind=CurveKind.TOO_FEW_IMAGES,
        evidence=too_few_images,
        template=N_(
            "Only {n} validation images: the true accuracy is probably somewhere from {low} to {high}, so "
            "much of the validation curve may be chance. Hold more images out, or add some."
        ),
    ),
    Rule(
        kind=CurveKind.STILL_IMPROVING,
        evidence=slow,
        template=N_(
            "It learns, but slowly: the validation loss was still falling at the end (from {before} in epoch "
            "{first} to {after} in epoch {epochs}), with {train} of the training images right. Raise the "
            "learning rate to three or ten times as much."
        ),
    ),
    Rule(
        kind=CurveKind.STILL_IMPROVING,
        evidence=still_improving,
        template=N_(
            "It was still improving: the validation loss fell from {before} in epoch {first} to {after} in "
            "epoch {epochs}, the last one. Train for about twice as many epochs."
        ),
    ),
    Rule(
        kind=CurveKind.UNDERFITTING,
        evidence=underfitting,
        template=N_(
            "Underfitting: after {epochs} epochs only {train} of the training images are right (guessing: "
            "{guessing}), and it no longer improves. The features do not tell these classes apart, or the "
            "network is held back: use ImageNet weights, less dropout, a hidden layer, or unfreeze blocks."
        ),
    ),
    Rule(
        kind=CurveKind.OVERFITTING,
        evidence=rising,
        template=N_(
            "Overfitting: the validation loss was lowest around epoch {best} ({low}) and rose to {after} in "
            "epoch {epochs}, while the training loss went on falling from {from_loss} to {to_loss}. From "
            "there on it learned images by heart, or became too sure. Fewer epochs, more dropout or more "
            "images can help."
        ),
    ),
    Rule(
        kind=CurveKind.OVERFITTING,
        evidence=wide_gap,
        template=N_(
            "Some overfitting: at the end {train} of the training images are right and {validation} of the "
            "{n} validation images, and the validation loss no longer falls steadily (lowest {low}, in "
            "epoch {best}). More epochs will hardly help; more images, augmentation or dropout may."
        ),
    ),
    Rule(
        kind=CurveKind.GOOD_FIT,
        evidence=good_fit,
        template=N_(
            "A good fit: the validation loss has levelled out ({before} in epoch {first}, {after} in epoch "
            "{epochs}), and {train} of the training images and {validation} of the {n} validation images are "
            "right: as far as these can tell, what it learned holds for new images too."
        ),
    ),
    Rule(
        kind=CurveKind.GOOD_FIT,
        evidence=unsettled,
        template=N_(
            "None of the usual faults fits these curves, but the validation loss has not settled ({before} "
            "in epoch {first}, {after} in epoch {epochs}). {train} of the training images and {validation} "
            "of the {n} validation images are right. Train with another seed, or for longer, and look again."
        ),
    ),
)
