"""The live section: a way to the file, then the camera with what the browser needs, and nothing else."""

import base64
import io
import json
import struct
from typing import Any

import numpy as np
import pytest
import streamlit as st

from tests.app.conftest import STARTING, button, labels, press, sound, told, words
from tests.app.trainings import done, open_run
from tl_core import files, images, runs
from tl_core.engine.questions import LIVE_HEAD
from tl_core.prediction.head import TrainedHead
from tl_core.prediction.live import LiveConfig, live_config
from tl_core.prediction.pieces import pack, pieces_dir
from tl_core.training import Training
from tl_core.ui.photo.followed import KEY as PHOTO_KEY
from tl_core.ui.prediction.live import section as live

PAGE = "pages/4_predict.py"
MAKE = "Make it ready for browsers"
HEAD = TrainedHead(arrays=(np.eye(4, 3, dtype=np.float32), np.arange(3, dtype=np.float32)))


class Engine:
    """Stands for a ready engine that knows one head."""

    def __init__(self, head=HEAD):
        self.head, self.asked = head, []

    def ask(self, question, /, *, seconds, **arguments):
        assert question is LIVE_HEAD and seconds > 0
        self.asked.append(arguments)
        return self.head


def packed(run=None):
    return pack(live_config(run).name, io.BytesIO(b"a network"))


def trained(**changes):
    return Training.of(done(open_run(**changes)))


def open_live(open_page, **url):
    return open_page(PAGE, section="live", **url)


def cameras(app):
    return [one for one in app.get("bidi_component") if one.proto.bytes]


def sent(app):
    """Return what Python says to the component, and the numbers behind it."""
    (component,) = cameras(app)
    data = component.proto.bytes
    length = struct.unpack("<I", data[:4])[0]
    return json.loads(data[4 : 4 + length]), data[4 + length :]


def test_before_anything_is_trained_imagenets_network_is_offered(open_page):
    app = open_live(open_page)
    assert MAKE in labels(app)
    assert "18.8 MB" in words(app)
    assert not cameras(app)
    assert runs.list_runs(LiveConfig.KIND) == ()


def test_a_press_starts_one_job_for_everybody(open_page):
    app = press(open_live(open_page), MAKE)
    (job,) = runs.list_runs(LiveConfig.KIND)
    assert job.config["part"] == "imagenet"
    assert MAKE not in labels(app)
    assert f"stop-{job.id}" in {one.key for one in app.button}
    other = open_live(open_page)
    assert MAKE not in labels(other), "the next visitor sees the same job"
    assert len(runs.list_runs(LiveConfig.KIND)) == 1


def test_a_file_that_is_gone_is_made_again(open_page):
    job = runs.open_job(live_config(None))
    job.append("state", state="queued", owner=runs.owner())
    job.append("state", state="done")
    press(open_live(open_page), MAKE)
    (again,) = runs.list_runs(LiveConfig.KIND)
    assert again.created > job.created


def test_a_job_that_failed_says_why_and_can_be_tried_again(open_page):
    job = runs.open_job(live_config(None))
    job.append("state", state="queued", owner=runs.owner())
    job.append("state", state="failed", template="It broke: {why}.", values={"why": "<b>"})
    app = open_live(open_page)
    assert any("It broke" in text for text in told(app))
    assert button(app, "Start again")


def test_imagenets_thousand_classes_need_no_head_and_no_engine(open_page):
    file = packed()
    data, numbers = sent(open_live(open_page))
    assert data["part"] == "imagenet" and data["most"] == 5
    assert len(data["names"]) == 1000 and data["names"][963] == "pizza"
    assert numbers == b"" and data["arrays"] == {}
    assert data["network"]["digest"] == file.digest


def test_every_file_that_the_browser_is_told_of_is_there(open_page):
    packed()
    data, _ = sent(open_live(open_page))
    assert {"litert.js.gz", "litert_wasm_internal.wasm.gz"} <= set(data["programs"])
    for file in (data["network"], *data["programs"].values()):
        assert file["folder"] == "component/tl_core.ui.prediction.live.served.pieces", (
            "no host, no slash"
        )
        folder = pieces_dir() / file["digest"]
        pieces = [folder / f"{number:03}.gz" for number in range(file["pieces"])]
        assert sum(path.stat().st_size for path in pieces) == file["size"]


def test_a_training_sends_its_head_once(open_page, let_answer):
    run = trained()
    packed(run)
    let_answer(server := Engine())
    app = open_live(open_page, run=run.id)
    data, numbers = sent(app)
    assert data["names"] == ["animals", "food", "vehicles"]
    assert (data["part"], data["size"], data["most"]) == ("features", 160, 10)
    assert numbers == HEAD.arrays[0].tobytes() + HEAD.arrays[1].tobytes()
    assert server.asked == [{"run_id": run.id}]
    _, again = sent(sound(app.run()))
    assert again == b"", "the browser has them"


def test_while_the_engine_starts_a_sentence_stands_where_the_camera_will(open_page):
    run = trained()
    packed(run)
    app = open_live(open_page, run=run.id)
    assert STARTING in told(app)
    assert not cameras(app)


def test_a_network_of_its_own_needs_no_engine(open_page):
    run = trained()
    files.write_json(
        run.folder / "model.json", files.read_json(run.folder / "model.json") | {"unfrozen": 2}
    )
    packed(run)
    data, numbers = sent(open_live(open_page, run=run.id))
    assert data["part"] == "whole" and numbers == b""
    assert data["of"] == run.id


@pytest.mark.parametrize("crop", ["whole", "centre"])
def test_a_camera_has_one_crop_and_the_choice_for_files_waits_on_its_page(open_page, crop):
    packed()
    app = open_live(open_page, crop=crop)
    assert "crop" not in sent(app)[0] and "crop" not in {each.key for each in app.segmented_control}
    app.segmented_control(key="section").set_value("photo")
    assert sound(app.run()).segmented_control(key="crop").value == crop


def test_a_damaged_run_is_one_sentence(open_page):
    run = trained()
    (run.folder / "model.json").write_text("{")
    app = open_live(open_page, run=run.id)
    assert len(app.error) == 1


def test_in_korean_the_classes_are_korean(open_page):
    packed()
    data, _ = sent(open_live(open_page, locale="ko-KR"))
    assert data["names"][963] == "피자"


def png(value=7):
    return images.encode_png(np.full((48, 64, 3), value, np.uint8))


@pytest.fixture
def session(monkeypatch):
    state: dict[str, Any] = {}
    monkeypatch.setattr(st, "session_state", state)
    return state


def test_a_kept_frame_is_the_followed_photo(session):
    session[live.KEY] = {"frame": base64.b64encode(png()).decode()}
    live._take_frame()
    assert session[PHOTO_KEY].data == png()


@pytest.mark.parametrize(
    "frame",
    [None, 7, {"a": 1}, "***", "A" * (2 * live.MOST_FRAME_BYTES + 1)],
    ids=["nothing", "number", "object", "no base64", "too large"],
)
def test_what_the_component_would_not_send_changes_nothing(session, frame):
    session[live.KEY] = {"frame": frame}
    live._take_frame()
    assert PHOTO_KEY not in session
