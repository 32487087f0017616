"""How many images a second become features, against the loop that every textbook has?

    python -m benchmarks.extraction [FOLDER] [--json] [--repeats 5] [--images 800] [--data DIR]
                                    [--backbone efficientnet-lite0] [--size 160] [--weights imagenet]

With global average pooling, from image files in class folders to rows of features. The contestants:

- textbook: ``load_img(path, target_size)``, ``img_to_array``, preprocessing, ``model.predict`` of 32 images;
- textbook, our decoder: the same loop with `tl_core.images.model_input`, which tells decoding from the rest;
- lab, in process: what a training job calls, `ensure_features`, with its shards,
  checksums and progress lines, in threads of this process;
- lab, engine: the job itself in a real embedded engine, workers niced; the phase's own seconds. Both compute
  as ``TL_PRECISION`` says, or as the lab chooses;
- bare: networks alone, on pixels that are there already, see `benchmarks.bare_networks`.

All have the same weights; the first four write or keep all rows. They take turns after a warm-up, so that a
busy machine is equally hard on all (except that the engine's niced workers step back for others). The figure
is the median of the repeats; processor seconds are those of all threads and processes that work for a
contestant, which others cannot change much; those of the engine hold the head's epoch and its idle workers.
Given the same pixels, the features must agree to 1e-4 of the largest; in bfloat16 their cosine must be above
0.98. The data folder is temporary, unless ``--data`` names one: then its features of these images are
computed again.
"""

import argparse
import json
import os
import shutil
import statistics
import tempfile
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import psutil

from benchmarks.bare_networks import bare_networks
from tl_core import images, settings
from tl_core.backbones import get_backbone
from tl_core.datasets.bringing.importer import folder_entries, import_entries
from tl_core.datasets.catalogue import get_dataset
from tl_core.engine.client import Engine
from tl_core.results.metrics import read_metrics
from tl_core.runs.snapshots import JobState, snapshot
from tl_core.training import TrainingConfig, open_training

PHOTOS = Path(__file__).parents[2] / "shared" / "data" / "cats_and_dogs"
BATCH = 32
TOLERANCE = 1e-4
LEAST_COSINE = 0.98
ENGINE_SECONDS = 120


def main():
    arguments = read_arguments()
    with tempfile.TemporaryDirectory() as temporary:
        os.environ["TL_DATA_DIR"] = str(arguments.data or temporary)
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        dataset = chosen_dataset(arguments.folder, arguments.images)
        config = TrainingConfig(
            dataset=dataset.id,
            fingerprint=dataset.fingerprint,
            epochs=1,
            backbone=arguments.backbone,
            size=arguments.size or get_backbone(arguments.backbone).default_size,
            weights=arguments.weights,
        )
        figures = measure(dataset, config, arguments.repeats, engine=not arguments.no_engine)
    print(json.dumps(figures) if arguments.json else table(figures))


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=PHOTOS, help="of class folders")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--images", type=int, default=800, help="at most, evenly over all classes")
    parser.add_argument("--backbone", default="efficientnet-lite0")
    parser.add_argument("--size", type=int, help="default: that of the backbone")
    parser.add_argument("--weights", default="imagenet", help="or random, which are as fast")
    parser.add_argument("--no-engine", action="store_true", help="leave out the real engine")
    parser.add_argument("--data", type=Path, help="data folder; default: a temporary one")
    return parser.parse_args()


