"""Does the cloud profile do its work in the memory that a free host gives, and how much does it take?

    python -m benchmarks.cloud [--json] [--mb 1500] [--core 0] [--starts 20] [--scenarios first lessons ...]

The lab is started with ``streamlit run`` in the cloud profile on one core, each time in a fresh data folder,
with Chromium (Playwright) as the visitor whose page stays open. Where the machine lets us (Linux, version 1
of its control groups, root), web process, engine and workers live in a group that the system holds to
``--mb``; a process that wants more is killed by the system, as on such a host. Reported for each scenario:

- how each of its jobs ended, and after how many seconds;
- the peak: the largest sum of all processes' PSS (a page shared by n processes counts 1/n in each), in MB of
  10**6 bytes, looked at five times a second; Chromium is not counted;
- how often the system found no memory in the group.

``import`` brings sixteen photos of 48 megapixels, made anew from a seed.
"""

import argparse
import io
import json
import os
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.lab import Lab, chromium
from tl_core import runs
from tl_core.runs.snapshots import snapshot

READY_SECONDS, JOB_SECONDS = 180, 600
GROUPS = Path("/sys/fs/cgroup/memory")
PHOTOS, WIDTH, HEIGHT = 16, 8000, 6000


@dataclass(frozen=True, kw_only=True)
class Job:
    """One thing a visitor does: open a place and press a button, or bring a file."""

    query: str
    button: str
    page: str = "train"
    zipped: Callable[[], bytes] | None = None


def photos():
    """Return a zip of sixteen photos of 48 megapixels in two classes: smooth shapes under fine noise."""
    random, file = np.random.default_rng(0), io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(PHOTOS):
            small = Image.fromarray(random.integers(0, 255, (60, 80, 3), dtype=np.uint8))
            large = np.asarray(small.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC))
            noisy = large + random.integers(0, 8, (HEIGHT, WIDTH, 1), dtype=np.uint8)
            photo = io.BytesIO()
            Image.fromarray(noisy).save(photo, "JPEG", quality=90)
            archive.writestr(f"{'cats' if number % 2 else 'dogs'}/{number}.jpg", photo.getvalue())
    return file.getvalue()


def training(**settings):
    """Return a training with these settings in the page's address."""
    return Job(query="&".join(f"{key}={value}" for key, value in settings.items()), button="Train")


LESSONS = (
    Job(query="section=skip", button="Train both networks"),
    Job(query="section=transfer", button="Train all heads"),
    Job(page="gap_vs_flatten", query="section=measure", button="Train both heads"),
)
SCENARIOS = {
    "first": [training(size=160)],
    "first-224": [training(size=224)],
    "top": [training(size=160, unfrozen=5, fine_epochs=3)],
    "top-224": [training(size=224, unfrozen=5, fine_epochs=3)],
    "lessons": LESSONS,
    "heads": LESSONS[2:],
    "ten": [training(size=(160, 224)[number % 2], seed=number) for number in range(10)],
    "import": [Job(query="section=data&data=new&source=zip", button="", zipped=photos)],
}


def main():
    arguments = read_arguments()
    rows = []
    for name in arguments.scenarios:
        for _ in range(arguments.starts):
            rows.append({"scenario": name, **play(SCENARIOS[name], arguments)})
            if not arguments.json:
                print(line(rows[-1]), flush=True)
    if arguments.json:
        print(json.dumps(rows))


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON list")
    parser.add_argument("--mb", type=int, default=1500, help="for everything; 0: no limit")
    parser.add_argument("--core", type=int, default=0, help="the processor that all share")
    parser.add_argument("--starts", type=int, default=1, help="of each scenario")
    parser.add_argument("--scenarios", nargs="+", choices=SCENARIOS, default=list(SCENARIOS))
    return parser.parse_args()


def play(jobs, arguments):
    """Start the lab, do `jobs` one after another, and end it."""
    with tempfile.TemporaryDirectory() as folder, held(arguments.mb) as group:
        lab = Lab("cloud", Path(folder), wrapper=wrapper(group, arguments.core))
        try:
            lab.start()
            with chromium() as page, Watch(lab) as watch:
                ended = [carry_out(lab, page, job) for job in jobs]
            refused = int((group / "memory.failcnt").read_text()) if group else 0
            log = (Path(folder) / "engine.log").read_text(errors="replace")
            return {"jobs": ended, "peak": watch.peak, "limit_reached": refused, "log": log}
        finally:
            lab.stop()


def carry_out(lab, page, job):
    """Do one job as a visitor, and return how it ended and after how many seconds."""
    page.goto(lab.address(job.page, job.query))
    page.get_by_text("Engine ready").first.wait_for(timeout=READY_SECONDS * 1000)
    before = {run.id for run in all_runs()}
    began = time.monotonic()
    if job.zipped:
        upload = lab.folder / "photos.zip"
        upload.write_bytes(job.zipped())
        page.locator("input[type=file]").first.set_input_files(upload)
        began = time.monotonic()
    else:
        page.get_by_role("button", name=job.button, exact=True).click()
    while time.monotonic() < began + JOB_SECONDS:
        new = [run for run in all_runs() if run.id not in before]
        if new and not (shot := snapshot(new[0])).state.live and shot.started:
            error = str(shot.error) if shot.error else None
            return {"state": shot.state, "seconds": time.monotonic() - began, "error": error}
        time.sleep(0.2)
    return {"state": "still running", "seconds": JOB_SECONDS, "error": None}


def all_runs():
    book = runs.runs_dir()
    names = filter(runs.is_run_id, os.listdir(book)) if book.exists() else ()
    return [runs.get_run(name) for name in names]


@contextmanager
def held(megabytes):
    """Yield a control group with this limit, or None where there can be none."""
    group = own_group()
    if not megabytes or not os.access(group, os.W_OK):
        yield None
        return
    group = group / f"lab-{os.getpid()}"
    group.mkdir()
    try:
        (group / "memory.limit_in_bytes").write_text(str(megabytes * 10**6))
        yield group
    finally:
        while (group / "cgroup.procs").read_text():  # the lab's processes are on their way out
            time.sleep(0.1)
        group.rmdir()


def own_group():
    """Return the folder of the memory control group that this process is in."""
    groups = (line.split(":") for line in Path("/proc/self/cgroup").read_text().splitlines())
    path = next((path for _, kinds, path in groups if kinds == "memory"), "/missing")
    return GROUPS / path.lstrip("/")


def wrapper(group, core):
    """Return the command in front of the lab's own: into the group, and onto one core."""
    join = f"echo $$ > {group}/cgroup.procs && " if group else ""
    return ["sh", "-c", f'{join}exec taskset -c {core} "$@"', "sh"]


class Watch(threading.Thread):
    """Looks at the memory of all processes while the block runs."""

    def __init__(self, lab):
        super().__init__(daemon=True)
        self.peak, self._lab, self._over = {"all": 0.0}, lab, threading.Event()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self.join()

    def run(self):
        """Look until the block is over."""
        while not self._over.wait(0.2):
            self.peak = max(self.peak, self._lab.memory(), key=lambda sizes: sizes["all"])


def line(row):
    jobs = ", ".join(f"{job['state']} {job['seconds']:.0f} s" for job in row["jobs"])
    peak = ", ".join(f"{name} {size:.0f}" for name, size in row["peak"].items())
    errors = "".join(f"\n    {job['error']}" for job in row["jobs"] if job["error"])
    log = row["log"] if errors else ""
    return f"{row['scenario']:10} {jobs}; peak MB {peak}; limit reached {row['limit_reached']}{errors}{log}"


if __name__ == "__main__":
    main()
