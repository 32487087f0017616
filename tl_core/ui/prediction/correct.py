"""Correct the answer: the photo joins the dataset with the right label, and the network is trained again."""

from dataclasses import replace

import streamlit as st

from tl_core.datasets.catalogue import get_dataset
from tl_core.datasets.dataset import Dataset
from tl_core.datasets.splits import Split, split
from tl_core.datasets.teaching import has_photo, taught
from tl_core.errors import LabError
from tl_core.images import Crop, centre_square
from tl_core.runs.snapshots import JobState
from tl_core.training import Training, get_training
from tl_core.ui import news
from tl_core.ui.errors import callback, show_error
from tl_core.ui.frame import PAGES, page_link
from tl_core.ui.job_panel import job_panel
from tl_core.ui.photo import Photo, chosen_crop
from tl_core.ui.photo.followed import small_file
from tl_core.ui.prediction.shown import Shown, look
from tl_core.ui.results.before_after import show_comparison
from tl_core.ui.run_titles import title_with_changes
from tl_core.ui.state import url_text
from tl_core.ui.text import escaped, t, tn
from tl_core.ui.training.starting import RUN_KEY, train
from tl_core.ui.visitor import visitor
from tl_core.wording import percent

ADDED_KEY = "taught"
"""The version of the dataset with the photos so far, in the URL."""
AGAIN_KEY = "again"
"""The run that learns from it, in the URL."""
CHOICE_KEY = "right_class"
REFUSAL_KEY = "correct_refusal"
MOST_BUTTONS = 10
"""Classes with a button each; of more, one is chosen from a list."""


def show(shown: Shown) -> None:
    """Draw the labels to choose from, what was added so far, and the training with it."""
    url_text(ADDED_KEY, check=get_dataset)
    url_text(AGAIN_KEY, check=get_training)
    base = _base(shown.run)
    st.markdown(
        t(
            "What does the photo show? One press adds it to the photos to learn from, in a new version of "
            "the dataset. The run and its dataset are kept."
        )
    )
    _labels(shown)
    if refusal := news.said(REFUSAL_KEY):
        show_error(refusal)
        page_link(PAGES.train, t("Photos of this network on the Train page"), run=shown.run.id)
    if base.id != shown.run.settings.dataset:
        _training(shown, base)


def _labels(shown: Shown) -> None:
    names = list(range(len(shown.names)))
    if len(names) <= MOST_BUTTONS:
        with st.container(horizontal=True, gap="small"):
            for label in names:
                _button(shown, label, key=f"right-{label}")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        chosen = st.selectbox(
            t("It shows"),
            names,
            index=shown.guess,
            format_func=lambda label: shown.names[label],
            key=CHOICE_KEY,
            width=260,
        )
        _button(shown, chosen, key="right")


def _button(shown: Shown, label: int, *, key: str) -> None:
    name = escaped(shown.names[label])
    st.button(
        t("Right: {name}", name=name) if label == shown.guess else name,
        icon=":material/check:" if label == shown.guess else None,
        key=key,
        on_click=callback(_teach),
        args=[shown.run, shown.photo, label],
    )


def _training(shown: Shown, base: Dataset) -> None:
    """Draw what was added, and the training with it: to be started, running, or done."""
    before = len(get_dataset(shown.run.settings.dataset).images)
    more = len(base.images) - before
    said = tn("{n} photo more than before", "{n} photos more than before", more) if more else ""
    title = escaped(title_with_changes(base))
    st.success(
        f"**{title}** · {said}" if said else f"**{title}**", icon=":material/playlist_add_check:"
    )
    again = _again(base)
    with st.container(horizontal=True, gap="small"):
        st.button(
            t("Train again"),
            type="primary",
            icon=":material/model_training:",
            disabled=again is not None,
            on_click=callback(_train_again),
            args=[shown.run, base],
            help=_how_long(shown.run),
        )
        st.button(
            t("Forget what was added"),
            icon=":material/undo:",
            on_click=callback(_forget),
            help=t(
                "The next photo joins the network's own dataset again; the version made here is kept."
            ),
        )
    if again and job_panel(again).state is JobState.DONE:
        _result(shown, again)


def _how_long(run: Training) -> str:
    """Say what training again takes: only a head on kept features is a matter of seconds."""
    if run.settings.unfrozen or run.settings.live:
        return t("With the same settings: it takes about as long as before.")
    return t("With the same settings. Features of photos that stay are reused: it takes seconds.")


def _result(shown: Shown, again: Training) -> None:
    now = look(again, shown.photo)
    values = {
        "before": escaped(shown.names[shown.guess]),
        "first": percent(shown.answer.shares[shown.guess]),
        "now": escaped(now.names[now.guess]),
        "second": percent(now.answer.shares[now.guess]),
    }
    st.markdown(t("This photo: **{before}** {first} before, **{now}** {second} now.", **values))
    show_comparison(shown.run, again)
    st.caption(
        t(
            "What a network says of a photo that it has learned from proves little. Look at the validation "
            "photos: the same ones judge both networks."
        )
    )
    st.button(
        t("Go on with the new network"),
        icon=":material/arrow_forward:",
        on_click=callback(_go_on),
        args=[again],
    )


def _base(run: Training) -> Dataset:
    """Return the dataset that the next photo joins: the run's, or what was made of it so far."""
    first = get_dataset(run.settings.dataset)
    if identifier := st.session_state.get(ADDED_KEY):
        try:
            added = get_dataset(identifier)
        except LabError:  # deleted since
            return first
        if added.root == (first.root or first.id) and added.class_names == first.class_names:
            return added
    return first


def _again(base: Dataset) -> Training | None:
    """Return the training with what was added, if there is one."""
    if not (identifier := st.session_state[AGAIN_KEY]):
        return None
    try:
        found = get_training(identifier)
        return found if found.settings.fingerprint == base.fingerprint else None
    except LabError:  # deleted since
        return None


def _teach(run: Training, photo: Photo, label: int) -> None:
    """Add the photo to what the network is to learn from, or relabel it there; a refusal is shown."""
    try:
        base = _base(run)
        name, title, source = base.class_names[label], photo.title, photo.source
        forms = _forms(photo)
        data = forms[chosen_crop()]
        others = tuple(forms.values())
        if base.id != run.settings.dataset and has_photo(
            base, data, title, name, source=source, forms=others
        ):
            return  # pressed twice
        version = taught(
            *(base, _divided(run, base), data, title, name),
            source=source,
            forms=others,
            by=visitor(),
        )
    except LabError as refusal:
        news.leave(REFUSAL_KEY, refusal.bare())
        return
    st.session_state[ADDED_KEY] = version.id


def _train_again(run: Training, base: Dataset) -> None:
    """Queue the same training on what was added."""
    config = replace(run.settings, dataset=base.id, fingerprint=base.fingerprint)
    st.session_state[AGAIN_KEY] = train(config).id


def _forget() -> None:
    st.session_state[ADDED_KEY] = st.session_state[AGAIN_KEY] = ""


def _go_on(again: Training) -> None:
    st.session_state[RUN_KEY] = again.id
    _forget()


def _divided(run: Training, dataset: Dataset) -> Split:
    config = run.settings
    return split(dataset, validation=config.validation, test=config.test, seed=config.seed)


def _forms(photo: Photo) -> dict[Crop, bytes]:
    """Return the files as which the photo may join the dataset: whole, or the part that is shown then."""
    height, width = photo.image.shape[:2]
    square = photo.data if height == width else small_file(centre_square(photo.image))
    return {"whole": photo.data, "centre": square}
