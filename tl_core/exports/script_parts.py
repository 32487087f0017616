"""The first sections of the Keras script that `tl_core.exports.script` writes: photos and networks."""

HEADER = '''"""A training of the Transfer Learning Lab, repeated with Keras alone.

    pip install keras=={keras} tensorflow=={tensorflow} numpy=={numpy} pillow pillow-heif
    python train.py FOLDER

FOLDER holds the images of the run, in any order and under any names: images.json knows them by their
SHA-256, and says which ones are for training and which for validation. The run in the lab reached a
validation accuracy of {accuracy}. With the same versions and photos this comes out within rounding: the last
digits of a sum depend on the machine, and many epochs can make something of them.

Or FOLDER holds other images: a folder for each class, as many classes as there are, or a folder "train" and a
folder "validation" with such folders. The same network is trained on them then.
"""
'''

IMPORTS = """from __future__ import annotations

import contextlib
import hashlib
import io
import json
{math}import sys
{dataclass}from pathlib import Path
{any}{named}
import keras
import numpy as np
from keras import layers
from PIL import Image, ImageOps

HERE = Path(__file__).resolve().parent
"""
ONLY_FOR = {
    "math": ("import math\n", "math."),
    "dataclass": ("from dataclasses import dataclass\n", "@dataclass"),
    "any": ("from typing import Any\n", ": Any"),
    "named": ("from typing import NamedTuple\n", "(NamedTuple)"),
}
"""Imports that not every script needs, and what shows that one does."""

READ = '''with contextlib.suppress(ImportError):  # only photos in HEIC format need it
    from pillow_heif import register_heif_opener

    register_heif_opener(thumbnails=False)


def read_photo(data):
    """Return a photo as the network sees it: upright, RGB, squashed to the square, 0..255."""
    image = Image.open(io.BytesIO(data))
    image.draft(None, (SIZE, SIZE))  # a large JPEG is decoded smaller, which is faster
    image.load()
    ImageOps.exif_transpose(image, in_place=True)
    if image.mode.startswith("I"):  # 16 bits a sample: the high byte is kept
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGB", image.size, "white")
        white.paste(image, mask=image)
        image = white
    image = image.convert("RGB").resize((SIZE, SIZE), Image.Resampling.BILINEAR)
    return np.asarray(image)
'''

FIND = '''def find_photos(folder):
    """Return the photos of each part as (path, SHA-256, label), and the names of the classes."""
    paths = {}
    for path in folder.rglob("*"):
        if path.is_file():
            paths[hashlib.sha256(path.read_bytes()).hexdigest()] = path
    rows = json.loads((HERE / "images.json").read_text("utf-8"))
    missing = [row["name"] for part in rows.values() for row in part if row["sha256"] not in paths]
    if not missing:
        return {
            part: [(paths[row["sha256"]], row["sha256"], row["label"]) for row in of_part]
            for part, of_part in rows.items()
        }, CLASS_NAMES
    print(f"{len(missing)} photos of the lab's run are not in {folder}: its folders are the classes.")
    return photos_of_classes(folder)


def photos_of_classes(folder):
    """Return the same of a folder with a folder for each class, or with such for training and validation."""
    learned = next((folder / one for one in ("train", "training") if (folder / one).is_dir()), folder)
    held_out = [folder / one for one in ("validation", "valid", "val", "test")]
    held_out = next((one for one in held_out if one.is_dir() and learned != folder), None)
    classes = class_folders(learned)
    names = list(classes)
    if len(names) < 2:
        sys.exit(f"{learned} has no two folders with photos. Make one for each class.")
    if ONE_UNIT and len(names) != 2:
        sys.exit(f"This run tells two classes apart, and {learned} has {len(names)}. Train with softmax.")
    judged = class_folders(held_out) if held_out else {}
    parts = {"train": [], "validation": []}
    for label, name in enumerate(names):
        photos = labelled(classes[name], label)
        # By content and seed alone: the same division on every machine.
        photos.sort(key=lambda one: hashlib.sha256(f"{SEED}:{one[1]}".encode()).hexdigest())
        count = 0 if held_out else max(1, round(VALIDATION * len(photos)))
        parts["train"] += photos[count:]
        parts["validation"] += photos[:count] + labelled(judged.get(name, []), label)
    if not all(parts.values()) or len({label for *_, label in parts["train"]}) < len(names):
        sys.exit(f"Every class in {learned} needs photos to learn from, and some to judge by: 2 at least.")
    return parts, names


def class_folders(folder):
    """Return the photos below each folder in `folder`, by its name; folders without any are left out."""
    found = {
        one.name: sorted(path for path in one.rglob("*") if path.suffix.lower() in ENDINGS)
        for one in sorted(folder.iterdir())
        if one.is_dir() and not one.name.startswith((".", "__"))
    }
    return {name: paths for name, paths in found.items() if paths}


def labelled(paths, label):
    """Return (path, SHA-256, label) of each photo; copies count once, or they would stand on both sides."""
    known = {hashlib.sha256(path.read_bytes()).hexdigest(): path for path in paths}
    return [(path, sha256, label) for sha256, path in known.items()]


ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".gif", ".bmp", ".tif", ".tiff", ".ppm")


def labels_of(photos):
    return np.array([label for _, _, label in photos])
'''

