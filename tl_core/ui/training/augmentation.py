"""Augmentation: how training images are changed, seen on one of them, and what that costs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from tl_core import images
from tl_core.datasets.dataset import Dataset
from tl_core.training import MAX_COPIES
from tl_core.training.augmentation import Augmentation, variants
from tl_core.ui.numbers import seconds_text
from tl_core.ui.pictures import show_picture
from tl_core.ui.run_titles import class_title
from tl_core.ui.state import url_choice, url_flag, url_number
from tl_core.ui.text import escaped, t
from tl_core.ui.unseen import pen

SIDE = 120
"""Pixels of a variant."""
WIDE, NARROW = 260, 120
"""Pixels below which two columns become one: of controls and preview, and of sliders."""


@dataclass(frozen=True, kw_only=True)
class AugmentationCosts:
    """What the changed images of a training cost on this machine.

    Args:
        images: training images.
        bytes_per_image: disk space of one image's cached features.
        images_per_second: through the frozen part of the backbone; 0 while nobody has measured it.
        live_images_per_second: the same with what learns behind it, forward and back; 0 as above.
        epochs: passes over the training images, all phases together.
    """

    images: int
    bytes_per_image: int
    images_per_second: float
    live_images_per_second: float
    epochs: int


def augmentation_controls(
    dataset: Dataset,
    costs: Callable[[], AugmentationCosts],
    *,
    live: bool = False,
    seen: bool = True,
) -> tuple[Augmentation, int, bool]:
    """Draw the controls, a preview and the costs.

    Args:
        dataset: where the preview's image comes from.
        costs: returns what is computed from pixels, and how fast.
        live: whether every epoch goes back to the pixels for another reason, so that no copies can be kept.
        seen: whether anything is drawn; the controls have their values all the same.

    Returns:
        The changes, how many stored copies of each image (0..8), and whether every epoch changes the pixels
        anew; as `TrainingConfig` takes them, so nothing at all while nothing is changed.
    """
    on = pen(seen=seen)
    wanted = on.toggle(
        t("Change the training images at random"),
        **url_flag("augment"),
        help=t(
            "Augmentation: more variety from the same images. Held-out images stay as they are."
        ),
    )
    if not wanted:
        return Augmentation(), 0, False
    augmentation = _changes_beside_preview(dataset) if seen else _changes(on)
    if not augmentation.active:
        on.info(t("Nothing is changed yet: move a slider."), icon=":material/tune:")
        return Augmentation(), 0, False
    return augmentation, *_way(costs, live=live, seen=seen)


def _changes_beside_preview(dataset: Dataset) -> Augmentation:
    with st.grid(2, min_column_width=WIDE, gap="medium"):
        with st.container():
            augmentation = _changes(st)
        with st.container():
            _preview(dataset, augmentation)
    return augmentation


def _changes(on: Any) -> Augmentation:
    def share(title: str, name: str, usual: int) -> float:
        percent: int = on.slider(title, **url_number(name, 0, 50, default=usual, step=5))
        return percent / 100

    with on.grid(2, min_column_width=NARROW, gap="small"):
        rotation = on.slider(
            t("Rotation (± degrees)"), **url_number("rotation", 0, 180, default=15, step=5)
        )
        shift = share(t("Shift (± % of the side)"), "shift", 10)
        zoom = share(t("Zoom (± %)"), "zoom", 10)
        brightness = share(t("Brightness (± %)"), "brightness", 0)
        contrast = share(t("Contrast (± %)"), "contrast", 0)
    with on.container(horizontal=True):
        horizontal = on.toggle(
            t("Flip left and right"), **url_flag("flip", default=True), width="content"
        )
        vertical = on.toggle(t("Flip up and down"), **url_flag("upside"), width="content")
    return Augmentation(
        rotation=rotation,
        shift=shift,
        zoom=zoom,
        flip_horizontal=horizontal,
        flip_vertical=vertical,
        brightness=brightness,
        contrast=contrast,
    )


def _preview(dataset: Dataset, augmentation: Augmentation) -> None:
    """Draw nine variants of one image, and the way to another one."""
    picture = st.container()
    which, dice = st.columns([3, 2], vertical_alignment="bottom")
    with which:
        number = st.slider(
            t("Image of the preview"), **url_number("sample", 1, len(dataset.images), default=1)
        )
    with dice:
        seed = st.number_input(
            t("Dice"),
            **url_number("variants", 0, 9999, default=0),
            help=t("Other random amounts within the same limits; the same number gives the same."),
        )
    image = dataset.images[number - 1]
    title = class_title(dataset.id, dataset.class_names[image.label])
    with picture:
        show_picture(
            _mosaic(dataset.fingerprint, number - 1, augmentation, seed, dataset),
            alt=t("Nine changed variants of one image of the class {name}", name=title),
            caption=t(
                "Nine variants of one image of the class {name}. Look whether you would still call each of "
                "them that: a change that turns a 6 into a 9 teaches nonsense. At the edges the image goes "
                "on mirrored, so that no black corner gives a change away.",
                name=escaped(title),
            ),
        )


@st.cache_resource(show_spinner=False, max_entries=100)
def _mosaic(
    fingerprint: str, place: int, augmentation: Augmentation, seed: int, _dataset: Dataset
) -> NDArray[np.uint8]:
    """Return the nine variants; `fingerprint` stands for the dataset in the cache's key."""
    image = _dataset.images[place]
    pixels = images.model_input(_dataset.read(image), image.shown, SIDE)
    return variants(pixels, augmentation, seed, place)


