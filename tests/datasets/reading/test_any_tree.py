"""Any tree of class folders is read as it was made, and nothing that is thrown at the reader breaks it."""

import random
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.datasets.reading.listings import accounted
from tests.pace import within
from tl_core.datasets.reading.choices import ROLES, Choices, counts, places
from tl_core.datasets.reading.listing import Listed, Listing, Place
from tl_core.datasets.reading.plans import Plan
from tl_core.datasets.reading.reader import read_layout
from tl_core.errors import DatasetRefused

SECONDS = 5
"""For what takes less than one second on a machine that does nothing else."""
CLASSES = (
    "cat",
    "dog",
    "owl",
    "고양이",
    "강아지",
    "café",
    "hot dog",
    "B12",
    "7",
    "no",
    "yes",
    "Émile",
)
WRAPPERS = ("pets", "my data", "우리 반 사진", "2024", "v2 final", "archive (1)", "images")
PARTS: tuple[dict[str, str], ...] = (
    {},
    {"train": "train", "val": "validation"},
    {"Training": "train", "테스트": "test"},
)
JUNK = ("__MACOSX/._1.jpg", ".DS_Store", "Thumbs.db", "README.md", "notes.docx", "clip.mov")


@st.composite
def trees(draw):
    """Draw files of a tree, and where each belongs."""
    classes = draw(st.lists(st.sampled_from(CLASSES), min_size=2, max_size=6, unique=True))
    wrapper = "".join(f"{one}/" for one in draw(st.lists(st.sampled_from(WRAPPERS), max_size=4)))
    parts = draw(st.sampled_from(PARTS)) or {"": ""}
    form = draw(st.sampled_from(("NFC", "NFD")))
    expected = {}
    for name in classes:
        for folder, part in parts.items():
            for i in range(draw(st.integers(1, 9))):
                path = f"{wrapper}{folder and folder + '/'}{name}/IMG_{i}.jpg"
                expected[unicodedata.normalize(form, path)] = Place(name, part)
    junk = [wrapper + one for one in draw(st.lists(st.sampled_from(JUNK), unique=True))]
    files = draw(st.permutations([*expected, *junk]))
    return listed(files), expected


def listed(names, texts=None):
    rows = enumerate([*names, *(texts or {})])
    return Listing(
        files=tuple(Listed(name=name, size=1000 + place, crc=place) for place, name in rows),
        texts=texts or {},
    )


@settings(max_examples=200, deadline=None)
@given(trees())
def test_any_tree_of_class_folders_is_read_as_it_was_made(tree):
    files, expected = tree
    layout = read_layout(files)
    assert places(layout, Choices()) == expected
    assert all(accounted(layout, one) == len(files.files) for one in layout.plan.readings)
    assert Plan.from_json(layout.plan.to_json()) == layout.plan


@settings(max_examples=100, deadline=None)
@given(trees(), st.data())
def test_counts_and_places_agree_whatever_is_chosen(tree, data):
    layout = read_layout(tree[0])
    reading = data.draw(st.sampled_from(layout.plan.readings))
    roles = [word for one in reading.outers() for word in (one, data.draw(st.sampled_from(ROLES)))]
    off = data.draw(st.lists(st.sampled_from(reading.class_names()), unique=True))
    choices = Choices(reading=reading.key, roles=tuple(roles), off=tuple(off))
    found: dict[str, dict[str, int]] = {}
    for place in places(layout, choices).values():
        side = found.setdefault(place.class_name, {})
        side[place.part] = side.get(place.part, 0) + 1
    assert found == counts(layout.plan, choices)
    assert not set(off) & set(found)


LETTERS = st.text(st.characters(codec="utf-8"), max_size=12)
HOSTILE = st.lists(
    st.one_of(
        st.lists(st.one_of(st.just(".."), st.just(""), LETTERS), max_size=5).map("/".join),
        st.sampled_from(
            ("a/{name}.jpg", "{0}/1.jpg", "{x!r}/{}.png", "a" * 5000 + "/1.jpg", "/", "\\")
        ),
    ),
    max_size=30,
    unique=True,
)


