"""Exports: what is carried home gives the run's scores, in a program that knows nothing of the lab."""

import ast
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
import zipfile
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from safetensors.numpy import load_file, save

from tests.models.conftest import SIDE, each_once
from tl_core import runs
from tl_core.answers.extraction import read_pixels
from tl_core.answers.prediction import trained_network
from tl_core.backbones import get_backbone
from tl_core.datasets.catalogue import get_dataset
from tl_core.errors import (
    DatasetRefused,
    EngineUnavailable,
    JobCancelled,
    RunNotFound,
    SettingInvalid,
)
from tl_core.exports import ExportConfig, export_config, export_path, find_export, get_format
from tl_core.exports.formats import KERAS
from tl_core.exports.texts import DIFFERENCE
from tl_core.images import model_input
from tl_core.models.exports import job as export
from tl_core.models.exports import photos as run_photos
from tl_core.models.exports.job import run_export
from tl_core.models.exports.measuring import ROUNDS, spread_out, timed
from tl_core.models.exports.whole_network import whole_network
from tl_core.models.fitting.training import run_training
from tl_core.results.scores import probabilities
from tl_core.runs.snapshots import snapshot
from tl_core.training import TrainingConfig, open_training
from tl_core.training.augmentation import Augmentation
from tl_core.training.kept_features import sides_of

pytestmark = pytest.mark.filterwarnings("ignore:You are using a softmax over axis")

RUNS: dict[str, dict[str, Any]] = {
    "softmax": {},
    "sigmoid": {"activation": "sigmoid", "dense": (16,)},
    "flatten": {"pooling": "flatten", "epochs": 2},
    "fine-tuned": {"unfrozen": 2, "epochs": 2, "fine_epochs": 2, "fine_rate": 0.001},
    "wrong": {"mistakes": ("preprocessing", "one-unit"), "epochs": 1},
}
FORMATS = ["keras", "script", "litert", "litert16", "litert8", "web", "savedmodel", "head"]


@pytest.fixture(scope="module")
def trained(new_run):
    """Return ``trained(name)``: the run of one of `RUNS`, trained the first time it is asked for."""
    return each_once(new_run, RUNS)


def new_job(run, name):
    """Return an export job that nobody has begun."""
    config = export_config(run, name)
    shutil.rmtree(run.folder / "exports", ignore_errors=True)
    shutil.rmtree(
        runs.runs_dir() / runs.run_id(ExportConfig.KIND, config.as_json()), ignore_errors=True
    )
    return runs.open_job(config), config


def exported(run, name, folder):
    """Make an export, and return it with the folder that it was unpacked to."""
    job, config = new_job(run, name)
    run_export(job)
    found = find_export(run, config)
    assert found
    with zipfile.ZipFile(found.path) as archive:
        archive.extractall(folder)
    return found, folder / found.path.stem


def use(folder, *photos):
    """Run the carried ``use.py`` as a person would, far away from the project."""
    return subprocess.run(
        [sys.executable, "use.py", *photos], cwd=folder, capture_output=True, text=True, timeout=300
    )


@pytest.mark.parametrize("name", RUNS)
def test_whole_network_gives_the_scores_of_the_run(trained, name):
    run = trained(name)
    config = TrainingConfig.from_json(run.config)
    dataset = get_dataset(config.dataset)
    pixels = np.stack([read_pixels(dataset, image, config) for image in dataset.images[::12]])
    found = np.asarray(whole_network(run)(pixels.astype(np.float32), training=False))
    expected = probabilities(trained_network(run)(pixels))
    assert np.abs(found - expected).max() < 1e-5
    if name != "wrong":  # which says the same of every photo
        assert np.abs(found - expected[::-1]).max() > 1e-3


SMALL = [("fine-tuned", "keras")]


@pytest.mark.parametrize(
    ("name", "form"),
    [
        *SMALL,
        *(
            pytest.param(name, form, marks=pytest.mark.slow)
            for name in RUNS
            for form in FORMATS
            if (name, form) not in SMALL
        ),
    ],
)
def test_every_export_gives_the_scores_of_the_run_elsewhere(trained, tmp_path, name, form):
    found, folder = exported(trained(name), form, tmp_path)
    assert found.difference <= get_format(form).tolerance
    assert found.size == found.path.stat().st_size
    assert found.photos == 3
    answer = use(folder)
    assert answer.returncode == 0, answer.stderr
    assert float(answer.stdout.split()[-1]) <= get_format(form).tolerance
    contract = json.loads((folder / "network.json").read_text())
    assert contract["class_names"] == ["dark", "light"]
    assert (folder / contract["file"]).exists()
    readme = (folder / "README.md").read_text()
    assert "dark" in readme
    assert ("0..255" in readme) == (form != "head")
    assert not list(folder.glob("backbone.npz")) or form == "script"
    if (name, form) == ("softmax", "litert"):
        check_own_photos(trained(name), folder, tmp_path)
    print(f"\nMEASURED {name} {form} {found.difference:.2e} {found.size / 1e6:.1f} MB")


