"""Does the lab notice that a photo shows none of the classes?

    python -m benchmarks.none_of_these [FOLDER] [--others FOLDER] [--photos 300] [--seed 0] [--measures]
        [--json]

FOLDER has ``train`` and ``validation`` with a folder for each class (by default 2,000 + 1,000 photos of cats
and dogs); the other folder has one for each kind of photos that show something else, see `other_photos`.
Heads are trained with `TrainingConfig`'s defaults, and then the very questions of the prediction page are
asked: `nearness`, and the largest probability of `predict` for comparison. Every figure is for photos that
the network did not learn from.

AUROC is the share of pairs, one photo of the classes and one of others, in which the other is the stranger;
a tie is half. Its 95 % interval is from 2,000 bootstrap draws of both sides, with the seed. Shares of
photos that are called something have Wilson's interval. ``--measures`` compares ways to measure a distance
instead, on all photos that there are.
"""

import argparse
import json
import os
import tempfile
import time
from itertools import chain
from pathlib import Path

import numpy as np

PHOTOS = Path(
    os.environ.get("TL_BENCH_DATA")
    or Path(__file__).parents[2] / "shared" / "data" / "cats_and_dogs_small"
)
DRAWS = 2000
SIDE = 160
LEFT_OUT = "vehicles"


def main():
    arguments = read_arguments()
    with tempfile.TemporaryDirectory() as temporary:
        os.environ["TL_DATA_DIR"] = temporary
        figures = compare_measures(arguments) if arguments.measures else measure(arguments)
    shown = measures_table if arguments.measures else table
    print(json.dumps(figures) if arguments.json else shown(figures))


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=PHOTOS)
    parser.add_argument("--others", type=Path, help="a folder for each kind of other photos")
    parser.add_argument("--photos", type=int, default=300, help="of each side, at most")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--measures", action="store_true", help="compare distances")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser.parse_args()


def measure(arguments):
    """Return a row for each network and kind of other photos."""
    from tl_core.datasets.catalogue import get_dataset

    random = np.random.default_rng(arguments.seed)
    emoji = get_dataset("emoji")
    drawn = {name: of_class(emoji, label) for label, name in enumerate(emoji.class_names)}
    found = read_folders(arguments.others) if arguments.others else {}
    if found:
        found["all of these"] = list(chain(*found.values()))
    photos = imported(arguments.folder, "Photos")
    kept = {name: files for name, files in drawn.items() if name != LEFT_OUT}
    cases = [
        (f"{photos.title}, all", photos, found | {"emoji": list(chain(*drawn.values()))}),
        (f"{photos.title}, 20 a class", few(arguments.folder, 20, random), found),
        ("Emoji", emoji, found | {"photos": held_out(photos)}),
        (f"Emoji without {LEFT_OUT}", of_files(kept, "Few emoji"), {LEFT_OUT: drawn[LEFT_OUT]}),
    ]
    return [
        row
        for title, dataset, others in cases
        for row in judge(title, dataset, others, arguments, random)
    ]


def judge(title, dataset, others, arguments, random):
    run, seconds = trained(dataset)
    inside = answers(run, draw(held_out(dataset, run.settings), arguments.photos, random))
    for kind, files in others.items():
        outside = answers(run, draw(files, arguments.photos, random))
        yield {
            "network": title,
            "others": kind,
            "n_inside": len(inside),
            "n_outside": len(outside),
            "nearness": auroc([one[0] for one in inside], [one[0] for one in outside], random),
            "softmax": auroc([-one[1] for one in inside], [-one[1] for one in outside], random),
            "none_inside": share(one[2] == "none" for one in inside),
            "none_outside": share(one[2] == "none" for one in outside),
            "first_seconds": seconds,
        }


def trained(dataset):
    """Return a finished training, and the seconds that its first question takes."""
    from tl_core.answers.nearest import nearness
    from tl_core.models.fitting.training import run_training
    from tl_core.training import TrainingConfig, open_training

    run = open_training(
        TrainingConfig(dataset=dataset.id, fingerprint=dataset.fingerprint, size=SIDE)
    )
    run_training(run)
    began = time.perf_counter()
    nearness(run.id, np.zeros((SIDE, SIDE, 3), np.uint8))
    return run, time.perf_counter() - began


def answers(run, files):
    """Return (distance, largest probability, verdict) for each photo."""
    from tl_core import images
    from tl_core.answers.nearest import nearness
    from tl_core.answers.prediction import predict

    found = []
    for data in files:
        pixels = images.model_input(data, "photo", SIDE)
        near = nearness(run.id, pixels)
        found.append((near.distance, max(predict(run.id, pixels).shares), near.verdict))
    return found


def auroc(inside, outside, random):
    """Return the area under the curve with its 95 % interval."""
    stranger = np.subtract.outer(np.array(outside), np.array(inside))
    wins = (stranger > 0) + 0.5 * (stranger == 0)
    areas = []
    for _ in range(DRAWS):
        rows = random.integers(0, len(outside), len(outside))
        columns = random.integers(0, len(inside), len(inside))
        areas.append(wins[np.ix_(rows, columns)].mean())
    low, high = np.quantile(areas, [0.025, 0.975])
    return {"area": float(wins.mean()), "low": float(low), "high": float(high)}


def share(flags):
    from tl_core.statistics import Proportion

    found = list(flags)
    return Proportion(correct=sum(found), n=len(found)).as_json()


def draw(files, most, random):
    """Return at most so many of `files`, drawn without repetition."""
    return [files[place] for place in random.permutation(len(files))[:most]]


