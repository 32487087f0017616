"""The one way to show an error: a LabError in its own words, a bug as one sentence with an id.

What a page draws is inside `shown_in_place`. What a control calls before the page runs goes through
`callback`, and what is drawn again by itself through `fragment`: outside the page's script Streamlit would
show a box of its own, or an error page instead of the page.
"""

import functools
import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import streamlit as st

from tl_core.errors import DiskUnusable, LabError
from tl_core.machine.refusals import explain
from tl_core.ui import news
from tl_core.ui.redrawing import Part
from tl_core.ui.rerun_requests import close_gaps
from tl_core.ui.text import escaped, say
from tl_core.wording import N_, Sentence

FAULT_KEY = "fault"
"""Start of the key of the box that reports a bug; tests look for it."""
LEFT_KEY = "_left_by_callbacks"
ABOVE_KEY = "_said_above"
BROKE = N_(
    "Something in the lab broke here, and it is not your doing. Reload the page; if it happens "
    "again, give your teacher this number: {fault}."
)

log = logging.getLogger(__name__)


@contextmanager
def shown_in_place() -> Iterator[None]:
    """Show what goes wrong inside the block where it happened, and go on after the block.

    A `LabError` becomes its sentence, and so does what the disk or the memory refuses. Anything else is a
    bug: the person sees a sentence with a short id, and the log has the traceback under that id. Streamlit's
    own control flow is no `Exception`: it passes.

    Example:
        >>> with shown_in_place():
        ...     raise LabError("{name} is empty.", name="cat.jpg")
    """
    if st.session_state.get(LEFT_KEY):
        st.rerun()  # only a fragment runs, after a control of its own; the page says what is left
    try:
        yield
    except Exception as error:
        show_error(_told(error))


def callback(action: Callable[..., object]) -> Callable[..., None]:
    """Return `action` for an ``on_...`` argument: what goes wrong in it is shown on top of the page.

    Every callback goes through this; `tests/test_architecture.py` looks for it.

    Example:
        >>> st.button(t("Swap A and B"), on_click=callback(_swap))
    """

    @functools.wraps(action)
    def call(*args: Any, **kwargs: Any) -> None:
        news.forget()
        try:
            action(*args, **kwargs)
        except Exception as error:
            st.session_state.setdefault(LEFT_KEY, []).append(_told(error).bare())

    return call


def fragment(
    draw: Callable[..., object], *, run_every: float | None = None, key: str | None = None
) -> Callable[..., None]:
    """Return `draw` as a part of the page that runs alone, every `run_every` seconds if that is given.

    Every such part goes through this; `tests/test_architecture.py` looks for it. It may hold controls that
    are kept in the URL, and draw into containers outside; what its changes mean for the rest of the page,
    `redrawing` says. What it is given stays what it was when the page was drawn last: one with a `key`, which
    `redrawing.redraw` draws after a change outside of it, reads what has changed from the session.
    """
    close_gaps()
    part = Part(polls=run_every is not None, key=key)

    @functools.wraps(draw)
    def call(*args: Any, **kwargs: Any) -> None:
        with shown_in_place(), part.drawing():
            draw(*args, **kwargs)

    return st.fragment(call, run_every=run_every, key=key)


def dialog(
    title: str,
    draw: Callable[[], object],
    *,
    on_close: Callable[[], object],
    icon: str | None = None,
    wide: bool = False,
) -> None:
    """Draw a window above the page: it is there after each run that calls this, and gone after another.

    Every such window goes through this; `tests/test_architecture.py` looks for it. After a change in it
    nothing else is drawn, as with a `fragment`.

    Args:
        title: translated text.
        draw: draws in it.
        on_close: is called when whoever looks at it closes it.
        icon: of Material.
        wide: whether there is much to read in it.
    """
    part = Part()

    def call() -> None:
        with shown_in_place(), part.drawing():
            draw()

    width: Literal["medium", "small"] = "medium" if wide else "small"
    st.dialog(title, icon=icon, on_dismiss=callback(on_close), width=width)(call)()


def take_left() -> list[LabError]:
    """Return what went wrong in the callbacks before this run; the page's frame asks first of all."""
    if left := st.session_state.pop(LEFT_KEY, None):
        news.leave(LEFT_KEY, left)
    return news.said(LEFT_KEY) or []


def show_errors(errors: list[LabError]) -> None:
    """Show several errors, one below the other."""
    for error in errors:
        show_error(error)


def show_above(trouble: DiskUnusable | None) -> None:
    """Show what troubles all parts of a page, once: a part that meets it again does not repeat it."""
    st.session_state[ABOVE_KEY] = None
    if trouble:
        show_error(trouble)
        st.session_state[ABOVE_KEY] = _kind(trouble)


def show_error(error: LabError) -> None:
    """Show the sentence of `error` in the session's language."""
    if isinstance(error, DiskUnusable) and _kind(error) == st.session_state.get(ABOVE_KEY):
        return
    if error.sentence.template == BROKE:
        with st.container(key=f"{FAULT_KEY}-{error.sentence.values['fault']}"):
            st.error(say(error), icon=":material/bug_report:")
    else:
        st.error(escaped(say(error)), icon=":material/error:")


def _kind(error: LabError) -> tuple[str, object]:
    """Return what a disk's trouble is; one part may name the folder, and another a file in it."""
    return error.sentence.template, error.sentence.values.get("variable")


def _told(error: Exception) -> LabError:
    """Return what a person is told of `error`; a bug goes to the log."""
    if told := error if isinstance(error, LabError) else explain(error):
        return told
    fault = secrets.token_hex(3)
    log.error("Fault %s", fault, exc_info=error)
    return LabError.restored(Sentence(template=BROKE, values={"fault": fault}))
