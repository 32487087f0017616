"""What somebody typed is text on every page: no link, no picture, no markup, and not a letter changed."""

import json
import os
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import STEP_MS, Server, settle
from tests.datasets.importing import import_files
from tests.datasets.samples import picture, quiet
from tests.server.serving import serve
from tests.ui.test_text import HOSTILE, MARKS
from tl_core import run_book, runs

pytestmark = pytest.mark.browser

Open = Callable[..., Page]
TRAIN_MS = 120_000
RANDOM_NAMES = 150
SHOWN = """() => [...document.querySelectorAll('[class*="st-key-"]')].map((place) => {
  const shown = place.querySelector('[data-testid=stMarkdownContainer], [data-testid=stCaptionContainer]')
  return {
    place: [...place.classList].find((name) => name.startsWith('st-key-')).slice(7),
    text: shown?.textContent ?? '',
    markup: [...(shown?.querySelectorAll('*') ?? [])].map((each) => each.tagName)
      .filter((tag) => !['P', 'SPAN', 'STRONG'].includes(tag)),
  }
})"""
TITLE = "http://title.example :cat: -> <b>www.title.example</b>"
CLASSES = ("www.one.example a@one.example", "*http:two.example* [x](https://two.example) --")
OWN = "https://run.example &amp; me@run.example"
NOTE = "1. see www.note.example"
ADDRESSES = "one.example", "two.example", "title.example", "run.example", "note.example"


def one_line(text: str) -> str:
    return " ".join(text.split())


def shown_names(browser: Browser, port: int) -> list[dict[str, Any]]:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"http://localhost:{port}")
    settle(page)
    # Emoji and formulas are loaded when a text seems to need them.
    expect(
        page.locator("[class*=st-key-text] .stMarkdown, [class*=st-key-text] p")
    ).not_to_have_count(0)
    page.wait_for_load_state("networkidle")
    shown: list[dict[str, Any]] = page.evaluate(SHOWN)
    context.close()
    return shown


def test_every_name_is_shown_as_it_was_typed(browser: Browser, tmp_path: Path) -> None:
    dice = random.Random(0)
    names = HOSTILE + ["".join(dice.choices(MARKS, k=9)).strip() for _ in range(RANDOM_NAMES)]
    (tmp_path / "names.json").write_text(json.dumps(names))
    environment = {**os.environ, "NAMES": str(tmp_path / "names.json"), "PYTHONPATH": "."}
    with serve(environment, script="tests/browser/names_app.py") as (port, _):
        shown = shown_names(browser, port)
    assert len(shown) == 3 * len(names)
    for each in shown:
        way, _, place = each["place"].partition("-")
        name = one_line(names[int(place)])
        if way == "bold" and "\n" in names[int(place)]:
            continue  # a paragraph ends bold type
        assert one_line(each["text"]) == (f"x {name} x" if way == "bold" else name), each
        assert each["markup"] == [], each


@pytest.fixture
def named(server: Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """Import a dataset whose title and classes are full of addresses; returns its id."""
    monkeypatch.setenv("TL_DATA_DIR", str(server.data_dir))
    classes = {
        name: [(f"{i}.png", picture(100 * part + i, side=32)) for i in range(6)]
        for part, name in enumerate(CLASSES)
    }
    return import_files(classes, TITLE, quiet).id


def trained(page: Page) -> str:
    """Train on what the page shows, and give the run a name and a note; returns its id."""
    page.get_by_role("button", name="Train", exact=True).click(timeout=STEP_MS)
    expect(page.get_by_role("table", name="Confusion matrix")).to_be_visible(timeout=TRAIN_MS)
    found = re.search(r"[?&]run=([0-9a-f]{16})", page.url)
    assert found
    run_book.write_label(runs.get_run(found[1]), OWN, NOTE)
    return found[1]


@pytest.mark.slow
def test_names_with_addresses_are_no_links_on_any_page(
    open_browser: Open, server: Server, named: str
) -> None:
    data = f"dataset={named}"
    page = open_browser(f"/train?{data}&size=64&epochs=1")
    run = trained(page)
    places = {
        f"/train?{data}&run={run}": (*CLASSES, OWN),
        f"/train?{data}&section=data": (CLASSES[1],),
        f"/train?{data}&section=data&data=check": CLASSES,
        f"/train?{data}&section=data&data=versions": (),
        f"/train?{data}&section=inside&run={run}": (OWN,),
        f"/train?{data}&section=book&runs={run}": (OWN, NOTE),
        f"/predict?run={run}": CLASSES,
    }
    for path, names in places.items():
        page.goto(server.url + path)
        settle(page)
        for name in names:
            expect(page.locator("body")).to_contain_text(name)
        links = page.evaluate("[...document.querySelectorAll('a')].map((link) => link.outerHTML)")
        assert links
        assert not [link for link in links if any(each in link for each in ADDRESSES)], path
