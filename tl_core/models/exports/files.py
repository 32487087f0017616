"""Writes a trained network in one format, in a program of its own.

``python -m tl_core.models.exports.files RUN FORMAT FOLDER``

Converters print a lot, keep memory, and cannot be interrupted. A program can: Stop ends it at once, and it
ends by itself when the worker that started it is gone.
"""

import os
import shutil
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from safetensors import numpy as safetensors
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from tl_core import files, runs
from tl_core.backbones import get_backbone
from tl_core.datasets.catalogue import get_dataset
from tl_core.exports import MEASURED, get_format
from tl_core.exports.script import training_script
from tl_core.exports.web import write_page
from tl_core.machine.loading import load
from tl_core.machine.refusals import system_code
from tl_core.models.arrays import write_arrays
from tl_core.models.exports.measuring import Photo, calibration_photos, measure
from tl_core.models.exports.whole_network import feature_network, trained_head, whole_network
from tl_core.models.features.computing import labels_of, told_labels
from tl_core.models.networks.backbones import build_backbone
from tl_core.models.networks.learner import tail_arrays
from tl_core.results.metrics import read_metrics, read_model
from tl_core.training import Training, TrainingConfig, get_training
from tl_core.training.kept_features import sides_of

PIXELS = "pixels.npy"
"""The enclosed photos, ``(n, size, size, 3) uint8``; the job leaves them beside its folder."""
LEARNED, BACKBONE = "learned.npz", "backbone.npz"
REFUSED = 64
"""Added to the system's number for what the machine refused: the exit status of this program."""
RUN_FILES = (runs.MODEL, runs.HEAD_ARRAYS, runs.TAIL_ARRAYS)


def write_files(run: Training, name: str, folder: Path) -> None:
    """Write a run's network into `folder` in the format called `name`."""
    _WRITERS[name](run, folder)


def _write_keras(run: Training, folder: Path) -> None:
    whole_network(run).save(folder / get_format("keras").file)


def _write_saved_model(run: Training, folder: Path) -> None:
    whole_network(run).export(
        folder / get_format("savedmodel").file, format="tf_saved_model", verbose=False
    )


def _write_litert(run: Training, folder: Path) -> None:
    _write_lite(folder, file := litert(whole_network(run)))
    files.write_json(folder / MEASURED, measure(run, file, None).as_json())


def _write_litert16(run: Training, folder: Path) -> None:
    _write_rounded(run, folder, bits=16)


def _write_litert8(run: Training, folder: Path) -> None:
    _write_rounded(run, folder, bits=8, shown=calibration_photos(run))


def _write_rounded(run: Training, folder: Path, *, bits: int, shown: Sequence[Photo] = ()) -> None:
    network = whole_network(run)
    _write_lite(folder, file := litert(network, bits=bits, shown=shown))
    files.write_json(folder / MEASURED, measure(run, file, litert(network)).as_json())


def _write_lite(folder: Path, file: bytes) -> None:
    (folder / get_format("litert").file).write_bytes(file)


def litert(network: keras.Model, *, bits: int = 32, shown: Sequence[Photo] = ()) -> bytes:
    """Return a network as a LiteRT file, for one photo at a time.

    As on a phone: a fixed shape needs no more memory than that, and browsers take no other.

    Args:
        network: from pixels on.
        bits: 32; 16, in which weights are kept, and computed with as float32; or 8, in which weights are kept
            (a scale for each channel) and layers compute, but for the first numbers and the last.
        shown: for 8 bits, photos that show which numbers the layers have to hold.
    """
    converter = tf.lite.TFLiteConverter.from_concrete_functions([_frozen(network, batch=1)])
    if bits < 32:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if bits == 16:
        converter.target_spec.supported_types = [tf.float16]
    if bits == 8:
        converter.representative_dataset = lambda: ([photo] for photo in shown)
    file: bytes = converter.convert()
    return file


def _write_web(run: Training, folder: Path) -> None:
    _write_lite(folder, litert(whole_network(run)))
    write_page(run, folder)


