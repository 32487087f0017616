"""A map of a run's photos: those that the backbone finds alike lie near each other."""

import html
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from tl_core.datasets.catalogue import get_dataset
from tl_core.engine.questions import PHOTO_MAP
from tl_core.errors import RunNotFound
from tl_core.results.photo_map import EXTRA, METHODS, PhotoMap, has_tsne, neighbours
from tl_core.results.predictions import Predictions, list_parts, read_predictions
from tl_core.training import Training
from tl_core.training.forecast import reads_features
from tl_core.ui.asking import ask_of_run, may_ask
from tl_core.ui.charts import ABOVE, Properties, clicked, show_chart
from tl_core.ui.errors import callback
from tl_core.ui.results.photos import guess_text, image_title, thumbnail
from tl_core.ui.state import url_choice, url_number, url_text
from tl_core.ui.text import escaped, t, tn
from tl_core.ui.theme import class_colour, text_colour
from tl_core.wording import percent

KEY, CHART = "at", "photo_map"
TITLES = {"pca": "PCA", "tsne": "t-SNE"}
HEIGHT = 420
SIZES = {"train": 6, "validation": 10, "test": 10}
"""Pixels; a mistaken photo is larger still, and another shape."""
MISSED_SIZE = 13
FAINT = 0.45
Guesses = Mapping[str, tuple[Predictions, int]]
"""SHA-256 -> what a part of the run says of that photo, and in which row."""


def show_photo_map(run: Training, titles: Sequence[str]) -> None:
    """Draw the map, and the photo that was clicked.

    Args:
        run: a run with results.
        titles: the name of each class as people read it.
    """
    if not reads_features(run.settings):
        st.markdown(
            t(
                "This run learned from the pixels on, so nothing of its photos is kept that could be drawn. "
                "Train a head, or let fewer blocks learn, to get a map."
            )
        )
        return
    method, seed = _settings()
    if not may_ask():
        return
    with st.spinner(t("Drawing the map …")):
        found = ask_of_run(PHOTO_MAP, run, method=method, seed=seed)
    guesses = _guesses(run)
    guessed = np.array([_guess(guesses, image) for image in found.images], np.int64)
    _draw(run, found, guessed, titles, method)
    st.caption(_meaning(run, found, method, seed))
    _show_photo(run, found, guesses, guessed, titles)


def _settings() -> tuple[str, int]:
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    methods = METHODS if has_tsne() else METHODS[:1]
    method = left.segmented_control(
        t("Two directions by"),
        **url_choice("map_by", methods, default="pca"),
        format_func=TITLES.__getitem__,
        required=True,
        help=t(
            "PCA looks along the two straight directions in which the photos differ most: what lies far "
            "apart there is far apart; what lies together need not be alike. t-SNE keeps neighbours "
            "together and nothing else: how far groups are from each other says nothing. It needs pip "
            "install {package}.",
            package=EXTRA,
        ),
    )
    seed = right.number_input(
        t("Seed of the map"),
        **url_number("map_seed", 0, 9999, default=0),
        help=t("Of the training photos that are drawn where there are many, and of t-SNE."),
    )
    return str(method), int(seed)


def _guesses(run: Training) -> Guesses:
    found: dict[str, tuple[Predictions, int]] = {}
    with suppress(RunNotFound):  # it kept no guesses: there is a map all the same
        for part in list_parts(run):
            said = read_predictions(run, part)
            found |= {image: (said, row) for row, image in enumerate(said.images)}
    return found


def _guess(guesses: Guesses, image: str) -> int:
    """Return what a photo was taken for, or -1 where nobody asked."""
    if image not in guesses:
        return -1
    said, row = guesses[image]
    return int(said.guesses[row])


def _draw(
    run: Training,
    found: PhotoMap,
    guessed: NDArray[np.int64],
    titles: Sequence[str],
    method: str,
) -> None:
    names = _names(run.settings.dataset, found.images)
    missed = (guessed >= 0) & (guessed != found.labels)
    held = np.array([part != "train" for part in found.parts])
    groups = (
        (~held, {"size": SIZES["train"], "opacity": FAINT}),
        (held & ~missed, {"size": SIZES["validation"], "line": _outline(1)}),
        (missed, {"size": MISSED_SIZE, "symbol": "x", "line": _outline(1)}),
    )
    traces: list[Properties] = []
    for label, title in enumerate(titles):
        for rows, look in groups:
            here = np.flatnonzero(rows & (found.labels == label))
            if len(here):
                first = not any(one.get("legendgroup") == str(label) for one in traces)
                traces.append(
                    {
                        "x": found.points[here, 0].round(3).tolist(),
                        "y": found.points[here, 1].round(3).tolist(),
                        "mode": "markers",
                        "name": title,
                        "legendgroup": str(label),
                        "showlegend": first,
                        "marker": {"color": class_colour(label), "symbol": "circle"} | look,
                        "customdata": [found.images[row][:16] for row in here],
                        "text": [
                            html.escape(names.get(found.images[row], ""), quote=False)
                            for row in here
                        ],
                        "hovertemplate": "%{text}",
                    }
                )
    axis = {"showticklabels": False, "zeroline": False, "ticks": ""}
    ends = ("PC 1", "PC 2") if method == "pca" else ("t-SNE 1", "t-SNE 2")
    layout = {
        "height": HEIGHT,
        "legend": ABOVE,
        "xaxis": axis | {"title": ends[0]},
        "yaxis": axis | {"title": ends[1], "scaleanchor": "x"},
    }
    alt = _description(found, guessed, titles, TITLES[method])
    show_chart(traces, layout, alt=alt, key=CHART, on_click=callback(_take))


