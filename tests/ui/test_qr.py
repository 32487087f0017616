"""The QR code of a page leads a phone to that page, whatever this browser calls the machine."""

from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tl_core.errors import LabError
from tl_core.ui import qr


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return ``at(url, **options)``: the browser is there, and the server has these options."""

    def be(url: str | None, **options: Any) -> None:
        known = {"server_port": 8501, "server_allowedHosts": [], "server_address": None, **options}
        monkeypatch.setattr(st, "context", type("Context", (), {"url": url}))
        monkeypatch.setattr(st, "get_option", lambda name: known[name.replace(".", "_")])
        monkeypatch.setattr(qr, "lan_addresses", lambda: ("192.168.1.20",))

    return be


@pytest.mark.parametrize(
    ("url", "script", "address"),
    [
        ("http://localhost:8501", "", "http://192.168.1.20:8501/"),
        ("http://localhost:8501/train", "", "http://192.168.1.20:8501/train"),
        ("http://localhost:8501/train", "pages/4_predict.py", "http://192.168.1.20:8501/predict"),
        ("http://localhost:8501/train", "streamlit_app.py", "http://192.168.1.20:8501/"),
        ("http://localhost:8501/", "pages/2_gap_vs_flatten.py", "http://192.168.1.20:8501/gap_vs_flatten"),
        # Behind a proxy the lab may stand below a path of its own.
        ("https://a.school/lab/train", "pages/4_predict.py", "https://a.school/lab/predict"),
        ("https://a.school/lab", "pages/4_predict.py", "https://a.school/lab/predict"),
        (None, "pages/3_train.py", "http://192.168.1.20:8501/train"),
    ],
)  # fmt: skip
def test_a_phone_finds_the_page(at: Any, url: str | None, script: str, address: str) -> None:
    at(url)
    assert qr.whole_address({}, script) == address


def test_the_settings_are_in_it_as_a_browser_wants_them(at: Any) -> None:
    at("http://localhost:8501/train?left=1")
    found = qr.whole_address({"collect_class": "고양이 & co", "draft": "ab~1"})
    assert found.endswith("/train?collect_class=%EA%B3%A0%EC%96%91%EC%9D%B4%20%26%20co&draft=ab~1")


def test_a_lab_that_listens_to_its_own_machine_has_no_code(at: Any) -> None:
    at("http://localhost:8501", server_address="127.0.0.1")
    with pytest.raises(LabError, match="Other devices do not reach"):
        qr.whole_address({})


def page(url: str = "https://192.168.1.20:8443/train?run=1") -> None:
    from tl_core.errors import LabError
    from tl_core.ui.qr import qr_button

    def address() -> str:
        if url:
            return url
        raise LabError("Nobody comes.")

    qr_button("Code", address, key="code")


def opened(url: str) -> AppTest:
    app = AppTest.from_function(page, default_timeout=60, kwargs={"url": url}).run()
    assert not app.exception and not app.get("image"), "nothing before somebody asks"
    app.button(key="code").click()
    app.run()
    assert not app.exception
    return app


def test_it_is_drawn_when_somebody_presses_with_its_address_in_words() -> None:
    app = opened("https://192.168.1.20:8443/train?run=1")
    assert app.code[0].value == "https://192.168.1.20:8443/train?run=1"
    (image,) = app.get("image")
    assert "https://192.168.1.20:8443/train?run=1" in str(image.proto)
    assert not app.caption


def test_it_stays_when_the_page_runs_again_by_itself() -> None:
    app = opened("https://192.168.1.20:8443/train?run=1")
    app.run()
    assert app.code[0].value == "https://192.168.1.20:8443/train?run=1"


def test_over_http_it_says_what_the_phone_will_have() -> None:
    assert "its own camera app" in opened("http://192.168.1.20:8501").caption[0].value


def test_why_there_is_none_is_said_in_its_place() -> None:
    app = opened("")
    assert app.error[0].value == "Nobody comes." and not app.code
