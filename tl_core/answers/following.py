"""One photo through a trained run, with all that lies between its pixels and its score."""

import numpy as np
from numpy.typing import NDArray

from tl_core.answers.depths import chosen_blocks, depth_of
from tl_core.answers.learned import learned_by
from tl_core.checks import check_range
from tl_core.prediction.following import Followed, head_sum, shortened
from tl_core.results import scores
from tl_core.results.metrics import read_model
from tl_core.training import get_training

CHANNELS_SHOWN = 4


def follow(run_id: str, pixels: NDArray[np.uint8], label: int) -> Followed:
    """Return what a photo becomes inside a trained run, and the sum behind the score of a class.

    Args:
        run_id: id of a training that has results.
        pixels: ``(size, size, 3) uint8`` at the run's input size, from `images.model_input`.
        label: the class whose score is explained.

    Raises:
        SettingInvalid: no such class.
        RunNotFound: the run is not there, or not trained.
        WeightsMissing: the backbone's weights are not on this machine.
    """
    run = get_training(run_id)
    check_range("label", label, 0, len(read_model(run).class_names) - 1)
    learned = learned_by(run)
    spec = learned.backbone
    shown = sorted({*chosen_blocks(spec), len(spec.blocks) - 1})
    maps = [found[0] for found in learned.maps(pixels[np.newaxis], shown)]
    features = learned.pooled(maps[-1][np.newaxis])
    logits = learned.head.logits(features)
    unit = 0 if logits.shape[1] == 1 else label
    weights, biases = learned.head.last
    named = zip((spec.blocks[number].name for number in shown), maps, strict=True)
    return Followed(
        depths=tuple(depth_of(name, found, CHANNELS_SHOWN) for name, found in named),
        vector=shortened(features.ravel()),
        length=features.size,
        unit="dense" if run.settings.dense else run.settings.pooling,
        sum=head_sum(learned.head.before_last(features)[0], weights[:, unit], biases[unit]),
        logit=float(logits[0, unit]),
        share=float(scores.probabilities(logits)[0, label]),
    )
