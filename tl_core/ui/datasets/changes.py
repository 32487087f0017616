"""One way to change a dataset from a page: make the next version, choose it, and say what happened."""

from collections.abc import Callable

import streamlit as st

from tl_core.datasets.dataset import Dataset
from tl_core.datasets.edits import Edit
from tl_core.datasets.versions import new_version
from tl_core.errors import LabError
from tl_core.machine.refusals import explained
from tl_core.ui import news
from tl_core.ui.errors import show_error
from tl_core.ui.text import escaped, say, t
from tl_core.ui.visitor import visitor

NEWS_KEY = "dataset_news"
LOOK_KEY = "data"
"""What is done with the chosen dataset, in the URL."""


def change(dataset: Dataset, edit: Edit) -> None:
    """Make a new version of `dataset` and choose it; for callbacks."""
    attempt(lambda: adopt(dataset, new_version(dataset, edit, visitor())))


def adopt(before: Dataset, version: Dataset) -> None:
    """Choose `version`, which was made from `before`, and say so; for callbacks."""
    st.session_state["dataset"] = version.id
    if version.id == before.id:
        tell(t("Nothing changed: the dataset is already like this."))
    else:
        changes = map(say, version.change) if version.origin == before.id else ()
        kept = t("This is a new version now. The one before it is kept under Versions.")
        tell(" · ".join((*changes, kept)))


def attempt(action: Callable[[], object]) -> None:
    """Call `action`; what refuses it is shown by `show_news` when the page is drawn. For callbacks."""
    news.leave(NEWS_KEY, None)
    try:
        with explained():
            action()
    except LabError as error:
        news.leave(NEWS_KEY, error.bare())


def tell(sentence: str) -> None:
    """Have `show_news` say a translated sentence."""
    news.leave(NEWS_KEY, sentence)


def show_news() -> None:
    """Say what the last change was or why there was none."""
    with st.container():  # its place is kept, or what is below would lose its state in the browser
        match news.said(NEWS_KEY):
            case LabError() as refusal:
                show_error(refusal)
            case str() as sentence:
                st.success(escaped(sentence), icon=":material/check:")


def choose(dataset: str) -> None:
    """Choose another dataset or version by its id; for callbacks."""
    st.session_state["dataset"] = dataset
    st.session_state[LOOK_KEY] = "photos"
