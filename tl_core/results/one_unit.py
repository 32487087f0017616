"""Reads what a softmax over one unit has done: every answer is 1, and yet the network has learned."""

from collections.abc import Mapping, Sequence

from tl_core.results.metrics import Judged, Metrics
from tl_core.wording import N_, Sentence, percent

ANSWERS = N_(
    "In this run every answer is 1.0, for {class_name}, so that {accuracy} of the {n} validation images are "
    "right: the share of that class (95 % interval {low} to {high})."
)
LOSS = N_("The validation loss went from {first} in the first epoch to {last} in the last one.")
WEIGHTS = N_(
    "The very same weights, read through a sigmoid, are right on {accuracy} of the same {n} images (95 % "
    "interval {low} to {high})."
)
EARLIER = N_(
    "This run is from an earlier version of the lab, which made the mistake in a way of its own: the loss "
    "read the answer, which is always 1, so that it could not change and nothing was learned. That is not "
    "what Keras does. Delete this run and train it again to see it."
)


def read_one_unit(
    epochs: Sequence[Mapping[str, float]], metrics: Metrics, class_names: Sequence[str]
) -> tuple[Sentence, ...]:
    """Return what this very run shows of the mistake.

    Args:
        epochs: one mapping an epoch with ``val_loss``.
        metrics: of the run.
        class_names: the two of them.
    """
    if metrics.behind is None:
        return (Sentence(template=EARLIER),)
    found = [
        Sentence(
            template=ANSWERS, values={"class_name": class_names[1], **_of(metrics.validation)}
        ),
        Sentence(template=WEIGHTS, values=_of(metrics.behind)),
    ]
    if len(epochs) > 1:
        first, last = (f"{epochs[i]['val_loss']:.3f}" for i in (0, -1))
        found.insert(1, Sentence(template=LOSS, values={"first": first, "last": last}))
    return tuple(found)


def _of(judged: Judged) -> dict[str, str | int]:
    low, high = map(percent, judged.interval)
    return {"accuracy": percent(judged.accuracy), "n": judged.n, "low": low, "high": high}
