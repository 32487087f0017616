"""Where does the lab's memory go: at rest, while it trains, after thirty trainings and all lessons?

    python -m benchmarks.memory [--json] [--trainings 30] [--profile classroom]

The lab is started with ``streamlit run`` in a fresh data folder; visitors without a browser press buttons.
MB of every process (PSS where the system tells it: a page shared by n processes counts 1/n in each; else RSS)
are looked at once a second, which itself takes a few percent of a processor:

- at rest: nobody has opened what trains;
- expected: somebody has, and the worker that trains has loaded Keras;
- training: the most of all together while the first one runs;
- after one training, after so many, and after all lessons: each when the workers have come to rest.

Every third training has larger images, every fourth fine-tunes five blocks.
"""

import argparse
import asyncio
import json
import tempfile
import time
from pathlib import Path

from benchmarks.class_tables import memory_lines
from benchmarks.classroom import train
from benchmarks.crowd import say
from benchmarks.lab import Failed, Lab, end_tidily
from benchmarks.sessions import Place, Session, Trouble
from tl_core import runs

READY_SECONDS, JOB_SECONDS, REST_SECONDS = 120, 900, 15
LOOK_SECONDS = 1.0
LESSONS = (
    (Place(title="skip", page="train", query="section=skip"), "Train both networks"),
    (Place(title="transfer", page="train", query="section=transfer"), "Train all heads"),
    (Place(title="heads", page="gap_vs_flatten", query="section=measure"), "Train both heads"),
)


def main():
    arguments = read_arguments()
    end_tidily()
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(arguments.profile, Path(folder))
        try:
            rows = asyncio.run(live_through(lab, arguments.trainings))
        except (Failed, Trouble) as error:
            raise SystemExit(str(error)) from None
        finally:
            lab.stop()
    if arguments.json:
        print(json.dumps(rows))
    else:
        print("\n".join(memory_lines(rows)))


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--trainings", type=int, default=30)
    parser.add_argument("--profile", default="classroom")
    return parser.parse_args()


async def live_through(lab, trainings):
    """Return the MB of each process at each moment."""
    rows = dict[str, dict[str, float]]()

    def keep(moment, sizes):
        rows[moment] = sizes
        say(f"{moment}: {sum(sizes.values()):.0f} MB, " + json.dumps(sizes))

    lab.start()
    async with Session(lab, Place(title="home"), ""):
        pass
    keep("at rest", await settled(lab))
    async with Session(lab, Place(title="train", page="train"), ""):
        pass
    keep("expected", await settled(lab))
    for number in range(trainings):
        say(f"training {number + 1}")
        most, _ = await largest(lab, train(lab, settings(number), JOB_SECONDS))
        if number == 0:
            keep("the first training, at most", most)
            keep("after one training", await settled(lab))
    keep(f"after {trainings} trainings", await settled(lab))
    for place, button in LESSONS:
        say(place.title)
        await largest(lab, lesson(lab, place, button))
    keep("after all lessons", await settled(lab))
    return rows


def settings(number):
    size = 224 if number % 3 == 1 else 160
    tuned = "&unfrozen=5&fine_epochs=3" if number % 4 == 3 else ""
    return f"seed={number}&size={size}{tuned}"


async def lesson(lab, place, button):
    """Press the button of a lesson and wait until it is done."""
    async with Session(lab, place, "") as session:
        began, known = time.monotonic(), set(runs.list_ids())
        await session.press(button)
        new = [
            runs.get_run(name) for name in set(runs.list_ids()) - known
        ]  # its address follows later
        if not new:
            raise Failed(f"{button} began nothing. {lab.last_words()}")
        run = new[0]
        while not lab.is_done(run, time.monotonic() - began, JOB_SECONDS):
            await session.idle(LOOK_SECONDS)


async def largest(lab, work):
    """Return the MB of each process when all together were most, and what the work has returned."""
    task = asyncio.create_task(work)
    most = lab.parts()
    while not task.done():
        most = max(most, lab.parts(), key=lambda sizes: sum(sizes.values()))
        await asyncio.wait([task], timeout=LOOK_SECONDS)
    return most, task.result()


async def settled(lab):
    """Return the MB of each process once nothing has changed by much for a while."""
    deadline, before = time.monotonic() + READY_SECONDS, lab.parts()
    while time.monotonic() < deadline:
        await asyncio.sleep(REST_SECONDS)
        now = lab.parts()
        same = now.keys() == before.keys()
        if same and len(now) > 2 and abs(sum(now.values()) - sum(before.values())) < 10:
            break
        before = now
    return lab.parts()


if __name__ == "__main__":
    main()
