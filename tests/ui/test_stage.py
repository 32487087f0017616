"""The Python half of the stage: what is sent to the browser, and what is believed of what it says."""

import base64
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tl_core.browser.joining import joined
from tl_core.convolution.geometry import Geometry
from tl_core.convolution.kernels import get_kernel
from tl_core.convolution.stack import ConvolutionLayer
from tl_core.ui import theme
from tl_core.ui.stage.component import FOLDER, Memory, encode
from tl_core.ui.stage.paint import _read as read_painting
from tl_core.ui.stage.paint import paint_grid
from tl_core.ui.stage.stage import _position as read_position
from tl_core.ui.stage.stage import convolution_stage

ROOMS = FOLDER.parent


def on_stage() -> None:
    import numpy as np
    import streamlit as st

    from tl_core.convolution.geometry import Geometry
    from tl_core.convolution.kernels import get_kernel
    from tl_core.convolution.pooling import MODES
    from tl_core.convolution.stack import ConvolutionLayer, PoolingLayer
    from tl_core.ui.stage.stage import convolution_stage

    image = np.arange(63, dtype=np.uint8).reshape(7, 9)
    kernel = get_kernel("sobel_magnitude")
    geometry = Geometry(kernel=(3, 3), padding="same", fill="reflect")
    layer = ConvolutionLayer(kernel=kernel, geometry=geometry, flip=True)
    pin = st.session_state.get("ask")
    st.session_state["got"] = convolution_stage(image, layer, layer.apply(image), pin=pin)
    for mode in MODES:
        pooling = PoolingLayer(mode=mode, window=(2, 2))
        convolution_stage(layer.apply(image), pooling, pooling.apply(layer.apply(image)), key=mode)


def on_stamps() -> None:
    import numpy as np
    import streamlit as st

    from tl_core.convolution.kernels import get_kernel
    from tl_core.convolution.relatives import TransposedLayer
    from tl_core.ui.stage.stage import convolution_stage

    image = np.arange(30, dtype=np.uint8).reshape(5, 6)
    layer = TransposedLayer(kernel=get_kernel("sobel_x"), stride=(2, 2))
    pin = st.session_state.get("ask")
    st.session_state["got"] = convolution_stage(image, layer, layer.apply(image), pin=pin)


def on_grid() -> None:
    import streamlit as st

    from tl_core.ui.stage.paint import paint_grid

    st.session_state["got"] = paint_grid(2, 3, st.session_state.get("ask"))


def run(app: AppTest, **state: Any) -> Any:
    for name, value in state.items():
        app.session_state[name] = value
    app.run()
    assert not app.exception
    return app.session_state["got"]


def sent(app: AppTest) -> list[dict[str, Any]]:
    """Return the words sent to every component on the page."""
    return [opened(each.proto) for each in app.get("bidi_component")]


def opened(proto: Any) -> dict[str, Any]:
    words: dict[str, Any] = read(proto.bytes)[0] if proto.bytes else json.loads(proto.json)
    return words


def read(message: bytes) -> tuple[dict[str, Any], bytes]:
    """Return the words and the numbers of a message to the browser."""
    end = 4 + int.from_bytes(message[:4], "little")
    return json.loads(message[4:end]), message[end:]


def array_of(message: bytes, name: str) -> Any:
    """Return an array that a message carries."""
    words, numbers = read(message)
    entry = words["arrays"][name]
    count = int(np.prod(entry["shape"]))
    return np.frombuffer(numbers, entry["kind"], count, entry["at"]).reshape(entry["shape"])


# ------------------------------------------------------------------------------------ who spoke last


Turn = tuple[Any, dict[str, Any] | None, Any]


@pytest.mark.parametrize(
    "turns",
    [
        # asked by Python, reported by the browser, agreed
        [(None, None, None), (None, {"turn": 0, "value": "a"}, "a")],
        # A page that hands back what it got does not overrule a newer click.
        [(None, {"turn": 0, "value": "a"}, "a"), ("a", {"turn": 0, "value": "b"}, "b")],
        # A page that never passes a value does not unpin either.
        [(None, {"turn": 0, "value": "a"}, "a"), (None, {"turn": 0, "value": "a"}, "a")],
        # Python overrules, and the browser's older click stays overruled.
        [
            (None, {"turn": 0, "value": "a"}, "a"),
            ("z", {"turn": 0, "value": "a"}, "z"),
            ("z", {"turn": 0, "value": "a"}, "z"),
            ("z", {"turn": 1, "value": "b"}, "b"),
        ],
        # Python takes it away.
        [("z", None, "z"), (None, {"turn": 0, "value": "z"}, None)],
        # The browser takes it away.
        [("z", None, "z"), ("z", {"turn": 0, "value": None}, None)],
    ],
)
def test_whoever_spoke_last_is_right(turns: list[Turn]) -> None:
    kept = Memory(asked=turns[0][0], agreed=turns[0][0])
    for asked, report, agreed in turns:
        assert kept.settle(asked, report, lambda value: value) == agreed


