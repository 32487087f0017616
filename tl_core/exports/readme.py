"""README.md of an export: what is in it, how it is used, and whose weights it holds."""

from tl_core.backbones import get_backbone
from tl_core.checks import Json
from tl_core.exports.formats import ExportFormat

_OWN = """
Your own photos, as many as you like:

    python use.py my.jpg
"""
_CONTRACT = """- In: `(n, {size}, {size}, 3)` float32, RGB, 0..255. Turn photos upright and squash them to the
  square (bilinear). Do not scale them: the preprocessing of the backbone is inside the network.
- Out: `(n, classes)` float32, the probability of every class.
"""
_FIRST = {
    "litert8": """Nearly every weight is rounded to one of 255 values. `loss.json` says what that costs on the
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

{_FIRST.get(form.name, "")}    pip install {form.named}
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
