"""What does the live view cost: frames a second in Chromium, and the server for one and for a whole class?

    python -m benchmarks.live [--json] [--size 160] [--browsers 40] [--seconds 10]

A network is trained on the built-in set and made ready for browsers; then the lab is started. Reported:

- frames a second, and milliseconds from a camera's picture to the bars, in headless Chromium with its fake
  camera at 60 pictures a second, of 640 x 480 pixels;
- CPU milliseconds a frame of the page's whole process, which other work on the machine does not change;
- messages between that browser and the server while it looks, and CPU seconds of the web process meanwhile as
  a share of one core, beside the same with the page open and the camera off;
- for a class: that many visitors who open the section, and load every piece of LiteRT and of the network at
  once over plain HTTP; the CPU seconds and the largest memory of the web process while they load, and its CPU
  as a share of one core while they look.
"""

import argparse
import asyncio
import json
import os
import tempfile
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psutil

from benchmarks.lab import Lab, chromium, megabytes
from benchmarks.sessions import Place, Session

CAMERA = ("--use-fake-device-for-media-stream=fps=60", "--use-fake-ui-for-media-stream")
RENDERER = "renderer"
START, MAKE = "Start the camera", 180_000
SERVED = "component/tl_core.ui.prediction.live.served.pieces"
SETTLE_SECONDS = 3


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--size", type=int, default=160)
    parser.add_argument("--browsers", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=10)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TL_DATA_DIR"] = folder
        run = prepare(arguments.size)
        lab = Lab("classroom", Path(folder))
        lab.start()
        try:
            figures = one_browser(lab, run, arguments.seconds)
            figures |= asyncio.run(a_class(lab, run, arguments.browsers, arguments.seconds))
        finally:
            lab.stop()
    print(json.dumps(figures) if arguments.json else table(figures))


def prepare(size):
    """Train, make the network ready for browsers, and return the run's id."""
    from tl_core import runs
    from tl_core.datasets.catalogue import get_dataset
    from tl_core.models.exports.live import run_live
    from tl_core.models.fitting.training import run_training
    from tl_core.prediction.live import live_config
    from tl_core.training import TrainingConfig, open_training

    fingerprint = get_dataset("emoji").fingerprint
    run = open_training(TrainingConfig(dataset="emoji", fingerprint=fingerprint, size=size))
    run.append("state", state="queued", owner=runs.owner())
    run_training(run)
    run.append("state", state="done")
    run_live(runs.open_job(live_config(run)))
    return run.id


def one_browser(lab, run, seconds):
    with chromium(*CAMERA) as page:
        talk: list[object] = []
        page.on("websocket", lambda socket: listen(socket, talk))
        page.goto(lab.address("predict", f"section=live&run={run}"))
        page.get_by_role("button", name=START).wait_for(timeout=MAKE)
        time.sleep(SETTLE_SECONDS)
        off = share(lab, seconds)
        page.get_by_role("button", name=START).click()
        page.wait_for_selector(".frame[data-fps]")
        time.sleep(SETTLE_SECONDS)
        talk.clear()
        used, drawn = cpu_of(RENDERER), frames(page)
        on = share(lab, seconds)
        each = 1000 * (cpu_of(RENDERER) - used) / max(frames(page) - drawn, 1)
        frame = page.locator(".frame[data-fps]")
        return {
            "frames a second": int(frame.get_attribute("data-fps")),
            "ms a frame": int(frame.get_attribute("data-milliseconds")),
            "CPU ms a frame, all of the page's process": round(each, 1),
            "messages while live": len(talk),
            "web CPU, camera off, %": off,
            "web CPU, live, %": on,
        }


def frames(page):
    return int(page.locator(".frame[data-fps]").get_attribute("data-count"))


def cpu_of(kind):
    """Return the CPU seconds of Chromium's processes of a kind, of this benchmark's browser."""
    found = 0.0
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            if f"--type={kind}" in process.cmdline():
                times = process.cpu_times()
                found += times.user + times.system
    return found


def listen(socket, talk):
    for event in ("framesent", "framereceived"):
        socket.on(event, lambda frame: talk.append(frame))


def share(lab, seconds):
    """Return the CPU time of the web process within so many seconds, in percent of one core."""
    before, began = lab.cpu_seconds(), time.monotonic()
    time.sleep(seconds)
    return round(100 * (lab.cpu_seconds() - before) / (time.monotonic() - began), 2)


async def a_class(lab, run, browsers, seconds):
    place = Place(title="live", page="predict", query="section=live&run={run}")
    visitors = [Session(lab, place, run) for _ in range(browsers)]
    for visitor in visitors:
        await visitor.__aenter__()
    await asyncio.sleep(SETTLE_SECONDS)
    before, cpu = megabytes(lab.process), lab.cpu_seconds()
    began = time.monotonic()
    with Largest(lab) as peak:
        loaded = await asyncio.to_thread(load_everywhere, lab, browsers)
    took, used = time.monotonic() - began, lab.cpu_seconds() - cpu
    watching = await asyncio.to_thread(share, lab, seconds)
    for visitor in visitors:
        await visitor.__aexit__()
    return {
        f"{browsers} browsers load, MB each": round(loaded / 1e6, 1),
        "seconds until all have it": round(took, 1),
        "web CPU seconds for all": round(used, 2),
        "web memory before, MB": round(before),
        "web memory added while they load, MB": round(max(peak) - before, 1),
        f"web CPU, {browsers} live, %": watching,
    }


def load_everywhere(lab, browsers):
    """Load every piece once for each browser, one after the other as browsers do; return the bytes of one."""
    folder = lab.folder / "browser" / "pieces"
    names = sorted(str(path.relative_to(folder)) for path in folder.glob("*/*.gz"))

    def load(_):
        return sum(len(fetch(lab.address(f"{SERVED}/{name}"))) for name in names)

    with ThreadPoolExecutor(browsers) as pool:
        return next(iter(list(pool.map(load, range(browsers)))))


def fetch(address):
    request = urllib.request.Request(address, headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request) as answer:
        assert "Content-Encoding" not in answer.headers, "packed a second time"
        return answer.read()


class Largest:
    """What the web process holds, looked at ten times a second while the block runs."""

    def __init__(self, lab):
        self.lab, self.seen, self.over = lab, [], threading.Event()

    def __enter__(self):
        self.thread = threading.Thread(target=self._look)
        self.thread.start()
        return self.seen

    def _look(self):
        while not self.over.is_set():
            self.seen.append(megabytes(self.lab.process))
            self.over.wait(0.1)

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


def table(figures):
    return "\n".join(f"{name:40} {value}" for name, value in figures.items())


if __name__ == "__main__":
    main()
