"""The convolution page as a person uses it: every section, the numbers under the mouse, filters, links."""

import re
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import settle
from tests.engine.conftest import wait_for
from tl_core.convolution.painting import example, painting_to_text, resized
from tl_core.ui.convolution.sections import SECTIONS

pytestmark = pytest.mark.browser

STATUS = re.compile(r"\[(\d+), (\d+)\] = ")


def status(page):
    return page.locator("p.status")


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
def test_every_section_opens_in_both_languages(open_browser, section):
    for locale in ("en-US", "ko-KR"):
        page = open_browser(f"/convolution?section={section.name}&size=96", locale=locale)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert page.get_by_test_id("stException").count() == 0
        assert page.locator("[class*=fault]").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 2


def test_the_stage_is_reached_without_scrolling_on_a_projector(open_browser):
    page = open_browser("/convolution")
    box = page.locator(".figure.input .over").bounding_box()
    assert box["y"] + box["height"] < 720


def test_no_field_of_the_left_column_is_cut_off(open_browser):
    page = open_browser("/convolution?kernel=outline&padding=pixels")
    for place, fields in ((0, 26), (2, 4)):
        page.get_by_role("tab").nth(place).click()
        panel = page.get_by_role("tabpanel")
        right = panel.bounding_box()["x"] + panel.bounding_box()["width"]
        shown = panel.get_by_test_id("stNumberInput").all()
        assert len(shown) == fields
        boxes = [field.bounding_box() for field in shown]
        assert all(box["x"] + box["width"] <= right + 1 for box in boxes)


def test_numbers_follow_the_mouse_and_a_click_pins_them_in_the_link(open_browser, server):
    page = open_browser("/convolution?size=96")
    canvas = page.locator(".figure.result .over")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    seen = set()
    for share in (0.3, 0.7):
        page.mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
        expect(status(page)).to_have_text(STATUS)
        seen.add(STATUS.findall(status(page).inner_text())[0])
    assert len(seen) == 2
    expect(page.locator(".sum")).to_contain_text("9")
    page.mouse.down()
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"pin=\d+(,|%2C)\d+"))
    pinned = re.findall(r"pin=(\d+)(?:,|%2C)(\d+)", page.url)[0]
    again = open_browser(page.url.removeprefix(server.url))
    expect(status(again)).to_contain_text(f"[{pinned[0]}, {pinned[1]}]")


def test_an_edited_weight_changes_the_result_without_leaving_the_page(open_browser):
    page = open_browser("/convolution?size=96")
    before = page.get_by_text(re.compile("^Input .* result")).inner_text()
    field = page.get_by_role("spinbutton", name="Weight in row 2, column 2")
    field.fill("50")
    field.press("Enter")
    expect(page).to_have_url(re.compile("weights="))
    expect(page.get_by_text(before, exact=True)).to_have_count(0)
    expect(page.get_by_text(re.compile("^Input .* result"))).to_be_visible()


def test_the_buttons_below_the_kernel_have_names_to_be_heard(open_browser):
    page = open_browser("/convolution?size=96&kernel=emboss")
    for name in ("Rotate", "Upside down", "Negate", "Normalise"):
        expect(page.get_by_role("button", name=name)).to_be_visible()
    page.get_by_role("button", name="Mirror").click()
    expect(page).to_have_url(re.compile("weights=0_-1_-2"))


def test_a_kernel_with_too_many_weights_for_fields_is_a_picture_that_can_be_seen(open_browser):
    page = open_browser("/convolution?size=96&kernel=gabor")
    picture = page.get_by_role("img", name="11 × 11 weights", exact=True)
    expect(picture).to_have_js_property("complete", True)
    expect(picture).to_have_js_property("naturalWidth", 198)
    assert picture.bounding_box()["width"] > 150


def test_a_stamp_of_a_transposed_convolution_is_seen_under_the_mouse(open_browser):
    page = open_browser("/convolution?section=relatives&relative=transposed")
    canvas = page.locator(".figure.input .over")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(status(page)).to_have_text(
        re.compile(r"^Input \[\d+, \d+\] = \d+\. Its stamp covers 9 ")
    )
    expect(page.locator(".sum")).to_contain_text("× every weight")


@pytest.mark.slow
def test_learned_filters_come_from_the_network_and_one_becomes_the_kernel(open_browser, server):
    page = open_browser("/convolution?section=learned")
    expect(page.get_by_text("The photo inside the network")).to_be_visible()
    expect(page.get_by_text(re.compile(r"After .*112 × 112, 8 of 16 channels"))).to_be_visible()
    page.get_by_role("spinbutton", name="Filter number").fill("7")
    page.get_by_role("spinbutton", name="Filter number").press("Enter")
    settle(page)
    expect(page.get_by_role("heading", name="One layer at a glance: filter 7")).to_be_visible()
    for step in ("Weights", "Sums", "Bias", "ReLU", "Max pooling"):
        expect(page.get_by_role("img", name=re.compile(rf"^\d\. {step}"))).to_be_visible()
    sheet = page.get_by_role("img", name="The 32 filters of the first layer, each beside its map")
    expect(sheet).to_be_visible()
    page.get_by_role("button", name="Draw what this channel likes best").click()
    expect(page.get_by_role("img", name=re.compile("its mean rose from"))).to_be_visible()
    page.get_by_role("button", name="Use as kernel", exact=True).click()
    expect(page).to_have_url(re.compile("kernel=learned-7"))
    expect(page.get_by_text("1.00", exact=True)).to_be_visible()  # the most similar is itself
    again = open_browser("/convolution?kernel=learned-7&size=96")
    expect(again.get_by_text(re.compile("Nobody wrote these weights"))).to_be_visible()
    assert not {"keras", "tensorflow"} & server.modules()


