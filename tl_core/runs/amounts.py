"""Numbers that a file of the run book may hold, and what reading one of another shape raises."""

from typing import Any

from tl_core.errors import LabError

WRONG_SHAPE = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)
"""What reading JSON of another shape raises."""
UNREADABLE = (OSError, RecursionError, LabError, *WRONG_SHAPE)
"""What reading a small JSON file raises, whatever is wrong with it or its disk."""
MOST = 2**53
"""No count and no size is larger; such numbers are exact in every language."""
LATEST = 2.0**33
"""Seconds since the epoch, in the year 2242: a later time is damage that no table can show."""


def check_amount(value: Any, kind: Any = int) -> None:
    """Raise a ValueError if `value` is not a number of this type, from 0 to `MOST`."""
    if isinstance(value, bool) or not isinstance(value, kind) or not 0 <= value < MOST:
        raise ValueError(f"not an amount: {value}")


def read_time(value: Any) -> float:
    """Return seconds since the epoch; a ValueError or TypeError if `value` is no such thing."""
    seconds = float(value)
    if not 0 <= seconds < LATEST:
        raise ValueError(f"not a time: {value}")
    return seconds
