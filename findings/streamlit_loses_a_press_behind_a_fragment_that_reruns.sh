#!/usr/bin/env bash
# ``if st.button(...)`` in a fragment misses a press if another fragment, in the line before it, calls st.rerun().
#
# Seen with streamlit 1.67.0. Whoever presses a button while the script is busy is not lost: the press waits,
# and several fragments that wait are run one after another. But if the first of them has the whole page drawn
# (one that polls and has seen something new does), the others are dropped, the page is drawn without the press,
# and nothing says so: the button has been pressed and nothing has happened. Its ``on_click`` has been called,
# though: callbacks come before the first fragment. So a press that must not get lost is noted in a callback.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv environment
environment/bin/pip install -q streamlit==1.67.0
cat > seen.py <<'PYTHON'
from functools import partial
from importlib.metadata import version

from streamlit.runtime.scriptrunner import RerunData
from streamlit.testing.v1 import AppTest, local_script_runner


def page():
    import streamlit as st

    st.session_state.setdefault("said", [])

    @st.fragment
    def polls():
        st.button("look", key="look")
        if st.session_state.pop("news", False):
            st.rerun()

    @st.fragment
    def acts():
        noted = lambda: st.session_state.said.append("callback")
        if st.button("press", key="press", on_click=noted):
            st.session_state.said.append("script")

    polls()
    acts()


def pressed(news):
    """Return who was told of a press that waited behind the fragment that polls."""
    app = AppTest.from_function(page).run()
    known = app._session_state._state._new_widget_state.widget_metadata.values()
    parts = [one.fragment_id for key in ("look", "press") for one in known if one.id.endswith(key)]
    app.session_state["news"] = news
    app.button(key="press").click()
    # What a browser's two requests become while a script is running.
    local_script_runner.RerunData = partial(RerunData, fragment_id_queue=parts)
    app.run()
    local_script_runner.RerunData = RerunData
    app.run()
    return app.session_state["said"]


quiet, news = pressed(False), pressed(True)
print(f"streamlit {version('streamlit')}")
print(f"told of the press, the first fragment has drawn itself alone: {quiet}")
print(f"told of the press, it has had the whole page drawn:           {news}")
assert quiet == ["callback", "script"] and news == ["callback"], "this has changed"
PYTHON
environment/bin/python seen.py 2>/dev/null
