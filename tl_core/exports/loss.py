"""What a file with rounded weights costs: how it does on the held-out photos, beside the network it is of."""

from dataclasses import dataclass
from typing import Self

from tl_core.checks import Json
from tl_core.runs.amounts import check_amount
from tl_core.statistics import Proportion

LOSS = "loss.json"
"""Lies beside the file, in the zip too."""


@dataclass(frozen=True, kw_only=True)
class Loss:
    """Both judged on the same photos.

    Args:
        before: right answers of the network as it was trained.
        after: right answers of the file.
        same: photos of which both say the same, right or wrong.
    """

    before: Proportion
    after: Proportion
    same: int

    def as_json(self) -> Json:
        """Return the counts as JSON values."""
        return {"before": self.before.as_json(), "after": self.after.as_json(), "same": self.same}

    @classmethod
    def from_json(cls, values: Json) -> Self:
        """Return what `as_json` wrote.

        Raises:
            LookupError, TypeError, ValueError: it is something else.
        """
        before, after = (Proportion.from_json(values[name]) for name in ("before", "after"))
        check_amount(values["same"])
        if before.n != after.n or not 0 <= values["same"] <= before.n:
            raise ValueError(f"expected counts of the same photos, received {values}")
        return cls(before=before, after=after, same=values["same"])
