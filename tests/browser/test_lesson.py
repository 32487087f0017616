"""The ten-minute lesson as somebody gives it who knows the README alone: at a projector and on a phone.

In both languages, over https and over http, from an address that is not localhost. At every stop it is looked
for what the stop's sentence speaks of, and where: what is to be looked at begins in the first screen, nothing
is wider than the screen, and the way on takes the clicks that are written here.
"""

import os
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from tests.browser.conftest import settle
from tests.server.classroom import start_classroom
from tests.server.serving import serve
from tl_core.classroom.addresses import lan_addresses
from tl_core.guide.tours import Stop, get_tour
from tl_core.particles import filled
from tl_core.wording import LANGUAGES, catalogue

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SECONDS = 240_000
SCREENS: dict[str, ViewportSize] = {
    "projector": {"width": 1280, "height": 720},
    "phone": {"width": 390, "height": 844},
}
STOPS = get_tour("ten").stops
CLICKS = {
    "projector": {"home": 1, "kernel": 4, "learned": 1, "gap": 2, "train": 2, "ask": 4},
    "phone": {"home": 1, "kernel": 4, "learned": 1, "gap": 1, "train": 2, "ask": 4},
}
"""How many times somebody presses at each stop, the way on to the next one with it."""


@dataclass
class Walk:
    """One person's lesson: every click is counted for the stop at which it is made."""

    page: Page
    screen: str
    language: str
    clicks: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    _stop: str = "home"
    _since: float = field(default_factory=time.monotonic)

    def t(self, text: str, **values: object) -> str:
        said = catalogue(self.language).gettext(text)
        return filled(said, values) if values else said

    def click(self, place: Locator) -> None:
        """Scroll to what is pressed, and press once the page stands still, as a hand does.

        A list that opens while the page still scrolls, or a box above it still opens, closes at once.
        """
        place.scroll_into_view_if_needed(timeout=SECONDS)
        before = None
        while (now := place.bounding_box(timeout=SECONDS)) != before:
            before = now
            self.page.wait_for_timeout(500)
        self.press(place)

    def press(self, place: Locator) -> None:
        """Press what is in sight, such as a line of an open list."""
        place.click(timeout=SECONDS)
        self.clicks[self._stop] = self.clicks.get(self._stop, 0) + 1

    def begin(self, name: str) -> None:
        now = time.monotonic()
        self.seconds[self._stop] = round(now - self._since, 1)
        self._stop, self._since = name, now

    def main(self) -> Locator:
        return self.page.get_by_test_id("stMain")

    def combobox(self, label: str) -> Locator:
        return self.main().get_by_role("combobox", name=self.t(label), exact=True)

    def pictures(self) -> Locator:
        return self.main().get_by_test_id("stImage").locator("visible=true")

    def is_seen_at_once(self, place: Locator) -> None:
        """Assert that something begins in the screen as the page opens: nobody scrolls for it."""
        expect(place).to_be_visible(timeout=SECONDS)
        box = place.bounding_box()
        assert box and 0 <= box["y"] < SCREENS[self.screen]["height"] - 20, (self._stop, box)

    def arrive(self, name: str, stop: Stop) -> None:
        """Assert that this is the stop, that it says so above all, and that nothing is cut off."""
        self.begin(name)
        number = STOPS.index(stop) + 1
        self.page.wait_for_url(re.compile(rf"tour=ten-{number}\b"), timeout=SECONDS)
        settle(self.page)
        line = self.page.locator(".st-key-tour_line")
        expect(line).to_contain_text(self.t(stop.task), timeout=SECONDS)
        self.is_seen_at_once(line)
        wider = "document.documentElement.scrollWidth - window.innerWidth"
        assert self.page.evaluate(wider) <= 2, self._stop

    def to_the_top(self) -> None:
        self.main().evaluate("e => e.scrollTo(0, 0)")

    def go_on(self) -> None:
        """Press the way on: a link to another page, a button on the same one."""
        after = STOPS[list(CLICKS["phone"]).index(self._stop)]
        name = self.t("Next: {title}", title=self.t(after.title))
        place = self.page.locator(".st-key-tour_line").get_by_role("link", name=name)
        place = place.or_(self.page.locator(".st-key-tour_line").get_by_role("button", name=name))
        self.to_the_top()
        self.is_seen_at_once(place)
        self.click(place)

    def unfold(self, title: str) -> None:
        """Open a box that only a projector has, and that says what is in it."""
        if self.screen == "projector":
            self.click(self.main().locator("summary", has_text=self.t(title)))

    # The stops

    def home(self) -> None:
        label = self.t("{title}: {count} stops", title=self.t("Ten minutes"), count=len(STOPS))
        start = self.page.get_by_role("link", name=label)
        self.is_seen_at_once(start)
        expect(self.page.get_by_text(self.t("New here? Let the lab lead you:"))).to_be_visible()
        self.click(start)

    def kernel(self) -> None:
        self.arrive("kernel", STOPS[0])
        photo, kernel = self.page.locator(".figure.input .over"), self.combobox("Kernel")
        self.is_seen_at_once(kernel if self.screen == "phone" else photo)
        begins = re.escape(re.split(r"[{]", self.t("Sum of {count} products"))[0])
        told = self.main().get_by_text(re.compile(rf"{begins or '='}.*=")).last
        result = self.page.locator(".figure.result .over")
        said = {self._look_at(result, share, told) for share in (0.3, 0.5, 0.7)}
        assert len(said) > 1  # another place has another sum
        self.unfold("Kernel, image and geometry")
        self.click(kernel)
        self.press(self.page.get_by_role("option", name=self.t("Gaussian blur")).first)
        self.page.wait_for_url(re.compile("kernel="), timeout=SECONDS)
        if self.screen == "phone":
            self.clicks["kernel"] += 1  # the result was touched
        self.go_on()

    def _look_at(self, picture: Locator, share: float, told: Locator) -> str:
        picture.scroll_into_view_if_needed()
        box = picture.bounding_box()
        assert box
        place = box["x"] + share * box["width"], box["y"] + share * box["height"]
        if self.screen == "phone":
            self.page.touchscreen.tap(*place)
        else:
            self.page.mouse.move(*place)
        self.page.wait_for_timeout(300)
        return told.inner_text(timeout=SECONDS)

    def learned(self) -> None:
        self.arrive("learned", STOPS[1])
        pictures = self.pictures()
        self.is_seen_at_once(pictures.first)
        expect(pictures.nth(2)).to_be_attached(timeout=SECONDS)  # filters, one of them, the maps
        self.go_on()

    def gap(self) -> None:
        self.arrive("gap", STOPS[2])
        number = self.main().get_by_test_id("stMetricValue").first
        if self.screen == "projector":  # on a phone the set-up is above it: a screen further down
            self.is_seen_at_once(number)
        before = number.inner_text()
        self.unfold("Backbone, input size and layers")
        size = self.page.get_by_role("slider", name=self.t("Input size (pixels)"))
        size.press(
            "End"
        )  # a finger does not hit 448 on a slider of single pixels: larger is what matters
        self.page.wait_for_url(re.compile(r"size=\d{3}"), timeout=SECONDS)
        expect(number).not_to_have_text(before, timeout=SECONDS)
        assert float(number.inner_text().rstrip(" ×")) > 3 * float(before.rstrip(" ×"))
        self.go_on()

    def train(self) -> None:
        self.arrive("train", STOPS[3])
        press = self.page.get_by_role("button", name=self.t("Train"), exact=True)
        self.is_seen_at_once(press)
        self.click(press)
        right = self.page.get_by_text(self.t("Validation accuracy")).first
        expect(right).to_be_visible(timeout=SECONDS)
        settle(self.page)
        expect(self.main().get_by_test_id("stPlotlyChart").nth(1)).to_be_attached(timeout=SECONDS)
        told = re.compile(r"34.*95\s%.*\d\s%", re.DOTALL)
        expect(self.main().get_by_text(told).first).to_be_attached(timeout=SECONDS)
        if self.screen == "projector":
            self.is_seen_at_once(right)
            self.is_seen_at_once(self.main().get_by_test_id("stPlotlyChart").nth(1))
        self.go_on()

    def ask(self) -> None:
        self.arrive("ask", STOPS[4])
        self.is_seen_at_once(self.page.get_by_text(self.t("What is it?")))
        self.is_seen_at_once(self._photo())
        self.click(self.page.get_by_role("button", name=self.t("animals"), exact=True))
        expect(self.main().get_by_role("heading", level=2).first).to_contain_text(
            "%", timeout=SECONDS
        )
        agreed = self.t("You said **{yours}**, and so does the network.", yours=self.t("animals"))
        agreed = agreed.replace("**", "")
        expect(self.page.get_by_text(agreed).first).to_be_visible(timeout=SECONDS)
        self.click(self.page.get_by_role("button", name=self.t("Change photo")))
        self.click(self.page.get_by_role("button", name=self.t("A cup of coffee"), exact=True))
        self.page.wait_for_url(re.compile("photo=coffee"), timeout=SECONDS)
        expect(self.page.get_by_text(self.t("What is it?"))).to_be_visible(timeout=SECONDS)
        home = self.page.get_by_role(
            "link", name=self.t("You have seen all stops: back to the home page")
        )
        self.to_the_top()
        self.is_seen_at_once(home)
        self.click(home)
        self.page.wait_for_url(lambda url: "tour" not in url, timeout=SECONDS)
        self.begin("end")

    def _photo(self) -> Locator:
        """Return the photo that is to be named: with the question on a phone, beside it on a projector."""
        pictures = self.pictures()
        return pictures.first if self.screen == "phone" else pictures.nth(1)


