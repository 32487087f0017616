"""A walk through the prediction page as a class sees it: every part, in both languages, on both screens."""

import gettext
import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import STEP_MS, settle
from tests.browser.test_many import brought, choose_file
from tl_core.ui.prediction.parts import PARTS
from tl_core.ui.prediction.why import WAYS
from tl_core.wording import DOMAIN, LOCALES

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TRAIN_MS = 300_000
LOCALES_SHOWN = ("en-US", "ko-KR")
ENGLISH = re.compile(r"(?:\b[A-Za-z][a-z']*[ ,:]+){4,}[a-z]+")
"""Five words of Latin letters in a row: a sentence that nobody has translated."""
SCREENS = {"projector": (1280, 720), "phone": (390, 844)}


class Walk:
    """One person's page, and what is looked for on it in the page's language."""

    def __init__(self, open_browser: Callable[..., Page], locale: str, folder: Path) -> None:
        self._open, self.locale, self._folder = open_browser, locale, folder
        self._words: gettext.NullTranslations = (
            gettext.translation(DOMAIN, LOCALES, ["ko"])
            if locale == "ko-KR"
            else gettext.NullTranslations()
        )

    def t(self, text: str) -> str:
        """Return a text of the lab in this language."""
        said = self._words.gettext(text)
        assert self.locale == "en-US" or said != text, f"no Korean for {text!r}"
        return said

    def begin(self, text: str) -> re.Pattern[str]:
        """Return how a text begins, up to its first value."""
        return re.compile(re.escape(re.split(r"[{*]", self.t(text))[0].strip()))

    def at(self, path: str, screen: str = "projector") -> Page:
        width, height = SCREENS[screen]
        self.page = self._open(path, locale=self.locale)
        self.page.set_viewport_size({"width": width, "height": height})
        settle(self.page)
        return self.page

    def settled(self, name: str) -> None:
        """Check what holds for every page, and keep a picture of it for whoever looks."""
        settle(self.page)
        assert self.page.get_by_test_id("stException").count() == 0
        over = "document.documentElement.scrollWidth - window.innerWidth"
        assert self.page.evaluate(over) <= 2, f"{name} is wider than its window"
        if self.locale == "ko-KR":
            said = self.page.get_by_test_id("stMain").inner_text()
            assert not ENGLISH.search(said), ENGLISH.search(said)
        self._picture(self._folder / f"{name}-{self.locale}.png")

    def _picture(self, path: Path) -> None:
        """Take the whole page: Streamlit scrolls inside of it."""
        screen = self.page.viewport_size
        assert screen
        height = self.page.get_by_test_id("stMain").evaluate("main => main.scrollHeight")
        self.page.set_viewport_size({"width": screen["width"], "height": min(height, 6000)})
        self.page.wait_for_timeout(500)
        self.page.screenshot(path=path)
        self.page.set_viewport_size(screen)

    def button(self, text: str) -> None:
        self.page.get_by_role("button", name=self.t(text), exact=True).first.click(timeout=STEP_MS)


@pytest.fixture(params=LOCALES_SHOWN)
def walk(request: pytest.FixtureRequest, open_browser: Callable[..., Page], tmp_path: Path) -> Walk:
    return Walk(open_browser, request.param, tmp_path)


@pytest.fixture
def run(walk: Walk) -> str:
    """Return the id of a trained run of the server, the same for all tests."""
    page = walk.at("/train?dataset=emoji&epochs=3&size=96")
    walk.button("Train")
    expect(page.get_by_text(walk.t("Validation accuracy")).first).to_be_visible(timeout=TRAIN_MS)
    settle(page)
    found = re.search(r"[?&]run=([0-9a-f]{16})", page.url)
    assert found, page.url
    return found[1]


def test_before_anything_is_trained_imagenet_answers(walk: Walk) -> None:
    page = walk.at("/predict?run=imagenet")
    name = {"en-US": "Egyptian cat", "ko-KR": "이집트고양이"}[walk.locale]
    expect(page.get_by_text(name).first).to_be_visible()
    walk.settled("imagenet")


