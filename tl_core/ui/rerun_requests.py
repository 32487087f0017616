"""Two gaps in how Streamlit takes the browser's requests to draw a part of a page alone, closed.

**A look takes no choice back.** With each look of a part that polls comes the value of every control, and
one that is not the server's own counts as a change. A look that leaves the browser before it has what a
callback has just chosen tells the value from before: the choice is taken back while the browser shows it
(``findings/streamlit_poll_takes_a_choice_back.sh``). So looks say nothing of controls. Nothing is lost: what
a person changes is sent at once, by itself.

**What was drawn last arrives.** A request that comes in the moment when a run ends begins another one, and
what the first has drawn, still on its way through the server's loop, is thrown away as that of somebody else:
half of a part, or all of it, shows what was before (``findings/streamlit_drops_what_a_fragment_drew.sh``).
So that request waits its turn.
"""

from dataclasses import replace
from functools import cache

from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.scriptrunner import ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests


@cache
def close_gaps() -> None:
    """Have the whole process take requests as described above."""
    _leave_controls_alone()
    _let_the_last_arrive()


def _leave_controls_alone() -> None:
    take = ScriptRequests.request_rerun

    def taken(requests: ScriptRequests, new_data: RerunData) -> bool:
        if new_data.is_auto_rerun:
            new_data = replace(new_data, widget_states=None)  # as of ``st.rerun``
        return take(requests, new_data)

    ScriptRequests.request_rerun = taken  # type: ignore[assignment,method-assign]


def _let_the_last_arrive() -> None:
    begin = AppSession._create_scriptrunner

    def begun(session: AppSession, data: RerunData) -> None:
        if ended := session._scriptrunner:
            session._event_loop.call_soon(go_on, session, ended, data)
        else:
            begin(session, data)

    def go_on(session: AppSession, ended: ScriptRunner, data: RerunData) -> None:
        if session._state is AppSessionState.SHUTDOWN_REQUESTED:
            return
        now = session._scriptrunner
        if now is None or now is ended:
            begin(session, data)
        elif not now.request_rerun(data):  # another request has begun a run that has ended, too
            begun(session, data)

    AppSession._create_scriptrunner = begun  # type: ignore[assignment,method-assign]
