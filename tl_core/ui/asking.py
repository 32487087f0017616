"""The one way to ask the engine: a question is put once for all sessions, and the latest answers are kept.

An answer is known by its question, what was asked about, to the last pixel, and a version where there is one.
`ask` waits for it; a `Measurement` is asked in the background while the page goes on.
"""

import logging
import threading
import time
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, is_dataclass
from hashlib import sha256
from typing import Any, Generic

import numpy as np
import streamlit as st

from tl_core.engine.client import Engine
from tl_core.engine.questions import Answer, Question
from tl_core.errors import EngineBusy
from tl_core.runs import Run
from tl_core.runs.snapshots import snapshot
from tl_core.ui.engine_status import engine, engine_ready
from tl_core.ui.errors import fragment
from tl_core.ui.text import t

log = logging.getLogger(__name__)

ANSWER_SECONDS = 120.0
"""The largest backbone is built in 5 s; on a busy machine it takes its time."""
MEASURED_AT_ONCE = 2
AGAIN_AFTER = 60.0
"""Seconds after which a measurement that failed is made again."""
POLL_SECONDS = 1.0


def may_ask() -> bool:
    """Return whether a question would be answered now; if not, a sentence stands where the answer will."""
    if engine_ready():
        return True
    st.info(
        t("The engine is starting. Its answer appears here as soon as it is ready."),
        icon=":material/hourglass_top:",
    )
    return False


def ask(question: Question[Answer], /, *, version: Hashable = None, **arguments: Any) -> Answer:
    """Return the engine's answer, which all sessions share; asked anew only after an error.

    Args:
        question: one of `tl_core.engine.questions`.
        version: of what was asked about, where the arguments alone do not tell.
        **arguments: of the question.

    Raises:
        EngineUnavailable: the engine is not ready, or gave no answer in time.
        LabError: what the worker raised.
    """
    answers, server, key = _answers(), engine(), _key(version, arguments)
    asked, new = answers.take(question, key)
    if new:
        answers.settle(asked, server, question, arguments)
        if asked.failed:
            answers.forget(question, key)
    answer: Answer = asked.future.result()
    return answer


def ask_of_run(question: Question[Answer], run: Run, /, **arguments: Any) -> Answer:
    """Do as `ask` about a trained run: one that was stopped and has gone on since is another network."""
    return ask(question, version=snapshot(run).ended, run_id=run.id, **arguments)


class Measurement(Generic[Answer]):
    """A question that nobody waits for: it is put while the engine has nothing else to do.

    Args:
        question: one of `tl_core.engine.questions`.
        version: of what was asked about, where the arguments alone do not tell.
        **arguments: of the question.
    """

    def __init__(
        self, question: Question[Answer], /, *, version: Hashable = None, **arguments: Any
    ) -> None:
        self._question, self._arguments = question, arguments
        self._key = _key(version, arguments)

    def begin(self) -> None:
        """Ask in the background, unless the same was asked before or a training is running."""
        if may_measure():
            answers = _answers()
            asked, new = answers.take(self._question, self._key)
            if new:
                answers.in_background(self._settle, answers, asked, engine())

    def renew(self, after: float) -> None:
        """Ask again, as `begin` does, if the answer is older than `after` seconds; it stands until then."""
        if may_measure():
            answers = _answers()
            if fresh := answers.renewal(self._question, self._key, after):
                answers.in_background(self._replace, answers, fresh, engine())

    def _replace(self, answers: "_Answers", fresh: "_Asked", server: Engine) -> None:
        answers.settle(fresh, server, self._question, self._arguments)
        answers.replace(self._question, self._key, fresh)

    def _settle(self, answers: "_Answers", asked: "_Asked", server: Engine) -> None:
        answers.settle(asked, server, self._question, self._arguments)
        error = asked.future.exception()
        if isinstance(error, EngineBusy):  # a job came first: as if it had not been asked
            answers.forget(self._question, self._key)
        elif error:
            log.warning("a measurement failed", exc_info=error)

    @property
    def answer(self) -> Answer | None:
        """The answer; None while there is none."""
        asked = _answers().find(self._question, self._key)
        if asked is None or not asked.future.done() or asked.failed:
            return None
        answer: Answer = asked.future.result()
        return answer

    @property
    def failed(self) -> bool:
        """Whether there was an error for an answer; the log has it."""
        asked = _answers().find(self._question, self._key)
        return asked is not None and asked.failed


