"""Training, validation and test: how many images of each class stand on which side."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from tl_core.datasets.dataset import Dataset
from tl_core.datasets.kinship import groups_of
from tl_core.datasets.splits import counts_of, split, unjudged
from tl_core.training import TrainingConfig
from tl_core.ui.run_titles import class_title
from tl_core.ui.state import url_number
from tl_core.ui.text import escaped, t, tn
from tl_core.ui.unseen import left_at

USUAL = TrainingConfig(dataset="")


@dataclass(frozen=True, kw_only=True)
class Shares:
    """How a dataset is divided; the settings are those of the training section.

    Args:
        validation: share for validation, 0.1 to 0.5.
        test: share for the test, 0 to 0.4.
        seed: of the random split.
    """

    validation: float
    test: float
    seed: int


def share_controls(dataset: Dataset, *, seen: bool = True) -> Shares:
    """Draw the controls of the split but the seed; a part that came with the dataset has none.

    Args:
        dataset: what is divided.
        seen: whether they are drawn; they have their values all the same.
    """
    parts = {image.part for image in dataset.images}
    held = url_number("held", 10, 50, default=round(USUAL.validation * 100), step=5)
    test = url_number("test", 0, 40, default=0, step=5)
    url_number("seed", 0, 9999, default=USUAL.seed)
    if seen:
        _draw_controls(parts, held, test)
    else:
        for name in ("held", "test"):
            left_at(name)
    return Shares(
        validation=st.session_state["held"] / 100,
        test=st.session_state["test"] / 100,
        seed=int(st.session_state["seed"]),
    )


def _draw_controls(parts: set[str], held: dict[str, Any], test: dict[str, Any]) -> None:
    left, right = st.columns(2)
    if "validation" in parts:
        left_at("held")
    else:
        left.slider(
            t("Validation split (%)"),
            **held,
            help=t("Share of the images that is held out to measure the accuracy on."),
        )
    if "test" in parts:
        left_at("test")
    else:
        right.slider(
            t("Test split (%)"),
            **test,
            help=t("A second share, looked at only once in a training, at the very end."),
        )


def show_shares(dataset: Dataset, shares: Shares) -> None:
    """Draw how many images of each class are used for what."""
    counts, without, dropped = _counts(dataset.fingerprint, shares, dataset)
    names = [class_title(dataset.id, name) for name in dataset.class_names]
    columns = list(zip(*counts, strict=True))
    sides = {t("Training"): 0, t("Validation"): 1, t("Test"): 2}
    used = {title: side for title, side in sides.items() if side < 2 or any(columns[side])}
    table = {t("Class"): [*map(escaped, names), f"**{t('Together')}**"]}
    for title, side in used.items():
        table[title] = [*(f"{n:,}" for n in columns[side]), f"**{sum(columns[side]):,}**"]
    st.table(table)
    st.caption(
        t(
            "The network learns from the training images, is watched on the validation images and judged "
            "once on the test images. Exact copies of one picture always stand on the same side."
        )
    )
    groups = len(groups_of(dataset.images))
    if groups:
        st.caption(
            tn(
                "Kept together by: {n} group. All images of a group, such as one patient's or one pupil's, "
                "stand on one side, so that the model is judged on somebody it has never seen.",
                "Kept together by: {n} groups. All images of a group, such as one patient's or one pupil's, "
                "stand on one side, so that the model is judged on somebody it has never seen.",
                groups,
            )
        )
    if dropped:
        st.caption(_dropped_text(dropped, grouped=groups > 0))
    tell_of_unjudged(dataset, without)


def tell_of_unjudged(dataset: Dataset, names: Sequence[str]) -> None:
    """Say which classes a training could not be judged on; nothing if there are none."""
    if names:
        titles = ", ".join(class_title(dataset.id, name) for name in names)
        st.warning(
            t(
                "Without a validation image: {names}. The validation will not tell how well the model knows "
                "this: there the results show a dash.",
                names=escaped(titles),
            ),
            icon=":material/visibility_off:",
        )


def _dropped_text(dropped: int, *, grouped: bool) -> str:
    if grouped:
        return tn(
            "{n} image is not used: the same picture, or another one of its group, is held out.",
            "{n} images are not used: the same pictures, or others of their groups, are held out.",
            dropped,
        )
    return tn(
        "{n} training image is not used: the same picture is held out.",
        "{n} training images are not used: the same pictures are held out.",
        dropped,
    )


@st.cache_data(show_spinner=False, max_entries=200)
def _counts(
    fingerprint: str, shares: Shares, _dataset: Dataset
) -> tuple[list[tuple[int, int, int]], list[str], int]:
    """Return (training, validation, test) of each class, who has no judge, and how many are unused."""
    parts = split(_dataset, validation=shares.validation, test=shares.test, seed=shares.seed)
    return counts_of(_dataset, parts), unjudged(_dataset, parts), parts.dropped
