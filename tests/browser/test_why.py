"""Why, and none of these, in Chromium with a real network: each way to find out, and the spot one presses."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import settle

pytestmark = pytest.mark.browser
TRAIN_MS = 90_000


@pytest.fixture
def predicted(open_browser, server):
    """Return ``predicted(**url)``: the page with a trained network, trained when it is first asked for."""

    def open_at(locale: str = "en-US", **url: str) -> Page:
        runs = server.data_dir / "runs"
        if not runs.exists():
            page = open_browser("/train?epochs=10")
            page.get_by_role("button", name="Train", exact=True).click()
            expect(page.get_by_text("Validation accuracy")).to_be_visible(timeout=TRAIN_MS)
        (run,) = (folder.name for folder in runs.iterdir())
        parameters = "&".join(f"{name}={value}" for name, value in {"run": run, **url}.items())
        page = open_browser(f"/predict?{parameters}", locale=locale)
        if locale == "en-US":
            expect(page.get_by_text("The scores always add up")).to_be_visible(timeout=TRAIN_MS)
        settle(page)
        return page

    return open_at


def square(page: Page) -> tuple[int, int]:
    """Return where the square is, when the photo, the sliders and the address have come to agree on it."""
    label = page.get_by_role("button", name=re.compile("^The square")).get_attribute("aria-label")
    across, down = map(int, re.findall(r"(\d+) percent", label or ""))
    for name, value in (("From the left (%)", across), ("From the top (%)", down)):
        expect(page.get_by_role("slider", name=name)).to_have_value(str(value))
    if (across, down) != (50, 50):
        expect(page).to_have_url(re.compile(f"spot-x={across}&spot-y={down}"))
    return across, down


@pytest.mark.slow
def test_the_square_goes_where_the_photo_is_pressed_and_arrow_keys_move_it(predicted):
    page = predicted(why="1", **{"why-way": "spot", "photo": "coffee"})
    photo = page.get_by_role("button", name=re.compile("^The square"))
    expect(photo).to_be_visible()
    assert square(page) == (50, 50)
    box = photo.bounding_box()
    photo.click(position={"x": box["width"] * 0.25, "y": box["height"] * 0.75})
    across, down = square(page)
    assert abs(across - 25) <= 1 and abs(down - 75) <= 1  # a press is on a whole pixel
    page.keyboard.press("ArrowUp")
    assert square(page) == (across, down - 5)
    expect(photo).to_be_focused()
    expect(page.get_by_text("without the square")).to_be_visible()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("way", "says"),
    [
        ("map", "This is exact"),
        ("squares", "With the square at the worst place"),
        ("channels", "the bias"),
    ],
)
def test_every_way_to_find_out_answers(predicted, way, says):
    page = predicted(why="1", **{"why-way": way})
    expect(page.get_by_text(says)).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("dark purple.*yellow"))).to_be_visible()


@pytest.mark.slow
def test_a_photo_of_something_else_is_noticed_with_its_nearest_neighbours(predicted):
    page = predicted(none="1", photo="grass")
    expect(page.get_by_text("Probably none of these.")).to_be_visible()
    near = page.get_by_role("img", name=re.compile("^A training photo of .*, cosine 0"))
    expect(near).to_have_count(5)
