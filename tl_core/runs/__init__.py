"""The run book on disk: jobs as folders, what a page shows of them, and how a worker reports."""

from tl_core.runs.amounts import WRONG_SHAPE, check_amount, read_time
from tl_core.runs.run import (
    METRICS,
    MODEL,
    PROGRESS,
    Run,
    damaged,
    find_run,
    get_run,
    is_run_id,
    list_damaged,
    list_runs,
    open_run,
    owner,
    run_id,
    runs_dir,
)

__all__ = [
    "METRICS",
    "MODEL",
    "PROGRESS",
    "WRONG_SHAPE",
    "Run",
    "check_amount",
    "damaged",
    "find_run",
    "get_run",
    "is_run_id",
    "list_damaged",
    "list_runs",
    "open_run",
    "owner",
    "read_time",
    "run_id",
    "runs_dir",
]
