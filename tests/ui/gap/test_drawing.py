"""The drawing of a feature map that becomes a vector is to scale, and its words are only words."""

import xml.etree.ElementTree as ElementTree

import pytest

from tl_core.ui.gap.drawing import HEIGHT, LEAST, LEFT, STRIP_TOP, WIDTH, fold_out

SVG = "{http://www.w3.org/2000/svg}"


def drawn(share: float = 1.0, label: str = "7 × 7 × 512") -> ElementTree.Element:
    return ElementTree.fromstring(
        fold_out(
            channels_label=label,
            vector_label="512",
            weights_label="1,024",
            share=share,
            text_colour="#10131f",
        )
    )


def strip(share: float) -> float:
    rectangles = drawn(share).findall(f"{SVG}rect")
    return next(float(one.attrib["width"]) for one in rectangles if one.get("y") == str(STRIP_TOP))


@pytest.mark.parametrize("share", [1.0, 0.5, 1 / 49])
def test_the_strip_is_as_long_as_its_share(share: float) -> None:
    assert strip(share) == pytest.approx(share * (WIDTH - 2 * LEFT), abs=0.06)


def test_a_strip_that_would_vanish_is_still_seen() -> None:
    assert strip(1e-9) == LEAST


def test_everything_is_inside_the_picture() -> None:
    for one in drawn().findall(f"{SVG}rect"):
        x, y, width, height = (float(one.attrib[name]) for name in ("x", "y", "width", "height"))
        assert 0 <= x <= x + width <= WIDTH and 0 <= y <= y + height <= HEIGHT


def test_words_cannot_become_elements() -> None:
    picture = drawn(label="<script>alert(1)</script>")
    assert not picture.findall(f".//{SVG}script")
    assert picture.findtext(f"{SVG}text") == "<script>alert(1)</script>"
