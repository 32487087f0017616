"""Writes a training as a plain Keras script: what the lab does, in the order in which it does it.

The script stands alone: Keras, NumPy and Pillow. Only what the run uses is in it. Functions that the lab and
the script must share to the last digit are copied from the lab's own source.
"""

import inspect
import re
from collections.abc import Mapping

from tl_core.backbones import get_backbone
from tl_core.exports.script_mistakes import broken_fit, broken_main, broken_network
from tl_core.exports.script_parts import (
    AUGMENT,
    BACKBONE,
    FIND,
    HEAD,
    HEADER,
    IMPORTS,
    NETWORK,
    NO_AUGMENT,
    ONLY_FOR,
    READ,
)
from tl_core.exports.script_told import (
    CUT_FEATURES,
    constants_told,
    functions_told,
    told_in_fit,
    told_in_main,
)
from tl_core.exports.script_training import FIT, MAIN_END, MAIN_HEAD, MAIN_START, MAIN_TAIL
from tl_core.settings import PROJECT
from tl_core.training import TrainingConfig, augmentation

NETWORKS = PROJECT / "tl_core" / "models" / "networks"
OPTIMIZERS = {
    "adam": "keras.optimizers.Adam(rate)",
    "rmsprop": "keras.optimizers.RMSprop(rate)",
    "sgd": "keras.optimizers.SGD(rate, momentum=0.9, nesterov=True)",
}
ARRAY = "np.ndarray"
DIVIDED_BY_255 = (
    "    return image / 255  # the classic mistake, made on purpose: wrong for this backbone"
)


def training_script(
    config: TrainingConfig, names: tuple[str, ...], accuracy: float, versions: Mapping[str, str]
) -> str:
    """Return a training as the text of ``train.py``.

    Args:
        config: the training.
        names: of the classes.
        accuracy: validation accuracy of the run, 0..1.
        versions: of ``keras``, ``tensorflow`` and ``numpy`` that it was trained with.
    """
    fit = FIT.replace("{optimizer}", OPTIMIZERS[config.optimizer]).replace("{loss}", _loss(config))
    told = [_plain_arrays(text) for text in functions_told(config)]
    body = [
        _constants(config, names, accuracy),
        READ,
        FIND,
        _augment(config),
        _backbone(config),
        broken_network(_network(config), config),
        HEAD.replace("{layers}", _head_layers(config)),
        *told,
        broken_fit(told_in_fit(fit, config), config),
        broken_main(told_in_main(_main(config), config), config),
    ]
    header = HEADER.format(**versions, accuracy=f"{accuracy:.4f}") + _mistakes(config)
    return "\n\n".join(text.strip("\n") + "\n" for text in (header, _imports(body), *body))


def _imports(body: list[str]) -> str:
    wanted = {
        name: line if any(sign in text for text in body) else ""
        for name, (line, sign) in ONLY_FOR.items()
    }
    return IMPORTS.format(**wanted)


def _main(config: TrainingConfig) -> str:
    learns = "not isinstance(layer, layers.BatchNormalization)"
    if "batch-norm" in config.mistakes:
        learns = "True  # the mistake: BatchNormalization too"
    tail = MAIN_TAIL.replace("{trainable}", learns)
    if not config.unfrozen:
        return MAIN_START + MAIN_HEAD.replace("done = fit(", "fit(") + MAIN_END
    if not config.epochs:
        return MAIN_START + tail.replace(", done)", ")") + MAIN_END
    return MAIN_START + MAIN_HEAD + tail + MAIN_END


def _mistakes(config: TrainingConfig) -> str:
    if not config.mistakes:
        return ""
    return f"\n# Mistakes that were made on purpose: {', '.join(config.mistakes)}.\n"


def _constants(config: TrainingConfig, names: tuple[str, ...], accuracy: float) -> str:
    spec = get_backbone(config.backbone)
    values = {
        "CLASS_NAMES": list(names),
        "SIZE": config.size,
        "SEED": config.seed,
        "BATCH": config.batch,
        "GAP": config.pooling == "gap",
        "FEATURES": list(spec.feature_shape(config.size)),
        "END": spec.cut,
        "CUT": config.cut.layer,
        "EPOCHS": config.epochs,
        "RATE": config.learning_rate,
        "FINE_EPOCHS": config.fine_epochs if config.unfrozen else 0,
        "FINE_RATE": config.fine_rate,
        "KEEP_BEST": config.keep_best,
        "PATIENCE": config.patience,
        "PLATEAU": config.plateau,
        "COPIES": config.copies,
        "LIVE": config.live,
        "VALIDATION": config.validation,
        "ONE_UNIT": config.one_unit,
        "LAB": accuracy,
        **constants_told(config),
    }
    return "\n".join(
        f"{name} = {value!r}{_MEANINGS.get(name, '')}" for name, value in values.items()
    )


