"""What a class does in ten minutes: train, refresh, stop, predict, in both languages."""

import re
import time

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import settle

pytestmark = pytest.mark.browser

PAGES = {
    "/": ("Transfer Learning Lab", "전이 학습 실험실"),
    "/convolution": ("Convolution", "합성곱"),
    "/gap_vs_flatten": ("GAP vs Flatten", "GAP"),
    "/train": ("Train", "학습"),
    "/predict": ("Predict", "예측"),
}
TRAIN_MS = 90_000


def train(page):
    page.get_by_role("button", name="Train", exact=True).click()


def accuracy(page):
    value = page.get_by_test_id("stMetricValue").first.inner_text()
    return float(value.replace("%", ""))


LEFT_TO_THE_SLOW_PART = {"/gap_vs_flatten", "/convolution"}
"""Pages whose own browser tests open them in both languages."""


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, marks=pytest.mark.slow) if path in LEFT_TO_THE_SLOW_PART else path
        for path in PAGES
    ],
)
def test_every_page_opens_by_its_own_address_in_both_languages(open_browser, path):
    english, korean = PAGES[path]
    page = open_browser(path)
    assert english in page.title()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page = open_browser(path, locale="ko-KR")
    assert korean in page.title()
    page = open_browser(f"{path}?lang=ko")
    assert korean in page.title()


def test_training_survives_a_refresh_and_ends_in_a_prediction(open_browser, server):
    page = open_browser("/train?epochs=100")
    train(page)
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    page.reload()
    expect(
        page.get_by_text("Compute features").or_(page.get_by_text("Train the head")).first
    ).to_be_visible()
    assert re.search(r"[?&]run=[0-9a-f]{16}", page.url)

    second_tab = open_browser(page.url.removeprefix(server.url))
    for tab in (page, second_tab):
        expect(tab.get_by_text("Validation accuracy")).to_be_visible(timeout=TRAIN_MS)
        expect(tab.get_by_text("held-out images right; 95 % interval")).to_be_visible()
    assert accuracy(page) == accuracy(second_tab) > 60  # three classes: chance is far below
    assert page.get_by_role("button", name="Stop").count() == 0

    page.get_by_role("link", name="Try it on a photo").click()
    expect(page.get_by_text("What the network sees")).to_be_visible()
    # Until somebody chooses, it is shown an animal of its own, and is right about it in both languages.
    expect(page.get_by_text(re.compile(r"^animals: \d"))).to_be_visible()
    expect(page.get_by_text("judged by and got right")).to_be_visible()
    korean = open_browser(f"{page.url.removeprefix(server.url)}&lang=ko")
    expect(korean.get_by_text(re.compile(r"^동물: \d"))).to_be_visible()
    assert not {"keras", "tensorflow"} & server.modules()
    assert "streamlit" in server.modules()  # the list is that of the web process


@pytest.mark.slow
def test_second_training_with_the_same_features_takes_seconds_and_says_so(open_browser):
    page = open_browser("/train?seed=4")
    train(page)
    expect(page.get_by_text("Validation accuracy")).to_be_visible(timeout=TRAIN_MS)
    page = open_browser("/train?seed=5")
    began = time.monotonic()
    train(page)
    expect(page.get_by_text("Features reused from an earlier run")).to_be_visible(timeout=TRAIN_MS)
    assert time.monotonic() - began < 30


@pytest.mark.slow
def test_stop_ends_a_training_and_resume_goes_on(open_browser):
    page = open_browser("/train?epochs=100&seed=6&rate=0.0001&batch=8")
    train(page)
    page.get_by_role("button", name="Stop").click(timeout=20_000)
    expect(page.get_by_text("Stopped.")).to_be_visible(timeout=8_000)
    page.get_by_role("button", name=re.compile("Resume|Start again")).click()
    expect(page.get_by_text("Validation accuracy")).to_be_visible(timeout=TRAIN_MS)


@pytest.mark.slow
def test_clicking_twice_starts_one_training(open_browser, server):
    page = open_browser("/train?epochs=100&seed=7")
    before = len(list((server.data_dir / "runs").iterdir()))
    page.get_by_role("button", name="Train", exact=True).dblclick()
    expect(page.get_by_text("Validation accuracy")).to_be_visible(timeout=TRAIN_MS)
    assert len(list((server.data_dir / "runs").iterdir())) == before + 1


def test_language_switch_translates_the_page_and_stays_on_the_next_one(open_browser):
    page = open_browser("/train")
    page.get_by_text("한국어").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("학습")
    settle(page)  # the URL is written last
    assert "lang=ko" in page.url
    page.get_by_role("link", name="예측").first.click()
    settle(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("예측")


def test_photo_of_one_page_is_there_on_the_next(open_browser):
    page = open_browser("/?photo=coffee")
    page.get_by_role("link", name="Predict").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Predict")
    settle(page)
    assert "photo=coffee" in page.url
