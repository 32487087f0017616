"""A class with phones in Chromium, from an address that is not localhost: over https, and over plain http."""

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import STEP_MS, Server, settle
from tests.server.classroom import Classroom, start_classroom
from tl_core import photos
from tl_core.classroom.addresses import lan_addresses
from tl_core.datasets.bringing.staging import Staging

pytestmark = pytest.mark.browser

BLUE, RED = (30, 30, 200), (200, 30, 30)


@pytest.fixture
def wide_photo(tmp_path: Path) -> Path:
    """A photo of 16 : 9, blue in its middle square and red beside it, as a phone on its side saves it."""
    image = Image.new("RGB", (360, 640), RED)
    image.paste(BLUE, (0, 140, 360, 500))
    turned = Image.Exif()
    turned[0x0112] = 6
    image.save(tmp_path / "wide.jpg", exif=turned, quality=95)
    return tmp_path / "wide.jpg"


def is_the_middle_square(file: bytes) -> bool:
    pixels = np.asarray(Image.open(io.BytesIO(file)).convert("RGB"), int)
    inside = pixels[4:-4, 4:-4]  # a JPEG smears what is right beside the edge into it
    return pixels.shape[0] == pixels.shape[1] and bool((np.abs(inside - BLUE) < 25).all())


def test_the_check_itself_tells_a_squashed_photo(wide_photo: Path) -> None:
    assert not is_the_middle_square(wide_photo.read_bytes())
    squashed = io.BytesIO()
    Image.open(wide_photo).resize((256, 256)).save(squashed, "PNG")
    assert not is_the_middle_square(squashed.getvalue())


@pytest.mark.slow
def test_over_http_recording_and_predicting_keep_the_same_square_of_a_photo(
    open_elsewhere: Callable[[str], Page],
    server: Server,
    wide_photo: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TL_DATA_DIR", str(server.data_dir))
    page = open_elsewhere(f"{server.url}/train?section=data&data=new&source=camera")
    page.get_by_label("Name of a class").fill("mug", timeout=STEP_MS)
    page.get_by_role("button", name="Add class").click()
    expect(page.locator(".status")).to_contain_text("needs an https address")
    assert not page.locator(".power").is_visible() and not page.locator(".hold").is_visible()
    page.locator("input[capture]").set_input_files(wide_photo)
    expect(page.locator(".status")).to_contain_text("1 samples of mug")
    expect(page.get_by_text("mug: 1", exact=True)).to_be_visible()
    draft = Staging(page.url.partition("draft=")[2].partition("&")[0])
    (number,) = draft.numbers("mug")
    assert is_the_middle_square(draft.read("mug", number)[1])

    page.goto(re.sub("/train.*", "/", page.url))
    page.get_by_role("button", name="Change photo").click(timeout=STEP_MS)
    page.get_by_text("Camera", exact=True).click()
    expect(page.locator(".status")).to_contain_text("needs an https address")
    page.locator("input[capture]").set_input_files(wide_photo)
    page.wait_for_url(re.compile("photo=own-"), timeout=STEP_MS)
    name = page.url.partition("photo=")[2].partition("&")[0]
    assert is_the_middle_square(photos.read_kept(name).data)


@pytest.fixture
def classroom(tmp_path: Path) -> Iterator[Classroom]:
    if not lan_addresses():
        pytest.skip("this machine is in no network")
    with start_classroom(tmp_path) as room:
        yield room


def read_code(page: Page) -> str:
    """Return what a phone reads from the screen."""
    code = page.get_by_role("img", name=re.compile("^QR code with this address"))
    expect(code).to_be_visible()
    page.wait_for_timeout(500)  # the window moves in
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(page.screenshot())))
    return found.text


def test_a_phone_comes_through_the_door_to_a_camera_that_works(
    classroom: Classroom, browser: Browser
) -> None:
    """What the README tells a class to press, pressed; nothing here ignores a certificate."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="en-US")
    try:
        page = context.new_page()
        typed = f"http://{lan_addresses()[0]}:{classroom.port}"
        page.goto(f"{typed}/predict?section=photo")
        page.get_by_role("link", name="Go on to the lab").click(no_wait_after=True)
        page.locator("#details-button").click(timeout=STEP_MS)  # "Advanced"
        page.locator("#proceed-link").click()
        page.get_by_role("button", name="Change photo").click(timeout=STEP_MS)
        assert page.url.startswith(f"https://{lan_addresses()[0]}:{classroom.https_port}/predict")
        page.get_by_text("Camera", exact=True).click()
        page.get_by_role("button", name="Start the camera").click(timeout=STEP_MS)
        page.get_by_role("button", name="Take the photo").click(timeout=STEP_MS)
        page.wait_for_url(re.compile("photo=own-"), timeout=STEP_MS)

        # The next address needs no press any more, and the code of a page leads to that page.
        page.set_viewport_size({"width": 1280, "height": 720})
        page.goto(f"{typed}/convolution?kernel=gabor")
        settle(page)
        assert page.url.startswith("https://")
        page.get_by_role("button", name="QR code of this page").click()
        code = read_code(page)
        assert code.startswith(f"{typed}/convolution?") and "kernel=gabor" in code
        expect(page.get_by_text(code, exact=True)).to_be_visible()
        page.keyboard.press("Escape")
        settle(page)
        expect(page.get_by_text(code, exact=True)).to_be_hidden()
    finally:
        context.close()
