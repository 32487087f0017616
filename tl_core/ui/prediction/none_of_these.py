"""None of these: how near the photo is to what the network was trained on, whatever its bars say."""

import streamlit as st

from tl_core.datasets.catalogue import get_dataset
from tl_core.datasets.dataset import Dataset
from tl_core.engine.questions import NEARNESS
from tl_core.prediction.nearness import Nearness, NearPhoto
from tl_core.results.metrics import read_model
from tl_core.ui.asking import ask_of_run
from tl_core.ui.prediction.shown import Shown
from tl_core.ui.results.photos import thumbnail
from tl_core.ui.text import escaped, t, tn
from tl_core.wording import percent

NARROWEST = 100
"""Pixels of a column, below which five stand in more than one row."""


def show(shown: Shown) -> None:
    """Draw the verdict, the nearest training photos, and how both are found."""
    with st.spinner(t("Comparing with the training photos …")):
        found = ask_of_run(NEARNESS, shown.run, pixels=shown.pixels, source=shown.photo.source)
    _verdict(found)
    _photos(shown, found)
    st.caption(
        t(
            "What the backbone makes of two photos is compared by its direction (the cosine): 1 is the "
            "same, 0 has nothing in common. The head is not asked, so this does not depend on how sure it is."
        )
    )
    if read_model(shown.run).unfrozen:
        st.caption(
            t(
                "This network was fine-tuned. Compared is what the backbone made of the photos before that: "
                "it is kept for every training photo."
            )
        )


def _verdict(found: Nearness) -> None:
    """Say in words how near the photo is, with the number that the words come from."""
    values = {
        "nearer": percent(found.nearer.accuracy),
        "farther": percent(1 - found.nearer.accuracy),
        "n": found.nearer.n,
    }
    if found.trained_on:
        st.success(t("**One of its own.** This photo is among those that it was trained on."))
    elif found.verdict == "known":
        st.success(
            t(
                "**Like the training photos.** It is closer to them than {farther} of them are to each other "
                "(n = {n}).",
                **values,
            )
        )
    elif found.verdict == "unusual":
        st.warning(
            t(
                "**Unusual.** It is farther from the training photos than {nearer} of them are from each "
                "other (n = {n}). The answer may be a guess.",
                **values,
            )
        )
    else:
        st.warning(
            t(
                "**Probably none of these.** It is farther from its nearest training photos than {nearer} of "
                "them are from theirs (n = {n}). Do not believe the bars.",
                **values,
            )
        )


def _photos(shown: Shown, found: Nearness) -> None:
    """Draw the nearest training photos with their class and cosine."""
    st.markdown(
        tn(
            "The nearest of {n} training photo",
            "The nearest of {n} training photos",
            found.trained,
        )
    )
    dataset = get_dataset(shown.run.settings.dataset)
    with st.grid(len(found.photos), min_column_width=NARROWEST, gap="small"):
        for near in found.photos:
            _photo(shown, dataset, near)


def _photo(shown: Shown, dataset: Dataset, near: NearPhoto) -> None:
    name, image = shown.names[near.label], dataset.by_sha256[near.sha256]
    cosine = f"{near.cosine:.2f}"
    with st.container(gap="xxsmall"):
        st.image(
            thumbnail(image.sha256, image, dataset),
            alt=t("A training photo of {name}, cosine {cosine}", name=name, cosine=cosine),
            output_format="JPEG",
        )
        st.caption(f"{escaped(name)} · {cosine}")