def _way(costs: Callable[[], AugmentationCosts], *, live: bool, seen: bool) -> tuple[int, bool]:
    """Draw the choice between stored copies and live changes with both prices; return copies and live."""
    live = _chosen_way(seen=seen and not live) == "live" or live
    copies: int = pen(seen=seen and not live).slider(
        t("Changed copies of each image"),
        **url_number("copies", 1, MAX_COPIES, default=3),
        help=t(
            "Kept beside the unchanged image. More copies are more variety, and take longer once."
        ),
    )
    if seen:
        st.markdown(_live_text(costs()) if live else _stored_text(costs(), copies))
    return (0, True) if live else (copies, False)


def _chosen_way(*, seen: bool) -> str:
    on = pen(seen=seen)
    titles = {"stored": t("Stored copies"), "live": t("Live, from pixels")}
    way: str = on.segmented_control(
        t("When the images are changed"),
        **url_choice("changed", list(titles), default="stored"),
        format_func=titles.__getitem__,
        required=True,
    )
    on.caption(
        t(
            "Cached features cannot be changed live: the change happens to the pixels, in front of the "
            "backbone. So either some changed copies go through the backbone once and are kept, or every "
            "epoch goes back to the pixels, with other changes each time."
        )
    )
    return way


def _stored_text(costs: AugmentationCosts, copies: int) -> str:
    total = costs.images * copies
    disk = f"{total * costs.bytes_per_image / 1e6:,.1f} MB"
    if not costs.images_per_second:
        return t(
            "{n} more images go through the backbone once and take **{disk}** of disk. How long that takes "
            "is known once this machine is measured. Every epoch stays fast.",
            n=f"{total:,}",
            disk=disk,
        )
    return t(
        "{n} more images go through the backbone: about **{time} once**, and **{disk}** of disk. Every epoch "
        "stays fast; a later training with the same changes and seed finds them there.",
        n=f"{total:,}",
        time=seconds_text(total / costs.images_per_second),
        disk=disk,
    )


def _live_text(costs: AugmentationCosts) -> str:
    if not costs.live_images_per_second:
        return t(
            "All {n} images go through the backbone **in every epoch**; no changed image is kept. How long "
            "that takes is known once this machine is measured.",
            n=f"{costs.images:,}",
        )
    seconds = costs.images / costs.live_images_per_second
    return t(
        "All {n} images go through the backbone again in every epoch: about **{epoch} an epoch, {all} in "
        "all**; no changed image is kept on disk.",
        n=f"{costs.images:,}",
        epoch=seconds_text(seconds),
        all=seconds_text(seconds * costs.epochs),
    )
