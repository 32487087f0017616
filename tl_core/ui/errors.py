"""The one way to show an error: a LabError in its own words, a bug as one sentence with an id."""

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from tl_core.errors import LabError
from tl_core.ui.text import escaped, t, t_error

FAULT_KEY = "fault"
"""Start of the key of the box that reports a bug; tests look for it."""

log = logging.getLogger(__name__)


@contextmanager
def shown_in_place() -> Iterator[None]:
    """Show what goes wrong inside the block where it happened, and go on after the block.

    A `LabError` becomes its sentence. Anything else is a bug: the person sees a sentence with a short id, and
    the log has the traceback under that id. Streamlit's own control flow is no `Exception`: it passes.

    Example:
        >>> with shown_in_place():
        ...     raise LabError("{name} is empty.", name="cat.jpg")
    """
    try:
        yield
    except LabError as error:
        show_error(error)
    except Exception:
        show_fault()


def show_error(error: LabError) -> None:
    """Show the sentence of `error` in the session's language."""
    st.error(escaped(t_error(error)), icon=":material/error:")


def show_fault() -> None:
    """Report the exception being handled: its traceback to the log, a short id to the person."""
    fault = secrets.token_hex(3)
    log.exception("Fault %s", fault)
    with st.container(key=f"{FAULT_KEY}-{fault}"):
        st.error(
            t(
                "Something in the lab broke here, and it is not your doing. Reload the page; if it happens "
                "again, give your teacher this number: {fault}.",
                fault=fault,
            ),
            icon=":material/bug_report:",
        )
