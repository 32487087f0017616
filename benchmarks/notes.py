"""The recipes of the teaching notes with VGG16's real weights, in both forms of their preprocessing.

    python -m benchmarks.notes FOLDER [--recipes vgg16-gap vgg16-flatten lite0] [--seeds 2] [--epochs N]
                               [--forms divided right] [--copies 0 2 4 8] [--data DIR]

Trains each recipe in a real engine, as its source has it and as the backbone wants its pixels, on a FOLDER
with ``train`` and ``validation`` folders of two classes, such as ``cats_and_dogs_small``; prints a line of
``docs/notes.md`` for each. VGG16's weights must be there: ``TL_WEIGHTS_DIR``, or the package that the README
names. Features of one form are computed once for all of its seeds.

``--copies`` with other numbers than 0 trains with as many stored copies of each photo instead of live
changes, where a recipe offers that. ``--epochs`` trains fewer of the long phase, for recipes from pixels.
With ``--data`` a second call goes on where the first one stopped: a run that has ended stays as it is.
"""

import argparse
from dataclasses import replace
from pathlib import Path

from benchmarks.trainings import CELLS, engine_and_photos, seed_cells, train
from tl_core.training.recipes import list_recipes, recipe_config


def main():
    arguments = read_arguments()
    with engine_and_photos(arguments.folder, arguments.data) as (engine, photos):
        print(f"| recipe | pixels | published | {CELLS} |\n|---|---|---|---|---|---|")
        for recipe in list_recipes():
            if recipe.name in arguments.recipes:
                for divided, copies in forms(recipe, arguments):
                    print(row(engine, photos, recipe, divided, copies, arguments), flush=True)


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


def row(engine, dataset, recipe, divided, copies, arguments):
    configs = (
        recipe_config(recipe, dataset, seed, divided=divided, copies=copies)
        for seed in range(arguments.seeds)
    )
    cells = seed_cells([train(engine, shortened(one, arguments.epochs)) for one in configs])
    published = f"{recipe.published:.4f}" if recipe.published else "none"
    pixels = "/ 255" if divided else "as the backbone wants"
    title = f"{recipe.title}, {copies} stored copies" if copies else recipe.title
    return f"| {title} | {pixels} | {published} | {cells} |"


def shortened(config, most):
    """Return a training with at most so many epochs of each phase, where that is asked for."""
    if not most:
        return config
    epochs, fine = min(config.epochs, most), min(config.fine_epochs, most)
    return replace(config, epochs=epochs, fine_epochs=fine)


if __name__ == "__main__":
    main()
