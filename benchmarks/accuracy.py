"""How accurate are the lab's strategies, and how long does a training take from click to result?

    python -m benchmarks.accuracy [FOLDER] [--json] [--seeds 5] [--folder-seeds 3] [--data DIR]

Trains in the real engine: the built-in datasets (80 % to train, 20 % held out, another split for every seed)
with `TrainingConfig`'s defaults, the emoji also with most blocks unfrozen; then a folder of class folders if
there is one (by default 600 + 200 photos of cats and dogs, whose own division is used) with the defaults,
and as recipe (g) has it. Accuracy is on the held-out images, of the epoch that was best on them, the mean
over the seeds. The Wilson interval is that of all answers together; it takes them for independent, though
two seeds may ask for the same image, so the true interval is somewhat wider.

Seconds are from submission to the last word in the run book. The very first run starts with a cold engine:
its clock starts when `Engine` is constructed. The first run on a folder computes its features on a warm
engine; all later ones find theirs in the store. The data folder is temporary, unless ``--data`` names an
empty one, to look at the runs afterwards.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.trainings import CLOSE_LOOK_SECONDS, train
from tl_core import settings
from tl_core.datasets.bringing.importer import folder_entries, import_entries
from tl_core.datasets.catalogue import get_dataset
from tl_core.engine.client import Engine
from tl_core.results.metrics import read_metrics
from tl_core.statistics import Proportion
from tl_core.training import TrainingConfig
from tl_core.training.recipes import list_recipes, recipe_config

PHOTOS = Path(__file__).parents[2] / "shared" / "data" / "cats_and_dogs"
BLOCKS = 14


def main():
    arguments = read_arguments()
    with tempfile.TemporaryDirectory() as temporary:
        os.environ["TL_DATA_DIR"] = str(arguments.data or temporary)
        figures = measure(arguments.folder, arguments.seeds, arguments.folder_seeds)
    print(json.dumps(figures) if arguments.json else table(figures))


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=PHOTOS, help="of class folders")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--seeds", type=int, default=5, help="of the built-in dataset")
    parser.add_argument("--folder-seeds", type=int, default=3)
    parser.add_argument("--data", type=Path, help="empty data folder; default: a temporary one")
    arguments = parser.parse_args()
    if arguments.data and arguments.data.is_dir() and any(arguments.data.iterdir()):
        parser.error(f"{arguments.data} is not empty: runs that are done already take no time")
    return arguments


def measure(folder, seeds, folder_seeds):
    imported = None
    if folder.is_dir():  # before the engine starts, so that it cannot be warm by then
        imported = import_entries(folder_entries(folder), folder.name, lambda *_: None)
    constructed = time.monotonic()
    engine = Engine(settings.current())
    try:
        engine.start()
        emoji = get_dataset("emoji")
        figures = {
            "real_photos": trained(
                engine, get_dataset("real_photos"), seeds, first_began=constructed
            ),
            "emoji": trained(engine, emoji, seeds),
            f"emoji, {BLOCKS} blocks": trained(engine, emoji, seeds, unfrozen=BLOCKS),
        }
        if imported:
            figures[folder.name] = trained(engine, imported, folder_seeds)
            (ours,) = (recipe for recipe in list_recipes() if recipe.name == "lite0")
            recipe = recipe_config(ours, imported).as_json()
            changes = {name: recipe[name] for name in ("size", "dense", "dropout")}
            figures[f"{folder.name} (g)"] = trained(engine, imported, folder_seeds, **changes)
    finally:
        engine.stop()
    return figures


def trained(engine, dataset, seeds, *, first_began=None, **changes):
    """Train once for each seed, with these changes of the defaults; return accuracy and seconds."""
    seconds, results = [], []
    for seed in range(seeds):
        settled = {"dataset": dataset.id, "fingerprint": dataset.fingerprint, "seed": seed}
        config = TrainingConfig.from_json(settled | changes)
        began = time.monotonic() if seed or first_began is None else first_began
        run = train(engine, config, look_seconds=CLOSE_LOOK_SECONDS)
        results.append(read_metrics(run))
        seconds.append(time.monotonic() - began)
    validation = [metrics.validation for metrics in results]
    pooled = Proportion.sum(validation)
    return {
        "images": len(dataset.images),
        "seeds": seeds,
        "mean_accuracy": statistics.mean(one.accuracy for one in validation),
        "total_n": pooled.n,
        "interval": pooled.interval,
        "accuracies": [one.accuracy for one in validation],
        "training_accuracies": [metrics.as_json()["train"]["accuracy"] for metrics in results],
        "engine_cold": first_began is not None,
        "seconds_first": seconds[0],
        "seconds_cached": seconds[1:],
        "seconds_features": results[0].seconds_features,
        "seconds_head": [metrics.seconds_head for metrics in results],
    }


def table(figures):
    lines = [
        f"{'':20}{'images':>8}{'seeds':>7}{'accuracy':>10}{'n':>6}{'95 % interval':>18}"
        f"{'first s':>9}{'cached s':>10}"
    ]
    for name, row in figures.items():
        low, high = row["interval"]
        cached = statistics.median(row["seconds_cached"] or [float("nan")])
        lines.append(
            f"{name:20}{row['images']:8}{row['seeds']:7}{row['mean_accuracy']:10.1%}{row['total_n']:6}"
            f"{f'{low:.1%} to {high:.1%}':>18}{row['seconds_first']:9.1f}{cached:10.1f}"
            f"  {'engine cold' if row['engine_cold'] else 'engine warm'}"
        )
        shares = " ".join(f"{accuracy:.1%}" for accuracy in row["accuracies"])
        lines.append(f"{'':20}accuracies {shares}")
        longest = max(row["seconds_cached"], default=float("nan"))
        lines.append(
            f"{'':20}first run: features {row['seconds_features']:.1f} s; longest cached run {longest:.1f} s"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
