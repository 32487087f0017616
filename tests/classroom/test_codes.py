"""Another library reads what is drawn as the text that was meant."""

import re

import numpy as np
import pytest
import zxingcpp

from tl_core.classroom.codes import QUIET, code_for_terminal, code_svg
from tl_core.errors import SettingInvalid

ADDRESSES = [
    "http://192.168.1.20:8501",
    "https://192.168.1.20:8443/train?section=data&class=%EA%B3%A0%EC%96%91%EC%9D%B4&draft="
    + "a" * 40,
    "https://lab.example/convolution?" + "&".join(f"weight{n}=-1.25" for n in range(60)),
]


def modules_of(svg: str) -> np.ndarray:
    """Return the squares of a code, True where it is dark: lines that begin where the last one ended."""
    side = int(re.search(r'viewBox="0 0 (\d+) \1"', svg)[1])  # type: ignore[index]
    (path,) = re.findall(r'stroke="#000" d="([^"]+)"', svg)
    found = np.zeros((side, side), bool)
    x, y = 0, 0.0
    for kind, first, second in re.findall(r"([Mmh])(-?[\d.]+)(?: (-?[\d.]+))?", path):
        if kind == "h":
            found[int(y), x : x + int(first)] = True
            x += int(first)
        else:
            x, y = (
                (int(first), float(second)) if kind == "M" else (x + int(first), y + float(second))
            )
    return found


def read(dark: np.ndarray) -> str:
    pixels = np.where(dark, 0, 255).astype(np.uint8).repeat(4, 0).repeat(4, 1)
    (code,) = zxingcpp.read_barcodes(pixels)
    return code.text


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_svg_holds_the_address_with_white_around_it(address: str) -> None:
    dark = modules_of(code_svg(address))
    assert read(dark) == address
    assert read(dark) != address + "/"
    assert not dark[:QUIET].any() and not dark[:, -QUIET:].any() and dark[QUIET, QUIET]
    assert 'fill="#fff"' in code_svg(address), "black on white in the dark theme too"


def test_a_long_address_gets_a_code_as_long_as_one_holds_it() -> None:
    address = "https://lab.example/train?lesson=" + "a" * 2800  # too much for level M
    assert read(modules_of(code_svg(address))) == address
    with pytest.raises(SettingInvalid, match="too long for a QR code"):
        code_svg(address + "a" * 200)


def test_the_terminal_shows_the_same_in_half_blocks() -> None:
    halves = {" ": (1, 1), "▀": (0, 1), "▄": (1, 0), "█": (0, 0)}
    lines = re.sub(r"\x1b\[[\d;]*m", "", code_for_terminal(ADDRESSES[0])).splitlines()
    rows = [[halves[one][half] for one in line] for line in lines for half in (0, 1)]
    dark = np.asarray(rows, bool)
    assert read(dark) == ADDRESSES[0]
    assert len(lines) < 24, "a usual terminal shows all of it"
