"""A real server, and Chromium in front of it: what a person sees."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlparse

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)

from tests.networks import make_usual_networks
from tests.processes import end
from tl_core.classroom.addresses import lan_addresses

ROOT = Path(__file__).parents[2]
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
    *("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"),
]
SERVER = """
import faulthandler, json, pathlib, signal, sys
faulthandler.register(signal.SIGUSR2)
target = pathlib.Path(sys.argv.pop(1))
signal.signal(signal.SIGUSR1, lambda *_: target.write_text(json.dumps(sorted(sys.modules))))
from streamlit.web.cli import main
sys.argv[0] = "streamlit"
main()
"""
START_SECONDS = 30
STEP_MS = 60_000
"""Milliseconds that a slow machine may take for a step; whatever a test expects may take as long."""
expect.set_options(timeout=STEP_MS)


@dataclass
class Server:
    """A running lab."""

    url: str
    process: subprocess.Popen[bytes]
    data_dir: Path

    def modules(self) -> set[str]:
        """Return the names of all modules in the web process."""
        target = self.data_dir / "modules.json"
        target.unlink(missing_ok=True)
        self.process.send_signal(signal.SIGUSR1)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                return set(json.loads(target.read_text()))
            except (FileNotFoundError, ValueError):
                time.sleep(0.05)
        raise AssertionError("the web process did not answer")


@dataclass
class Watched:
    """A page and every fault that a person would not see."""

    page: Page
    faults: list[str] = field(default_factory=list)

    def watch(self, host: str) -> None:
        def on_console(message: ConsoleMessage) -> None:
            # Under a page's own address Streamlit first asks /page/_stcore/health: a 404 is normal.
            if message.type == "error" and "/_stcore/" not in message.location["url"]:
                self.faults.append(f"console: {message.text}")

        def on_request(request: Request) -> None:
            if urlparse(request.url).hostname not in (None, host):
                self.faults.append(f"other host: {request.url}")

        self.page.on("console", on_console)
        self.page.on("pageerror", lambda error: self.faults.append(f"page error: {error}"))
        self.page.on("request", on_request)


@contextmanager
def serving(script: str, data_dir: Path) -> Iterator[Server]:
    """Run an app of this repository, its data and its log in `data_dir`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--server.port", str(port), "--server.headless", "true"]
    # Kept with the other temporary files: a fault's number on the page is explained there.
    with (data_dir / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(data_dir / "modules.json"), "run", script, *options],
            cwd=ROOT,
            env={**os.environ, "TL_DATA_DIR": str(data_dir)},
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
    url = f"http://localhost:{port}"
    try:
        _wait_for_health(url)
        yield Server(url, process, data_dir)
    finally:
        end(process, data_dir / "server.log")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    make_usual_networks()
    with serving("streamlit_app.py", tmp_path_factory.mktemp("lab")) as lab:
        yield lab


def _wait_for_health(url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("the server did not start")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    executable = shutil.which("chromium")
    assert executable, "the browser tests need Debian's package chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_browser(browser: Browser, server: Server) -> Iterator[Callable[..., Page]]:
    """Return ``open_browser(path, locale=...)``; afterwards every page must be free of faults."""
    contexts: list[BrowserContext] = []
    watched: list[Watched] = []

    def open_at(path: str = "/", locale: str = "en-US") -> Page:
        context = browser.new_context(locale=locale, viewport={"width": 1280, "height": 720})
        contexts.append(context)
        page = context.new_page()
        watched.append(Watched(page))
        watched[-1].watch("localhost")
        page.goto(server.url + path)
        settle(page)
        return page

    yield open_at
    found = [fault for each in watched for fault in each.faults]
    for context in contexts:
        context.close()
    assert found == []


def settle(page: Page) -> None:
    """Wait until the page is drawn and its script has stopped."""
    page.wait_for_selector(
        "[data-testid=stApp][data-test-script-state=notRunning]", timeout=STEP_MS
    )
    page.wait_for_selector("[data-testid=stSkeleton]", state="detached", timeout=STEP_MS)


@pytest.fixture
def open_elsewhere(browser: Browser) -> Iterator[Callable[[str], Page]]:
    """Return ``open_elsewhere(url)``: as another device of the network opens it, over plain http."""
    contexts: list[BrowserContext] = []

    def open_at(url: str) -> Page:
        if not lan_addresses():
            pytest.skip("this machine is in no network")
        contexts.append(browser.new_context(viewport={"width": 390, "height": 844}))
        page = contexts[-1].new_page()
        page.goto(url.replace("localhost", lan_addresses()[0]))
        assert not page.evaluate("window.isSecureContext")
        return page

    yield open_at
    for context in contexts:
        context.close()
