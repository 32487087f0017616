"""What is to be seen without scrolling: on a projector of 1280 x 720, and on a phone of 390 x 844."""

import re

import pytest
from playwright.sync_api import expect

from tests.app.trainings import done, epochs, open_run, pets, running
from tests.browser.conftest import settle

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PROJECTOR, PHONE = 720, 844
"""Pixels from the top to the end of the first screen."""
STEPS = 100
WALL = "layout=projector"
FONT_SIZE = "parseFloat(getComputedStyle(document.documentElement).fontSize)"


def on_a_phone(page):
    page.set_viewport_size({"width": 390, "height": PHONE})
    page.wait_for_timeout(300)
    return page


def end(place):
    """Return where the element ends, in pixels from the top of the page that has not been scrolled."""
    expect(place).to_be_visible()
    for _ in range(
        STEPS
    ):  # a running job draws its charts anew all the time: for a moment they are empty
        top, bottom = place.evaluate("e => (b => [b.top, b.bottom])(e.getBoundingClientRect())")
        if bottom > top >= 0:
            return bottom
        place.page.wait_for_timeout(100)
    raise AssertionError(f"{place} is empty, or above the screen")


def main(page):
    return page.get_by_test_id("stMain")


def charts(page):
    return main(page).get_by_test_id("stPlotlyChart")


def font_size(page):
    return page.evaluate(FONT_SIZE)


def larger_font_size(page, plain):
    """Wait for one that is larger than `plain`, and return it."""
    page.wait_for_function(f"{FONT_SIZE} > {plain}")
    return font_size(page)


def test_on_a_projector_the_stage_and_a_section_of_page_two_are_in_the_first_screen(open_browser):
    page = open_browser("/convolution")
    plain = font_size(page)
    page.get_by_text("For a projector").click()
    page.wait_for_url(re.compile(WALL))
    settle(page)
    assert larger_font_size(page, plain) == pytest.approx(1.2 * plain, rel=0.01)
    pictures = [one for one in main(page).locator("canvas").all() if one.is_visible()][:3]
    assert len(pictures) == 3 and max(map(end, pictures)) <= PROJECTOR  # photo, kernel, result
    page.goto(re.sub(r"/convolution.*", f"/gap_vs_flatten?{WALL}&section=costs", page.url))
    settle(page)
    # Once, not again for each page.
    assert larger_font_size(page, plain) == pytest.approx(1.2 * plain, rel=0.01)
    table = main(page).get_by_test_id("stTable").or_(main(page).locator("table")).first
    assert table.bounding_box()["y"] < PROJECTOR - 100


def test_a_run_is_in_a_projectors_first_screen_while_it_goes_on_and_when_it_has_ended(
    open_browser, server, monkeypatch
):
    monkeypatch.setenv("TL_DATA_DIR", str(server.data_dir))
    run = running(open_run())
    run.append("progress", phase="features", done=287, total=287)
    run.append("progress", phase="head", done=262, total=30 * 230, message="12/30")
    epochs(run, 12)
    page = open_browser(f"/train?{WALL}&run={run.id}")
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    assert max(end(charts(page).nth(number)) for number in (0, 1)) <= PROJECTOR
    before = done(open_run(dataset=pets(), fingerprint=""), {})
    done(run)
    expect(page.get_by_text("Validation accuracy")).to_be_visible()
    settle(page)
    assert page.get_by_role("button", name="Stop").count() == 0
    assert end(main(page).get_by_test_id("stMetricValue").first) <= PROJECTOR
    assert max(end(charts(page).nth(number)) for number in (0, 1)) <= PROJECTOR
    page = open_browser(f"/train?{WALL}&run={run.id}&before={before.id}")
    assert end(main(page).get_by_test_id("stTable").first) <= PROJECTOR
    assert end(page.get_by_role("button", name="Show the run before")) <= PROJECTOR


def test_the_answer_is_in_the_first_screen_of_a_projector_and_of_a_phone(open_browser, server):
    page = open_browser("/")
    page.goto(f"{server.url}/predict?{WALL}&run=imagenet")
    expect(charts(page).first).to_be_visible(timeout=240_000)  # the engine starts
    answer = main(page).get_by_role("heading", level=2).first
    assert max(end(answer), end(charts(page).first)) <= PROJECTOR
    images = main(page).get_by_test_id("stImage")
    assert end(images.last) <= PROJECTOR
    on_a_phone(page)
    assert end(images.first) < answer.bounding_box()["y"]  # the photo, then what is said of it
    assert max(end(answer), end(charts(page).first)) < PHONE
