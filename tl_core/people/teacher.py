"""The teacher: whoever has opened the lab with the key of ``TL_TEACHER_KEY``.

Without a key the lab is a single user's, and everybody may do everything. A browser that gave the key keeps
a proof of it, never the key itself: the proof holds for its own secret only, and no longer than the key does.
"""

import hashlib
import hmac
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
"""So many wrong keys may come from one address in this time."""
MOST_ADDRESSES = 1000


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


def try_key(text: str, address: str) -> bool:
    """Whether `text` is the teacher's key.

    Args:
        text: what somebody gave as the key.
        address: of the machine that it came from, to count wrong ones by.

    Raises:
        SettingInvalid: too many wrong keys came from there.
    """
    key = settings.current().teacher_key
    if not key:
        return False
    _guesses.check(address)
    right = hmac.compare_digest(_digest(key), _digest(text))
    if not right:
        _guesses.count(address)
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
    """When wrong keys came, by address; safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._times: dict[str, deque[float]] = {}

    def check(self, address: str) -> None:
        with self._lock:
            if len(self._recent(address)) < MOST_GUESSES:
                return
        raise SettingInvalid(
            "Too many wrong keys came from this computer. Wait a minute, then open the address that the "
            "server printed at its start."
        )

    def count(self, address: str) -> None:
        with self._lock:
            times = self._recent(address)
            self._times.pop(address, None)  # the latest is last
            self._times[address] = times
            times.append(time.monotonic())
            if len(self._times) > MOST_ADDRESSES:
                del self._times[next(iter(self._times))]

    def _recent(self, address: str) -> deque[float]:
        oldest = time.monotonic() - GUESS_SECONDS
        return deque(one for one in self._times.get(address, ()) if one > oldest)


_guesses = _Guesses()
