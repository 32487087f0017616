"""How the built-in photos are taken from their package: Qt's resource files, and the READMEs in them."""

import struct
import zlib

import numpy as np
import pytest

from scripts.build_photo_dataset import CLASSES, Credit, file_name, read_credits, small, unpack
from scripts.build_photo_dataset import read_resources as read
from tl_core import images

README = """\
Copyright: Timothee Giet, 2018-2020
License: CC-BY-SA 4.0
Files:
key.svg

Copyright: © Bukk
Source: https://example.org/hammer
License: Public Domain
Files:
germany/audaPalatina.webp
hammer6.webp

Files: cat.webp
Source: https://example.org/cat
License: CC-BY-SA-4.0
Copyright: Anna
Comments: cropping, sharpening
"""


def packed(text, flags):
    data = struct.pack(">I", len(text)) + zlib.compress(text) if flags & 1 else text
    return struct.pack(">I", len(data)) + data


def resources(*files):
    """Return a resource file, version 3, with one folder ``in`` that holds `files`: name, content, flags."""
    head = 24
    names, contents, nodes = b"", b"", []

    def label(text):
        nonlocal names
        at = len(names)
        names += struct.pack(">HI", len(text), 0) + text.encode("utf-16-be")
        return at

    nodes.append(struct.pack(">IHIIQ", 0, 2, 1, 1, 0))
    nodes.append(struct.pack(">IHIIQ", label("in"), 2, len(files), 2, 0))
    for name, content, flags in files:
        nodes.append(struct.pack(">IHIIQ", label(name), flags, 0, len(contents), 0))
        contents += packed(content, flags)
    tree = b"".join(nodes)
    places = (head, head + len(tree), head + len(tree) + len(contents))
    return struct.pack(">4s4I4x", b"qres", 3, *places) + tree + contents + names


def test_a_resource_file_gives_its_files_packed_or_not():
    data = resources(("README", README.encode(), 1), ("ä.webp", b"RIFF", 0), ("empty", b"", 0))
    found = dict(unpack(data))
    assert found == {"/in/README": README.encode(), "/in/ä.webp": b"RIFF", "/in/empty": b""}


def test_a_readme_says_whose_each_photo_is():
    credits = read_credits(README)
    assert set(credits) == {
        "germany/aulaPalatina",
        "hammer6",
        "cat",
    }  # no drawing, and one misspelt
    assert credits["hammer6"].author == "Bukk" and credits["hammer6"].licence == "public domain"
    assert credits["cat"] == Credit(
        author="Anna",
        source="https://example.org/cat",
        licence="CC BY-SA 4.0",
        changes="cropping, sharpening",
    )


def test_a_licence_that_is_not_among_the_free_ones_stops_everything():
    with pytest.raises(KeyError, match="CC-BY-NC"):
        read_credits(README.replace("Public Domain", "CC-BY-NC-2.0"))


def test_another_version_of_the_package_is_refused(tmp_path):
    (tmp_path / "erase.rcc").write_bytes(resources(("README", b"", 0)))
    with pytest.raises(SystemExit, match="another version"):
        read(tmp_path, "erase")


@pytest.mark.parametrize(
    ("shape", "wide", "kept"),
    [
        ((1080, 1920), True, (240, 320)),  # its sides are cut off
        ((1080, 1920), False, (180, 320)),
        ((768, 1024), True, (240, 320)),
        ((1024, 768), True, (320, 240)),
    ],
)
def test_a_large_photo_is_shrunk_and_a_wide_one_loses_its_sides(shape, wide, kept):
    pixels = np.zeros((*shape, 3), np.uint8)
    pixels[:, shape[1] // 2 :] = 255
    made = images.load_shrunk(small(images.encode_png(pixels), "a.png", wide), "a.webp", 1000)
    assert made.shape[:2] == kept
    assert abs(made.mean() - 127) < 3  # the middle is still in the middle


def test_a_photo_that_is_small_enough_is_taken_as_it_is():
    data = images.encode_png(np.zeros((200, 320, 3), np.uint8))
    assert small(data, "a.png", False) is data


def test_file_names_are_plain_and_do_not_meet():
    assert file_name("egypt/greatPyramidOfGiza", {}) == "great_pyramid_of_giza.webp"
    assert file_name("giraffe", {"giraffe.webp": b""}) == "giraffe_2.webp"


def test_no_photo_is_taken_twice():
    taken = [
        source.path(name)
        for group in CLASSES.values()
        for source in group
        for name in source.names.split()
    ]
    assert len(set(taken)) == len(taken) == 165
