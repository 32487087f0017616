"""How fast are the engines that are installed, on pixels that are there already? For `benchmarks.extraction`.

Each runs the same weights on batches of 32, with global average pooling: Keras' ``predict``, TensorFlow with
BatchNorm folded, OpenVINO in both precisions, LiteRT (in TensorFlow's package, or ``ai-edge-litert``), ONNX
Runtime (with tf2onnx). What is not installed is left out.
"""

import sys
import tempfile
from contextlib import redirect_stdout
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from tl_core import settings
from tl_core.backbones import get_backbone
from tl_core.inference.choice import possible
from tl_core.inference.exported import FrozenName

BATCH = 32


def bare_networks(config, pixels):
    """Return name -> function that computes the features of all `pixels`, for whatever is installed here."""
    import keras

    from tl_core.inference.network import InferenceNetwork
    from tl_core.models.networks.backbones import build_backbone
    from tl_core.models.networks.engines import export, folded_network
    from tl_core.models.networks.traced import TracedNetwork

    spec = get_backbone(config.backbone)
    name = FrozenName(backbone=config.backbone, weights=config.weights, size=config.size)
    outputs = ((spec.cut, True),)
    backbone = build_backbone(name.backbone, name.size, name.weights)
    pooled = keras.Model(
        backbone.input, keras.layers.GlobalAveragePooling2D()(backbone.output), name="pooled"
    )
    scaled = spec.preprocessing.apply(pixels[:1])
    pooled(scaled)  # an export of what was never called is refused
    folded = folded_network(name)
    found = {
        "Keras predict": lambda batch: pooled.predict(spec.preprocessing.apply(batch), verbose=0),
        "TensorFlow, folded": of(TracedNetwork(folded), outputs, spec.preprocessing),
    }
    if possible("float32"):
        exported = export(name, folded)
        for precision in filter(possible, ("float32", "bfloat16")):
            network = InferenceNetwork(exported, precision)
            found[f"OpenVINO {precision}"] = of(network, outputs, spec.preprocessing)
    with tempfile.TemporaryDirectory() as temporary:
        found["LiteRT"] = litert(pooled, Path(temporary, "network.tflite"), spec.preprocessing)
        if find_spec("onnxruntime") and find_spec("tf2onnx"):
            found["ONNX Runtime"] = onnx(
                pooled, Path(temporary, "network.onnx"), spec.preprocessing
            )
    return {engine: over(compute, pixels) for engine, compute in found.items()}


def over(compute, pixels):
    starts = range(0, len(pixels), BATCH)
    return lambda: np.concatenate([compute(pixels[start : start + BATCH]) for start in starts])


def of(network, outputs, scaling):
    return lambda batch: network.features(batch, outputs, scaling)[0]


def litert(network, path, scaling):
    """Return the network in LiteRT, which takes batches of one size only: a last, smaller one is padded."""
    import tensorflow as tf

    with redirect_stdout(sys.stderr):  # it lists every weight
        path.write_bytes(tf.lite.TFLiteConverter.from_keras_model(network).convert())
    if find_spec("ai_edge_litert"):
        from ai_edge_litert.interpreter import Interpreter
    else:
        Interpreter = tf.lite.Interpreter
    interpreter = Interpreter(
        model_content=path.read_bytes(), num_threads=settings.current().threads
    )
    image, features = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    interpreter.resize_tensor_input(image["index"], (BATCH, *network.input_shape[1:]))
    interpreter.allocate_tensors()

    def compute(batch):
        padded = np.zeros((BATCH, *batch.shape[1:]), np.float32)
        padded[: len(batch)] = scaling.apply(batch)
        interpreter.set_tensor(image["index"], padded)
        interpreter.invoke()
        return interpreter.get_tensor(features["index"])[: len(batch)]

    return compute


def onnx(network, path, scaling):
    """Return the network in ONNX Runtime."""
    import onnxruntime

    network.export(str(path), format="onnx", verbose=False)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = settings.current().threads
    session = onnxruntime.InferenceSession(
        path.read_bytes(), options, providers=["CPUExecutionProvider"]
    )
    image = session.get_inputs()[0].name
    return lambda batch: session.run(None, {image: scaling.apply(batch)})[0]