def test_the_worker_says_how_far_the_two_programs_are_apart(open_browser):
    page = open_browser("/convolution?section=code&kernel=gaussian&padding=same&stride_y=2")
    expect(page.get_by_text(re.compile("The difference between the two is"))).to_be_visible()
    found = page.get_by_text(re.compile("The difference between the two is")).inner_text()
    assert float(re.findall(r"is ([\d.e-]+)", found)[0].rstrip(",")) < 1e-3
    assert "85 × 256" in found


def test_the_program_on_the_page_computes_what_the_page_shows(open_browser, tmp_path, monkeypatch):
    page = open_browser("/convolution?section=code&size=64&colour=red&kernel=emboss&padding=same")
    program = page.get_by_test_id("stCode").first.inner_text()
    with page.expect_download() as download:
        page.get_by_role("button", name="photo.png for both programs").click()
    download.value.save_as(tmp_path / "photo.png")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(program, names)
    page = open_browser("/convolution?size=64&colour=red&kernel=emboss&padding=same")
    line = page.get_by_text(re.compile("^Input .* result")).inner_text().replace("−", "-")
    result = names["result"]
    assert f"result {result.shape[0]} × {result.shape[1]}" in line
    assert f"values {result.min():.0f} to {result.max():.0f}" in line


def test_a_shared_link_reproduces_what_was_set(open_browser, server):
    painting = painting_to_text(resized(example(), 8))
    path = (
        f"/convolution?section=views&image=paint&painting={painting}&kernel=custom&weights=1_2~3_4"
        "&operation=convolution&stride_x=2&padding=pixels&pixels=3&fill=wrap"
    )
    page = open_browser(path)
    settle(page)
    first = page.url
    assert all(part in first for part in ("weights=1_2~3_4", "fill=wrap", "painting=8."))
    again = open_browser(first.removeprefix(server.url))
    texts = page.get_by_test_id("stMain").inner_text()  # by now it is at rest
    assert "Views" in texts
    expect(again.get_by_test_id("stMain")).to_have_text(texts, use_inner_text=True)
    assert again.get_by_test_id("stMain").inner_text() == texts  # its white space too
    assert again.url == page.url == first


@pytest.mark.slow
def test_a_lesson_link_says_its_sentence_and_hides_controls(open_browser):
    page = open_browser("/convolution?size=96")
    page.get_by_role("button", name="Lesson link").click()
    page.get_by_role("textbox").last.fill("Find the **eyes** on www.example.com")
    page.get_by_role("combobox", name="Controls to hide").click()
    page.get_by_role("option", name="Operation").click()
    page.keyboard.press("Escape")
    link = page.get_by_test_id("stCode").last
    expect(link).to_contain_text("hide=operation")
    lesson = open_browser(f"/convolution?{link.inner_text().strip().partition('?')[2]}")
    expect(lesson.get_by_text("Find the **eyes** on")).to_be_visible()
    assert lesson.get_by_test_id("stAlert").locator("a, strong").count() == 0
    assert lesson.get_by_role("combobox", name="Operation").count() == 0
    assert page.get_by_text("Operation", exact=True).count() > 0
    assert "size=96" in lesson.url
    lesson.reload()
    expect(lesson.get_by_text("Find the **eyes** on")).to_be_visible()


def test_the_live_camera_runs_in_the_browser_and_stops_when_left(open_browser):
    page = open_browser("/convolution?section=live")
    page.get_by_role("button", name="Start the camera").click()
    expect(page.get_by_text(re.compile(r"\d+ frames per second"))).to_be_visible()
    page.get_by_text("Views", exact=True).click()
    expect(page.get_by_text(re.compile("frames per second"))).to_have_count(0)


def test_downloads_are_the_result_and_the_kernel(open_browser):
    page = open_browser("/convolution?size=96")
    for label, start in (
        ("Result (PNG)", b"\x89PNG"),
        ("Kernel (CSV)", b"-1.0,0.0,1.0\n"),
        ("Kernel (JSON)", b'{"name": "sobel_x"'),
    ):
        with page.expect_download() as download:
            page.get_by_role("button", name=label).click()
        assert download.value.path().read_bytes().startswith(start)


@pytest.mark.slow
def test_a_press_before_the_page_has_answered_leaves_no_old_weight_among_the_new(open_browser):
    """The browser sends the fields along as it still has them: that is no change of somebody's."""
    page = open_browser("/convolution")
    fields = page.get_by_role("spinbutton", name=re.compile("^Weight in row"))

    def weights():
        settle(page)
        values = fields.evaluate_all("(fields) => fields.map((field) => field.value)")
        return np.array(values, float).reshape(3, 3)

    def turned():
        found = weights()
        return any(np.array_equal(found, np.rot90(before, quarters)) for quarters in range(4))

    before = weights()
    for presses in (2, 3, 2):  # presses that wait together are one: how many quarters, nobody knows
        page.get_by_role("button", name="Rotate").click(click_count=presses, delay=20)
        settle(page)
        wait_for(turned)  # the fields are redrawn one by one
