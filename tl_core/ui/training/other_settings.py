"""What the shown run was trained with, where the controls beside it say something else."""

import streamlit as st

from tl_core.datasets.catalogue import get_dataset
from tl_core.errors import LabError
from tl_core.run_book.comparison import differing
from tl_core.training import Training, TrainingConfig
from tl_core.ui.errors import callback
from tl_core.ui.state import take_link
from tl_core.ui.text import escaped, t, tn
from tl_core.ui.training.parameters import setting_text, setting_title, settings_parameters

MOST_NAMED = 4
"""Settings that are named one by one; of more, how many others there are."""


def tell_of_other_settings(run: Training, config: TrainingConfig) -> None:
    """Say in which settings the run is not what would be trained now, and offer to set the controls to it.

    Nothing where they are the same. The dataset's fingerprint counts with the dataset.
    """
    trained = run.settings
    names = [name for name in differing((trained, config)) if name != "fingerprint"]
    if not names and trained.fingerprint == config.fingerprint:
        return
    said, offered = st.columns([3, 1], vertical_alignment="center")
    said.caption(_sentence(trained, config, names))
    offered.button(
        t("Set the controls to this run"),
        icon=":material/undo:",
        type="tertiary",
        key=f"take-{run.id}",
        on_click=callback(take_link),
        args=[_parameters(trained)],
        help=t("Nothing is trained by that."),
    )


def _parameters(trained: TrainingConfig) -> dict[str, str]:
    parameters = settings_parameters(trained)
    try:
        get_dataset(trained.dataset)
    except LabError:  # deleted since: the chosen one stays
        del parameters["dataset"]
    return parameters


def _sentence(trained: TrainingConfig, config: TrainingConfig, names: list[str]) -> str:
    if not names:
        return t(
            "This run was trained on an earlier state of the dataset than the controls have now."
        )
    told = [
        t(
            "{title} {then} (now {now})",
            title=setting_title(name),
            then=setting_text(trained, name),
            now=setting_text(config, name),
        )
        for name in names[:MOST_NAMED]
    ]
    if (rest := len(names) - MOST_NAMED) > 0:
        told.append(tn("and {n} more", "and {n} more", rest))
    return t(
        "The settings have changed since: this is what was trained with {settings}. Train again to see what "
        "they do now.",
        settings=escaped(", ".join(told)),
    )