@pytest.mark.parametrize("screen", SCREENS)
def test_every_part_opens_by_its_address(walk: Walk, run: str, screen: str) -> None:
    for part in PARTS:
        page = walk.at(f"/predict?run={run}&{part.name}=1", screen)
        opened = page.get_by_test_id("stExpander").filter(has_text=walk.t(part.title))
        expect(opened.locator("details[open]")).to_be_visible()
        expect(opened.get_by_test_id("stSpinner")).to_have_count(0)
        settle(page)
        assert len(opened.inner_text()) > 80, part.name
        assert opened.get_by_role("alert").filter(has_text=re.compile("error|오류")).count() == 0
        walk.settled(f"{part.name}-{screen}")


def test_every_way_to_ask_why_draws_its_picture(walk: Walk, run: str) -> None:
    for way in WAYS:
        page = walk.at(f"/predict?run={run}&why=1&why-way={way}")
        opened = page.get_by_test_id("stExpander").filter(has_text=walk.t("Why?"))
        expect(opened.get_by_role("img").first).to_be_visible()
        expect(opened.get_by_test_id("stSpinner")).to_have_count(0)
        walk.settled(f"why-{way}")


def test_a_guess_reveals_the_answer_which_is_taken_home(walk: Walk, run: str) -> None:
    page = walk.at(f"/predict?run={run}&guess=1")
    expect(page.get_by_text(walk.t("What is it?"))).to_be_visible()
    expect(page.get_by_text(re.compile(r"\d %"))).to_have_count(0)
    page.get_by_role(
        "button", name={"en-US": "food", "ko-KR": "음식"}[walk.locale], exact=True
    ).click()
    said = {"en-US": "You said", "ko-KR": "음식"}[walk.locale]
    expect(page.get_by_text(said).first).to_be_visible()
    walk.settled("guessed")
    with page.expect_download(timeout=STEP_MS) as download:
        walk.button("Download the figures")
    files = zipfile.ZipFile(io.BytesIO(Path(str(download.value.path())).read_bytes())).namelist()
    assert files == ["answers.csv", f"seen-{run}.png"]


@pytest.mark.parametrize("screen", SCREENS)
def test_the_camera_is_answered_live_and_a_frame_becomes_the_photo(
    walk: Walk, run: str, screen: str
) -> None:
    page = walk.at(f"/predict?section=live&run={run}", screen)
    ready = page.locator(".frame[data-ready]")
    make = page.get_by_role("button", name=walk.t("Make it ready for browsers"))
    expect(ready.or_(make).first).to_be_visible()
    if make.count():
        make.click()
    ready.wait_for(timeout=TRAIN_MS)
    walk.button("Start the camera")
    page.wait_for_selector(".frame[data-fps]", timeout=TRAIN_MS)
    expect(page.locator(".status")).to_contain_text(
        re.compile({"en-US": "frames per second", "ko-KR": "초당"}[walk.locale])
    )
    walk.settled(f"live-{screen}")
    walk.button("Pause")
    walk.button("Keep this frame as my photo")
    expect(page).to_have_url(re.compile("photo=own-[0-9a-f]{32}"))


def test_many_photos_become_a_table(walk: Walk, run: str, tmp_path: Path) -> None:
    page = walk.at(f"/predict?section=many&run={run}")
    choose_file(page, brought(tmp_path))
    expect(page.get_by_role("button", name=walk.t("Table (CSV)"))).to_be_visible(timeout=TRAIN_MS)
    walk.settled("many")


def test_the_right_label_is_learned(walk: Walk, run: str) -> None:
    page = walk.at(f"/predict?run={run}&correct=1&photo=coffee")
    name = {"en-US": "animals", "ko-KR": "동물"}[walk.locale]
    page.get_by_role("button", name=re.compile(name)).last.click(timeout=STEP_MS)
    walk.button("Train again")
    go_on = page.get_by_role("button", name=walk.t("Go on with the new network"))
    expect(go_on).to_be_visible(timeout=TRAIN_MS)
    walk.settled("corrected")
