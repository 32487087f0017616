"""Which images of a dataset belong together, so that no split may part them.

Two files with the same picture do, and so does everything of one group, in whatever class it stands: a
network that has seen a patient, a pupil's desk or a fold knows more of it than of what it will meet later. A
picture that stands in two groups joins them.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from tl_core.datasets.dataset import Dataset, LabeledImage
from tl_core.datasets.dealing import Bundle
from tl_core.errors import DatasetRefused

GROUP, PICTURE = "group ", "picture "
LONGEST_LIST = 80
"""Characters of the names of groups in a sentence about them."""


def kin_of(
    images: Sequence[LabeledImage], alike: Sequence[Sequence[LabeledImage]] = ()
) -> list[str]:
    """Return for each image a name that it shares with all that it belongs to, and with no other.

    It is the SHA-256 of the pixels for what is in no group, and comes from the first of its groups otherwise,
    so that the loss of an image renames nothing.

    Args:
        images: of a dataset.
        alike: more of them that belong together, for another reason than their group.
    """
    if not any(image.group for image in images) and not alike:
        return [image.pixels for image in images]
    towards: dict[str, str] = {}

    def first(name: str) -> str:
        while (one := towards.setdefault(name, name)) != name:
            towards[name] = towards[one]
            name = one
        return name

    def join(one: str, other: str) -> None:
        low, high = sorted((first(one), first(other)))
        towards[high] = low  # groups sort before pictures

    for image in images:
        if image.group:
            join(GROUP + image.group, PICTURE + image.pixels)
    for picture, *others in alike:
        for other in others:
            join(PICTURE + picture.pixels, PICTURE + other.pixels)
    return [first(PICTURE + image.pixels).removeprefix(PICTURE) for image in images]


def families_of(images: Sequence[LabeledImage]) -> list[list[LabeledImage]]:
    """Return the images that belong together by a group, each family once."""
    families: defaultdict[str, list[LabeledImage]] = defaultdict(list)
    for name, image in zip(kin_of(images), images, strict=True):
        families[name].append(image)
    return [family for name, family in families.items() if name.startswith(GROUP)]


def groups_of(images: Sequence[LabeledImage]) -> list[str]:
    """Return the names of all groups among `images`, in order."""
    return sorted({image.group for image in images if image.group})


def named(groups: Iterable[str]) -> str:
    """Return the names of groups for a sentence, cut where they are many."""
    text = ", ".join(groups)
    return text if len(text) <= LONGEST_LIST else text[: LONGEST_LIST - 1] + "…"


def check_groups(dataset: Dataset, bundles: Sequence[Bundle]) -> None:
    """Refuse what cannot be divided into something to learn from and something to judge with.

    Raises:
        DatasetRefused: one group holds a whole class, or everything.
    """
    holders: defaultdict[int, list[Bundle]] = defaultdict(list)
    for bundle in bundles:
        for label in bundle.counts:
            holders[label].append(bundle)
    for label, (first, *others) in sorted(holders.items()):
        groups = named(groups_of([dataset.images[index] for index in first.images]))
        if others or not groups:
            continue
        if len(bundles) == 1:
            raise DatasetRefused(
                "All images are kept together as one group ({groups}), so none is left to judge the model "
                "with. Add images of another group, or import these again without groups.",
                groups=groups,
            )
        raise DatasetRefused(
            "All images of the class {name} are kept together as one group ({groups}): they can be learned "
            "or judged, but not both. Add images of this class from another group, merge it with another "
            "class, or switch it off.",
            name=dataset.class_names[label],
            groups=groups,
        )
