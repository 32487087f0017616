"""Runs what a browser has the server run after a change: the part of the page that the control is in."""

from functools import partial
from typing import Any

import pytest
from streamlit.runtime.scriptrunner import RerunData
from streamlit.testing.v1 import AppTest, local_script_runner


def redraw(app: AppTest, control: Any) -> AppTest:
    """Run `app` after a change of `control` as a browser does; then it holds what was drawn by that.

    ``AppTest`` alone runs the whole page after every change.
    """
    return redraw_part(app, part_of(app, control.id))


def redraw_part(app: AppTest, part: str | None) -> AppTest:
    """Run a part of `app` alone, by what `part_of` returned, as after a change in it or when it polls."""
    return _run(app, fragment_id=part)


def redraw_parts(app: AppTest, parts: list[str | None]) -> AppTest:
    """Run parts of `app` one after another, as after changes in them while the script was running."""
    return _run(app, fragment_id_queue=parts)


def _run(app: AppTest, **asked: Any) -> AppTest:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local_script_runner, "RerunData", partial(RerunData, **asked))
        app.run()
    assert not app.exception
    return app


def part_of(app: AppTest, name: str) -> str | None:
    """Return the part that a control is in, by the control's key or identifier."""
    known = app._session_state._state._new_widget_state.widget_metadata
    (found,) = [
        one.fragment_id for one in known.values() if one.id == name or one.id.endswith(f"-{name}")
    ]
    return found