def check_own_photos(run, folder, tmp_path):
    """A photo on its side, as cameras write it, gets the scores of the lab; what is none, a sentence."""
    pixels = np.zeros((60, 90, 3), np.uint8)
    pixels[:20], pixels[20:40] = 90, (200, 120, 30)
    turn = Image.Exif()
    turn[0x0112] = 6
    turned = tmp_path / "my photo.jpg"
    Image.fromarray(pixels).save(turned, exif=turn, quality=95)
    answer = use(folder, str(turned))
    assert answer.returncode == 0, answer.stderr
    (line,) = answer.stdout.splitlines()
    assert line.startswith(str(turned)) and DIFFERENCE not in answer.stdout
    size = TrainingConfig.from_json(run.config).size
    lying = np.asarray(Image.fromarray(pixels).resize((size, size)))
    seen = (model_input(turned.read_bytes(), turned.name, size), lying)
    lab, of_lying = (probabilities(trained_network(run)(one[np.newaxis]))[0] for one in seen)
    found = [float(share) for share in re.findall(r"\d\.\d{4}", line)]
    assert found == pytest.approx(lab, abs=2e-4)
    assert abs(lab - of_lying).max() > 1e-3, "were it not turned, it would have other scores"
    turned.write_bytes(b"nothing")
    refused = use(folder, str(turned))
    assert refused.returncode == 1 and "cannot be read as a photo" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.fixture(scope="module")
def taken_home(trained, tmp_path_factory):
    """Return the unpacked head of a run; it is read without Keras, which is fast."""
    return exported(trained("softmax"), "head", tmp_path_factory.mktemp("home"))[1]


def test_a_head_without_a_backbone_says_that_it_scores_no_photos(taken_home):
    answer = use(taken_home, "my photo.jpg")
    assert answer.returncode == 1 and "without a backbone" in answer.stderr


def changed_scores(folder):
    path = folder / "network.json"
    contract = json.loads(path.read_text())
    contract["photos"][0]["scores"] = contract["photos"][0]["scores"][::-1]
    path.write_text(json.dumps(contract))


def changed_numbers(folder):
    path = folder / "head.safetensors"
    arrays = load_file(path)
    path.write_bytes(save({name: array * 1.01 for name, array in arrays.items()}))


def no_numbers(folder):
    arrays = load_file(folder / "head.safetensors")
    broken = {name: np.full_like(array, np.nan) for name, array in arrays.items()}
    (folder / "head.safetensors").write_bytes(save(broken))


def cut_short(folder):
    path = folder / "head.safetensors"
    path.write_bytes(path.read_bytes()[:-5])


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (changed_scores, "gives other scores"),
        (changed_numbers, "gives other scores"),
        (no_numbers, "gives other scores"),  # a comparison with NaN must not pass
        (cut_short, "could not use it"),
    ],
)
def test_a_file_that_does_not_agree_is_not_offered(trained, taken_home, tmp_path, damage, says):
    job, _ = new_job(trained("softmax"), "head")
    whole = shutil.copytree(taken_home, tmp_path / "whole")
    assert export._checked(job, get_format("head"), whole) < 1e-5
    broken = shutil.copytree(taken_home, tmp_path / "broken")
    damage(broken)
    with pytest.raises(EngineUnavailable, match=says):
        export._checked(job, get_format("head"), broken)
    assert use(broken).returncode != 0


def test_a_network_that_cannot_be_written_is_one_sentence(trained, monkeypatch):
    run = trained("softmax")
    job, config = new_job(run, "head")
    monkeypatch.setattr(export, "WRITER", "tl_core.models.no_such_program")
    with pytest.raises(EngineUnavailable, match="could not be written"):
        run_export(job)
    assert find_export(run, config) is None
    assert list((run.folder / "exports").iterdir()) == []


