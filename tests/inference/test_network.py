"""The inference engine in a process: asked by many threads at once it answers all; at rest it is small."""

import subprocess
import sys
import threading
import time

import numpy as np
import openvino
import pytest
from openvino import opset13

from tl_core.backbones import Preprocessing
from tl_core.inference.exported import NETWORK, Exported
from tl_core.inference.network import InferenceNetwork
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


def in_a_process(program, *arguments):
    """Return what a Python process of its own prints."""
    answer = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
        timeout=SECONDS,
    )
    return answer.stdout


def write_network(folder, image, layer):
    """Write what an export leaves: a network with one image and one output."""
    end = layer.output(0)
    end.get_tensor().set_names({"end"})
    model = openvino.Model([end], [image])
    openvino.save_model(model, folder / NETWORK, compress_to_fp16=False)


def test_the_first_questions_may_come_at_once(tmp_path):
    image = opset13.parameter([-1, 2, 2, 3], np.float32)
    write_network(tmp_path, image, opset13.multiply(image, np.float32(2.0)))
    for _ in range(2):
        expected = f"{[[2.0 * number] * 3 for number in range(8)]}\n"
        assert in_a_process(AT_ONCE, tmp_path) == expected


SIDE, CHANNELS = 64, 64
OUTPUTS = (("end", True),)


@pytest.fixture
def wide(tmp_path):
    """A network whose activations take a megabyte for each image."""
    image = opset13.parameter([-1, SIDE, SIDE, 3], np.float32)
    layer = opset13.transpose(image, [0, 3, 1, 2])
    draws = np.random.default_rng(0)
    for before in (3, CHANNELS, CHANNELS):
        kernels = draws.normal(0, 0.1, (CHANNELS, before, 3, 3)).astype(np.float32)
        layer = opset13.relu(opset13.convolution(layer, kernels, [1, 1], [1, 1], [1, 1], [1, 1]))
    write_network(tmp_path, image, opset13.transpose(layer, [0, 2, 3, 1]))
    exported = Exported(folder=tmp_path, largest=CHANNELS * SIDE * SIDE)
    return InferenceNetwork(exported, "float32")


@pytest.fixture
def photos():
    return np.random.default_rng(1).integers(0, 256, (28, SIDE, SIDE, 3), np.uint8)


AT_REST = """
import sys
from pathlib import Path
import numpy as np
from tl_core.backbones import Preprocessing
from tl_core.inference.exported import Exported
from tl_core.inference.network import InferenceNetwork
from tl_core.machine import memory

memory.keep_until_asked()
network = InferenceNetwork(Exported(folder=Path(sys.argv[1]), largest=int(sys.argv[2])), "float32")
photos = np.load(sys.argv[3])

def megabytes_after_a_pass():
    memory.tidy()
    before = memory.held()
    network.features(photos, (("end", True),), Preprocessing())
    memory.tidy()
    return (memory.held() - before) / 1e6

megabytes_after_a_pass()
given_back = megabytes_after_a_pass()
InferenceNetwork.give_back = lambda network: None
print(given_back, megabytes_after_a_pass())
"""
"""In a process that keeps memory as a worker does; in others it depends on threads what glibc keeps."""


@pytest.mark.skipif(sys.platform != "linux", reason="asks glibc")
def test_a_process_at_rest_has_given_back_the_room_for_activations(wide, tmp_path, photos):
    np.save(tmp_path / "photos.npy", photos)
    arguments = [tmp_path, CHANNELS * SIDE * SIDE, tmp_path / "photos.npy"]
    given_back, kept = map(float, in_a_process(AT_REST, *arguments).split())
    assert given_back < 10
    assert kept > 30


def test_who_asks_meanwhile_gets_the_same_answer(wide, photos):
    (alone,) = wide.features(photos[:4], OUTPUTS, Preprocessing())
    answers, stop = [], threading.Event()

    def ask():
        while not stop.is_set():
            answers.extend(wide.features(photos[:4], OUTPUTS, Preprocessing()))

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    until = time.monotonic() + SECONDS
    while len(answers) < 100 and time.monotonic() < until:
        wide.give_back()
    stop.set()
    for thread in threads:
        thread.join()
    assert len(answers) >= 100
    assert alone.std() > 0
    for answer in answers:
        np.testing.assert_array_equal(answer, alone)
