"""Networks for browsers: the file says what the lab's own networks say, the head adds the rest."""

import gzip
import shutil
import time
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tests.models.conftest import SIDE, each_once, stop_at_look
from tl_core import runs
from tl_core.answers.extraction import read_pixels
from tl_core.answers.imagenet import imagenet_guesses
from tl_core.answers.live_head import live_head
from tl_core.answers.prediction import trained_network
from tl_core.backbones import get_backbone, list_backbones
from tl_core.browser import litert_files
from tl_core.datasets.catalogue import get_dataset
from tl_core.errors import EngineUnavailable, JobCancelled, SettingInvalid
from tl_core.models.exports import job as export
from tl_core.models.exports import live
from tl_core.models.exports.files import litert
from tl_core.models.exports.live import run_live
from tl_core.models.exports.live_file import live_network
from tl_core.models.exports.whole_network import features_of
from tl_core.models.networks.backbones import build_backbone
from tl_core.prediction.imagenet import FIVE
from tl_core.prediction.live import LiveConfig, find_live, live_config
from tl_core.prediction.pieces import pieces_dir
from tl_core.prediction.programs import PROGRAM
from tl_core.results.scores import probabilities
from tl_core.runs.snapshots import snapshot
from tl_core.training import TrainingConfig

pytestmark = [
    pytest.mark.filterwarnings("ignore:You are using a softmax over axis"),
    pytest.mark.filterwarnings("ignore:.*tf.lite.Interpreter is deprecated"),
]

RUNS: dict[str, dict[str, Any]] = {
    "softmax": {},
    "sigmoid": {"activation": "sigmoid", "dense": (16,)},
    "flatten": {"pooling": "flatten", "epochs": 2},
    "wrong": {"mistakes": ("preprocessing", "one-unit"), "epochs": 1},
    "fine-tuned": {"unfrozen": 2, "epochs": 2, "fine_epochs": 2, "fine_rate": 0.001},
}
IMAGENET = LiveConfig(part="imagenet", backbone="efficientnet-lite0", size=96)


@pytest.fixture(scope="module")
def trained(new_run):
    """Return ``trained(name)``: the run of one of `RUNS`, trained the first time it is asked for."""
    return each_once(new_run, RUNS)


def new_job(config):
    """Return a job that nobody has begun."""
    shutil.rmtree(runs.runs_dir() / config.name, ignore_errors=True)
    shutil.rmtree(pieces_dir().parent, ignore_errors=True)
    return runs.open_job(config)


def pixels_of(run):
    config = TrainingConfig.from_json(run.config)
    dataset = get_dataset(config.dataset)
    return np.stack([read_pixels(dataset, image, config) for image in dataset.images[::12]])


def file_of(packed):
    data = b"".join(path.read_bytes() for path in sorted(packed.folder.iterdir()))
    return gzip.decompress(data)


def answers(file, pixels):
    interpreter = tf.lite.Interpreter(model_content=file)
    interpreter.allocate_tensors()
    (entry,), (end,) = interpreter.get_input_details(), interpreter.get_output_details()
    assert entry["shape"].tolist() == [1, *pixels.shape[1:]], "a browser takes no free batch"
    found = []
    for photo in pixels.astype(np.float32):
        interpreter.set_tensor(entry["index"], photo[None])
        interpreter.invoke()
        found.append(interpreter.get_tensor(end["index"])[0].copy())
    return np.stack(found)


@pytest.mark.parametrize("name", RUNS)
def test_the_network_and_its_head_give_the_scores_of_the_run(trained, name):
    run = trained(name)
    config, pixels = live_config(run), pixels_of(run)
    values = np.asarray(live_network(config)(pixels.astype(np.float32), training=False))
    if config.part == "features":
        values = probabilities(head_of(live_head(run.id), values))
    expected = probabilities(trained_network(run)(pixels))
    assert (config.part == "whole") == (name == "fine-tuned")
    assert np.abs(values - expected).max() < 1e-4
    if name != "wrong":  # which says the same of every photo
        assert np.abs(values - expected[::-1]).max() > 1e-3


def head_of(head, features):
    """Return the logits of a head by NumPy alone, as dense.js computes them."""
    values = features.reshape(len(features), -1)
    for at in range(0, len(head.arrays), 2):
        values = np.maximum(values, 0) if at else values
        values = values @ head.arrays[at] + head.arrays[at + 1]
    return values if head.constant is None else np.full_like(values, head.constant)


