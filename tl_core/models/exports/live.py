"""The job behind the live camera: write a network for browsers, check it, and cut it into pieces.

browser/.tmp-.../      while it is made
        <job>.json     afterwards, see `tl_core.prediction.pieces`
"""

import json

import numpy as np
from numpy.typing import NDArray

from tl_core import files, images
from tl_core.answers.networks import frozen_network
from tl_core.answers.prediction import trained_network
from tl_core.backbones import get_backbone
from tl_core.backbones.lite_arrays import load_top
from tl_core.datasets.catalogue import read_photo, sample_photos
from tl_core.errors import EngineUnavailable, SettingInvalid
from tl_core.exports import trained_mark
from tl_core.models.exports.files import PIXELS
from tl_core.models.exports.job import refusal_of, run_program
from tl_core.models.exports.live_file import ANSWERS, FILE
from tl_core.prediction.live import LiveConfig, find_live
from tl_core.prediction.pieces import pack, pieces_dir
from tl_core.prediction.programs import packed_programs
from tl_core.results import scores
from tl_core.runs import Run
from tl_core.runs.reporting import Reporter, check_cancel
from tl_core.settings import PROJECT
from tl_core.training import get_training
from tl_core.training.preprocessing import DIVIDED_BY_255
from tl_core.wording import N_

WRITER = "tl_core.models.exports.live_file"
PHASE = N_("Make the network ready for browsers")
STEPS = 3
PHOTOS = 3
TOLERANCE = 1e-4
"""Largest difference with which a network is offered, see `_difference`."""


def run_live(run: Run) -> None:
    """Make the file that a browser runs, unless it is there, and pack what runs it.

    Raises:
        JobCancelled: somebody pressed Stop; nothing is left behind.
        RunNotFound: the training is gone, or its files are damaged.
        SettingInvalid: the training has gone on.
        WeightsMissing: the backbone's weights are not on this machine.
        EngineUnavailable: the network cannot be written for browsers.
        DiskUnusable: the disk is full, read-only, gone, or fails.
    """
    config = LiveConfig.from_json(run.config)
    if find_live(config):
        return
    report = Reporter(run, PHASE, STEPS)
    _check(config)
    parent = pieces_dir().parent
    parent.mkdir(parents=True, exist_ok=True)
    with files.temporary_folder(parent) as folder:
        pixels = _photos(config.size)
        np.save(folder / PIXELS, pixels)
        expected = _expected(config, pixels)
        report(1, STEPS)
        arguments = ["-m", WRITER, json.dumps(config.as_json()), str(folder)]
        if status := run_program(run, arguments, inside=PROJECT, printed=folder / "printed.txt"):
            raise refusal_of(status) or EngineUnavailable(
                "This network could not be made ready for browsers. Choose another one; the engine's log "
                "says why."
            )
        report(2, STEPS)
        difference = _difference(expected, np.load(folder / ANSWERS))
        with (folder / FILE).open("rb") as file:
            pack(config.name, file, difference=difference, look=lambda: check_cancel(run))
        packed_programs()  # here, where no page waits for it
        report(STEPS, STEPS)


def _check(config: LiveConfig) -> None:
    if config.run and trained_mark(get_training(config.run)) != config.trained:
        raise SettingInvalid(
            "Run {id} was trained further since this was asked for. Ask for it again.",
            id=config.run,
        )


def _photos(size: int) -> NDArray[np.uint8]:
    """Return sample photos, ``(n, size, size, 3) uint8``: no dataset needs to be there."""
    names = [sample.name for sample in sample_photos()][:PHOTOS]
    return np.stack([images.model_input(read_photo(name), name, size) for name in names])


def _expected(config: LiveConfig, pixels: NDArray[np.uint8]) -> NDArray[np.floating]:
    """Return what the lab's own networks say of the photos, as exactly as a browser computes."""
    if config.part == "whole":
        return scores.probabilities(trained_network(get_training(config.run))(pixels))
    pooling = "gap" if config.part == "imagenet" else config.pooling
    spec = get_backbone(config.backbone)
    scaling = DIVIDED_BY_255 if config.divided else spec.preprocessing
    network = frozen_network(config.backbone, config.weights, config.size)
    (features,) = network.features(pixels, ((spec.cut, pooling == "gap"),), scaling)
    if config.part == "features":
        return features
    kernel, bias = load_top(config.backbone)
    return scores.probabilities(features @ kernel + bias)


def _difference(expected: NDArray[np.floating], found: NDArray[np.floating]) -> float:
    """Return the largest difference, as a share of the largest number where that is above 1.

    Raises:
        EngineUnavailable: it is more than `TOLERANCE`, or no number.
    """
    largest = max(float(np.abs(expected).max()), 1.0)
    difference = float(np.abs(expected - found).max()) / largest
    if not difference <= TOLERANCE:
        raise EngineUnavailable(
            "This network would give other answers in a browser than here: they differ by {difference}, and "
            "{tolerance} is the most that is allowed. Choose another one.",
            difference=f"{difference:.1e}",
            tolerance=f"{TOLERANCE:g}",
        )
    return difference
