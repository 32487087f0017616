"""Section "Export": the tables as CSV, and Keras code that builds exactly these heads."""

from collections.abc import Sequence

import streamlit as st

from tl_core.head_math import HeadSetup
from tl_core.head_math.code import csv_text, keras_code
from tl_core.ui.text import t


def show(setup: HeadSetup, poolings: Sequence[str]) -> None:
    """Draw both downloads, and the code to read and copy."""
    code = keras_code(setup, poolings)
    with st.container(horizontal=True):
        st.download_button(
            t("Keras code"),
            code,
            file_name="heads.py",
            mime="text/x-python",
            icon=":material/code:",
            on_click="ignore",
        )
        st.download_button(
            t("Tables as CSV"),
            csv_text(setup, poolings),
            file_name="heads.csv",
            mime="text/csv",
            icon=":material/table:",
            on_click="ignore",
        )
    st.code(code, language="python")
    st.caption(
        t(
            "Runs as it is with Keras 3. Look at the line Total params of each summary: it is the total of "
            "the table in section Layers."
        )
    )
