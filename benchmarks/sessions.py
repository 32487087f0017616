"""Visitors without a browser, for benchmarks: they speak Streamlit's own websocket protocol.

They do what its JavaScript does: a control inside a fragment runs that fragment alone, and a part of a page
that looks again by itself is asked for again at its interval. What goes wrong for one of them is a `Trouble`.
"""

import asyncio
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from benchmarks.lab import PAGE_SECONDS


@dataclass(frozen=True, kw_only=True)
class Place:
    """A page as its address opens it; in `query`, ``{run}`` stands for a run that is done."""

    title: str
    page: str = ""
    query: str = ""


PLACES = (
    Place(title="home"),
    Place(title="convolution", page="convolution"),
    Place(title="GAP vs Flatten", page="gap_vs_flatten"),
    Place(title="train", page="train"),
    Place(title="train, with a result", page="train", query="run={run}"),
    Place(title="train, data", page="train", query="section=data"),
    Place(title="train, look inside", page="train", query="section=inside&run={run}"),
    Place(title="train, run book", page="train", query="section=book"),
    Place(title="predict", page="predict"),
    Place(title="predict, run and photo", page="predict", query="run={run}&photo=chelsea"),
)


class Trouble(Exception):
    """What went wrong for a visitor.

    Args:
        kind: the same for all of its kind, to count them.
        words: the rest, for whoever reads the report.
    """

    def __init__(self, kind, words=""):
        super().__init__(f"{kind}: {words}" if words else kind)
        self.kind = kind


@dataclass(frozen=True)
class Control:
    """A control as the page has sent it.

    Args:
        kind: of Streamlit's elements.
        element: its message.
        fragment: id of the part of the page that runs when it changes; empty for the whole page.
    """

    kind: str
    element: Any
    fragment: str

    @property
    def key(self):
        """Its key in the page's code: an id is $$ID-<hash>-<key>."""
        return self.element.id.split("-", 2)[2]


def position(control, number):
    """Return value `number` of a slider or number input, far from the one before."""
    if not control.max > control.min or control.max > 1e9:  # no limits were set
        return number % 10
    steps = int((control.max - control.min) / control.step)
    return control.min + control.step * (37 * number % (steps + 1))


def in_turn(options, number):
    return options[number % len(options)]


VALUES = {
    "slider": lambda control, number: (
        {"string_array_value": [in_turn(control.options, number)]}
        if control.options
        else {"double_array_value": [position(control, number)]}
    ),
    "number_input": lambda control, number: {"double_value": position(control, number)},
    "selectbox": lambda control, number: {"string_value": in_turn(control.options, number)},
    "radio": lambda control, number: {"string_value": in_turn(control.options, number)},
    "checkbox": lambda control, number: {"bool_value": number % 2 == 0},
    "button_group": lambda control, number: {
        "string_array_value": [in_turn(control.options, number).content]
    },
}
"""Kind of control -> value `number`, as its state carries it."""
WHOLE_PAGE = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_WITH_COMPILE_ERROR)


