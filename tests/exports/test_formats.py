"""Export formats as data, what is found on disk, and the texts that travel along."""

import ast
import json
import subprocess
import sys
import textwrap
from importlib import metadata
from typing import Any

import numpy as np
import pytest

from tl_core import files, runs
from tl_core.backbones import list_backbones
from tl_core.errors import RunNotFound, SettingInvalid
from tl_core.exports import (
    ExportConfig,
    export_config,
    export_path,
    find_export,
    find_job,
    get_format,
    list_formats,
    missing_packages,
    trained_mark,
)
from tl_core.exports.formats import KERAS
from tl_core.exports.script import training_script
from tl_core.exports.texts import use_script
from tl_core.settings import PROJECT
from tl_core.training import MISTAKES, TrainingConfig, open_training
from tl_core.training.augmentation import Augmentation

VERSIONS = {"python": "3.11", "keras": "3.15.1", "tensorflow": "2.21.0", "numpy": "2.4.6"}


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Return a training that says of itself that it is done."""
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path))
    run = open_training(TrainingConfig(dataset="emoji"))
    files.write_json(run.folder / runs.METRICS, {"validation": {"accuracy": 0.9}})
    return run


def made(run, **changes):
    config = export_config(run, "keras")
    path = export_path(run, config)
    files.write_bytes(path, b"PK zip")
    files.write_json(
        path.with_suffix(".json"), {"size": 6, "difference": 1e-6, "photos": 3} | changes
    )
    return config, path


def test_formats_are_found_by_name_and_others_are_named():
    for form in list_formats():
        assert get_format(form.name) is form
        assert set(form.extras) <= {"tf2onnx", "onnx", "onnxruntime"}
    with pytest.raises(SettingInvalid, match=r"pickle.*keras.*onnx"):
        get_format("pickle")


def test_only_onnx_needs_more_than_the_lab_brings():
    assert [form.name for form in list_formats() if form.extras] == ["onnx"]
    assert all(missing_packages(form.name) == () for form in list_formats() if not form.extras)
    assert set(missing_packages("onnx")) <= set(get_format("onnx").extras)


def test_a_file_is_offered_once_its_record_is_written(run):
    config, path = made(run)
    found = find_export(run, config)
    assert found
    assert (found.path, found.size, found.difference, found.photos) == (path, 6, 1e-6, 3)
    path.with_suffix(".json").unlink()
    assert find_export(run, config) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"size": 7},  # cut short
        {"difference": "<b>"},  # damaged
        {"photos": None},
    ],
)
def test_a_damaged_export_is_not_offered(run, changes):
    config, _ = made(run, **changes)
    assert find_export(run, config) is None


def test_a_run_that_is_trained_further_offers_nothing_old(run):
    before, _ = made(run)
    files.write_json(run.folder / runs.METRICS, {"validation": {"accuracy": 0.95}})
    after = export_config(run, "keras")
    assert before != after
    assert find_export(run, after) is None


def test_a_run_without_a_result_has_nothing_to_take_home(run):
    (run.folder / runs.METRICS).unlink()
    with pytest.raises(RunNotFound, match="not trained yet"):
        trained_mark(run)


def test_the_job_of_an_export_is_found_again(run):
    config = export_config(run, "keras")
    assert find_job(config) is None
    job = runs.open_job(config)
    assert find_job(config) == job
    assert ExportConfig.from_json(job.config) == config
    assert find_job(export_config(run, "litert")) is None


@pytest.mark.parametrize("values", [{"format": "pickle"}, {"shell": "rm"}])
def test_a_job_of_another_version_is_refused(values):
    usual = {"run": "0" * 16, "format": "keras", "trained": "0" * 16}
    with pytest.raises(SettingInvalid):
        ExportConfig.from_json(usual | values)


def test_the_version_that_opens_the_keras_file_is_the_one_that_writes_it():
    """Another Keras has to be tried: how far back and forth its files open is its own choice."""
    assert ".".join(metadata.version("keras").split(".")[:2]) == KERAS
    assert KERAS in get_format("keras").purpose
    assert f'NEEDED = "{KERAS}"' in use_script(get_format("keras"))
    readme = (PROJECT / "README.md").read_text("utf-8")
    assert f"Keras (.keras), which Keras {KERAS} and later open" in readme


@pytest.mark.parametrize("form", list_formats(), ids=lambda form: form.name)
def test_the_enclosed_program_reads_the_enclosed_file(form):
    text = use_script(form)
    ast.parse(text)
    assert form.file.removesuffix(".py") in text
    assert "tl_core" not in text and "pickle" not in text


CONFIGS: dict[str, dict[str, Any]] = {
    "head": {},
    "tail": {"unfrozen": 3},
    "no head phase": {"unfrozen": 3, "epochs": 0},
    "sigmoid": {"activation": "sigmoid", "dense": (64, 32), "dropout": 0.0, "optimizer": "rmsprop"},
    "flatten": {"pooling": "flatten", "optimizer": "sgd"},
    "hidden": {"dense": (32,), "dropout": 0.5, "drop_features": False},
    "copies": {"augmentation": Augmentation(rotation=20), "copies": 2},
    "mistakes": {"mistakes": MISTAKES, "unfrozen": 1},
    "balanced": {"balanced": True},
    "smoothed": {"balanced": True, "smoothing": 0.1, "activation": "sigmoid"},
    "cosine": {"schedule": "cosine", "unfrozen": 3, "layer_decay": 0.5},
    "mixup": {"mix": "mixup", "smoothing": 0.1, "unfrozen": 2, "epochs": 0, "layer_decay": 0.5},
    "cutmix": {"mix": "cutmix", "live": True, "balanced": True},
}


def script(names=("cats", "dogs"), **settings):
    config = TrainingConfig(dataset="emoji", **settings)
    return training_script(config, names, 0.9123, VERSIONS)


def faults_of(text):
    """Return what a linter finds: unused imports, undefined names, syntax."""
    answer = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F,E9", "-"],
        input=text,
        capture_output=True,
        text=True,
    )
    return answer.stdout if answer.returncode else ""


@pytest.mark.parametrize("name", CONFIGS)
def test_the_script_is_whole_and_stands_alone(name):
    text = script(**CONFIGS[name])
    assert faults_of(text) == ""
    tree = ast.parse(text)
    attempts = [node for node in ast.walk(tree) if isinstance(node, ast.With | ast.Try)]
    standard = set(sys.stdlib_module_names)
    imported = [one for one in imports(tree) if one not in standard]
    at_will = [name for node in attempts for name in imports(node) if name not in standard]
    assert at_will == ["pillow_heif"] and imported.count("pillow_heif") == 1  # photos of iPhones
    assert set(imported) - set(at_will) == {"keras", "numpy", "PIL"}
    assert "0.9123" in text


def imports(tree):
    """Return the packages that are imported anywhere in a piece of a program."""
    return [
        (str(node.module) if isinstance(node, ast.ImportFrom) else node.names[0].name).split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]


def test_a_script_has_a_dash_for_a_class_that_nobody_judged(capsys):
    """Its last lines, run as they stand, on guesses for photos of which none is a hen."""
    text = script(("cats", "dogs", "hens"))
    loop = text[text.rindex("    for label, name in enumerate(names):") :]
    lines = loop[: loop.index("    accuracy =")]
    known = {
        "names": ["cats", "dogs", "hens"],
        "guesses": np.array([0, 0, 2, 1]),
        "held_out_labels": np.array([0, 0, 0, 1]),
    }
    exec(textwrap.dedent(lines), known)
    assert capsys.readouterr().out == "cats: 2 of 3 right\ndogs: 1 of 1 right\nhens: –\n"


def test_a_script_makes_the_softmax_over_one_unit_as_people_write_it():
    text = script(mistakes=("one-unit",))
    assert 'layers.Dense(1, activation="softmax", kernel' in text
    assert "keras.losses.BinaryCrossentropy()" in text and 'metrics=["accuracy"]' in text
    assert "keras.activations.sigmoid" in text and "from_logits" not in text
    right = script(activation="sigmoid")
    assert (
        'Dense(1, activation="softmax"' not in right
        and "BinaryCrossentropy(from_logits=True)" in right
    )
    assert "metrics=" not in right and "keras.activations" not in right


def test_a_fault_in_a_script_would_be_found():
    assert "F821" in faults_of(script() + "\nprint(nothing)\n")


@pytest.mark.parametrize("spec", list_backbones(untrained=True), ids=lambda spec: spec.name)
def test_every_backbone_has_a_script(spec):
    text = script(backbone=spec.name, size=spec.default_size, unfrozen=1)
    assert faults_of(text) == ""
    assert f"END = {spec.cut!r}" in text
    assert ("keras.ops.flip" in text) == (spec.preprocessing.channel_order == "bgr")


def test_only_what_the_run_uses_is_in_the_script():
    plain, fine = script(), script(unfrozen=2, augmentation=Augmentation(zoom=0.1), copies=1)
    for sign in ("Second phase", "def moved(", "tail ="):
        assert sign not in plain
        assert sign in fine
    assert "layer.trainable = not isinstance(layer, layers.BatchNormalization)" in fine
    told = script(**CONFIGS["cutmix"]) + script(**CONFIGS["cosine"]) + script(**CONFIGS["mixup"])
    for sign in (
        "CosineDecay(",
        "weights_of(",
        "mix_of_batch(",
        "rate_shares(",
        "label_smoothing=",
    ):
        assert sign not in plain + fine
        assert sign in told


def test_class_names_are_data_in_the_script_and_no_code():
    hostile = ('"""; import os #', "{__import__('os')}", "l'été\n", "사과")
    text = script(names=hostile)
    assert faults_of(text) == ""
    (values,) = [
        ast.literal_eval(node.value)
        for node in ast.parse(text).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "CLASS_NAMES"
    ]
    assert tuple(values) == hostile
    assert json.dumps(values)
