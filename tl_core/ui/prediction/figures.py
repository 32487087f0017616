"""The page's figures as one file: the answers as numbers, and the photo as each network saw it."""

import io
import zipfile
from collections.abc import Sequence

import streamlit as st

from tl_core.images import encode_png
from tl_core.run_book.table import csv_bytes
from tl_core.ui.prediction.shown import Shown
from tl_core.ui.run_titles import run_title
from tl_core.ui.text import t

TABLE, PICTURE = "answers.csv", "seen-{run}.png"


def show_download(shown: Sequence[Shown]) -> None:
    """Draw the button; the file is made when it is pressed.

    Args:
        shown: what the page shows, one or more answers for one photo.
    """
    titles = [run_title(one.run) for one in shown]
    st.download_button(
        t("Download the figures"),
        lambda: figures(shown, titles),
        file_name=f"prediction-{shown[0].run.id}.zip",
        mime="application/zip",
        icon=":material/download:",
        on_click="ignore",
    )


def figures(shown: Sequence[Shown], titles: Sequence[str]) -> bytes:
    """Return a zip with every answer in one table, and what each network saw.

    Args:
        shown: answers for one photo.
        titles: what their networks are called.
    """
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(TABLE, csv_bytes(_rows(shown, titles)))
        for one in shown:
            packed.writestr(PICTURE.format(run=one.run.id), encode_png(one.pixels))
    return file.getvalue()


def _rows(shown: Sequence[Shown], titles: Sequence[str]) -> list[dict[str, str | float]]:
    return [
        {
            "photo": one.photo.title,
            "run": one.run.id,
            "network": title,
            "class": name,
            "score": one.answer.shares[label],
            "logit": one.answer.logit(label),
        }
        for one, title in zip(shown, titles, strict=True)
        for label, name in enumerate(one.names)
    ]
