"""Does a head learn as well on bfloat16 features as on float32 ones?

    python -m benchmarks.precision [FOLDER] [--backbone efficientnet-lite0] [--size 160] [--weights FILE]
                                   [--seeds 5] [--json]

FOLDER holds ``train`` and ``validation``, each with a folder for each class; by default 2,000 + 1,000 photos
of cats and dogs. All photos go through the exported network in both precisions, then heads with
`TrainingConfig`'s defaults learn on either: the same beginning, the same order of batches, so that a seed is
a pair. Accuracy is that of the last epoch on the validation photos. The interval is that of the mean
difference over the seeds (Student, 95 %); ``disputed`` counts the answers that are right in one precision
only. The third line judges the heads of bfloat16 on float32 features, as a network that was taken home has
them.

``--weights`` names a file for ``load_weights``, where the published one is not here. `BackboneSpec.bfloat16`
says for which backbones this came out well.
"""

import argparse
import json
import os
import statistics
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np

from tl_core import images
from tl_core.backbones import get_backbone
from tl_core.inference.exported import FrozenName
from tl_core.statistics import wilson_interval
from tl_core.training import TrainingConfig

PHOTOS = Path(__file__).parents[2] / "shared" / "data" / "cats_and_dogs_small"
PRECISIONS = ("float32", "bfloat16")
STUDENT_95 = {
    1: 12.706,
    2: 4.303,
    3: 3.182,
    4: 2.776,
    5: 2.571,
    6: 2.447,
    7: 2.365,
    8: 2.306,
    9: 2.262,
}
BATCH = 32


def main():
    arguments = read_arguments()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with tempfile.TemporaryDirectory() as temporary:
        os.environ["TL_DATA_DIR"] = temporary
        figures = measure(arguments)
    print(json.dumps(figures) if arguments.json else table(figures))


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=PHOTOS)
    parser.add_argument("--backbone", default="efficientnet-lite0")
    parser.add_argument("--size", type=int, help="default: that of the backbone")
    parser.add_argument("--weights", type=Path, help="file for load_weights")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser.parse_args()


def measure(arguments):
    size = arguments.size or get_backbone(arguments.backbone).default_size
    config = TrainingConfig(dataset="", backbone=arguments.backbone, size=size)
    sides = [photos(arguments.folder / name, size) for name in ("train", "validation")]
    found = features([pixels for pixels, _ in sides], config, arguments.weights)
    labels = [known for _, known in sides]
    right: dict[str, list[np.ndarray]] = {}
    for seed in range(arguments.seeds):
        for precision in PRECISIONS:
            head = trained(found[precision][0], labels[0], replace(config, seed=seed))
            for judged in PRECISIONS if precision == "bfloat16" else PRECISIONS[:1]:
                guesses = head.predict(found[judged][1], verbose=0).argmax(axis=1)
                right.setdefault(f"{precision} on {judged}", []).append(guesses == labels[1])
    exact, rounded = (np.concatenate(found[precision]) for precision in PRECISIONS)
    cosines = (exact * rounded).sum(1) / np.sqrt((exact**2).sum(1) * (rounded**2).sum(1))
    return {
        "backbone": arguments.backbone,
        "size": size,
        "train": len(labels[0]),
        "validation": len(labels[1]),
        "seeds": arguments.seeds,
        "cosine_mean": float(cosines.mean()),
        "cosine_lowest": float(cosines.min()),
        "heads": {name: summary(hits, right["float32 on float32"]) for name, hits in right.items()},
    }


def summary(hits, exact):
    """Return the accuracy of some heads, and how it differs from those of float32, in points."""
    differences = [100 * float(a.mean() - b.mean()) for a, b in zip(hits, exact, strict=True)]
    count, n = int(np.sum(hits)), sum(map(len, hits))
    spread = statistics.stdev(differences) if len(differences) > 1 else 0.0
    half = STUDENT_95.get(len(hits) - 1, 2.0) * spread / len(hits) ** 0.5
    return {
        "correct": count,
        "n": n,
        "interval": wilson_interval(count, n),
        "difference_points": statistics.mean(differences),
        "difference_half_interval": half,
        "disputed": int(sum((a != b).sum() for a, b in zip(hits, exact, strict=True))),
    }


def photos(folder, size):
    """Return pixels and labels of a folder of class folders."""
    classes = sorted(path for path in folder.iterdir() if path.is_dir())
    paths = [(path, label) for label, one in enumerate(classes) for path in sorted(one.iterdir())]

    def read(pair):
        return images.model_input(pair[0].read_bytes(), pair[0].name, size)

    with ThreadPoolExecutor(2) as pool:
        pixels = np.stack(list(pool.map(read, paths)))
    return pixels, np.array([label for _, label in paths], np.int64)


def features(sides, config, weights):
    """Return precision -> features of each side, by the network that Keras exports."""
    from tl_core.inference.network import InferenceNetwork
    from tl_core.models.networks.backbones import build_backbone, fold_batch_norm
    from tl_core.models.networks.engines import export

    kind = "random" if weights else "imagenet"
    network = build_backbone(config.backbone, config.size, kind)
    if weights:
        network.load_weights(weights)
    name = FrozenName(backbone=config.backbone, weights=kind, size=config.size)
    exported = export(name, fold_batch_norm(network))
    spec = get_backbone(config.backbone)
    found = {}
    for precision in PRECISIONS:
        engine = InferenceNetwork(exported, precision)
        found[precision] = [
            np.concatenate(
                [
                    engine.features(
                        pixels[start : start + BATCH], ((spec.cut, True),), spec.preprocessing
                    )[0]
                    for start in range(0, len(pixels), BATCH)
                ]
            )
            for pixels in sides
        ]
    return found


def trained(rows, labels, config):
    """Return a head that has learned on some features as a training of the lab does."""
    from tl_core.models.features.rows import Part, training_batches
    from tl_core.models.networks.heads import build_head, compile_head

    head = build_head(config, rows.shape[1:], int(labels.max()) + 1)
    compile_head(head, config)
    part = Part(features=rows, labels=labels)
    batches = training_batches(
        part, batch=config.batch, seed=config.seed, epochs=range(config.epochs)
    )
    steps = -(-len(labels) // config.batch) * config.epochs
    head.fit(batches, steps_per_epoch=steps, shuffle=False, verbose=0)
    return head


def table(figures):
    lines = [
        "{backbone} {size} px, {train} + {validation} photos, {seeds} seeds; cosine mean {cosine_mean:.5f}, "
        "lowest {cosine_lowest:.5f}".format(**figures),
        f"{'learned on, judged on':26}{'correct':>16}{'accuracy':>10}{'95 % interval':>16}"
        f"{'difference, points':>24}{'disputed':>10}",
    ]
    for name, one in figures["heads"].items():
        low, high = one["interval"]
        difference = f"{one['difference_points']:+.2f} ± {one['difference_half_interval']:.2f}"
        lines.append(
            f"{name:26}{one['correct']:>8} of {one['n']:<5}{one['correct'] / one['n']:10.2%}"
            f"{low:>9.1%}-{high:.1%}{difference:>23}{one['disputed']:>10}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
