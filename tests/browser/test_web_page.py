"""The web page that a trained network is taken home in, from its zip, on the plainest of servers."""

import functools
import json
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.conftest import Watched
from tl_core import runs
from tl_core.browser import FOLDER
from tl_core.browser.joining import joined
from tl_core.datasets.catalogue import get_dataset
from tl_core.exports import export_config, find_export
from tl_core.models.exports.job import run_export
from tl_core.models.fitting.training import run_training
from tl_core.training import TrainingConfig, open_training

pytestmark = pytest.mark.browser
SIDE = 96
FRAMES = 400
"""Their pictures alone are 44 MB: what is not freed is seen in a memory that begins with 35."""
PLAIN = """const known = WebAssembly.instantiate
WebAssembly.instantiate = (code, ...rest) =>
  code.length < 100 ? Promise.reject(new Error('no relaxed SIMD')) : known(code, ...rest)"""
"""For a browser that has no relaxed SIMD, as most phones: LiteRT tries a program of a few bytes to know."""


class Quiet(SimpleHTTPRequestHandler):
    """``python -m http.server`` without its log."""

    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the zips of a small training, web page and Keras, unpacked."""
    folder = tmp_path_factory.mktemp("taken")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TL_DATA_DIR", str(folder / "data"))
        emoji = get_dataset("emoji").fingerprint
        run = open_training(
            TrainingConfig(dataset="emoji", fingerprint=emoji, size=SIDE, epochs=8, seed=3)
        )
        run_training(run)
        for name in ("web", "keras"):
            config = export_config(run, name)
            run_export(runs.open_job(config))
            found = find_export(run, config)
            assert found
            with zipfile.ZipFile(found.path) as archive:
                archive.extractall(folder)
            (folder / found.path.stem).rename(folder / name)
    return folder


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder; yields its address."""
    handler = functools.partial(Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://localhost:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def address(taken: Path) -> Iterator[str]:
    with served(taken / "web") as found:
        yield found


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """Return ``visit(locale=..., script=...)``; afterwards the page must be free of faults."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def open_page(locale: str = "en-US", script: str = "", **options: Any) -> Page:
        contexts.append(context := browser.new_context(locale=locale, **options))
        context.add_init_script(script)
        page = context.new_page()
        Watched(page, faults).watch("localhost")
        page.on("console", lambda message: faults.append(f"{message.type}: {message.text}"))
        page.goto(address)
        page.wait_for_selector("#bars li[data-share]")  # of the example that it begins with
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []


def contract(taken: Path) -> Any:
    return json.loads((taken / "web" / "network.json").read_text())


def shares(page: Page) -> NDArray[np.float64]:
    """Return the score of every class that the page shows."""
    page.wait_for_selector("#bars li[data-share]")
    return np.array(
        page.eval_on_selector_all("#bars li", "all => all.map((li) => Number(li.dataset.share))")
    )


def shown_of(page: Page, number: int) -> NDArray[np.float64]:
    """Choose an example and return its scores, once they are there."""
    page.evaluate("for (const li of document.querySelectorAll('#bars li')) delete li.dataset.share")
    page.locator("#examples button").nth(number).click()
    return shares(page)


@pytest.mark.slow
@pytest.mark.parametrize(
    "script", ["", pytest.param(PLAIN, marks=pytest.mark.slow)], ids=["relaxed", "plain"]
)
def test_the_page_gives_the_scores_of_the_keras_file(taken, visit, script):
    page = visit(script=script)
    photos = contract(taken)["photos"]
    network = keras.models.load_model(taken / "keras" / "network.keras")
    pixels = [np.asarray(Image.open(taken / "web" / one["file"]), np.float32) for one in photos]
    expected = np.asarray(network(np.stack(pixels), training=False))
    found = np.stack([shown_of(page, number) for number in range(len(photos))])
    assert found.shape == (3, 3)
    print(f"\nMEASURED largest difference {np.abs(found - expected).max():.1e}")
    np.testing.assert_allclose(found, expected, atol=1e-4)
    assert np.abs(found - expected[::-1]).max() > 1e-2
    asked = page.evaluate("performance.getEntriesByType('resource').map((one) => one.name)")
    assert any("compat" in name for name in asked) == bool(script)


def test_a_photo_is_seen_as_the_lab_sees_it(taken, visit, tmp_path):
    """A photo of another shape, see-through in part: squashed over white, to the last digit."""
    random = np.random.default_rng(1)
    photo = Image.fromarray(random.integers(0, 256, (211, 330, 4), np.uint8))
    photo.putalpha(
        Image.fromarray(np.where(np.arange(330) < 90, 0, 255).astype(np.uint8)[None]).resize(
            (330, 211)
        )
    )
    photo.save(tmp_path / "photo.png")
    page = visit()
    page.set_input_files("#file", tmp_path / "photo.png")
    shares(page)
    seen = page.evaluate(
        "[...document.getElementById('seen').getContext('2d')"
        f".getImageData(0, 0, {SIDE}, {SIDE}).data]"
    )
    over = Image.new("RGB", photo.size, "white")
    over.paste(photo, mask=photo.getchannel("A"))
    expected = np.asarray(over.resize((SIDE, SIDE), Image.Resampling.BILINEAR))
    found = np.reshape(seen, (SIDE, SIDE, 4))[..., :3]
    np.testing.assert_array_equal(found, expected)
    assert np.any(found != expected[:, ::-1])


def test_the_page_speaks_both_languages_and_says_what_the_network_is_worth(visit):
    page = visit(locale="ko-KR")
    korean = page.locator("main").inner_text()
    assert page.locator("html").get_attribute("lang") == "ko"
    assert "동물" in korean and "animals" not in korean
    page.select_option("#language", "en")
    english = page.locator("main").inner_text()
    assert "animals" in english and "동물" not in english
    for part in (
        "95 % interval",
        "held-out images right",
        "Emoji",
        "EfficientNet-Lite0",
        "a photo of something else gets a class too",
    ):
        assert part in english.replace("\xa0", " ")
    page.reload()
    page.wait_for_selector("main:not([hidden])")
    assert page.locator("html").get_attribute("lang") == "en", "what was chosen is kept"


def test_the_camera_moves_the_bars_until_it_is_paused(visit):
    page = visit(permissions=["camera"])
    page.click("#camera")
    page.wait_for_function("document.getElementById('speed').textContent.includes('frames')")
    first = shares(page)
    page.wait_for_function(
        "(before) => before !== document.querySelector('#bars li').dataset.share",
        arg=str(first[0]),
    )
    said = page.locator("#guess").inner_text()
    assert "%" in said
    page.click("#pause")
    page.wait_for_timeout(300)
    still = shares(page)
    page.wait_for_timeout(500)
    np.testing.assert_array_equal(shares(page), still)
    page.click("#pause")
    page.wait_for_function("document.getElementById('speed').textContent.includes('frames')")
    page.click("#camera")
    assert not page.locator("#pause").is_visible()
    assert "off" in page.locator("#status").inner_text()


def test_what_is_no_picture_is_one_sentence_and_the_page_goes_on(visit, tmp_path):
    page = visit()
    (tmp_path / "notes.jpg").write_text("no picture")
    page.set_input_files("#file", tmp_path / "notes.jpg")
    page.wait_for_function("document.getElementById('trouble').textContent")
    assert "notes.jpg cannot be opened" in page.locator("#trouble").inner_text()
    assert shown_of(page, 0).sum() == pytest.approx(1, abs=1e-5)
    assert page.locator("#trouble").inner_text() == ""


GROWN = """async ([frames, forgetful]) => {
  const network = await Network.open(await fetched('network.tflite'), (name) => `litert/${name}`)
  const { liteRtWasm } = network.litert.getGlobalLiteRt()
  const rgb = new Uint8Array(network.size ** 2 * 3).fill(99)
  await network.classify(rgb)
  const before = liteRtWasm.HEAPU8.length
  if (forgetful) network.litert.Tensor.prototype.delete = () => undefined
  for (let frame = 0; frame < frames; frame += 1) await network.classify(rgb)
  const grown = liteRtWasm.HEAPU8.length - before
  network.close()
  return [grown, await network.classify(rgb).catch((error) => String(error))]
}"""
"""By how many bytes the memory of LiteRT grows, and what a closed network says."""


@pytest.mark.slow
def test_hundreds_of_pictures_leave_no_memory_behind(visit):
    page = visit()
    scripts = joined(FOLDER / "network.js") + "\nObject.assign(window, { Network, fetched })"
    page.add_script_tag(content=scripts, type="module")
    page.wait_for_function("'Network' in window")
    grown, closed = page.evaluate(GROWN, [FRAMES, False])
    assert grown == 0 and "deleted" in closed
    forgotten, _ = page.evaluate(GROWN, [FRAMES, True])
    assert forgotten > 10**7, "what is forgotten would be seen"


NO_CAMERA = "Object.defineProperty(navigator, 'mediaDevices', { value: undefined })"
"""What a browser says on a page over plain http from another computer."""


@pytest.mark.slow
def test_where_the_browser_gives_no_camera_a_sentence_says_how_to_get_it(visit):
    page = visit(script=NO_CAMERA)
    page.click("#camera")
    assert "https" in page.locator("#status").inner_text()
    assert shown_of(page, 2).sum() == pytest.approx(1, abs=1e-5)


@pytest.mark.slow
def test_names_of_classes_are_shown_as_somebody_wrote_them(browser, taken, tmp_path):
    folder = shutil.copytree(taken / "web", tmp_path / "web")
    words = json.loads((folder / "words.json").read_text())
    names = ["<img src=x onerror=document.title='run'>", "{share}", "long" * 60]
    words["en"]["classes"] = names
    (folder / "words.json").write_text(json.dumps(words))
    with served(folder) as url:
        page = browser.new_page(viewport={"width": 390, "height": 844}, locale="en-US")
        page.goto(url)
        page.wait_for_selector("#bars li[data-share]")
        assert page.locator("#bars li span:first-child").all_inner_texts() == names
        assert page.title() == words["en"]["text"]["heading"]
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("broken", "says"),
    [
        ("network.tflite", "network is damaged"),
        ("litert/litert_wasm_internal.wasm.gz", "cannot run the network"),
        ("litert/litert.js.gz", "did not arrive"),
    ],
)
def test_a_broken_file_is_one_sentence(browser, taken, tmp_path, broken, says):
    folder = shutil.copytree(taken / "web", tmp_path / "web")
    (folder / broken).write_bytes(b"no network")
    if broken.endswith("litert.js.gz"):
        (folder / broken).unlink()
    with served(folder) as url:
        page = browser.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(url)
        page.wait_for_function(f"document.getElementById('trouble').textContent.includes({says!r})")
        assert page.locator("main").is_hidden() and faults == []
        page.close()


@pytest.mark.slow
def test_without_a_server_the_page_says_what_it_needs(browser, taken):
    page = browser.new_page()
    page.goto((taken / "web" / "index.html").as_uri())
    assert "python -m http.server" in page.locator("#trouble span[lang=en]").inner_text()
    assert page.locator("main").is_hidden()
    page.close()


def test_it_works_without_the_server_once_it_was_opened(browser, taken):
    context = browser.new_context()
    page = context.new_page()
    with served(taken / "web") as url:
        page.goto(url)
        page.wait_for_function("navigator.serviceWorker.controller")
        expected = shown_of(page, 1)
    page.reload()
    page.wait_for_selector("#bars li[data-share]")
    np.testing.assert_array_equal(shown_of(page, 1), expected)
    context.close()


def test_the_program_beside_the_page_checks_the_network(taken):
    answer = subprocess.run(
        [sys.executable, "use.py"], cwd=taken / "web", capture_output=True, text=True
    )
    assert answer.returncode == 0, answer.stderr
