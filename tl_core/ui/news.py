"""What an action has brought, said on the page until the next action.

A page is also drawn without anybody's doing: its engine gets ready, a job ends, a part of it concerns the
rest. What was said just before would be gone before it is read; so it stays for `LEAST_SECONDS` at least.
"""

import time
from typing import Any

from tl_core.ui.kept import News, kept

LEAST_SECONDS = 5.0


def leave(key: str, what: object) -> None:
    """Leave `what` to be said where `said` is asked for `key`, in place of what was left there before."""
    kept().news[key] = News(what)


def said(key: str) -> Any:
    """Return what was left for `key`, for this run to say; None if it was said long enough."""
    news = kept().news.get(key)
    if news is None:
        return None
    now = time.monotonic()
    news.first_said = news.first_said or now
    if now - news.first_said > LEAST_SECONDS:
        del kept().news[key]
        return None
    return news.what


def forget() -> None:
    """Let go of all that was said: somebody does the next thing, here or on another page."""
    news = kept().news
    for key in [key for key, one in news.items() if one.first_said]:
        del news[key]
