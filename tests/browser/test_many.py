"""Many photos in a browser: from a zip to a table, its cells, its file, and back by its link."""

import csv
import io
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import STEP_MS, settle
from tl_core.datasets.catalogue import ASSETS

pytestmark = pytest.mark.browser

TRAIN_MS = 90_000
PHOTOS = 8
"""Of each class."""


def brought(folder: Path) -> Path:
    """Write a zip with folders called like the classes, as people write them, and files that are none."""
    target = folder / "lunch.zip"
    with zipfile.ZipFile(target, "w") as archive:
        for name, called in (("animals", "Animals"), ("food", "음식"), ("vehicles", "etc")):
            for path in sorted((ASSETS / "emoji" / name).glob("*.webp"))[:PHOTOS]:
                archive.write(path, f"{called}/{path.name}")
        archive.writestr("Animals/=1+1.jpg", b"no photo")
        archive.writestr("__MACOSX/._a.jpg", b"\0")
    return target


def choose_file(page: Page, path: Path) -> None:
    """Choose a file once what watches the uploader is there: a slow machine draws it later."""
    expect(page.locator(".told[role=alert]")).to_be_attached()
    page.locator("input[type=file]").set_input_files(path)


@pytest.mark.slow
def test_a_zip_becomes_a_table_whose_link_shows_the_same(open_browser: Any, tmp_path: Path) -> None:
    page: Page = open_browser("/train?dataset=emoji&epochs=3&size=64")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_text("Validation accuracy")).to_be_visible(timeout=TRAIN_MS)
    page.get_by_role("link", name="Try it on a photo").click()
    expect(page.get_by_role("heading", name="Predict", exact=True)).to_be_visible()
    settle(page)  # or the click would be lost with what is drawn again
    page.get_by_test_id("stMain").get_by_text("Many", exact=True).click(timeout=STEP_MS)
    choose_file(page, brought(tmp_path))

    summary = page.get_by_text("24 photos were looked at.")
    expect(summary).to_be_visible(timeout=TRAIN_MS)
    expect(page.get_by_text("1 file cannot be used; its row says why.")).to_be_visible()
    expect(page.get_by_text(re.compile("of 16; 95 % interval"))).to_be_visible()
    expect(
        page.get_by_text("8 photos lie in folders that are called like no class")
    ).to_be_visible()
    page.reload()
    settle(page)
    expect(summary).to_be_visible()
    assert re.search(r"[?&]many=[0-9a-f]{16}", page.url)

    page.get_by_text("What it confuses").click()
    cell = page.locator("button[data-place='0-0']")
    expect(cell).to_be_visible()
    photos = page.get_by_role("img", name=re.compile("animals, "))
    expect(photos.first).to_be_visible()
    sizes = photos.evaluate_all("all => all.map(one => one.naturalWidth)")
    assert sizes and all(size > 32 for size in sizes)  # drawn, and not only placed

    with page.expect_download(timeout=STEP_MS) as download:
        page.get_by_role("button", name="Table (CSV)").click()
    data = Path(str(download.value.path())).read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    lines = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert len(lines) == 3 * PHOTOS + 1
    assert {line["Folder"] for line in lines} == {"animals", "food", ""}
    (refused,) = [line for line in lines if line["Why it cannot be used"]]
    assert refused["File"] == "Animals/=1+1.jpg" and not refused["Guess"]
    assert page.get_by_role("button", name="Stop").count() == 0
