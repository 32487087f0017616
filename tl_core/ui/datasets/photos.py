"""The photos of one class, page by page: select, move, leave out; rename, merge or switch off the class."""

from functools import partial
from typing import cast

import streamlit as st

from tl_core.datasets.dataset import Dataset
from tl_core.datasets.edits import Edit
from tl_core.datasets.preview import class_images
from tl_core.datasets.versions import new_version
from tl_core.ui.datasets.changes import adopt, attempt, change
from tl_core.ui.datasets.paging import choose_page
from tl_core.ui.datasets.pick import pick_pictures, picked
from tl_core.ui.datasets.thumbnails import read_named
from tl_core.ui.errors import callback
from tl_core.ui.run_titles import class_title
from tl_core.ui.state import url_choice
from tl_core.ui.text import escaped, t, tn
from tl_core.ui.visitor import visitor

PAGE = 40
"""Photos on a page."""
PICK_KEY = "photos"


def show_photos(dataset: Dataset) -> None:
    """Draw a page of photos of the chosen class, with everything that can be changed there."""
    name = _choose_class(dataset)
    shown = _page(dataset, name)
    _photo_changes(dataset, name, shown)
    _class_changes(dataset, name)


def _choose_class(dataset: Dataset) -> str:
    options = url_choice("class", dataset.class_names, default=dataset.class_names[0])
    return cast(
        str,
        st.selectbox(
            t("Class"),
            **options,
            # Without its count: Streamlit knows a choice by its label, which a change must not touch.
            format_func=lambda name: class_title(dataset.id, name),
            help=t("What the photos below show. A class is what the network can answer."),
        ),
    )


def _choose_other(dataset: Dataset, name: str, label: str, key: str) -> None:
    """Draw the choice of a class that is not `name`."""
    others = [other for other in dataset.class_names if other != name]
    titled = partial(class_title, dataset.id)
    st.selectbox(label, others, format_func=titled, key=key, width=220)


def _page(dataset: Dataset, name: str) -> list[str]:
    """Draw one page of the class `name`; returns the SHA-256 of its photos."""
    of_class = class_images(dataset, dataset.class_names.index(name))
    st.caption(tn("{n} photo", "{n} photos", len(of_class)))
    places = choose_page("page", len(of_class), PAGE, of=name)
    shown: dict[str, int] = {}
    for place in places:
        shown.setdefault(of_class[place].sha256, place)
    pick_pictures(
        list(shown),
        [
            t(
                "Photo {n} of {total}: {name}",
                n=place + 1,
                total=len(of_class),
                name=of_class[place].shown,
            )
            for place in shown.values()
        ],
        partial(read_named, dataset),
        key=PICK_KEY,
        of=dataset.id,
    )
    return list(shown)


def _photo_changes(dataset: Dataset, name: str, shown: list[str]) -> None:
    none_picked = not picked(PICK_KEY, shown)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        key = f"move-{dataset.id}-{name}"
        _choose_other(dataset, name, t("Move the selected photos to"), key)
        st.button(
            t("Move"),
            icon=":material/drive_file_move:",
            disabled=none_picked,
            on_click=callback(_move),
            args=[dataset, shown, key],
        )
        st.button(
            t("Leave out"),
            icon=":material/delete:",
            disabled=none_picked,
            on_click=callback(_leave_out),
            args=[dataset, shown],
            help=t("The selected photos are not in the next version; this one keeps them."),
        )
    st.caption(
        t(
            "Select the photos that stand in the wrong class. Every change makes a new version of the "
            "dataset; finished runs keep the one that they were trained on."
        )
    )


def _class_changes(dataset: Dataset, name: str) -> None:
    title = class_title(dataset.id, name)
    with st.expander(t("Change the class {name}", name=escaped(title)), icon=":material/edit:"):
        with (
            st.form("rename", border=False),
            st.container(horizontal=True, vertical_alignment="bottom", gap="small"),
        ):
            st.text_input(t("New name"), key=f"rename-{dataset.id}-{name}", max_chars=80)
            st.form_submit_button(
                t("Rename"),
                icon=":material/edit:",
                on_click=callback(_rename),
                args=[dataset, name],
            )
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            key = f"merge-{dataset.id}-{name}"
            _choose_other(dataset, name, t("Merge it into"), key)
            st.button(
                t("Merge"),
                icon=":material/merge:",
                on_click=callback(_merge),
                args=[dataset, name, key],
            )
            st.button(
                t("Switch this class off"),
                icon=":material/visibility_off:",
                on_click=callback(change),
                args=[dataset, Edit(off=frozenset({name}))],
                help=t("Its photos are not in the next version; this one keeps them."),
            )


# What is selected is asked for at the click: it can overtake the page run of the last selection.


def _move(dataset: Dataset, shown: list[str], key: str) -> None:
    change(dataset, Edit(relabel=dict.fromkeys(picked(PICK_KEY, shown), st.session_state[key])))


def _leave_out(dataset: Dataset, shown: list[str]) -> None:
    change(dataset, Edit(drop=frozenset(picked(PICK_KEY, shown))))


def _merge(dataset: Dataset, name: str, key: str) -> None:
    change(dataset, Edit(merge={name: st.session_state[key]}))


def _rename(dataset: Dataset, name: str) -> None:
    new = str(st.session_state[f"rename-{dataset.id}-{name}"])

    def rename() -> None:
        version = new_version(dataset, Edit(rename={name: new}), visitor())
        adopt(dataset, version)
        # The class stays chosen under its new name, as it was cleaned.
        for renamed in set(version.class_names) - set(dataset.class_names):
            st.session_state["class"] = renamed

    attempt(rename)
