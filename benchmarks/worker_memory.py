"""What does a worker hold: libraries, a network, what passes through it, and what trainings leave?

    python -m benchmarks.worker_memory [--json] [--trainings 5] [--allocators system tensorflow]

In a fresh process for each allocator, step by step, as in the worker that answers and then in the one that
trains: MB after each step (PSS where the system tells it, else RSS), MB once it has tidied up, and the CPU
seconds of the step, user and system. The last two steps train the whole built-in network on 64 images of
noise, 160 px, in batches of 16: once, and more times.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from typing import Any

ALLOCATORS = {"system": "1", "tensorflow": "0"}
SIZE, IMAGES = 160, 64


def main():
    arguments = read_arguments()
    rows = {name: in_fresh_process(name, arguments.trainings) for name in arguments.allocators}
    print(json.dumps(rows) if arguments.json else "\n".join(table(rows)))


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--trainings", type=int, default=5, help="of the last step")
    parser.add_argument("--allocators", nargs="+", choices=ALLOCATORS, default=list(ALLOCATORS))
    return parser.parse_args()


def in_fresh_process(allocator, trainings):
    code = f"from benchmarks import worker_memory; worker_memory.live({trainings})"
    environment = os.environ | {"TF_ONEDNN_USE_SYSTEM_ALLOCATOR": ALLOCATORS[allocator]}
    if allocator == "tensorflow":
        environment["TL_PROFILE"] = "cloud"  # has it
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return json.loads(run.stdout.splitlines()[-1])


def live(trainings):
    """Do the steps in this process, and print what each has taken as JSON."""
    kept = dict[str, Any]()

    def libraries():
        import distributed  # noqa: F401

    def tensorflow():
        import tl_core.models  # noqa: F401

    def keras():
        from tl_core.models.warm_up import warm_up

        warm_up()

    def network():
        from tl_core.answers.networks import extractor

        kept["extractor"] = extractor("efficientnet-lite0", "imagenet", SIZE, "gap")
        kept["extractor"](images()[:1])

    def images():
        import numpy as np

        return np.random.default_rng(0).integers(0, 256, (IMAGES, SIZE, SIZE, 3), dtype=np.uint8)

    def features():
        for _ in range(4):
            kept["extractor"](images())

    def training():
        train(images())

    def more():
        for _ in range(trainings):
            train(images())

    steps = (libraries, network, features, tensorflow, keras, training, more)
    print(json.dumps([step(one) for one in steps]))


def train(pixels):
    import keras
    import numpy as np

    from tl_core.models.networks.backbones import build_backbone

    keras.utils.set_random_seed(0)
    backbone = build_backbone("efficientnet-lite0", SIZE, "imagenet")
    backbone.trainable = True
    mean = keras.layers.GlobalAveragePooling2D()(backbone.output)
    model = keras.Model(backbone.input, keras.layers.Dense(3)(mean))
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(pixels.astype("float32"), np.zeros(len(pixels)), batch_size=16, verbose=0)


def step(work):
    import psutil

    from benchmarks.lab import megabytes
    from tl_core.machine import memory

    process, before = psutil.Process(), os.times()
    began = time.monotonic()
    work()
    after = os.times()
    held = megabytes(process)
    memory.tidy()
    return {
        "step": work.__name__,
        "megabytes": held,
        "tidied": megabytes(process),
        "user": after.user - before.user,
        "system": after.system - before.system,
        "seconds": time.monotonic() - began,
    }


def table(rows):
    yield "| step | " + " | ".join(f"{name}: MB, tidied, CPU s (system's)" for name in rows) + " |"
    yield "|---" * (len(rows) + 1) + "|"
    for found in zip(*rows.values(), strict=True):
        cells = (
            f"{one['megabytes']:.0f}, {one['tidied']:.0f}, {one['user'] + one['system']:.1f} "
            f"({one['system']:.1f})"
            for one in found
        )
        yield f"| {found[0]['step']} | " + " | ".join(cells) + " |"


if __name__ == "__main__":
    main()
