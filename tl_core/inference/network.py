"""Runs an exported network: pixels in, features at any of its cuts out, as many threads at once as wish."""

import errno
import os
import shutil
import threading
from collections import OrderedDict
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tl_core import settings
from tl_core.backbones import Preprocessing
from tl_core.inference.exported import Exported
from tl_core.inference.passes import images_in_a_pass
from tl_core.machine import memory

Outputs = tuple[tuple[str, bool], ...]
"""Layer whose output is wanted (``""`` for the preprocessed image), and whether its mean over positions."""
COMPILED_KEPT = 6
"""Combinations of outputs, preprocessing and streams that stay ready; each has weights in its own order."""
HINTS = {"float32": "f32", "bfloat16": "bf16"}
"""Precision -> what OpenVINO calls it. It takes bfloat16 by itself where nobody says anything."""

_starting = threading.Lock()


class InferenceNetwork:
    """A network that Keras exported, for inference: shared by everything in this process.

    Args:
        exported: its files.
        precision: ``float32`` or ``bfloat16``.
    """

    def __init__(self, exported: Exported, precision: str) -> None:
        self._file = exported.network
        self._hint = HINTS[precision]
        self._at_once = images_in_a_pass(exported.largest)
        self._model = _core().read_model(exported.network)
        self._shapes = _shapes_of(self._model)
        self._compiled: OrderedDict[tuple[Outputs, Preprocessing, int], _Compiled] = OrderedDict()
        self._compiling = threading.Lock()
        memory.ask_at_rest(self)

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Layer -> shape of its output without the batch, for every layer whose output can be asked for."""
        return dict(self._shapes)

    def features(
        self,
        pixels: NDArray[np.uint8],
        outputs: Outputs,
        preprocessing: Preprocessing,
        *,
        callers: int = 1,
    ) -> list[NDArray[np.float32]]:
        """Return the features of `pixels` at each of `outputs`; as many at once as memory allows.

        Args:
            pixels: ``(n, size, size, 3) uint8 0..255``.
            outputs: where they are read.
            preprocessing: how pixels are scaled.
            callers: how many threads go on asking at the same time, each with its share of the processors:
                several that take all of them in turns wait for each other.
        """
        inside = tuple(dict.fromkeys(output for output in outputs if output[0]))
        streams = _streams(callers)
        found = dict(zip(inside, self._inside(pixels, inside, preprocessing, streams), strict=True))
        if len(inside) < len(set(outputs)):
            image = preprocessing.apply(pixels)
            found |= {("", False): image, ("", True): image.mean(axis=(1, 2))}
        return [found[output] for output in outputs]

    def give_back(self) -> None:
        """Give back the room for activations, which the engine keeps for the next pass."""
        with self._compiling:
            for compiled in self._compiled.values():
                compiled.give_back()

    def _inside(
        self,
        pixels: NDArray[np.uint8],
        outputs: Outputs,
        preprocessing: Preprocessing,
        streams: int,
    ) -> list[NDArray[np.float32]]:
        if not outputs:
            return []
        compiled = self._ready(outputs, preprocessing, streams)
        pixels = np.ascontiguousarray(pixels)
        if len(pixels) <= self._at_once:
            return compiled(pixels)
        # None much smaller than the others: a small pass takes longer for each image.
        passes = np.array_split(pixels, -(-len(pixels) // self._at_once))
        return [np.concatenate(found) for found in zip(*map(compiled, passes), strict=True)]

    def _ready(self, outputs: Outputs, preprocessing: Preprocessing, streams: int) -> "_Compiled":
        key = (outputs, preprocessing, streams)
        with self._compiling:
            if key not in self._compiled:
                part = self._part(outputs, preprocessing)
                self._compiled[key] = _Compiled(part, self._hint, _core(), streams)
                while len(self._compiled) > COMPILED_KEPT:
                    self._compiled.popitem(last=False)
            self._compiled.move_to_end(key)
            return self._compiled[key]

    def _part(self, outputs: Outputs, preprocessing: Preprocessing) -> Any:
        """Return the part of the network up to `outputs`, from bytes, with the means inside it."""
        import openvino

        # Each part has nodes of its own: what is put before the first one must not be there twice.
        model = self._model.clone()
        ends = []
        for layer, pooled in outputs:
            end = model.output(layer).get_node().input_value(0)
            ends.append(_mean_over_positions(end) if pooled else end)
        part = openvino.Model(ends, model.get_parameters(), self._file.parent.name)
        return _from_bytes(part, preprocessing)


class _Compiled:
    """A part of a network that is ready to run; a request of its own for each thread that asks at once.

    Args:
        part: the network.
        hint: its precision, as OpenVINO calls it.
        core: OpenVINO.
        streams: how many requests are computed at once, each by its share of the threads.
    """

    def __init__(self, part: Any, hint: str, core: Any, streams: int) -> None:
        options = {
            "INFERENCE_PRECISION_HINT": hint,
            "INFERENCE_NUM_THREADS": settings.current().threads,
            "NUM_STREAMS": streams,
            # Every worker of a machine would be pinned to the same processors.
            "ENABLE_CPU_PINNING": False,
        }
        self._network = core.compile_model(part, "CPU", options)
        self._idle: list[Any] = []

    def __call__(self, pixels: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        try:
            request = self._idle.pop()
        except IndexError:
            request = self._network.create_infer_request()
        try:
            # The pixels are read where they are; the answers are copied, as the request is used again.
            found = request.infer({0: pixels}, share_inputs=True, share_outputs=False)
            return [found[number] for number in range(len(found))]
        finally:
            self._idle.append(request)

    def give_back(self) -> None:
        with suppress(RuntimeError):  # somebody is asking
            self._network.release_memory()


def _streams(callers: int) -> int:
    """Return how many passes are computed at once: each stream has weights and activations of its own."""
    config = settings.current()
    return 1 if config.profile == "cloud" else min(callers, config.threads)


def _shapes_of(model: Any) -> dict[str, tuple[int, ...]]:
    """Return the shape of an image's output for each layer with one."""
    return {
        layer: tuple(dim.get_length() for dim in list(output.get_partial_shape())[1:])
        for output in model.outputs
        for layer in output.get_names()
    }


