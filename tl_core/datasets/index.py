"""The index of a dataset, ``dataset.json``: the one file that says which images belong to it.

It is written last, so a folder without one is not a dataset. It may have been damaged or made by somebody
else: everything in it is checked when it is read.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tl_core import files
from tl_core.checks import Json
from tl_core.datasets.dataset import Dataset, LabeledImage, Skipped
from tl_core.errors import DatasetRefused
from tl_core.wording import Sentence

INDEX = "dataset.json"
VERSION = 1
NO_INDEX = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What reading something else as an index raises."""


def write_index(dataset: Dataset) -> None:
    """Write `dataset` to the ``dataset.json`` in its folder."""
    with files.new_file(dataset.folder / INDEX) as temporary, temporary.open("wb") as file:
        file.writelines(index_pieces(dataset))


def index_pieces(dataset: Dataset, **besides: str) -> Iterator[bytes]:
    """Yield the index of a dataset in pieces.

    Args:
        dataset: what it is about.
        **besides: what stands in front of it, for readers that look for it there.
    """
    content: Json = {
        **besides,
        "version": VERSION,
        "title": dataset.title,
        "notice": dataset.notice,
        "class_names": dataset.class_names,
        "images": (image.to_json() for image in dataset.images),
        "skipped": (skipped.to_json() for skipped in dataset.skipped),
    }
    if dataset.account:
        content["account"] = [sentence.to_json() for sentence in dataset.account]
    if dataset.origin:
        content["origin"] = dataset.origin
        content["root"] = dataset.root
        content["change"] = [sentence.to_json() for sentence in dataset.change]
    return (piece.encode() for piece in _pieces(content))


def _pieces(content: Json) -> Iterator[str]:
    """Yield a JSON object in pieces, with each row of its iterators in a line, and never all at once."""
    before = "{"
    for key, value in content.items():
        yield f"{before}\n {_json(key)}: "
        before = ","
        if isinstance(value, Iterator):
            rows = (f"{',' if number else ''}\n  {_json(row)}" for number, row in enumerate(value))
            yield "["
            yield from rows
            yield "\n ]"
        else:
            yield _json(value)
    yield "\n}\n"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def read_index(folder: Path) -> Dataset:
    """Return the dataset in `folder`.

    Raises:
        DatasetRefused: the index is missing, damaged, or of another version.
    """
    try:
        return parse_index(files.read_json(folder / INDEX), folder)
    except (OSError, *NO_INDEX) as error:
        raise DatasetRefused(
            "The dataset {id} cannot be read: its index is missing or damaged. "
            "Delete it and import it again.",
            id=folder.name,
        ) from error


def parse_index(content: Any, folder: Path) -> Dataset:
    """Return the dataset that the JSON of an index describes; `NO_INDEX` is raised if it does not."""
    if content["version"] != VERSION:
        raise ValueError(f"version {VERSION} expected, received {content['version']!r}")
    return Dataset(
        id=folder.name,
        title=_text(content["title"]),
        notice=_text(content["notice"]),
        class_names=tuple(_text(name) for name in _list(content["class_names"])),
        images=tuple(LabeledImage(**row) for row in _list(content["images"])),
        skipped=tuple(_skipped(row) for row in _list(content["skipped"])),
        folder=folder,
        origin=_text(content.get("origin", "")),
        root=_text(content.get("root", "")),
        change=tuple(Sentence.from_json(row) for row in _list(content.get("change", []))),
        account=tuple(Sentence.from_json(row) for row in _list(content.get("account", []))),
    )


def _skipped(row: Any) -> Skipped:
    reason = Sentence.from_json({"template": row["reason_template"], "values": row["values"]})
    return Skipped(name=_text(row["name"]), sentence=reason)


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"list expected, received {value!r}")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"text expected, received {value!r}")
    return value
