"""The photos behind a number, twelve to a page, each with what it is and what it was taken for."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import PurePosixPath

import streamlit as st

from tl_core import images
from tl_core.datasets.catalogue import get_dataset
from tl_core.datasets.dataset import Dataset, LabeledImage
from tl_core.datasets.photo_titles import photo_title
from tl_core.results.predictions import Predictions
from tl_core.runs.snapshots import snapshot
from tl_core.training import Training
from tl_core.ui import lesson
from tl_core.ui.datasets.paging import choose_page
from tl_core.ui.results.corrections import noted, pick_key, show_actions
from tl_core.ui.results.heat import heat_maps, heated
from tl_core.ui.text import escaped, language, t
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
    rows = choose_sheet(run.id, predictions, rows)
    if not rows:
        return
    dataset = get_dataset(run.settings.dataset)
    found = dataset.by_sha256
    shown = [row for row in rows if predictions.images[row] in found]
    if not shown:
        st.markdown(t("These photos are no longer in the dataset."))
        return
    heat = heat_maps(run, [predictions.images[row] for row in shown], titles)
    with sheet_grid():
        for row in shown:
            image = found[predictions.images[row]]
            picture = thumbnail(image.sha256, image, dataset)
            if (found_heat := heat.maps.get(image.sha256)) is not None:
                heat_id = f"{run.id} {snapshot(run).ended} {heat.label}"
                picture = heated(heat_id, image.sha256, picture, found_heat, heat.strength)
            with st.container(gap="xxsmall"):
                _photo(run, image, picture, guess_text(predictions, row, titles))
    with lesson.part("corrections"):
        show_actions(run, part, dataset, [predictions.images[row] for row in shown])


def choose_sheet(of: str, predictions: Predictions, rows: Sequence[int]) -> Sequence[int]:
    """Draw the choice of a page of photos, if there are several; returns the rows on it.

    Args:
        of: what they are from; other rows begin at their first page.
        predictions: the guesses for them.
        rows: which images, as rows of `predictions`.
    """
    if not rows:
        st.markdown(t("There is no photo here. Choose another cell."))
        return ()
    places = choose_page("sheet", len(rows), PAGE, of=(of, predictions.images[rows[0]], len(rows)))
    return [rows[place] for place in places]


def sheet_grid() -> AbstractContextManager[object]:
    """Return the place for a page of photos, each in a container of its own."""
    return st.grid(COLUMNS, min_column_width=130, gap="small")


def guess_text(predictions: Predictions, row: int, titles: Sequence[str]) -> str:
    """Return in words what a photo shows, what it was taken for, and how surely."""
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
    name = image_title(image)
    st.image(picture, alt=f"{name}: {guess}", output_format="JPEG")
    with lesson.part("corrections"):
        st.checkbox(escaped(name), key=pick_key(run, image.sha256))
    change = noted(run, image.sha256)
    st.caption(escaped(guess) + (f"  \n**→ {escaped(change)}**" if change else ""))


def image_title(image: LabeledImage) -> str:
    """Return what people call an image of a dataset: what a photo of the lab shows, else the file's name."""
    return photo_title(image.sha256, language()) or short_name(image.shown)


def short_name(shown: str) -> str:
    """Return what the owner calls a file, without folders and ending; of a long name both ends."""
    stem = PurePosixPath(shown).stem
    half = LONGEST_NAME // 2
    return stem if len(stem) <= LONGEST_NAME else f"{stem[: half - 1]}…{stem[-half:]}"


@st.cache_resource(show_spinner=False, max_entries=2000)
def thumbnail(sha256: str, _image: LabeledImage, _dataset: Dataset) -> bytes:
    """Return a photo of a dataset as a small JPEG file.

    Raises:
        DatasetRefused: the file is missing or was changed.
    """
    return images.encode_jpeg(images.load_shrunk(_dataset.read(_image), _image.shown, SIDE))
