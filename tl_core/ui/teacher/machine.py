"""What the machine has left: disk by kind, memory, processor."""

import psutil
import streamlit as st

from tl_core import settings
from tl_core.machine.quotas import MB, folder_bytes
from tl_core.ui.text import t, t_marked
from tl_core.wording import N_, NO_BREAK, percent

KINDS = {
    "datasets": N_("Datasets"),
    "runs": N_("Run book and exports"),
    "features": N_("Cached features"),
    "uploads": N_("Uploads that wait"),
    "staging": N_("Photos that are collected"),
    "photos": N_("Photos that were looked at"),
    "browser": N_("Networks for browsers"),
}
"""Folders of the data folder and what they hold."""
QUOTAS = {"datasets": "dataset", "runs": "run", "features": "feature", "browser": "browser"}
"""Folders that have a quota, and the beginning of its setting's name."""
LOOK_SECONDS = 60
BUSY_SECONDS = 0.1
"""For so long the processor is looked at."""
GB = 10**9


def show() -> None:
    """Draw memory and free disk, and what the data folder holds."""
    memory = psutil.virtual_memory()
    disk = psutil.disk_usage(str(settings.current().data_dir))
    st.subheader(t("The machine"), anchor=False)
    st.markdown(
        t(
            "Free memory **{memory}** · free disk **{disk}** · processor **{share}**",
            memory=_gigabytes(memory.available),
            disk=_gigabytes(disk.free),
            # Without a time it tells of the time since this thread asked last, and each run is a new thread.
            share=percent(psutil.cpu_percent(BUSY_SECONDS) / 100, 0),
        )
    )
    rows = [
        {t("What"): t_marked(title), t("MB"): _amount(name, size)}
        for (name, title), size in zip(KINDS.items(), _sizes(), strict=True)
    ]
    st.dataframe(rows, hide_index=True, height="content")
    st.caption(t("Looked up once a minute."))


def _amount(name: str, size: int) -> str:
    """Return the MB of a folder, and of how many at most where it has a quota."""
    held = f"{size / MB:,.0f}"
    quota = vars(settings.current()).get(f"{QUOTAS.get(name)}_quota_mb")
    return t("{held} of {quota}", held=held, quota=f"{quota:,}") if quota else held


@st.cache_data(ttl=LOOK_SECONDS, show_spinner=False)
def _sizes() -> list[int]:
    """Return the bytes of each folder; looked up once a minute for all, since it reads every folder."""
    return [folder_bytes(settings.current().data_dir / name) for name in KINDS]


def _gigabytes(size: float) -> str:
    return f"{size / GB:.1f}{NO_BREAK}GB"
