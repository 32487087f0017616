"""Which runs are this visitor's own: in a class everybody's runs are in one run book.

A run knows who asked for it (`tl_core.people.ownership`), so they survive a refresh, a typed address and
another tab. Links from before that name runs themselves; what they name counts for this session.
"""

from collections.abc import Sequence

import streamlit as st

from tl_core.people import ownership
from tl_core.run_book import Entry
from tl_core.runs import is_run_id
from tl_core.ui.state import asked_in_url
from tl_core.ui.visitor import visitor

URL = "own"
"""Name of the runs in the address of an old link."""
KEY = "_linked_runs"
MOST = 40
"""Runs that a link can name."""


def own_runs(entries: Sequence[Entry]) -> frozenset[str]:
    """Return the ids of those among `entries` that are this visitor's own, or that an old link named."""
    me = visitor()
    own = (entry.run.id for entry in entries if ownership.is_own(entry.people, me))
    return frozenset(own) | _linked()


def _linked() -> frozenset[str]:
    if (text := asked_in_url(URL)) is not None:
        st.session_state[KEY] = frozenset(filter(is_run_id, text.split(",")[:MOST]))
    linked: frozenset[str] = st.session_state.get(KEY, frozenset())
    return linked