@dataclass(frozen=True)
class Lab:
    """A running lab, as another device of the network finds it."""

    https: str
    http: str


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Start the two that the README names: for a class over https, and the single user's over http."""
    if not lan_addresses():
        pytest.skip("this machine is in no network")
    host, folder = lan_addresses()[0], tmp_path_factory.mktemp("single")
    alone = {**os.environ, "TL_DATA_DIR": str(folder)}
    with serve(alone) as (port, _), start_classroom(tmp_path_factory.mktemp("class")) as room:
        yield Lab(f"https://{host}:{room.https_port}", f"http://{host}:{port}")


@pytest.fixture
def walk_at(browser: Browser) -> Iterator[Callable[[str, str, str], Walk]]:
    contexts = []

    def begin(url: str, screen: str, language: str) -> Walk:
        phone = screen == "phone"
        context = browser.new_context(
            locale={"en": "en-US", "ko": "ko-KR"}[language],
            viewport=SCREENS[screen],
            is_mobile=phone,
            has_touch=phone,
            ignore_https_errors=True,  # tests/browser/test_phones.py presses through the warning
        )
        contexts.append(context)
        walk = Walk(context.new_page(), screen, language)
        walk.page.on("pageerror", lambda error: walk.faults.append(str(error)))
        walk.page.goto(url + ("/?layout=projector" if screen == "projector" else "/"))
        settle(walk.page)
        return walk

    yield begin
    for context in contexts:
        context.close()


@pytest.mark.parametrize("scheme", ["https", "http"])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("screen", SCREENS)
def test_a_newcomer_gives_the_lesson_of_ten_minutes(
    lab: Lab,
    walk_at: Callable[[str, str, str], Walk],
    screen: str,
    language: str,
    scheme: str,
    record_property: Callable[[str, object], None],
) -> None:
    walk = walk_at(getattr(lab, scheme), screen, language)
    assert walk.page.evaluate("window.isSecureContext") == (scheme == "https")
    for stop in (walk.home, walk.kernel, walk.learned, walk.gap, walk.train, walk.ask):
        stop()
    record_property("clicks", walk.clicks)
    record_property("seconds", walk.seconds)
    assert walk.clicks == CLICKS[screen]
    assert walk.faults == []
