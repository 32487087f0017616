"""What do many photos cost: import, features and epochs a photo, and the memory of the workers?

    python -m benchmarks.large_sets [--photos 6000 60000] [--size 96] [--epochs 5]

For each number as many generated PNG photos of 32 x 32 pixels, stripes of ten directions under noise, go
through the lab's own import and trainings of the usual network in a real engine. Prints milliseconds a photo
of import and of features, seconds an epoch, the accuracy, and the most memory that each worker had to itself
(MB; pages of mapped files, which the system may take away, are not counted).
"""

import argparse
import os
import tempfile
import threading
import time
from collections import defaultdict
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

from benchmarks.lab import part_of
from benchmarks.trainings import ready_engine, train
from tl_core.datasets.bringing.importer import folder_entries, import_entries
from tl_core.results.metrics import read_metrics
from tl_core.training import TrainingConfig
from tl_core.wording import percent

SIDE, CLASSES = 32, 10
NOISE, STRENGTH = 40.0, 40.0
LOOK_SECONDS = 0.2
LIMITS = {"TL_MAX_DATASET_FILES": "1000000", "TL_MAX_DATASET_MB": "9000"}


def main():
    arguments = read_arguments()
    os.environ |= LIMITS | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    print(
        "| photos | import, ms each | features, ms each | s an epoch | accuracy, n, 95 % | MB at most |"
    )
    print("|---|---|---|---|---|---|")
    for photos in arguments.photos:
        with tempfile.TemporaryDirectory() as folder:
            os.environ["TL_DATA_DIR"] = str(Path(folder, "data"))
            print(row(Path(folder, "photos"), photos, arguments), flush=True)


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", nargs="+", type=int, default=[6000, 60000])
    parser.add_argument("--size", type=int, default=96)
    parser.add_argument("--epochs", type=int, default=5)
    return parser.parse_args()


def row(folder, photos, arguments):
    make_photos(folder, photos)
    began = time.perf_counter()
    dataset = import_entries(folder_entries(folder), "stripes", lambda *_: None)
    imported = time.perf_counter() - began
    config = TrainingConfig(
        dataset=dataset.id, fingerprint=dataset.fingerprint, size=arguments.size
    )
    with ready_engine() as engine:
        # The first training of all exports the network, and loads what trains.
        train(engine, TrainingConfig(dataset="emoji", size=arguments.size, epochs=1))
        with watched() as most:
            first = read_metrics(train(engine, replace(config, epochs=1)))
            # Its features are there now: what more epochs take longer than one is theirs.
            long, short = (
                read_metrics(train(engine, replace(config, epochs=epochs, seed=1)))
                for epochs in (arguments.epochs, 1)
            )
    low, high = map(percent, long.validation.interval)
    epoch = (long.seconds_head - short.seconds_head) / (arguments.epochs - 1)
    memory = ", ".join(f"{part} {size / 1e6:.0f}" for part, size in sorted(most.items()))
    return (
        f"| {photos:,} | {1000 * imported / photos:.2f} | {1000 * first.seconds_features / photos:.2f} | "
        f"{epoch:.2f} | {long.validation.accuracy:.4f}, {long.validation.n:,}, {low} to {high} | {memory} |"
    )


def make_photos(folder, count):
    """Write photos of stripes, a folder for each direction; the strength of a photo's stripes is drawn."""
    across, down = np.meshgrid(np.arange(SIDE), np.arange(SIDE))
    for label in range(CLASSES):
        Path(folder, f"direction {label}").mkdir(parents=True)
    for number in range(count):
        random, label = np.random.default_rng(number), number % CLASSES
        angle = np.pi * label / CLASSES
        phase = (across * np.cos(angle) + down * np.sin(angle)) * random.uniform(0.6, 1.2)
        stripes = np.sin(phase + random.uniform(0, 2 * np.pi))[..., None]
        noise = random.normal(0, NOISE, (SIDE, SIDE, 3))
        pixels = 128 + random.uniform(0, STRENGTH) * stripes + noise
        image = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
        image.save(folder / f"direction {label}" / f"{number}.png", compress_level=1)


@contextmanager
def watched():
    """Yield the most bytes that each worker below this process has had to itself, by what it is there for."""
    most = defaultdict[str, int](int)
    ended = threading.Event()

    def look():
        while not ended.wait(LOOK_SECONDS):
            for process in psutil.Process().children(recursive=True):
                with suppress(psutil.Error):
                    found = process.memory_info()
                    part = part_of(process)
                    most[part] = max(most[part], found.rss - found.shared)

    watching = threading.Thread(target=look)
    watching.start()
    try:
        yield most
    finally:
        ended.set()
        watching.join()


if __name__ == "__main__":
    main()
