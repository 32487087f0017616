"""An experiment: a job with its settings at the left, and what it shows at the right, live and afterwards."""

from collections.abc import Callable, Sequence

import streamlit as st

from tl_core import runs
from tl_core.checks import JobConfig
from tl_core.runs import Run
from tl_core.ui import lesson
from tl_core.ui.engine_status import engine
from tl_core.ui.job_panel import start
from tl_core.ui.presses import pressed
from tl_core.ui.state import url_text


def experiment(
    job: type[JobConfig],
    key: str,
    controls: Callable[[], JobConfig],
    show_run: Callable[[Run], None],
    *,
    button: str,
    hint: str,
    columns: Sequence[int] = (1, 2),
) -> None:
    """Draw an experiment.

    Args:
        job: what its settings come to.
        key: of its run in the URL.
        controls: draws the settings and returns them.
        show_run: draws the job and its result.
        button: translated text of the button that begins it.
        hint: translated text where there is no run yet.
        columns: widths of settings and result.
    """
    engine().expect_training()
    url_text(key, check=lambda text: runs.get_run(text, job.KIND))
    settings, result = st.columns(columns, gap="large")
    with settings:
        with lesson.part("experiment"):
            config = controls()
        if pressed(
            button,
            key=f"begin-{key}",
            type="primary",
            icon=":material/play_arrow:",
            width="stretch",
        ):
            run = runs.open_job(config)
            if start(run):
                st.session_state[key] = run.id
    with result:
        if identifier := st.session_state[key]:
            show_run(runs.get_run(identifier, job.KIND))
        else:
            st.info(hint, icon=":material/arrow_back:")
