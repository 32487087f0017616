"""What the browser components share: their files, arrays on the wire, and which side spoke last."""

import base64
import hashlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.components.v2.types import ComponentRenderer

FOLDER = Path(__file__).parent
KINDS = ("uint8", "int32", "float32")
"""Types of numbers that the browser reads."""
Report = Mapping[str, Any] | None
"""What the browser said last, ``{"turn": number, "value": anything}``; checked like any user's input."""


@dataclass
class Memory:
    """What one session knows about one component in its browser.

    Python and the browser may both set the component's value; whoever set it last is right. `turn` counts
    how often Python did: what the browser reports from an earlier turn is out of date.
    """

    asked: Any = None
    """The value that Python passed last."""
    agreed: Any = None
    """The value that was returned last."""
    turn: int = 0
    sent: frozenset[str] = field(default_factory=frozenset)
    """Digests of the arrays that the browser has."""

    def settle(self, asked: Any, report: Report, read: Callable[[Any], Any]) -> Any:
        """Return the value that now holds.

        Args:
            asked: what Python passes; only a change of it counts, so that a page may pass what it got back.
            report: what the browser said last.
            read: turns the browser's value into Python's; ValueError or TypeError refuses it.
        """
        if asked not in (self.asked, self.agreed):
            self.turn, self.agreed = self.turn + 1, asked
        elif report and report.get("turn") == self.turn:
            # What is not from our component is dropped: the last good value stays.
            with suppress(TypeError, ValueError):
                self.agreed = read(report.get("value"))
        self.asked = asked
        return self.agreed

    def pack(self, arrays: Mapping[str, NDArray[Any]]) -> dict[str, dict[str, Any]]:
        """Return `arrays` for the browser, without the numbers of those that it already has."""
        packed = {name: _described(array) for name, array in arrays.items()}
        for name, array in arrays.items():
            if packed[name]["digest"] not in self.sent:
                packed[name]["base64"] = encode(array)
        self.sent = frozenset(entry["digest"] for entry in packed.values())
        return packed


def declare(name: str) -> ComponentRenderer:
    """Return the component whose code is ``name.js`` and ``name.css`` in this folder."""
    code, style = (FOLDER / f"{name}{kind}" for kind in (".js", ".css"))
    return st.components.v2.component(
        f"lab_{name}", js=code.read_text("utf-8"), css=style.read_text("utf-8")
    )


def memory(key: str, value: Any = None) -> Memory:
    """Return this session's memory of the component `key`; `value` is what it starts with."""
    kept: Memory = st.session_state.setdefault(f"_{key}_memory", Memory(asked=value, agreed=value))
    return kept


def reported(key: str, name: str) -> Report:
    """Return what the browser last said about `name`, or None."""
    report = st.session_state.get(key, {}).get(name)
    return report if isinstance(report, Mapping) else None


def encode(array: NDArray[Any]) -> str:
    """Return the numbers of `array`, row by row, as base64."""
    return base64.b64encode(np.ascontiguousarray(array).data).decode("ascii")


def _described(array: NDArray[Any]) -> dict[str, Any]:
    kind = array.dtype.name
    if kind not in KINDS:
        raise ValueError(f"the browser reads {', '.join(KINDS)}; got {kind}")
    digest = hashlib.blake2b(np.ascontiguousarray(array).data, digest_size=12)
    return {"digest": digest.hexdigest(), "kind": kind, "shape": array.shape}