def chosen_dataset(folder, most):
    """Return at most `most` of the folder's images as a dataset; the built-in emoji if there is no folder."""
    if not folder.is_dir():
        return get_dataset("emoji")
    with tempfile.TemporaryDirectory() as copy:
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        for path in files[:: max(-(-len(files) // most), 1)]:
            target = Path(copy, path.relative_to(folder))
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
        return import_entries(folder_entries(Path(copy)), folder.name, lambda *_: None)


def measure(dataset, config, repeats, *, engine):
    contestants = in_process(dataset, config)
    lab_engine = Engine(settings.current()) if engine else None
    try:
        if lab_engine:
            lab_engine.start()
            contestants["lab, engine"] = engine_contestant(lab_engine, dataset, config)
        expected = check_agreement(contestants)
        contestants |= bare(dataset, config, expected)
        seconds, spent = take_turns(contestants, repeats)
    finally:
        if lab_engine:
            lab_engine.stop()
    rates = {name: len(dataset.images) / statistics.median(s) for name, s in seconds.items()}
    processor = {name: statistics.median(s) for name, s in spent.items()}
    return {
        "images": len(dataset.images),
        "dataset": dataset.title,
        "backbone": config.backbone,
        "size": config.size,
        "threads": settings.current().threads,
        "processors": os.cpu_count(),
        "seconds": seconds,
        "processor_seconds": processor,
        "images_per_second": rates,
        "ratio_to_textbook": {name: rate / rates["textbook"] for name, rate in rates.items()},
        "processor_ratio": {name: processor["textbook"] / used for name, used in processor.items()},
    }


def bare(dataset, config, expected):
    """Return the contestants of `bare_networks`, which are given pixels, after a look at what they answer."""
    hashes = [image.sha256 for image in dataset.images]
    pixels = np.stack(
        [
            images.model_input(dataset.read(image), image.shown, config.size)
            for image in dataset.images
        ]
    )
    rows = np.stack([expected[key] for key in hashes])

    def timed(compute):
        began = time.perf_counter()
        found = compute()
        return time.perf_counter() - began, dict(zip(hashes, found, strict=True))

    found = bare_networks(config, pixels)
    for name, compute in found.items():
        compare(name, compute(), rows)
    return {f"bare {name}": partial(timed, compute) for name, compute in found.items()}


def in_process(dataset, config):
    """Return name -> function that computes all features and returns (seconds, rows by image)."""
    import keras

    from tl_core.models.features.computing import ensure_features
    from tl_core.models.networks.backbones import build_backbone
    from tl_core.training.kept_features import feature_entry

    size, spec = config.size, get_backbone(config.backbone)
    backbone = build_backbone(config.backbone, size, config.weights)
    pooled = keras.layers.GlobalAveragePooling2D()(backbone.output)
    model = keras.Model(backbone.input, pooled)
    model.trainable = False
    hashes = [image.sha256 for image in dataset.images]
    paths = [dataset.folder / image.path for image in dataset.images]

    def load_with_keras(path):
        return keras.utils.img_to_array(keras.utils.load_img(path, target_size=(size, size)))

    def load_with_lab(path):
        return images.model_input(path.read_bytes(), path.name, size)

    def textbook(load):
        rows = []
        for start in range(0, len(paths), BATCH):
            batch = np.stack([load(path) for path in paths[start : start + BATCH]])
            rows.append(model.predict(spec.preprocessing.apply(batch), verbose=0))
        return dict(zip(hashes, np.concatenate(rows), strict=True))

    def lab():
        entry, computed = ensure_features(open_training(config), dataset, config)
        assert computed == len(entry.images)
        return entry

    def timed(compute, *arguments):
        forget(feature_entry(dataset, config))
        began = time.perf_counter()
        result = compute(*arguments)
        seconds = time.perf_counter() - began
        if not isinstance(result, dict):
            result = dict(zip(hashes, result.read(hashes), strict=True))
        return seconds, result

    return {
        "textbook": lambda: timed(textbook, load_with_keras),
        "textbook, our decoder": lambda: timed(textbook, load_with_lab),
        "lab, in process": lambda: timed(lab),
    }


def engine_contestant(engine, dataset, config):
    """Return a function that trains for one epoch in `engine`; every call is a run of its own."""
    from tl_core.training.kept_features import feature_entry

    assert engine.wait(ENGINE_SECONDS), "the engine did not start"
    hashes = [image.sha256 for image in dataset.images]
    seeds = iter(range(1, 1000))

    def compute():
        entry = feature_entry(dataset, config)
        forget(entry)
        run = open_training(replace(config, seed=next(seeds)))
        engine.submit(run)
        deadline = time.monotonic() + ENGINE_SECONDS
        while snapshot(run).state.live and time.monotonic() < deadline:
            time.sleep(0.1)
        assert snapshot(run).state is JobState.DONE, snapshot(run)
        metrics = read_metrics(run)
        assert metrics.images_computed == len(entry.images)
        return metrics.seconds_features, dict(zip(hashes, entry.read(hashes), strict=True))

    return compute


def forget(entry):
    shutil.rmtree(entry.folder, ignore_errors=True)


def check_agreement(contestants):
    """Fail if two contestants that were given the same pixels return different features; warms all up."""
    _, expected = contestants["textbook, our decoder"]()
    for name, compute in contestants.items():
        _, rows = compute()
        if (
            name != "textbook"
        ):  # Keras decodes without JPEG's drafts and resizes to the nearest pixel
            compare(
                name, *(np.stack([found[key] for key in expected]) for found in (rows, expected))
            )
    return expected


def compare(name, rows, expected):
    """Fail if features are not those that are expected, in float32 or in bfloat16."""
    worst = np.abs(rows - expected).max() / np.abs(expected).max()
    cosines = (rows * expected).sum(1) / np.sqrt((rows**2).sum(1) * (expected**2).sum(1))
    rounded = name.startswith("lab") or name.endswith("bfloat16")
    assert worst <= TOLERANCE or (rounded and cosines.min() > LEAST_COSINE), (
        name,
        worst,
        cosines.min(),
    )


def take_turns(contestants, repeats):
    """Return the seconds of every contestant in every repeat, and the processor seconds of all its work."""
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    spent: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(repeats):
        for name, compute in contestants.items():
            before = processor_seconds()
            seconds[name].append(compute()[0])
            spent[name].append(processor_seconds() - before)
    return seconds, spent


def processor_seconds():
    """Return what this process and all that it has started have spent."""
    own = psutil.Process()
    times = [process.cpu_times() for process in (own, *own.children(recursive=True))]
    return sum(each.user + each.system for each in times)


def table(figures):
    head = "{dataset}: {images} images, {backbone} {size} px, {processors} processors, {threads} threads"
    lines = [
        head.format(**figures),
        f"{'':27}{'images/s':>10}{'ratio':>8}{'fastest':>10}{'slowest':>10}{'processor s':>13}{'ratio':>8}",
    ]
    for name, rate in figures["images_per_second"].items():
        seconds, spent = figures["seconds"][name], figures["processor_seconds"][name]
        lines.append(
            f"{name:27}{rate:10.0f}{figures['ratio_to_textbook'][name]:8.2f}{min(seconds):10.2f}"
            f"{max(seconds):10.2f}{spent:13.2f}{figures['processor_ratio'][name]:8.2f}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
