"""Live: the network runs on the camera's pictures in Chromium, and says there what Keras says."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import ROOT, settle
from tl_core import images
from tl_core.photos import read_kept

pytestmark = pytest.mark.browser

SLOW = 180_000
"""Milliseconds: on a busy machine the file is made in two minutes."""


class Trained:
    """A trained run of the server's data folder, and Keras that has read its export."""

    def __init__(self, data_dir):
        self.folder = data_dir
        self.program: Any = subprocess.Popen(
            [sys.executable, "-m", "tests.browser.live_run"],
            cwd=ROOT,
            env={**os.environ, "TL_DATA_DIR": str(data_dir)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.id = self.answer()

    def answer(self):
        for line in self.program.stdout:
            if line[0] in '["':  # Keras prints, too
                return json.loads(line)
        raise AssertionError("the training ended early")

    def scores(self, pixels):
        np.save(path := self.folder / "pixels.npy", pixels[None])
        self.program.stdin.write(f"{path}\n")
        self.program.stdin.flush()
        return np.array(self.answer()[0])


@pytest.fixture(scope="module")
def trained(server):
    run = Trained(server.data_dir)
    with run.program:  # closes its pipes, and waits for its end
        yield run


def live(page):
    return page.locator(".frame[data-ready]")


def start(page, words="Start the camera"):
    page.get_by_role("button", name=words).click()
    page.wait_for_selector(".frame[data-fps]", timeout=SLOW)


def made_ready(page, words="Make it ready for browsers"):
    page.get_by_role("button", name=words).click()
    live(page).wait_for(timeout=SLOW)


def ready_at_last(page):
    """Make the network ready for browsers, unless an earlier test has."""
    make = page.get_by_role("button", name="Make it ready for browsers")
    expect(make.or_(live(page))).to_be_visible(timeout=SLOW)
    if make.is_visible():
        made_ready(page)


def shares(page):
    best = json.loads(live(page).get_attribute("data-shares"))
    return np.array([share for _, share in sorted(best)])


def seen(page):
    """Return the pixels of the small picture, ``(size, size, 3) uint8``."""
    numbers = page.locator("canvas.seen").evaluate(
        "c => [c.width, ...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]"
    )
    return np.array(numbers[1:], np.uint8).reshape(numbers[0], numbers[0], 4)[..., :3]


@pytest.mark.slow
def test_the_browser_answers_what_keras_answers_and_asks_the_server_nothing(open_browser, trained):
    page = open_browser("/predict")
    talk, loads = [], []
    page.on(
        "websocket",
        lambda socket: [
            socket.on(event, lambda frame: talk.append(frame))
            for event in ("framesent", "framereceived")
        ],
    )
    page.on("request", lambda request: loads.append(request.url))
    page.goto(re.sub(r"\?.*", "", page.url) + f"?section=live&run={trained.id}&crop=centre")
    settle(page)
    made_ready(page)
    assert "is off" in page.locator(".status").inner_text()
    start(page)
    assert len([url for url in loads if "/component/" in url]) > 40

    # Bars for all three classes, moving, and silence on the wire meanwhile.
    talk.clear()
    loads.clear()
    first, counts = shares(page), []
    for _ in range(12):
        page.wait_for_timeout(250)
        counts.append(int(live(page).get_attribute("data-fps")))
    assert talk == [] and loads == []
    assert np.abs(shares(page) - first).max() > 1e-4, (
        "the fake camera's picture changes all the time"
    )
    assert max(counts) >= 2
    assert page.locator(".row").count() == 3
    assert "frames per second" in page.locator(".status").inner_text()
    assert re.search(r"\d %", page.locator(".spoken").text_content().replace("\xa0", " "))

    # Paused, the bars belong to the picture: the same pixels through the exported .keras.
    page.get_by_role("button", name="Pause").click()
    page.wait_for_timeout(700)
    stopped, pixels = shares(page), seen(page)
    page.wait_for_timeout(500)
    assert (shares(page) == stopped).all()
    expected = trained.scores(pixels)
    assert np.abs(stopped - expected).max() < 1e-4
    assert np.abs(trained.scores(255 - pixels) - expected).max() > 1e-3

    # The kept frame is the photo now: the page says of it what live said.
    page.get_by_role("button", name="Keep this frame as my photo").click()
    page.wait_for_timeout(500)
    settle(page)
    assert live(page).get_attribute("data-paused") == "true", "the camera stays as it was"
    assert "Kept" in page.locator(".status").inner_text()
    assert len(re.findall(r"\d%", re.sub(r"\s", "", page.locator(".bars").inner_text()))) == 3
    page.get_by_text("One photo", exact=True).click()
    settle(page)
    names = ("animals", "food", "vehicles")
    winner = int(np.argmax(stopped))
    told = page.get_by_role("heading", name=re.compile(names[winner])).inner_text()
    (share,) = re.findall(r"([\d.]+)\s%", told)
    assert abs(float(share) / 100 - stopped[winner]) < 0.01


@pytest.mark.slow
def test_what_was_loaded_stays_in_the_browser_in_korean_too(open_browser, trained):
    page = open_browser(f"/predict?section=live&run={trained.id}", locale="ko-KR")
    loads = []
    page.on("request", lambda request: loads.append(request.url))
    live(page).wait_for(timeout=SLOW)
    start_words = page.locator("button.power").inner_text()
    assert re.search("[가-힣]", start_words)
    start(page, start_words)
    assert [url for url in loads if "/component/" in url]
    page.reload()
    settle(page)
    loads.clear()
    start(page, start_words)
    assert not [url for url in loads if "/component/" in url]

    # Damaged by whatever: said once, and loaded anew the next time.
    page.evaluate("""async () => {
        for (const name of await caches.keys()) {
            const kept = await caches.open(name)
            for (const key of await kept.keys()) await kept.put(key, new Response('half'))
        }
    }""")
    page.reload()
    settle(page)
    page.locator("button.power").click()
    expect(page.locator(".frame[data-state=failed]")).to_be_visible(timeout=SLOW)
    page.locator("button.power").click()
    start(page, start_words)


@pytest.mark.slow
@pytest.mark.parametrize("trouble", ["denied", "absent", "insecure"])
def test_without_a_camera_one_sentence_says_why(open_browser, trained, trouble):
    page = open_browser(f"/predict?section=live&run={trained.id}")
    live(page).wait_for(timeout=SLOW)
    refuses = (
        "navigator.mediaDevices.getUserMedia = async () => {{ throw new DOMException('', '{}') }}"
    )
    faults = {
        "denied": refuses.format("NotAllowedError"),
        "absent": refuses.format("NotFoundError"),
        "insecure": "Object.defineProperty(window, 'isSecureContext', { value: false })",
    }
    page.evaluate(f"() => {{ {faults[trouble]} }}")
    page.locator("button.power").click()
    words = {"denied": "does not let", "absent": "No camera", "insecure": "https"}[trouble]
    expect(page.locator(".status")).to_contain_text(words)
    assert live(page).get_attribute("data-fps") is None


@pytest.mark.slow
def test_over_http_the_network_looks_at_a_photo_of_the_device(
    open_elsewhere, server, trained, tmp_path, monkeypatch
):
    """At its middle square, as it looks at a camera; another photo brings another answer, and no loop."""
    monkeypatch.setenv("TL_DATA_DIR", str(server.data_dir))
    wide = np.full((360, 640, 3), 30, np.uint8)
    wide[:, 140:500] = np.random.default_rng(1).integers(0, 255, (360, 360, 3))
    Image.fromarray(wide).save(tmp_path / "wide.png")
    Image.fromarray(255 - wide).save(tmp_path / "other.png")
    page = open_elsewhere(f"{server.url}/predict?section=live&run={trained.id}")
    ready_at_last(page)
    expect(page.locator(".status")).to_contain_text("needs an https address")
    assert not page.locator("button.power").is_visible()
    page.locator("input[capture]").set_input_files(tmp_path / "wide.png")
    page.wait_for_selector(".frame[data-shares]", timeout=SLOW)
    expect(page.locator(".status")).to_contain_text("bright square")
    found, pixels = shares(page), seen(page)
    assert np.abs(found - trained.scores(pixels)).max() < 1e-4
    square = Image.fromarray(wide[:, 140:500]).resize(pixels.shape[1::-1], Image.Resampling.BOX)
    assert np.abs(pixels.astype(int) - np.asarray(square)).mean() < 25, "neither side is in it"
    page.locator("input[capture]").set_input_files(tmp_path / "other.png")
    page.wait_for_timeout(2000)
    assert np.abs(shares(page) - found).max() > 1e-4
    assert live(page).get_attribute("data-count") is None, "a photo is looked at once"
    page.get_by_role("button", name="Keep this frame as my photo").click()
    page.wait_for_url(re.compile("photo=own-"), timeout=SLOW)
    kept = read_kept(page.url.partition("photo=")[2].partition("&")[0]).data
    predicted = images.model_input(kept, "kept", len(pixels), crop="whole")
    assert np.abs(predicted.astype(int) - seen(page)).max() <= 1, "Predict sees what live saw"
    assert live(page).get_attribute("data-photo") == "true", "it stays as it was"


@pytest.mark.slow
def test_only_pieces_can_be_fetched_and_nothing_lists_them(open_browser, server, trained):
    page = open_browser(f"/predict?section=live&run={trained.id}")
    ready_at_last(page)
    get = page.context.request.get
    (record,) = [
        one for one in Path(server.data_dir, "browser").glob("*.json") if "litert" not in one.name
    ]
    digest = json.loads(record.read_text())["digest"]
    base = f"{server.url}/component/tl_core.ui.prediction.live.served.pieces"
    found = get(f"{base}/{digest}/000.gz")
    assert found.ok and found.headers["content-type"] == "application/gzip"
    assert "content-encoding" not in found.headers, "packed a second time"
    for path in (
        *("", "/", digest, f"{digest}/", f"{digest}/999.gz", "..%2f..%2fruns"),
        *(f"..%2f{record.name}", f"{digest}/..%2f..%2f{record.name}"),
    ):
        assert get(f"{base}/{path}").status in (400, 404), path
