"""What a person changes about a dataset, as data; `tl_core.datasets.editing` carries it out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from tl_core.checks import Json
from tl_core.datasets.dataset import PARTS, is_digest
from tl_core.errors import SettingInvalid


@dataclass(frozen=True, kw_only=True)
class Edit:
    """Changes to a dataset; all class names are those before the edit.

    Args:
        relabel: SHA-256 of an image -> the class it belongs to; copies of the picture go with it.
        drop: SHA-256 of images to leave out.
        once: SHA-256 of files that stand in the dataset several times and of which one is kept.
        move: SHA-256 of an image -> its part: ``train``, ``validation``, ``test``, or empty for "divide by
            share and seed". After the edit either every image has a part or none has: a dataset without
            parts is given them with `tl_core.datasets.splits.parts_of`.
        rename: class -> its new name.
        merge: class -> the class that takes its images.
        off: classes to leave out.

    Raises:
        SettingInvalid: something in it is no SHA-256, part or text.

    Example:
        >>> Edit(rename={"1": "cats"}).to_json()
        {'rename': {'1': 'cats'}}
    """

    relabel: Mapping[str, str] = field(default_factory=dict, hash=False)
    drop: frozenset[str] = frozenset()
    once: frozenset[str] = frozenset()
    move: Mapping[str, str] = field(default_factory=dict, hash=False)
    rename: Mapping[str, str] = field(default_factory=dict, hash=False)
    merge: Mapping[str, str] = field(default_factory=dict, hash=False)
    off: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        for name, (is_key, is_value) in _KINDS.items():
            value = getattr(self, name)
            pairs = value.items() if isinstance(value, Mapping) else ((key, None) for key in value)
            right_kind = isinstance(value, Mapping if is_value else frozenset)
            if not right_kind or not all(
                is_key(key) and (is_value is None or is_value(text)) for key, text in pairs
            ):
                raise _no_edit(name)

    def to_json(self) -> Json:
        """Return the edit as JSON values; empty fields are left out."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {
            name: dict(value) if isinstance(value, Mapping) else sorted(value)
            for name, value in values.items()
            if value
        }

    @classmethod
    def from_json(cls, value: Any) -> "Edit":
        """Return the edit that `to_json` described.

        Raises:
            SettingInvalid: `value` describes no edit.
        """
        if not isinstance(value, dict):
            raise _no_edit(type(value).__name__)
        found: Json = {}
        for name, content in value.items():
            if name not in _KINDS or not isinstance(content, dict | list):
                raise _no_edit(str(name))
            listed = isinstance(content, list)
            if listed and not all(isinstance(one, str) for one in content):
                raise _no_edit(name)
            found[name] = frozenset(content) if listed else content
        return cls(**found)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_part(value: Any) -> bool:
    return value in PARTS


_KINDS: Mapping[str, tuple[Callable[[Any], bool], Callable[[Any], bool] | None]] = {
    "relabel": (is_digest, _is_text),
    "drop": (is_digest, None),
    "once": (is_digest, None),
    "move": (is_digest, _is_part),
    "rename": (_is_text, _is_text),
    "merge": (_is_text, _is_text),
    "off": (_is_text, None),
}
"""For each field of an edit: what a key must be, and what its value must be if it has one."""


def _no_edit(field: str) -> SettingInvalid:
    return SettingInvalid(
        "This change of a dataset cannot be read: its part {field} is damaged. Make the change again.",
        field=field[:40],
    )
