"""A lesson link of the Train page in a browser: what it hides is not there, and counts all the same."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

LESSON = "/train?lesson=Only+the+seed&hide=section,epochs,strategy,more,augment&epochs=7&rate=0.01"


def test_hidden_settings_stay_those_of_the_link_while_others_are_changed(open_browser):
    page = open_browser(LESSON)
    expect(page.get_by_text("Only the seed")).to_be_visible()
    seed = page.get_by_role("spinbutton", name="Seed")
    for number in (3, 4):
        seed.fill(str(number))
        seed.press("Enter")
        page.wait_for_url(re.compile(rf"seed={number}"))
        assert "epochs=7" in page.url and "rate=0.01" in page.url
    expect(page.get_by_text("Head", exact=True).first).to_be_visible()
    for hidden in ("Epochs", "What learns", "More settings", "Change the training images", "Data"):
        expect(page.get_by_test_id("stMain").get_by_text(hidden, exact=True)).to_have_count(0)
    page.reload()
    expect(page.get_by_text("Only the seed")).to_be_visible()
    assert "epochs=7" in page.url and "seed=4" in page.url


@pytest.mark.slow
def test_a_teacher_makes_a_lesson_link_of_the_train_page(open_browser):
    page = open_browser("/train?epochs=7")
    expect(page.get_by_test_id("stMain").get_by_text("More settings", exact=True)).to_be_visible()
    page.get_by_role("button", name="Lesson link").click()
    page.get_by_role("textbox").last.fill("First the head")
    # The list draws only what is in sight of it.
    page.get_by_role("combobox", name="Controls to hide").fill("More settings")
    page.get_by_role("option", name="More settings").click()
    page.keyboard.press("Escape")
    link = page.get_by_test_id("stCode").last
    expect(link).to_contain_text("hide=more")
    # Whole, as other devices reach it; where there are none, as this browser does.
    whole = urlsplit(link.inner_text().strip())
    assert whole.scheme == "http" and whole.path == "/train"
    assert whole.port == urlsplit(page.url).port
    lesson = open_browser(f"{whole.path}?{whole.query}")
    expect(lesson.get_by_text("First the head")).to_be_visible()
    expect(lesson.get_by_test_id("stMain").get_by_text("More settings", exact=True)).to_have_count(
        0
    )
    assert "epochs=7" in lesson.url