NO_AUGMENT = '''def changed(pixels, sha256, number):
    """Return the photo as it is: this run changes none."""
    return pixels
'''

AUGMENT = '''


def changed(pixels, sha256, number):
    """Return a photo with random changes; number 0 is the photo as it is.

    The seed is made of the run's, the number and the photo's: nothing else decides what is drawn.
    """
    if number == 0:
        return pixels
    random = np.random.default_rng((SEED, number, int(sha256[:8], 16)))
    turn, right, down, zoom, brighter, contrast = random.uniform(-1.0, 1.0, 6).tolist()
    across, upright = random.random(2) < 0.5
    if FLIP_HORIZONTAL and across:
        pixels = pixels[:, ::-1]
    if FLIP_VERTICAL and upright:
        pixels = pixels[::-1]
    if ROTATION or SHIFT or ZOOM:
        pixels = moved(
            pixels,
            degrees=ROTATION * turn,
            right=SHIFT * right * SIZE,
            down=SHIFT * down * SIZE,
            factor=1 + ZOOM * zoom,
        )
    if BRIGHTNESS or CONTRAST:
        pixels = relit(pixels, brighter=BRIGHTNESS * brighter, factor=1 + CONTRAST * contrast)
    return np.ascontiguousarray(pixels)


'''

BACKBONE = '''def build_backbone():
    """Return the pretrained network without its classifier, frozen."""
    own = HERE / "backbone.npz"  # is there where Keras has no such weights to download
    backbone = {build}
    if own.exists():
        put_weights(backbone, np.load(own))
    backbone.trainable = False
    return backbone


def put_weights(model, arrays):
    """Give the layers of a model the arrays named layer/variable."""
    for name in arrays:
        layer, variable = name.split("/")
        found = [one for one in model.get_layer(layer).weights if one.name == variable]
        found[0].assign(arrays[name])
'''

NETWORK = '''def preprocess(image):
    """Scale the pixels, 0..255, as the backbone was trained: this is part of the network."""
{preprocess}


def frozen_part(backbone, end, pooled):
    """Return the part that never learns: from the pixels to the layer called `end`.

    Its outputs are computed once for each photo, however many epochs there are.
    """
    image = keras.Input((SIZE, SIZE, 3))
    x = preprocess(image)
    if end:
        x = keras.Model(backbone.input, backbone.get_layer(end).output)(x)
    if pooled:
        x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(image, x)


def features_of(network, photos, number=0):
    """Return what the frozen part makes of the photos, 32 at a time."""
    found = []
    for start in range(0, len(photos), 32):
        batch = [
            changed(read_photo(path.read_bytes()), sha256, number)
            for path, sha256, _ in photos[start : start + 32]
        ]
        found.append(np.asarray(network(np.stack(batch).astype("float32"), training=False)))
    return np.concatenate(found)


def training_features(network, photos):
    """Return a function from the epoch to the features to learn on."""
    if LIVE:
        return lambda epoch: features_of(network, photos, epoch + 1)
    cached = np.concatenate([features_of(network, photos, n) for n in range(COPIES + 1)])
    return lambda epoch: cached


def whole_network(backbone, head):
    """Return everything in one: from the pixels, 0..255, to the probability of every class."""
    image = keras.Input((SIZE, SIZE, 3), name="image")
    x = backbone(preprocess(image))
    if GAP:
        x = layers.GlobalAveragePooling2D()(x)
    logits = head(x)
    if logits.shape[-1] == 1:  # a sigmoid is a softmax over (0, logit)
        logits = keras.ops.concatenate([keras.ops.zeros_like(logits), logits], axis=-1)
    return keras.Model(image, layers.Softmax()(logits))


def trained_network():
    """Return the network as the lab trained it; its numbers are in learned.npz."""
    backbone, head = build_backbone(), build_head()
    learned = dict(np.load(HERE / "learned.npz"))
    head.set_weights([learned.pop(f"head/{number}") for number in range(len(head.weights))])
    put_weights(backbone, learned)
    return whole_network(backbone, head)
'''

HEAD = '''def build_head(classes=len(CLASS_NAMES)):
    """Return the new part: from features to one number a class (logits)."""
    x = inputs = keras.Input(FEATURES[-1:] if GAP else FEATURES)
{layers}
    return keras.Model(inputs, x)
'''
