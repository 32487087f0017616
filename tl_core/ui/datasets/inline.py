"""Declares the components of this folder."""

from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from tl_core.ui.stage.component import FOLDER as STAGE

HERE = Path(__file__).parent


def declare(name: str) -> ComponentRenderer:
    """Return the component of ``name.js`` and ``name.css``, behind the code that all components share."""
    parts = (STAGE / "shared.js", HERE / f"{name}.js")
    return st.components.v2.component(
        f"lab_{name}",
        js="\n".join(part.read_text("utf-8") for part in parts),
        css=(HERE / f"{name}.css").read_text("utf-8"),
    )
