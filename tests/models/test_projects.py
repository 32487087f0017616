"""A training that leaves a lab and is opened in another: the same curves, result and scores, at once."""

import json
import shutil
from functools import partial
from typing import Any

import numpy as np
import pytest
from safetensors import numpy as safetensors

from tests.datasets.samples import zip_bytes
from tests.models.conftest import SIDE, each_once, picture
from tests.projects.moving import change_json, contents, open_here, packed, uploaded
from tl_core import files, images, runs
from tl_core.answers.prediction import predict
from tl_core.datasets.catalogue import get_dataset, list_datasets
from tl_core.errors import DatasetRefused
from tl_core.models.projects.job import check_arrays, run_unpack
from tl_core.projects import pack_config, read_opened
from tl_core.results.metrics import read_metrics, read_model
from tl_core.results.predictions import read_predictions
from tl_core.run_book import mend, read_entries, read_epochs, read_label, write_label
from tl_core.runs.snapshots import JobState, snapshot
from tl_core.training import get_training

TRAINED: dict[str, dict[str, Any]] = {
    "head": {"epochs": 3, "dense": (8,)},
    "flatten": {"epochs": 1, "pooling": "flatten", "activation": "sigmoid"},
    "tail": {"epochs": 1, "unfrozen": 1, "fine_epochs": 2},
}


@pytest.fixture(scope="module")
def trained(new_run):
    return each_once(new_run, TRAINED)


@pytest.fixture
def away(trained, dataset):
    """Return ``away(name)``: a training and the zip that it leaves its lab in."""

    def pack(name):
        run = trained(name)
        if snapshot(run).state is not JobState.DONE:  # as the engine does around the job
            run.append("state", state=JobState.RUNNING)
            run.append("state", state=JobState.DONE)
        write_label(run, "밝기", "for Kim")
        return run, packed(pack_config("Dark and light", [dataset], [run]))

    return pack


@pytest.fixture
def another_lab(tmp_path, monkeypatch):
    """Return ``another_lab()``: from then on everything happens in an empty data folder."""

    def move():
        shutil.rmtree(tmp_path / "another", ignore_errors=True)
        monkeypatch.setenv("TL_DATA_DIR", str(tmp_path / "another"))

    return move


open_it = partial(open_here, check=check_arrays)


def photo(level):
    return images.model_input(picture(np.random.default_rng(7), level), "photo", SIDE)


def told(run):
    shot = snapshot(run)
    assert shot.started and shot.ended
    return {
        "metrics": read_metrics(run),
        "model": read_model(run),
        "epochs": read_epochs(run),
        "guesses": read_predictions(run).probabilities.tolist(),
        "photos": read_predictions(run).images,
        "label": read_label(run),
        "history": (run.folder / runs.HISTORY).read_text(),
        "seconds": shot.ended - shot.started,
        "created": run.created,
        "pictures": {path.name: path.read_bytes() for path in run.folder.glob("thumbnails/*")},
    }


@pytest.mark.parametrize(
    "name", ["tail", *(pytest.param(name, marks=pytest.mark.slow) for name in ("head", "flatten"))]
)
def test_a_training_is_the_same_in_another_lab(name, away, another_lab):
    run, data = away(name)
    before = told(run)
    scores = [predict(run.id, photo(level)).shares for level in (90, 150)]
    another_lab()
    assert not runs.runs_dir().exists()
    run_unpack(job := uploaded(data))
    opened = read_opened(job)
    assert opened.done and opened.runs == (run.id,) and len(opened.datasets) == 1
    there = get_training(run.id)
    assert told(there) == before and len(before["pictures"]) == 8
    for wanted, level in zip(scores, (90, 150), strict=True):
        assert predict(run.id, photo(level)).shares == pytest.approx(wanted, abs=1e-6)
    mend(there)
    assert snapshot(there).state is JobState.DONE  # nothing is missing that pages show
    (entry,) = read_entries()
    assert not entry.damaged and entry.label.title == "밝기"
    dataset = get_dataset(there.settings.dataset)
    assert dataset.read(dataset.by_sha256[before["photos"][0]])


def test_what_leaves_names_no_machine_and_holds_nothing_that_runs(away):
    _, data = away("tail")
    names = {name.rpartition("/")[2] for name in contents(data) if name.startswith("runs/")}
    assert names == {
        *(
            "config.json",
            "progress.jsonl",
            "metrics.json",
            "model.json",
            "predictions.json",
            "label.json",
        ),
        *("head.safetensors", "tail.safetensors"),
    }
    progress = next(
        text for name, text in contents(data).items() if name.endswith("progress.jsonl")
    )
    assert b"pid" not in progress and b"host" not in progress and b'"epoch"' in progress


def arrays(name, change):
    def changed(content):
        (path,) = [one for one in content if one.endswith(name)]
        return {**content, path: safetensors.save(change(safetensors.load(content[path])))}

    return changed


def raw(name, data):
    def changed(content):
        (path,) = [one for one in content if one.endswith(name)]
        return {**content, path: data}

    return changed


def other_id(content):
    return {
        (f"runs/{'0' * 16}/{name.rpartition('/')[2]}" if name.startswith("runs/") else name): one
        for name, one in content.items()
    }


def seed_and_id(content):
    """Change a setting, and the id with it: the rest is of another training then, and its size shows it."""
    (path,) = [one for one in content if one.endswith("config.json")]
    record = json.loads(content[path])
    record["config"]["dense"] = [16]
    identifier = runs.run_id("train", record["config"])
    changed = {**content, path: json.dumps(record).encode()}
    return {name.replace(path.split("/")[1], identifier): one for name, one in changed.items()}


