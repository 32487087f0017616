"""Finds pictures that stand in a dataset more than once: exactly, or nearly.

Exact copies are harmless: the split keeps them on one side. Near copies, such as the next frame of a camera,
are dealt like any other image and may end up on both sides, where they make the accuracy too good.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import chain

from tl_core.datasets.checking.findings import Finding, Severity, make_finding
from tl_core.datasets.checking.lookalikes import Look, alike, mirror_images
from tl_core.datasets.dataset import Dataset, LabeledImage
from tl_core.datasets.edits import Edit
from tl_core.datasets.kinship import kin_of
from tl_core.datasets.splits import Split, parts_of
from tl_core.wording import N_

MOST_DROPPED = 0.2
"""Share of the images that a fix may leave out where there is another way."""

LEAST_MIRRORED = 3
"""Pairs of mirror images that are no accident."""

Group = Sequence[LabeledImage]
"""Images that show nearly the same."""


def find_copies(dataset: Dataset, split: Split, looks: Mapping[str, Look | None]) -> list[Finding]:
    """Return what is to say about copies; a group of near copies is told of once, where it does most harm.

    Args:
        dataset: what was looked at.
        split: how it will be divided.
        looks: SHA-256 -> look; None for what cannot be read.
    """
    same: defaultdict[str, list[LabeledImage]] = defaultdict(list)
    for image in dataset.images:
        if looks[image.sha256]:
            same[image.pixels].append(image)
    pictures = list(same.values())
    near = alike([look for group in pictures if (look := looks[group[0].sha256])])
    part = parts_of(dataset, split)
    kinds: defaultdict[str, list[Group]] = defaultdict(list)
    for places in near:
        group = list(chain.from_iterable(pictures[place] for place in places))
        kinds[_kind(group, part)].append(group)
    findings = []
    if exact := [group for group in pictures if len(group) > 1]:
        findings.append(_copies(dataset, exact))
    if groups := kinds["two-labels"]:
        findings.append(_two_labels(dataset, groups))
    if groups := kinds["leak"]:
        findings.append(_leak(dataset, groups, part))
    if groups := kinds["near-copies"]:
        findings.append(_near_copies(dataset, groups))
    if len(groups := _mirror_images(pictures, looks)) >= LEAST_MIRRORED:
        findings.append(_mirrored(dataset, groups))
    return findings


def _mirror_images(
    pictures: Sequence[Group], looks: Mapping[str, Look | None]
) -> list[Sequence[LabeledImage]]:
    known = [(group[0], look) for group in pictures if (look := looks[group[0].sha256])]
    pairs = mirror_images([look for _, look in known], [image.label for image, _ in known])
    return [(known[one][0], known[other][0]) for one, other in pairs]


def _kind(group: Group, part: Mapping[str, str]) -> str:
    if len({image.label for image in group}) > 1:
        return "two-labels"
    sides = {part[image.sha256] for image in group if image.sha256 in part}
    return "leak" if len(sides) > 1 else "near-copies"


def _copies(dataset: Dataset, groups: Sequence[Group]) -> Finding:
    return make_finding(
        dataset,
        "copies",
        Severity.NOTE,
        N_(
            "Exact copies of other images in their class: {count}. The split keeps copies on one side, "
            "but they count twice and teach nothing new."
        ),
        groups,
        [_keep_first(groups)],
        count=sum(len(group) - 1 for group in groups),
    )


def _two_labels(dataset: Dataset, groups: Sequence[Group]) -> Finding:
    everything = _digests(groups)
    few = len(everything) <= MOST_DROPPED * len(dataset.images)
    return make_finding(
        dataset,
        "two-labels",
        Severity.DOUBTFUL,
        N_(
            "Images that look nearly the same as one of another class: {count}. Either one of the labels is "
            "wrong, or the classes differ in a small detail only: look at them, then correct the class or "
            "leave them out."
        ),
        groups,
        [Edit(drop=everything)] if few else [],
        count=sum(len(group) for group in groups),
    )


def _leak(dataset: Dataset, groups: Sequence[Group], part: Mapping[str, str]) -> Finding:
    judged_first = [sorted(group, key=lambda i: part.get(i.sha256) == "train") for group in groups]
    fixes = [_keep_first(judged_first)]
    if len(fixes[0].drop) > MOST_DROPPED * len(dataset.images):
        moved = _one_side_each(dataset, _with_kin(dataset, groups), part)
        fixes = [Edit(move=moved)] if _judges_every_class(dataset, moved) else []
    return make_finding(
        dataset,
        "leak",
        Severity.SERIOUS,
        N_(
            "Images that look nearly the same as one on another side of the split: {count}. The model is "
            "asked for what it knows by heart, so its accuracy comes out too good."
        ),
        judged_first,
        fixes,
        count=sum(len(group) for group in groups),
    )


def _near_copies(dataset: Dataset, groups: Sequence[Group]) -> Finding:
    return make_finding(
        dataset,
        "near-copies",
        Severity.NOTE,
        N_(
            "Images that look nearly the same as another one of their class: {count}. With another seed "
            "they may stand on both sides of the split, and different ones would teach more."
        ),
        groups,
        [_keep_first(groups)],
        count=sum(len(group) for group in groups),
    )


def _mirrored(dataset: Dataset, groups: Sequence[Group]) -> Finding:
    return make_finding(
        dataset,
        "mirrored",
        Severity.DOUBTFUL,
        N_(
            "Images that are the mirror image of one of another class: {count}. Where only left and right "
            "tell the classes apart, as with arrows and hands, flipped photos teach wrong answers: train "
            "without “Flip left and right”."
        ),
        groups,
        count=len({image.sha256 for group in groups for image in group}),
    )


def _keep_first(groups: Sequence[Group]) -> Edit:
    """Return the edit that keeps one image of each group."""
    kept = frozenset(group[0].sha256 for group in groups)
    return Edit(drop=_digests(groups) - kept, once=kept)


def _digests(groups: Sequence[Group]) -> frozenset[str]:
    return frozenset(image.sha256 for image in chain.from_iterable(groups))


def _one_side_each(
    dataset: Dataset, groups: Sequence[Group], part: Mapping[str, str]
) -> dict[str, str]:
    """Return the part of every image, with each group on one side and the sides about as large as before."""
    label_of = {image.sha256: image.label for image in dataset.images}
    wanted = Counter((label_of[digest], side) for digest, side in part.items())
    moved = {digest: side for digest, side in part.items() if digest not in _digests(groups)}
    have = Counter((label_of[digest], side) for digest, side in moved.items())
    for group in sorted(groups, key=lambda group: _rank(group[0].sha256)):
        sizes = Counter({image.sha256: image.label for image in group}.values())
        for side in ("test", "validation", "train"):
            if side == "train" or all(
                have[label, side] + size / 2 <= wanted[label, side] for label, size in sizes.items()
            ):
                moved |= {image.sha256: side for image in group}
                have.update({(label, side): size for label, size in sizes.items()})
                break
    return moved


def _with_kin(dataset: Dataset, groups: Sequence[Group]) -> Sequence[Group]:
    """Return groups with all that may not be parted from one of their images."""
    if not any(image.group for image in dataset.images):
        return groups
    families: defaultdict[str, list[LabeledImage]] = defaultdict(list)
    for name, image in zip(kin_of(dataset.images, groups), dataset.images, strict=True):
        families[name].append(image)
    concerned = _digests(groups)
    return [
        family for family in families.values() if any(image.sha256 in concerned for image in family)
    ]


def _rank(digest: str) -> str:
    return hashlib.sha256(f"side {digest}".encode()).hexdigest()


def _judges_every_class(dataset: Dataset, part: Mapping[str, str]) -> bool:
    judged = {image.label for image in dataset.images if part.get(image.sha256) == "validation"}
    return judged == {image.label for image in dataset.images}
