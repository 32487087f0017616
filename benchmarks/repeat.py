"""Does the same seed give the same network, bit for bit, while a class is at work?

    python -m benchmarks.repeat [--json] [--repeats 5] [--sessions 10]

The lab runs as ``streamlit run`` starts it. Sessions on all pages each change a control every second (over
Streamlit's own protocol), predictions among them, while one training is begun in Chromium again and again:
head first, then the last two blocks. After each, the weights and the curves are compared with the first
one's, and the run is deleted, so that the next click trains anew. The order of events differs every time.
"""

import argparse
import asyncio
import hashlib
import json
import shutil
import tempfile
import threading
import time
from pathlib import Path

from benchmarks.lab import Lab, chromium
from benchmarks.sessions import PLACES, Session, in_turn

QUERY = "unfrozen=2&epochs=8&fine_epochs=4&size=96&dropout=0.4"
FILES = ("head.safetensors", "tail.safetensors", "history.csv", "predictions.json")
TRAIN_SECONDS = 300


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--sessions", type=int, default=10, help="that use the lab meanwhile")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Lab("classroom", Path(folder)), arguments.repeats, arguments.sessions)
    if arguments.json:
        print(json.dumps(figures))
    else:
        print(
            f"{figures['equal']} of {figures['repeats']} repeats equal the first run to the bit, while "
            f"{figures['sessions']} sessions made {figures['changes']} changes"
        )


def measure(lab, repeats, sessions):
    changes, over = list[int](), threading.Event()
    try:
        lab.start()
        with chromium() as page:
            # Not compared: a run that is there for the sessions to predict with and look at.
            shown = train(lab, page, QUERY + "&seed=1")
            arguments = (lab, shown.name, sessions, changes, over)
            busy = threading.Thread(target=lambda: asyncio.run(use(*arguments)))
            busy.start()
            found = []
            for _ in range(repeats + 1):
                folder = train(lab, page, QUERY)
                found.append({name: digest(folder / name) for name in FILES})
                shutil.rmtree(folder)
            over.set()
            busy.join()
    finally:
        over.set()
        lab.stop()
    equal = sum(one == found[0] for one in found[1:])
    return {"repeats": repeats, "equal": equal, "sessions": sessions, "changes": len(changes)}


def train(lab, page, query):
    """Press Train on a page that was just opened; return the folder of the run when it is done."""
    page.goto(lab.address("train", query))
    page.get_by_role("button", name="Train", exact=True).click()
    page.get_by_text("Validation accuracy").first.wait_for(timeout=TRAIN_SECONDS * 1000)
    identifier = page.url.partition("run=")[2].partition("&")[0]
    return lab.folder / "runs" / identifier


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


async def use(lab, run, sessions, changes, over):
    """Let `sessions` visitors change their controls, each once a second, until it is over."""

    async def visit(number):
        async with Session(lab, in_turn(PLACES, number), run) as session:
            key = in_turn(session.controls, number)
            for turn in range(10**6):
                if over.is_set():
                    return
                began = time.monotonic()
                await session.move(key, turn)
                changes.append(number)
                await asyncio.sleep(max(0, 1 - (time.monotonic() - began)))

    await asyncio.gather(*map(visit, range(sessions)))


if __name__ == "__main__":
    main()
