"""What the plain http address says: what the browser is about to ask, and the way on to https.

It listens on the port that everybody knows, in a thread of the web process, and serves one page of text.
Who has read that once is led on without it, by a cookie of one letter that lasts a day.
"""

import html
import os
import socket
import string
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

from tl_core.classroom.addresses import in_url
from tl_core.errors import LabError
from tl_core.particles import filled
from tl_core.wording import LANGUAGES, N_, SOURCE_LANGUAGE, catalogue

PAGE = string.Template(Path(__file__).with_name("door.html").read_text("utf-8"))
SECONDS = 10
"""How long a visitor may take to ask."""
BACKLOG = 64
"""A whole class scans at once."""
TITLE = N_("One more step to the lab")
WHY = N_(
    "Over a network, browsers give the camera to https pages only. The lab's certificate was made by a "
    "computer in this room, which most browsers do not know, so yours will probably warn you. Here, in this "
    "network, go on:"
)
STEPS = (
    N_('Chrome, Samsung Internet: "Advanced", then "Proceed to {host}".'),
    N_('Edge: "Advanced", then "Continue to {host}".'),
    N_('Safari: "Show Details", then "visit this website", and confirm.'),
    N_('Firefox: "Advanced", then "Accept the Risk and Continue" or "Proceed to {host}".'),
)
AGAIN = N_(
    "Your browser may ask again, after a week for example. On a page that you do not know, never do this."
)
OPEN = N_("Go on to the lab")
READ = "door=1"
"""The cookie of whoever has read the page."""
PAGE_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "Set-Cookie": f"{READ}; Path=/; Max-Age={24 * 3600}; HttpOnly; SameSite=Lax",
}


class Door(ThreadingHTTPServer):
    """The plain http port: every address leads to the same one over https."""

    daemon_threads = True
    opened: ClassVar[list["Door"]] = []
    """Those of this process."""

    def __init__(self, port: int, https_port: int, names: Collection[str]) -> None:
        """Listen on `port`, as one of `names`; raises OSError where another program does."""
        super().__init__(("", port), _Visitor, bind_and_activate=False)
        self.https_port, self.names = https_port, frozenset(names)
        self.socket.close()  # it would know IPv4 alone
        self.socket = listen(port)
        self.server_port = self.socket.getsockname()[1]

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a visitor who left in the middle."""


class _Visitor(BaseHTTPRequestHandler):
    server: Door
    timeout = SECONDS

    def do_GET(self) -> None:
        host = _host_of(self.headers.get("host", ""))
        if host not in self.server.names or not self.path.startswith("/"):
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST)
            return
        address = f"https://{in_url(host)}:{self.server.https_port}{self.path}"
        if READ in self.headers.get("cookie", "").split("; "):
            self._answer(HTTPStatus.FOUND, b"", {"Location": address})
        else:
            language = _language(self.headers.get("accept-language", ""))
            self._answer(HTTPStatus.OK, door_page(address, host, language), PAGE_HEADERS)

    do_HEAD = do_GET

    def _answer(self, status: HTTPStatus, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        length = {"Content-Length": str(len(body)), "Cache-Control": "no-store"}
        for name, value in (length | dict(headers)).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def version_string(self) -> str:
        """Tell nobody which Python it is."""
        return "lab"

    def log_message(self, format: str, *args: object) -> None:
        """Who came is nobody's business."""


def listen(port: int) -> socket.socket:
    """Return a socket that listens on `port` at every address of this machine; raises OSError."""
    if socket.has_dualstack_ipv6():
        with suppress(OSError):
            return socket.create_server(
                ("", port), family=socket.AF_INET6, backlog=BACKLOG, dualstack_ipv6=True
            )
    return socket.create_server(("", port), backlog=BACKLOG)


@contextmanager
def open_door(port: int, https_port: int, names: Collection[str]) -> Iterator[None]:
    """Answer plain http on `port` while the block runs.

    Args:
        port: the one that everybody knows.
        https_port: where the lab is.
        names: what this machine may be called; other names get nothing.

    Raises:
        LabError: another program has the port.
    """
    with usable(port, "--port"):
        door = Door(port, https_port, names)
    with door:
        threading.Thread(target=door.serve_forever, daemon=True).start()
        Door.opened.append(door)
        try:
            yield
        finally:
            Door.opened.remove(door)
            door.shutdown()


@contextmanager
def usable(port: int, option: str) -> Iterator[None]:
    """Say in words why `port`, which `option` sets, cannot be opened in the block.

    Raises:
        LabError: another program has it, or this account may not.
    """
    try:
        yield
    except (OSError, OverflowError) as error:
        raise LabError(
            "Port {port} cannot be opened ({reason}): another lab may be running. End that one, or choose "
            "another port with {option}.",
            port=port,
            reason=os.strerror(error.errno)
            if isinstance(error, OSError) and error.errno
            else error,
            option=option,
        ) from None


def by_the_door(url: str) -> str:
    """Return `url` by way of this process's door, so that what the browser will ask is explained first.

    Example:
        >>> with open_door(8501, 8443, ["lab.school"]):
        ...     by_the_door("https://lab.school:8443/train")
        'http://lab.school:8501/train'
    """
    parts = urlsplit(url)
    for door in Door.opened:
        if (parts.scheme, parts.port) == ("https", door.https_port):
            host = in_url(parts.hostname or "")
            return parts._replace(scheme="http", netloc=f"{host}:{door.server_port}").geturl()
    return url


def door_page(address: str, host: str, language: str) -> bytes:
    """Return the page that leads to `address`, in a language of `LANGUAGES`."""
    say = catalogue(language).gettext
    steps = (filled(say(step), {"host": host}) for step in STEPS)
    return PAGE.substitute(
        language=language,
        title=html.escape(say(TITLE)),
        why=html.escape(say(WHY)),
        steps="\n".join(f"<li>{html.escape(step)}</li>" for step in steps),
        again=html.escape(say(AGAIN)),
        open=html.escape(say(OPEN)),
        address=html.escape(address),
    ).encode()


def _host_of(header: str) -> str:
    try:
        return urlsplit(f"//{header}").hostname or ""
    except ValueError:
        return ""


def _language(wanted: str) -> str:
    """Return the first language of a browser's list that the lab speaks."""
    asked = (one.partition(";")[0].partition("-")[0].strip().lower() for one in wanted.split(","))
    return next((one for one in asked if one in LANGUAGES), SOURCE_LANGUAGE)
