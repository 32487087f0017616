"""One's own stays one's own in a real browser, and the teacher's key leaves the address and the history."""

import os
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.app import trainings
from tests.app.whose import owned
from tests.browser.conftest import Server, settle
from tests.server.serving import serve
from tl_core.ui.visitor import SECRET_COOKIE

pytestmark = pytest.mark.browser
BOOK = "/train?section=book&whose=mine"


def secret(page: Page) -> str:
    """Return what the browser sends along once it keeps it."""
    page.wait_for_function(f"document.cookie.includes('{SECRET_COOKIE}')")
    (found,) = [one["value"] for one in page.context.cookies() if one["name"] == SECRET_COOKIE]
    return str(found)


def shows_own(page: Page, run: str) -> None:
    """Look for the table with the one run, which the address names nowhere."""
    table = page.get_by_role("region", name="Table of 1 run")
    expect(table).to_be_visible()
    assert run not in page.url


@pytest.mark.slow
def test_ones_own_runs_are_found_again_by_the_browser_alone(
    open_browser: Any, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TL_DATA_DIR", str(server.data_dir))
    page: Page = open_browser(BOOK)
    context = page.context
    mine, others = trainings.open_run(seed=1), trainings.open_run(seed=2)
    for run, whose in ((mine, secret(page)), (others, "b" * 32)):
        trainings.done(owned(run, whose))
    page.goto(server.url + BOOK)
    shows_own(page, mine.id)
    page.reload()
    shows_own(page, mine.id)
    kept = secret(page)
    other = context.new_page()
    other.goto(server.url + BOOK)
    shows_own(other, mine.id)
    other.goto(server.url + "/predict")
    network = other.get_by_role("combobox", name="Network")
    expect(network).to_have_value(re.compile("seed 1"))
    context.clear_cookies(name=SECRET_COOKIE)  # the local storage still has it
    page.reload()
    shows_own(page, mine.id)
    assert secret(page) == kept
    other.close()


@pytest.mark.slow
def test_the_address_that_the_server_prints_makes_a_teacher_and_is_forgotten(
    browser: Browser, tmp_path: Path
) -> None:
    environment = {**os.environ, "TL_DATA_DIR": str(tmp_path), "TL_SCHEDULER": "tcp://127.0.0.1:9"}
    environment.pop("TL_TEACHER_KEY", None)
    with (
        (tmp_path / "console").open("wb") as console,
        serve(environment, script="class_server.py", console=console) as (port, _),
    ):
        told = (tmp_path / "console").read_text()
        (printed,) = re.findall(
            r"The teacher opens (http://localhost:\d+)/\?teacher=(\S{12})", told
        )
        address, key = printed
        assert address.endswith(f":{port}")
        context = browser.new_context(locale="en-US")
        page = context.new_page()
        page.goto(f"{address}/train?section=book&teacher={key}")
        expect(page.get_by_text("You are the teacher")).to_be_visible()
        settle(page)
        assert page.url == f"{address}/train?section=book"
        page.goto(f"{address}/predict")  # in the same browser, without the key
        expect(page.get_by_text("You are the teacher")).to_be_visible()
        page.go_back()
        settle(page)
        assert key not in page.url
        assert key not in str(context.cookies()) + page.evaluate("JSON.stringify(localStorage)")
        context.close()
        pupil = browser.new_context(locale="en-US").new_page()
        pupil.goto(address)
        settle(pupil)
        expect(pupil.get_by_text("You are the teacher")).to_have_count(0)
        pupil.context.close()
    assert key not in b"".join(
        path.read_bytes()
        for path in tmp_path.rglob("*")
        if path.is_file() and path.name != "console"
    ).decode(errors="replace")
