"""Mixing of training photos: which way, seen on nine of them, and what it costs."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from tl_core import images
from tl_core.datasets.dataset import Dataset
from tl_core.images.grids import grid
from tl_core.training import MIXES, TrainingConfig
from tl_core.training.mixing import Mix, cut_in, mix_of_batch, mixed_up
from tl_core.ui.pictures import show_picture
from tl_core.ui.run_titles import class_title
from tl_core.ui.state import url_choice, url_number
from tl_core.ui.text import escaped, t
from tl_core.ui.unseen import pen
from tl_core.wording import percent

SIDE = 120
"""Pixels of a mixed photo in the preview."""
ACROSS = 3
SHOWN = ACROSS * ACROSS
USUAL = TrainingConfig(dataset="")


def mix_control(*, seen: bool) -> str:
    """Draw how photos are mixed with each other; return ``mix`` of `TrainingConfig`.

    Args:
        seen: whether anything is drawn; the control has its value all the same.
    """
    titles = dict(zip(MIXES, (t("No"), "MixUp", "CutMix"), strict=True))
    mix: str = pen(seen=seen).segmented_control(
        t("Mix photos with each other"),
        **url_choice("mix", MIXES, default=USUAL.mix),
        format_func=titles.__getitem__,
        required=True,
        help=t(
            "Each training photo is joined by a random one of its batch, and its label becomes a share of "
            "both classes. MixUp lays one over the other, CutMix puts a piece of one into the other. Other "
            "pairs in every epoch; held-out photos stay whole."
        ),
    )
    return mix


def show_mix(dataset: Dataset, config: TrainingConfig) -> None:
    """Draw what the mixing does to a training, and a preview of it; nothing where none is chosen.

    Args:
        dataset: where the preview's photos come from.
        config: of the training, with its mix and its changes of the images.
    """
    if config.mix != "none":
        _explain(config)
        _preview(dataset, config.mix)


def _explain(config: TrainingConfig) -> None:
    if config.mix == "cutmix":
        said = t(
            "CutMix needs the pixels: every epoch goes back to them, changes of the images happen live too, "
            "and no changed image is kept. That takes as long as live changes do."
        )
    elif not config.cached:
        said = t("Everything learns, so the photos themselves are mixed.")
    elif config.live:
        said = t(
            "What is mixed are the numbers at the cut, which the part that learns reads (manifold MixUp). "
            "The images are changed live, so every epoch goes back to the pixels and no changed image is "
            "kept; the mixing itself takes hardly any time. The preview shows the same shares of the photos."
        )
    else:
        said = t(
            "What is mixed are the numbers at the cut, which the part that learns reads (manifold MixUp): "
            "kept features can be mixed too, and an epoch takes little longer. The preview shows the same "
            "shares of the photos."
        )
    st.caption(said)
    st.caption(
        t(
            "The curves of training are those of the mixed photos: a right answer is the class with the "
            "larger share, and training may look worse than validation. The result is judged on whole photos."
        )
    )


def _preview(dataset: Dataset, mix: str) -> None:
    picture = st.container()
    seed = st.number_input(
        t("Dice of the mix"),
        **url_number("mix_dice", 0, 9999, default=0),
        help=t("Other photos and shares; the same number gives the same."),
    )
    shown = _places(dataset, seed)
    drawn = mix_of_batch(mix, len(shown), SIDE, (seed, 0, 0))
    names = [
        class_title(dataset.id, dataset.class_names[dataset.images[place].label]) for place in shown
    ]
    with picture:
        show_picture(
            _mosaic(dataset.fingerprint, mix, seed, dataset, drawn, shown),
            alt=t(
                "{n} mixed photos: {labels}",
                n=len(shown),
                labels=_labels(drawn, names, ACROSS * ACROSS),
            ),
            caption=t(
                "What the network is told of the first row: {labels}.",
                labels=escaped(_labels(drawn, names, ACROSS)),
            ),
        )


def _places(dataset: Dataset, seed: int) -> list[int]:
    count = min(SHOWN, len(dataset.images))
    places: list[int] = (
        np.random.default_rng(seed).permutation(len(dataset.images))[:count].tolist()
    )
    return places


def _labels(mix: Mix, names: list[str], count: int) -> str:
    said = []
    for own, partner, share in list(zip(names, mix.partners, mix.shares, strict=True))[:count]:
        other = names[partner]
        if own == other:
            said.append(own)
            continue
        said.append(f"{percent(share, 0)} {own} + {percent(1 - share, 0)} {other}")
    return "; ".join(said)


@st.cache_resource(show_spinner=False, max_entries=50)
def _mosaic(
    fingerprint: str, mix: str, seed: int, _dataset: Dataset, _drawn: Mix, _shown: list[int]
) -> NDArray[np.uint8]:
    """Return the mixed photos; `fingerprint` stands for the dataset in the cache's key."""
    chosen = [_dataset.images[place] for place in _shown]
    pixels = np.stack(
        [images.model_input(_dataset.read(image), image.shown, SIDE) for image in chosen]
    )
    if mix == "cutmix":
        mixed = cut_in(pixels, _drawn.partners, _drawn.boxes)
    else:
        values = mixed_up(pixels.astype(np.float32), _drawn.partners, _drawn.shares)
        mixed = np.rint(values).astype(np.uint8)
    return grid(list(mixed), mixed.shape[1:], ACROSS)
