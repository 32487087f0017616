"""How the engine is, for the sidebar."""

from dataclasses import dataclass
from enum import StrEnum

from tl_core.errors import LabError


class EngineState(StrEnum):
    """What the engine is doing."""

    STARTING = "starting"
    READY = "ready"
    BUSY = "busy"
    RESTARTING = "restarting"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, kw_only=True)
class EngineStatus:
    """The engine at one moment: its state, how many jobs run and wait, and what somebody should mend."""

    state: EngineState
    running: int
    queued: int
    problems: tuple[LabError, ...] = ()
