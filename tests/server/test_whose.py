"""Whose a thing is, over the protocol itself: a client that sends whatever it likes, to a real server."""

import asyncio
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection

from tests.app.whose import ATTEMPTS, KEY, OWNER, STRANGER, Attempt, Link, contents, person
from tests.server.serving import PAGE_SECONDS, finished, serve, visit
from tl_core import people

pytestmark = pytest.mark.slow
FIELDS = ("text_input", "text_area")


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """A lab with a key and without an engine, in whose folder each test makes what it needs."""
    folder = tmp_path_factory.mktemp("lab")
    # No scheduler listens at this address.
    lab = {"TL_DATA_DIR": str(folder), "TL_SCHEDULER": "tcp://127.0.0.1:9", "TL_TEACHER_KEY": KEY}
    with serve({**os.environ, **lab}) as (number, _):
        yield number, folder


@pytest.fixture
def lab(port: tuple[int, Path], monkeypatch: pytest.MonkeyPatch) -> tuple[int, Path]:
    monkeypatch.setenv("TL_DATA_DIR", str(port[1]))
    monkeypatch.setenv("TL_TEACHER_KEY", KEY)
    return port


async def run(tab: ClientConnection, page: str, link: Link, *states: WidgetState) -> list[Any]:
    """Run a page, with the states of controls; returns all elements that were sent."""
    message = BackMsg()
    message.rerun_script.query_string = urlencode(link)
    message.rerun_script.page_name = page
    message.rerun_script.context_info.locale = "en-US"
    message.rerun_script.widget_states.widgets.extend(states)
    await tab.send(message.SerializeToString())
    elements: list[Any] = []
    async with asyncio.timeout(PAGE_SECONDS):
        while True:
            told = ForwardMsg.FromString(await tab.recv())
            if told.delta.HasField("new_element"):
                elements.append(told.delta.new_element)
            if told.HasField("script_finished"):
                return elements


async def press(port: int, cookies: str, attempt: Attempt, link: Link) -> bool:
    """Press a button, disabled or not; returns whether it was there and could be pressed."""
    async with visit(port, cookies=cookies) as tab:
        elements = await run(tab, attempt.page, link)
        states = [
            *(_picked(one.bidi_component) for one in elements if attempt.picks and _is_sheet(one)),
            *(_typed(one, attempt) for one in elements if one.WhichOneof("type") in FIELDS),
        ]
        if attempt.picks:  # until something is picked there is nothing to press
            elements = await run(tab, attempt.page, link, *states)
        (button,) = [one.button for one in elements if one.button.label == attempt.press]
        states.append(WidgetState(id=button.id, trigger_value=True))
        await run(tab, attempt.page, link, *states)
        return not button.disabled


def _typed(element: Any, attempt: Attempt) -> WidgetState:
    field = getattr(element, element.WhichOneof("type"))
    return WidgetState(id=field.id, string_value=attempt.typed.get(field.label, field.default))


def _is_sheet(element: Any) -> bool:
    return (
        element.WhichOneof("type") == "bidi_component" and '"sheet"' in element.bidi_component.json
    )


def _picked(sheet: Any) -> WidgetState:
    picked = {"picked": {"token": json.loads(sheet.json)["token"], "places": [0]}}
    return WidgetState(id=sheet.id, json_value=json.dumps(picked))


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda attempt: attempt.name)
def test_what_others_send_changes_nothing_and_what_the_owner_sends_does(
    attempt: Attempt, lab: tuple[int, Path]
) -> None:
    port, folder = lab
    _clear(folder)
    link = attempt.prepare()
    before = contents(folder)
    # Of others one knows the mark, and may send it as if it were the secret.
    mark = person(OWNER).id
    for cookies in ("", f"tl_visitor={STRANGER}", f"tl_visitor={mark}", "tl_visitor=" + "z" * 4000):
        sent = f"{cookies}; tl_teacher={'0' * 64}"
        assert not finished(press(port, sent, attempt, link)), cookies
        assert contents(folder) == before
    if "shares" not in attempt.name and "among" not in attempt.name:
        assert finished(press(port, f"tl_visitor={OWNER}", attempt, link))
    else:
        proof = people.proof_for(STRANGER)
        assert finished(press(port, f"tl_visitor={STRANGER}; tl_teacher={proof}", attempt, link))
    assert contents(folder) != before


def _clear(folder: Path) -> None:
    """Remove what the last test has made; a page may hold something of it open."""
    for kind in ("runs", "datasets", "staging", "uploads"):
        for path in sorted((folder / kind).rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
