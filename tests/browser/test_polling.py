"""A part of a page looks again by itself while somebody uses the page, in Chromium."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Server, serving, settle
from tests.browser.polling_app import POLL_SECONDS, TAKES_SECONDS

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving("tests/browser/polling_app.py", tmp_path_factory.mktemp("polling")) as app:
        yield app


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    context = browser.new_context(locale="en-US")
    page = context.new_page()
    page.goto(server.url)
    settle(page)
    yield page
    context.close()


def test_what_a_callback_chooses_stays_chosen_though_the_browser_did_not_know_yet(
    page: Page,
) -> None:
    page.get_by_label("Words").fill("some")
    page.get_by_label("Words").press("Enter")
    expect(page.get_by_text("chosen: first, words: 'some'")).to_be_visible()
    page.get_by_role("button", name="Choose the second").click()
    page.wait_for_timeout(1000 * (TAKES_SECONDS + 5 * POLL_SECONDS))
    expect(page.get_by_text("chosen: second, words: ''")).to_be_visible()
    expect(page.get_by_label("Words")).to_have_value("")


def test_what_a_person_changes_is_taken_while_a_part_looks_all_the_time(page: Page) -> None:
    for name in ("third", "first", "second"):
        page.get_by_role("combobox", name="Choice").click()
        page.get_by_role("option", name=name).click()
        page.get_by_label("Words").fill(name)
        page.get_by_label("Words").press("Enter")
        expect(page.get_by_text(f"chosen: {name}, words: '{name}'")).to_be_visible()
        page.wait_for_timeout(3000 * POLL_SECONDS)
        expect(page.get_by_text(f"chosen: {name}, words: '{name}'")).to_be_visible()
