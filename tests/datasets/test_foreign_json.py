"""How much memory JSON from somebody else takes is known before it is parsed, and is never much."""

import json
import tracemalloc

import pytest

from tl_core.datasets.bringing import foreign_json
from tl_core.datasets.bringing.entries import Entry
from tl_core.datasets.bringing.foreign_json import MOST_MEMORY, memory_of, parsed

COUNT = 40_000
SHAPES = {
    "lists": b"[" + b"[]," * COUNT + b"0]",
    "objects": b"[" + b"{}," * COUNT + b"0]",
    "objects of one": b"[" + b'{"a":0},' * COUNT + b"0]",
    "objects of many": b"[" + b'{"a":0,"b":0,"c":0,"d":0,"e":0,"f":0},' * COUNT + b"0]",
    "names": b"{" + b",".join(b'"%d":0' % number for number in range(COUNT)) + b"}",
    "names in objects": b"[" + b",".join(b'{"%d":{}}' % one for one in range(COUNT)) + b"]",
    "texts": b"[" + b",".join(b'"%d"' % number for number in range(COUNT)) + b"]",
    "numbers": b"[" + b",".join(b"0.%d" % number for number in range(COUNT)) + b"]",
    "one wide letter, written": ('["' + "a" * COUNT * 10 + '\U0001f600"]').encode(),
    "one wide letter, escaped": b'["' + b"a" * COUNT * 10 + b'\\ud83d\\ude00"]',
    "photos": ("[" + '{"name": "가나다 [1], {2}.jpg", "label": 1},' * COUNT + "0]").encode(),
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_memory_is_never_more_than_was_said(shape):
    data = SHAPES[shape]
    tracemalloc.start()
    try:
        kept = json.loads(data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert kept and peak <= memory_of(data) < 12 * peak + 5000


def entry(data, size=None):
    return Entry(name="x.json", size=size or len(data), read=lambda: data)


def test_what_would_take_too_much_is_refused_before_it_is_parsed(monkeypatch):
    lists = b"[" + b"[]," * 6_000_000 + b"0]"  # 18 MB that become 400 MB
    monkeypatch.setattr(json, "loads", lambda data: pytest.fail("it was parsed"))
    with pytest.raises(ValueError, match="bytes of memory"):
        parsed(entry(lists), 10**9)
    with pytest.raises(ValueError, match="bytes"):
        parsed(entry(b"{}", size=11), 10)
    with pytest.raises(ValueError):
        parsed(entry(b"\xff"), 10)


def test_the_guesses_of_the_largest_dataset_are_read():
    row = b"[" + b"0.0123456789012345678," * 99 + b"0.5],"
    photos = 20_000
    assert MOST_MEMORY / 2 < memory_of(row * 100) * photos / 100 < MOST_MEMORY
    assert parsed(entry(b"[" + row * 10 + b"0]"), 10**6)[0][99] == 0.5


def test_memory_is_held_while_it_is_parsed_and_given_back(monkeypatch):
    asked: list[object] = []
    monkeypatch.setattr(foreign_json.ROOM, "taken", Taken(asked))
    assert parsed(entry(b"[1]"), 10) == [1]
    assert asked == [3 * foreign_json.MOST_GROWTH, "back"]
    with pytest.raises(RecursionError):
        parsed(entry(b"[" * 10**5), 10**6)
    assert asked[-1] == "back"


class Taken:
    """Notes what was asked for, and that it was given back."""

    def __init__(self, asked):
        self.asked = asked

    def __call__(self, size):
        self.asked.append(size)
        return self

    def __enter__(self):
        return None

    def __exit__(self, *error):
        self.asked.append("back")