def without(name):
    return lambda content: {one: data for one, data in content.items() if not one.endswith(name)}


def no_photos(content):
    return {name: one for name, one in content.items() if not name.startswith("datasets/")}


METRICS, MODEL, CONFIG = "metrics.json", "model.json", "/config.json"
HEAD, TAIL = "head.safetensors", "tail.safetensors"
HOSTILE = {
    "another id": (other_id, "does not follow from its settings"),
    "another setting": (
        change_json(CONFIG, lambda v: v | {"config": v["config"] | {"seed": 5}}),
        "does not follow",
    ),
    "another kind": (change_json(CONFIG, lambda v: v | {"kind": "export"}), "does not follow"),
    "settings of another network": (seed_and_id, HEAD),
    "no settings": (change_json(CONFIG, lambda v: []), "config.json"),
    "no time": (change_json(CONFIG, lambda v: v | {"created": "now"}), "config.json"),
    "no dataset": (no_photos, "learned from the dataset"),
    "one weight less": (arrays(HEAD, lambda a: dict(list(a.items())[1:])), HEAD),
    "one weight more": (arrays(HEAD, lambda a: a | {"x": np.zeros(9, np.float32)}), HEAD),
    "a weight turned": (arrays(HEAD, lambda a: a | {"weight_0": a["weight_0"].T.copy()}), HEAD),
    "doubles": (arrays(HEAD, lambda a: a | {"weight_1": a["weight_1"].astype(np.float64)}), HEAD),
    "whole numbers": (
        arrays(TAIL, lambda a: a | dict.fromkeys(list(a)[:1], np.zeros(3, np.int8))),
        TAIL,
    ),
    "no arrays": (raw(HEAD, b""), HEAD),
    "a pickle": (raw(HEAD, b"\x80\x04cos\nsystem\n"), HEAD),
    "a header without end": (raw(HEAD, b"\xff" * 64), HEAD),
    "a lost tail": (without(TAIL), TAIL),
    "lost metrics": (without(METRICS), METRICS),
    "more right than there are": (
        change_json(METRICS, lambda v: v | {"validation": v["validation"] | {"correct": 10**6}}),
        METRICS,
    ),
    "a table of other classes": (
        change_json(
            METRICS, lambda v: v | {"validation": v["validation"] | {"confusion": [[1], [2]]}}
        ),
        METRICS,
    ),
    "a table that says another result": (
        change_json(
            METRICS,
            lambda v: v | {"validation": {"correct": 1, "n": 14, "confusion": [[7, 0], [0, 7]]}},
        ),
        METRICS,
    ),
    "lists for numbers": (change_json(METRICS, lambda v: v | {"seconds_head": [1]}), METRICS),
    "endless numbers": (change_json(METRICS, lambda v: v | {"images_computed": 10**400}), METRICS),
    "other classes": (change_json(MODEL, lambda v: v | {"class_names": ["light", "dark"]}), MODEL),
    "other features": (change_json(MODEL, lambda v: v | {"features": [10**9]}), MODEL),
    "more blocks": (change_json(MODEL, lambda v: v | {"unfrozen": 9}), MODEL),
    "other weights below": (
        change_json(MODEL, lambda v: v | {"weights_sha256": "0" * 64}),
        "other weights of",
    ),
    "shares of 7": (
        change_json(
            "predictions.json",
            lambda v: {"validation": v["validation"] | {"probabilities": [[7, 7]]}},
        ),
        "predictions.json",
    ),
    "photos of others": (
        change_json(
            "predictions.json",
            lambda v: {
                "validation": v["validation"]
                | {"images": ["0" * 64] * len(v["validation"]["images"])}
            },
        ),
        "predictions.json",
    ),
    "still running": (
        raw("progress.jsonl", b'{"event":"state","state":"running","time":1}'),
        "progress.jsonl",
    ),
    "no lines": (raw("progress.jsonl", b"\0" * 100), "progress.jsonl"),
    "a label of lists": (change_json("label.json", lambda v: [1]), "label.json"),
    "a label without a note": (change_json("label.json", lambda v: {"title": 7}), "label.json"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_training_that_its_file_does_not_bear_out_is_refused_and_nothing_is_left(
    name, away, another_lab
):
    change, sentence = HOSTILE[name]
    _, data = away("tail")
    another_lab()
    with pytest.raises(DatasetRefused, match=sentence):
        open_it(zip_bytes(change(contents(data))))
    assert all(one.built_in for one in list_datasets()) and read_entries() == ()
    left = [
        path for path in runs.runs_dir().parent.rglob("*") if path.name.startswith(files.TEMPORARY)
    ]
    assert left == [] and not any((runs.runs_dir().parent / "uploads").iterdir())


def test_what_is_beside_the_files_of_a_training_is_not_kept(away, another_lab):
    run, data = away("tail")
    content = contents(data)
    more = {
        f"runs/{run.id}/{name}": b"x"
        for name in ("cancel", "fault.txt", "exports/keras-1.zip", "evil.py")
    }
    another_lab()
    open_it(zip_bytes(content | more))
    assert {path.name for path in (runs.runs_dir() / run.id).iterdir()} == {
        *("config.json", "progress.jsonl", "metrics.json", "model.json", "predictions.json"),
        *("head.safetensors", "tail.safetensors", "history.csv", "label.json"),
    }
