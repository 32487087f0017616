"""The lab as a class server starts it, guarded against other sites: ``streamlit run class_server.py``.

Not for Streamlit Community Cloud, which shows an app inside a frame of its own.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import streamlit as st
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tl_core.errors import SettingInvalid
from tl_core.machine.folders import report_trouble
from tl_core.people import make_key

HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"content-security-policy", b"frame-ancestors 'self'"),
)
"""A file is what it says it is; other sites learn no address of a page and show none in a frame."""
POLICY_VIOLATION = 1008


class Guard:
    """Refuse other sites' pages a connection, and add `HEADERS` to every answer.

    Streamlit refuses those pages too, but first asks a host in the internet for its own address, and serves
    nobody until that has answered: 20 seconds in a network without internet.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the app does, or refuse."""

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *HEADERS]
            await send(message)

        if scope["type"] == "websocket" and _foreign(Headers(scope=scope)):
            await send({"type": "websocket.close", "code": POLICY_VIOLATION})
        else:
            await self._app(scope, receive, guarded)


def _foreign(headers: Headers) -> bool:
    origin = headers.get("origin")
    if origin is None or origin in st.get_option("server.corsAllowedOrigins"):
        return False
    return urlsplit(origin).netloc != headers.get("host")


def _own_address() -> str:
    """Return where the lab answers, by the first name that it was given."""
    names = st.get_option("server.allowedHosts") or ["localhost"]
    scheme = "https" if st.get_option("server.sslCertFile") else "http"
    base = str(st.get_option("server.baseUrlPath")).strip("/")
    return f"{scheme}://{names[0]}:{st.get_option('server.port')}" + (f"/{base}" if base else "")


@asynccontextmanager
async def _told_at_the_start(app: st.App) -> AsyncIterator[None]:
    report_trouble()  # before the first visitor comes
    if key := make_key():
        print(f"  The teacher opens {_own_address()}/?teacher={key}", flush=True)
    starting = asyncio.create_task(asyncio.to_thread(_start_engine))
    yield
    await starting  # an import that is cut off can bring the process down


def _start_engine() -> None:
    """Start it before anybody comes: who comes first shall not wait for its start and the pages' imports."""
    from tl_core.ui.engine_status import engine  # a second, in which the port answers already

    with suppress(SettingInvalid):  # told already
        engine()


app = st.App(
    Path(__file__).with_name("streamlit_app.py"),
    lifespan=_told_at_the_start,
    middleware=[Middleware(Guard)],
)
