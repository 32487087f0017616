"""A folder that nobody may write to, as a person meets it: the page stays, and says what is wrong."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import STEP_MS, Server
from tests.disks import read_only

pytestmark = pytest.mark.browser

SENTENCE = "Nothing can be written into"


def test_a_stop_holds_though_nothing_can_be_written_and_a_new_start_is_explained(
    open_browser: Callable[..., Page], server: Server
) -> None:
    page = open_browser("/train?size=64&epochs=300")
    page.get_by_role("button", name="Train", exact=True).click(timeout=STEP_MS)
    stop = page.get_by_role("button", name="Stop", exact=True)
    expect(stop).to_be_enabled()
    with read_only(server.data_dir / "runs"):
        stop.click(timeout=STEP_MS)
        expect(page.get_by_text("Stopped. What was finished is kept.")).to_be_visible()
        page.get_by_role("button", name="Start again").click(timeout=STEP_MS)
        told = page.get_by_role("alert").filter(has_text=SENTENCE)
        expect(told.first).to_be_visible()
        expect(told.first).to_contain_text("TL_DATA_DIR")
        expect(page.get_by_role("heading", name="Train", exact=True)).to_be_visible()
        expect(page.get_by_text("Something in the lab broke here")).to_have_count(0)
        expect(page.get_by_test_id("stException")).to_have_count(0)


@pytest.mark.parametrize("path", ["/", "/gap_vs_flatten"])
def test_a_page_that_needs_no_disk_says_once_what_is_wrong_with_it_and_works(
    open_browser: Callable[..., Page], server: Server, path: str
) -> None:
    with read_only(server.data_dir):
        page = open_browser(path, locale="ko-KR")
        told = page.get_by_role("alert").filter(has_text="TL_DATA_DIR")
        expect(told).to_have_count(1)
        expect(told).not_to_contain_text(SENTENCE)  # in the page's language
        expect(page.get_by_test_id("stException")).to_have_count(0)
        expect(page.get_by_test_id("stPageLink")).not_to_have_count(0)
