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
    part = _part_of(app, control.id)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local_script_runner, "RerunData", partial(RerunData, fragment_id=part))
        app.run()
    assert not app.exception
    return app


def _part_of(app: AppTest, identifier: str) -> str | None:
    known = app._session_state._state._new_widget_state.widget_metadata
    return known[identifier].fragment_id
