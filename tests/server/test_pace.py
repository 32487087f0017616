"""What a change costs the web process, in loops of Python: no clock, so that it holds on a busy machine."""

import asyncio
import statistics
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.lab import Lab
from benchmarks.loop import cpu_ms, python_loop
from benchmarks.sessions import Place, Session

PLACE = Place(title="GAP vs Flatten", page="gap_vs_flatten")
VISITORS, ROUNDS = 4, 24
WARM_UP = 6
"""Rounds before the measured ones: imports and caches."""
MOST_LOOPS = 4.0
"""A change takes about one."""
MOST_GROWTH = 2.0


@dataclass(frozen=True)
class Pace:
    """CPU ms of each round, in which every visitor makes a change, and of the loop beside them."""

    rounds: list[float]
    loop: float


@pytest.fixture(scope="module")
def pace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pace]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TL_DATA_DIR", "")  # the lab sets it, and this takes it back
        patch.setenv("TL_SCHEDULER", "tcp://127.0.0.1:9")  # no engine: nothing but pages
        patch.delenv(
            "COVERAGE_PROCESS_CONFIG", raising=False
        )  # counting lines costs more than they do
        lab = Lab("classroom", Path(tmp_path_factory.mktemp("data")))
        try:
            lab.start()
            with ThreadPoolExecutor(
                1
            ) as apart:  # Playwright leaves a loop in the thread of other tests
                yield apart.submit(asyncio.run, change_a_lot(lab)).result()
        finally:
            lab.stop()


async def change_a_lot(lab: Lab) -> Pace:
    """Let some visitors change all controls of a page in turn, all of them at once in each round."""
    sessions = [Session(lab, PLACE, "") for _ in range(VISITORS)]
    for session in sessions:
        await session.__aenter__()
    keys = [key for key in sessions[0].controls if key not in ("section", "language")][:VISITORS]
    loops, costs = list[float](), list[float]()
    for number in range(WARM_UP + ROUNDS):
        before = lab.cpu_seconds()
        changes = zip(sessions, keys, strict=True)
        await asyncio.gather(*(session.move(key, number) for session, key in changes))
        costs.append(1000 * (lab.cpu_seconds() - before))
        loops.append(cpu_ms(python_loop) if number % 10 == 0 else loops[-1])
    for session in sessions:
        await session.__aexit__()
    return Pace(costs[WARM_UP:], statistics.median(loops))


def test_a_change_costs_no_more_than_a_few_loops_of_python(pace):
    change = statistics.mean(pace.rounds) / VISITORS
    assert 0.05 < change / pace.loop < MOST_LOOPS  # the page did something at all


def test_the_web_process_does_not_tire(pace):
    third = ROUNDS // 3
    fresh, tired = sum(pace.rounds[:third]), sum(pace.rounds[-third:])
    assert tired < MOST_GROWTH * fresh