class Session:
    """A visitor without a browser, who opens a place and moves its controls.

    Args:
        lab: a started lab.
        place: what to open.
        run: id of a run that is done.
    """

    def __init__(self, lab, place, run):
        self._address = f"ws://localhost:{lab.port}/_stcore/stream"
        self._place = place
        self._query = place.query.format(run=run)
        self._controls, self._seen = dict[str, Control](), dict[str, Control]()
        self._buttons, self._polls = dict[str, Control](), dict[str, tuple[float, float]]()
        self._script = ""
        """Of the page, as a browser tells it: from a part alone the server would not find it by name."""
        self.received = 0
        """Bytes of all messages so far."""

    async def __aenter__(self):
        with self._named():
            self._socket = await connect(
                self._address,
                subprotocols=[Subprotocol("streamlit")],
                max_size=None,
                open_timeout=PAGE_SECONDS,
                ping_timeout=PAGE_SECONDS,
            )
        try:
            await self._rerun([])
        except BaseException:
            await self._socket.close()
            raise
        return self

    async def __aexit__(self, *_):
        await self._socket.close()

    @property
    def query(self):
        """What follows the question mark in the page's address now."""
        return self._query

    @property
    def controls(self):
        """The keys of what can be moved; the weights of a kernel count as one."""
        found = list(self._controls.values())
        families = {one.key.split("-")[0]: one.key for one in reversed(found)}
        return sorted(families.values())

    async def move(self, key, number):
        """Give a control its value `number`; return the seconds until its part of the page is there again.

        Raises:
            Trouble: that did not happen, or the page reports a fault.
        """
        control = next(one for one in self._controls.values() if one.key == key)
        state = WidgetState(id=control.element.id)
        for field, value in VALUES[control.kind](control.element, number).items():
            if isinstance(value, list):
                getattr(state, field).data.extend(value)
            else:
                setattr(state, field, value)
        began = time.perf_counter()
        await self._rerun([state], control.fragment)
        return time.perf_counter() - began

    async def press(self, label):
        """Press a button.

        Raises:
            Trouble: it is not there, cannot be pressed, or as for `move`.
        """
        button = self._buttons.get(label)
        if button is None or button.element.disabled:
            raise Trouble(f"no button {label} to press", self._place.title)
        await self._rerun([WidgetState(id=button.element.id, trigger_value=True)], button.fragment)

    async def idle(self, seconds):
        """Wait, and look again at the parts of the page that look again by themselves.

        Raises:
            Trouble: the connection is gone, or the page reports a fault.
        """
        until = time.monotonic() + seconds
        while (now := time.monotonic()) < until:
            for fragment, (interval, due) in list(self._polls.items()):
                if due <= now:
                    self._polls[fragment] = interval, now + interval
                    await self._send([], fragment, is_auto_rerun=True)
            due = min((due for _, due in self._polls.values()), default=until)
            try:
                async with asyncio.timeout(max(0, min(until, due) - time.monotonic())):
                    await self._receive()
            except TimeoutError:
                pass

    async def _rerun(self, states, fragment=""):
        await self._send(states, fragment)
        try:
            async with asyncio.timeout(PAGE_SECONDS):
                while not self._finishes(await self._receive(), fragment):
                    pass
        except TimeoutError:
            raise Trouble(f"no answer in {PAGE_SECONDS} s", self._place.title) from None

    async def _send(self, states, fragment="", is_auto_rerun=False):
        message = BackMsg()
        message.rerun_script.query_string = self._query
        message.rerun_script.page_name = self._place.page
        message.rerun_script.page_script_hash = self._script
        message.rerun_script.fragment_id = fragment
        message.rerun_script.is_auto_rerun = is_auto_rerun
        message.rerun_script.context_info.locale = "en-US"
        message.rerun_script.widget_states.widgets.extend(states)
        with self._named():
            await self._socket.send(message.SerializeToString())

    async def _receive(self):
        with self._named():
            data = await self._socket.recv()
        self.received += len(data)
        message = ForwardMsg.FromString(data)
        self._follow(message)
        return message

    @contextmanager
    def _named(self):
        """Raise `Trouble` for what goes wrong with the connection."""
        try:
            yield
        except (OSError, WebSocketException) as error:
            raise Trouble("connection lost", f"{self._place.title}: {error}") from error

    def _finishes(self, message, fragment):
        """Whether the run that a change of this fragment, or of the page, asked for is over."""
        if not message.HasField("script_finished"):
            return False
        # A control may have other parts drawn than the one that it stands in.
        parts = message.script_finished == ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY
        return (parts and fragment != "") or message.script_finished in WHOLE_PAGE

    def _follow(self, message):
        """Keep what the message says of the page."""
        match message.WhichOneof("type"):
            case "page_info_changed":
                self._query = message.page_info_changed.query_string
            case "navigation":
                self._script = message.navigation.page_script_hash
            case "new_session":
                self._seen = {}
                if not message.metadata.run.fragment_ids:
                    self._polls = {}
            case "auto_rerun":
                poll = message.auto_rerun
                self._polls[poll.fragment_id] = poll.interval, time.monotonic() + poll.interval
            case "stop_auto_rerun":
                for fragment in message.stop_auto_rerun.fragment_ids:
                    self._polls.pop(fragment, None)
            case "delta":
                self._look_at(message.delta)
            case "script_finished":
                self._forget(message)

    def _look_at(self, delta):
        # A container of this key reports a bug: tl_core.ui.errors.
        if "-fault-" in delta.add_block.id:
            raise Trouble("the page broke", self._place.title)
        element = delta.new_element
        kind = element.WhichOneof("type")
        if kind == "exception":
            raise Trouble("an exception", f"{self._place.title}: {element.exception.message}")
        if kind == "button":
            self._buttons[element.button.label] = Control(kind, element.button, delta.fragment_id)
        elif kind in VALUES:
            control = getattr(element, kind)
            if not control.disabled and len(getattr(control, "options", "ab")) != 1:
                kept = Control(kind, control, delta.fragment_id)
                self._controls[control.id] = self._seen[control.id] = kept

    def _forget(self, message):
        """Let go of the controls that the run which is over has not drawn again."""
        run = set(message.metadata.run.fragment_ids)
        if message.script_finished in WHOLE_PAGE:
            self._controls = self._seen
        elif message.script_finished == ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY:
            self._controls = {
                name: control
                for name, control in self._controls.items()
                if control.fragment not in run or name in self._seen
            }
