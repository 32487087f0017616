"""The GAP page as a person meets it: every section in both languages, the real worker, a measurement."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import settle

pytestmark = pytest.mark.browser

PAGE = "/gap_vs_flatten"
SECTIONS = {
    "layers": r"25,088 × 256 \+ 256",
    "costs": "51.4 MB",
    "sweeps": None,
    "rule": None,
    "see": None,
    "measure": None,
    "stack": "122,570",
    "guess": None,
    "compare": None,
    "export": "FEATURE_MAP",
}
"""Section -> something on it that is the same in both languages, or either language's word."""
MEASURE_MS = 150_000


def main_text(page: Page) -> str:
    return " ".join(page.get_by_test_id("stMain").inner_text().split())


@pytest.mark.parametrize("locale", [pytest.param("en-US", marks=pytest.mark.slow), "ko-KR"])
def test_every_section_is_drawn_in_both_languages(open_browser, locale):
    page = open_browser(PAGE, locale=locale)
    buttons = page.get_by_test_id("stMain").get_by_test_id("stButtonGroup").first
    expect(buttons).to_be_visible()
    for number, (section, said) in enumerate(SECTIONS.items()):
        if number:
            buttons.get_by_role("radio").nth(number).click()
            page.wait_for_url(re.compile(rf"section={section}"))
        settle(page)
        assert page.get_by_test_id("stException").count() == 0
        assert said is None or re.search(said, main_text(page)), section


def test_the_first_screen_has_the_ratio_and_both_totals(open_browser):
    page = open_browser(PAGE)
    for words in ("48.7 ×", "6,423,298", "131,842"):
        box = page.get_by_text(words).first.bounding_box()
        assert box and box["y"] + box["height"] < 720
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 2


@pytest.mark.slow
def test_gap_happens_on_the_photo_with_the_real_worker(open_browser, server):
    page = open_browser(f"{PAGE}?section=see&photo=coffee")
    expect(page.get_by_text(re.compile(r"Channel \d+: .* / 25 = "))).to_be_visible()
    expect(page.get_by_text("Shuffle the positions")).to_be_visible()
    settle(page)
    evidence = page.get_by_text(re.compile("Mean of the 25 places")).inner_text()
    mean, bias, total = (
        float(number.replace("−", "-")) for number in re.findall(r"[+−]\d+\.\d\d", evidence)
    )
    assert total == pytest.approx(mean + bias, abs=1e-9) and total > 1
    assert "1,280 × 1,000 + 1,000 = 1,281,000" in main_text(page)
    tables = page.locator("table").all_inner_texts()
    shuffled = next(table for table in tables if "Cosine" in table)
    assert re.search(r"GAP\s+0\.0\s%\s+1\.0000", shuffled)
    change = float(re.findall(r"Flatten\s+([\d.]+)\s%", shuffled)[0])
    assert change > 10
    assert not {"keras", "tensorflow"} & server.modules()


@pytest.mark.slow
def test_both_heads_are_measured_to_a_verdict_that_a_link_shows_again(open_browser, server):
    page = open_browser(f"{PAGE}?section=measure&units=&epochs=5")
    page.get_by_role("button", name="Train both heads").click()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    page.wait_for_url(re.compile("run="))  # written when the page has been drawn to its end
    page.reload()
    verdict = page.get_by_text(
        re.compile("No difference in accuracy is shown|is more accurate here")
    )
    expect(verdict).to_be_visible(timeout=MEASURE_MS)
    assert re.search(r"[?&]run=[0-9a-f]{16}", page.url)
    second = open_browser(page.url.removeprefix(server.url))
    expect(
        second.get_by_text(re.compile("No difference in accuracy is shown|is more accurate here"))
    ).to_be_visible()
    assert second.locator("table").last.inner_text() == page.locator("table").last.inner_text()


@pytest.mark.slow
def test_a_comparison_stops_and_goes_on(open_browser):
    page = open_browser(f"{PAGE}?section=measure&units=&epochs=30")
    page.get_by_role("button", name="Train both heads").click()
    expect(page.get_by_text("Train both heads with every seed")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Stopped.")).to_be_visible(timeout=8_000)
    page.get_by_role("button", name="Resume").click()
    expect(
        page.get_by_text(re.compile("No difference in accuracy is shown|is more accurate here"))
    ).to_be_visible(timeout=MEASURE_MS)
