"""The first sections of the Keras script that `tl_core.exports.script` writes: photos and networks."""

HEADER = '''"""A training of the Transfer Learning Lab, repeated with Keras alone.

    pip install keras=={keras} tensorflow=={tensorflow} numpy=={numpy} pillow pillow-heif
    python train.py FOLDER

FOLDER holds the images, in any order and under any names: images.json knows them by their SHA-256, and says
which ones are for training and which for validation. The run in the lab reached a validation accuracy of
{accuracy}. With the same versions and photos this comes out within rounding: the last digits of a sum depend
on the machine, and many epochs can make something of them.
"""
'''

IMPORTS = """from __future__ import annotations

import contextlib
import hashlib
import io
import json
{math}import sys
{dataclass}from pathlib import Path
{any}
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


def find_photos(folder):
    """Return the photos of each part as (path, SHA-256, label), in the order of images.json."""
    paths = {}
    for path in folder.rglob("*"):
        if path.is_file():
            paths[hashlib.sha256(path.read_bytes()).hexdigest()] = path
    parts = {}
    for part, rows in json.loads((HERE / "images.json").read_text("utf-8")).items():
        for row in rows:
            if row["sha256"] not in paths:
                sys.exit(f"{row['name']} is not in {folder}, or was changed.")
        parts[part] = [(paths[row["sha256"]], row["sha256"], row["label"]) for row in rows]
    return parts


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

HEAD = '''def build_head():
    """Return the new part: from features to one number a class (logits)."""
    x = inputs = keras.Input(FEATURES[-1:] if GAP else FEATURES)
{layers}
    return keras.Model(inputs, x)
'''
