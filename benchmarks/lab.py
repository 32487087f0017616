"""The lab as a class meets it, for benchmarks: its processes, and a browser to look at it."""

import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import sync_playwright

PROJECT = Path(__file__).parents[1]
START_SECONDS, PAGE_SECONDS, STOP_SECONDS = 60, 60, 20


class Lab:
    """The lab as ``streamlit run`` starts it, with a profile and a data folder; `wrapper` goes before it."""

    def __init__(self, profile, folder, wrapper=()):
        self.folder = folder
        self.wrapper = wrapper
        self.process: Any = None
        self._environment = {**os.environ, "TL_DATA_DIR": str(folder), "TL_PROFILE": profile}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    def start(self):
        """Start, and return as soon as the port answers."""
        options = ["--server.port", str(self.port), "--server.headless", "true"]
        self.process = psutil.Popen(
            [*self.wrapper, sys.executable, "-m", "streamlit", "run", "streamlit_app.py", *options],
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


@contextmanager
def chromium(*flags):
    with sync_playwright() as playwright:
        path = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", *flags])
        page = browser.new_page(locale="en-US", viewport={"width": 1280, "height": 720})
        page.set_default_timeout(PAGE_SECONDS * 1000)
        yield page
        browser.close()
