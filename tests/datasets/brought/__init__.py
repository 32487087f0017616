"""Small archives as people really bring them, and what is right for each: one entry a kind.

Every picture is made from a seed, and no two are alike unless the entry is about that. What is right is
written down here and never taken from the lab.
"""

from tests.datasets.brought.archives import PACKED
from tests.datasets.brought.entry import Brought, Refused
from tests.datasets.brought.inside import INSIDE
from tests.datasets.brought.labels import LABELLED
from tests.datasets.brought.parts import PARTED
from tests.datasets.brought.photos import PHOTOS

__all__ = ["BROUGHT", "Brought", "Refused"]

BROUGHT = (*PARTED, *INSIDE, *LABELLED, *PACKED, *PHOTOS)
