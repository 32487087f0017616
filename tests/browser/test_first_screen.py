"""What is to be seen without scrolling: on a projector of 1280 x 720, and on a phone of 390 x 844."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import settle

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PROJECTOR, PHONE = 720, 844
"""Pixels from the top to the end of the first screen."""
WALL = "layout=projector"


def on_a_phone(page):
    page.set_viewport_size({"width": 390, "height": PHONE})
    page.wait_for_timeout(300)
    return page


def end(place):
    """Return where the element ends, in pixels from the top of the page that has not been scrolled."""
    expect(place).to_be_visible()
    # In one question: a running job draws its charts anew all the time.
    top, bottom = place.evaluate("e => (box => [box.top, box.bottom])(e.getBoundingClientRect())")
    assert bottom > top >= 0
    return bottom


def main(page):
    return page.get_by_test_id("stMain")


def charts(page):
    return main(page).get_by_test_id("stPlotlyChart")


def font_size(page):
    return page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)")


def test_on_a_projector_the_stage_and_a_section_of_page_two_are_in_the_first_screen(open_browser):
    page = open_browser("/convolution")
    plain = font_size(page)
    page.get_by_text("For a projector").click()
    page.wait_for_url(re.compile(WALL))
    settle(page)
    page.wait_for_function(
        f"parseFloat(getComputedStyle(document.documentElement).fontSize) > {plain}"
    )
    assert font_size(page) == pytest.approx(1.2 * plain, rel=0.01)
    pictures = [one for one in main(page).locator("canvas").all() if one.is_visible()][:3]
    assert len(pictures) == 3 and max(map(end, pictures)) <= PROJECTOR  # photo, kernel, result
    page.goto(re.sub(r"/convolution.*", f"/gap_vs_flatten?{WALL}&section=costs", page.url))
    settle(page)
    assert font_size(page) == pytest.approx(1.2 * plain, rel=0.01)  # once, not again for each page
    table = main(page).get_by_test_id("stTable").or_(main(page).locator("table")).first
    assert table.bounding_box()["y"] < PROJECTOR - 100


def test_a_run_and_its_answer_are_in_the_first_screen(open_browser):
    page = open_browser(f"/train?{WALL}&size=32&epochs=100&rate=0.0001&batch=8")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(main(page).get_by_text("Train the head")).to_be_visible(timeout=180_000)
    expect(charts(page).nth(1)).to_be_visible(timeout=120_000)
    settle(page)
    assert page.get_by_role("button", name="Stop").count() == 1
    assert max(end(charts(page).nth(number)) for number in (0, 1)) <= PROJECTOR
    expect(page.get_by_text("Validation accuracy")).to_be_visible(timeout=240_000)
    settle(page)
    assert end(main(page).get_by_test_id("stMetricValue").first) <= PROJECTOR
    assert max(end(charts(page).nth(number)) for number in (0, 1)) <= PROJECTOR

    predict = open_browser(f"/predict?{WALL}")
    expect(charts(predict).first).to_be_visible(timeout=60_000)
    assert end(main(predict).get_by_role("heading", level=2).first) <= PROJECTOR
    assert end(charts(predict).first) <= PROJECTOR
    assert (
        end(main(predict).get_by_role("img", name=re.compile("as the network sees it")))
        <= PROJECTOR
    )
    on_a_phone(predict)
    assert end(main(predict).get_by_role("heading", level=2).first) < PHONE
    assert end(charts(predict).first) < PHONE
