"""How quick and how large is the web process: first page, a training, a control change, a whole class?

    python -m benchmarks.web [--json] [--profiles classroom cloud] [--changes 10] [--sessions 40] [--data DIR]

For each profile the lab is started twice with ``streamlit run``, each time in a fresh data folder, with
Chromium (Playwright) as the visitor. The first start visits every page; the second one trains on the built-in
set at once (engine cold), again with another seed (features cached), and then visits every page. Reported:

- first page: seconds from the start of the process until Chromium shows the page's heading;
- click to result: seconds from the click on Train until the accuracy is shown;
- memory in MB, PSS where the system tells it (a page shared by n processes counts 1/n in each), else RSS;
  the peak is the largest sum seen once a second while it trains; Chromium is not counted;
- whether TensorFlow is mapped into the web process.

With the first profile also what a rerun costs, over Streamlit's own websocket protocol and without a browser:
CPU ms of the web process (all threads) and wall ms from a changed value to ``script_finished``, for every
control that a page shows as it opens (one of each row of equal ones). With changes in quick succession, wall
ms include up to 40 ms of the network's delayed acknowledgement. With ``--sessions n``, n sessions on all
pages each change a control every 4 s for 40 s. Such a session sends the value that it has changed, follows
the URL, and does not poll.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from contextlib import suppress
from itertools import chain
from pathlib import Path

from playwright.sync_api import TimeoutError

from benchmarks.lab import Lab, chromium
from benchmarks.sessions import PLACES, Session, in_turn

TRAIN_SECONDS = 180
EVERY_SECONDS, CLASS_SECONDS = 4, 40
WARM_UP = 3
"""Changes before the measured ones: imports and caches."""


def main():
    arguments = read_arguments()
    figures = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.data or Path(temporary)
        for profile in arguments.profiles:
            first = profile == arguments.profiles[0]
            figures[profile] = visit(Lab(profile, folder / profile / "visit"))
            figures[profile] |= train(
                Lab(profile, folder / profile / "train"),
                changes=arguments.changes if first else 0,
                sessions=arguments.sessions if first else 0,
            )
    print(json.dumps(figures) if arguments.json else table(figures))


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--profiles", nargs="+", default=["classroom", "cloud"])
    parser.add_argument("--changes", type=int, default=10, help="of each control; 0: none")
    parser.add_argument("--sessions", type=int, default=0, help="at the same time; 0: none")
    parser.add_argument("--data", type=Path, help="data folder to keep; default: a temporary one")
    return parser.parse_args()


# What a person sees, in Chromium


def visit(lab):
    """Start `lab`, look at every page, and end it."""
    try:
        with chromium() as page:
            seconds = first_page(lab, page)
            look_around(lab, page)
        return {"first_page_seconds": seconds, "memory_after_pages": lab.memory()}
    finally:
        lab.stop()


def train(lab, changes, sessions):
    """Start `lab`, train twice, look at every page, measure the controls and the class, and end it."""
    try:
        figures, peak = {}, list[float]()
        with chromium() as page:
            figures["first_page_seconds_again"] = first_page(lab, page)
            figures["click_to_result_cold"] = click_to_result(lab, page, "", peak)
            figures["click_to_result_cached"] = click_to_result(lab, page, "seed=1", peak)
            look_around(lab, page)
        figures |= {"memory_after_training": lab.memory(), "memory_peak": max(peak)}
        run = next(lab.folder.glob("runs/*/metrics.json")).parent.name
        if changes:
            figures["idle_cpu_ms_a_second"] = asyncio.run(idle_cpu(lab))
            figures["controls"] = asyncio.run(control_costs(lab, run, changes))
        if sessions:
            figures["sessions"] = asyncio.run(class_latency(lab, run, sessions))
        mapped = [area.path for area in lab.process.memory_maps()]
        figures["tensorflow_in_web_process"] = any("tensorflow" in path for path in mapped)
        return figures | {"memory_at_the_end": lab.memory()}
    finally:
        lab.stop()


def first_page(lab, page):
    began = time.perf_counter()
    lab.start()
    page.goto(lab.address(""))
    page.get_by_role("heading", level=1).wait_for()
    return time.perf_counter() - began


def look_around(lab, page):
    for name in dict.fromkeys(place.page for place in PLACES):
        page.goto(lab.address(name))
        page.get_by_role("heading", level=1).wait_for()
        page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")


def click_to_result(lab, page, query, peak):
    """Train on the page as it opens; append the memory of all processes to `peak` on the way."""
    page.goto(lab.address("train", query))
    button = page.get_by_role("button", name="Train", exact=True)
    button.wait_for()
    began = time.perf_counter()
    button.click()
    result = page.get_by_text("Validation accuracy").first
    while not result.is_visible():
        assert time.perf_counter() - began < TRAIN_SECONDS, "no result"
        peak.append(lab.memory()["all"])
        with suppress(TimeoutError):
            result.wait_for(timeout=1000)
    return time.perf_counter() - began


# What the protocol says


async def control_costs(lab, run, changes):
    """Return, for each control of each place, CPU ms of the web process and median wall ms a change."""
    costs = {}
    for place in PLACES:
        async with Session(lab, place, run) as session:
            keys = session.controls
        costs[place.title] = {
            key: await control_cost(lab, place, run, key, changes) for key in keys
        }
    return costs


async def idle_cpu(lab, seconds=3):
    """Return the CPU ms that the web process uses in a second without visitors."""
    before = lab.cpu_seconds()
    await asyncio.sleep(seconds)
    return (lab.cpu_seconds() - before) / seconds * 1000


async def control_cost(lab, place, run, key, changes):
    async with Session(lab, place, run) as session:
        for number in range(WARM_UP):
            await session.move(key, number)
        before = lab.cpu_seconds()
        walls = [await session.move(key, WARM_UP + number) for number in range(changes)]
        cpu = (lab.cpu_seconds() - before) / changes
    return {"cpu_ms": 1000 * cpu, "wall_ms": 1000 * statistics.median(walls)}


async def class_latency(lab, run, sessions):
    """Return what `sessions` visitors at the same time wait for a change."""

    async def waits_of(number):
        await asyncio.sleep(EVERY_SECONDS * number / sessions)
        waits = []
        async with Session(lab, in_turn(PLACES, number), run) as session:
            key = in_turn(session.controls, number // len(PLACES))
            opened = time.monotonic()
            for turn in range(1, CLASS_SECONDS // EVERY_SECONDS + 1):
                await asyncio.sleep(max(0, opened + turn * EVERY_SECONDS - time.monotonic()))
                waits.append(await session.move(key, number + turn))
        return waits

    before, began = lab.cpu_seconds(), time.monotonic()
    waits = list(chain.from_iterable(await asyncio.gather(*map(waits_of, range(sessions)))))
    quantiles = statistics.quantiles(waits, n=20)
    return {
        "sessions": sessions,
        "changes": len(waits),
        "p50_seconds": quantiles[9],
        "p95_seconds": quantiles[18],
        "longest_seconds": max(waits),
        "web_cpu_share": (lab.cpu_seconds() - before) / (time.monotonic() - began),
    }


# The table


def table(figures):
    return "\n".join(line for profile, row in figures.items() for line in lines(profile, row))


def lines(profile, row):
    starts = [row["first_page_seconds"], row["first_page_seconds_again"]]
    yield profile
    yield "  first page            " + ", ".join(f"{seconds:.2f} s" for seconds in starts)
    yield f"  click to result       {row['click_to_result_cold']:.1f} s, engine cold"
    yield f"                        {row['click_to_result_cached']:.1f} s, features cached"
    for moment in ("after_pages", "after_training", "at_the_end"):
        sizes = (f"{name} {size:.0f}" for name, size in row[f"memory_{moment}"].items())
        yield f"  MB {moment.replace('_', ' '):19}{', '.join(sizes)}"
    yield f"  MB while training     all {row['memory_peak']:.0f} at most"
    yield f"  TensorFlow in the web process: {'yes' if row['tensorflow_in_web_process'] else 'no'}"
    for title, costs in row.get("controls", {}).items():
        dearest = max(costs, key=lambda key: costs[key]["cpu_ms"])
        cpu, wall = (
            statistics.median(cost[kind] for cost in costs.values())
            for kind in ("cpu_ms", "wall_ms")
        )
        yield (
            f"  {title:22}{len(costs):3} controls: CPU {cpu:.0f} ms a change, "
            f"at most {costs[dearest]['cpu_ms']:.0f} ({dearest}), wall {wall:.0f} ms"
        )
    if crowd := row.get("sessions"):
        yield (
            f"  {crowd['sessions']} sessions, {crowd['changes']} changes: p50 {crowd['p50_seconds']:.2f} s, "
            f"p95 {crowd['p95_seconds']:.2f} s, longest {crowd['longest_seconds']:.2f} s, "
            f"web process {crowd['web_cpu_share']:.0%} of a processor"
        )


if __name__ == "__main__":
    main()
