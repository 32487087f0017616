"""Corrections to the photos of a run: noted one by one, saved as a new version of the dataset, trained again.

What is noted stands in the URL, so that a refresh loses nothing and a link passes it on:
``<run>~<change>-<photo>-<photo>~<change>-<photo>``, with the first digits of the run's id and of the photos'
SHA-256, and a change as ``d`` (leave out), ``t`` or ``v`` (move to training or validation) or ``c0`` (relabel
to the first class).

The new version fixes every photo's part as the run had it. Without that, one relabelled photo would deal the
others anew, and the accuracies before and after would be measured on different photos.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import streamlit as st

from tl_core import runs
from tl_core.datasets.catalogue import get_dataset
from tl_core.datasets.dataset import Dataset
from tl_core.datasets.splits import parts_of, split
from tl_core.datasets.versions import Edit, new_version
from tl_core.errors import LabError
from tl_core.run_book import mend
from tl_core.runs import Run
from tl_core.training import TrainingConfig
from tl_core.ui.engine_status import engine
from tl_core.ui.errors import callback, show_error
from tl_core.ui.run_book.mine import remember
from tl_core.ui.run_titles import class_title
from tl_core.ui.state import url_text
from tl_core.ui.text import t, tn

NOTED_KEY = "fixes"
"""What is noted, in the URL."""
REFUSAL_KEY = "corrections_refusal"
ACTION_KEY = "correction"
BEFORE_KEY = "before"
"""The run before the corrections, in the URL."""
CLASS, PART, DROP = "class:", "part:", "drop"
"""A change is one of these words, a class or part with its name behind."""
RUN_DIGITS, PHOTO_DIGITS = 6, 10
MOST_NOTED = 100
"""Photos: more would make a link that some servers refuse."""
NOTES = re.compile(r"[0-9a-f]{6}(~(d|t|v|c\d{1,3})(-[0-9a-f]{10})+)+")


def keep_in_url() -> None:
    """Keep the noted changes and the run before them in the URL, at every run of the page."""
    url_text(BEFORE_KEY, check=lambda text: runs.get_run(text, runs.TRAINING))
    url_text(NOTED_KEY, check=_check)


def noted(run: Run, sha256: str) -> str:
    """Return the change that is noted for a photo, in words, or nothing."""
    change = _noted(run).get(sha256[:PHOTO_DIGITS])
    return _title(run, change) if change else ""


def pick_key(run: Run, sha256: str) -> str:
    """Return the key of the box with which a photo is selected."""
    return f"pick-{run.id}-{sha256[:16]}"


def show_actions(run: Run, part: str, dataset: Dataset, shown: Sequence[str]) -> None:
    """Draw what can be done with those of the `shown` photos that are ticked, and with all changes so far.

    Args:
        run: whose photos they are.
        part: ``validation`` or ``test``.
        dataset: of the run.
        shown: SHA-256 of the photos whose boxes are on the page.
    """
    selected = _ticked(run, shown)
    classes = {_class_of(dataset, sha256) for sha256 in shown}
    changes = [CLASS + name for name in dataset.class_names if classes != {name}]
    changes += [DROP, *(PART + name for name in ("train", "validation") if name != part)]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.selectbox(
            t("Change of the selected photos"),
            changes,
            format_func=lambda change: _title(run, change),
            key=ACTION_KEY,
            width=260,
        )
        st.button(
            tn("Note for {n} photo", "Note for {n} photos", len(selected))
            if selected
            else t("Tick photos first"),
            icon=":material/edit_note:",
            disabled=not selected,
            on_click=callback(_note),
            args=[run, shown],
        )
    st.caption(
        t(
            "A wrong label teaches the network a wrong thing. Tick the photos whose label is wrong or that "
            "show nothing, note a change, and train again on the corrected photos."
        )
    )
    if changes := list(_noted(run)):
        _offer_training(run, len(changes))
    if refusal := st.session_state.pop(REFUSAL_KEY, None):
        show_error(refusal)


def _offer_training(run: Run, count: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            t("Save and train again"),
            type="primary",
            icon=":material/model_training:",
            on_click=callback(_train_again),
            args=[run],
            help=t(
                "Makes a new version of the dataset and trains it with the same settings. Features of photos "
                "that stay are reused. This run and its dataset are kept."
            ),
        )
        st.button(t("Forget the changes"), icon=":material/undo:", on_click=callback(_forget))
        st.markdown(tn("{n} change noted", "{n} changes noted", count), width="content")


def _title(run: Run, change: str) -> str:
    if change == DROP:
        return t("leave out")
    if change == PART + "train":
        return t("move to training")
    if change == PART + "validation":
        return t("move to validation")
    name = class_title(run.config["dataset"], change.removeprefix(CLASS))
    return t("relabel to {name}", name=name)


def _check(text: str) -> None:
    if not NOTES.fullmatch(text):
        raise ValueError(text)


def _codes(run: Run) -> dict[str, str]:
    """Return how each change is written in the URL -> the change."""
    names = get_dataset(run.config["dataset"]).class_names
    moves = {"d": DROP, "t": PART + "train", "v": PART + "validation"}
    return moves | {f"c{label}": CLASS + name for label, name in enumerate(names)}


def _noted(run: Run) -> dict[str, str]:
    """Return the noted changes: the first digits of a photo's SHA-256 -> change."""
    owner, *groups = st.session_state[NOTED_KEY].split("~")
    if not groups or not run.id.startswith(owner):
        return {}
    codes = _codes(run)
    found: dict[str, str] = {}
    for code, *photos in (group.split("-") for group in groups):
        if code in codes:
            found |= dict.fromkeys(photos, codes[code])
    return found


