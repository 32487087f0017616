"""Visitors without a browser, for benchmarks: they speak Streamlit's own websocket protocol."""

import asyncio
import time
from dataclasses import dataclass

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import connect
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
)


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
        self._controls = {}
        self._parts = {}
        """For each control in a part that runs alone, the part."""
        self._script = ""
        """Of the page, as a browser tells it: from a part alone the server would not find it by name."""

    async def __aenter__(self):
        self._socket = await connect(
            self._address, subprotocols=[Subprotocol("streamlit")], max_size=None
        )
        await self._rerun([])
        return self

    async def __aexit__(self, *_):
        await self._socket.close()

    @property
    def controls(self):
        """The keys of what can be moved; the weights of a kernel count as one."""
        families = {key.split("-")[0]: key for key in reversed(self._controls)}
        return sorted(families.values())

    async def move(self, key, number):
        """Give a control its value `number`; return the seconds until the script has finished."""
        kind, control = self._controls[key]
        state = WidgetState(id=control.id)
        for field, value in VALUES[kind](control, number).items():
            if isinstance(value, list):
                getattr(state, field).data.extend(value)
            else:
                setattr(state, field, value)
        began = time.perf_counter()
        await self._rerun([state])
        return time.perf_counter() - began

    async def _rerun(self, states):
        message = BackMsg()
        message.rerun_script.query_string = self._query
        message.rerun_script.page_name = self._place.page
        message.rerun_script.page_script_hash = self._script
        message.rerun_script.context_info.locale = "en-US"
        message.rerun_script.widget_states.widgets.extend(states)
        message.rerun_script.fragment_id = next((self._parts.get(one.id, "") for one in states), "")
        await self._socket.send(message.SerializeToString())
        async with asyncio.timeout(PAGE_SECONDS):
            while not self._finishes(ForwardMsg.FromString(await self._socket.recv())):
                pass

    def _finishes(self, message):
        if message.HasField("page_info_changed"):
            self._query = message.page_info_changed.query_string
        elif message.HasField("navigation"):
            self._script = message.navigation.page_script_hash
        elif message.HasField("delta"):
            # A container of this key reports a bug: tl_core.ui.errors.
            assert "-fault-" not in message.delta.add_block.id, f"{self._place.title} broke"
            self._look_at(message.delta.new_element, message.delta.fragment_id)
        return message.HasField("script_finished") and message.script_finished in (
            ForwardMsg.FINISHED_SUCCESSFULLY,
            ForwardMsg.FINISHED_WITH_COMPILE_ERROR,
            ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY,
        )

    def _look_at(self, element, part):
        kind = element.WhichOneof("type")
        assert kind != "exception", f"{self._place.title}: {element.exception.message}"
        if kind in VALUES:
            control = getattr(element, kind)
            # An id is $$ID-<hash>-<key>.
            if not control.disabled and len(getattr(control, "options", "ab")) != 1:
                self._controls[control.id.split("-", 2)[2]] = kind, control
                self._parts[control.id] = part
