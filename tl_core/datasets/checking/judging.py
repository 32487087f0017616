"""Finds what a split leaves too little of to judge a model with: images, classes, groups."""

from tl_core.datasets.checking.findings import Finding, Severity, make_finding
from tl_core.datasets.dataset import Dataset
from tl_core.datasets.editing import shortened
from tl_core.datasets.kinship import kin_of
from tl_core.datasets.splits import Split, unjudged
from tl_core.statistics import wilson_interval
from tl_core.wording import N_

TYPICAL_ACCURACY = 0.9
DOUBTFUL_POINTS, NOTABLE_POINTS = 20, 10
"""Width of the 95 % interval of an accuracy, in percentage points: 37 and 140 images at 90 %."""
VERY_FEW_GROUPS, FEW_GROUPS = 2, 4
"""Of which what is peculiar to one still weighs more than what all have in common."""


def find_about_judging(dataset: Dataset, split: Split) -> list[Finding]:
    """Return what is to say about the images that judge the model."""
    found = (_unjudged(dataset, split), _few_to_judge(dataset, split), _few_groups(dataset, split))
    return [finding for finding in found if finding]


def _unjudged(dataset: Dataset, split: Split) -> Finding | None:
    names = unjudged(dataset, split)
    if not names or not split.validation:  # that nothing is judged at all is a finding of its own
        return None
    return make_finding(
        dataset,
        "unjudged",
        Severity.DOUBTFUL,
        N_(
            "Classes without a validation image: {names}. The validation results cannot tell how well the "
            "model knows them: they show a dash. Add images of them, or leave them out."
        ),
        names=shortened(", ".join(names)),
    )


def _few_to_judge(dataset: Dataset, split: Split) -> Finding | None:
    n = len(split.validation)
    if n == 0:
        return make_finding(
            dataset,
            "few-to-judge",
            Severity.SERIOUS,
            N_(
                "No image is kept for validation, so nothing tells how good the model is. Keep some."
            ),
        )
    correct = round(TYPICAL_ACCURACY * n)
    low, high = (100 * bound for bound in wilson_interval(correct, n))
    if high - low < NOTABLE_POINTS:
        return None
    return make_finding(
        dataset,
        "few-to-judge",
        Severity.DOUBTFUL if high - low >= DOUBTFUL_POINTS else Severity.NOTE,
        N_(
            "Only {n} images judge the model: {correct} right answers would mean an accuracy of {low} to "
            "{high} % (95 % interval). Smaller differences may be chance; add images, or keep more of them "
            "for validation."
        ),
        n=n,
        correct=correct,
        low=round(low),
        high=round(high),
    )


def _few_groups(dataset: Dataset, split: Split) -> Finding | None:
    kin = kin_of(dataset.images)
    n = len({kin[index] for index in split.validation})
    if n > FEW_GROUPS or not any(dataset.images[index].group for index in split.validation):
        return None
    return make_finding(
        dataset,
        "few-groups",
        Severity.DOUBTFUL if n <= VERY_FEW_GROUPS else Severity.NOTE,
        N_(
            "Groups that judge the model: {n} of {total}. What is peculiar to one of them weighs much in the "
            "accuracy: compare several seeds, or add images of more groups."
        ),
        n=n,
        total=len(set(kin)),
    )
