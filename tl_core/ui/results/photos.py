"""The photos behind a number, twelve to a page, each with what it is and what it was taken for."""

from collections.abc import Sequence
from pathlib import PurePosixPath

import streamlit as st

from tl_core import images
from tl_core.datasets.catalogue import get_dataset
from tl_core.datasets.dataset import Dataset, LabeledImage
from tl_core.results.predictions import Predictions
from tl_core.runs.snapshots import snapshot
from tl_core.training import Training
from tl_core.ui import lesson
from tl_core.ui.datasets.paging import choose_page
from tl_core.ui.results.corrections import noted, pick_key, show_actions
from tl_core.ui.results.heat import heat_maps, heated
from tl_core.ui.text import escaped, t
from tl_core.wording import percent

PAGE = 12
"""Photos on a page."""
COLUMNS = 4
SIDE = 160
"""Pixels of the longer side of a thumbnail."""
LONGEST_NAME = 24


def show_photos(
    run: Training, part: str, predictions: Predictions, rows: Sequence[int], titles: Sequence[str]
) -> None:
    """Draw a page of photos, and what can be done with those that are selected.

    Args:
        run: whose guesses they are.
        part: which images those are, ``validation`` or ``test``.
        predictions: of the shown part.
        rows: which images, as rows of `predictions`.
        titles: the name of each class as people read it.
    """
    if not rows:
        st.markdown(t("There is no photo here. Choose another cell."))
        return
    dataset = get_dataset(run.settings.dataset)
    found = dataset.by_sha256
    first = (run.id, predictions.images[rows[0]], len(rows))
    places = choose_page("sheet", len(rows), PAGE, of=first)
    shown = [rows[place] for place in places if predictions.images[rows[place]] in found]
    if not shown:
        st.markdown(t("These photos are no longer in the dataset."))
        return
    heat = heat_maps(run, [predictions.images[row] for row in shown])
    with st.grid(COLUMNS, min_column_width=130, gap="small"):
        for row in shown:
            image = found[predictions.images[row]]
            picture = thumbnail(image.sha256, image, dataset)
            if image.sha256 in heat:
                heat_id = f"{run.id} {snapshot(run).ended}"
                picture = heated(heat_id, image.sha256, picture, heat[image.sha256])
            with st.container(gap="xxsmall"):
                _photo(run, image, picture, guess_text(predictions, row, titles))
    with lesson.part("corrections"):
        show_actions(run, part, dataset, [predictions.images[row] for row in shown])


def guess_text(predictions: Predictions, row: int, titles: Sequence[str]) -> str:
    """Return what the photo of a row is and what it was taken for; arguments as for `show_photos`."""
    values = {
        "truth": titles[predictions.labels[row]],
        "guess": titles[predictions.guesses[row]],
        "sure": percent(float(predictions.confidences[row])),
    }
    if predictions.labels[row] == predictions.guesses[row]:
        return t("{truth}, recognised, {sure} sure", **values)
    return t("{truth}, taken for {guess}, {sure} sure", **values)


def _photo(run: Training, image: LabeledImage, picture: bytes, guess: str) -> None:
    """Draw a photo, its name as a box to tick, and its guess."""
    st.image(picture, alt=f"{photo_name(image)}: {guess}", output_format="JPEG")
    with lesson.part("corrections"):
        st.checkbox(escaped(photo_name(image)), key=pick_key(run, image.sha256))
    change = noted(run, image.sha256)
    st.caption(escaped(guess) + (f"  \n**→ {escaped(change)}**" if change else ""))


def photo_name(image: LabeledImage) -> str:
    """Return what the owner calls the file, without folders and ending; of a long name both ends."""
    stem = PurePosixPath(image.shown).stem
    half = LONGEST_NAME // 2
    return stem if len(stem) <= LONGEST_NAME else f"{stem[: half - 1]}…{stem[-half:]}"


@st.cache_resource(show_spinner=False, max_entries=2000)
def thumbnail(sha256: str, _image: LabeledImage, _dataset: Dataset) -> bytes:
    """Return a photo of a dataset as a JPEG file whose longer side is `SIDE`."""
    return images.encode_jpeg(images.load_shrunk(_dataset.read(_image), _image.shown, SIDE))