@pytest.mark.parametrize(
    "report",
    [
        {"turn": 0, "value": [1]},
        {"turn": 0, "value": [1, 2, 3]},
        {"turn": 0, "value": [1.5, 2]},
        {"turn": 0, "value": [True, False]},  # bool is an int to Python
        {"turn": 0, "value": ["1", "2"]},
        {"turn": 0, "value": {"row": 1}},
        {"turn": 0, "value": 7},
        {"turn": "0", "value": [1, 2]},
        {"value": [1, 2]},
        {},
    ],
)
def test_a_position_that_the_browser_cannot_mean_is_not_taken(report: dict[str, Any]) -> None:
    kept = Memory(asked=(5, 5), agreed=(5, 5))
    assert kept.settle((5, 5), report, read_position) == (5, 5)
    assert kept.settle((5, 5), {"turn": 0, "value": [1, 2]}, read_position) == (1, 2)


@pytest.mark.parametrize(
    "text",
    [
        None,
        7,
        "",
        "!!!!!!!!",
        base64.b64encode(bytes(5)).decode(),  # one pixel short
        base64.b64encode(bytes(7)).decode(),
        ["AAAA"],
    ],
)
def test_a_painting_of_another_size_is_refused(text: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        read_painting(2, 3, text)
    good = encode(np.arange(6, dtype=np.uint8))
    assert read_painting(2, 3, good) == (2, 3, good)


# --------------------------------------------------------------------------------- what is on the wire


def test_only_what_changed_is_sent_again() -> None:
    kept = Memory()
    image, weights = np.arange(7, dtype=np.uint8), np.ones((2, 2), np.float32)
    first = kept.pack({"key": "é"}, {"image": image, "weights": weights})
    assert read(first)[0]["key"] == "é"
    assert array_of(first, "image").tolist() == image.tolist()
    assert array_of(first, "weights").tolist() == weights.tolist()
    again, numbers = read(kept.pack({}, {"image": image, "weights": weights}))
    assert numbers == b"" and not any("at" in entry for entry in again["arrays"].values())
    changed = kept.pack({}, {"image": image, "weights": weights * 2})
    assert "at" not in read(changed)[0]["arrays"]["image"]
    assert array_of(changed, "weights").tolist() == (weights * 2).tolist()
    assert "at" in read(kept.pack({}, {"image": image, "weights": weights}))[0]["arrays"]["weights"]


def test_numbers_are_sent_row_by_row_whatever_their_layout() -> None:
    turned = np.arange(6, dtype=np.float32).reshape(2, 3)[::-1, ::-1]
    assert array_of(Memory().pack({}, {"turned": turned}), "turned").tolist() == turned.tolist()
    assert np.frombuffer(base64.b64decode(encode(turned)), np.float32).tolist() == [
        5,
        4,
        3,
        2,
        1,
        0,
    ]
    kept = Memory()
    with pytest.raises(ValueError, match="float64"):
        kept.pack({}, {"image": np.zeros(3)})
    assert kept.sent == frozenset(), "what was refused has not been sent"


def test_the_stage_sends_the_numbers_that_are_needed_and_no_others() -> None:
    app = AppTest.from_function(on_stage, default_timeout=60)
    assert run(app) is None
    stage, most, mean = sent(app)
    arrays = stage["arrays"]
    assert set(arrays) == {
        "image",
        "weights",
        "result",
        "resultPixels",
        "rowSource",
        "columnSource",
        "scale",
    }
    assert arrays["weights"]["shape"] == [2, 1, 3, 3]
    message = app.get("bidi_component")[0].proto.bytes
    weights = array_of(message, "weights")
    assert weights[0, 0].tolist() == get_kernel("sobel_x").weights[::-1, ::-1].tolist(), "turned"
    assert array_of(message, "scale").tolist() == theme.SIGNED_TABLE.tolist()
    assert stage["rows"]["padded"] == 9 and stage["columns"]["output"] == 9
    assert (most["mode"], mean["mode"]) == ("max", "average")
    assert "imagePixels" not in most["arrays"], "the browser clips it itself"
    assert most["text"]["kernel"] == "Its window" and stage["text"]["kernel"] == "Kernel"
    assert all(isinstance(words, str) and words for words in stage["text"].values())
    run(app)
    again = app.get("bidi_component")[0].proto.bytes
    assert len(again) < len(message) - 4 * 7 * 9, "the result is not sent twice"


def test_what_the_browser_gets_has_one_way_in_and_every_name_once() -> None:
    """A file that nothing imports would be dead; a name declared twice would stop the whole component."""
    texts = {file: file.read_text("utf-8") for file in ROOMS.rglob("*.js")}
    renamed = [file for file, text in texts.items() if re.search(r"^import .* as ", text, re.M)]
    assert renamed == [], "the joined files know a name by itself only"
    components = [file for file, text in texts.items() if "export default" in text]
    assert len(components) == 13
    needed = set[Path]()
    for component in components:
        code = joined(component)
        assert re.findall(r"^export.*", code, re.MULTILINE) == re.findall("export default.*", code)
        assert not re.search(r"^import ", code, re.MULTILINE), component
        declared = declared_in(code)
        assert len(declared) == len(set(declared)), component
        needed |= {file for file, text in texts.items() if set(declared_in(text)) <= set(declared)}
    assert needed == set(texts)


def declared_in(code: str) -> list[str]:
    return re.findall(
        r"^(?:export )?(?:async )?(?:function|class|const|let) (\w+)", code, re.MULTILINE
    )


def test_imported_files_come_first_and_once_without_what_only_people_read(tmp_path: Path) -> None:
    (tmp_path / "room").mkdir()
    (tmp_path / "last.js").write_text("// Last.\nexport const last = '// 1 /* 2 */'\n")
    (tmp_path / "room" / "middle.js").write_text(
        "/** @import { A } from './types' */\n"
        "import {\n  last,\n} from '../last.js'\n\n"
        "/**\n * Told.\n */\nexport function middle(/** @type {A} */ a) {\n"
        "  // Why.\n  /** @type {A} */\n  return a ?? last // all\n}\n"
    )
    (tmp_path / "first.js").write_text(
        "import { last } from './last.js'\nimport { middle } from './room/middle.js'\n"
        "export default middle(last)\n"
    )
    assert [line for line in joined(tmp_path / "first.js").splitlines() if line] == [
        "const last = '// 1 /* 2 */'",
        "function middle(/** @type {A} */ a) {",
        "  return a ?? last // all",
        "}",
        "export default middle(last)",
    ]


def test_a_transposed_layer_is_sent_turned_around() -> None:
    app = AppTest.from_function(on_stamps, default_timeout=60)
    assert run(app, ask=(99, 1)) == (10, 1)
    rows = sent(app)[0]["rows"]
    assert (rows["size"], rows["output"], rows["stride"], rows["crop"]) == (5, 11, 2, 0)
    assert sent(app)[0]["mode"] == "transpose"
    assert all(words for words in sent(app)[0]["text"].values())


def test_a_pin_from_python_is_kept_inside_the_result() -> None:
    app = AppTest.from_function(on_stage, default_timeout=60)
    assert run(app, ask=(2, 3)) == (2, 3)
    assert sent(app)[0]["pin"] == {"turn": 0, "value": [2, 3]}
    assert run(app, ask=(100, -4)) == (6, 0)
    assert sent(app)[0]["pin"] == {"turn": 1, "value": [6, 0]}
    assert run(app, ask=None) is None


def test_a_result_of_another_size_is_a_mistake() -> None:
    geometry = Geometry(kernel=(3, 3))
    layer = ConvolutionLayer(kernel=get_kernel("sobel_x"), geometry=geometry)
    with pytest.raises(ValueError, match=r"\(3, 4\)"):
        convolution_stage(np.zeros((5, 6)), layer, np.zeros((5, 6), np.float32))


def test_the_grid_starts_black_and_follows_python() -> None:
    app = AppTest.from_function(on_grid, default_timeout=60)
    black = run(app)
    assert black.dtype == np.uint8 and black.tolist() == [[0, 0, 0], [0, 0, 0]]
    picture = np.arange(6, dtype=np.uint8).reshape(2, 3)
    assert run(app, ask=picture).tolist() == picture.tolist()
    assert sent(app)[0]["painting"] == {"turn": 1, "value": encode(picture)}
    assert run(app, ask=app.session_state["got"]).tolist() == picture.tolist()
    assert sent(app)[0]["painting"]["turn"] == 1, "handing it back changes nothing"


@pytest.mark.parametrize(
    ("rows", "columns", "value"),
    [
        (0, 3, None),
        (3, 33, None),
        (2, 3, np.zeros((3, 2), np.uint8)),
        (2, 3, np.zeros((2, 3))),  # a float picture would be cut without a word
    ],
)
def test_a_grid_that_cannot_be_painted_is_a_mistake(rows: int, columns: int, value: Any) -> None:
    with pytest.raises(ValueError):
        paint_grid(rows, columns, value)
