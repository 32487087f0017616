"""Trains a small network, says its id, and then what Keras says of the pixels that it is asked about.

``python -m tests.browser.live_run``: a line of JSON for each line of its input, which names a ``.npy`` file
of ``(n, size, size, 3) uint8``. The network is read back from its ``.keras`` file first.
"""

import json
import sys
import tempfile
from pathlib import Path

import keras
import numpy as np

from tl_core import runs
from tl_core.datasets.catalogue import get_dataset
from tl_core.models.exports.files import write_files
from tl_core.models.fitting.training import run_training
from tl_core.training import TrainingConfig, open_training


def main() -> None:
    fingerprint = get_dataset("emoji").fingerprint
    config = TrainingConfig(dataset="emoji", fingerprint=fingerprint, size=96, epochs=8)
    run = open_training(config)
    run.append("state", state="queued", owner=runs.owner())
    run_training(run)
    run.append("state", state="done")
    with tempfile.TemporaryDirectory() as folder:
        write_files(run, "keras", Path(folder))
        network = keras.models.load_model(Path(folder, "network.keras"))
    print(json.dumps(run.id), flush=True)
    for line in sys.stdin:
        pixels = np.load(line.strip()).astype(np.float32)
        print(json.dumps(np.asarray(network(pixels, training=False)).tolist()), flush=True)


if __name__ == "__main__":
    main()
