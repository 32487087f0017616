"""The run book as people read it: entries, their table, and how runs differ."""

from tl_core.run_book.entries import (
    MAX_NOTE,
    MAX_TITLE,
    Entry,
    Label,
    delete_run,
    mend,
    read_entries,
    read_epochs,
    read_label,
    write_label,
)

__all__ = [
    "MAX_NOTE",
    "MAX_TITLE",
    "Entry",
    "Label",
    "delete_run",
    "mend",
    "read_entries",
    "read_epochs",
    "read_label",
    "write_label",
]
