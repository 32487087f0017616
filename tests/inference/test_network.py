"""The inference engine's first moments in a process: asked by many threads at once, it answers them all."""

import subprocess
import sys

import numpy as np
import openvino
from openvino import opset13

from tl_core.inference.exported import NETWORK
from tl_core.settings import PROJECT

SECONDS = 30
AT_ONCE = """
import os, sys, threading
import numpy as np
from pathlib import Path
from tl_core.backbones import Preprocessing
from tl_core.inference.exported import Exported
from tl_core.inference.network import InferenceNetwork

sys.setswitchinterval(1e-6)  # each thread is interrupted wherever it can be
network = InferenceNetwork(Exported(folder=Path(sys.argv[1]), largest=12), "float32")
network._ready((("end", True),), Preprocessing(), 1)
start, means = threading.Barrier(8), []

def ask(number):
    pixels = np.full((1, 2, 2, 3), number, np.uint8)
    start.wait()
    (found,) = network.features(pixels, (("end", True),), Preprocessing())
    means.append(found.ravel().tolist())

threads = [threading.Thread(target=ask, args=[number], daemon=True) for number in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(sorted(means))
os._exit(0)
"""
"""With openvino 2026.4.1 and nobody who had used it alone before, 8 of 8 processes stood still for ever."""


def test_the_first_questions_may_come_at_once(tmp_path):
    image = opset13.parameter([-1, 2, 2, 3], np.float32)
    end = opset13.multiply(image, np.float32(2.0)).output(0)
    end.get_tensor().set_names({"end"})
    openvino.save_model(openvino.Model([end], [image]), tmp_path / NETWORK)
    for _ in range(2):
        answer = subprocess.run(
            [sys.executable, "-c", AT_ONCE, str(tmp_path)],
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=True,
            timeout=SECONDS,
        )
        assert answer.stdout == f"{[[2.0 * number] * 3 for number in range(8)]}\n"
