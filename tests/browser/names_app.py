"""A page that shows every name of the test in each way that reads Markdown."""

import json
import os
from pathlib import Path

import streamlit as st

from tl_core.ui.text import escaped

for place, name in enumerate(json.loads(Path(os.environ["NAMES"]).read_text())):
    with st.container(key=f"text-{place}"):
        st.markdown(escaped(name))
    with st.container(key=f"bold-{place}"):
        st.caption(f"x **{escaped(name)}** x")
    with st.container(key=f"label-{place}"):
        st.expander(escaped(name))
