"""How much memory do large images take: in the web process, and in a worker that imports them?

    python -m benchmarks.large_images [--json] [--only WORD]

Every case runs in a fresh process, which has opened a small image before. "added" is the peak of its
resident memory above what it had then, "kept" what it still has more when the case is over. The limit of
the lab is 50 megapixels an image; the cases stay just below.

- upload: what the photo picker calls for an uploaded file, one or eight at the same moment;
- import: the job behind Import, with its zip, all threads and the files that it writes;
- check: the job that looks for copies and other faults in that dataset.

Linux only: the figures are the kernel's own, from ``/proc/self``.
"""

import argparse
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

SIDE = 7000
PHOTO = 8000, 6000
PROJECT = Path(__file__).parents[1]


def plain(number):
    return Image.new("RGB", (SIDE, SIDE), (20 * number, 90, 200))


def see_through(number):
    return Image.new("RGBA", (SIDE, SIDE), (20 * number, 90, 200, 128))


def deep(number):
    return Image.fromarray(np.full((SIDE, SIDE), 2000 * number, np.uint16))


def photo(number):
    """Return 48 megapixels of gradients and noise, which take about 10 MB as a JPEG."""
    width, height = PHOTO
    noise = np.random.default_rng(number).integers(0, 45, (height // 2, width // 2, 3), np.uint8)
    fine = Image.fromarray(noise).resize(PHOTO, Image.Resampling.BILINEAR)
    slopes = np.zeros((2, 2, 3), np.uint8)
    slopes[0, 1], slopes[1, 0], slopes[1, 1] = (200, 40, number), (30, 200, 90), (90, 90, 200)
    broad = Image.fromarray(slopes).resize(PHOTO, Image.Resampling.BICUBIC)
    return Image.fromarray(np.asarray(broad) // 2 + np.asarray(fine))


def png(picture):
    return saved(picture, "PNG", compress_level=9)


def jpeg(picture, **options):
    return saved(picture, "JPEG", quality=87, **options)


def progressive(picture):
    return jpeg(picture, progressive=True)


def webp(picture):
    return saved(picture, "WEBP", quality=60, method=0)


def saved(picture, kind, **options):
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


CASES = {
    "upload, 1 plain PNG": ("upload", plain, png, 1),
    "upload, 8 plain PNG": ("upload", plain, png, 8),
    "upload, 8 PNG with alpha": ("upload", see_through, png, 8),
    "upload, 8 PNG of 16 bits": ("upload", deep, png, 8),
    "upload, 8 JPEG": ("upload", photo, jpeg, 8),
    "upload, 8 progressive JPEG": ("upload", photo, progressive, 8),
    "upload, 8 WebP": ("upload", plain, webp, 8),
    "import, 12 plain PNG": ("import", plain, png, 12),
    "import, 16 JPEG": ("import", photo, jpeg, 16),
    "import, 16 progressive JPEG": ("import", photo, progressive, 16),
    "import, 12 WebP": ("import", plain, webp, 12),
    "check, 12 PNG with alpha": ("check", see_through, png, 12),
}


def main():
    arguments = read_arguments()
    if arguments.folder:
        return print(json.dumps(measure(arguments.work, arguments.folder)))
    figures = {}
    for case, (work, picture, save, count) in CASES.items():
        if arguments.only in case:
            files = (save(picture(number)) for number in range(count))
            figures[case] = in_fresh_process(work, files)
    print(json.dumps(figures) if arguments.json else table(figures))


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--only", default="", help="cases whose name holds this")
    parser.add_argument("--work", choices=list(WORK), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def in_fresh_process(work, files):
    """Return the megabytes and seconds that it takes to ``upload``, ``import`` or ``check`` image files."""
    with tempfile.TemporaryDirectory() as folder:
        for number, data in enumerate(files):
            Path(folder, f"{number:02}").write_bytes(data)
        module = [sys.executable, "-m", "benchmarks.large_images"]
        environment = {**os.environ, "TL_DATA_DIR": str(Path(folder, "data"))}
        done = subprocess.run(
            [*module, "--work", work, "--folder", folder],
            cwd=PROJECT,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    return json.loads(done.stdout)


def measure(name, folder):
    work = WORK[name](folder)
    before = memory()["RSS"]
    Path("/proc/self/clear_refs").write_text("5")  # the peak so far is forgotten
    started = time.monotonic()
    work()
    seconds = time.monotonic() - started
    after = memory()
    return {
        "before": before,
        "added": after["HWM"] - before,
        "kept": after["RSS"] - before,
        "seconds": round(seconds, 1),
    }


def memory():
    """Return this process's resident MB, now and at its peak."""
    status = Path("/proc/self/status").read_text()
    return {
        name: int(kilobytes) * 1024 // 10**6
        for name, kilobytes in re.findall(r"Vm(RSS|HWM):\s+(\d+) kB", status)
    }


def prepare_upload(folder):
    from tl_core.datasets.catalogue import read_photo
    from tl_core.ui.photo.followed import own

    own(read_photo("coffee"), "coffee", "")
    paths = [path for path in sorted(folder.iterdir()) if path.is_file()]
    ready = threading.Barrier(len(paths))

    def upload(path):
        data = path.read_bytes()
        ready.wait()
        own(data, path.name, path.name)

    threads = [threading.Thread(target=upload, args=(path,)) for path in paths]

    def work():
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return work


def prepare_import(folder):
    from tl_core import files, runs
    from tl_core.datasets.bringing.waiting import upload_path
    from tl_core.datasets.catalogue import get_dataset, read_photo
    from tl_core.datasets.jobs import RESULT, run_import
    from tl_core.images import model_input

    model_input(read_photo("coffee"), "coffee", 160)
    paths = [path for path in sorted(folder.iterdir()) if path.is_file()]
    run = runs.open_run("import", {"sha256": hashlib.sha256(b"").hexdigest(), "title": "large"})
    files.write_bytes(upload_path(run), b"")
    with zipfile.ZipFile(upload_path(run), "w") as archive:
        for number, path in enumerate(paths):
            archive.write(path, f"{'ab'[number % 2]}/{path.name}.jpg")

    def work():
        run_import(run)
        dataset = get_dataset(run.read(RESULT, dict)["dataset"])
        assert len(dataset.images) == len(paths), dataset.skipped

    return work


def prepare_check(folder):
    from tl_core import runs
    from tl_core.datasets.catalogue import list_datasets
    from tl_core.datasets.job_configs import InspectConfig
    from tl_core.datasets.jobs import run_inspect

    prepare_import(folder)()
    (made,) = (summary for summary in list_datasets() if not summary.built_in)
    config = InspectConfig(dataset=made.id, validation=0.2, test=0.0, seed=1)
    run = runs.open_job(config)
    return lambda: run_inspect(run)


WORK = {"upload": prepare_upload, "import": prepare_import, "check": prepare_check}


def table(figures):
    lines = [f"{'MB':32}{'before':>8}{'added':>8}{'kept':>8}{'seconds':>9}"]
    lines += [
        f"{case:32}{row['before']:8}{row['added']:8}{row['kept']:8}{row['seconds']:9}"
        for case, row in figures.items()
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
