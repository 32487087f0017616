"""A part of a page that runs alone after a change in it, and what it owes the rest of the page.

`fragment` in `errors` makes such a part. Streamlit draws nothing but the part then, so it writes the address
itself. Where the change concerns what stands outside of it, it has the whole page drawn again: when it has
changed a control, the photo or the language there, or has called `want_page` or `state.take_link`. A control
that concerns some parts only says so: `redraw`.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

import streamlit as st
from streamlit.errors import StreamlitAPIException
from streamlit.runtime.scriptrunner import get_script_run_ctx

from tl_core.ui.kept import Control, Kept
from tl_core.ui.kept import kept as session
from tl_core.ui.state import leave_page, texts

MOST_REDRAWN = 20
"""How often parts are drawn alone before the page is. A picture makes way for the one in its place; of those
in whose place nothing is drawn any more Streamlit lets go only when it draws the page."""


def want_page() -> None:
    """Have the whole page drawn after this change, not only the part that it is in: for ``on_change``."""
    session().page_wanted = True


def redraw(*keys: str) -> None:
    """Draw nothing but these parts after this change, which concerns only them: last thing in a callback.

    Args:
        *keys: of `fragment`. If one is not on the page, what the control stands in is drawn as usual.
    """
    kept = session()
    kept.awaited = set(keys)
    with suppress(StreamlitAPIException):
        st.rerun(list(keys))
    kept.awaited = set()


def alone() -> bool:
    """Whether this run draws only a part of the page."""
    context = get_script_run_ctx()
    return context is not None and bool(context.fragment_ids_this_run)


class Part:
    """A part of a page, and which part it is in; a new one each time that what is around it is drawn."""

    def __init__(self, *, polls: bool = False, key: str | None = None) -> None:
        self._within: Part | None = None
        self._polls = polls
        self._key = key

    @contextmanager
    def drawing(self) -> Iterator[None]:
        """Draw the part in this block."""
        kept = session()
        first = alone() and kept.part is None
        if not first:
            self._within = kept.part
            kept.awaited.discard(self._key)
        around, kept.part = kept.part, self
        try:
            if first:
                with self._redrawing(kept):
                    yield
            else:
                yield
        finally:
            kept.part = around

    @contextmanager
    def _redrawing(self, kept: Kept) -> Iterator[None]:
        """Draw the part alone: what it held before makes way for what it draws now."""
        # What a callback has chosen for all pages, such as a photo, is not drawn here first.
        if kept.page_wanted or (kept.app_wide() != kept.was_app_wide and not kept.page_called):
            kept.page_called = True
            st.rerun()
        before = {name: one for name, one in kept.drawn.items() if self._holds(kept.parts[name])}
        outside = {name: one for name, one in kept.drawn.items() if name not in before}
        told, kept.relabelled = len(kept.notices), False
        kept.page_called &= self._polls  # a change of somebody's may have mended the page
        was_broken = kept.broken if self._holds(kept.broken) else None
        kept.broken = None if was_broken else kept.broken
        kept.drawn = dict(outside)
        try:
            yield
        except BaseException:
            # Streamlit's own control flow too: the next run begins where this one did.
            kept.drawn = before | kept.drawn
            kept.awaited.clear()
            kept.broken = kept.broken or was_broken
            raise
        if was_broken and not (kept.broken or kept.whole):
            kept.page_wanted = True
        follows = self._key in kept.awaited
        kept.awaited.discard(self._key)
        kept.told_next = (kept.told_next if follows else []) + kept.notices[told:]
        if kept.awaited:  # other parts are drawn for the same change
            return
        if not self._polls:
            kept.note()
            kept.redrawn += 1
            kept.page_wanted |= kept.redrawn >= MOST_REDRAWN
        _settle(kept, {} if follows else outside)

    def _holds(self, part: "Part | None") -> bool:
        while part is not None and part is not self:
            part = part._within
        return part is self


def _settle(kept: Kept, outside: Mapping[str, Control]) -> None:
    """Write the address after a part was drawn alone; draw the page if the change concerns more than it."""
    if broken := kept.broken:  # Streamlit has let go of what it did not draw
        outside = {n: one for n, one in outside.items() if not broken._holds(kept.parts[n])}
    written = kept.links.get(kept.page, {})
    same = texts(outside) == {name: text for name, text in written.items() if name in outside}
    concerned = bool(kept.told_next) or not same or kept.app_wide() != kept.was_app_wide
    # Once only: a page that breaks before its end would be drawn for each look of a part that polls.
    if kept.page_wanted or (concerned and not kept.page_called):
        kept.page_called = True
        st.rerun()
    if not concerned and kept.whole:
        leave_page(kept.was_app_wide)
