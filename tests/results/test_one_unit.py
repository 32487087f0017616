import json

import numpy as np
import pytest

from tl_core.results.metrics import Judged, Metrics
from tl_core.results.one_unit import read_one_unit

EPOCHS = [{"val_loss": 0.758}, {"val_loss": 0.5}, {"val_loss": 0.381}]
ALL_DOGS, BEHIND = Judged.of(np.array([[0, 20], [0, 20]])), Judged.of(np.array([[18, 2], [1, 19]]))


def metrics(behind):
    return Metrics(
        seconds_features=1.0,
        seconds_head=1.0,
        images_computed=1,
        images_reused=0,
        validation=ALL_DOGS,
        behind=behind,
    )


def through_json(found):
    return json.loads(json.dumps(found.as_json()))


def test_the_three_facts_are_those_of_the_run():
    answers, loss, weights = map(str, read_one_unit(EPOCHS, metrics(BEHIND), ("cats", "dogs")))
    assert "every answer is 1.0, for dogs" in answers and "50.0\xa0% of the 40" in answers
    assert "35.2\xa0% to 64.8\xa0%" in answers
    assert "from 0.758 in the first epoch to 0.381 in the last" in loss
    assert "92.5\xa0% of the same 40" in weights and "80.1\xa0% to 97.4\xa0%" in weights


def test_one_epoch_has_no_way_that_the_loss_went():
    told = " ".join(map(str, read_one_unit(EPOCHS[:1], metrics(BEHIND), ("cats", "dogs"))))
    assert "loss went" not in told and "every answer is 1.0" in told


def test_a_run_of_the_earlier_way_says_so_and_claims_nothing():
    (earlier,) = map(str, read_one_unit(EPOCHS, metrics(None), ("cats", "dogs")))
    assert "earlier version" in earlier and "train it again" in earlier
    assert "read through a sigmoid" not in earlier


def test_metrics_keep_what_is_behind_the_answers():
    kept = Metrics.from_json(through_json(metrics(BEHIND)))
    assert kept.behind == BEHIND and kept.behind != kept.validation
    older = through_json(metrics(None))
    assert "behind" not in older and Metrics.from_json(older).behind is None
    with pytest.raises((LookupError, TypeError, ValueError)):
        Metrics.from_json(older | {"behind": {"accuracy": 2}})
