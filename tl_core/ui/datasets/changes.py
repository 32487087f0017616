"""One way to change a dataset from a page: make the next version, choose it, and say what happened."""

from collections.abc import Callable

import streamlit as st

from tl_core.datasets.dataset import Dataset
from tl_core.datasets.edits import Edit
from tl_core.datasets.versions import new_version
from tl_core.errors import LabError
from tl_core.machine.refusals import explained
from tl_core.ui.errors import show_error
from tl_core.ui.text import escaped, t
from tl_core.ui.visitor import visitor

REFUSAL_KEY = "dataset_refusal"
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
        tell(t("This is a new version now. The one before it is kept under Versions."))


def attempt(action: Callable[[], object]) -> None:
    """Call `action`; what refuses it is shown by `show_news` when the page is drawn. For callbacks."""
    st.session_state.pop(NEWS_KEY, None)
    st.session_state.pop(REFUSAL_KEY, None)
    try:
        with explained():
            action()
    except LabError as error:
        st.session_state[REFUSAL_KEY] = error


def tell(sentence: str) -> None:
    """Have `show_news` say a translated sentence."""
    st.session_state[NEWS_KEY] = sentence


def show_news() -> None:
    """Say, once, what the last change was or why there was none."""
    with st.container():  # its place is kept, or what is below would lose its state in the browser
        if refusal := st.session_state.pop(REFUSAL_KEY, None):
            show_error(refusal)
        if news := st.session_state.pop(NEWS_KEY, None):
            st.success(escaped(news), icon=":material/check:")


def choose(dataset: str) -> None:
    """Choose another dataset or version by its id; for callbacks."""
    st.session_state["dataset"] = dataset
    st.session_state[LOOK_KEY] = "photos"
