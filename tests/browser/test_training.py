"""A fine-tuning as a class sees it: both phases, Stop, Resume, the photos behind a mistake, a prediction."""

import os
import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.app.trainings import done, open_run
from tests.browser.conftest import STEP_MS, Server, settle
from tests.datasets.importing import import_files
from tests.datasets.samples import picture
from tl_core import runs
from tl_core.datasets.edits import Edit
from tl_core.datasets.versions import new_version
from tl_core.runs import Run
from tl_core.runs.progress import read_events
from tl_core.runs.snapshots import snapshot
from tl_core.wording import percent

pytestmark = pytest.mark.browser

Open = Callable[..., Page]
TRAIN_MS = 120_000
STOP_SECONDS = 5
RETRAIN_SECONDS = 5
RIGHT = "[data-place='1-1'], [data-place='2-2']"
HEAD, TAIL = "Train the head", "Train the blocks and the head"


@pytest.fixture(autouse=True)
def book(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the tests read the server's run book."""
    monkeypatch.setenv("TL_DATA_DIR", str(server.data_dir))


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click(timeout=STEP_MS)


def crowding() -> float:
    """Return how many programs share a core: the clock measures all of them."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def shown_run(page: Page) -> Run:
    """Return the run that the page's link names."""
    found = re.search(r"[?&]run=([0-9a-f]{16})", page.url)
    assert found, page.url
    return runs.get_run(found[1])


@pytest.mark.slow
def test_a_fine_tuning_is_watched_stopped_in_its_second_phase_and_resumed(
    open_browser: Open,
) -> None:
    page = open_browser("/train?unfrozen=2&size=64&epochs=3&fine_epochs=40")
    press(page, "Train")
    expect(page.get_by_text(f"{TAIL} · epoch")).to_be_visible(timeout=TRAIN_MS)
    expect(page.get_by_text(f"{HEAD} · epoch 3 of 3, done")).to_be_visible()
    page.reload()
    second = re.compile(rf"{TAIL} · epoch ([2-9]|[1-3]\d) of")  # so the first one is recorded
    expect(page.get_by_text(second)).to_be_visible()
    press(page, "Stop")
    pressed = time.monotonic()
    expect(page.get_by_text("Stopped. What was finished is kept.")).to_be_visible()
    assert time.monotonic() - pressed < STOP_SECONDS * crowding()

    run = shown_run(page)
    epochs = snapshot(run).epochs
    assert 3 < len(epochs) < 43
    best = max(epoch["val_accuracy"] for epoch in epochs if epoch["unfrozen"])
    kept = run.read("metrics.json", dict)["best_epoch"]
    assert kept > 3 and epochs[kept - 1]["val_accuracy"] == best
    expect(page.get_by_text(f"Epoch {kept} was kept")).to_be_visible()
    accuracy = page.get_by_test_id("stMetricValue").first
    expect(accuracy).to_have_text(percent(best))

    press(page, "Resume")
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    expect(accuracy).to_have_count(0)
    expect(accuracy).to_be_visible(timeout=TRAIN_MS)
    expect(page.get_by_text("Stopped.")).to_have_count(0)
    numbers = [
        event["epoch"]
        for event in read_events(run.folder / "progress.jsonl")
        if event["event"] == "epoch"
    ]
    assert sorted(set(numbers)) == list(range(1, 44))
    assert len(numbers) <= 44  # it went on where it was: at most one epoch was done again


@pytest.mark.slow
def test_a_mistake_is_opened_relabelled_and_trained_again_from_the_cache(
    open_browser: Open,
) -> None:
    page = open_browser("/train?dataset=emoji&unfrozen=2&size=64&epochs=2&fine_epochs=3&seed=1")
    press(page, "Train")
    matrix = page.get_by_role("table", name="Confusion matrix")
    expect(matrix).to_be_visible(timeout=TRAIN_MS)
    before = shown_run(page)
    # A mistake that is not the one shown at first, and no animal: that is the first class on offer.
    wrong = matrix.locator(
        f"[aria-disabled=false][aria-pressed=false]:not([data-place^='0'], {RIGHT})"
    ).first
    place = wrong.get_attribute("data-place")
    wrong.click()
    expect(matrix.locator(f"[data-place='{place}']")).to_have_attribute("aria-pressed", "true")
    settle(page)
    assert f"cell={place}" in page.url
    expect(page.get_by_text(re.compile("taken for .*surest first"))).to_be_visible()

    page.locator("[class*='st-key-pick-'] label").first.click()
    press(page, "Note for 1 photo")
    expect(page.get_by_text("→ relabel to animals")).to_be_visible()
    press(page, "Save and train again")
    expect(page.get_by_text("Before and after the corrections")).to_be_visible(timeout=TRAIN_MS)
    expect(page.get_by_text("photos with another label now: 1;")).to_be_visible()
    again = shown_run(page)
    assert again.id != before.id and f"before={before.id}" in page.url
    shot = snapshot(again)
    assert shot.started and shot.ended
    assert shot.ended - shot.started < RETRAIN_SECONDS * crowding()
    assert again.read("metrics.json", dict)["images_computed"] == 0
    expect(page.get_by_text("Features reused from an earlier run")).to_be_visible()

    page.get_by_role("link", name="Try it on a photo").click()
    expect(page.get_by_text("What the network sees")).to_be_visible()
    network = page.get_by_role("combobox", name="Network", exact=True)
    expect(network).to_have_value(re.compile("last 2 blocks"))
    score = re.compile(r"^(animals|food|vehicles): \d")
    expect(page.get_by_text(score)).to_be_visible()
    assert shown_run(page).id == again.id


@pytest.mark.slow
def test_the_rate_test_is_drawn_once_it_is_opened_and_runs(open_browser: Open) -> None:
    page = open_browser("/train?dataset=emoji&size=64")
    settle(page)
    hint = page.get_by_text("The test raises the rate with every step")
    expect(hint).to_have_count(0)
    page.get_by_text("Test learning rates", exact=True).first.click()
    expect(hint).to_be_visible()
    press(page, "Test learning rates")
    expect(page.get_by_role("button", name=re.compile("^Take 0"))).to_be_visible(timeout=TRAIN_MS)


def test_a_class_that_nobody_judged_has_dashes_and_photos_have_their_names(
    open_browser: Open,
) -> None:
    classes = {
        name: [(f"IMG <{n}>.png", picture(1000 * label + n)) for n in range(12)]
        for label, name in enumerate(("cats", "dogs", "hens"))
    }
    pets = import_files(classes, "Pets", lambda *_: None)
    part = {
        image.sha256: "validation" if n % 2 and image.label < 2 else "train"
        for n, image in enumerate(pets.images)
    }
    version = new_version(pets, Edit(move=part))
    run = done(open_run(dataset=version.id, fingerprint=version.fingerprint))
    page = open_browser(f"/train?run={run.id}")
    matrix = page.get_by_role("table", name="Confusion matrix")
    expect(matrix).to_be_visible()
    for guess in range(3):
        cell = matrix.locator(f"[data-place='2-{guess}']")
        expect(cell).to_have_text("–")
        expect(cell).to_have_accessible_name("No photo of hens was judged.")
    expect(matrix.locator("[data-place='0-0']")).to_have_text("4")
    expect(page.get_by_text("Never judged: hens.")).to_be_visible()
    expect(page.get_by_text(re.compile(r"^IMG <\d+>$")).first).to_be_visible()


def test_on_a_phone_train_is_in_the_first_screen(open_browser):
    page = open_browser("/train")
    page.set_viewport_size({"width": 390, "height": 844})
    button = page.get_by_test_id("stMain").get_by_role("button", name="Train", exact=True)
    page.wait_for_timeout(300)
    box = button.bounding_box()
    assert box["y"] > 0 and box["y"] + box["height"] < 844


def test_recipes_are_read_in_a_high_window_and_set_the_controls_behind_it(open_browser):
    page = open_browser("/train?dropout=0.3")
    window = page.get_by_role("dialog")
    press(page, "Recipes")
    expect(window).to_be_visible()
    page.keyboard.press("Escape")
    expect(window).to_have_count(0)
    settle(page)
    press(page, "Recipes")
    card = window.get_by_text("(b) VGG16, cached features, Flatten")
    expect(card).to_be_visible()
    page.wait_for_timeout(500)  # it slides in
    assert window.bounding_box()["height"] > 0.7 * page.viewport_size["height"]
    window.get_by_role("button", name="As in its source: pixels / 255").nth(1).click()
    expect(window).to_have_count(0)
    settle(page)
    expect(page.get_by_role("combobox", name=re.compile("^Backbone"))).to_have_value(
        re.compile("VGG16")
    )
    assert "head=flatten" in page.url and "mistakes=preprocessing" in page.url
    page.reload()
    settle(page)
    expect(window).to_have_count(0)
