"""What lies beside the network in every export: README.md, use.py, and network.json for programs.

``use.py`` reads the network, scores the enclosed photos and compares: it is an example for whoever takes
the network home, and the very check that an export has to pass before it is offered.
"""

from collections.abc import Sequence

from tl_core.backbones import get_backbone
from tl_core.checks import Json
from tl_core.exports.formats import ExportFormat
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
_USES: dict[str, tuple[str, str, str]] = {
    "keras": (
        f"import keras\n{_PIL}",
        'network = keras.models.load_model(HERE / "network.keras")\n',
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
    return _USE.format(
        packages=" ".join(form.packages), imports=imports, body=body, difference=DIFFERENCE
    )


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


def readme(form: ExportFormat, contract: Json, difference: float) -> str:
    """Return ``README.md`` for an export.

    Args:
        form: its format.
        contract: see `network_json`.
        difference: what the check has found.
    """
    size, found = contract["input"]["size"], contract["validation"]
    classes = "\n".join(f"{i}. {name}" for i, name in enumerate(contract["class_names"]))
    low, high = found["interval"]
    return f"""# A network from the Transfer Learning Lab

Validation accuracy {found["accuracy"]:.3f} on {found["n"]} images, 95 % interval {low:.3f} to {high:.3f}.

{_FIRST.get(form.name, "")}    pip install {" ".join(form.packages)}
    python use.py

`use.py` reads `{form.file}`, scores the photos in `photos/` and compares with the scores that the lab
gave them, in `network.json`. When this file was made, the largest difference was {difference:.1e}.
{_OWN if form.name != "head" else ""}
## What goes in, what comes out

{_NOTES.get(form.name, _CONTRACT).format(size=size)}
Classes, counted from 0:

{classes}

`network.json` says the same for programs.
{_whose(contract["training"])}"""


def _whose(training: Json) -> str:
    """Return who trained the backbone, which its licence asks for; empty if nobody has before the lab."""
    if training["weights"] == "random":
        return ""
    spec = get_backbone(training["backbone"])
    return f"""
## Whose weights these are

The backbone, {spec.title}, comes with weights that were trained on ImageNet: {spec.licence}.
Blocks that learned in the lab have changed since; all others are as they were.
"""


_OWN = """
Your own photos, as many as you like:

    python use.py my.jpg
"""
_CONTRACT = """- In: `(n, {size}, {size}, 3)` float32, RGB, 0..255. Turn photos upright and squash them to the
  square (bilinear). Do not scale them: the preprocessing of the backbone is inside the network.
- Out: `(n, classes)` float32, the probability of every class.
"""
_FIRST = {
    "litert8": """Every weight is rounded to one of 256 values. `loss.json` says what that costs on the
held-out photos: right answers before and after, and how many answers are the same.

""",
    "web": """## Show the page

Nothing is needed but a web server that sends the files of this folder:

    python -m http.server

Then open <http://localhost:8000>. The page asks no other address for anything, and keeps itself for when
there is no network. A browser gives the camera only to pages with an https address, or on the same
computer: for a phone put the folder on a static host with https. `litert/` holds LiteRT.js, which runs the
network in the browser, with its licence.

## Check the network

""",
}
"""What a format's README says before anything else."""
_NOTES = {
    "head": """- `model.json` and `config.json` describe the network, `head.safetensors` holds what the head
  learned, and `tail.safetensors`, if there is one, the blocks of the backbone that learned with it.
- The head reads features: the last feature map of the backbone named in `config.json`, for photos of {size}
  pixels, averaged over its positions if `pooling` is `gap`. `example.safetensors` holds those of the photos.
- Nothing in this file can be executed but `use.py`, which you can read.
""",
    "script": _CONTRACT
    + """
## Train it again

    python train.py FOLDER

`FOLDER` holds the images of the run, in whatever order and under whatever names: each is found by the SHA-256
of its bytes, and `images.json` says whether it is for training or validation. Or it holds others, in a folder
for each class: the same network is trained on those then. `learned.npz` holds what the lab learned; the
script does not need it, `use.py` does.
""",
}
