"""Parts of the Keras script for a run that weighs classes, shares labels, mixes photos or bends its rate.

Each is a text that takes the place of a simpler one; a run without them gets none of them.
"""

import inspect

from tl_core.backbones import get_backbone
from tl_core.training import TrainingConfig, mixing

STEADY = """    # Compile after `trainable` was set: Keras looks at it here.
    model.compile(optimizer(rate), loss, jit_compile=False)
"""
COSINE = """    steps = epochs * -(-len(labels) // BATCH)
    rising = round(steps * WARM_UP)
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, steps - rising, warmup_target=rate, warmup_steps=rising
    )
    # Compile after `trainable` was set: Keras looks at it here.
    model.compile(optimizer(schedule), loss, jit_compile=False)
"""
ASSIGN = "        model.optimizer.learning_rate.assign(rate)\n"
PLAIN = "        model.fit(rows, labels[order], batch_size=BATCH, shuffle=False, verbose=0)\n"
TOLD = "        told = shares_of(labels[order], model.output_shape[-1])\n"
MIXED = """        mixes = mixes_of(epoch, len(order))
        told = mixed_up(told, mixes.partners, mixes.shares)
"""
MIXED_ROWS = "        rows = mixed_up(rows, mixes.partners, mixes.shares)\n"
FITTED = "        model.fit(rows, {told}, {weights}batch_size=BATCH, shuffle=False, verbose=0)\n"
SMOOTHED = """    surprise = -np.log(np.maximum(shares, 1e-300))
    cost = surprise[np.arange(len(labels)), labels].mean()
    cost = (1 - SMOOTHING) * cost + SMOOTHING * surprise.mean()
    return (shares.argmax(axis=1) == labels).mean(), cost
"""
CERTAIN = """    of_truth = np.maximum(shares[np.arange(len(labels)), labels], 1e-300)
    return (shares.argmax(axis=1) == labels).mean(), -np.log(of_truth).mean()
"""
SHARES = '''def shares_of(labels, units):
    """Return how much of each class a label is; for one unit, how much of the second."""
    if units == 1:
        return labels.astype("float32")
    return np.eye(units, dtype="float32")[labels]
'''
WEIGHTS = '''def weights_of(told, labels):
    """Return what each photo counts, so that every class counts the same: n / (classes * count)."""
    counts = np.bincount(labels, minlength=told.shape[1] if told.ndim == 2 else 2)
    of_class = np.where(counts, len(labels) / (len(counts) * np.maximum(counts, 1)), 0)
    if told.ndim == 1:
        return (told * of_class[1] + (1 - told) * of_class[0]).astype("float32")
    return (told @ of_class).astype("float32")
'''
MIXES = '''


def mixes_of(epoch, count):
    """Return the mixes of all batches of an epoch; a partner is in the same batch."""
    mixes = []
    for number, start in enumerate(range(0, count, BATCH)):
        mix = mix_of_batch(MIX, min(BATCH, count - start), SIZE, (SEED, epoch, number))
        mixes.append(Mix(mix.partners + start, mix.shares, mix.boxes))
    return Mix(*map(np.concatenate, zip(*mixes)))
'''
CUT_FEATURES = '''def training_features(network, photos):
    """Return a function from the epoch to the features to learn on: of mixed photos, as `fit` orders them."""

    def features(epoch):
        order = np.random.default_rng((SEED, epoch)).permutation(len(photos))
        chosen = [photos[place] for place in order]
        pixels = [changed(read_photo(path.read_bytes()), sha256, epoch + 1) for path, sha256, _ in chosen]
        mixes = mixes_of(epoch, len(photos))
        pixels = cut_in(np.stack(pixels), mixes.partners, mixes.boxes).astype("float32")
        batches = [pixels[start : start + 32] for start in range(0, len(pixels), 32)]
        found = np.concatenate([np.asarray(network(one, training=False)) for one in batches])
        return found[np.argsort(order)]  # `fit` will order them again

    return features
'''
BLOCK_RATES = '''def rate_shares(tail):
    """Return by what the rate of each variable is multiplied: 1 in the last block, less in those before."""
    shares, before = {}, len(BLOCK_ENDS) - 1
    for layer in tail.layers:  # from the photo to the end
        for variable in layer.trainable_variables:
            shares[id(variable)] = LAYER_DECAY**before
        before -= layer.name in BLOCK_ENDS
    return shares


def use_shares(model, shares):
    """Let the optimizer of a model multiply the rate of each variable by its share."""
    optimizer, step = model.optimizer, model.optimizer.update_step
    of_variable = [shares.get(id(one), 1.0) for one in model.trainable_variables]

    def shared_step(gradient, variable, rate):
        step(gradient, variable, rate * of_variable[optimizer._get_variable_index(variable)])

    optimizer.update_step = shared_step
'''
USE_SHARES = "    if shares:\n        use_shares(model, shares)\n"


