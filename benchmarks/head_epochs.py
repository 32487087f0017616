"""How long does an epoch of a head take on stored features, and what does the process hold meanwhile?

    python -m benchmarks.head_epochs [--rows 81 6000 40000 60000] [--epochs 5] [--times 3]

For each number of rows a fresh process trains the usual head on as many rows of 1,280 numbers,
and judges every epoch on a quarter as many: milliseconds an epoch, judging and checkpoint counted, of the
fastest and the slowest of the trainings after the first, and the most memory that the process had to itself
while it trained (MB, looked at fifty times a second), beside what it had before.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time

CHANNELS, CLASSES = 1280, 10
LOOK_SECONDS = 0.02


def main():
    arguments = read_arguments()
    print("| rows | ms an epoch | MB before | MB at most |")
    print("|---|---|---|---|")
    for rows in arguments.rows:
        numbers = f"{rows}, {arguments.epochs}, {arguments.times}"
        code = f"from benchmarks import head_epochs; head_epochs.live({numbers})"
        with tempfile.TemporaryDirectory() as folder:
            environment = os.environ | {"TL_DATA_DIR": folder, "TF_CPP_MIN_LOG_LEVEL": "3"}
            command = [sys.executable, "-c", code]
            run = subprocess.run(
                command, env=environment, stdout=subprocess.PIPE, text=True, check=True
            )
        print(run.stdout.splitlines()[-1], flush=True)


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", nargs="+", type=int, default=[81, 6000, 40000, 60000])
    parser.add_argument("--epochs", type=int, default=5, help="of each training")
    parser.add_argument("--times", type=int, default=3, help="trainings after the first one")
    return parser.parse_args()


def live(rows, epochs, times):
    """Train in this process, and print a line of the table."""
    from tl_core.machine import memory

    memory.keep_until_asked()  # as in a classroom's workers
    train, validation = part(rows), part(max(rows // 4, CLASSES))
    trained(train, validation, epochs, seed=0)  # loads what Keras needs
    memory.tidy()
    before = most = memory.held()
    ended = threading.Event()

    def look():
        nonlocal most
        while not ended.wait(LOOK_SECONDS):
            most = max(most, memory.held())

    watching = threading.Thread(target=look)
    watching.start()
    spent = [trained(train, validation, epochs, seed=number + 1) for number in range(times)]
    ended.set()
    watching.join()
    each = sorted(1000 * seconds / epochs for seconds in spent)
    megabytes = f"{before / 1e6:.0f} | {most / 1e6:.0f}"
    print(f"| {rows:,} | {each[0]:.0f} to {each[-1]:.0f} | {megabytes} |")


def part(count):
    """Return random rows, where those of a training are: in memory, or many of them in a file."""
    import numpy as np

    from tl_core import settings
    from tl_core.machine.large_arrays import array_to_fill
    from tl_core.models.features.rows import Part

    random = np.random.default_rng(count)
    rows = array_to_fill((count, CHANNELS), settings.current().data_dir)
    for start in range(0, count, 1000):
        block = rows[start : start + 1000]
        block[:] = random.normal(size=block.shape)
    return Part(features=rows, labels=random.integers(0, CLASSES, count))


def trained(train, validation, epochs, *, seed):
    """Train a head as a job does; returns the seconds."""
    from tl_core import runs
    from tl_core.models.fitting.phase import Phase, fit
    from tl_core.models.networks.heads import build_head
    from tl_core.training import TrainingConfig

    config = TrainingConfig(dataset="rows", epochs=epochs, seed=seed)
    run = runs.open_job(config)
    head = build_head(config, (CHANNELS,), CLASSES)
    began = time.perf_counter()
    phase = Phase(name="head", epochs=epochs, rate=config.learning_rate)
    fit(run, config, phase, head, train=train, validation=validation)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
