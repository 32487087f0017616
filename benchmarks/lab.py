"""The lab as a class meets it, for benchmarks: its processes, its jobs, and a browser to look at it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import psutil
from playwright.sync_api import sync_playwright

from tl_core import runs
from tl_core.engine.worker import WORKER
from tl_core.errors import LabError
from tl_core.runs.snapshots import JobState, snapshot

PROJECT = Path(__file__).parents[1]
START_SECONDS, PAGE_SECONDS, STOP_SECONDS = 60, 60, 20
LOG_LINES = 15


class Failed(Exception):
    """The lab did not do what a benchmark asked for: the sentence says what and, as far as it tells, why."""


class Lab:
    """The lab as ``streamlit run`` starts it, with a profile and a data folder; `wrapper` goes before it."""

    def __init__(self, profile, folder, wrapper=(), script="streamlit_app.py"):
        self.folder, self.script = folder, script
        self.wrapper = wrapper
        self.process: Any = None
        self._environment = {**os.environ, "TL_DATA_DIR": str(folder), "TL_PROFILE": profile}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    def start(self):
        """Start, and return as soon as the port answers; `tl_core.runs` looks into its data folder then."""
        os.environ["TL_DATA_DIR"] = str(self.folder)
        options = ["--server.port", str(self.port), "--server.headless", "true"]
        self.process = psutil.Popen(
            [*self.wrapper, sys.executable, "-m", "streamlit", "run", self.script, *options],
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
        return cpu_seconds(self.process)

    def memory(self):
        """Return the MB of the web process, the engine, its workers, and all together."""
        parts = self.parts()
        web, engine = parts.pop("web"), parts.pop("engine", 0.0)
        sizes = {"web": web, "engine": engine, "workers": sum(parts.values())}
        return sizes | {"all": sum(sizes.values())}

    def parts(self):
        """Return the MB of each process: ``web``, ``engine``, and every worker by what it is there for."""
        sizes = dict[str, float]()
        for part, process in self.processes():
            sizes[part] = sizes.get(part, 0.0) + megabytes(process)
        return sizes

    def processes(self):
        """Yield each process with the name of its part."""
        yield "web", self.process
        for engine in self.process.children():
            yield "engine", engine
            for process in engine.children(recursive=True):
                yield part_of(process), process

    def run_of(self, query):
        """Return the run that a page's address names after a click on Train.

        Raises:
            Failed: it names none.
        """
        named = parse_qs(query).get("run", [""])[0]
        try:
            return runs.get_run(named)
        except LabError as error:
            raise Failed(f"Train began nothing ({error}). {self.last_words()}") from None

    def is_done(self, run, seconds, most):
        """Return whether a job is done, `seconds` after it was asked for.

        Raises:
            Failed: it ended otherwise, or has taken `most` seconds.
        """
        shot = snapshot(run)
        if shot.state is JobState.DONE:
            return True
        if shot.state.live and seconds < most:
            return False
        said = (run.folder / "progress.jsonl").read_text(errors="replace").splitlines()
        error = f" ({shot.error})" if shot.error else ""
        raise Failed(
            f"No result after {seconds:.0f} s: run {run.id} is {shot.state}{error}, and has said last: "
            f"{said[-1] if said else 'nothing'}. {self.last_words()}"
        )

    def last_words(self):
        """Return how the processes and the machine are, and the end of the engine's log."""
        parts = ", ".join(
            f"{part} {megabytes(process):.0f} MB and {cpu_seconds(process):.0f} s of a processor"
            for part, process in self.processes()
        )
        load = ", ".join(f"{one:.1f}" for one in psutil.getloadavg())
        log = self.folder / "engine.log"
        lines = log.read_text(errors="replace").splitlines()[-LOG_LINES:] if log.exists() else []
        return "\n".join(
            [
                f"Processes: {parts}. The machine has {os.cpu_count()} processors and a load of {load}; "
                "workers stand back for everything else on it. The engine's log ends:",
                *lines,
            ]
        )


def end_tidily():
    """Let this process end the labs that it has started when it is told to end."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


def part_of(process):
    """Return what a process below the engine is there for: a worker's name says it, see `LabWorker`."""
    try:
        name = process.name()
    except psutil.Error:  # it has just ended
        return "engine"
    return name.removeprefix(WORKER) if name.startswith(WORKER) else "engine"


def cpu_seconds(process):
    try:
        times = process.cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system)


def megabytes(process):
    try:
        lines = Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1024 / 1e6
    except (OSError, StopIteration):
        return process.memory_info().rss / 1e6 if process.is_running() else 0.0


@contextmanager
def chromium(*flags):
    with sync_playwright() as playwright:
        path = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", *flags])
        page = browser.new_page(locale="en-US", viewport={"width": 1280, "height": 720})
        page.set_default_timeout(PAGE_SECONDS * 1000)
        yield page
        browser.close()
