"""A part of a page looks again by itself while somebody uses the page, in Chromium."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Server, serving
from tests.browser.rerun_requests_app import LINES, POLL_SECONDS, TAKES_SECONDS

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving("tests/browser/rerun_requests_app.py", tmp_path_factory.mktemp("parts")) as app:
        yield app


@pytest.fixture
def page(open_browser: Callable[..., Page]) -> Page:
    return open_browser()


def say(page: Page, words: str) -> None:
    page.get_by_label("Words").fill(words)
    page.get_by_label("Words").press("Enter")


def expect_lines(page: Page, choice: str, words: str) -> None:
    """Expect every line that the part draws to say what was chosen, now and after some looks."""
    lines = [f"{number}: {choice}, {words!r}" for number in range(LINES)]
    expect(page.get_by_test_id("stText")).to_have_text(lines)
    page.wait_for_timeout(2500 * POLL_SECONDS)
    expect(page.get_by_test_id("stText")).to_have_text(lines)


def test_what_a_callback_chooses_stays_chosen_though_the_browser_did_not_know_yet(
    page: Page,
) -> None:
    say(page, "some")
    expect_lines(page, "first", "some")
    page.get_by_role("button", name="Choose the second").click()
    page.wait_for_timeout(1000 * (TAKES_SECONDS + 5 * POLL_SECONDS))
    expect_lines(page, "second", "")
    expect(page.get_by_label("Words")).to_have_value("")


def test_what_a_person_changes_is_taken_while_a_part_looks_all_the_time(page: Page) -> None:
    for name in ("third", "first", "second"):
        page.get_by_role("combobox", name="Choice").click()
        page.get_by_role("option", name=name).click()
        say(page, name)
        expect_lines(page, name, name)


def test_all_that_a_part_draws_arrives_though_a_look_comes_when_its_run_ends(page: Page) -> None:
    for number in range(60):  # as Streamlit is, 5 of 100 arrive in part
        say(page, str(number))
        expect(page.get_by_test_id("stText").last).to_have_text(f"{LINES - 1}: first, '{number}'")