# What is there when Stop is pressed: nothing, what the first program reads, what the second one runs.
@pytest.mark.parametrize("sign", ["", "pixels.npy", "export/use.py"])
def test_stop_leaves_nothing_behind(trained, sign):
    run = trained("softmax")
    job, config = new_job(run, "keras")
    pressed = []

    def press():
        deadline = time.monotonic() + 60
        while not any((run.folder / "exports").glob(f".tmp-*/{sign}" if sign else ".tmp-*")):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        pressed.append(time.monotonic())
        job.request_cancel()

    presser = threading.Thread(target=press)
    presser.start()
    try:
        with pytest.raises(JobCancelled):
            run_export(job)
        assert time.monotonic() - pressed[0] < 5
    finally:
        presser.join()
    assert list((run.folder / "exports").iterdir()) == []
    assert find_export(run, config) is None


def test_an_export_that_is_there_is_not_made_again(trained):
    run = trained("softmax")
    job, config = new_job(run, "head")
    # What a killed attempt has left does not disturb.
    left = run.folder / "exports" / ".tmp-head" / "export"
    left.mkdir(parents=True)
    (left / "half").write_text("x")
    run_export(job)
    path = export_path(run, config)
    assert not any("half" in name for name in zipfile.ZipFile(path).namelist())
    before = path.stat().st_mtime_ns
    run_export(job)
    assert path.stat().st_mtime_ns == before
    shutil.rmtree(left.parent)
    assert {file.name for file in path.parent.iterdir()} == {path.name, f"{path.stem}.json"}


def test_photos_of_a_deleted_dataset_are_the_small_ones_that_the_run_keeps(trained, monkeypatch):
    assert len(export._photos(trained("softmax"))) == 3

    def gone(identifier):
        raise DatasetRefused("gone")

    monkeypatch.setattr(run_photos, "get_dataset", gone)
    photos = export._photos(trained("softmax"))
    assert photos.shape == (2, SIDE, SIDE, 3)  # one of each class
    shutil.rmtree(trained("flatten").folder / "thumbnails")
    with pytest.raises(DatasetRefused):
        export._photos(trained("flatten"))


def test_what_is_not_trained_cannot_be_exported(new_run, trained):
    with pytest.raises(RunNotFound, match="not trained yet"):
        export_config(new_run(seed=79), "keras")
    job = runs.open_run(
        ExportConfig.KIND, {**export_config(trained("softmax"), "head").as_json(), "trained": "0"}
    )
    with pytest.raises(SettingInvalid, match="Ask for it again"):
        run_export(job)


def test_onnx_is_an_extra_and_says_how_to_get_it(trained):
    packages = ("tf2onnx", "onnx", "onnxruntime")
    missing = [name for name in packages if not importlib.util.find_spec(name)]
    if not missing:
        pytest.skip("all of them are installed here")
    job, _ = new_job(trained("softmax"), "onnx")
    with pytest.raises(SettingInvalid, match=f"pip install {' '.join(missing)}"):
        run_export(job)


@pytest.mark.parametrize("name", ["softmax", "sigmoid", "fine-tuned"])
def test_onnx_gives_the_scores_of_the_run(trained, tmp_path, name):
    pytest.importorskip("tf2onnx")
    pytest.importorskip("onnxruntime")
    found, folder = exported(trained(name), "onnx", tmp_path)
    assert found.difference <= 1e-3
    assert use(folder).returncode == 0
    print(f"\nMEASURED {name} onnx {found.difference:.2e} {found.size / 1e6:.1f} MB")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*tf.lite.Interpreter is deprecated")
@pytest.mark.parametrize("name", ["softmax", "fine-tuned"])
@pytest.mark.parametrize(("form", "share"), [("litert16", 0.55), ("litert8", 0.35)])
def test_rounded_weights_are_smaller_and_their_loss_is_measured(
    trained, tmp_path, name, form, share
):
    run = trained(name)
    whole, _ = exported(run, "litert", tmp_path / "whole")
    found, folder = exported(run, form, tmp_path / "rounded")
    assert found.measured and found.measured.exact and found.measured.loss and whole.measured
    assert whole.measured.exact is whole.measured.loss is None
    file = (folder / "network.tflite").read_bytes()
    assert found.measured.file.size == len(file) < share * found.measured.exact.size
    assert found.measured.exact.size == whole.measured.file.size
    assert found.difference > whole.difference  # or nothing was rounded
    assert ("int8" in layer_types(file)) is (form == "litert8")
    judged = run.read("metrics.json", dict)["validation"]
    assert found.measured.loss.before.as_json() == {
        key: judged[key] for key in ("correct", "n", "accuracy", "interval")
    }
    assert json.loads((folder / "measured.json").read_text()) == found.measured.as_json()
    assert "measured.json" in (folder / "README.md").read_text()
    # Counted again by somebody else's program, on the photos themselves.
    config = TrainingConfig.from_json(run.config)
    dataset = get_dataset(config.dataset)
    held_out = sides_of(dataset, config).validation
    files = []
    for index in held_out:
        files.append(str(tmp_path / f"{index}.png"))
        pixels = read_pixels(dataset, dataset.images[index], config)
        Image.fromarray(pixels).save(files[-1])
    lines = use(folder, *files).stdout.splitlines()
    guesses = [re.findall(r"(dark|light) ([\d.]+)", line) for line in lines]
    right = sum(
        max(shares, key=lambda one: float(one[1]))[0]
        == dataset.class_names[dataset.images[i].label]
        for i, shares in zip(held_out, guesses, strict=True)
    )
    assert right == found.measured.loss.after.correct
    print(f"\nMEASURED {name} {form}: {found.measured} {found.difference:.3f}")