def _core() -> Any:
    with _starting:
        return _started()


@cache
def _started() -> Any:
    """Start the engine, and let one thread use all of it once.

    Its binding fills tables of its own at the first use of each, giving up Python's lock meanwhile. A second
    thread that comes then waits for the table and holds Python's lock: the process stands still for ever.
    """
    import openvino
    from openvino import opset13

    core = openvino.Core()
    image = opset13.parameter([-1, 1, 1, 3], np.float32)
    first = openvino.Model([_mean_over_positions(image.output(0))], [image], "first").clone()
    _shapes_of(first)
    part = _from_bytes(first, Preprocessing(channel_order="bgr"))
    compiled = _Compiled(part, HINTS["float32"], core, 1)
    compiled(np.zeros((1, 1, 1, 3), np.uint8))
    compiled.give_back()
    return core


def _mean_over_positions(end: Any) -> Any:
    from openvino import opset13

    return opset13.reduce_mean(end, np.array([1, 2], np.int64), keep_dims=False).output(0)


def _from_bytes(part: Any, preprocessing: Preprocessing) -> Any:
    """Return `part` with `Preprocessing.apply` in front of it."""
    from openvino import Layout, Type
    from openvino.preprocess import PrePostProcessor

    processor = PrePostProcessor(part)
    image = processor.input()
    image.tensor().set_element_type(Type.u8).set_layout(Layout("NHWC"))
    image.model().set_layout(Layout("NHWC"))
    steps = image.preprocess().convert_element_type(Type.f32)
    if preprocessing.channel_order == "bgr":
        steps.reverse_channels()
    steps.mean(list(preprocessing.mean)).scale(list(preprocessing.scale))
    return processor.build()


def convert(saved_model: Path, target: Path) -> None:
    """Write a TensorFlow SavedModel as `target`, an ``.xml`` with its ``.bin`` beside it, in float32.

    The runtime itself reads it: the package's converter, which Keras calls too, tells its maker of each use.

    Args:
        saved_model: folder whose signature has one input and named outputs.
        target: where the layers go.

    Raises:
        OSError: the disk is full.
        RuntimeError: the network cannot be read, or not be written for another reason.
    """
    import openvino

    model = _core().read_model(saved_model)
    try:
        # By itself it would halve the weights' precision.
        openvino.save_model(model, target, compress_to_fp16=False)
    except RuntimeError as error:  # which names no reason
        needed = sum(
            one.get_byte_size() for one in model.get_ops() if one.type_info.name == "Constant"
        )
        if shutil.disk_usage(target.parent).free < needed:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target)) from error
        raise
