"""Deals images that belong together to the sides of a split, as whole bundles that may span classes.

First in the random order of the seed, as long as a bundle brings the shares nearer to what is wanted; then
bundles go over one at a time for the classes that are still missing, and back where they are one too many.
Integers all the way: another machine must not round to another split.

Source of the idea: scikit-learn's ``StratifiedGroupKFold``, which deals groups to folds one after the other
by the shares of their classes; here for shares of any size, and so that every class stays on both sides.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

SCALE = 10**9
"""One class's images, all of them, in the units of a distance."""
ROUNDS = (5, 6, 8)
"""How large a bundle may be in the first rounds, in quarters of what is wanted: the small ones first."""
MOST_TRIED = 10
"""Bundles of which all combinations are tried where some class is not judged otherwise."""

Step = tuple[int, int]
"""What a bundle changes: how many classes are missing, and how far the shares are from what is wanted."""


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """Images that stay together.

    Args:
        images: indices into the dataset's images.
        counts: label -> how many of them have it.
    """

    images: Sequence[int]
    counts: Mapping[int, int]


def deal(
    bundles: Sequence[Bundle], wanted: Sequence[tuple[int, int]]
) -> tuple[list[Bundle], list[Bundle], list[Bundle]]:
    """Return the bundles for validation, test and training; each class keeps one to learn from.

    One share is taken from the front and the other from the back: behind each other, every change of the
    first would push the second along.

    Args:
        bundles: in the random order of a seed.
        wanted: for each class how many images validation and test should have.
    """
    for_test = any(test for _, test in wanted)
    judging, left = _choose(bundles, [first for first, _ in wanted], 2 if for_test else 1)
    testing, left = _choose(left[::-1], [second for _, second in wanted], 1)
    return judging, testing, left


def _choose(
    bundles: Sequence[Bundle], wanted: Sequence[int], spared: int
) -> tuple[list[Bundle], list[Bundle]]:
    if not any(wanted):
        return [], list(bundles)
    share = _Share(bundles, wanted, spared)
    for quarters in ROUNDS:
        share.fill(quarters)
    share.settle()
    if share.missing and spared > 1:
        share.spare_one()  # to be judged while one learns comes before the test
        share.settle()
    if share.missing and len(bundles) <= MOST_TRIED:
        share.try_all()
    return share.parted()


class _Share:
    """A share that is filled with whole bundles.

    Args:
        bundles: all, in random order.
        wanted: images of each class.
        spared: bundles of each class that stay outside if it has so many.
    """

    def __init__(self, bundles: Sequence[Bundle], wanted: Sequence[int], spared: int) -> None:
        self._bundles = bundles
        self._wanted = wanted
        self._inside = [False] * len(bundles)
        self._have = [0] * len(wanted)
        self._outside = Counter(label for bundle in bundles for label in bundle.counts)
        self._least = {
            label: spared if holders > spared else 1 for label, holders in self._outside.items()
        }
        total: Counter[int] = Counter()
        for bundle in bundles:
            total.update(bundle.counts)
        self._weight = {label: SCALE // count for label, count in total.items()}

    @property
    def missing(self) -> int:
        """How many classes that could be in the share are not."""
        return sum(
            not have and wanted > 0 and self._outside[label] > 1
            for label, (have, wanted) in enumerate(zip(self._have, self._wanted, strict=True))
        )

    def spare_one(self) -> None:
        """Leave only one bundle of each class outside."""
        self._least = dict.fromkeys(self._least, 1)

    def fill(self, quarters: int) -> None:
        """Take every bundle, in order, that brings the shares nearer and is not too large for them."""
        for place, bundle in enumerate(self._bundles):
            if self._inside[place] or not self._may_move(place):
                continue
            size = sum(self._weight[label] * n for label, n in bundle.counts.items())
            room = sum(self._weight[label] * self._wanted[label] for label in bundle.counts)
            if 4 * size <= quarters * room and self._step(place)[1] < 0:
                self._move(place)

    def settle(self) -> None:
        """Move one bundle after the other, the best first, as long as that is better."""
        while True:
            steps = (
                (self._step(place), place)
                for place in range(len(self._bundles))
                if self._may_move(place)
            )
            step, place = min(steps, default=((0, 0), 0))
            if step >= (0, 0):
                return
            self._move(place)

    def try_all(self) -> None:
        """Take the best of all combinations if it judges more classes than what is chosen now."""
        now = self._inside.copy()
        found = [(self._score(), now)]
        for inside in product([False, True], repeat=len(now)):
            self._become(inside)
            if all(self._outside[label] >= least for label, least in self._least.items()):
                found.append((self._score(), list(inside)))
        best = min(found)
        self._become(best[1] if best[0][0] < found[0][0][0] else now)

    def parted(self) -> tuple[list[Bundle], list[Bundle]]:
        """Return the bundles of the share, and the others."""
        pairs = list(zip(self._bundles, self._inside, strict=True))
        return [one for one, inside in pairs if inside], [
            one for one, inside in pairs if not inside
        ]

    def _may_move(self, place: int) -> bool:
        if self._inside[place]:
            return True
        labels = self._bundles[place].counts
        return all(self._outside[label] > self._least[label] for label in labels)

    def _step(self, place: int) -> Step:
        """Return what it changes to take a bundle in, or out."""
        missing = distance = 0
        sign = -1 if self._inside[place] else 1
        for label, n in self._bundles[place].counts.items():
            have, wanted = self._have[label], self._wanted[label]
            then = have + sign * n
            missing += (not then) - (not have)
            distance += self._weight[label] * (abs(then - wanted) - abs(have - wanted))
        return missing, distance

    def _score(self) -> Step:
        pairs = enumerate(zip(self._have, self._wanted, strict=True))
        distance = sum(
            self._weight.get(label, 0) * abs(have - wanted) for label, (have, wanted) in pairs
        )
        return sum(not have for have in self._have), distance

    def _move(self, place: int) -> None:
        sign = -1 if self._inside[place] else 1
        self._inside[place] = not self._inside[place]
        for label, n in self._bundles[place].counts.items():
            self._have[label] += sign * n
            self._outside[label] -= sign

    def _become(self, inside: Iterable[bool]) -> None:
        for place, wanted in enumerate(inside):
            if wanted != self._inside[place]:
                self._move(place)