@settings(max_examples=200, deadline=None)
@given(
    HOSTILE, st.dictionaries(st.sampled_from(("a.csv", "b.json", "c.txt")), st.binary(max_size=200))
)
def test_hostile_names_and_tables_end_in_a_plan_or_a_refusal(names, texts):
    names = [f"{name}.jpg" if place % 3 else name for place, name in enumerate(names)]
    files = listed({*names} - {*texts}, texts)
    try:
        layout = read_layout(files)
    except DatasetRefused as refused:
        assert str(refused)
    else:
        assert all(accounted(layout, one) == len(files.files) for one in layout.plan.readings)
        assert all(str(one) for one in (*layout.plan.reading().reasons, *layout.plan.notes))


def many(pattern, count):
    return [pattern.format(i, i % 10, i // 12) for i in range(count)]


ROWS = "".join(f"{i}.jpg,{i % 7},=1+{i}\n" for i in range(300_000)).encode()
TABLES = {
    "deep.json": b"[" * 200_000,
    "deep-objects.json": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "own-keys.json": b"[" + b",".join(b'{"k%d":1}' % i for i in range(100_000)) + b"]",
    "long.csv": b"image,label,sum\n" + ROWS,
    "wide.csv": b",".join(b"c%d" % i for i in range(200_000)) + b"\n1.jpg,a\n" * 3,
    "nul.csv": b"image,label\n\0\0,\0\n1.jpg,a\n2.jpg,\0",
    "utf-16.csv": "image,label\n1.jpg,a\n2.jpg,b\n".encode("utf-16"),
    "half-utf-16.csv": b"\xff\xfei\0m",
    "quotes.csv": b'image,label\n"' + b"x" * 300_000,
    "ragged.csv": b"image,label\n1.jpg\n2.jpg,a,b,c\n,,,,\n" * 1000,
    "numbers.json": b'{"a.jpg": 1' + b"0" * 6000 + b"}",
    "files.labels": b'{"files": [1, null, {"path": [[]]}]}',
    "infinite.jsonl": b'{"file_name": "1.jpg", "label": Infinity}\n' * 10,
}


@pytest.mark.parametrize("name", TABLES)
def test_a_hostile_table_beside_good_photos_changes_nothing(name):
    photos = [f"{one}/{i}.jpg" for one in ("cats", "dogs") for i in range(50)]
    files = listed(photos, {name: TABLES[name]})
    with within(SECONDS):
        layout = read_layout(files)
    assert layout.plan.reading().class_names() == ("cats", "dogs")


SHAPES = {
    "ten classes": many("pets/class {1}/IMG_{0}.jpg", 60_000),
    "flat, labels in names": [f"train/{'cat' if i % 2 else 'dog'}.{i}.jpg" for i in range(60_000)],
    "patients": [f"p{i // 24}/{i // 12 % 2}/{i}.png" for i in range(60_000)],
    "a class for each": many("{0}/1.jpg", 20_000),
    "ten thousand levels": [
        "/".join(["a"] * 10_000) + f"/{one}/{i}.jpg" for one in "xy" for i in range(5)
    ],
    "masks beside each": many("{2}/images/{0}.png", 6000) + many("{2}/masks/{0}.png", 6000),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_large_lists_are_read_in_no_time(shape):
    files = listed(SHAPES[shape])
    with within(SECONDS):
        read_layout(files)


def test_equal_bytes_everywhere_are_no_trap():
    files = tuple(Listed(name=name, size=1, crc=1) for name in many("{2}/{0}.jpg", 30_000))
    shuffled = tuple(random.Random(0).sample(files, len(files)))
    with within(SECONDS):
        layout = read_layout(Listing(files=shuffled))
    assert accounted(layout, layout.plan.reading()) == len(files)
