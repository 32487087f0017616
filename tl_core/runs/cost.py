"""What a job takes, as far as that can be told before it begins."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Cost:
    """About what a job takes, before it has begun.

    Args:
        seconds: until it is done, with the machine to itself.
        memory: bytes of a worker that runs it.
    """

    seconds: float
    memory: int
