"""How does the lab bear a class: fresh, after a lesson, and while it trains?

    python -m benchmarks.classroom [--json | --markdown] [--sessions 40 100] [--minutes 15] [--seconds 40]
                                   [--pause 1.2] [--places N] [--profile classroom]

The lab is started once with ``streamlit run`` in a fresh data folder and trains once, so that there is a
result. Then `sessions` visitors without a browser (`benchmarks.sessions`) open all pages and change a control
every 4 s each: always the one of their page that they have changed least, so that in time they visit all,
behind every section too. They stay until the end. Measured for ``--seconds`` each:

- fresh: in their first minute;
- after the class: when every visitor has made as many changes as in ``--minutes`` of class, as quickly as the
  lab answers, at least ``--pause`` seconds after the one before (``--pause 4``: in real time);
- while two trainings run: a long one, and small ones beside it;
- both again for each larger number of sessions.

Reported for each: changes and, by their kind, errors; CPU ms of the web process a change, everything in it,
and what share of a processor that is; the seconds from a change until its part of the page is there again,
p50 and p95; KB that a change brings; MB of each process at the end (PSS where the system tells it, else
RSS); and what the visitors took of a processor: they are one Python process, and near 100 % it is them who
are slow. A visitor that meets an error is counted, and comes back at its next turn.

With ``--places``, so many changes of each control of each place as it opens, one visitor alone, fresh and
after the class: the median over the controls of CPU ms a change, and the dearest.

Machines differ, and so do their moods: two fixed loops, one of Python and one of matrices, are timed before
and after; CPU a change is also given in loops of Python.
"""

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count
from pathlib import Path

import numpy as np

from benchmarks.class_tables import markdown, table
from benchmarks.crowd import Class, say
from benchmarks.lab import Failed, Lab, end_tidily
from benchmarks.loop import cpu_ms, python_loop
from benchmarks.sessions import PLACES, Place, Session, Trouble
from tl_core.runs.snapshots import JobState, snapshot

LOOK_SECONDS = 0.2
READY_SECONDS, TRAIN_SECONDS = 600, 180
"""What the first training and a small one beside a class may take: a slow machine is no fault of the lab."""
SECTION = "section"
"""Key of the control that shows another section of its page."""
LONG = "unfrozen=18&fine_epochs=200&epochs=1&seed=9000"
"""A training that lasts longer than what is measured beside it."""


def main():
    arguments = read_arguments()
    end_tidily()
    speed = machine_speed()
    try:
        with tempfile.TemporaryDirectory() as folder:
            lab = Lab(arguments.profile, Path(folder))
            try:
                rows = asyncio.run(attend(lab, arguments))
            finally:
                lab.stop()
    except (Failed, Trouble) as error:
        raise SystemExit(str(error)) from None
    figures = {"speed": [speed, machine_speed()], "cores": os.cpu_count(), "phases": rows}
    if arguments.json:
        print(json.dumps(figures))
    else:
        print("\n".join(markdown(figures) if arguments.markdown else table(figures)))


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON object")
    form.add_argument("--markdown", action="store_true", help="print the tables of a document")
    parser.add_argument("--sessions", type=int, nargs="+", default=[40, 100])
    parser.add_argument("--minutes", type=float, default=15, help="of class before the second look")
    parser.add_argument("--seconds", type=float, default=40, help="of each look")
    parser.add_argument(
        "--pause", type=float, default=1.2, help="least seconds between changes of a class"
    )
    parser.add_argument(
        "--places", type=int, default=2, help="changes of each control alone; 0: none"
    )
    parser.add_argument("--profile", default="classroom")
    return parser.parse_args()


# The machine


def machine_speed():
    """Return the CPU ms of a fixed loop of Python and of one of matrices, the best of five each."""
    matrix = np.random.default_rng(0).random((400, 400), dtype=np.float32)
    return {
        "python_ms": min(cpu_ms(python_loop) for _ in range(5)),
        "matrix_ms": min(cpu_ms(lambda: [matrix @ matrix for _ in range(40)]) for _ in range(5)),
    }


