"""Plain http says what the browser will ask, and leads to the same page over https; nothing else."""

import http.client
import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from tl_core.classroom.door import Door, by_the_door, door_page, open_door
from tl_core.errors import LabError

NAMES = ("localhost", "127.0.0.1", "::1", "192.168.1.20")


@pytest.fixture
def port() -> Iterator[int]:
    with open_door(0, 8443, NAMES):
        yield Door.opened[-1].server_port


def ask(
    port: int, path: str = "/", method: str = "GET", **headers: str
) -> tuple[int, dict[str, str], str]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request(method, path, headers={"Host": "192.168.1.20", **headers})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode()


def test_it_leads_to_the_same_page_by_the_same_name(port: int) -> None:
    status, headers, page = ask(port, "/train?section=data&draft=ab")
    assert status == 200 and headers["Content-Type"] == "text/html; charset=utf-8"
    assert 'href="https://192.168.1.20:8443/train?section=data&amp;draft=ab"' in page
    assert "Proceed to 192.168.1.20" in page and "Continue to 192.168.1.20" in page
    assert "may ask again" in page and "$" not in page
    assert 'href="https://[::1]:8443/"' in ask(port, Host="[::1]:8501")[2]


def test_who_has_read_it_goes_on_at_once(port: int) -> None:
    cookie = ask(port)[1]["Set-Cookie"].partition(";")[0]
    status, headers, page = ask(port, "/train", Cookie=f"other=2; {cookie}")
    assert (status, headers["Location"], page) == (302, "https://192.168.1.20:8443/train", "")
    assert ask(port, "/train", Cookie="other=2")[0] == 200


@pytest.mark.parametrize(
    ("host", "path", "method", "status"),
    [
        ("elsewhere.example", "/", "GET", 421),  # a name that somebody turned to this machine
        ("[", "/", "GET", 421),
        ("", "/", "GET", 421),
        ("192.168.1.20", "http://elsewhere.example/", "GET", 421),
        ("192.168.1.20", "/", "POST", 501),
        ("192.168.1.20", "/" + "a" * 70_000, "GET", 414),
    ],
)
def test_nothing_else_is_answered(
    port: int, host: str, path: str, method: str, status: int
) -> None:
    found, headers, page = ask(port, path, method, Host=host)
    assert found == status and "href" not in page and "Location" not in headers


def test_what_is_typed_into_the_address_stays_text(port: int) -> None:
    page = ask(port, "/\"><script>alert(1)</script>?a='b")[2]
    assert "<script" not in page and "&quot;&gt;&lt;script" in page


def test_a_visitor_who_leaves_says_nothing_on_the_console(
    port: int, capfd: pytest.CaptureFixture[str]
) -> None:
    with socket.create_connection(("127.0.0.1", port)) as left:
        left.sendall(b"GET / HT")
    assert ask(port, method="HEAD")[2] == ""
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("ko-KR,ko;q=0.9,en;q=0.8", "ko"),
        ("fr,ko;q=0.5", "ko"),
        ("en-GB,ko", "en"),
        ("de", "en"),
        ("", "en"),
    ],
)
def test_it_speaks_the_browsers_language(port: int, asked: str, language: str) -> None:
    page = ask(port, **{"Accept-Language": asked})[2]
    assert f'<html lang="{language}">' in page
    address = "https://192.168.1.20:8443/"
    assert page == door_page(address, "192.168.1.20", language).decode()


def test_a_port_of_another_program_is_named() -> None:
    with (
        socket.create_server(("", 0)) as other,
        pytest.raises(LabError, match=r"Port \d+ cannot be opened \(Address already in use\)"),
        open_door(other.getsockname()[1], 8443, NAMES),
    ):
        pass
    assert not Door.opened


def test_a_code_leads_by_the_door_while_it_is_open() -> None:
    address = "https://192.168.1.20:8443/train?a=1"
    with open_door(0, 8443, NAMES):
        own = Door.opened[-1].server_port
        assert by_the_door(address) == f"http://192.168.1.20:{own}/train?a=1"
        assert by_the_door("https://192.168.1.20/train") == "https://192.168.1.20/train"
    assert by_the_door(address) == address
