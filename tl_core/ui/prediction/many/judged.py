"""How good the guesses are where folders say what photos show: accuracy, each class, and what is confused."""

from collections.abc import Sequence

import streamlit as st

from tl_core.prediction.scored import Scored
from tl_core.results.error_analysis import balanced_accuracy
from tl_core.results.predictions import Predictions
from tl_core.statistics import Proportion
from tl_core.ui.prediction.many.pictures import data_url
from tl_core.ui.results.confusion import choose_cell
from tl_core.ui.results.photos import choose_sheet, guess_text, sheet_grid, short_name
from tl_core.ui.results.report import show_classes
from tl_core.ui.state import url_flag
from tl_core.ui.text import escaped, t, tn
from tl_core.wording import percent


def show_judged(scored: Scored, titles: Sequence[str]) -> None:
    """Draw what the folders say of the guesses; a sentence where they say nothing."""
    predictions = scored.predictions
    if predictions is not None:
        _accuracy(predictions)
    _say_outside(scored)
    if predictions is None:
        return
    box = st.expander(
        t("What it confuses"), icon=":material/grid_on:", on_change="rerun", **url_flag("confused")
    )
    if box.open:
        with box:
            _show_photos(scored, predictions, choose_cell(predictions, titles), titles)
    box = st.expander(
        t("Each class"), icon=":material/table_rows:", on_change="rerun", **url_flag("classes")
    )
    if box.open:
        with box:
            show_classes(predictions, titles)


def _accuracy(predictions: Predictions) -> None:
    n = len(predictions.labels)
    found = Proportion(correct=int(predictions.confusion.trace()), n=n)
    low, high = found.interval
    balanced, classes = balanced_accuracy(predictions)
    st.markdown(
        t(
            "**{accuracy}** of the photos in folders of classes are right: {correct} of {n}; 95 % interval "
            "{low} to {high}.",
            accuracy=percent(found.accuracy),
            correct=f"{found.correct:,}",
            n=f"{n:,}",
            low=percent(low),
            high=percent(high),
        )
        + " "
        + (
            t("It was judged on one class only.")
            if classes == 1
            else t(
                "Each of {n} classes counted alike: {share}.", n=classes, share=percent(balanced)
            )
        )
    )
    st.caption(
        t(
            "This number is an honest one only for photos that the network has not learned from and was not "
            "chosen by."
        )
    )


def _say_outside(scored: Scored) -> None:
    """Say what of the folders cannot be compared with the classes."""
    told = scored.told
    if not told.folders:
        return
    names = ", ".join(map(escaped, told.folders))
    if len(scored.judged):
        text = tn(
            "{n} photo lies in a folder that is called like no class, and is not counted there: {names}.",
            "{n} photos lie in folders that are called like no class, and are not counted there: {names}.",
            told.outside,
            names=names,
        )
    else:
        text = t(
            "No folder is called like a class of this network, so nothing is counted as right or wrong: "
            "{names}.",
            names=names,
        )
    st.info(text, icon=":material/folder_off:")


def _show_photos(
    scored: Scored, predictions: Predictions, rows: Sequence[int], titles: Sequence[str]
) -> None:
    """Draw a page of the photos in a cell of the matrix."""
    rows = choose_sheet(scored.folder.name, predictions, rows)
    found = scored.rows([int(scored.judged[row]) for row in rows])
    with sheet_grid():
        for row, photo, picture in zip(rows, found, scored.thumbnails(found), strict=True):
            name, guess = short_name(photo.name), guess_text(predictions, row, titles)
            with st.container(gap="xxsmall"):
                if url := data_url(picture):
                    st.image(url, alt=f"{name}: {guess}")
                st.caption(f"{escaped(name)}  \n{escaped(guess)}")
