"""What a part that looks again by itself says of the controls is left out: nobody has touched them.

With each look Streamlit sends the value of every control, and takes one that is not its own for a change.
A look that leaves the browser before what a callback has just chosen is there tells the value from before:
the choice is taken back while the browser shows it (``findings/streamlit_poll_takes_a_choice_back.sh``).
Nothing is lost: what a person changes is sent at once, by itself.
"""

from dataclasses import replace
from functools import cache

from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests


@cache
def leave_controls_alone() -> None:
    """Have looks of parts that poll leave all controls as they are, in the whole process."""
    take = ScriptRequests.request_rerun

    def taken(requests: ScriptRequests, new_data: RerunData) -> bool:
        if new_data.is_auto_rerun:
            new_data = replace(new_data, widget_states=None)  # as of ``st.rerun``
        return take(requests, new_data)

    ScriptRequests.request_rerun = taken  # type: ignore[assignment,method-assign]