def layer_types(file):
    """Return what kinds of numbers the layers of a LiteRT file compute with; its constants do not count."""
    interpreter = tf.lite.Interpreter(model_content=file)
    made = {place for one in interpreter._get_ops_details() for place in one["outputs"]}
    return {
        np.dtype(one["dtype"]).name
        for one in interpreter.get_tensor_details()
        if one["index"] in made
    }


def test_times_are_those_of_each_in_turns():
    ran = []

    def answer(name, seconds):
        ran.append(name)
        time.sleep(seconds)
        return np.zeros((1, 2), np.float32)

    asks = [lambda photo: answer("a", 0.002), lambda photo: answer("b", 0.0)]
    slow, quick = timed(asks, np.zeros((1, 2, 2, 3), np.float32))
    assert quick < 0.002 <= slow < 0.1
    assert ran == ["a", "b"] * (ROUNDS + 1)


def test_photos_that_calibrate_are_spread_over_all():
    assert spread_out(range(7), 100) == list(range(7))
    found = spread_out(range(1000), 100)
    assert len(set(found)) == 100 and found[0] == 0 and found[-1] == 999


REPEATED: dict[str, dict[str, Any]] = {
    "head": {"dense": (8,), "dropout": 0.3},
    "tail": {"unfrozen": 2, "epochs": 3, "fine_epochs": 3, "fine_rate": 0.0005, "plateau": 1},
    "sgd-sigmoid-flatten": {
        "optimizer": "sgd",
        "activation": "sigmoid",
        "pooling": "flatten",
        "epochs": 3,
        "patience": 2,
    },
    "copies": {
        "augmentation": Augmentation(rotation=20, flip_horizontal=True, brightness=0.1),
        "copies": 1,
    },
    "live": {"augmentation": Augmentation(zoom=0.2, contrast=0.2), "live": True, "epochs": 2},
    "everything": {
        "backbone": "small-convnet",
        "weights": "random",
        "unfrozen": 4,
        "epochs": 0,
        "fine_epochs": 2,
        "fine_rate": 0.001,
    },
    "mistakes": {"mistakes": ("shuffled-labels", "leak", "preprocessing"), "epochs": 2},
    "one unit": {"mistakes": ("one-unit",), "unfrozen": 2, "epochs": 2, "fine_epochs": 2},
    "one unit, smoothed": {"mistakes": ("one-unit",), "smoothing": 0.1, "balanced": True},
    "cosine": {"schedule": "cosine", "smoothing": 0.2, "unfrozen": 3, "layer_decay": 0.3}
    | {"epochs": 2, "fine_epochs": 2},
    "mixup": {"mix": "mixup", "balanced": True, "dropout": 0.3, "activation": "sigmoid"},
    "cutmix": {"mix": "cutmix", "live": True, "epochs": 2, "smoothing": 0.1},
    "hidden": {"dense": (32,), "dropout": 0.5, "drop_features": False, "epochs": 3},
}


@pytest.mark.slow
@pytest.mark.parametrize("version", ["3.14.1", "3.12.0"])
def test_an_older_keras_refuses_the_file_and_the_program_says_which_is_needed(
    trained, tmp_path, version
):
    _, folder = exported(trained("softmax"), "keras", tmp_path / "home")
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", tmp_path / "old"]
    installed = subprocess.run([*pip, f"keras=={version}"], capture_output=True, text=True)
    if installed.returncode:
        pytest.skip(f"keras {version} cannot be had here")
    older = os.environ | {"PYTHONPATH": str(tmp_path / "old")}

    def run(*command):
        arguments = [sys.executable, *command]
        return subprocess.run(arguments, cwd=folder, env=older, capture_output=True, text=True)

    load = "import keras; print(keras.__version__); keras.models.load_model('network.keras')"
    plain = run("-c", load)
    assert plain.returncode and plain.stdout.strip() == version
    assert "input_axes" in plain.stderr
    told = run("use.py")
    assert told.returncode and f"Keras {KERAS} or later, and this is Keras {version}" in told.stderr
    assert "Traceback" not in told.stderr
    assert use(folder).returncode == 0  # the lab's own


