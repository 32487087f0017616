"""How long does it take to import very many small photos, or to look at them before, and how much memory?

    python -m benchmarks.imports [--json] [--photos 60000] [--repeats 1] [--only WORD]

JPEG and PNG files of 32 x 32 pixels, all different, in ten class folders: as a folder, as a zip that only
holds them together, and as one that packs them. "look" is what is done before somebody is asked whether the
photos are to be imported; "photos" are 4,000 JPEG of 500 x 375 pixels and some 40 kB.

Every import and look runs in a fresh process, which has opened an image before, and reports to a run as the
jobs do. "added" is the peak of its resident memory above what it
had then. "times sha256sum" compares the seconds with those that ``sha256sum`` takes for the same files in
the same minute, "processor" is how long the process really ran, and "load" the machine's: of several repeats
the fastest is shown.

What one import has written is left there until all are done: where many files have just been deleted, ext4
takes up to ten times as long to make new ones. Linux only: the figures are the kernel's own.
"""

import argparse
import io
import json
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.large_images import PROJECT, memory

SIDE = 32
CLASSES = 10
LARGER, LARGER_SIZE = 4000, (500, 375)
WAYS = {"folder": "photos", "zip, stored": "stored.zip", "zip, deflated": "deflated.zip"}
LOOKS = {
    "look, stored": "stored.zip",
    "look, deflated": "deflated.zip",
    "look, photos": "larger.zip",
}
METHODS = {"stored.zip": zipfile.ZIP_STORED, "deflated.zip": zipfile.ZIP_DEFLATED}
LIMITS = {"TL_MAX_DATASET_FILES": "1000000", "TL_MAX_DATASET_MB": "9000"}


def main():
    arguments = read_arguments()
    if arguments.source:
        return print(json.dumps(measure(arguments.source, look=arguments.look)))
    ways = {way: name for way, name in (WAYS | LOOKS).items() if arguments.only in way}
    with tempfile.TemporaryDirectory() as folder:
        make_photos(Path(folder), arguments.photos)
        if "larger.zip" in ways.values():
            make_larger(Path(folder, "larger.zip"))
        figures = {
            way: fastest(Path(folder), name, arguments.repeats, look=way in LOOKS)
            for way, name in ways.items()
        }
    print(json.dumps(figures) if arguments.json else table(figures))


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--photos", type=int, default=60_000)
    parser.add_argument("--repeats", type=int, default=1, help="of which the fastest is shown")
    parser.add_argument("--only", default="", help="ways whose name holds this")
    parser.add_argument("--source", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--look", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def make_photos(folder, count):
    """Write the photos into ``photos``, and beside it the zips that hold them."""
    for label in range(CLASSES):
        Path(folder, "photos", f"class {label}").mkdir(parents=True)
    zips = [zipfile.ZipFile(folder / name, "w", method) for name, method in METHODS.items()]
    for number in range(count):
        kind = ("JPEG", "PNG")[number % 2]
        pixels = np.random.default_rng(number).integers(0, 256, (SIDE, SIDE, 3), np.uint8)
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, kind)
        # Of each class half are of one kind, half of the other.
        name = f"class {number // 2 % CLASSES}/{number}.{kind.lower()}"
        Path(folder, "photos", name).write_bytes(file.getvalue())
        for archive in zips:
            archive.writestr(name, file.getvalue())
    for archive in zips:
        archive.close()


def make_larger(path):
    """Write a zip of photos as telephones send them, in two classes: smooth, with a little noise."""
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(LARGER):
            generator = np.random.default_rng(number)
            coarse = generator.integers(0, 256, (24, 32, 3), np.uint8)
            smooth = np.asarray(
                Image.fromarray(coarse).resize(LARGER_SIZE, Image.Resampling.BICUBIC)
            )
            noise = generator.integers(-9, 10, smooth.shape, np.int16)
            file = io.BytesIO()
            pixels = np.clip(smooth + noise, 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(file, "JPEG", quality=75)
            archive.writestr(f"{('cats', 'dogs')[number % 2]}/{number}.jpg", file.getvalue())


def fastest(folder, name, repeats, *, look):
    """Return the figures of the fastest import of, or look at, what is called `name` in `folder`."""
    found = []
    for _ in range(repeats):
        hashing = seconds_to_hash(folder / "photos")
        figures = in_fresh_process(folder, name, ["--look"] if look else [])
        ratio = round(figures["seconds"] / hashing, 1)
        load = round(os.getloadavg()[0], 1)
        found.append(figures | {"sha256sum": round(hashing, 1), "ratio": ratio, "load": load})
    return min(found, key=lambda one: one["seconds"])


def seconds_to_hash(folder):
    names = b"\0".join(os.fsencode(path) for path in folder.rglob("*") if path.is_file())
    started = time.monotonic()
    subprocess.run(["xargs", "-0", "sha256sum"], input=names, stdout=subprocess.DEVNULL, check=True)
    return time.monotonic() - started


def in_fresh_process(folder, name, options):
    data = tempfile.mkdtemp(dir=folder)
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.imports", "--source", str(folder / name), *options],
        cwd=PROJECT,
        env={**os.environ, **LIMITS, "TL_DATA_DIR": data},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def measure(source, *, look):
    """Return the megabytes and seconds of importing, or looking at, a folder or a zip in this process."""
    from tl_core import runs
    from tl_core.datasets.bringing.archive import Scan, import_archive, scan_archive
    from tl_core.datasets.bringing.importer import folder_entries, import_entries
    from tl_core.datasets.catalogue import read_photo
    from tl_core.images import model_input
    from tl_core.runs.reporting import Reporter

    model_input(read_photo("coffee"), "coffee", 160)
    report = Reporter(runs.open_run("import", {"sha256": "0" * 64, "title": "many"}), "import")
    before = memory()["RSS"]
    Path("/proc/self/clear_refs").write_text("5")  # the peak so far is forgotten
    started, used = time.monotonic(), time.process_time()
    if look:
        found = scan_archive(source, "many", report)
        assert isinstance(found, Scan)
        plan = found.plan
        count = sum(cell.count for cell in plan.reading().cells)
        assert count == plan.files, plan.left_out
    else:
        if source.is_dir():
            dataset = import_entries(folder_entries(source), "many", report)
        else:
            dataset = import_archive(source, "many", report)
        count = len(dataset.images)
        assert not dataset.skipped, dataset.skipped[:3]
    seconds, used = time.monotonic() - started, time.process_time() - used
    return {
        "images": count,
        "before": before,
        "added": memory()["HWM"] - before,
        "seconds": round(seconds, 1),
        "processor": round(used, 1),
    }


def table(figures):
    lines = [
        f"{'':16}{'images':>8}{'MB before':>11}{'MB added':>10}{'seconds':>9}{'processor':>11}"
        f"{'times sha256sum':>17}{'load':>6}"
    ]
    lines += [
        f"{way:16}{row['images']:8}{row['before']:11}{row['added']:10}{row['seconds']:9}"
        f"{row['processor']:11}{row['ratio']:17}{row['load']:6}"
        for way, row in figures.items()
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
