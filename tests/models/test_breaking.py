"""A spoilt photo through a trained run: all levels at once are what each level is alone."""

from typing import Any

import numpy as np
import pytest

from tests.models.conftest import SIDE, each_once, picture
from tl_core import images
from tl_core.answers.breaking import break_photo
from tl_core.answers.prediction import predict
from tl_core.errors import RunNotFound, SettingInvalid
from tl_core.prediction.damage import LEVELS, damaged, first_flip, list_damages

RUNS: dict[str, dict[str, Any]] = {
    "softmax": {"epochs": 12},
    "sigmoid": {"epochs": 2, "activation": "sigmoid"},
    "fine-tuned": {"epochs": 1, "unfrozen": 2, "fine_epochs": 1},
}


@pytest.fixture(scope="module")
def trained(new_run):
    """Return ``trained(name)``: one of `RUNS`, trained the first time it is asked for."""
    return each_once(new_run, RUNS)


def photo(level=120.0, seed=1):
    return images.model_input(picture(np.random.default_rng(seed), level), "photo", SIDE)


@pytest.mark.parametrize("name", RUNS)
def test_each_level_is_the_prediction_of_the_spoilt_photo(trained, name):
    run = trained(name)
    broken = break_photo(run.id, photo(), "noise", seed=3)
    assert broken.shares.shape == (LEVELS, 2) and broken.shares.dtype == np.float64
    for level, shares in enumerate(broken.shares):
        alone = predict(run.id, damaged(photo(), "noise", level, 3)).shares
        assert shares == pytest.approx(alone, abs=1e-4)
    assert not np.allclose(broken.shares[0], broken.shares[-1], atol=1e-3)


@pytest.mark.parametrize("kind", [one.name for one in list_damages()])
def test_the_first_level_is_the_answer_on_the_page(trained, kind):
    run = trained("softmax")
    broken = break_photo(run.id, photo(), kind)
    assert broken.shares[0] == pytest.approx(predict(run.id, photo()).shares, abs=1e-4)
    assert broken.shares.sum(axis=1) == pytest.approx(np.ones(LEVELS))


def test_a_light_photo_that_is_darkened_is_called_dark_in_the_end(trained):
    broken = break_photo(trained("softmax").id, photo(220.0), "darken")
    flip = first_flip(broken.guesses)
    assert broken.guesses[0] == 1 and flip is not None
    assert (flip.label, flip.lasting) == (0, True) and flip.level > 0


def test_another_seed_is_other_noise(trained):
    run = trained("softmax")
    one, again, other = (break_photo(run.id, photo(), "noise", seed).shares for seed in (1, 1, 2))
    assert np.array_equal(one, again) and not np.array_equal(one, other)


def test_what_there_is_not_is_refused(trained, new_run):
    with pytest.raises(SettingInvalid, match="melt"):
        break_photo(trained("softmax").id, photo(), "melt")
    with pytest.raises(RunNotFound):
        break_photo(new_run(seed=78).id, photo(), "blur")
