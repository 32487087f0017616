"""Files that are refused or do not arrive: a sentence in the page's language, and nothing lost in silence."""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlparse

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import STEP_MS, Server, settle
from tests.browser.proxy import LOST, Proxy, proxy_of
from tests.datasets.samples import cats_and_dogs, picture, write_folder, zip_bytes

pytestmark = pytest.mark.browser

DATA = "/train?section=data&data=new&source="


@pytest.fixture
def proxy(server: Server) -> Iterator[Proxy]:
    port = urlparse(server.url).port
    assert port
    with proxy_of(port) as proxy:
        yield proxy


@contextmanager
def opened(browser: Browser, url: str, locale: str = "en-US") -> Iterator[Page]:
    context = browser.new_context(locale=locale, viewport={"width": 1280, "height": 720})
    try:
        page = context.new_page()
        page.goto(url)
        settle(page)
        yield page
    finally:
        context.close()


def choose(page: Page, *files: Path) -> None:
    """Choose files once what watches the uploader is there: a slow machine draws it later."""
    expect(told(page)).to_be_attached()
    page.locator("input[type=file]").set_input_files(files)


def expect_uploads(page: Page, proxy: Proxy, count: int) -> None:
    """Expect so many uploads to pass the proxy, and no more."""
    deadline = time.monotonic() + STEP_MS / 1000
    while proxy.uploads < count and time.monotonic() < deadline:
        page.wait_for_timeout(100)
    assert proxy.uploads == count


def told(page: Page) -> Locator:
    """Return what the lab says beside the uploader."""
    return page.locator(".told[role=alert]")


def expect_told(page: Page, *parts: str | re.Pattern[str]) -> None:
    """Expect the lab's sentence, in the page's language, and no words of Streamlit's own."""
    korean = page.evaluate("navigator.language").startswith("ko")
    for part in (*parts, re.compile("[가-힣]{2}" if korean else "[a-z]{2}")):
        expect(told(page)).to_contain_text(part)
    expect(page.get_by_test_id("stFileChip")).to_have_count(0)
    assert page.get_by_test_id("stApp").get_by_text("Request failed").count() == 0


def large_file(folder: Path, megabytes: int) -> Path:
    path = folder / "large.zip"
    with path.open("wb") as file:
        file.truncate(megabytes * 10**6)
    return path


@pytest.mark.parametrize(
    ("locale", "words"), [("en-US", "larger than 200 MB"), ("ko-KR", "200 MB")]
)
def test_a_file_that_is_too_large_is_refused_before_it_is_sent(
    browser: Browser, proxy: Proxy, tmp_path: Path, locale: str, words: str
) -> None:
    with opened(browser, f"{proxy.url}{DATA}zip", locale) as page:
        choose(page, large_file(tmp_path, 211))
        expect_told(page, "large.zip", words, "server.maxUploadSize")
        assert proxy.uploads == 0


@pytest.mark.parametrize(("locale", "status"), [("en-US", 413), ("ko-KR", 502)])
def test_what_a_server_in_between_refuses_is_told_and_can_be_sent_again(
    browser: Browser, proxy: Proxy, tmp_path: Path, locale: str, status: int
) -> None:
    zipped = tmp_path / "pets.zip"
    zipped.write_bytes(zip_bytes(cats_and_dogs()))
    proxy.verdict = lambda number: status if number == 0 else None
    with opened(browser, f"{proxy.url}{DATA}zip", locale) as page:
        choose(page, zipped)
        expect_told(page, "pets.zip", f"({status})")
        choose(page, zipped)
        expect(page.get_by_text("pets").first).to_be_visible()
        expect(told(page)).to_be_hidden()
        expect_uploads(page, proxy, 2)


@contextmanager
def other_site(folder: Path, content: str) -> Iterator[str]:
    """Serve a page; ``127.0.0.1`` is another site than ``localhost``."""
    (folder / "index.html").write_text(content)
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as site:
        threading.Thread(target=site.serve_forever).start()
        yield f"http://127.0.0.1:{site.server_port}"
        site.shutdown()


