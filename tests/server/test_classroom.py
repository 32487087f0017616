"""``python classroom.py`` is all that a teacher starts: https at every address of this machine alone."""

import ssl
import urllib.error
from collections.abc import Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin, Subprotocol

from tests.server.classroom import Classroom, answer, start_classroom
from tests.server.serving import PAGE_SECONDS, drawn, finished
from tl_core.classroom.addresses import in_url, lan_addresses

HERE = [*lan_addresses(), "localhost", "127.0.0.1"]


@pytest.fixture(scope="module")
def classroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Classroom]:
    with start_classroom(tmp_path_factory.mktemp("room")) as found:
        yield found


@asynccontextmanager
async def tab(room: Classroom, host: str, origin: str = "") -> Any:
    """Yield the connection of a page that was opened over https."""
    address = f"{in_url(host)}:{room.https_port}"
    async with connect(
        f"wss://{address}/_stcore/stream",
        host="127.0.0.1",
        ssl=room.trusting(),
        server_hostname="localhost",
        subprotocols=[Subprotocol("streamlit")],
        origin=Origin(origin or f"https://{address}"),
        max_size=None,
        open_timeout=PAGE_SECONDS,
    ) as connection:
        yield connection


async def opens(room: Classroom, host: str, origin: str = "") -> bool:
    try:
        async with tab(room, host, origin) as connection:
            return "Transfer Learning Lab" in await drawn(connection)
    except InvalidStatus as refusal:
        assert refusal.response.status_code == 403
        return False


@pytest.mark.parametrize("host", HERE)
def test_the_lab_answers_over_https_at_every_address(classroom: Classroom, host: str) -> None:
    address = f"https://{in_url(host)}:{classroom.https_port}"
    assert answer(f"{address}/_stcore/health", classroom.trusting()) == "ok"
    assert finished(opens(classroom, host))
    with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
        answer(address, ssl.create_default_context())


@pytest.mark.parametrize(
    ("host", "origin"),
    [("elsewhere.example", ""), ("localhost", "https://elsewhere.example")],
)
def test_other_names_and_other_sites_get_nothing(
    classroom: Classroom, host: str, origin: str
) -> None:
    assert not finished(opens(classroom, host, origin))


def test_plain_http_leads_there(classroom: Classroom) -> None:
    page = answer(f"http://{HERE[0]}:{classroom.port}/predict?run=1")
    assert f'href="https://{HERE[0]}:{classroom.https_port}/predict?run=1"' in page


def test_the_console_says_what_the_class_types(classroom: Classroom) -> None:
    said = classroom.console.read_text("utf-8")
    assert f"http://{HERE[0]}:{classroom.port}\n" in said and "█" in said
    assert "Traceback" not in said and "You can now view" not in said


def test_ctrl_c_ends_all_of_it_without_a_word(classroom: Classroom) -> None:
    """The last one: it ends what the others came to."""
    assert finished(opens(classroom, "localhost"))  # the engine starts with the first visitor
    before = classroom.console.read_text("utf-8")
    assert not classroom.end() and classroom.process.returncode == 0
    assert not classroom.console.read_text("utf-8").removeprefix(before).strip()
