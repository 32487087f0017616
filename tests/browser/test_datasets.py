"""Photos in Chromium: selected by mouse and keyboard, recorded by the camera, uploaded as a folder."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import STEP_MS, Server, settle
from tests.datasets.samples import picture, write_folder
from tl_core.datasets.bringing.staging import Staging

pytestmark = pytest.mark.browser

Open = Callable[..., Page]
DATA = "/train?section=data&dataset=emoji"


def draft_of(page: Page) -> Staging:
    return Staging(page.url.partition("draft=")[2].partition("&")[0])


def add_class(page: Page, name: str) -> None:
    page.get_by_label("Name of a class").fill(name)
    page.get_by_role("button", name="Add class").click()
    expect(page.get_by_text(f"{name}: 0")).to_be_visible()
    settle(page)


def shown_count(page: Page) -> int:
    """Return the count that the recorder shows."""
    return int(page.locator(".status").inner_text().partition(" ")[0])


def kept_count(page: Page, name: str) -> int:
    """Return the count that the recorder shows once the last picture is made and the page has it too."""
    deadline = time.monotonic() + STEP_MS / 1000
    while time.monotonic() < deadline:
        page.wait_for_timeout(500)
        held = shown_count(page)
        if page.get_by_text(f"{name}: {held}").is_visible():
            return held
    raise AssertionError(f"the page does not have what the recorder shows: {shown_count(page)}")


def enabled(page: Page, label: str) -> Locator:
    button = page.get_by_role("button", name=label, exact=True)
    expect(button).to_be_enabled()
    return button


def test_photos_are_selected_with_mouse_and_keyboard_and_left_out(open_browser: Open) -> None:
    page = open_browser(DATA)
    cells = page.locator(".cell")
    expect(cells).to_have_count(40)
    leave_out = page.get_by_role("button", name="Leave out")
    expect(leave_out).to_be_disabled()
    cells.nth(1).click()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    pressed = page.locator(".cell[aria-pressed=true]")
    expect(pressed).to_have_count(3)
    assert cells.nth(2).get_attribute("aria-pressed") == "true"
    assert cells.nth(39).get_attribute("aria-pressed") == "true"
    enabled(page, "Leave out").click()
    expect(page.get_by_text("This is a new version now.")).to_be_visible()
    expect(pressed).to_have_count(0)
    expect(page.get_by_text("126 photos", exact=True)).to_be_visible()
    expect(leave_out).to_be_disabled()


def test_a_click_takes_a_photo_along_that_was_selected_just_before(open_browser: Open) -> None:
    page = open_browser(DATA)
    cells = page.locator(".cell")
    expect(cells).to_have_count(40)
    cells.nth(38).click()
    enabled(page, "Leave out").hover()
    settle(page)
    cells.nth(39).evaluate("(cell) => cell.click()")  # the mouse is there already: no time passes
    page.mouse.down()
    page.mouse.up()
    expect(page.get_by_text("127 photos", exact=True)).to_be_visible()


def test_the_grid_is_one_stop_of_the_tab_key(open_browser: Open) -> None:
    page = open_browser(DATA)
    expect(page.locator(".cell")).to_have_count(40)
    assert page.locator('.cell[tabindex="0"]').count() == 1
    page.locator(".cell").nth(7).focus()
    page.keyboard.press("ArrowDown")
    across = page.evaluate(
        """() => {
          const cells = [...document.querySelectorAll('*')].map((each) => each.shadowRoot)
            .filter(Boolean).flatMap((root) => [...root.querySelectorAll('.cell')])
          return cells.filter((cell) => cell.offsetTop === cells[0].offsetTop).length
        }"""
    )
    expect(page.locator('.cell[tabindex="0"]')).to_have_attribute(
        "aria-label", re.compile(rf"^Photo {8 + cast(int, across)} of 129: animals/\S+\.webp$")
    )


@pytest.mark.slow
def test_samples_are_recorded_while_a_button_is_held_and_by_the_timer(
    open_browser: Open, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TL_DATA_DIR", str(server.data_dir))
    page = open_browser(f"{DATA}&data=new&source=camera")
    add_class(page, "mug")
    page.locator(".power").click()
    hold = page.locator(".hold")
    expect(hold).to_be_visible()
    hold.hover()
    page.mouse.down()
    expect(page.locator(".cell")).not_to_have_count(0)
    page.mouse.up()
    still = page.locator('.frame[data-recording="false"]')
    expect(still).to_have_count(1)
    hold.focus()
    page.keyboard.down("Space")
    expect(still).to_have_count(0)
    page.keyboard.up("Space")
    expect(still).to_have_count(1)
    held = kept_count(page, "mug")
    assert draft_of(page).counts() == {"mug": held}

    add_class(page, "pen")
    page.locator(".timer").click()
    expect(page.get_by_text("pen: 30")).to_be_visible(timeout=2 * STEP_MS)
    assert draft_of(page).counts() == {"mug": held, "pen": 30}  # none went to the other class

    page.locator(".cell").first.click()
    enabled(page, "Remove the selected photos").click()
    expect(page.get_by_text("pen: 29")).to_be_visible()
    page.reload()
    expect(page.get_by_text("pen: 29")).to_be_visible()
    expect(page.locator(".hold")).to_be_hidden()  # a camera is never on by itself


def test_without_a_camera_one_sentence_names_the_other_ways(open_browser: Open) -> None:
    page = open_browser(f"{DATA}&data=new&source=camera")
    add_class(page, "mug")
    page.evaluate(
        """() => { navigator.mediaDevices.getUserMedia = () =>
          Promise.reject(new DOMException('no', 'NotAllowedError')) }"""
    )
    page.locator(".power").click()
    expect(page.locator(".status")).to_have_text(
        "The browser does not let this page use the camera. Allow it in the browser's address bar and "
        "start again, or take a photo with this device."
    )
    expect(page.locator(".hold")).to_be_hidden()
    expect(page.get_by_role("button", name="Take a photo with this device")).to_be_visible()


def test_a_folder_becomes_a_dataset_that_can_be_used_at_once(
    open_browser: Open, tmp_path: Path
) -> None:
    folder = write_folder(
        tmp_path / "pets",
        {
            f"{name}/{i}.png": picture(start + i, side=64)
            for name, start in (("left", 0), ("right", 100))
            for i in range(8)
        }
        | {"left/broken.png": b"no picture", "lost.png": picture(999)},
    )
    page = open_browser(f"{DATA}&data=new&source=folder")
    page.locator("input[type=file]").set_input_files(str(folder))
    expect(page.get_by_text("left · 9 photos")).to_be_visible()
    page.get_by_text("1 file is left out").click()
    expect(page.get_by_text("Photos that are not inside a class folder: 1")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Name of the dataset")).to_have_value("pets")
    enabled(page, "Import 17 photos").click()
    page.get_by_role("button", name="Use it").click(timeout=3 * STEP_MS)
    expect(page.get_by_text("8 photos", exact=True)).to_be_visible()
    expect(page.get_by_text("How the files were read")).to_be_visible()
    expect(page.get_by_text("1 file was left out")).to_be_visible()
