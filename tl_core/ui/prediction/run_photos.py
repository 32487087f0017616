"""The validation photos of a network: one until somebody chooses, and all of them, the mistakes first."""

from contextlib import suppress
from functools import partial

import numpy as np
import streamlit as st

from tl_core.datasets.catalogue import get_dataset
from tl_core.datasets.dataset import Dataset, LabeledImage
from tl_core.errors import LabError
from tl_core.results.predictions import Predictions, read_predictions
from tl_core.runs.snapshots import snapshot
from tl_core.training import Training
from tl_core.ui.datasets.paging import choose_page
from tl_core.ui.errors import callback, shown_in_place
from tl_core.ui.photo import Photo, follow_file, lab_photo
from tl_core.ui.photo.picking import close_picker
from tl_core.ui.prediction import guessing
from tl_core.ui.results.photos import PAGE, guess_text, image_title, thumbnail
from tl_core.ui.run_titles import class_title
from tl_core.ui.state import url_flag
from tl_core.ui.text import escaped, language, t


def usual(run: Training) -> Photo | None:
    """Return the photo that the network is shown until somebody chooses.

    It is the first that it was judged by and got right; None where there is none, or its dataset is gone.
    """
    with suppress(LabError, OSError):
        dataset = get_dataset(run.settings.dataset)
        return _first_right(run.id, snapshot(run).ended, language(), run, dataset)
    return None


@st.cache_resource(show_spinner=False, max_entries=100)
def _first_right(
    run_id: str, ended: float | None, code: str, _run: Training, _dataset: Dataset
) -> Photo | None:
    predictions = read_predictions(_run)
    for row in np.flatnonzero(predictions.guesses == predictions.labels):
        if image := _dataset.by_sha256.get(predictions.images[row]):
            return lab_photo(_dataset.read(image), image_title(image))
    return None


def show(run: Training) -> None:
    """Draw a page of the photos that the network was judged by; a press on one chooses it."""
    with shown_in_place():
        predictions, dataset = read_predictions(run), get_dataset(run.settings.dataset)
        titles = [class_title(run.settings.dataset, name) for name in predictions.class_names]
        mistakes = st.toggle(t("Mistakes first"), **url_flag("mistakes_first", default=True))
        found = dataset.by_sha256
        rows = [row for row in in_order(predictions, mistakes) if predictions.images[row] in found]
        if not rows:
            st.markdown(t("These photos are no longer in the dataset."))
            return
        places = choose_page("run_photos", len(rows), PAGE, of=(run.id, mistakes))
        with st.grid(3, min_column_width=110, gap="small"):
            for row in (rows[place] for place in places):
                image = found[predictions.images[row]]
                with st.container(gap="xxsmall"):
                    _choice(dataset, image, guess_text(predictions, row, titles))


def in_order(predictions: Predictions, mistakes_first: bool) -> list[int]:
    """Return all rows: by class, or the mistakes first and of these the surest."""
    right = predictions.guesses == predictions.labels
    if mistakes_first:
        order = np.lexsort((-predictions.confidences, right))
    else:
        order = np.argsort(predictions.labels, kind="stable")
    return [int(row) for row in order]


def _choice(dataset: Dataset, image: LabeledImage, guess: str) -> None:
    name = image_title(image)
    secret = guessing.is_on()
    alt = name if secret else f"{name}: {guess}"
    st.image(thumbnail(image.sha256, image, dataset), alt=alt, output_format="JPEG")
    st.button(
        escaped(name),
        key=f"run-photo-{image.sha256[:16]}",
        on_click=callback(partial(_take, dataset, image)),
        width="stretch",
    )
    if not secret:
        st.caption(escaped(guess))


def _take(dataset: Dataset, image: LabeledImage) -> None:
    name = image_title(image)
    close_picker()
    follow_file(dataset.read(image), name, title=name)