def _write_onnx(run: Training, folder: Path) -> None:
    tf2onnx = load("tf2onnx.convert")  # an extra
    graph = _frozen(whole_network(run), batch=None)
    tf2onnx.from_graph_def(
        graph.graph.as_graph_def(),
        input_names=[tensor.name for tensor in graph.inputs],
        output_names=[tensor.name for tensor in graph.outputs],
        output_path=str(folder / get_format("onnx").file),
    )


def _frozen(network: keras.Model, batch: int | None) -> Any:
    """Return the network as one graph whose numbers are constants, for `batch` photos at once.

    Left as variables they become inputs that somebody has to give (ONNX), or stay empty (LiteRT).
    """
    shape = tf.TensorSpec((batch, *network.input_shape[1:]), tf.float32, name="image")
    function = tf.function(
        lambda image: network(image, training=False), input_signature=[shape], autograph=False
    )
    return convert_variables_to_constants_v2(function.get_concrete_function())


def _write_head(run: Training, folder: Path) -> None:
    for name in RUN_FILES:
        if (run.folder / name).exists():
            shutil.copyfile(run.folder / name, folder / name)
    files.write_json(folder / "config.json", run.config)
    pixels = np.load(folder.parent / PIXELS).astype(np.float32)
    arrays = {"features": np.asarray(feature_network(run)(pixels, training=False))}
    write_arrays(folder / "example.safetensors", arrays)


def _write_script(run: Training, folder: Path) -> None:
    config, model = run.settings, read_model(run)
    accuracy = read_metrics(run).validation.accuracy
    text = training_script(config, model.class_names, accuracy, model.versions)
    (folder / get_format("script").file).write_text(text, "utf-8")
    files.write_json(folder / "images.json", _images(config))
    backbone = build_backbone(config.backbone, config.size, config.weights)
    initial: dict[str, Any] = {**tail_arrays(backbone)}
    np.savez(folder / BACKBONE, **initial)
    head = trained_head(run).get_weights()
    learned: dict[str, Any] = {f"head/{number}": array for number, array in enumerate(head)}
    if model.unfrozen:
        learned |= safetensors.load_file(run.folder / runs.TAIL_ARRAYS)
    np.savez(folder / LEARNED, **learned)


def _images(config: TrainingConfig) -> dict[str, list[dict[str, Any]]]:
    """Return which image is used for what, with the label that the network was told."""
    dataset = get_dataset(config.dataset)
    sides = sides_of(dataset, config)
    told = told_labels(dataset, config, sides.train)
    truth = labels_of(dataset, sides.validation)
    return {
        part: [
            {"sha256": dataset.images[i].sha256, "label": label, "name": dataset.images[i].shown}
            for i, label in zip(indices, labels.tolist(), strict=True)
        ]
        for part, indices, labels in (
            ("train", sides.train, told),
            ("validation", sides.validation, truth),
        )
    }


def only_for_the_check(run: Training, name: str) -> set[str]:
    """Return the files that the check reads, and that whoever takes the export home gets elsewhere."""
    config = run.settings
    published = get_backbone(config.backbone).application and config.weights == "imagenet"
    return {BACKBONE} if name == "script" and published else set()


_WRITERS: dict[str, Callable[[Training, Path], None]] = {
    "keras": _write_keras,
    "script": _write_script,
    "litert": _write_litert,
    "litert16": _write_litert16,
    "litert8": _write_litert8,
    "web": _write_web,
    "savedmodel": _write_saved_model,
    "onnx": _write_onnx,
    "head": _write_head,
}


def run_as_program(write: Callable[[], None]) -> None:
    """Call `write` as a program that a worker started, and ends with it.

    What the machine refuses becomes its exit status, see `REFUSED`.
    """
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        write()
    except Exception as error:
        if code := system_code(error):  # on a full disk a program has no other way to say it
            sys.exit(REFUSED + code)
        raise


def _end_with_parent() -> None:
    os.read(0, 1)  # a pipe closes when the process at its other end is gone
    os._exit(1)


if __name__ == "__main__":
    run_as_program(lambda: write_files(get_training(sys.argv[1]), sys.argv[2], Path(sys.argv[3])))