def test_in_a_frame_of_another_site_the_page_names_the_setting(
    browser: Browser, server: Server, tmp_path: Path
) -> None:
    frame = f'<iframe src="{server.url}{DATA}zip" width=1200 height=700></iframe>'
    context = browser.new_context()
    with other_site(tmp_path, frame) as site:
        page = context.new_page()
        page.goto(site)
        inside = page.frame_locator("iframe")
        alert = inside.locator(".told[role=alert]")
        expect(alert).to_be_attached()
        inside.locator("input[type=file]").set_input_files(tmp_path / "index.html")
        expect(alert).to_contain_text("(403)")
        expect(alert).to_contain_text("server.xsrfCookieSameSite")
        context.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("locale", "found", "all_found", "lost"),
    [
        (
            "en-US",
            "2 classes · 4 photos",
            "2 classes · 6 photos",
            "2 of 6 files did not arrive. The connection broke",
        ),
        ("ko-KR", "클래스 2개 · 사진 4장", "클래스 2개 · 사진 6장", "파일 6개 중 2개"),
    ],
)
def test_files_that_got_lost_among_many_are_counted_and_the_rest_is_kept(
    browser: Browser,
    proxy: Proxy,
    tmp_path: Path,
    locale: str,
    found: str,
    all_found: str,
    lost: str,
) -> None:
    folder = write_folder(
        tmp_path / "pets", {f"{name}/{n}.png": picture(n) for n, name in enumerate("aaabbb")}
    )
    proxy.verdict = lambda number: LOST if number in (1, 4) else None
    with opened(browser, f"{proxy.url}{DATA}folder", locale) as page:
        choose(page, folder)
        expect_told(page, lost)
        expect(page.get_by_text(found)).to_be_visible()
        choose(page, folder)
        expect(told(page)).to_be_hidden()
        expect(page.get_by_text(all_found)).to_be_visible()


@pytest.mark.slow
def test_a_connection_that_broke_while_somebody_chose_is_told(
    browser: Browser, proxy: Proxy, tmp_path: Path
) -> None:
    for name in ("first.zip", "second.zip"):
        (tmp_path / name).write_bytes(zip_bytes(cats_and_dogs()))
    with opened(browser, f"{proxy.url}{DATA}zip", "en-US") as page:
        proxy.cut()
        choose(page, tmp_path / "first.zip")
        expect(told(page)).to_contain_text("nothing was sent")
        proxy.closed = False
        expect(page.get_by_role("dialog")).to_have_count(0)
        settle(page)
        choose(page, tmp_path / "second.zip")
        expect(told(page)).to_be_hidden()
        expect(page.get_by_test_id("stFileChip")).to_have_count(0)
        expect_uploads(page, proxy, 1)


def test_a_device_that_gives_files_where_a_folder_is_asked_for_is_told_the_other_ways(
    browser: Browser, proxy: Proxy
) -> None:
    with opened(browser, f"{proxy.url}{DATA}folder") as page:
        page.locator("input[type=file]").evaluate(
            """(input) => {
              const chosen = new DataTransfer()
              chosen.items.add(new File(['x'], 'IMG_1.jpg'))
              input.files = chosen.files
              input.dispatchEvent(new Event('change', { bubbles: true }))
            }"""
        )
        expect_told(page, "This device gives no folders", "a zip")
        assert proxy.uploads == 0


def test_a_dropped_folder_keeps_which_class_each_photo_is_of(
    browser: Browser, proxy: Proxy, tmp_path: Path
) -> None:
    folder = write_folder(
        tmp_path / "pets", {f"{name}/{n}.png": picture(n) for n, name in enumerate("aab")}
    )
    with opened(browser, f"{proxy.url}{DATA}folder") as page:
        zone = page.get_by_test_id("stFileUploaderDropzone").bounding_box()
        assert zone
        session = page.context.new_cdp_session(page)
        for kind in ("dragEnter", "dragOver", "drop"):
            session.send(
                "Input.dispatchDragEvent",
                {
                    "type": kind,
                    "x": zone["x"] + 30,
                    "y": zone["y"] + 10,
                    "data": {"items": [], "files": [str(folder)], "dragOperationsMask": 1},
                },
            )
        for found in ("a · 2 photos", "b · 1 photo"):
            expect(page.get_by_text(found, exact=True)).to_be_visible()
        expect(page.get_by_test_id("stFileChip")).to_have_count(0)


@pytest.mark.parametrize("locale", ["en-US", "ko-KR"])
def test_a_file_of_any_type_is_answered_by_the_lab(
    browser: Browser, proxy: Proxy, tmp_path: Path, locale: str
) -> None:
    words = tmp_path / "essay.docx"
    words.write_bytes(b"PK\x03\x04 no photo")
    with opened(browser, proxy.url, locale) as page:
        page.get_by_test_id("stMain").get_by_test_id("stPopover").get_by_role("button").click()
        page.get_by_test_id("stPopoverBody").get_by_role("radio").nth(1).click()
        choose(page, words)
        alert = page.get_by_test_id("stAlert").filter(has_text="essay.docx")
        expect(alert).to_be_visible()
        expect(page.get_by_test_id("stFileChip")).to_have_count(0)
