"""Which network, at which size, with which head, is best on a folder of photos?

    python -m benchmarks.strategies FOLDER [--only NAME ...] [--seeds 3] [--data DIR]

Trains each of `STRATEGIES` in a real engine on a FOLDER with ``train`` and ``validation`` folders, and prints
a line of ``docs/notes.md`` for each. Those whose weights are not on this machine are left out, and named.
"""

import argparse
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.trainings import CELLS, engine_and_photos, reached, seed_cells, train
from tl_core.backbones.weight_files import weights_source
from tl_core.training import TrainingConfig

HIDDEN = {"dense": (256,), "dropout": 0.5}
LITE1, LITE2 = {"backbone": "efficientnet-lite1"}, {"backbone": "efficientnet-lite2"}
STRATEGIES: Mapping[str, Mapping[str, Any]] = {
    "Lite0, 224 px, head of recipe (g)": HIDDEN | {"size": 224},
    "Lite1, 240 px, head of recipe (g)": HIDDEN | LITE1 | {"size": 240},
    "Lite2, 260 px, head of recipe (g)": HIDDEN | LITE2 | {"size": 260},
    "Lite2, 260 px, one layer": LITE2 | {"size": 260},
    "VGG16, 150 px, GAP, head of recipe (g)": HIDDEN | {"backbone": "vgg16", "size": 150},
    "VGG16, 224 px, GAP, head of recipe (g)": HIDDEN | {"backbone": "vgg16", "size": 224},
    "VGG16, 224 px, GAP, one layer": {"backbone": "vgg16", "size": 224},
}
"""What people call it -> what differs from the usual settings."""


def main():
    arguments = read_arguments()
    with engine_and_photos(arguments.folder, arguments.data) as (engine, photos):
        usual = TrainingConfig(dataset=photos.id, fingerprint=photos.fingerprint)
        print(f"| strategy | {CELLS} |\n|---|---|---|---|")
        for name in arguments.only or STRATEGIES:
            configs = [
                replace(usual, seed=seed, **STRATEGIES[name]) for seed in range(arguments.seeds)
            ]
            if weights_source(configs[0].backbone) == "missing":
                print(f"| {name} | its weights are not here | | |")
                continue
            cells = seed_cells([reached(train(engine, config)) for config in configs])
            print(f"| {name} | {cells} |", flush=True)


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "folder", type=Path, help="with train and validation, each of class folders"
    )
    parser.add_argument("--only", nargs="+", choices=STRATEGIES, help="names; default: all")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--data", type=Path, help="data folder; default: a temporary one")
    return parser.parse_args()


if __name__ == "__main__":
    main()
