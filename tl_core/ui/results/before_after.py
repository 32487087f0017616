"""What a correction of the photos did: accuracy before and after, and which photos changed sides."""

from dataclasses import replace

import streamlit as st

from tl_core.errors import LabError, RunNotFound
from tl_core.results.error_analysis import Agreement, agreement
from tl_core.results.metrics import read_metrics
from tl_core.results.predictions import Predictions, read_predictions
from tl_core.training import Training, get_training
from tl_core.ui.errors import callback, shown_in_place
from tl_core.ui.numbers import range_text
from tl_core.ui.results.corrections import BEFORE_KEY
from tl_core.ui.text import t
from tl_core.ui.training.starting import RUN_KEY
from tl_core.wording import percent


def show_before_after(run: Training) -> None:
    """Draw the comparison with the run before the corrections, if this run came from one."""
    before = _run_before(run)
    if before is None:
        return
    with st.container(border=True):
        st.markdown(f"**{t('Before and after the corrections')}**")
        with shown_in_place():
            show_comparison(before, run)
        st.button(
            t("Show the run before"),
            icon=":material/undo:",
            on_click=callback(_go_back),
            args=[before],
        )


def show_comparison(before: Training, run: Training) -> None:
    """Draw how well two runs do whose photos alone differ, and which photos changed sides.

    Raises:
        RunNotFound: one of them kept no results.
    """
    st.table(_table(before, run))
    st.markdown(_sentence(before, run))


def _run_before(run: Training) -> Training | None:
    """Return the run that the URL calls the one before, if only its photos were others."""
    identifier = st.session_state[BEFORE_KEY]
    if not identifier or identifier == run.id:
        return None
    try:
        before = get_training(identifier)
        config, earlier = run.settings, before.settings
    except LabError:  # deleted since, or of another version
        return None
    same = replace(earlier, dataset=config.dataset, fingerprint=config.fingerprint) == config
    return before if same else None


def _table(before: Training, run: Training) -> dict[str, list[str]]:
    found = [read_metrics(one).validation for one in (before, run)]
    return {
        "": [t("Before"), t("After")],
        t("Accuracy"): [percent(one.accuracy) for one in found],
        t("Right"): [f"{one.correct} / {one.n}" for one in found],
        t("95 % interval"): [range_text(one) for one in found],
    }


def _sentence(before: Training, run: Training) -> str:
    try:
        first, second = read_predictions(before), read_predictions(run)
    except RunNotFound:
        return ""
    both = agreement(first, second)
    if not both.n:
        return t("No photo was judged by both runs.")
    values = {
        "n": both.n,
        "better": both.only_second,
        "worse": both.only_first,
        "same": percent(both.same / both.n),
    }
    text = t(
        "Of the {n} validation photos that both runs judged, {better} became right and {worse} became wrong; "
        "both gave the same answer for {same} of them.",
        **values,
    )
    return f"{text} {_caution(first, second, both)}"


def _caution(first: Predictions, second: Predictions, both: Agreement) -> str:
    """Return why the two accuracies may not be compared just like that."""
    only_one = len(first.images) + len(second.images) - 2 * both.n
    if only_one or both.relabelled:
        return t(
            "Be careful: photos with another label now: {relabelled}; judged by one run only: {count}. "
            "Correcting validation photos changes the exam; only those moved to training teach the pupil.",
            relabelled=both.relabelled,
            count=only_one,
        )
    return t(
        "A difference of a few photos may be chance: compare both runs in the run book, which tests it on "
        "the same photos."
    )


def _go_back(before: Training) -> None:
    st.session_state[RUN_KEY] = before.id
    st.session_state["dataset"] = before.settings.dataset
