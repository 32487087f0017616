"""The recipes of the teaching notes with VGG16's real weights, in both forms of their preprocessing.

    python -m benchmarks.notes FOLDER [--recipes vgg16-gap vgg16-flatten lite0] [--seeds 2] [--epochs N]
                               [--data DIR]

Trains each recipe in a real engine, as its source has it and as the backbone wants its pixels, on a FOLDER
with ``train`` and ``validation`` folders of two classes, such as ``cats_and_dogs_small``; prints a line of
``docs/notes.md`` for each. VGG16's weights must be there: ``TL_WEIGHTS_DIR``, or the package that the README
names. Features of one form are computed once for all of its seeds.

``--epochs`` trains fewer of the long phase, for recipes from pixels. With ``--data`` a second call goes on
where the first one stopped: a run that has ended is not trained again.
"""

import argparse
import os
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from tl_core import settings
from tl_core.datasets.bringing.importer import folder_entries, import_entries
from tl_core.engine.client import Engine
from tl_core.results.metrics import read_metrics
from tl_core.runs.snapshots import JobState, snapshot
from tl_core.training import open_training
from tl_core.training.recipes import list_recipes, recipe_config
from tl_core.wording import percent

START_SECONDS = 300
LOOK_SECONDS = 0.5


def main():
    arguments = read_arguments()
    with tempfile.TemporaryDirectory() as temporary:
        os.environ["TL_DATA_DIR"] = str(arguments.data or temporary)
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        dataset = import_entries(
            folder_entries(arguments.folder), arguments.folder.name, lambda *_: None
        )
        engine = Engine(settings.current())
        engine.start()
        try:
            assert engine.wait(START_SECONDS), "the engine did not start"
            print(
                "| recipe | pixels | published | here, each seed | n, 95 % | seconds, each seed |"
            )
            print("|---|---|---|---|---|---|")
            for recipe in list_recipes():
                if recipe.name in arguments.recipes:
                    for divided in (True, False) if recipe.divides else (False,):
                        print(row(engine, dataset, recipe, divided, arguments), flush=True)
        finally:
            engine.stop()


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "folder", type=Path, help="with train and validation, each of class folders"
    )
    parser.add_argument(
        "--recipes", nargs="+", default=["vgg16-gap", "vgg16-flatten", "lite0"], help="names"
    )
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--epochs", type=int, help="at most, of each phase; default: the recipe's")
    parser.add_argument("--data", type=Path, help="data folder; default: a temporary one")
    return parser.parse_args()


def row(engine, dataset, recipe, divided, arguments):
    found = [
        trained(engine, dataset, recipe, divided, seed, arguments.epochs)
        for seed in range(arguments.seeds)
    ]
    judged = [metrics.validation for metrics, _ in found]
    correct, n = sum(one.correct for one in judged), sum(one.n for one in judged)
    low, high = judged[0].interval
    each = ", ".join(f"{one.accuracy:.4f}" for one in judged)
    seconds = ", ".join(f"{spent:.0f}" for _, spent in found)
    published = f"{recipe.published:.4f}" if recipe.published else "none"
    pixels = "/ 255" if divided else "as the backbone wants"
    mean = statistics.mean(one.accuracy for one in judged)
    return (
        f"| {recipe.title} | {pixels} | {published} | {each} (mean {mean:.4f}, {correct} of {n}) | "
        f"{judged[0].n}, {percent(low)} to {percent(high)} | {seconds} |"
    )


def trained(engine, dataset, recipe, divided, seed, most):
    """Return the metrics of a training, and its seconds: of features, head and blocks."""
    config = recipe_config(recipe, dataset, seed, divided=divided)
    if most:
        epochs, fine = min(config.epochs, most), min(config.fine_epochs, most)
        config = replace(config, epochs=epochs, fine_epochs=fine)
    run = open_training(config)
    if snapshot(run).state is not JobState.DONE:
        engine.submit(run)
    while snapshot(run).state.live:
        time.sleep(LOOK_SECONDS)
    shot = snapshot(run)
    assert shot.state is JobState.DONE, shot
    metrics = read_metrics(run)
    return metrics, metrics.seconds


if __name__ == "__main__":
    main()
