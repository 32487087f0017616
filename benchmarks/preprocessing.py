"""What does it cost to divide pixels by 255, whatever a backbone was trained with?

    python -m benchmarks.preprocessing [FOLDER] [--backbone vgg16 ...] [--few 100] [--seeds 5] [--json]

FOLDER holds ``train`` and ``validation``, each with a folder for each class; by default 2,000 + 1,000 photos
of cats and dogs. All photos go through the frozen backbone, at its usual size and in float32, once as it
wants them and once divided by 255. Heads with `TrainingConfig`'s defaults learn on either, from all photos
and from ``--few`` of each class that the seed draws: the same photos, beginning and order of batches, so that
a seed is a pair. Accuracy is that of the last epoch on the validation photos, the mean over the seeds, with
Wilson's 95 % interval for so many photos; the difference is the mean over the pairs with Student's 95 %
interval, which knows the seeds but not the photos. Without ``--backbone`` it measures EfficientNet-Lite0, 1
and 2 and VGG16, each where its weights are on this machine.
"""

import argparse
import json
import os
import statistics
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.precision import BATCH, PHOTOS, STUDENT_95, photos, trained
from tl_core.backbones import get_backbone, weights_source
from tl_core.inference.exported import FrozenName
from tl_core.statistics import wilson_interval
from tl_core.training import TrainingConfig
from tl_core.training.preprocessing import preprocessing_of

BACKBONES = ("efficientnet-lite0", "efficientnet-lite1", "efficientnet-lite2", "vgg16")
WAYS: dict[str, tuple[str, ...]] = {"right": (), "divided": ("preprocessing",)}


def main():
    arguments = read_arguments()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    figures = []
    with tempfile.TemporaryDirectory() as temporary:
        os.environ["TL_DATA_DIR"] = temporary
        for backbone in arguments.backbone or BACKBONES:
            if weights_source(backbone) == "missing":
                print(f"{backbone}: its weights are not on this machine")
            else:
                figures += measure(backbone, arguments)
    print(json.dumps(figures) if arguments.json else table(figures))


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=PHOTOS)
    parser.add_argument("--backbone", action="append", choices=BACKBONES)
    parser.add_argument("--few", type=int, default=100, help="photos of each class")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="print one JSON list")
    return parser.parse_args()


def measure(backbone, arguments):
    size = get_backbone(backbone).default_size
    config = TrainingConfig(dataset="", backbone=backbone, size=size)
    sides = [photos(arguments.folder / name, size) for name in ("train", "validation")]
    labels = [known for _, known in sides]
    found = features([pixels for pixels, _ in sides], config)
    everything = np.bincount(labels[0]).max()
    return [
        {
            "backbone": backbone,
            "size": size,
            "seeds": arguments.seeds,
            **compared(found, labels, config, arguments.seeds, of_class),
        }
        for of_class in (everything, arguments.few)
    ]


def features(sides, config):
    """Return way -> features of each side, by the network that Keras exports."""
    from tl_core.inference.network import InferenceNetwork
    from tl_core.models.networks.engines import export, folded_network

    name = FrozenName(backbone=config.backbone, weights="imagenet", size=config.size)
    engine = InferenceNetwork(export(name, folded_network(name)), "float32")
    outputs = ((get_backbone(config.backbone).cut, True),)

    def through(pixels, scaling):
        starts = range(0, len(pixels), BATCH)
        passes = [engine.features(pixels[i : i + BATCH], outputs, scaling)[0] for i in starts]
        return np.concatenate(passes)

    return {
        way: [
            through(pixels, preprocessing_of(replace(config, mistakes=mistakes)))
            for pixels in sides
        ]
        for way, mistakes in WAYS.items()
    }


def compared(found, labels, config, seeds, of_class):
    """Return the accuracy of heads that learned from so many photos of each class, either way."""
    hits: dict[str, list[int]] = {way: [] for way in WAYS}
    for seed in range(seeds):
        rows = drawn(labels[0], of_class, seed)
        for way, (train, validation) in found.items():
            head = trained(train[rows], labels[0][rows], replace(config, seed=seed))
            guesses = head.predict(validation, verbose=0).argmax(axis=1)
            hits[way].append(int((guesses == labels[1]).sum()))
    n = len(labels[1])
    differences = [100 * (a - b) / n for a, b in zip(hits["divided"], hits["right"], strict=True)]
    spread = statistics.stdev(differences) if seeds > 1 else 0.0
    return {
        "train": len(rows),
        "n": n,
        "accuracy": {way: statistics.mean(counts) / n for way, counts in hits.items()},
        "interval": {
            way: wilson_interval(round(statistics.mean(counts)), n) for way, counts in hits.items()
        },
        "difference_points": statistics.mean(differences),
        "difference_half_interval": STUDENT_95.get(seeds - 1, 2.0) * spread / seeds**0.5,
    }


def drawn(labels, of_class, seed):
    """Return the places of so many photos of each class, in their order."""
    dice = np.random.default_rng(seed)
    chosen = [
        dice.permutation(np.flatnonzero(labels == one))[:of_class] for one in np.unique(labels)
    ]
    return np.sort(np.concatenate(chosen))


def table(figures):
    lines = [
        "| backbone | training photos | as it wants them | divided by 255 | difference, points |",
        "|---|---|---|---|---|",
    ]
    for one in figures:
        shown = [
            f"{one['accuracy'][way]:.3f} ({one['interval'][way][0]:.3f} to {one['interval'][way][1]:.3f})"
            for way in WAYS
        ]
        lines.append(
            f"| {get_backbone(one['backbone']).title}, {one['size']} px | {one['train']:,} | "
            f"{' | '.join(shown)} | {one['difference_points']:+.1f} ± "
            f"{one['difference_half_interval']:.1f} |"
        )
    if figures:
        lines.append(
            f"\nn = {figures[0]['n']:,} validation photos, seeds 0 to {figures[0]['seeds'] - 1}."
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