_MEANINGS = {
    "SIZE": "  # side of the photos, in pixels",
    "BATCH": "  # photos a step",
    "GAP": "  # average the feature map over its positions; otherwise Flatten",
    "FEATURES": "  # height, width and channels of the backbone's last feature map",
    "END": "  # the layer that gives it",
    "CUT": "  # what lies behind this layer is fine-tuned; empty: everything is",
    "EPOCHS": "  # of the first phase: the head alone",
    "FINE_EPOCHS": "  # of the second phase: the layers behind the cut with the head",
    "KEEP_BEST": "  # the epoch with the best validation accuracy; otherwise the last",
    "PATIENCE": "  # end a phase after so many epochs without a better one; 0: never",
    "PLATEAU": "  # halve the rate after so many epochs without a better one; 0: never",
    "COPIES": "  # changed copies of each training photo, made once",
    "LIVE": "  # change the training photos anew in every epoch",
    "VALIDATION": "  # share of other photos than the run's that is held out to judge by",
    "ONE_UNIT": "  # one number for two classes; otherwise one a class",
    "LAB": "  # validation accuracy of the run",
    "SMOOTHING": "  # share of each label that is spread evenly over the classes",
    "WARM_UP": "  # share of a phase's steps in which the rate rises",
    "ALPHA": "  # of the beta distribution that shares are drawn from",
    "LAYER_DECAY": "  # the rate of a block, as a share of that of the next one",
    "BLOCK_ENDS": "  # the last layer of each block that learns",
}


def _augment(config: TrainingConfig) -> str:
    if not config.augmentation.active:
        return NO_AUGMENT
    shared = (augmentation.moved, augmentation.relit, augmentation._mirrored)
    amounts = config.augmentation.as_json().items()
    constants = "\n".join(f"{name.upper()} = {value!r}" for name, value in amounts)
    copied = "\n\n".join(inspect.getsource(one) for one in shared)
    return constants + AUGMENT + _plain_arrays(copied)


def _plain_arrays(text: str) -> str:
    """Return a piece of the lab's source without the types that only the lab has."""
    return re.sub(r"\bPixels\b|\bNDArray\[np\.\w+\]", ARRAY, text)


def _network(config: TrainingConfig) -> str:
    text = NETWORK.replace("{preprocess}", _preprocess(config))
    if config.mix != "cutmix":
        return text
    begins, ends = text.index("def training_features("), text.index("def whole_network(")
    return text[:begins] + CUT_FEATURES + "\n\n" + text[ends:]


def _backbone(config: TrainingConfig) -> str:
    spec = get_backbone(config.backbone)
    if spec.application:
        return BACKBONE.format(
            build=f"keras.applications.{spec.application}(\n"
            '        include_top=False, weights=None if own.exists() else "imagenet",\n'
            "        input_shape=(SIZE, SIZE, 3),\n    )"
        )
    source, call = "small_convnet.py", "small_convnet(SIZE)"
    if spec.name != "small-convnet":
        source, call = "lite.py", f'efficientnet_lite("{spec.name}", SIZE)'
    _, _, code = (NETWORKS / source).read_text("utf-8").partition("from keras import layers\n")
    return code + "\n\n" + BACKBONE.format(build=call)


def _preprocess(config: TrainingConfig) -> str:
    if "preprocessing" in config.mistakes:
        return DIVIDED_BY_255
    scaling = get_backbone(config.backbone).preprocessing
    lines = []
    if scaling.channel_order == "bgr":
        lines.append("image = keras.ops.flip(image, axis=-1)  # RGB to BGR")
    if any(scaling.mean) or set(scaling.scale) != {1.0}:
        variance = tuple(value**2 for value in scaling.scale)
        lines.append(
            "# (image - mean) / deviation, channel by channel\n"
            f"    image = keras.layers.Normalization(mean={scaling.mean}, variance={variance})(image)"
        )
    lines.append("return image")
    return "\n".join(f"    {line}" for line in lines)


def _head_layers(config: TrainingConfig) -> str:
    """Return the layers of the head, with the seeds that the lab gives them."""
    outputs = "1" if config.one_unit else "classes"
    at_end = ', activation="softmax"' if "one-unit" in config.mistakes else ""
    seeds = iter(range(config.seed * 1000, config.seed * 1000 + 1000))
    lines = ["x = keras.layers.Flatten()(x)"] if config.pooling == "flatten" else []
    for number, units in enumerate((*config.dense, outputs)):
        last = number == len(config.dense)
        if config.drops_before(number):
            lines.append(f"x = keras.layers.Dropout({config.dropout!r}, seed={next(seeds)})(x)")
        activation = at_end if last else ', activation="relu"'
        lines.append(
            f"start = keras.initializers.GlorotUniform(seed={next(seeds)})\n"
            f"    x = keras.layers.Dense({units}{activation}, kernel_initializer=start)(x)"
        )
    if "one-unit" in config.mistakes:
        lines.insert(-1, "# The mistake: over one unit a softmax is always 1, whatever the photo.")
    return "\n".join(f"    {line}" for line in lines)


def _loss(config: TrainingConfig) -> str:
    smoothing = ", label_smoothing=SMOOTHING" if config.smoothing else ""
    if "one-unit" in config.mistakes:  # of the answers, as people have it
        return f"keras.losses.BinaryCrossentropy({smoothing.removeprefix(', ')})"
    if config.one_unit:
        return f"keras.losses.BinaryCrossentropy(from_logits=True{smoothing})"
    if config.shared_labels:
        return f"keras.losses.CategoricalCrossentropy(from_logits=True{smoothing})"
    return "keras.losses.SparseCategoricalCrossentropy(from_logits=True)"
