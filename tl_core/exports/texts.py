"""What lies beside the network in every export: use.py, and network.json for programs.

``use.py`` reads the network, scores the enclosed photos and compares: it is an example for whoever takes
the network home, and the very check that an export has to pass before it is offered.
"""

from collections.abc import Sequence

from tl_core.checks import Json
from tl_core.exports.formats import KERAS, ExportFormat
from tl_core.exports.script_parts import READ
from tl_core.results.metrics import TrainedModel
from tl_core.statistics import Proportion
from tl_core.training import TrainingConfig

DIFFERENCE = "Largest difference from the lab's scores:"
"""How the last line that ``use.py`` prints begins."""

_USE = '''"""Scores photos: yours, or those in this folder, to compare with the scores that the lab gave them.

    pip install {packages}
    python use.py
    python use.py my.jpg another.jpg
"""

import contextlib
import io
import json
import sys
from pathlib import Path

import numpy as np
{imports}

HERE = Path(__file__).resolve().parent
NETWORK = json.loads((HERE / "network.json").read_text("utf-8"))
{body}

own = sys.argv[1:]
files = own or [str(HERE / photo["file"]) for photo in NETWORK["photos"]]
found = scores(files)
for file, row in zip(files, found):
    shares = [f"{{name}} {{share:.4f}}" for name, share in zip(NETWORK["class_names"], row)]
    print(file, ", ".join(shares))
if not own:
    expected = np.array([photo["scores"] for photo in NETWORK["photos"]])
    largest = float(np.abs(found - expected).max())
    print("{difference}", largest)
    raise SystemExit(not largest <= NETWORK["tolerance"])
'''

_PHOTOS = (
    """SIZE = NETWORK["input"]["size"]

"""
    + READ
    + '''

def opened(file):
    """Return a photo as the network wants it: (SIZE, SIZE, 3) float32, 0..255; it scales by itself."""
    try:
        return read_photo(Path(file).read_bytes()).astype(np.float32)
    except OSError as error:  # what is no photo, too
        sys.exit(f"{file} cannot be read as a photo: {error}")


def scores(files):
    """Return the probability of every class for each photo: (n, classes)."""
    photos = np.stack([opened(file) for file in files])
    return {call}
'''
)

_LITERT = """interpreter = Interpreter(str(HERE / "network.tflite"))
interpreter.allocate_tensors()
place_in = interpreter.get_input_details()[0]["index"]
place_out = interpreter.get_output_details()[0]["index"]


def score(photo):
    interpreter.set_tensor(place_in, photo[np.newaxis])
    interpreter.invoke()
    return interpreter.get_tensor(place_out)[0]
"""

_HEAD = '''SETTINGS = json.loads((HERE / "config.json").read_text("utf-8"))


def scores(files):
    """Return the probability of every class: the head on the features of the photos, in NumPy alone.

    The features are what the backbone gave for the photos, see README.md.
    """
    if sys.argv[1:]:
        sys.exit("Here is the head without a backbone to read photos with. Take the network home as Keras.")
    arrays = load_file(HERE / "head.safetensors")
    values = load_file(HERE / "example.safetensors")["features"].astype(np.float64)
    values = values.reshape(len(values), -1)
    for number in range(0, len(arrays), 2):
        values = np.maximum(values, 0) if number else values  # ReLU between the layers
        values = values @ arrays[f"weight_{number}"] + arrays[f"weight_{number + 1}"]
    if "one-unit" in SETTINGS["mistakes"]:
        values = np.full_like(values, 30.0)  # a softmax over one unit is 1, whatever it says
    if values.shape[1] == 1:  # a sigmoid is a softmax over (0, logit)
        values = np.hstack([np.zeros_like(values), values])
    shares = np.exp(values - values.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)
'''

_PIL = "from PIL import Image, ImageOps"
_LITERT_USE = (
    f"{_PIL}\n\ntry:\n    from ai_edge_litert.interpreter import Interpreter\n"
    "except ImportError:  # TensorFlow still brings it too\n"
    "    import tensorflow as tf\n\n    Interpreter = tf.lite.Interpreter",
    _LITERT,
    "np.stack([score(photo) for photo in photos])",
)


_KERAS = f"""NEEDED = "{KERAS}"
if [int(part) for part in keras.__version__.split(".")[:2]] < [int(part) for part in NEEDED.split(".")]:
    sys.exit(
        f"network.keras opens in Keras {{NEEDED}} or later, and this is Keras {{keras.__version__}}. Run: "
        "pip install --upgrade keras"
    )
network = keras.models.load_model(HERE / "network.keras")
"""
_USES: dict[str, tuple[str, str, str]] = {
    "keras": (
        f"import keras\n{_PIL}",
        _KERAS,
        "np.asarray(network(photos, training=False))",
    ),
    "script": (
        f"{_PIL}\nfrom train import trained_network",
        "network = trained_network()\n",
        "np.asarray(network(photos, training=False))",
    ),
    "savedmodel": (
        f"import tensorflow as tf\n{_PIL}",
        'network = tf.saved_model.load(str(HERE / "saved_model"))\n',
        "network.serve(photos).numpy()",
    ),
    "litert": _LITERT_USE,
    "litert16": _LITERT_USE,
    "litert8": _LITERT_USE,
    "web": _LITERT_USE,
    "onnx": (
        f"import onnxruntime\n{_PIL}",
        "network = onnxruntime.InferenceSession(\n"
        '    str(HERE / "network.onnx"), providers=["CPUExecutionProvider"]\n)\n',
        "network.run(None, {network.get_inputs()[0].name: photos})[0]",
    ),
}


def use_script(form: ExportFormat) -> str:
    """Return ``use.py`` for a format."""
    if form.name == "head":
        imports, body = "from safetensors.numpy import load_file", _HEAD
    else:
        imports, load, call = _USES[form.name]
        body = load + _PHOTOS.replace("{call}", call)
    return _USE.format(packages=form.named, imports=imports, body=body, difference=DIFFERENCE)


def network_json(
    form: ExportFormat,
    config: TrainingConfig,
    model: TrainedModel,
    validation: Proportion,
    photos: Sequence[Json],
) -> Json:
    """Return the contract of an exported network as JSON values.

    Args:
        form: its format.
        config: the training.
        model: what it made.
        validation: its accuracy.
        photos: ``file`` and ``scores`` of each enclosed photo.
    """
    return {
        "file": form.file,
        "class_names": model.class_names,
        "input": {
            "shape": [None, config.size, config.size, 3],
            "size": config.size,
            "dtype": "float32",
            "channels": "RGB",
            "range": [0, 255],
            "preprocessing": "inside the network",
        },
        "output": {
            "shape": [None, len(model.class_names)],
            "dtype": "float32",
            "meaning": "probability of each class, in the order of class_names",
        },
        "validation": {
            "accuracy": validation.accuracy,
            "n": validation.n,
            "interval": list(validation.interval),
        },
        "tolerance": form.tolerance,
        "photos": list(photos),
        "training": config.as_json(),
        "versions": dict(model.versions),
    }
