"""One picture in two classes: no answer to it would be right, so neither is learned."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from tl_core.datasets.dataset import LabeledImage, Skipped
from tl_core.wording import N_, Sentence

CONTRADICTION = N_(
    "{name} shows exactly the same picture as {other} of class {other_class}; both are left out."
)
Named = tuple[str, LabeledImage]
"""An image and the name that its owner knows."""


def without_contradictions(
    readable: Sequence[Named], class_names: Sequence[str]
) -> tuple[list[Named], list[Skipped]]:
    """Drop every picture that stands in two classes.

    Args:
        readable: images with their owners' names.
        class_names: a label is an index into them.

    Returns:
        The images whose picture stands in one class, in the same order, and the others with the reason,
        those of one picture together.
    """
    label_of: dict[str, int] = {}
    contradictory = {
        image.pixels
        for _, image in readable
        if label_of.setdefault(image.pixels, image.label) != image.label
    }
    found: list[Named] = []
    same: defaultdict[str, list[Named]] = defaultdict(list)
    for name, image in readable:
        others = same[image.pixels] if image.pixels in contradictory else found
        others.append((name, image))
    return found, [one for group in same.values() for one in _contradictions(group, class_names)]


def _contradictions(group: Sequence[Named], class_names: Sequence[str]) -> Iterator[Skipped]:
    """Yield the reason for each of `group`, which show one picture in several classes."""
    first_of_label = {image.label: name for name, image in reversed(group)}
    for name, image in group:
        other = min(first_of_label.keys() - {image.label})
        values = {
            "name": name,
            "other": first_of_label[other],
            "other_class": class_names[other],
        }
        yield Skipped(name=name, sentence=Sentence(template=CONTRADICTION, values=values))
