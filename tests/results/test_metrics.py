import json

import numpy as np
import pytest

from tl_core import files, runs
from tl_core.errors import RunNotFound
from tl_core.results.metrics import (
    Judged,
    Metrics,
    TrainedModel,
    read_metrics,
    read_model,
    write_metrics,
)
from tl_core.statistics import Proportion, wilson_interval


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path))
    return runs.open_run("train", {"dataset": "emoji", "seed": 3})


def metrics(**changes):
    found = {"correct": 3, "n": 4, "accuracy": 99, "interval": None, "confusion": [[3, 1], [0, 0]]}
    seconds = {"seconds_features": 1, "seconds_head": 2.5}
    counts = {"images_computed": 20, "images_reused": 0, "best_epoch": 6}
    return {"validation": found, **seconds, **counts, **changes}


def judged(**changes):
    return metrics()["validation"] | changes


def test_results_are_read_and_their_intervals_computed_anew(run):
    files.write_json(run.folder / runs.METRICS, metrics(test=judged(interval=[])))
    found = read_metrics(run)
    assert found.test
    for part in (found.validation, found.test, found.headline):
        low, high = part.interval
        assert part.accuracy == 0.75 and 0 < low < 0.75 < high < 1
    assert (found.seconds_head, found.images_computed, found.best_epoch) == (2.5, 20, 6)
    assert found.seconds == 3.5
    files.write_json(run.folder / runs.METRICS, metrics())
    assert read_metrics(run).test is None
    assert read_metrics(run).headline == read_metrics(run).validation


def test_a_network_judges_as_its_confusion_says():
    judged = Judged.of(np.array([[8, 2], [1, 9]]))
    assert (judged.correct, judged.n, judged.accuracy) == (17, 20, 0.85)
    assert judged.interval == wilson_interval(17, 20)
    assert judged.share == Proportion(correct=17, n=20)


def test_a_class_without_judged_images_is_known_as_one():
    assert Judged.of(np.array([[8, 2, 0], [0, 0, 0], [0, 0, 3]])).unjudged == (1,)
    assert Judged.of(np.array([[8, 2], [1, 0]])).unjudged == ()  # judged, and never right


@pytest.mark.parametrize("test", [None, Judged.of(np.array([[3, 1], [0, 2]]))])
def test_results_come_back_as_they_were_written(run, test):
    written = Metrics(
        validation=Judged.of(np.array([[8, 2], [1, 9]])),
        test=test,
        seconds_features=1.5,
        seconds_head=2.5,
        images_computed=30,
        images_reused=3,
        best_epoch=4,
        stopped=test is None,
    )
    write_metrics(run, written)
    assert read_metrics(run) == written


def test_a_description_comes_back_as_it_was_written(run):
    written = TrainedModel(
        class_names=("cat", "dog"),
        features=(5, 5, 1280),
        unfrozen=3,
        weights_sha256="0" * 64,
        precision="bfloat16",
        parameters=9,
        learned=12,
        versions={"keras": "3.15.1"},
    )
    files.write_json(run.folder / runs.MODEL, written.as_json())
    assert read_model(run) == written


def without(name):
    return {key: value for key, value in metrics().items() if key != name}


@pytest.mark.parametrize(
    "value",
    [
        {},
        [],
        [[1, 2]],  # could be taken for a mapping
        3,
        None,
        without("validation"),
        without("seconds_head"),
        without("images_reused"),
        metrics(validation=None),
        metrics(validation=[]),
        metrics(validation={}),
        metrics(validation=judged(n=0)),
        metrics(validation=judged(n=float("nan"))),
        metrics(validation=judged(n="x")),
        metrics(validation=judged(n=4.5)),
        metrics(validation=judged(n=10**400)),  # no float
        metrics(validation=judged(correct=5)),  # more right than there are
        metrics(validation=judged(correct=None)),
        metrics(validation=judged(confusion=None)),
        metrics(validation=judged(confusion=[[4]])),  # one class
        metrics(validation={"correct": 3, "n": 4}),
        metrics(test={}),
        metrics(test=None),
        metrics(seconds_features=None),
        metrics(seconds_features="1"),
        metrics(seconds_head=float("inf")),
        metrics(seconds_head=-1),
        metrics(images_computed=None),
        metrics(images_reused=0.5),
        metrics(best_epoch=[]),
        metrics(validation=judged(confusion=[3, 1])),
        metrics(validation=judged(confusion=[["3", "1"], [0, 0]])),
        metrics(stopped="yes"),
        metrics(seconds_head=True),
    ],
)
def test_results_of_another_shape_are_one_sentence(run, value):
    (run.folder / runs.METRICS).write_text(json.dumps(value))
    with pytest.raises(RunNotFound, match=r"metrics.json cannot be read. Train it again"):
        read_metrics(run)


@pytest.mark.parametrize("read", [read_metrics, read_model])
def test_file_deeper_than_the_parser_goes_is_one_sentence(run, read):
    for name in (runs.METRICS, runs.MODEL):
        (run.folder / name).write_text("[" * 100_000)
    with pytest.raises(RunNotFound, match="cannot be read"):
        read(run)


def test_description_without_blocks_has_learned_in_the_head_alone(run):
    files.write_json(run.folder / runs.MODEL, {"class_names": ["a", "b"]})
    assert read_model(run) == TrainedModel(class_names=("a", "b"), unfrozen=0)
    files.write_json(run.folder / runs.MODEL, {"class_names": ["a", "b"], "unfrozen": 6})
    assert read_model(run).unfrozen == 6


@pytest.mark.parametrize(
    "value",
    [
        {},
        [],
        {"class_names": None},
        {"class_names": 3},
        {"class_names": "ab"},  # would be two classes
        {"class_names": ["a"]},
        {"class_names": ["a", None]},
        {"class_names": ["a", "b"], "unfrozen": None},
        {"class_names": ["a", "b"], "unfrozen": "all"},
        {"class_names": ["a", "b"], "features": 1280},
        {"class_names": ["a", "b"], "features": [None]},
        {"class_names": ["a", "b"], "versions": "3.15.1"},
        {"class_names": ["a", "b"], "versions": {"keras": 3}},
        {"class_names": ["a", "b"], "weights_sha256": 5},
        {"class_names": ["a", "b"], "precision": "int4"},
        {"class_names": ["a", "b"], "precision": 5},
    ],
)
def test_description_of_another_shape_is_one_sentence(run, value):
    files.write_json(run.folder / runs.MODEL, value)
    with pytest.raises(RunNotFound, match=r"model.json cannot be read"):
        read_model(run)
