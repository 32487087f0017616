"""Everything that is known of a finished run, below its headline: what it confuses, where, and how surely."""

from collections.abc import Sequence

import streamlit as st

from tl_core.errors import LabError
from tl_core.results.curve_reading import read_curves
from tl_core.results.curve_rules import CurveKind
from tl_core.results.error_analysis import class_scores, top_losses
from tl_core.results.metrics import read_metrics, read_model
from tl_core.results.predictions import Predictions, list_parts, read_predictions
from tl_core.runs.snapshots import snapshot
from tl_core.training import Training
from tl_core.ui import lesson, projector
from tl_core.ui.errors import show_error
from tl_core.ui.results.before_after import show_before_after
from tl_core.ui.results.calibration import show_calibration
from tl_core.ui.results.confusion import choose_cell
from tl_core.ui.results.photo_map import show_photo_map
from tl_core.ui.results.photos import show_photos
from tl_core.ui.run_titles import class_title
from tl_core.ui.state import url_choice
from tl_core.ui.text import escaped, say, t, t_marked
from tl_core.wording import N_, percent

LOOKS = {
    "confusion": N_("What it confuses"),
    "classes": N_("Each class"),
    "hardest": N_("Hardest photos"),
    "map": N_("Map of the photos"),
    "calibration": N_("Can its confidence be believed?"),
}
PART_TITLES = {"validation": N_("Validation"), "test": N_("Test")}
FINE = (CurveKind.GOOD_FIT,)
NONE = "–"


def show_story(run: Training) -> None:
    """Draw what the curves of a finished run say, and what it was before its photos were corrected."""
    show_reading(run)
    if not projector.is_on():  # there it is above the headline, in the first screen
        show_before_after(run)


def show_looks(run: Training) -> None:
    """Draw one of five looks at the guesses of a finished run."""
    with lesson.part("look"):
        look = st.segmented_control(
            t("Look at"),
            **url_choice("look", list(LOOKS), default="confusion"),
            format_func=lambda name: t_marked(LOOKS[name]),
            required=True,
            label_visibility="collapsed",
        )
    try:
        if look == "map":
            names = read_model(run).class_names
            show_photo_map(run, [class_title(run.settings.dataset, name) for name in names])
            return
        part = _choose_part(run)
        predictions = read_predictions(run, part)
    except LabError as refusal:
        show_error(refusal)
        return
    titles = [class_title(run.settings.dataset, name) for name in predictions.class_names]
    if look == "confusion":
        show_photos(run, part, predictions, choose_cell(predictions, titles), titles)
    elif look == "classes":
        show_classes(predictions, titles)
    elif look == "hardest":
        _show_hardest(run, part, predictions, titles)
    else:
        show_calibration(predictions)


def show_reading(run: Training) -> None:
    """Draw what the curves of a run say, with the epochs and numbers behind it.

    Nothing for a run that was broken on purpose, which the page explains, and for one that was stopped: the
    usual advice for such curves would mislead.
    """
    metrics = read_metrics(run)
    if run.settings.mistakes or metrics.stopped:
        return
    found = metrics.validation
    reading = read_curves(
        snapshot(run).epochs,
        n=found.n,
        classes=len(found.confusion),
        best_epoch=metrics.best_epoch if run.settings.keep_best else None,
    )
    if reading is None:
        return
    text = " ".join(map(say, reading.sentences))
    if reading.kind in FINE:
        st.success(text, icon=":material/check_circle:")
    else:
        st.info(text, icon=":material/monitoring:")


def _choose_part(run: Training) -> str:
    """Draw the choice between validation and test images, where there are both."""
    parts = list_parts(run)
    options = url_choice("part", parts, default=parts[0])
    if len(parts) == 1:
        return parts[0]
    return str(
        st.segmented_control(
            t("Images"),
            **options,
            format_func=lambda part: t_marked(PART_TITLES[part]),
            required=True,
            help=t(
                "The settings may be tuned on the validation images. Each training looks at the test images "
                "once, at its end: their number is an honest one as long as nothing is chosen by it."
            ),
        )
    )


def show_classes(predictions: Predictions, titles: Sequence[str]) -> None:
    """Draw precision, recall and F1 of every class as a table."""
    found = class_scores(predictions)
    st.table(
        {
            t("Class"): [escaped(title) for title in titles],
            t("Precision"): [_share(one.precision) for one in found],
            t("Recall"): [_share(one.recall) for one in found],
            t("95 % interval of the recall"): [
                " – ".join(map(percent, one.recall_interval)) if one.recall_interval else NONE
                for one in found
            ],
            t("F1"): [_share(one.f1) for one in found],
            t("Images"): [str(one.n) for one in found],
        }
    )
    st.caption(
        t(
            "Recall: of the photos of this class, how many were found. Precision: of the photos that were "
            "taken for this class, how many really are. F1 is high only where both are. Look for a class "
            "whose two numbers differ much: low recall means that it is overlooked, low precision that "
            "others are taken for it."
        )
    )


def _share(share: float | None) -> str:
    return NONE if share is None else percent(share)


def _show_hardest(
    run: Training, part: str, predictions: Predictions, titles: Sequence[str]
) -> None:
    st.markdown(
        t(
            "The {n} photos, largest loss first: at the top the right class got the lowest score. Ask of "
            "each: is the label right, is the photo clear, or has the network something to learn?",
            n=len(predictions.images),
        )
    )
    show_photos(run, part, predictions, top_losses(predictions), titles)