def may_measure() -> bool:
    """Whether a measurement disturbs nobody and is not disturbed: the engine is ready, nothing trains."""
    return engine_ready() and not engine().status.running


def until_known(known: Callable[[], bool], draw: Callable[[], None]) -> None:
    """Draw now, and again every second until there is nothing to wait for; then the whole page once.

    Args:
        known: whether there is nothing to wait for.
        draw: draws what is known so far.
    """
    if known():  # a part that waits for nothing would cost more than it spares
        draw()
        return

    def look() -> None:
        if known():
            st.rerun()
        draw()

    fragment(look, run_every=POLL_SECONDS)()


@dataclass(frozen=True)
class _Asked:
    future: "Future[Any]" = field(default_factory=Future)
    since: float = field(default_factory=time.monotonic)

    @property
    def failed(self) -> bool:
        return self.future.done() and self.future.exception() is not None

    @property
    def stale(self) -> bool:
        return self.failed and time.monotonic() - self.since > AGAIN_AFTER


class _Answers:
    """What was asked in this process; of each question, the latest last."""

    def __init__(self) -> None:
        self._measuring = threading.Semaphore(MEASURED_AT_ONCE)
        self._asked: dict[str, OrderedDict[Hashable, _Asked]] = defaultdict(OrderedDict)
        self._renewed: set[tuple[str, Hashable]] = set()
        self._lock = threading.Lock()

    def in_background(self, work: Callable[..., None], *arguments: Any) -> None:
        """Do `work` once few enough others are at theirs; the process may end before, unlike with a pool."""

        def do() -> None:
            with self._measuring:
                work(*arguments)

        threading.Thread(target=do, name="measuring", daemon=True).start()

    def find(self, question: Question[Any], key: Hashable) -> _Asked | None:
        with self._lock:
            return self._asked[question.name].get(key)

    def take(self, question: Question[Any], key: Hashable) -> tuple[_Asked, bool]:
        """Return what was asked, and whether it is new: then it is the caller's to settle."""
        with self._lock:
            asked = self._asked[question.name]
            found = asked.pop(key, None)
            new = found is None or found.stale
            asked[key] = found = _Asked() if found is None or new else found
            while len(asked) > question.kept:
                asked.popitem(last=False)
            return found, new

    def renewal(self, question: Question[Any], key: Hashable, after: float) -> "_Asked | None":
        """Return what is to take the place of an answer that is older than `after` seconds, once."""
        with self._lock:
            found = self._asked[question.name].get(key)
            old = found and found.future.done() and time.monotonic() - found.since > after
            if not old or (question.name, key) in self._renewed:
                return None
            self._renewed.add((question.name, key))
            return _Asked()

    def replace(self, question: Question[Any], key: Hashable, fresh: "_Asked") -> None:
        """Put a new answer in the place of the old one, which stays if there was an error."""
        with self._lock:
            self._renewed.discard((question.name, key))
            if not fresh.failed and key in self._asked[question.name]:
                self._asked[question.name][key] = fresh

    def settle(
        self, asked: _Asked, server: Engine, question: Question[Any], arguments: dict[str, Any]
    ) -> None:
        """Ask, and give the answer or the error to all who wait for it."""
        try:
            answer = server.ask(question, seconds=ANSWER_SECONDS, **arguments)
        except BaseException as error:
            asked.future.set_exception(error)
        else:
            asked.future.set_result(_read_only(answer))

    def forget(self, question: Question[Any], key: Hashable) -> None:
        with self._lock:
            self._asked[question.name].pop(key, None)


@st.cache_resource(show_spinner=False)
def _answers() -> _Answers:
    return _Answers()


def _key(version: Hashable, arguments: dict[str, Any]) -> Hashable:
    return version, tuple((name, _content(value)) for name, value in sorted(arguments.items()))


def _content(value: Any) -> Hashable:
    if isinstance(value, np.ndarray):
        return value.shape, value.dtype.str, sha256(value.tobytes()).digest()
    if isinstance(value, list | tuple):
        return tuple(map(_content, value))
    return value  # type: ignore[no-any-return]


def _read_only(answer: Any) -> Any:
    """Return `answer`, which all sessions share, with arrays that nobody can write to."""
    if isinstance(answer, np.ndarray):
        answer.setflags(write=False)
    elif is_dataclass(answer):
        _read_only(vars(answer))
    elif isinstance(answer, Mapping):
        _read_only(tuple(answer.values()))
    elif isinstance(answer, list | tuple):
        for value in answer:
            _read_only(value)
    return answer