# The class


async def attend(lab, arguments):
    """Return a row for each look at the class."""
    lab.start()
    say("training")
    run, _ = await train(lab, "seed=1", READY_SECONDS)
    rows = list[dict[str, object]]()

    async def alone(title):
        if arguments.places:
            places = await place_costs(lab, run.id, arguments.places)
            rows.append({"title": title, "places": places, "memory": lab.parts()})

    await alone("fresh")
    say("the first visitors come")
    smallest, *larger = arguments.sessions
    async with Class(lab, run.id) as group:
        await group.grow(smallest)
        rows.append(await group.measure("fresh", arguments.seconds))
        say("the class goes on")
        await group.last(arguments.minutes, arguments.pause)
        for sessions in (smallest, *larger):
            say(f"{sessions} sessions")
            await group.grow(sessions)
            rows.append(await group.measure("after the class", arguments.seconds))
            async with trainings(lab, sessions) as ended:
                row = await group.measure("while two trainings run", arguments.seconds)
            rows.append(row | {"trainings_seconds": ended})
    await alone("after the class")
    return rows


# Trainings


async def train(lab, query, most):
    """Press Train on a page that was just opened; return the run, and the seconds until it is done.

    Raises:
        Failed: it came to no result in `most` seconds, and why as far as that can be told.
    """
    async with Session(lab, Place(title="train", page="train", query=query), "") as session:
        began = time.monotonic()
        await session.press("Train")
        run = lab.run_of(session.query)
        while not lab.is_done(run, time.monotonic() - began, most):
            await session.idle(LOOK_SECONDS)
        return run, time.monotonic() - began


@asynccontextmanager
async def trainings(lab, number):
    """Let a long training run, and small ones beside it, one after another; yields their seconds.

    Args:
        lab: a started lab.
        number: other trainings than with another number.
    """
    place = Place(title="train", page="train", query=f"{LONG}{number}")
    async with Session(lab, place, "") as session:
        await session.press("Train")
        run = lab.run_of(session.query)
        while snapshot(run).state is not JobState.RUNNING:
            lab.is_done(run, 0, 1)
            await session.idle(LOOK_SECONDS)
        ended = list[float]()
        small = asyncio.create_task(_small_trainings(lab, number, ended))
        try:
            yield ended
            if not snapshot(run).state.live:
                lab.is_done(run, 0, 1)
                raise Failed(
                    "The long training was over too soon: the class was looked at without it."
                )
        finally:
            small.cancel()
            await asyncio.gather(small, return_exceptions=True)
            run.request_cancel()


async def _small_trainings(lab, number, ended):
    for seed in count(1000 * number):
        ended.append((await train(lab, f"seed={seed}", TRAIN_SECONDS))[1])


# One visitor alone


async def place_costs(lab, run, changes):
    """Return, for each place, CPU ms of a change: the median over its controls, and the dearest."""
    return {place.title: await _place_cost(lab, place, run, changes) for place in PLACES}


async def _place_cost(lab, place, run, changes):
    costs = dict[str, float]()
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(Session(lab, place, run))
        # Whatever shows another part of the page comes last.
        for key in sorted(session.controls, key=lambda one: (one == SECTION, one)):
            if key not in session.controls:  # another control has taken it away
                session = await stack.enter_async_context(Session(lab, place, run))
            costs[key] = await _control_cost(lab, session, key, changes)
    dearest = max(costs, key=lambda key: costs[key])
    return {
        "controls": len(costs),
        "median_ms": statistics.median(costs.values()),
        "dearest_ms": costs[dearest],
        "dearest": dearest,
    }


async def _control_cost(lab, session, key, changes):
    """Return the CPU ms of a change of one control; its first change brings imports and caches."""
    await session.move(key, 0)
    before = lab.cpu_seconds()
    for number in range(changes):
        if key not in session.controls:
            return 1000 * (lab.cpu_seconds() - before) / max(number, 1)
        await session.move(key, 1 + number)
    return 1000 * (lab.cpu_seconds() - before) / changes


if __name__ == "__main__":
    main()
