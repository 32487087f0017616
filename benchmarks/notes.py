"""The recipes of the teaching notes with VGG16's real weights, in both forms of their preprocessing.

    python -m benchmarks.notes FOLDER [--recipes vgg16-gap vgg16-flatten lite0] [--seeds 2] [--epochs N]
                               [--forms divided right] [--copies 0 2 4 8] [--data DIR]

Trains each recipe in a real engine, as its source has it and as the backbone wants its pixels, on a FOLDER
with ``train`` and ``validation`` folders of two classes, such as ``cats_and_dogs_small``; prints a line of
``docs/notes.md`` for each. VGG16's weights must be there: ``TL_WEIGHTS_DIR``, or the package that the README
names. Features of one form are computed once for all of its seeds.

A recipe that is another one and then fine-tuning gives that one's line too, from its first phase.
``--copies`` with other numbers than 0 trains with as many stored copies of each photo instead of live
changes, where a recipe offers that. ``--epochs`` trains fewer of the long phase, for recipes from pixels.
With ``--data`` a second call goes on where the first one stopped: a run that has ended stays as it is.
"""

import argparse
from dataclasses import replace
from pathlib import Path

from benchmarks.trainings import (
    CELLS,
    engine_and_photos,
    reached,
    reached_with_the_head,
    seed_cells,
    train,
)
from tl_core.training import TrainingConfig
from tl_core.training.recipes import list_recipes, recipe_config

_USUAL = TrainingConfig(dataset="")
USUAL_SECOND_PHASE = {
    name: getattr(_USUAL, name) for name in ("unfrozen", "fine_epochs", "fine_rate")
}


def main():
    arguments = read_arguments()
    with engine_and_photos(arguments.folder, arguments.data) as (engine, photos):
        print(f"| recipe | pixels | published | {CELLS} |\n|---|---|---|---|---|---|")
        for recipe in list_recipes():
            if recipe.name in arguments.recipes:
                for divided, copies in forms(recipe, arguments):
                    lines = rows(engine, photos, recipe, divided, copies, arguments)
                    print(*lines, sep="\n", flush=True)


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "folder", type=Path, help="with train and validation, each of class folders"
    )
    parser.add_argument(
        "--recipes", nargs="+", default=["vgg16-gap", "vgg16-flatten", "lite0"], help="names"
    )
    parser.add_argument(
        "--forms", nargs="+", choices=["divided", "right"], default=["divided", "right"]
    )
    parser.add_argument(
        "--copies", nargs="+", type=int, default=[0], help="0: as the source has it"
    )
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--epochs", type=int, help="at most, of each phase; default: the recipe's")
    parser.add_argument("--data", type=Path, help="data folder; default: a temporary one")
    return parser.parse_args()


def forms(recipe, arguments):
    """Yield whether pixels are divided, and how many copies are stored, for each form that is asked for."""
    for copies in arguments.copies:
        for divided in (form == "divided" for form in arguments.forms):
            if (recipe.divides or not divided) and (not copies or copies in recipe.copies):
                yield divided, copies


def rows(engine, dataset, recipe, divided, copies, arguments):
    """Return the line of a recipe, and before it that of the recipe that its first phase is."""
    configs = [
        shortened(recipe_config(recipe, dataset, seed, divided=divided, copies=copies), arguments)
        for seed in range(arguments.seeds)
    ]
    runs = [train(engine, config) for config in configs]
    title = f"{recipe.title}, {copies} stored copies" if copies else recipe.title
    found = [line(title, recipe, divided, map(reached, runs))]
    if first := first_phase(recipe, dataset):
        found.insert(0, line(first.title, first, divided, map(reached_with_the_head, runs)))
    return found


def first_phase(recipe, dataset):
    """Return the recipe that is all of another one but the blocks' learning, if there is one."""
    config = recipe_config(recipe, dataset)
    if not (config.epochs and config.unfrozen):
        return None
    head = replace(config, **USUAL_SECOND_PHASE)
    return next((one for one in list_recipes() if recipe_config(one, dataset) == head), None)


def line(title, recipe, divided, found):
    published = f"{recipe.published:.4f}" if recipe.published else "none"
    pixels = "/ 255" if divided else "as the backbone wants"
    return f"| {title} | {pixels} | {published} | {seed_cells(found)} |"


def shortened(config, arguments):
    """Return a training with at most so many epochs of each phase, where that is asked for."""
    if not (most := arguments.epochs):
        return config
    epochs, fine = min(config.epochs, most), min(config.fine_epochs, most)
    return replace(config, epochs=epochs, fine_epochs=fine)


if __name__ == "__main__":
    main()
