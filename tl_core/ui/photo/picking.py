"""The followed photo on a page: small, with the ones before it, and a way to choose another."""

from collections.abc import Callable

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.typing import UploadedFile

from tl_core import settings
from tl_core.datasets.catalogue import sample_photos
from tl_core.errors import ImageRefused
from tl_core.images import centre_square
from tl_core.photos import KEEP_DAYS
from tl_core.ui.errors import callback, show_error
from tl_core.ui.photo.followed import (
    KEY,
    THUMBNAIL_SIDE,
    Photo,
    decoded,
    follow_file,
    follow_sample,
    followed_photo,
    go_back,
    is_chosen,
    past_photos,
)
from tl_core.ui.pictures import show_picture
from tl_core.ui.redrawing import want_page
from tl_core.ui.stage.snapshot import take_snapshot
from tl_core.ui.text import escaped, t, t_marked
from tl_core.ui.uploads import upload_one
from tl_core.wording import N_

POPOVER_KEY = "photo_popover"
SOURCE_KEY = "photo_source"
REFUSAL_KEY = "photo_refusal"
UPLOADS = "photo_file"
OF_RUN = "run"
SOURCES = {
    "sample": N_("Sample"),
    "upload": N_("Upload"),
    "camera": N_("Camera"),
    OF_RUN: N_("Validation photo"),
}


def photo_picker(
    *,
    of_run: Callable[[], object] | None = None,
    usual: Callable[[], Photo | None] | None = None,
    strip: bool = True,
) -> Photo:
    """Draw the followed photo small, with a button to change it, and return it.

    Args:
        of_run: draws photos of a trained network to choose from, where there is one.
        usual: gives the photo that this page shows while nobody has chosen one, if it has one of its own.
        strip: whether the last photos are among the choices; a page may draw `past_strip` itself.
    """
    photo = chosen_or(usual)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _show_small(photo.name, photo.image, photo.title)
        st.markdown(f"**{escaped(photo.title)}**", width="content")
        with st.popover(
            t("Change photo"), icon=":material/image_search:", key=POPOVER_KEY, on_change="rerun"
        ) as popover:
            if popover.open:
                _choices(of_run)
                if strip:
                    past_strip()
    return photo


def chosen_or(usual: Callable[[], Photo | None] | None) -> Photo:
    """Return the followed photo, or while nobody has chosen one what `usual` gives, if it gives one."""
    return (usual() if usual and not is_chosen() else None) or followed_photo()


def close_picker() -> None:
    """Close what photos are chosen in, because one was chosen; every part of the page may show it."""
    want_page()
    st.session_state[POPOVER_KEY] = False
    st.session_state.pop(REFUSAL_KEY, None)


def _choices(of_run: Callable[[], object] | None) -> None:
    sources = [name for name in SOURCES if of_run or name != OF_RUN]
    if st.session_state.get(SOURCE_KEY) not in (None, *sources):  # its network is gone
        del st.session_state[SOURCE_KEY]
    source = st.segmented_control(
        t("Where from"),
        sources,
        default="sample",
        required=True,
        format_func=lambda name: t_marked(SOURCES[name]),
        label_visibility="collapsed",
        key=SOURCE_KEY,
        on_change=callback(lambda: st.session_state.pop(REFUSAL_KEY, None)),
    )
    if source == "sample":
        _sample_choices()
    elif source == OF_RUN and of_run:
        of_run()
    else:
        _own_choices(source)


def _own_choices(source: str) -> None:
    if source == "upload":
        label = t("A photo from this device, or paste one: Ctrl+V, on a Mac ⌘V")
        upload_one(label, UPLOADS, _take_file, limit_mb=settings.current().max_image_mb)
    else:
        take_snapshot(_take_snapshot, key="photo_camera")
    if refusal := st.session_state.get(REFUSAL_KEY):  # beside where it was chosen, to be seen
        show_error(refusal)
    st.caption(
        t(
            "The lab keeps it for {days} days after somebody last looked at it, or until it needs the room "
            "or a teacher tidies up. The page's address leads to it: whoever gets that link sees the photo "
            "and its file name, and nobody can guess it.",
            days=KEEP_DAYS,
        )
    )


def _sample_choices() -> None:
    with st.grid(3, min_column_width=THUMBNAIL_SIDE, gap="small"):
        for sample in sample_photos():
            title = t_marked(sample.title)
            with st.container(gap="xxsmall"):
                square = centre_square(decoded(sample.name, b""))
                _show_small(f"square {sample.name}", square, title)
                st.button(
                    title,
                    key=f"{KEY}-{sample.name}",
                    on_click=callback(_take_sample),
                    args=(sample.name,),
                    width="stretch",
                )


def past_strip(answer_of: Callable[[str], str | None] = lambda _: None) -> None:
    """Draw the photos before, each with what was said of it and a way back to it.

    Args:
        answer_of: what was said of a photo when it was followed, by its name.
    """
    past = past_photos()
    if not past:
        return
    st.caption(t("Photos before: press one to go back to it."))
    with st.container(horizontal=True, gap="small"):
        for one in past:
            name, title = one.choice.name, one.choice.shown
            answer = answer_of(name)
            with st.container(gap="xxsmall", width=THUMBNAIL_SIDE):
                _show_small(
                    f"past {name}", one.thumbnail, f"{title}: {answer}" if answer else title
                )
                st.button(
                    escaped(answer or title),
                    key=f"past-{name}",
                    help=escaped(title),
                    on_click=callback(_go_back),
                    args=(name,),
                    type="tertiary",
                    width="stretch",
                )


def _show_small(name: str, image: NDArray[np.uint8], title: str) -> None:
    show_picture(image, alt=title, width=THUMBNAIL_SIDE, depends_on=(name,))


def _take_sample(name: str) -> None:
    follow_sample(name)
    close_picker()


def _go_back(name: str) -> None:
    go_back(name)
    close_picker()


def _take_file(file: UploadedFile) -> None:
    _take(file.getvalue(), file.name, file.name)


def _take_snapshot(data: bytes) -> None:
    _take(data, t("Camera photo"), "")


def _take(data: bytes, name: str, title: str) -> None:
    before = followed_photo().name
    try:
        follow_file(data, name, title=title)
    except ImageRefused as refusal:
        if followed_photo().name != before:  # it is followed, but was not kept
            close_picker()
            raise
        st.session_state[REFUSAL_KEY] = refusal.bare()
    else:
        close_picker()
