"""A photo is pasted, survives a reload, and corrects the network that was wrong about it."""

import base64
import json
import re
from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Server, settle
from tl_core import images

pytestmark = pytest.mark.browser

TRAIN_MS = 300_000
"""Milliseconds that a busy machine may take for a training of seconds."""
PHOTO = images.encode_png(np.random.default_rng(3).integers(0, 256, (90, 160, 3), np.uint8))
COPY_PICTURE = """async (base64) => {
  const bytes = Uint8Array.from(atob(base64), (each) => each.charCodeAt(0))
  const picture = new Blob([bytes], { type: 'image/png' })
  await navigator.clipboard.write([new ClipboardItem({ 'image/png': picture })])
}"""
COPY_WORDS = "() => navigator.clipboard.writeText('https://example.org/cat.jpg')"


def open_upload(page: Page) -> None:
    page.get_by_role("button", name="Change photo").click()
    page.get_by_role("radio", name="Upload").click()
    expect(page.get_by_text("or paste one")).to_be_visible()
    settle(page)


@pytest.mark.slow
def test_a_pasted_photo_survives_a_reload_and_teaches_the_network(
    open_browser: Callable[..., Page], server: Server
) -> None:
    page = open_browser("/train?dataset=emoji&epochs=3")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_text("Validation accuracy")).to_be_visible(timeout=TRAIN_MS)

    run = re.search("run=[0-9a-f]{16}", page.url)
    assert run  # another browser is another person, who is shown no run of somebody's unasked
    page = open_browser(f"/predict?correct=1&{run[0]}")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_upload(page)
    page.evaluate(COPY_WORDS)
    page.keyboard.press("Control+V")
    expect(page.get_by_text("What was pasted is no file.")).to_be_visible()
    assert "photo=" not in page.url

    page.evaluate(COPY_PICTURE, base64.b64encode(PHOTO).decode())
    page.keyboard.press("Control+V")
    expect(page.get_by_text("image.png").first).to_be_visible()
    expect(page).to_have_url(re.compile("photo=own-[0-9a-f]{32}"))
    settle(page)
    page.reload()
    settle(page)
    expect(page.get_by_text("image.png").first).to_be_visible()
    (kept,) = (server.data_dir / "photos").iterdir()
    head, pixels = kept.read_bytes().split(b"\n", 1)
    assert kept.name in page.url and json.loads(head)["title"] == "image.png"
    assert pixels.startswith(b"\x89PNG")

    page.get_by_role("button", name=re.compile("^(Right: )?food$")).click()
    expect(page.get_by_text("1 photo more than before")).to_be_visible()
    page.get_by_role("button", name="Train again").click()
    expect(page).to_have_url(re.compile("again=[0-9a-f]{16}"))
    page.reload()
    expect(page.get_by_text("This photo:")).to_be_visible(timeout=TRAIN_MS)
    expect(page.get_by_text("Of the 57 validation photos that both runs judged")).to_be_visible()
    page.get_by_role("button", name="Go on with the new network").click()
    expect(page).not_to_have_url(re.compile("taught="))