def constants_told(config: TrainingConfig) -> dict[str, object]:
    """Return the constants that only such a run needs."""
    values: dict[str, object] = {}
    if config.smoothing:
        values["SMOOTHING"] = config.smoothing
    if config.schedule == "cosine":
        values["WARM_UP"] = config.warm_up
    if config.mix != "none":
        values["MIX"] = config.mix
        values["ALPHA"] = mixing.ALPHA
        values["DRAWN_FOR_MIXING"] = mixing.DRAWN_FOR_MIXING
    if _by_block(config):
        blocks = get_backbone(config.backbone).blocks
        values["LAYER_DECAY"] = config.layer_decay
        values["BLOCK_ENDS"] = [one.last_layer for one in blocks[-config.unfrozen :]]
    return values


def functions_told(config: TrainingConfig) -> list[str]:
    """Return the functions that only such a run needs, those of the lab from its own source."""
    functions = []
    if config.shared_labels or config.balanced:
        functions.append(SHARES)
    if config.balanced:
        functions.append(WEIGHTS)
    if config.mix != "none":
        shared = (mixing.Mix, mixing.mix_of_batch, mixing.cut_in, mixing.mixed_up)
        needed = [one for one in shared if one is not mixing.cut_in or config.mix == "cutmix"]
        functions.append("\n\n".join(map(inspect.getsource, needed)) + MIXES)
    if _by_block(config):
        functions.append(BLOCK_RATES)
    return functions


def told_in_fit(text: str, config: TrainingConfig) -> str:
    """Return the text of ``fit`` and ``judge`` with what such a run does in it."""
    if config.smoothing:
        text = text.replace(CERTAIN, SMOOTHED)
    if config.schedule == "cosine":
        text = text.replace(STEADY, COSINE).replace(ASSIGN, "")
    if _by_block(config):
        compiled = "loss, jit_compile=False)\n"
        text = text.replace(compiled, compiled + USE_SHARES)
        text = text.replace("rate, before=0):", "rate, before=0, shares=None):")
    if config.shared_labels or config.balanced:
        text = text.replace(PLAIN, _steps(config))
    return text


def told_in_main(text: str, config: TrainingConfig) -> str:
    """Return the text of ``main`` with the rates of the blocks in it."""
    if not _by_block(config):
        return text
    ending = "FINE_EPOCHS, FINE_RATE, done)" if config.epochs else "FINE_EPOCHS, FINE_RATE)"
    return text.replace(ending, ending[:-1] + ", shares=rate_shares(tail))")


def _steps(config: TrainingConfig) -> str:
    lines = [TOLD]
    if config.mix != "none":
        lines.append(MIXED)
    if config.mix == "mixup":
        lines.append(MIXED_ROWS)
    told = "told" if config.shared_labels else "labels[order]"
    weights = "sample_weight=weights_of(told, labels), " if config.balanced else ""
    lines.append(FITTED.format(told=told, weights=weights))
    return "".join(lines)


def _by_block(config: TrainingConfig) -> bool:
    return config.unfrozen > 0 and config.layer_decay < 1
