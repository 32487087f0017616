"""What an import made of the files that it was given: how it read them, and which it left out."""

import streamlit as st

from tl_core.datasets.dataset import Dataset
from tl_core.ui.text import say, t, tn

FILES_SHOWN = 50


def show_left_out(dataset: Dataset) -> None:
    """Draw how the files were read, and which the import left out and why; nothing if all is plain."""
    if dataset.account:
        with st.expander(t("How the files were read")):
            for sentence in dataset.account:
                st.text(say(sentence))
    if not dataset.skipped:
        return
    count = len(dataset.skipped)
    title = tn("{n} file was left out", "{n} files were left out", count)
    with st.expander(title, icon=":material/broken_image:"):
        for skipped in dataset.skipped[:FILES_SHOWN]:
            st.text(say(skipped.sentence))
