"""How many photos a second does the job ``score`` look at, and who has to wait for it?

    python -m benchmarks.many [FOLDER] [--json] [--photos 500] [--backbone efficientnet-lite0] [--size 160]

A zip of the folder's photos goes through a trained network in a real engine, its workers niced, as when
somebody brings it on the page. The network is trained on a few of the photos; one small job goes before,
so that Keras is loaded and the network is built.

- rate: photos a second, from the click to the finished table;
- first: seconds until the first progress;
- memory: MB by which the peak of the worker's resident memory lies above what it had before;
- question: median milliseconds of a prediction of one photo while nothing else runs, and while the job does;
- stop: seconds from Stop to the word "cancelled";
- training: seconds that the same job takes while a training runs, which it does not wait for.

Linux only: the memory is the kernel's own figure.
"""

import argparse
import io
import json
import os
import statistics
import tempfile
import threading
import time
import zipfile
from pathlib import Path

import psutil

from benchmarks.trainings import CLOSE_LOOK_SECONDS, ready_engine, train
from tl_core import files, images, runs
from tl_core.datasets.bringing.importer import folder_entries, import_entries
from tl_core.datasets.bringing.waiting import upload_path
from tl_core.datasets.job_configs import ScoreConfig
from tl_core.engine.questions import PREDICT
from tl_core.exports import trained_mark
from tl_core.runs.snapshots import JobState, snapshot
from tl_core.training import TrainingConfig

PHOTOS = Path(__file__).parents[2] / "shared" / "data" / "cats_and_dogs"
LEARNED = 60
WARM = 40
SECONDS = 900


def main():
    arguments = read_arguments()
    with tempfile.TemporaryDirectory() as temporary:
        os.environ["TL_DATA_DIR"] = temporary
        with ready_engine() as engine:
            figures = measure(engine, arguments)
    print(json.dumps(figures) if arguments.json else table(figures))


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=PHOTOS, help="of photos")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--photos", type=int, default=500, help="repeated where there are fewer")
    parser.add_argument("--backbone", default="efficientnet-lite0")
    parser.add_argument("--size", type=int, default=160)
    parser.add_argument("--repeats", type=int, default=3)
    return parser.parse_args()


def measure(engine, arguments):
    photos = [(entry.name, entry.read()) for entry in folder_entries(arguments.folder)]
    network = train_few(engine, arguments)
    score(engine, network, photos, WARM)
    pixels = images.model_input(photos[0][1], "photo", arguments.size)
    idle = questions(engine, network, pixels, seconds=3)
    worker = the_worker(engine)
    before = reset_peak(worker)
    alone = [
        score(engine, network, photos, arguments.photos, again=again)
        for again in range(arguments.repeats)
    ]
    memory = peak(worker) - before
    run = begin(engine, network, photos, arguments.photos, again="asked")
    busy = questions(engine, network, pixels, run=run)
    run = begin(engine, network, photos, 4 * arguments.photos, again="stopped")
    stop = stopped(engine, run)
    rates = [arguments.photos / seconds for seconds, _ in alone]
    return {
        "rate": statistics.median(rates),
        "rates": rates,
        "first": statistics.median(first for _, first in alone),
        "memory": memory,
        "question_idle": idle,
        "question_busy": busy,
        "stop": stop,
        "training": beside_training(engine, network, photos, arguments),
    }


def train_few(engine, arguments, **changes):
    entries = folder_entries(arguments.folder)
    some = entries[:: max(1, len(entries) // LEARNED)]
    dataset = import_entries(some, "Photos", lambda *_: None)
    config = TrainingConfig(
        dataset=dataset.id, backbone=arguments.backbone, size=arguments.size, epochs=3, **changes
    )
    return train(engine, config, look_seconds=CLOSE_LOOK_SECONDS)


def begin(engine, network, photos, count, again=0):
    """Queue a job about `count` photos; no two have the same archive, so that each is looked at anew."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number in range(count):
            name, data = photos[number % len(photos)]
            archive.writestr(f"{again}-{number:05}/{name}", data)
    digest = files.sha256_of_json([again, count])
    config = ScoreConfig(
        sha256=digest, title="photos", run=network.id, trained=trained_mark(network)
    )
    run = runs.open_job(config)
    files.write_bytes(upload_path(run), packed.getvalue())
    engine.submit(run)
    return run


def score(engine, network, photos, count, again="warm"):
    """Return the seconds that a job took, and those until its first progress."""
    run = begin(engine, network, photos, count, again)
    started = time.monotonic()
    first = None
    while (shot := snapshot(run)).state.live:
        if first is None and any(phase.done for phase in shot.phases):
            first = time.monotonic() - started
        time.sleep(0.01)
    assert shot.state is JobState.DONE, shot.error
    return time.monotonic() - started, first


def questions(engine, network, pixels, *, seconds=None, run=None):
    """Return the median milliseconds of a prediction, asked for so long or while a job runs."""
    deadline = time.monotonic() + (seconds or SECONDS)
    found = []
    while time.monotonic() < deadline and (run is None or snapshot(run).state.live):
        started = time.monotonic()
        engine.ask(PREDICT, seconds=60, run_id=network.id, pixels=pixels)
        found.append(1000 * (time.monotonic() - started))
        time.sleep(0.1)
    return statistics.median(found)


def stopped(engine, run):
    while not any(phase.done for phase in snapshot(run).phases):
        time.sleep(0.02)
    started = time.monotonic()
    engine.cancel(run)
    while snapshot(run).state.live:
        time.sleep(0.02)
    return time.monotonic() - started


def beside_training(engine, network, photos, arguments):
    thread = threading.Thread(
        target=train_few, args=[engine, arguments], kwargs={"unfrozen": 5, "seed": 1}
    )
    thread.start()
    while not engine.status.running:
        time.sleep(0.02)
    seconds, _ = score(engine, network, photos, arguments.photos, again="beside")
    trained_meanwhile = thread.is_alive()
    thread.join()
    return {"seconds": seconds, "first": trained_meanwhile}


def the_worker(engine):
    """Return the process of the worker that predicts."""
    client = engine._connection.client
    workers = client.scheduler_info(n_workers=-1)["workers"].items()
    address = next(address for address, info in workers if "score" in info["resources"])
    return psutil.Process(client.run(os.getpid, workers=[address])[address])


def reset_peak(process):
    Path(f"/proc/{process.pid}/clear_refs").write_text("5")
    return peak(process)


def peak(process):
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1000


def table(figures):
    beside = figures["training"]
    return "\n".join(
        [
            f"rate      {figures['rate']:6.0f} photos/s   {[round(rate) for rate in figures['rates']]}",
            f"first     {figures['first']:6.2f} s",
            f"memory    {figures['memory']:6.0f} MB above",
            f"question  {figures['question_idle']:6.0f} ms idle, {figures['question_busy']:.0f} ms beside",
            f"stop      {figures['stop']:6.2f} s",
            f"training  {beside['seconds']:6.1f} s beside, before its end: {beside['first']}",
        ]
    )


if __name__ == "__main__":
    main()
