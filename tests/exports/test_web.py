"""The web page around a network: whole, in both languages, and nothing of a user's is code in it."""

import gzip
import json
import re
from dataclasses import replace

import pytest

from tl_core import files, runs
from tl_core.browser import FOLDER, LITERT, MODULE, PROGRAMS, litert_files
from tl_core.exports.web import words, write_page
from tl_core.results.metrics import Judged, Metrics, TrainedModel, read_metrics, read_model
from tl_core.training import TrainingConfig, open_training
from tl_core.wording import LANGUAGES

HOSTILE = "</script><img src=x onerror=alert(1)>"


def judged(correct, n):
    return Judged(correct=correct, n=n, confusion=((correct, n - correct), (0, 0)))


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Return a training with what the page says of it."""
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path / "data"))
    run = open_training(TrainingConfig(dataset="emoji"))
    metrics = Metrics(
        validation=judged(50, 57),
        train=judged(230, 230),
        seconds_features=1.0,
        seconds_head=1.0,
        images_computed=1,
        images_reused=0,
    )
    model = TrainedModel(class_names=("animals", HOSTILE))
    files.write_json(run.folder / runs.METRICS, metrics.as_json())
    files.write_json(run.folder / runs.MODEL, model.as_json())
    return run


def said(run, language, **changes):
    model, metrics = read_model(run), read_metrics(run)
    return words(run, model, replace(metrics, **changes), language)


def test_the_page_says_what_the_network_is_worth(run):
    text = said(run, "en")["text"]
    assert text["accuracy"].replace("\xa0", " ") == (
        "Validation accuracy 87.7 %: 50 of 57 held-out images right; 95 % interval 76.8 % to 93.9 %."
    )
    assert "230 images of the dataset Emoji, with EfficientNet-Lite0" in text["trained"]
    tested = said(run, "en", test=judged(9, 10))["text"]["accuracy"]
    assert tested.startswith("Test accuracy 90.0") and "9 of 10" in tested
    stopped = said(run, "en", train=None)["text"]["trained"]
    assert "Emoji" in stopped and "images" not in stopped


def test_built_in_classes_are_translated_and_others_are_as_somebody_wrote_them(run):
    assert said(run, "en")["classes"] == ["animals", HOSTILE]
    assert said(run, "ko")["classes"] == ["동물", HOSTILE]
    assert "이모지" in said(run, "ko")["text"]["trained"]


def test_every_text_that_the_page_asks_for_is_there(run):
    scripts = "".join(file.read_text() for file in (FOLDER / "page").glob("*.js"))
    page = (FOLDER / "page" / "index.html").read_text()
    asked = set(re.findall(r"\btext\.(\w+)", scripts)) | set(re.findall(r'data-text="(\w+)"', page))
    troubles = {"missing", "unable", "refused"}
    states = {"off", "waiting", "insecure", "denied", "absent", "busy", "ended"}
    assert asked | troubles | states == set(said(run, "en")["text"])
    assert len(asked) > 15


def test_the_page_is_whole_and_names_of_classes_are_data_in_it(run, tmp_path):
    folder = tmp_path / "page"
    (folder / "photos").mkdir(parents=True)
    (folder / "photos" / "1.png").write_bytes(b"PNG")
    write_page(run, folder)
    listed = json.loads((folder / "files.json").read_text())
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert set(listed) == (there - {"files.json"}) | {"./", "network.json"}
    page = (folder / "index.html").read_text()
    for name in re.findall(r'(?:href|src)="([^"]+)"', page):
        assert (folder / name).exists(), name
    assert "{server" not in page and "http.server" in page
    assert list(json.loads((folder / "words.json").read_text())) == list(LANGUAGES)
    for name in ("index.html", "page.js", "sw.js"):
        assert HOSTILE not in (folder / name).read_text()
    assert "Apache License" in (folder / "litert" / "LICENSE").read_text()


def test_nothing_of_the_page_is_at_another_address():
    """But for what its makers wrote into comments of LiteRT."""
    for path in (FOLDER / "page").iterdir():
        assert set(re.findall(r"https?://[\w.:]+", path.read_text())) <= set(), path.name


def test_what_runs_networks_is_whole_and_asks_for_no_graphics_card():
    assert {path.name for path in LITERT.glob("*.gz")} == {path.name for path in litert_files()}
    unpacked = {path.name: gzip.decompress(path.read_bytes()) for path in litert_files()}
    module = unpacked[f"{MODULE}.gz"].decode()
    assert "Environment.create({ webGpuDevice: null })" in module
    assert "Environment.create()" not in module and "@litertjs/wasm-utils" not in module
    assert "sourceMappingURL" not in module
    for name in PROGRAMS:
        begins = b"\0asm" if name.endswith(".wasm") else b"//"
        assert unpacked[f"{name}.gz"].startswith(begins)
