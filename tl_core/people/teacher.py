"""The teacher: whoever has opened the lab with the key of ``TL_TEACHER_KEY``.

Without a key the lab is a single user's, and everybody may do everything. A browser that gave the key keeps
a proof of it, never the key itself: the proof holds for its own secret only, and no longer than the key does.
"""

import hashlib
import hmac
import math
import os
import secrets
import threading
import time
from collections import deque

from tl_core import settings
from tl_core.errors import SettingInvalid

KEY_BYTES = 9
"""Of a key that is made: 12 characters."""
MOST_GUESSES = 5
GUESS_SECONDS = 60.0
"""So many wrong keys may come from one browser in this time."""
MOST_BROWSERS = 1000
FREE_GUESSES = 40
"""So many wrong keys of all browsers are a class that tries; beyond them each browser waits for its turn."""
ALL_SECONDS = 600.0
"""For so long a wrong key counts among those of all."""
LONGEST_WAIT = 20.0
"""Seconds: then a browser has its turn, however many others go on guessing."""


def has_key() -> bool:
    """Whether somebody has to be the teacher to do what a teacher may."""
    return bool(settings.current().teacher_key)


def make_key() -> str:
    """Set a key for this process where the operator has set none: for a server that a class comes to.

    Returns:
        The key, to be told once; empty if there was one, which whoever set it knows.
    """
    name = settings.variable("teacher_key")
    if os.environ.get(name, "").strip():
        return ""
    os.environ[name] = key = secrets.token_urlsafe(KEY_BYTES)
    return key


def try_key(text: str, browser: str, *, known: bool = False) -> bool:
    """Whether `text` is the teacher's key.

    Wrong ones are counted by browser, because behind a proxy a whole class has one address; and all together,
    because a browser that forgets who it is counts as a new one each time.

    Args:
        text: what somebody gave as the key.
        browser: mark of the browser that it came from.
        known: whether that browser was the teacher's before: it need not wait for the guesses of others.

    Raises:
        SettingInvalid: too many wrong keys came from it, or from all.
    """
    key = settings.current().teacher_key
    if not key:
        return False
    _guesses.check(browser, known=known)
    right = hmac.compare_digest(_digest(key), _digest(text))
    if not right:
        _guesses.count(browser)
    return right


def proof_for(secret: str) -> str:
    """Return what the browser with this secret keeps to show that it gave the key."""
    key = settings.current().teacher_key
    return hmac.new(_digest(key), secret.encode(), hashlib.sha256).hexdigest()


def was_proven(proof: object, secret: str) -> bool:
    """Whether `proof` is that of this secret and the key that is set now."""
    if not isinstance(proof, str) or not has_key():
        return False
    return hmac.compare_digest(proof_for(secret).encode(), proof.encode())


def _digest(key: str) -> bytes:
    # Of one length, so that comparing takes as long for every guess.
    return hashlib.sha256(b"teacher:" + key.encode(errors="replace")).digest()


class _Guesses:
    """When wrong keys came, by browser and of all; safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._times: dict[str, deque[float]] = {}
        self._all: deque[float] = deque(maxlen=FREE_GUESSES + 10)
        self._turns: dict[str, float] = {}

    def check(self, browser: str, *, known: bool) -> None:
        with self._lock:
            if len(self._recent(browser)) >= MOST_GUESSES:
                raise SettingInvalid(
                    "Too many wrong keys came from this browser. Wait a minute, then open the address that "
                    "the server printed at its start."
                )
            wait = 0.0 if known else self._until_turn(browser)
        if wait > 0:
            raise SettingInvalid(
                "Many wrong keys came lately, so a key is looked at after a while only. Open this address "
                "again in {seconds} seconds.",
                seconds=math.ceil(wait),
            )

    def count(self, browser: str) -> None:
        with self._lock:
            times = self._recent(browser)
            self._times.pop(browser, None)  # the latest is last
            self._times[browser] = times
            times.append(time.monotonic())
            self._all.append(times[-1])
            if len(self._times) > MOST_BROWSERS:
                del self._times[next(iter(self._times))]

    def _until_turn(self, browser: str) -> float:
        """Return for how many seconds this browser's key is not looked at; a turn that was given is kept."""
        now = time.monotonic()
        turn = self._turns.pop(browser, None)
        if turn is None:
            turn = now + self._pause(now)
        if turn > now:
            self._turns[browser] = turn
            if len(self._turns) > MOST_BROWSERS:
                del self._turns[next(iter(self._turns))]
        return turn - now

    def _pause(self, now: float) -> float:
        """Return one second after the first wrong key too many of all, and twice as long after each next."""
        beyond = sum(one > now - ALL_SECONDS for one in self._all) - FREE_GUESSES
        return min(2.0 ** (beyond - 1), LONGEST_WAIT) if beyond > 0 else 0.0

    def _recent(self, browser: str) -> deque[float]:
        oldest = time.monotonic() - GUESS_SECONDS
        return deque(one for one in self._times.get(browser, ()) if one > oldest)


_guesses = _Guesses()
