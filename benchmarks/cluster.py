"""How much faster do two machines of a cluster compute features than one?

    python -m benchmarks.cluster [FOLDER] [--json] [--repeats 5] [--images 600] [--size 160]

The README's lines on one Linux machine: a scheduler, and two "machines" of one processor each (``taskset``)
and one TensorFlow thread, so that neither takes anything from the other. One machine alone and both take
turns, each time computing all features of the same images anew, after two warm-ups; the second machine is
ended and started for its turn. The figure is the ratio of the medians of the phase's own seconds. The
features must be equal, bit for bit, in all repeats.
"""

import argparse
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.extraction import PHOTOS, chosen_dataset, forget
from tl_core import settings
from tl_core.engine.client import Engine
from tl_core.features.store import FeatureEntry
from tl_core.results.metrics import read_metrics
from tl_core.runs.snapshots import JobState, snapshot
from tl_core.settings import PROJECT
from tl_core.training import TrainingConfig, open_training

SECONDS = 300
WARM_UP_SEEDS, SEEDS = range(1, 100), range(100, 10_000)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=PHOTOS, help="of class folders")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--images", type=int, default=600, help="at most, evenly over all classes")
    parser.add_argument("--size", type=int, default=160)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"TL_DATA_DIR": folder, "TL_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
        os.environ |= {"TL_SCHEDULER": free_address(), "TL_RECYCLE_AFTER": "1000"}
        figures = measure(arguments)
    print(json.dumps(figures) if arguments.json else table(figures))


def free_address():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"tcp://127.0.0.1:{free.getsockname()[1]}"


def measure(arguments):
    dataset = chosen_dataset(arguments.folder, arguments.images)
    config = TrainingConfig(
        dataset=dataset.id, fingerprint=dataset.fingerprint, size=arguments.size, epochs=1
    )
    seconds: dict[str, list[float]] = {"one machine": [], "two machines": []}
    warm, timed = iter(WARM_UP_SEEDS), iter(SEEDS)
    expected = None
    with part("scheduler"), part("worker", processor=0):
        engine = Engine(settings.current())
        engine.start()
        try:
            for _ in range(arguments.repeats):
                for name in seconds:
                    with second_machine() if name == "two machines" else nobody():
                        wait_for_workers(engine, 4 if name == "two machines" else 2)
                        # Every worker has built the network before the clock runs.
                        for _ in range(2):
                            extract(engine, dataset, replace(config, seed=next(warm)))
                        found, rows = extract(engine, dataset, replace(config, seed=next(timed)))
                    seconds[name].append(found)
                    expected = rows if expected is None else expected
                    assert np.array_equal(rows, expected), "not the same features"
        finally:
            engine.stop()
    medians = {name: statistics.median(found) for name, found in seconds.items()}
    return {
        "images": len(dataset.images),
        "size": arguments.size,
        "processors": os.cpu_count(),
        "load": os.getloadavg()[0],
        "seconds": seconds,
        "ratio": medians["one machine"] / medians["two machines"],
    }


@contextmanager
def part(name, processor=None):
    """Run a line of the README's cluster for the length of the block."""
    pinned = [] if processor is None else ["taskset", "-c", str(processor)]
    command = [*pinned, sys.executable, "-m", "tl_core.engine", name]
    with subprocess.Popen(
        command, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield
        finally:
            process.terminate()
            process.wait(30)


def second_machine():
    return part("worker", processor=1)


@contextmanager
def nobody():
    yield


def wait_for_workers(engine, count):
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if (
            engine.wait(0)
            and len(engine._connection.client.scheduler_info(n_workers=-1)["workers"]) == count
        ):
            return
        time.sleep(0.2)
    raise TimeoutError(f"there are not {count} workers")


def extract(engine, dataset, config):
    """Return the seconds of the extraction of a training in the cluster, and all features."""
    from tl_core.training.kept_features import feature_entry

    entry: FeatureEntry = feature_entry(dataset, config)
    forget(entry)
    run = open_training(config)
    engine.submit(run)
    deadline = time.monotonic() + SECONDS
    while snapshot(run).state.live and time.monotonic() < deadline:
        time.sleep(0.1)
    assert snapshot(run).state is JobState.DONE, snapshot(run)
    metrics = read_metrics(run)
    assert metrics.images_computed == len(entry.images)
    shutil.rmtree(run.folder)
    return metrics.seconds_features, entry.read([image.sha256 for image in dataset.images])


def table(figures):
    lines = [
        "{images} images at {size} px, {processors} processors, load {load:.1f}".format(**figures)
    ]
    lines.append(f"{'':15}{'median':>8}{'fastest':>9}{'slowest':>9}  seconds")
    for name, found in figures["seconds"].items():
        middle = statistics.median(found)
        lines.append(f"{name:15}{middle:8.2f}{min(found):9.2f}{max(found):9.2f}")
    return "\n".join([*lines, f"two machines are {figures['ratio']:.2f} times as fast as one"])


if __name__ == "__main__":
    main()
