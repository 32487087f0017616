"""The run book as people read it: entries, their table, how runs differ, and how one begins."""

from tl_core.run_book.entries import (
    LABEL,
    MAX_NOTE,
    MAX_TITLE,
    Entry,
    Label,
    begin_anew,
    clean_label,
    delete_run,
    read_entries,
    read_epochs,
    read_label,
    write_label,
)
from tl_core.run_book.expected import expected_cost
from tl_core.run_book.starting import mend, start_training

__all__ = [
    "LABEL",
    "MAX_NOTE",
    "MAX_TITLE",
    "Entry",
    "Label",
    "begin_anew",
    "clean_label",
    "delete_run",
    "expected_cost",
    "mend",
    "read_entries",
    "read_epochs",
    "read_label",
    "start_training",
    "write_label",
]
