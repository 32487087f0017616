"""What does the cached prefix save, and how soon is a corrected dataset trained again?

    python -m benchmarks.fine_tuning [--json] [--photos FOLDER]

In the real engine, in a temporary data folder:

- prefix: VGG16 at 150 px on a folder of photos, its last block unfrozen, the same run twice: on activations
  that were cached at the cut, and from pixels. Seconds are between two recorded epochs of the second phase:
  steps, judging the validation images and the checkpoint. VGG16's weights are random: the time is the same.
- relabel: 2,000 images (crops of the same photos) are trained with the usual settings; then one is relabelled
  and one left out, and the new version is trained. Seconds are from the change to the last word in the run
  book: new version, features borrowed from the old one, head, results.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.accuracy import PHOTOS
from benchmarks.trainings import CLOSE_LOOK_SECONDS, ready_engine, train
from tl_core import images
from tl_core.datasets.bringing.entries import Entry
from tl_core.datasets.bringing.importer import folder_entries, import_entries
from tl_core.datasets.edits import Edit
from tl_core.datasets.versions import new_version
from tl_core.results.metrics import read_metrics
from tl_core.runs.progress import read_events
from tl_core.training import TrainingConfig

TRAINING: dict[str, Any] = {
    "backbone": "vgg16",
    "weights": "random",
    "size": 150,
    "unfrozen": 1,
    "batch": 20,
    "epochs": 1,
    "fine_epochs": 4,
}
IMAGES = 2000


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--photos", type=Path, default=PHOTOS, help="folder of class folders")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TL_DATA_DIR"] = folder
        with ready_engine() as engine:
            figures = {
                "prefix": prefix(engine, arguments.photos),
                "relabel": relabel(engine, arguments.photos),
            }
    print(json.dumps(figures) if arguments.json else table(figures))


def prefix(engine, folder):
    dataset = import_entries(folder_entries(folder), folder.name, lambda *_: None)
    seconds = {}
    for name, live in (("cached", False), ("from pixels", True)):
        config = TrainingConfig(dataset=dataset.id, live=live, **TRAINING)
        run = train(engine, config, look_seconds=CLOSE_LOOK_SECONDS)
        events = read_events(run.folder / "progress.jsonl")
        ends = [e["time"] for e in events if e["event"] == "epoch" and e["metrics"]["unfrozen"]]
        # From the end of the first epoch on: it traced the graphs.
        seconds[name] = statistics.median(np.diff(ends))
    times = seconds["from pixels"] / seconds["cached"]
    return {"images": len(dataset.images), "epoch_seconds": seconds, "times": times}


def relabel(engine, folder):
    dataset = import_entries(crops(folder), "crops", lambda *_: None)
    train(engine, TrainingConfig(dataset=dataset.id, fingerprint=dataset.fingerprint))
    first, second = dataset.images[0], dataset.images[1]
    other = dataset.class_names[1 - first.label]
    began = time.monotonic()
    changed = new_version(
        dataset, Edit(relabel={first.sha256: other}, drop=frozenset({second.sha256}))
    )
    made = time.monotonic()
    again = TrainingConfig(dataset=changed.id, fingerprint=changed.fingerprint)
    run = train(engine, again, look_seconds=CLOSE_LOOK_SECONDS)
    metrics = read_metrics(run)
    return {
        "images": len(changed.images),
        "computed": metrics.images_computed,
        "seconds_version": made - began,
        "seconds": time.monotonic() - began,
    }


def crops(folder):
    """Return every photo in its class, and seeded crops of it, until there are `IMAGES`."""
    generator = np.random.default_rng(0)
    photos = sorted(folder.rglob("*.jpg"))
    found = []
    for number in range(IMAGES):
        path = photos[number % len(photos)]
        with images.opened(path.read_bytes(), path.name) as file:
            pixels = file.rgb()
        top, left = (int(generator.integers(0, 1 + side // 8)) for side in pixels.shape[:2])
        crop = np.ascontiguousarray(pixels[top:, left:])
        data = images.encode_png(images.resize(crop, 160, 160))
        name = f"{path.parent.name}/{number}.png"
        found.append(Entry(name=name, size=len(data), read=partial(bytes, data)))
    return found


def table(figures):
    prefix, relabel = figures["prefix"], figures["relabel"]
    epochs = prefix["epoch_seconds"]
    return (
        f"VGG16, block5 unfrozen, {prefix['images']} photos: an epoch takes {epochs['cached']:.1f} s on the "
        f"cached prefix and {epochs['from pixels']:.1f} s from pixels, {prefix['times']:.1f} times as long\n"
        f"{relabel['images']} images, one relabelled and one left out: trained again in "
        f"{relabel['seconds']:.1f} s (new version {relabel['seconds_version']:.2f} s, "
        f"{relabel['computed']} images computed)"
    )


if __name__ == "__main__":
    main()
