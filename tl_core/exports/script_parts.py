"""The sections of the Keras script that `tl_core.exports.script` writes."""

HEADER = '''"""A training of the Transfer Learning Lab, repeated with Keras alone.

    pip install keras=={keras} tensorflow=={tensorflow} numpy=={numpy} pillow
    python train.py FOLDER

FOLDER holds the images, in any order and under any names: images.json knows them by their SHA-256, and says
which ones are for training and which for validation. The run in the lab reached a validation accuracy of
{accuracy}. With the same versions and photos this comes out within rounding: the last digits of a sum depend
on the machine, and many epochs can make something of them.
"""
'''

IMPORTS = """from __future__ import annotations

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

READ = '''def read_photo(data):
    """Return a photo as the network sees it: upright, RGB, squashed to the square, 0..255."""
    image = Image.open(io.BytesIO(data))
    image.draft(None, (SIZE, SIZE))  # a large JPEG is decoded smaller, which is faster
    image.load()
    ImageOps.exif_transpose(image, in_place=True)
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

FIT = '''def judge(model, features, labels):
    """Return accuracy and mean cross entropy on photos that the model does not learn from."""
    logits = model.predict(features, batch_size=128, verbose=0).astype("float64")
    if logits.shape[1] == 1:
        logits = np.hstack([np.zeros_like(logits), logits])
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    of_truth = np.maximum(shares[np.arange(len(labels)), labels], 1e-300)
    return (shares.argmax(axis=1) == labels).mean(), -np.log(of_truth).mean()


def fit(model, features, labels, held_out, held_out_labels, epochs, rate, before=0):
    """Train a model for one phase, and give it the weights of the epoch to keep.

    Returns how many epochs there were; `before` is how many the run had already.
    """
    keras.utils.set_random_seed(SEED)
    loss = {loss}
    # Compile after `trainable` was set: Keras looks at it here.
    model.compile(optimizer(rate), loss, jit_compile=False)
    best, kept, waited, since_halved = None, None, 0, 0
    for epoch in range(before, before + epochs):
        order = np.random.default_rng((SEED, epoch)).permutation(len(labels))
        model.optimizer.learning_rate.assign(rate)
        rows = features(epoch)[order]
        model.fit(rows, labels[order], batch_size=BATCH, shuffle=False, verbose=0)
        accuracy, cost = judge(model, held_out, held_out_labels)
        print(f"epoch {epoch + 1}: validation accuracy {accuracy:.4f}, loss {cost:.4f}", flush=True)
        if best is None or (accuracy, -cost) > best:
            best, waited, since_halved = (accuracy, -cost), 0, 0
            # `variables` has the random numbers of the dropout too, which `weights` leaves out.
            kept = [np.array(one) for one in model.variables] if KEEP_BEST else None
        else:
            waited, since_halved = waited + 1, since_halved + 1
        if PLATEAU and since_halved >= PLATEAU:
            rate, since_halved = rate / 2, 0
        if PATIENCE and waited >= PATIENCE:
            break
    if kept is not None:
        for variable, value in zip(model.variables, kept):
            variable.assign(value)
    return epoch + 1 - before


def optimizer(rate):
    return {optimizer}
'''

MAIN_START = """def main():
    photos = find_photos(Path(sys.argv[1]))
    train, validation = photos["train"], photos["validation"]
    labels = np.tile(labels_of(train), COPIES + 1)
    held_out_labels = labels_of(validation)
    backbone, head = build_backbone(), build_head()
"""

MAIN_HEAD = """
    # First phase: the backbone stays as it is, the head learns to read its features.
    frozen = frozen_part(backbone, END, GAP)
    features, held_out = training_features(frozen, train), features_of(frozen, validation)
    done = fit(head, features, labels, held_out, held_out_labels, EPOCHS, RATE)
"""

MAIN_TAIL = """
    # Second phase: the last layers of the backbone learn too, at a smaller rate.
    frozen = frozen_part(backbone, CUT, False)
    start = backbone.get_layer(CUT).output if CUT else backbone.input
    tail = keras.Model(start, backbone.output)
    for layer in tail.layers:
        # BatchNormalization stays as ImageNet left it. Calling the model with training=False is not
        # enough: `fit` does not heed that, it heeds `trainable`.
        layer.trainable = {trainable}
    x = inputs = keras.Input(tail.input_shape[1:])
    x = tail(x)
    if GAP:
        x = layers.GlobalAveragePooling2D()(x)
    learner = keras.Model(inputs, head(x))
    features, held_out = training_features(frozen, train), features_of(frozen, validation)
    fit(learner, features, labels, held_out, held_out_labels, FINE_EPOCHS, FINE_RATE, done)
"""

MAIN_END = """
    network = whole_network(backbone, head)
    network.save(HERE / "trained.keras")
    guesses = features_of(network, validation).argmax(axis=1)
    for label, name in enumerate(CLASS_NAMES):
        of_class = guesses[held_out_labels == label]
        print(f"{name}: {(of_class == label).sum()} of {len(of_class)} right")
    accuracy = (guesses == held_out_labels).mean()
    print(f"Validation accuracy {accuracy:.4f}, in the lab {LAB:.4f}. Saved: trained.keras")


if __name__ == "__main__":
    main()
"""
