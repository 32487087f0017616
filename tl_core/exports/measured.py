"""What a LiteRT file was measured to take, and what its rounded weights cost on the held-out photos."""

from dataclasses import asdict, dataclass
from typing import Self

from tl_core.checks import Json
from tl_core.runs.amounts import check_amount
from tl_core.statistics import Proportion

MEASURED = "measured.json"
"""Lies beside the file, in the zip too."""


@dataclass(frozen=True, kw_only=True)
class Loss:
    """Both judged on the same photos.

    Args:
        before: right answers of the network in float32.
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


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What a file takes on the machine that made it.

    Args:
        size: its bytes.
        milliseconds: for a photo, in one thread, at best.
    """

    size: int
    milliseconds: float

    @classmethod
    def from_json(cls, values: Json) -> Self:
        """Return what `dataclasses.asdict` makes of one.

        Raises:
            LookupError, TypeError, ValueError: it is something else.
        """
        check_amount(values["size"])
        milliseconds = float(values["milliseconds"])
        if not 0 < milliseconds < float("inf"):
            raise ValueError(f"expected a time, received {values}")
        return cls(size=values["size"], milliseconds=milliseconds)


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What was found out about a file.

    Args:
        file: what it takes.
        exact: what the same network takes in float32, in the same minute; None where it is in float32 itself.
        loss: what it costs; None where it is in float32, or no photo is left to judge by.
    """

    file: Taken
    exact: Taken | None = None
    loss: Loss | None = None

    def as_json(self) -> Json:
        """Return it as JSON values, without what is None."""
        values: Json = {"file": asdict(self.file)}
        if self.exact:
            values["exact"] = asdict(self.exact)
        if self.loss:
            values["loss"] = self.loss.as_json()
        return values

    @classmethod
    def from_json(cls, values: Json) -> Self:
        """Return what `as_json` wrote.

        Raises:
            LookupError, TypeError, ValueError: it is something else.
        """
        return cls(
            file=Taken.from_json(values["file"]),
            exact=Taken.from_json(values["exact"]) if "exact" in values else None,
            loss=Loss.from_json(values["loss"]) if "loss" in values else None,
        )
