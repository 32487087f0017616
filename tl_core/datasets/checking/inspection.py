"""Looks for what is wrong with a dataset before anything is trained on it.

Every file is read and decoded, in threads; what is found comes with the images and, where one click can mend
it, with the edit. A fix is offered only if what it leaves can still teach.
"""

import hashlib
import os
from collections import Counter, defaultdict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, wait

from tl_core import images
from tl_core.datasets.checking.copies import find_copies
from tl_core.datasets.checking.findings import (
    FINDINGS,
    KINDS,
    Finding,
    Severity,
    make_finding,
    read_findings,
)
from tl_core.datasets.checking.judging import find_about_judging
from tl_core.datasets.checking.lookalikes import Look, look_into
from tl_core.datasets.dataset import Dataset, LabeledImage
from tl_core.datasets.edits import Edit
from tl_core.datasets.splits import Split
from tl_core.errors import DatasetRefused, ImageRefused
from tl_core.runs.reporting import OnProgress
from tl_core.wording import N_

__all__ = ["FINDINGS", "KINDS", "Finding", "Severity", "inspect", "read_findings"]

SMALLEST_SIDE = 64
"""Pixels; below, a photo has too little detail for any of the backbones."""
LARGEST_RATIO = 3
"""Times the images of the smallest class that the largest may have."""
EVENED_RATIO = 2
"""The same, after the fix."""
SECONDS_BETWEEN_CALLS = 0.2

Looks = Mapping[str, Look | None]
"""SHA-256 -> what is remembered of the picture; None for what cannot be read."""


def inspect(dataset: Dataset, split: Split, on_progress: OnProgress) -> tuple[Finding, ...]:
    """Read every image of `dataset` and return what is wrong, in the order of `KINDS`.

    Args:
        dataset: what to look at.
        split: how it will be divided: near copies on two sides make the validation accuracy too good.
        on_progress: is told of the files done.

    Raises:
        JobCancelled: as raised by `on_progress`.
    """
    looks = _look_at_all(dataset, on_progress)
    found = (
        _unreadable(dataset, looks),
        _one_class(dataset),
        *find_copies(dataset, split, looks),
        _tiny(dataset, looks),
        _imbalance(dataset),
        *find_about_judging(dataset, split),
        _skipped(dataset),
    )
    told = [finding for finding in found if finding]
    return tuple(sorted(told, key=lambda finding: KINDS.index(finding.kind)))


def _look_at_all(dataset: Dataset, on_progress: OnProgress) -> Looks:
    files = dataset.by_sha256
    looks: dict[str, Look | None] = {}
    message = N_("Looking at the images")
    on_progress(0, len(files), message)
    pool = ThreadPoolExecutor(min(4, os.cpu_count() or 1), thread_name_prefix="look")
    try:
        waiting = {digest: pool.submit(_look, dataset, image) for digest, image in files.items()}
        for digest, future in waiting.items():
            while wait([future], SECONDS_BETWEEN_CALLS).not_done:
                on_progress(len(looks), len(files), message)  # Stop must not wait for a large photo
            looks[digest] = future.result()
            on_progress(len(looks), len(files), message)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    return looks


def _look(dataset: Dataset, image: LabeledImage) -> Look | None:
    try:
        data = dataset.read(image)
        with images.opened(data, image.shown, at_least=SMALLEST_SIDE) as file:
            return look_into(file)
    except (DatasetRefused, ImageRefused):
        return None


def _unreadable(dataset: Dataset, looks: Looks) -> Finding | None:
    gone = [image for image in dataset.images if looks[image.sha256] is None]
    if not gone:
        return None
    return make_finding(
        dataset,
        "unreadable",
        Severity.SERIOUS,
        N_(
            "Images that cannot be read, because their files are missing, changed or damaged: {count}. "
            "A training would stop at the first of them."
        ),
        [[image] for image in gone],
        [Edit(drop=frozenset(image.sha256 for image in gone))],
        count=len(gone),
    )


def _one_class(dataset: Dataset) -> Finding | None:
    if len({image.label for image in dataset.images}) > 1:
        return None
    return make_finding(
        dataset,
        "one-class",
        Severity.SERIOUS,
        N_(
            "All images are of one class, so the same answer is right every time. "
            "Add images of something else."
        ),
    )


def _tiny(dataset: Dataset, looks: Looks) -> Finding | None:
    small = [
        image
        for image in dataset.images
        if (look := looks[image.sha256]) and look.shortest < SMALLEST_SIDE
    ]
    if not small:
        return None
    return make_finding(
        dataset,
        "tiny",
        Severity.DOUBTFUL,
        N_(
            "Images smaller than {side} pixels: {count}. They are usually enlarged for the network, and then "
            "look unlike larger photos that it will see later."
        ),
        [[image] for image in small],
        [Edit(drop=frozenset(image.sha256 for image in small))],
        count=len(small),
        side=SMALLEST_SIDE,
    )


def _imbalance(dataset: Dataset) -> Finding | None:
    counts = Counter(image.label for image in _to_learn_from(dataset)).most_common()
    if len(counts) < 2 or counts[0][1] < LARGEST_RATIO * counts[-1][1]:
        return None
    (largest, most), (smallest, fewest) = counts[0], counts[-1]
    return make_finding(
        dataset,
        "imbalance",
        Severity.DOUBTFUL,
        N_(
            "The class {largest} has {most} images and {smallest} has {fewest}. A model that always answers "
            "{largest} is right in {share} % of the cases: compare with that, not with chance."
        ),
        fixes=[_even_out(dataset, EVENED_RATIO * fewest)],
        largest=dataset.class_names[largest],
        most=most,
        smallest=dataset.class_names[smallest],
        fewest=fewest,
        share=round(100 * most / sum(count for _, count in counts)),
    )


def _to_learn_from(dataset: Dataset) -> list[LabeledImage]:
    return [image for image in dataset.images if image.part in ("", "train")]


def _even_out(dataset: Dataset, most: int) -> Edit:
    """Leave `most` images in every class, chosen at random but always the same."""
    of_class: defaultdict[int, set[str]] = defaultdict(set)
    for image in _to_learn_from(dataset):
        of_class[image.label].add(image.sha256)
    surplus = (sorted(digests, key=_rank)[most:] for digests in of_class.values())
    return Edit(drop=frozenset().union(*surplus))


def _rank(digest: str) -> str:
    return hashlib.sha256(f"surplus {digest}".encode()).hexdigest()


def _skipped(dataset: Dataset) -> Finding | None:
    if not dataset.skipped:
        return None
    return make_finding(
        dataset,
        "skipped",
        Severity.NOTE,
        N_(
            "Files that were left out when the dataset was made: {count}, {name} for example. "
            "If they matter, mend them and add them again."
        ),
        count=len(dataset.skipped),
        name=dataset.skipped[0].name,
    )