def read_folders(folder):
    return {
        kind.name: [path.read_bytes() for path in sorted(kind.iterdir())]
        for kind in sorted(folder.iterdir())
        if kind.is_dir()
    }


def compare_measures(arguments):
    """Return the AUROC of several distances: of all held-out photos and all others, for two training sets."""
    random = np.random.default_rng(arguments.seed)
    others = features(list(chain(*read_folders(arguments.others).values())))
    found = []
    for title, dataset in (
        ("all", imported(arguments.folder, "Photos")),
        ("20 a class", few(arguments.folder, 20, random)),
    ):
        rows = features(trained_on(dataset))
        inside = features(held_out(dataset))
        for name, distance in distances(rows).items():
            area = auroc(distance(inside), distance(others), random)
            counts = {"n_inside": len(inside), "n_outside": len(others)}
            found.append({"training": title, "distance": name, **counts, "nearness": area})
    return found


def distances(rows):
    """Return by name what measures how far other rows are from these."""

    def nearest(scaled, count):
        def distance(others):
            one, other = scaled(rows), scaled(others)
            squares = (other**2).sum(1)[:, None] + (one**2).sum(1) - 2 * other @ one.T
            return np.partition(squares, count - 1, axis=1)[:, :count].mean(1)

        return distance

    def direction(values):
        return values / np.linalg.norm(values, axis=1, keepdims=True)

    mean, deviation = rows.mean(0), rows.std(0) + 1e-6
    covariance = np.cov(rows.T)
    shrunk = 0.9 * covariance + 0.1 * np.trace(covariance) / len(covariance) * np.eye(
        len(covariance)
    )
    precision = np.linalg.inv(shrunk)
    return {
        **{f"cosine, {count} nearest": nearest(direction, count) for count in (1, 3, 5, 10, 25)},
        "cosine of standardised features, 5 nearest": nearest(
            lambda values: direction((values - mean) / deviation), 5
        ),
        "Euclid, 5 nearest": nearest(lambda values: values, 5),
        "Mahalanobis, one mean": lambda others: np.einsum(
            "ni,ij,nj->n", others - mean, precision, others - mean
        ),
    }


def features(files):
    """Return what the built-in backbone makes of photos: ``(n, channels) float64``."""
    from tl_core import images
    from tl_core.answers.networks import extractor

    network = extractor("efficientnet-lite0", "imagenet", SIDE, "gap")
    found = []
    for start in range(0, len(files), 64):
        some = [images.model_input(data, "photo", SIDE) for data in files[start : start + 64]]
        found.append(network(np.stack(some)))
    return np.concatenate(found).astype(np.float64)


def trained_on(dataset):
    from tl_core.datasets.splits import split

    sides = split(dataset, validation=0.2, seed=0)
    return [dataset.read(dataset.images[row]) for row in sides.train]


def imported(folder, title):
    from tl_core.datasets.bringing.importer import folder_entries, import_entries

    return import_entries(folder_entries(folder), title, lambda *_: None)


def few(folder, count, random):
    """Return a dataset of a few training photos of each class, and as many that are held out."""
    classes = {}
    for kind in sorted((folder / "train").iterdir()):
        files = [path.read_bytes() for path in sorted(kind.iterdir())]
        classes[kind.name] = draw(files, 2 * count, random)
    with tempfile.TemporaryDirectory() as temporary:
        for name, files in classes.items():
            for part, some in (("train", files[:count]), ("validation", files[count:])):
                write(Path(temporary) / part / name, some)
        return imported(Path(temporary), "Few photos")


def of_files(classes, title):
    with tempfile.TemporaryDirectory() as temporary:
        for name, files in classes.items():
            write(Path(temporary) / name, files)
        return imported(Path(temporary), title)


def write(folder, files):
    folder.mkdir(parents=True)
    for number, data in enumerate(files):
        (folder / f"{number:04}.jpg").write_bytes(data)  # what it is says its first bytes


def of_class(dataset, label):
    return [dataset.read(one) for one in dataset.images if one.label == label]


def held_out(dataset, config=None):
    """Return the validation photos: of a training's split, or as the dataset brings them."""
    from tl_core.datasets.splits import split

    part, seed = (config.validation, config.seed) if config else (0.2, 0)
    sides = split(dataset, validation=part, seed=seed)
    return [dataset.read(dataset.images[row]) for row in sides.validation]


def table(figures):
    lines = [
        "| network | other photos | n | AUROC, nearness | AUROC, softmax | the classes called none "
        "| others called none |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in figures:
        areas = [
            f"{row[name]['area']:.3f} ({row[name]['low']:.3f} to {row[name]['high']:.3f})"
            for name in ("nearness", "softmax")
        ]
        shares = [
            f"{row[name]['accuracy']:.1%} ({row[name]['interval'][0]:.1%} to {row[name]['interval'][1]:.1%})"
            for name in ("none_inside", "none_outside")
        ]
        counts = f"{row['n_inside']} + {row['n_outside']}"
        lines.append(
            " | ".join(["| " + row["network"], row["others"], counts, *areas, *shares]) + " |"
        )
    return "\n".join(lines)


def measures_table(figures):
    lines = ["| training photos | distance | n | AUROC |", "|---|---|---|---|"]
    for row in figures:
        counts, area = f"{row['n_inside']} + {row['n_outside']}", row["nearness"]
        interval = f"{area['area']:.3f} ({area['low']:.3f} to {area['high']:.3f})"
        lines.append(f"| {row['training']} | {row['distance']} | {counts} | {interval} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
