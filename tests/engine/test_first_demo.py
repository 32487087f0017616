"""The first demo: untouched settings on the dataset chosen at first know the photos that they are shown."""

import pytest

from tests.engine.conftest import ended, wait_until
from tl_core import images
from tl_core.datasets.catalogue import get_dataset, read_photo
from tl_core.engine.client import Engine
from tl_core.engine.questions import PREDICT
from tl_core.results.predictions import read_predictions
from tl_core.runs.snapshots import JobState
from tl_core.training import Training, TrainingConfig, open_training
from tl_core.ui.datasets.choice import DEFAULT
from tl_core.ui.prediction.run_photos import usual

SAMPLES = {"chelsea": "animals", "coffee": "things"}
"""Sample photos that belong to a class of it."""
SEEDS = range(5)
ANSWER_SECONDS = 60


def guess(engine: Engine, run: Training, data: bytes) -> str:
    """Return the class that a network is surest of, asked as the page asks."""
    pixels = images.model_input(data, "photo", run.settings.size)
    scores = engine.ask(PREDICT, seconds=ANSWER_SECONDS, run_id=run.id, pixels=pixels)
    return get_dataset(run.settings.dataset).class_names[scores.order[0]]


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_the_usual_settings_know_their_first_photo_and_the_samples(
    engine: Engine, seed: int
) -> None:
    dataset = get_dataset(DEFAULT)
    config = TrainingConfig(dataset=dataset.id, fingerprint=dataset.fingerprint, seed=seed)
    run = open_training(config)
    engine.submit(run)
    assert wait_until(run, ended, 600).state is JobState.DONE
    shown = usual(run)
    assert shown is not None
    label = dataset.by_sha256[shown.source].label
    assert guess(engine, run, shown.data) == dataset.class_names[label]
    found = {name: guess(engine, run, read_photo(name)) for name in SAMPLES}
    assert found == SAMPLES
    predictions = read_predictions(run)
    assert (predictions.guesses == predictions.labels).mean() > 0.85