def _ticked(run: Run, shown: Sequence[str]) -> list[str]:
    return [sha256 for sha256 in shown if st.session_state.get(pick_key(run, sha256))]


def _class_of(dataset: Dataset, sha256: str) -> str:
    return dataset.class_names[dataset.by_sha256[sha256].label]


def _note(run: Run, shown: Sequence[str]) -> None:
    """Note the chosen change for the ticked photos, but for those that it would leave as they are."""
    hashes, change = _ticked(run, shown), st.session_state[ACTION_KEY]
    dataset = get_dataset(run.config["dataset"])
    hashes = [sha256 for sha256 in hashes if change != CLASS + _class_of(dataset, sha256)]
    changes = _noted(run) | {sha256[:PHOTO_DIGITS]: change for sha256 in hashes}
    if len(changes) > MOST_NOTED:
        st.session_state[REFUSAL_KEY] = LabError(
            "At most {most} changes can be noted at a time. Save and train again first.",
            most=MOST_NOTED,
        )
        return
    codes = {change: code for code, change in _codes(run).items()}
    groups: dict[str, list[str]] = {}
    for photo, wanted in changes.items():
        groups.setdefault(codes[wanted], []).append(photo)
    written = ("-".join([code, *photos]) for code, photos in groups.items())
    st.session_state[NOTED_KEY] = "~".join([run.id[:RUN_DIGITS], *written])
    for sha256 in hashes:
        st.session_state[pick_key(run, sha256)] = False


def _forget() -> None:
    st.session_state[NOTED_KEY] = ""


def _train_again(run: Run) -> None:
    """Save the changes and queue the same training on the new version; a refusal is shown in place."""
    try:
        again = _corrected(run, _noted(run))
        mend(again)
        engine().submit(again)
        remember(again)
    except LabError as refusal:
        st.session_state[REFUSAL_KEY] = refusal
        return
    _forget()
    st.session_state["dataset"] = again.config["dataset"]
    st.session_state["run"] = again.id
    st.session_state[BEFORE_KEY] = run.id


def _corrected(run: Run, changes: Mapping[str, str]) -> Run:
    config = TrainingConfig.from_json(run.config)
    dataset = get_dataset(config.dataset)
    photos = {
        image.sha256: changes[image.sha256[:PHOTO_DIGITS]]
        for image in dataset.images
        if image.sha256[:PHOTO_DIGITS] in changes
    }
    version = new_version(dataset, edit_of(dataset, config, photos))
    again = replace(config, dataset=version.id, fingerprint=version.fingerprint)
    return runs.open_run(again.KIND, again.as_json())


def edit_of(dataset: Dataset, config: TrainingConfig, changes: Mapping[str, str]) -> Edit:
    """Return the edit that makes `changes` and leaves every other photo where the run had it."""
    divided = split(dataset, validation=config.validation, test=config.test, seed=config.seed)
    drop = {sha256 for sha256, change in changes.items() if change == DROP}
    parts = parts_of(dataset, divided) | _named(changes, PART)
    return Edit(
        relabel=_named(changes, CLASS),
        drop=frozenset(drop),
        move={sha256: part for sha256, part in parts.items() if sha256 not in drop},
    )


def _named(changes: Mapping[str, str], kind: str) -> dict[str, str]:
    return {
        sha256: change.removeprefix(kind)
        for sha256, change in changes.items()
        if change.startswith(kind)
    }
