"""What the browser components share: their files, arrays on the wire, and which side spoke last."""

import base64
import hashlib
import json
import struct
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.components.v2.types import ComponentRenderer

from tl_core.browser.joining import joined
from tl_core.convolution.arrays import Array
from tl_core.convolution.kernels import Kernel
from tl_core.convolution.weights import planes_of

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

    def pack(self, words: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> bytes:
        """Return one message for the browser, without the numbers of arrays that it already has.

        As bytes, because Streamlit writes anything else as JSON, twice: for the large arrays of a stage that
        costs more than computing them.

        Args:
            words: what is sent as JSON; it gets an entry ``arrays`` that says where in the numbers each is.
            arrays: by name, of the types in `KINDS`.

        Returns:
            The length of the JSON (4 bytes, little-endian), the JSON, and the numbers of one array after
            the other.
        """
        described = {name: _described(array) for name, array in arrays.items()}
        numbers: list[memoryview] = []
        at = 0
        for name, array in arrays.items():
            if described[name]["digest"] not in self.sent:
                described[name]["at"] = at
                numbers.append(np.ascontiguousarray(array).data)
                at += array.nbytes
        self.sent = frozenset(entry["digest"] for entry in described.values())
        header = json.dumps({**words, "arrays": described}).encode()
        return b"".join([struct.pack("<I", len(header)), header, *numbers])


def declare(name: str, folder: Path = FOLDER) -> ComponentRenderer:
    """Return the component whose own code and style are ``name.js`` and ``name.css`` in `folder`.

    Before its style comes ``shared.css``.

    Args:
        name: of the component's files.
        folder: where they are; beside this one by default.
    """
    style = "\n".join(
        file.read_text("utf-8") for file in (FOLDER / "shared.css", folder / f"{name}.css")
    )
    return st.components.v2.component(f"lab_{name}", js=joined(folder / f"{name}.js"), css=style)


def memory(key: str, value: Any = None) -> Memory:
    """Return this session's memory of the component `key`; `value` is what it starts with."""
    kept: Memory = st.session_state.setdefault(f"_{key}_memory", Memory(asked=value, agreed=value))
    return kept


def reported(key: str, name: str) -> Report:
    """Return what the browser last said about `name`, or None."""
    report = st.session_state.get(key, {}).get(name)
    return report if isinstance(report, Mapping) else None


def packed(kernel: Kernel, flip: bool) -> Array:
    """Return what meets the patch, (parts, channels or 1, kh, kw): the weights, turned if it flips."""
    weights = np.stack([planes_of(part) for part in kernel.parts])
    return weights[:, :, ::-1, ::-1] if flip else weights


def encode(array: NDArray[Any]) -> str:
    """Return the numbers of `array`, row by row, as base64."""
    return base64.b64encode(np.ascontiguousarray(array).data).decode("ascii")


def _described(array: NDArray[Any]) -> dict[str, Any]:
    kind = array.dtype.name
    if kind not in KINDS:
        raise ValueError(f"the browser reads {', '.join(KINDS)}; got {kind}")
    digest = hashlib.blake2b(np.ascontiguousarray(array).data, digest_size=12)
    return {"digest": digest.hexdigest(), "kind": kind, "shape": array.shape}
