"""Begin a training for this session: it is its own then, and the page shows it."""

import streamlit as st

from tl_core import run_book
from tl_core.training import Training, TrainingConfig
from tl_core.ui.engine_status import engine
from tl_core.ui.visitor import visitor

RUN_KEY = "run"
"""The shown run, in the URL."""


def train_and_show(config: TrainingConfig) -> Training:
    """Queue a training, show it and count it among one's own; return its run.

    Raises:
        LabError: it is refused; the page goes on showing what it showed.
    """
    run = train(config)
    st.session_state[RUN_KEY] = run.id
    return run


def train(config: TrainingConfig) -> Training:
    """Queue a training and count it among one's own, where the page goes on showing another run.

    Raises:
        LabError: it is refused.
    """
    return run_book.start_training(config, lambda run: engine().submit(run, visitor()))
