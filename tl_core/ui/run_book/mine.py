"""Which runs this session has started: in a class everybody's runs are in one run book.

Nobody signs in, so a session remembers the ids of what it started, and the run book keeps them in its URL:
they survive a reload there, and a bookmark brings them back.
"""

import streamlit as st

from tl_core.runs import Run, is_run_id
from tl_core.ui.state import url_text

URL = "own"
KEY = "_own_runs"
MOST = 40
"""Ids that fit into a URL; the oldest are forgotten first."""


def remember(run: Run) -> None:
    """Count `run` among those of this session; call it where a training is started."""
    _add([run.id])


def own_runs() -> tuple[str, ...]:
    """Return the ids of the runs of this session, oldest first, and keep them in the page's URL."""
    url_text(URL)
    _add(list(filter(is_run_id, st.session_state[URL].split(","))))
    own: tuple[str, ...] = st.session_state[KEY]
    st.session_state[URL] = ",".join(own)
    return own


def _add(ids: list[str]) -> None:
    known = [one for one in st.session_state.get(KEY, ()) if one not in ids]
    st.session_state[KEY] = tuple([*known, *ids][-MOST:])
