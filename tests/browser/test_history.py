"""Back leads to the page or the section before, and an uploader has no words of Streamlit's own."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import STEP_MS, settle

pytestmark = pytest.mark.browser


def steps(page: Page) -> int:
    length: int = page.evaluate("history.length")
    return length


def test_back_leaves_a_page_at_once_and_a_control_is_no_step(
    open_browser: Callable[..., Page],
) -> None:
    page = open_browser("/train")
    before = steps(page)
    seed = page.get_by_role("spinbutton", name="Seed")
    for number in (3, 4, 5):
        seed.fill(str(number))
        seed.press("Enter")
        page.wait_for_url(re.compile(rf"seed={number}"), timeout=STEP_MS)
    settle(page)
    assert steps(page) == before
    page.get_by_test_id("stSidebar").get_by_role("link", name="Convolution").click()
    page.wait_for_url(re.compile(r"/convolution"), timeout=STEP_MS)
    settle(page)
    page.get_by_role("radio", name="Pooling").first.click()
    page.wait_for_url(re.compile(r"section=pooling"), timeout=STEP_MS)
    settle(page)
    assert steps(page) == before + 2
    page.go_back()
    page.wait_for_url(lambda url: "/convolution" in url and "section" not in url, timeout=STEP_MS)
    settle(page)
    page.go_back()
    page.wait_for_url(re.compile(r"/train\?.*seed=5"), timeout=STEP_MS)
    settle(page)
    expect(page.get_by_role("spinbutton", name="Seed")).to_have_value("5")
    assert steps(page) == before + 2


@pytest.mark.slow
def test_the_uploader_has_the_words_of_the_page(open_browser):
    page = open_browser("/train?section=data&data=new&source=zip")
    uploader = page.get_by_test_id("stFileUploader").first
    expect(uploader.get_by_role("button", name="Choose", exact=True)).to_be_visible()
    expect(uploader).to_contain_text("per file")
    expect(uploader).not_to_contain_text("Upload")