def _outline(width: int) -> Properties:
    return {"color": text_colour(), "width": width}


def _names(dataset: str, images: Sequence[str]) -> Mapping[str, str]:
    known = get_dataset(dataset).by_sha256
    return {sha256: image_title(known[sha256]) for sha256 in images if sha256 in known}


def _description(
    found: PhotoMap, guessed: NDArray[np.int64], titles: Sequence[str], method: str
) -> str:
    asked, wrong = (
        int((guessed >= 0).sum()),
        int(((guessed >= 0) & (guessed != found.labels)).sum()),
    )
    text = t(
        "Map of {n} photos by {method}: {counts}. {wrong} of {asked} held-out photos were mistaken.",
        n=len(found.images),
        method=method,
        counts=", ".join(
            f"{title} {int((found.labels == label).sum())}" for label, title in enumerate(titles)
        ),
        wrong=wrong,
        asked=asked,
    )
    lying = neighbours(found.points, found.labels, guessed)
    if lying is None or method != TITLES["pca"]:  # t-SNE says nothing of distances between groups
        return text
    one, other = (titles[label] for label in lying.nearest)
    return f"{text} " + t(
        "For how wide they spread, {one} and {other} lie nearest to each other. {towards} of the mistaken "
        "photos lie nearer to the middle of what they were taken for than to that of their own class.",
        one=one,
        other=other,
        towards=lying.towards,
    )


def _meaning(run: Training, found: PhotoMap, method: str, seed: int) -> str:
    parts = [
        t(
            "A colour for each class; large: held out, small: learned from; a cross: mistaken. Look for "
            "crosses among another colour, and click one to see its photo."
        )
    ]
    if method == "pca":
        parts.append(
            t("The two directions hold {share} of all differences.", share=percent(found.share))
        )
    if found.left_out:
        parts.append(
            t(
                "Of the training photos {left} are left out, so that fewer points hide each other (seed "
                "{seed}).",
                left=f"{found.left_out:,}",
                seed=seed,
            )
        )
    if run.settings.unfrozen:
        parts.append(
            t("It shows what the frozen backbone saw, before the blocks of this run learned.")
        )
    return " ".join(parts)


def _take() -> None:
    if chosen := clicked(CHART):
        st.session_state[KEY] = chosen


def _show_photo(
    run: Training,
    found: PhotoMap,
    guesses: Guesses,
    guessed: NDArray[np.int64],
    titles: Sequence[str],
) -> None:
    """Draw the clicked photo, and for keys a list of the mistaken ones."""
    known = {image[:16]: row for row, image in enumerate(found.images)}
    url_text(KEY)
    chosen = known.get(st.session_state[KEY])
    names = _names(run.settings.dataset, found.images)
    missed = [row for row, guess in enumerate(guessed) if guess not in (-1, found.labels[row])]
    if missed:
        _list(found, missed, names)
    if chosen is None:
        return
    sha256 = found.images[chosen]
    dataset = get_dataset(run.settings.dataset)
    if sha256 not in dataset.by_sha256:
        return
    truth = titles[found.labels[chosen]]
    if sha256 in guesses:
        said = guess_text(*guesses[sha256], titles)
    else:
        said = t("{truth}, one of the training photos", truth=truth)
    with st.container(horizontal=True, vertical_alignment="center", key="map_photo"):
        name = names[sha256]
        picture = thumbnail(sha256, dataset.by_sha256[sha256], dataset)
        st.image(picture, alt=f"{name}: {said}", output_format="JPEG")
        st.markdown(f"**{escaped(name)}**  \n{escaped(said)}")


def _list(found: PhotoMap, missed: Sequence[int], names: Mapping[str, str]) -> None:
    options = [found.images[row][:16] for row in missed]
    titles = {found.images[row][:16]: names.get(found.images[row], "?") for row in missed}
    current: Any = st.session_state[KEY]  # a click on another point holds here too
    st.session_state["map_missed"] = current if current in options else None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            tn("{n} mistaken photo", "{n} mistaken photos", len(missed)),
            options,
            format_func=lambda option: titles.get(option, option),
            key="map_missed",
            placeholder=t("Choose one to see it"),
            on_change=callback(_take_listed),
        )


def _take_listed() -> None:
    if chosen := st.session_state.get("map_missed"):
        st.session_state[KEY] = chosen
