"""What came out for many photos: a summary, a table page by page, and a file to take home."""

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import streamlit as st

from tl_core.errors import LabError
from tl_core.prediction.csv_file import Headings, csv_file, refusal
from tl_core.prediction.rows import Row
from tl_core.prediction.scored import EVERY, ORDERS, REFUSED, UNSURE, WRONG, Scored
from tl_core.run_book.table import guarded
from tl_core.runs import Run
from tl_core.training import get_training
from tl_core.ui.datasets.paging import choose_page
from tl_core.ui.prediction.many.judged import show_judged
from tl_core.ui.prediction.many.pictures import data_url
from tl_core.ui.prediction.sureness import KEY as SURE_KEY
from tl_core.ui.prediction.sureness import USUAL
from tl_core.ui.results.photos import short_name
from tl_core.ui.run_titles import class_title
from tl_core.ui.state import url_choice, url_number
from tl_core.ui.text import escaped, later_say, say, t, t_marked, tn
from tl_core.wording import N_, percent

PAGE = 25
"""Photos on a page of the table."""
ROW_HEIGHT = 64
"""Pixels: a small picture can be told from another one."""
MOST_NAMED = 10
"""Classes whose photos are counted in the summary, the most frequent ones."""
ORDER_TITLES = {
    "name": N_("Name"),
    "surest": N_("Surest first"),
    "unsure": N_("Least sure first"),
}


def show_result(run: Run, scored: Scored) -> None:
    """Draw what came out of a scoring."""
    titles = class_titles_of(run, scored)
    _summary(scored, titles)
    show_judged(scored, titles)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        least = st.slider(
            t("Unsure below (%)"), **url_number(SURE_KEY, 0, 100, default=USUAL), width=200
        )
        which = _choose_rows(scored, titles, least / 100)
        order: str = st.selectbox(
            t("Order"),
            **url_choice("order", ORDERS, default=ORDERS[0]),
            format_func=lambda name: t_marked(ORDER_TITLES[name]),
            width=180,
            help=t(
                "Of all photos; a click on the head of a column orders only what is on the page."
            ),
        )
        _download(run, scored, titles)
    rows = scored.chosen(which, order, least / 100)
    places = choose_page("rows", len(rows), PAGE, of=(run.id, which, order))
    if len(rows):
        _table(scored, titles, [int(rows[place]) for place in places], len(rows))
    else:
        st.markdown(t("There is no such photo. Choose others to be shown."))


def class_titles_of(run: Run, scored: Scored) -> list[str]:
    """Return the classes of a scoring as people read them, also when its network has been deleted."""
    dataset = _dataset_of(run)
    return [class_title(dataset, name) for name in scored.told.class_names]


def _summary(scored: Scored, titles: Sequence[str]) -> None:
    by_count = sorted(range(len(titles)), key=lambda label: -scored.counts[label])
    named = [label for label in by_count if scored.counts[label]][:MOST_NAMED]
    parts = ", ".join(f"{escaped(titles[label])} {scored.counts[label]:,}" for label in named)
    text = tn("**{n}** photo was looked at.", "**{n}** photos were looked at.", scored.read)
    if parts:
        text += " " + t("Taken for: {counts}.", counts=parts)
    if scored.refused:
        text += " " + tn(
            "{n} file cannot be used; its row says why.",
            "{n} files cannot be used; their rows say why.",
            scored.refused,
        )
    if scored.told.aside:
        text += " " + tn(
            "{n} file that a system has left behind is not in the table.",
            "{n} files that a system has left behind are not in the table.",
            scored.told.aside,
        )
    st.markdown(text)


def _choose_rows(scored: Scored, titles: Sequence[str], least: float) -> str:
    """Draw the choice of what is shown; empty kinds are not offered, but for the unsure ones."""
    counts = {EVERY: len(scored.starts), UNSURE: len(scored.chosen(UNSURE, "name", least))}
    if len(scored.judged):
        counts[WRONG] = len(scored.chosen(WRONG, "name", least))
    counts |= {str(label): n for label, n in enumerate(scored.counts) if n}
    counts |= {REFUSED: scored.refused} if scored.refused else {}

    def title(which: str) -> str:
        names = {
            EVERY: t("Everything"),
            UNSURE: t("Unsure"),
            WRONG: t("Not as its folder says"),
            REFUSED: t("Cannot be used"),
        }
        return f"{names.get(which) or titles[int(which)]} ({counts[which]:,})"

    chosen: str = st.selectbox(
        t("Show"), **url_choice("which", list(counts), default=EVERY), format_func=title, width=240
    )
    return chosen


def _table(scored: Scored, titles: Sequence[str], places: Sequence[int], count: int) -> None:
    rows = scored.rows(places)
    pictures = [data_url(picture) for picture in scored.thumbnails(rows)]
    config = st.column_config
    looks: dict[str, Any] = {
        "photo": config.ImageColumn(t("Photo"), width=80),
        "file": config.TextColumn(t("File"), width=200),
        "guess": config.TextColumn(t("Guess"), width=120),
        "sure": config.ProgressColumn(
            t("How sure"), min_value=0, max_value=1, format="percent", width=120
        ),
        "folder": config.TextColumn(t("Folder"), width=110),
        "reason": config.TextColumn(t("Why it cannot be used"), width=500),
    }
    # The table's own toolbar downloads its cells as they are.
    cells: dict[str, list[Any]] = {
        "photo": pictures,
        "file": [guarded(row.name) for row in rows],
        "guess": [guarded(titles[row.labels[0]]) if row.labels else "" for row in rows],
        "sure": [row.shares[0] if row.shares else None for row in rows],
    }
    if len(scored.judged):
        cells["folder"] = ["" if row.label is None else guarded(titles[row.label]) for row in rows]
    for label, title in enumerate(titles):
        cells[f"score {label}"] = [_score(row, label) for row in rows]
        looks[f"score {label}"] = config.NumberColumn(title, format="percent", width=90)
    if any(row.reason for row in rows):
        cells["reason"] = [guarded(say(refusal(row))) if row.reason else "" for row in rows]
    st.dataframe(
        cells,
        hide_index=True,
        column_config=looks,
        row_height=ROW_HEIGHT,
        height="content",
        placeholder="",
        alt=_in_words(rows, titles, count),
    )
    st.caption(
        t(
            "Every class has its column, to the right. Look for photos whose two best scores are close, "
            "and for sure guesses that are wrong."
        )
    )


def _score(row: Row, label: int) -> float | None:
    return row.shares[row.labels.index(label)] if label in row.labels else None


def _in_words(rows: Sequence[Row], titles: Sequence[str], count: int) -> str:
    """Return what a screen reader says of a page of the table."""
    guesses = [
        f"{short_name(row.name)}: {titles[row.labels[0]]} {percent(row.shares[0])}"
        if row.labels
        else t("{name} cannot be used", name=short_name(row.name))
        for row in rows
    ]
    start = t("{shown} of {n} files", shown=len(rows), n=f"{count:,}")
    return f"{start}: {'; '.join(guesses)}"


def _download(run: Run, scored: Scored, titles: Sequence[str]) -> None:
    headings = Headings(
        file=t("File"),
        guess=t("Guess"),
        sure=t("How sure"),
        folder=t("Folder"),
        reason=t("Why it cannot be used"),
    )
    st.download_button(
        t("Table (CSV)"),
        # Called on a click: until then the rows are not read.
        partial(csv_file, scored, titles, headings, later_say()),
        file_name=f"guesses-{run.id}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


def _dataset_of(run: Run) -> str:
    with suppress(LabError):
        return get_training(str(run.config.get("run", ""))).settings.dataset
    return ""
