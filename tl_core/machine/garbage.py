"""Garbage collected in the background, because a collection after every run of a page tires a busy process.

Streamlit's own (`runner.postScriptGC`) walks everything that lives after each run of each session, and there
is more of it every minute. Here what has survived is frozen, so that the next collection walks only what is
new, and thawed again when there is time: what a closed session leaves behind refers to itself, and nothing
else would ever free it.
"""

import gc
import threading
import time
from dataclasses import dataclass
from functools import cache

EVERY_SECONDS = 5.0
THAWED_EVERY_SECONDS = 60.0
"""How long garbage that was frozen may wait where the process is never quiet."""
QUIET = 0.1
"""Of a processor: a process that uses less has time to walk everything that lives."""
WORTH_SECONDS = 0.5
"""Of a processor: what has been done since everything was walked, so that it is worth doing again."""
SHARE = 0.02
"""Of all time: neither kind of collection takes more."""


@dataclass
class Collector:
    """Decides at each `step` what is collected; used by one thread."""

    looked: float = 0.0
    used: float = 0.0
    """Seconds of the clock, and of a processor, at the step before."""
    used_before: float = 0.0
    """Seconds of a processor when everything was walked last."""
    young_due: float = 0.0
    whole_due: float = 0.0
    overdue: float = 0.0
    """Seconds of the clock; before them that kind of collection waits."""

    def step(self) -> None:
        """Collect what is due now."""
        now, used = time.monotonic(), time.process_time()
        quiet = used - self.used < QUIET * (now - self.looked)
        worth = used - self.used_before > WORTH_SECONDS
        if worth and now >= (self.whole_due if quiet else self.overdue):
            self.whole_due = now + collect_whole() / SHARE
            self.overdue = max(self.whole_due, now + THAWED_EVERY_SECONDS)
            self.used_before = time.process_time()
        elif not quiet and now >= self.young_due:
            self.young_due = now + collect_young() / SHARE
        self.looked, self.used = time.monotonic(), time.process_time()


def collect_young() -> float:
    """Free what has come and gone since the last collection; freeze the rest. Returns the seconds it took."""
    began = time.perf_counter()
    gc.collect()
    gc.freeze()
    return time.perf_counter() - began


def collect_whole() -> float:
    """Free whatever nothing refers to, and freeze everything that lives. Returns the seconds it took."""
    gc.unfreeze()
    return collect_young()


@cache
def collect_in_background() -> None:
    """Begin to collect this process's garbage every few seconds, until it ends."""
    threading.Thread(target=_collect_for_ever, name="garbage", daemon=True).start()


def _collect_for_ever() -> None:
    collector = Collector()
    while True:
        time.sleep(EVERY_SECONDS)
        collector.step()
