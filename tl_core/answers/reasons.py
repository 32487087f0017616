"""Why a trained network said so: squares that hide a part of the photo, and channels that spoke loudest.

Hiding one part after another shows what the score needs, without a look inside the network: Zeiler and
Fergus 2014, section 4.2, https://arxiv.org/abs/1311.2901. What a channel adds to a class's evidence is its
activation times its weight; where more layers lie between, times the slope of the evidence, which for one
Dense layer is the same. Evidence is the logit above the mean of all classes', as in `heat_maps`.
"""

import numpy as np
from numpy.typing import NDArray

from tl_core.answers.heat_maps import evidence as evidence_of
from tl_core.answers.prediction import trained_network
from tl_core.checks import check_range
from tl_core.prediction.reasons import LOUDEST, LoudChannels, OcclusionRow, covered_row
from tl_core.results import scores
from tl_core.results.metrics import read_model
from tl_core.training import get_training


def occlusion(run_id: str, pixels: NDArray[np.uint8], label: int, row: int) -> OcclusionRow:
    """Return score and evidence of a class with a grey square at each place of one row of the photo.

    A row at a time, so that a page can show how far it is: all of them take VGG16 many seconds.

    Args:
        run_id: id of a training that has results.
        pixels: ``(size, size, 3) uint8`` at the run's input size, from `images.model_input`.
        label: the class.
        row: from the top, 0 to `SPOTS` - 1.

    Raises:
        SettingInvalid: no such class or row.
        RunNotFound: the run is not there, or not trained.
        WeightsMissing: the backbone's weights are not on this machine.
    """
    run = get_training(run_id)
    check_range("label", label, 0, len(read_model(run).class_names) - 1)
    logits = trained_network(run)(np.concatenate([pixels[np.newaxis], covered_row(pixels, row)]))
    share, *shares = scores.probabilities(logits)[:, label].tolist()
    evidence, *evidences = scores.above_mean(logits)[:, label].tolist()
    return OcclusionRow(
        shares=np.array(shares, np.float32),
        evidences=np.array(evidences, np.float32),
        share=share,
        evidence=evidence,
    )


def loud_channels(run_id: str, pixels: NDArray[np.uint8], label: int) -> LoudChannels:
    """Return the channels of the last feature map that spoke loudest for a class.

    Args, raises: as for `occlusion`.
    """
    run = get_training(run_id)
    found = evidence_of(run, pixels[np.newaxis], [label])
    maps, parts = found.maps[0], (found.slopes * found.maps)[0].sum(axis=(0, 1))
    parts = np.nan_to_num(
        parts, posinf=0.0, neginf=0.0
    )  # a training that has run away says nothing
    order = np.argsort(-parts, kind="stable")[:LOUDEST]
    loudest = [int(channel) for channel in order if parts[channel] > 0]
    total, score = float(parts.sum()), float(np.nan_to_num(found.scores[0]))
    return LoudChannels(
        channels=tuple(loudest),
        parts=tuple(float(parts[channel]) for channel in loudest),
        maps=np.ascontiguousarray(np.moveaxis(maps[..., loudest], -1, 0)),
        evidence=score,
        others=total - float(parts[loudest].sum()),
        bias=score - total,
        count=len(parts),
    )
