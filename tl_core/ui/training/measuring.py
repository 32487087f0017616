"""Questions to the engine that take seconds: asked once for everybody, answered while the page goes on."""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import streamlit as st

from tl_core.engine.client import Engine
from tl_core.errors import EngineBusy
from tl_core.ui.engine_status import engine, engine_ready

log = logging.getLogger(__name__)

KEPT = 200
AT_ONCE = 2
SECONDS = 120
"""How long an answer may take; nobody waits for it."""
AGAIN_AFTER = 60.0
"""Seconds after which a question that failed is asked again."""
POLL_SECONDS = 1.0


@dataclass
class _Asked:
    future: "Future[Any]"
    since: float = field(default_factory=time.monotonic)


class _Answers:
    """What was asked in this process, the latest questions last."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="measuring")
        self._asked: OrderedDict[str, _Asked] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, key: str) -> "Future[Any] | None":
        with self._lock:
            asked = self._asked.get(key)
        return asked.future if asked else None

    def ask(self, key: str, server: Engine, question: str, arguments: dict[str, Any]) -> None:
        with self._lock:
            asked = self._asked.get(key)
            if asked and not (_failed(asked) and time.monotonic() - asked.since > AGAIN_AFTER):
                return
            future = self._pool.submit(server.ask, question, seconds=SECONDS, **arguments)
            self._asked[key] = _Asked(future)
            while len(self._asked) > KEPT:
                self._asked.popitem(last=False)
        # Not under the lock: an answer that is there already is looked at here and now.
        future.add_done_callback(partial(self._settle, key))

    def _settle(self, key: str, future: "Future[Any]") -> None:
        error = future.exception()
        if isinstance(error, EngineBusy):  # a job came first: as if it had not been asked
            with self._lock:
                self._asked.pop(key, None)
        elif error:
            log.warning("a measurement failed", exc_info=error)


def _failed(asked: _Asked) -> bool:
    return asked.future.done() and asked.future.exception() is not None


@st.cache_resource(show_spinner=False)
def _answers() -> _Answers:
    return _Answers()


def answer(key: str) -> Any:
    """Return the answer to a question that was asked under `key`; None while there is none."""
    future = _answers().find(key)
    if future is None or not future.done() or future.exception():
        return None
    return future.result()


def failed(key: str) -> bool:
    """Whether the question under `key` had an error for an answer; the log has it."""
    future = _answers().find(key)
    return future is not None and future.done() and future.exception() is not None


def may_measure() -> bool:
    """Whether a measurement disturbs nobody and is not disturbed: the engine is ready, nothing trains."""
    return engine_ready() and not engine().status.running


def ask_in_background(key: str, question: str, **arguments: Any) -> None:
    """Ask the engine, unless the same was asked before or a training is running."""
    if may_measure():
        _answers().ask(key, engine(), question, arguments)


def until_known(known: Callable[[], bool], draw: Callable[[], None]) -> None:
    """Draw now, and again every second until there is nothing to wait for; then the whole page once.

    Args:
        known: whether there is nothing to wait for.
        draw: draws what is known so far.
    """
    waiting = not known()

    def look() -> None:
        if waiting and known():
            st.rerun()
        draw()

    st.fragment(look, run_every=POLL_SECONDS if waiting else None)()
