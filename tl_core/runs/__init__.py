"""Jobs as folders on disk, what a page shows of them, and how a worker reports."""

from tl_core.runs.amounts import WRONG_SHAPE, check_amount, read_time
from tl_core.runs.book import (
    find_run,
    get_run,
    is_run_id,
    list_damaged,
    list_runs,
    open_job,
    open_run,
    run_id,
)
from tl_core.runs.run import (
    HEAD_ARRAYS,
    HISTORY,
    METRICS,
    MODEL,
    PREDICTIONS,
    PROGRESS,
    TAIL_ARRAYS,
    TRAINING,
    Run,
    damaged,
    owner,
    runs_dir,
)

__all__ = [
    "HEAD_ARRAYS",
    "HISTORY",
    "METRICS",
    "MODEL",
    "PREDICTIONS",
    "PROGRESS",
    "TAIL_ARRAYS",
    "TRAINING",
    "WRONG_SHAPE",
    "Run",
    "check_amount",
    "damaged",
    "find_run",
    "get_run",
    "is_run_id",
    "list_damaged",
    "list_runs",
    "open_job",
    "open_run",
    "owner",
    "read_time",
    "run_id",
    "runs_dir",
]
