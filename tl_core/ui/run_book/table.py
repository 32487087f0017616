"""The run book's table: sortable, and the rows that are chosen in it are in the URL."""

import functools
import hashlib
from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from tl_core.run_book import Entry
from tl_core.run_book.table import guarded
from tl_core.training import TrainingConfig, get_training
from tl_core.ui.numbers import range_text
from tl_core.ui.run_book.names import Names
from tl_core.ui.state import url_text
from tl_core.ui.text import t, tn
from tl_core.ui.training.parameters import SETTINGS, setting_text, setting_title

CHOSEN = "runs"
TITLE_WIDTH, NARROW_TITLE_WIDTH = 430, 340
"""Pixels; the accuracy and the dataset stand before it, so that a phone shows them. The second is for where
it is also said who asked for a run."""
FIELDS = tuple(one.field for one in SETTINGS if one.field not in ("dataset", "fingerprint"))
NUMBERS = frozenset(one.name for one in fields(TrainingConfig) if one.type in (int, float))
"""Settings that sort as numbers: as text, 10 epochs would come before 9."""


def choose_runs(entries: Sequence[Entry], names: Names, *, everything: bool) -> list[Entry]:
    """Draw the table and return the entries that are chosen in it.

    Args:
        entries: one row each.
        names: what they are called.
        everything: whether every setting has a column.
    """
    url_text(CHOSEN, check=_check)
    ids = [entry.run.id for entry in entries]
    wanted = st.session_state[CHOSEN].split(",")
    table = _columns(entries, names)
    if everything:  # in sight: right behind the runs' names
        settings = _setting_columns(entries, names.code)
        table = {name: table[name] for name in ("accuracy", "dataset", "title")} | settings | table
    event: Any = st.dataframe(
        table,
        hide_index=True,
        column_config=_looks(everything, by="by" in table),
        on_select="rerun",
        selection_mode="multi-row",
        selection_default={
            "selection": {"rows": [row for row, one in enumerate(ids) if one in wanted]}
        },
        # Rows are known by their number: with other rows it is another table.
        key="book-" + hashlib.sha256(",".join(ids).encode()).hexdigest()[:16],
        placeholder="",
        alt=tn("Table of {n} run", "Table of {n} runs", len(entries)),
    )
    chosen = [entries[row] for row in sorted(event.selection.rows) if row < len(entries)]
    st.session_state[CHOSEN] = ",".join(entry.run.id for entry in chosen)
    return chosen


def _check(text: str) -> None:
    for identifier in filter(None, text.split(",")):
        get_training(identifier)


@functools.lru_cache(maxsize=8192)
def _setting_cells(code: str, config: TrainingConfig) -> tuple[str | float, ...]:
    """Return the cells of a row; `code` stands for the language in the cache's key."""
    return tuple(
        getattr(config, field) if _is_number(field) else setting_text(config, field)
        for field in FIELDS
    )


def _is_number(field: str) -> bool:
    return field in NUMBERS and field != "unfrozen"  # "last 3 blocks" says more


def _columns(entries: Sequence[Entry], names: Names) -> dict[str, list[Any]]:
    found = [entry.metrics and entry.metrics.validation for entry in entries]
    datasets = [names.dataset(entry.config.dataset) if entry.config else "" for entry in entries]
    return {
        "accuracy": [one and 100 * one.accuracy for one in found],
        "dataset": [guarded(title) for title in datasets],  # an accuracy means little without it
        # The table's own toolbar downloads its cells as they are.
        "title": [guarded(names.title(entry, dataset=False)) for entry in entries],
        **_people(entries, names),
        "interval": [one and range_text(one) for one in found],
        "n": [one and one.n for one in found],
        "state": [names.state(entry) for entry in entries],
        "seconds": [entry.seconds for entry in entries],
        "created": [datetime.fromtimestamp(entry.run.created, UTC) for entry in entries],
        "note": [guarded(entry.label.note) for entry in entries],
    }


def _people(entries: Sequence[Entry], names: Names) -> dict[str, list[str]]:
    """Return who asked for the runs; nothing where that is nobody but the visitor."""
    people = [names.by(entry) for entry in entries]
    return {"by": list(map(guarded, people))} if set(people) - {"", names.you} else {}


def _setting_columns(entries: Sequence[Entry], code: str) -> dict[str, list[Any]]:
    """Return the values of every setting; those that tell the runs apart come first."""
    empty = (None,) * len(FIELDS)
    rows = [_setting_cells(code, entry.config) if entry.config else empty for entry in entries]
    columns = dict(zip(FIELDS, map(list, zip(*rows, strict=True)), strict=True))
    return {field: cells for field, cells in columns.items() if len(set(cells)) > 1} | columns


def _looks(everything: bool, by: bool) -> dict[str, Any]:
    config = st.column_config
    title_width = NARROW_TITLE_WIDTH if by else TITLE_WIDTH
    looks = {
        "accuracy": config.NumberColumn(t("Accuracy"), format="%.1f %%", width="small"),
        "title": config.TextColumn(t("Run"), width="medium" if everything else title_width),
        "interval": config.TextColumn(t("95 % interval"), width=125),
        "n": config.NumberColumn(
            t("Photos"), width="small", help=t("Held-out photos that it was measured on.")
        ),
        "by": config.TextColumn(t("By"), width=80),
        "state": config.TextColumn(t("State"), width=85),
        "seconds": config.NumberColumn(t("Time"), format="%.1f s", width="small"),
        "created": config.DatetimeColumn(
            t("Begun"), format="YYYY-MM-DD HH:mm", timezone=st.context.timezone, width=145
        ),
        "dataset": config.TextColumn(t("Dataset"), width=130),
        "note": config.TextColumn(t("Note"), width="medium"),
    }
    if everything:
        for field in FIELDS:
            title = setting_title(field)
            number = config.NumberColumn(title, format="%g")
            looks[field] = number if _is_number(field) else config.TextColumn(title)
    return looks