def test_a_head_of_unfrozen_blocks_is_no_use_by_itself(trained):
    with pytest.raises(ValueError, match="blocks"):
        live_head(trained("fine-tuned").id)


@pytest.mark.parametrize("name", ["softmax", pytest.param("fine-tuned", marks=pytest.mark.slow)])
def test_a_job_makes_the_file_checks_it_and_cuts_it_into_pieces(trained, name):
    run = trained(name)
    config, pixels = live_config(run), pixels_of(run)[:2]
    run_live(job := new_job(config))
    packed = find_live(config)
    assert packed and 0 < packed.difference < 1e-4
    values = answers(file_of(packed), pixels)
    if config.part == "features":
        values = probabilities(head_of(live_head(run.id), values))
    assert np.abs(values - probabilities(trained_network(run)(pixels))).max() < 1e-4
    assert [phase.done for phase in snapshot(job).phases] == [live.STEPS]
    assert not list(pieces_dir().parent.glob(".tmp-*"))
    programs = list(pieces_dir().parent.glob(f"{PROGRAM}*.json"))
    assert len(programs) == len(litert_files()), "a page would have to pack them"
    made = packed.folder.stat().st_ino
    run_live(job)
    assert packed.folder.stat().st_ino == made, "what is there is not made again"


@pytest.mark.slow
@pytest.mark.parametrize("name", [spec.name for spec in list_backbones(untrained=True)])
def test_every_backbone_can_be_written_for_browsers(name):
    spec = get_backbone(name)
    size = max(spec.min_size, 96)
    network = features_of(build_backbone(name, size, "random"), spec.preprocessing, "gap")
    pixels = np.random.default_rng(0).integers(0, 256, (2, size, size, 3)).astype(np.uint8)
    expected = np.asarray(network(pixels.astype(np.float32), training=False))
    found = answers(litert(network), pixels)
    assert live._difference(expected, found) < 1e-5
    assert np.abs(found - expected[::-1]).max() > 1e-3


def test_imagenets_classifier_says_what_the_page_says(dataset):
    """Random pixels will not do for the order: photos of the project are looked at."""
    pixels = live._photos(IMAGENET.size)
    values = np.asarray(live_network(IMAGENET)(pixels.astype(np.float32), training=False))
    assert values.shape == (len(pixels), 1000)
    for row, guesses in zip(values, imagenet_guesses(pixels).photos, strict=True):
        assert np.argsort(-row)[:FIVE].tolist() == [guess.label for guess in guesses]
        np.testing.assert_allclose(row[guesses[0].label], guesses[0].share, atol=1e-5)


def test_what_differs_from_the_run_is_not_offered(trained, monkeypatch):
    config = live_config(trained("softmax"))
    monkeypatch.setattr(live, "_expected", lambda config, pixels: np.full((3, 1280), 0.5))
    with pytest.raises(EngineUnavailable, match="other answers"):
        run_live(new_job(config))
    assert find_live(config) is None


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_is_no_number_is_not_offered(number):
    with pytest.raises(EngineUnavailable):
        live._difference(np.ones((1, 2)), np.array([[1.0, number]]))
    assert live._difference(np.full((1, 2), 50.0), np.full((1, 2), 50.001)) < 1e-4


def test_stop_ends_the_program_at_once_and_leaves_nothing(trained, monkeypatch):
    config = live_config(trained("softmax"))
    job = new_job(config)
    looks = stop_at_look(monkeypatch, export, 2)
    began = time.monotonic()
    with pytest.raises(JobCancelled):
        run_live(job)
    assert len(looks) == 2 and time.monotonic() - began < 5
    assert find_live(config) is None
    assert not list(pieces_dir().glob("*")) and not list(pieces_dir().parent.glob(".tmp-*"))


def test_a_file_of_a_state_that_was_trained_further_since_is_refused(trained):
    run = trained("fine-tuned")
    stale = LiveConfig.from_json(live_config(run).as_json() | {"trained": "0" * 16})
    with pytest.raises(SettingInvalid, match="trained further"):
        run_live(new_job(stale))
    assert stale.size == SIDE
