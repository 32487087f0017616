"""The button that fetches a file which a job has made and kept."""

from pathlib import Path

import streamlit as st

from tl_core.ui.text import t


def show_fetch(path: Path, name: str, *, key: str) -> None:
    """Draw the button.

    Args:
        path: of the zip.
        name: what it is called where it arrives, without its ending.
        key: of the button.
    """
    st.download_button(
        t("Download"),
        # Called on a click: until then the file is not read, and afterwards no page run holds it.
        path.read_bytes,
        file_name=f"{name}.zip",
        mime="application/zip",
        icon=":material/download:",
        key=key,
        on_click="ignore",
        width="stretch",
    )