@pytest.mark.slow
def test_the_script_trains_on_any_folder_of_class_folders(new_run, tmp_path):
    run_training(run := new_run(epochs=2))
    _, folder = exported(run, "script", tmp_path)
    random = np.random.default_rng(1)
    for name, colour in {"red": (200, 0, 0), "green": (0, 200, 0), "blue": (0, 0, 200)}.items():
        (tmp_path / "photos" / name).mkdir(parents=True)
        for number in range(10):
            noise = random.normal(colour, 40, (50, 70, 3)).clip(0, 255).astype(np.uint8)
            Image.fromarray(noise).save(tmp_path / "photos" / name / f"{number}.jpg")
    answer = subprocess.run(
        [sys.executable, "train.py", str(tmp_path / "photos")],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 0, answer.stderr
    assert [line.partition(":")[0] for line in answer.stdout.splitlines()[-4:-1]] == [
        "blue",
        "green",
        "red",
    ]
    assert "of 2 right" in answer.stdout and "in the lab" not in answer.stdout
    assert keras.models.load_model(folder / "trained.keras").output_shape == (None, 3)


def check_what_is_behind(run, printed):
    """The script has the mistake as people write it, and shows the same of it as the lab."""
    assert "Smallest answer 1.0, largest 1.0." in printed
    (behind,) = re.findall(r"a sigmoid: (\d\.\d+) right", printed)
    expected = run.read("metrics.json", dict)["behind"]
    assert abs(float(behind) - expected["accuracy"]) <= 1 / expected["n"] + 1e-4


@pytest.mark.slow
@pytest.mark.parametrize("name", REPEATED)
def test_the_script_repeats_the_run(new_run, tmp_path, name):
    """Same epochs, same accuracies: the script does what the lab does, with the same random numbers."""
    changes = dict(REPEATED[name])
    if changes.get("backbone") == "small-convnet":
        changes["unfrozen"] = len(get_backbone("small-convnet").blocks)
    run_training(run := new_run(**changes))
    _, folder = exported(run, "script", tmp_path)
    images = tmp_path / "images"
    shutil.copytree(get_dataset(run.config["dataset"]).folder, images)
    for number, path in enumerate(sorted(images.rglob("*.png"))):
        path.rename(images / f"renamed-{number}.png")  # known by their content
    answer = subprocess.run(
        [sys.executable, "train.py", str(images)], cwd=folder, capture_output=True, text=True
    )
    assert answer.returncode == 0, answer.stderr
    epochs = re.findall(r"epoch (\d+): validation accuracy ([\d.]+), loss ([\d.]+)", answer.stdout)
    lab = snapshot(run).epochs
    assert [int(number) for number, _, _ in epochs] == [epoch["epoch"] for epoch in lab]
    losses = [
        (float(loss), epoch["val_loss"]) for (_, _, loss), epoch in zip(epochs, lab, strict=True)
    ]
    print(f"\nMEASURED {name}: largest loss difference {max(abs(a - b) for a, b in losses):.1e}")
    for loss, in_the_lab in losses:
        assert loss == pytest.approx(in_the_lab, abs=1e-3)
    if "one unit" in name:
        check_what_is_behind(run, answer.stdout)
    found, expected = re.findall(r"accuracy ([\d.]+), in the lab (\d\.\d+)", answer.stdout)[0]
    print(f"MEASURED {name}: accuracy {found}, in the lab {expected}")
    n = run.read("metrics.json", dict)["validation"]["n"]
    assert abs(float(found) - float(expected)) <= 1 / n + 1e-4  # at most one image
    model = keras.models.load_model(folder / "trained.keras")
    assert model.output_shape == (None, 2)
    ast.parse((folder / "train.py").read_text())


def test_whoever_made_the_photos_of_a_built_in_dataset_is_named_beside_them(trained, tmp_path):
    for name in ("real_photos", "emoji"):
        config = TrainingConfig(dataset=name, fingerprint=get_dataset(name).fingerprint)
        export._write_notice(tmp_path / name, open_training(config))
        notice = (tmp_path / name / "photos" / "NOTICE.md").read_text("utf-8")
        assert {"real_photos": "CC BY", "emoji": "Microsoft"}[name] in notice
    export._write_notice(tmp_path / "own", trained("softmax"))
    assert not (tmp_path / "own").exists()
