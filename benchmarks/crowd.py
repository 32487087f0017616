"""A class of visitors without a browser, for benchmarks: they come, stay, and change their controls."""

import asyncio
import statistics
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import count

from benchmarks.lab import Failed
from benchmarks.sessions import PLACES, Session, Trouble, in_turn

EVERY_SECONDS = 4.0
SETTLE_SECONDS = 8
"""After visitors have come, until the measuring begins: opening a page costs more than a change."""


def say(what):
    """Tell whoever waits for the report where it is."""
    print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)


@dataclass
class Look:
    """What happens while it is looked at."""

    waits: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    late: int = 0
    """Changes that came after their turn, because the one before had not been answered."""


class Class:
    """Visitors who come, stay, and change a control every so often.

    Args:
        lab: a started lab.
        run: id of a run that is done.
    """

    def __init__(self, lab, run):
        self._lab, self._run = lab, run
        self._visits = list[asyncio.Task[None]]()
        self._turns = Counter[int]()
        self.every = EVERY_SECONDS
        self.look = Look()

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        for visit in self._visits:
            visit.cancel()
        await asyncio.gather(*self._visits, return_exceptions=True)

    async def grow(self, sessions):
        """Let visitors come until there are so many, and wait until all pages are there."""
        coming = range(len(self._visits), sessions)
        self._visits += [asyncio.create_task(self._visit(number)) for number in coming]
        await asyncio.sleep(self.every + SETTLE_SECONDS)

    async def last(self, minutes, pause):
        """Let everybody make as many changes as in so many minutes, as quickly as the lab answers.

        The minutes themselves are the longest that it takes.
        """
        goal = min(self._turns.values(), default=0) + round(60 * minutes / self.every)
        deadline = time.monotonic() + 60 * minutes
        usual, self.every = self.every, pause
        while min(self._turns.values()) < goal and time.monotonic() < deadline:
            await self._check(1)
        self.every = usual
        await self._check(usual + 1)  # the last ones are answered

    async def measure(self, title, seconds):
        """Return what a look of so many seconds shows."""
        self.look = look = Look()
        began, cpu, own = time.monotonic(), self._lab.cpu_seconds(), time.process_time()
        await self._check(seconds)
        passed = time.monotonic() - began
        cpu, own = self._lab.cpu_seconds() - cpu, time.process_time() - own
        if len(look.waits) < 2:
            raise Failed(f"{title}: nobody could change anything: {dict(look.errors)}")
        quantiles = statistics.quantiles(look.waits, n=20, method="inclusive")
        return {
            "title": title,
            "sessions": len(self._visits),
            "changes": len(look.waits),
            "late": look.late,
            "errors": dict(look.errors),
            "cpu_ms": 1000 * cpu / len(look.waits),
            "web_share": cpu / passed,
            "own_share": own / passed,
            "p50_seconds": quantiles[9],
            "p95_seconds": quantiles[18],
            "longest_seconds": max(look.waits),
            "kilobytes": statistics.median(look.sizes) / 1000,
            "memory": self._lab.parts(),
        }

    async def _check(self, seconds):
        """Let the class go on for so long; a visitor that stops by a fault of ours stops everything."""
        await asyncio.sleep(seconds)
        for visit in self._visits:
            if visit.done():
                visit.result()

    async def _visit(self, number):
        """Open a place and change its controls; come back after every error."""
        await asyncio.sleep(self.every * number / max(len(self._visits), 1))
        for opening in count():
            place = in_turn(PLACES, number + opening)
            try:
                async with Session(self._lab, place, self._run) as session:
                    await self._change_all(session, number)
            except Trouble as trouble:
                self.look.errors[str(trouble)] += 1
            await asyncio.sleep(self.every)

    async def _change_all(self, session, number):
        """Change the control that was changed least, again and again."""
        changed = Counter[str]()
        due = time.monotonic()
        while True:
            due += self.every
            if (left := due - time.monotonic()) > 0:
                await session.idle(left)
            else:
                self.look.late += 1
                due = time.monotonic()
            if not session.controls:
                raise Trouble("nothing to change", session.query)
            key = min(session.controls, key=lambda one: (changed[one], one))
            look, received = self.look, session.received
            changed[key] += 1
            wait = await session.move(key, number + self._turns[number])
            self._turns[number] += 1
            look.waits.append(wait)
            look.sizes.append(session.received - received)
