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
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import psutil
from playwright.sync_api import TimeoutError, sync_playwright
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import connect

PROJECT = Path(__file__).parents[1]
START_SECONDS, PAGE_SECONDS, TRAIN_SECONDS, STOP_SECONDS = 60, 60, 180, 20
EVERY_SECONDS, CLASS_SECONDS = 4, 40
WARM_UP = 3
"""Changes before the measured ones: imports and caches."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """A page as its address opens it; in `query`, ``{run}`` stands for a run that is done."""

    title: str
    page: str = ""
    query: str = ""


PLACES = (
    Place(title="home"),
    Place(title="convolution", page="convolution"),
    Place(title="GAP vs Flatten", page="gap_vs_flatten"),
    Place(title="train", page="train"),
    Place(title="train, with a result", page="train", query="run={run}"),
    Place(title="predict", page="predict"),
)


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


# The lab and its processes


class Lab:
    """The lab as ``streamlit run`` starts it, with a profile and a data folder."""

    def __init__(self, profile, folder):
        self.folder = folder
        self.process = None
        self._environment = {**os.environ, "TL_DATA_DIR": str(folder), "TL_PROFILE": profile}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    def start(self):
        """Start, and return as soon as the port answers."""
        options = ["--server.port", str(self.port), "--server.headless", "true"]
        self.process = psutil.Popen(
            [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", *options],
            cwd=PROJECT,
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                return socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                assert self.process.is_running() and time.monotonic() < deadline
                time.sleep(0.02)

    def stop(self):
        """End it and every process below it."""
        if self.process:
            started = [*self.process.children(recursive=True), self.process]
            self.process.terminate()
            for process in psutil.wait_procs(started, STOP_SECONDS)[1]:
                process.kill()

    def address(self, page, query=""):
        """Return a page's URL."""
        return f"http://localhost:{self.port}/{page}{query and '?'}{query}"

    def cpu_seconds(self):
        """Return the CPU seconds that the web process has used."""
        times = self.process.cpu_times()
        return times.user + times.system

    def memory(self):
        """Return the MB of the web process, the engine, its workers, and all together."""
        engines = self.process.children()
        workers = [worker for engine in engines for worker in engine.children(recursive=True)]
        groups = {"web": [self.process], "engine": engines, "workers": workers}
        sizes = {name: sum(map(megabytes, processes)) for name, processes in groups.items()}
        return sizes | {"all": sum(sizes.values())}


def megabytes(process):
    try:
        lines = Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1024 / 1e6
    except (OSError, StopIteration):
        return process.memory_info().rss / 1e6 if process.is_running() else 0.0


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
        figures, peak = {}, []
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


@contextmanager
def chromium():
    with sync_playwright() as playwright:
        path = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page(locale="en-US", viewport={"width": 1280, "height": 720})
        page.set_default_timeout(PAGE_SECONDS * 1000)
        yield page
        browser.close()


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


def position(control, number):
    """Return value `number` of a slider or number input, far from the one before."""
    if not control.max > control.min or control.max > 1e9:  # no limits were set
        return number % 10
    steps = int((control.max - control.min) / control.step)
    return control.min + control.step * (37 * number % (steps + 1))


def in_turn(options, number):
    return options[number % len(options)]


VALUES = {
    "slider": lambda control, number: (
        {"string_array_value": [in_turn(control.options, number)]}
        if control.options
        else {"double_array_value": [position(control, number)]}
    ),
    "number_input": lambda control, number: {"double_value": position(control, number)},
    "selectbox": lambda control, number: {"string_value": in_turn(control.options, number)},
    "radio": lambda control, number: {"string_value": in_turn(control.options, number)},
    "checkbox": lambda control, number: {"bool_value": number % 2 == 0},
    "button_group": lambda control, number: {
        "string_array_value": [in_turn(control.options, number).content]
    },
}
"""Kind of control -> value `number`, as its state carries it."""


class Session:
    """A visitor without a browser, who opens a place and moves its controls.

    Args:
        lab: a started lab.
        place: what to open.
        run: id of a run that is done.
    """

    def __init__(self, lab, place, run):
        self._address = f"ws://localhost:{lab.port}/_stcore/stream"
        self._place = place
        self._query = place.query.format(run=run)
        self._controls = {}

    async def __aenter__(self):
        self._socket = await connect(self._address, subprotocols=["streamlit"], max_size=None)
        await self._rerun([])
        return self

    async def __aexit__(self, *_):
        await self._socket.close()

    @property
    def controls(self):
        """The keys of what can be moved; the weights of a kernel count as one."""
        families = {key.split("-")[0]: key for key in reversed(self._controls)}
        return sorted(families.values())

    async def move(self, key, number):
        """Give a control its value `number`; return the seconds until the script has finished."""
        kind, control = self._controls[key]
        state = WidgetState(id=control.id)
        for field, value in VALUES[kind](control, number).items():
            if isinstance(value, list):
                getattr(state, field).data.extend(value)
            else:
                setattr(state, field, value)
        began = time.perf_counter()
        await self._rerun([state])
        return time.perf_counter() - began

    async def _rerun(self, states):
        message = BackMsg()
        message.rerun_script.query_string = self._query
        message.rerun_script.page_name = self._place.page
        message.rerun_script.context_info.locale = "en-US"
        message.rerun_script.widget_states.widgets.extend(states)
        await self._socket.send(message.SerializeToString())
        async with asyncio.timeout(PAGE_SECONDS):
            while not self._finishes(ForwardMsg.FromString(await self._socket.recv())):
                pass

    def _finishes(self, message):
        if message.HasField("page_info_changed"):
            self._query = message.page_info_changed.query_string
        elif message.HasField("delta"):
            # A container of this key reports a bug: tl_core.ui.errors.
            assert "-fault-" not in message.delta.add_block.id, f"{self._place.title} broke"
            self._look_at(message.delta.new_element)
        return message.HasField("script_finished") and message.script_finished in (
            ForwardMsg.FINISHED_SUCCESSFULLY,
            ForwardMsg.FINISHED_WITH_COMPILE_ERROR,
        )

    def _look_at(self, element):
        kind = element.WhichOneof("type")
        assert kind != "exception", f"{self._place.title}: {element.exception.message}"
        if kind in VALUES:
            control = getattr(element, kind)
            # An id is $$ID-<hash>-<key>.
            if not control.disabled and len(getattr(control, "options", "ab")) != 1:
                self._controls[control.id.split("-", 2)[2]] = kind, control


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
