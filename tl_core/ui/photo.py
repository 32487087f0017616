"""The photo that is followed through all pages: kept for the session, and a sample also in the URL."""

import hashlib
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.typing import UploadedFile

from tl_core import settings
from tl_core.datasets.catalogue import read_photo, sample_photos
from tl_core.errors import ImageRefused
from tl_core.images import encode_jpeg, encode_png, opened
from tl_core.ui import state
from tl_core.ui.errors import callback, show_error
from tl_core.ui.pictures import show_picture
from tl_core.ui.text import escaped, t, t_marked
from tl_core.ui.uploads import fresh_key, take_one, upload_one
from tl_core.wording import N_

KEY = "photo"
"""Name of a sample in the URL, and of the choice in the session."""
LONGEST_SIDE = 1024
"""Pixels; more would only cost time on pages that show the photo at a few hundred."""
MOST_BYTES = 1_000_000
"""A session holds at most this much of a photo of one's own."""
THUMBNAIL_SIDE = 88
POPOVER_KEY = "photo_popover"
REFUSAL_KEY = "photo_refusal"
UPLOADS = "photo_file"
SOURCES = {"sample": N_("Sample"), "upload": N_("Upload"), "camera": N_("Camera")}


@dataclass(frozen=True, kw_only=True)
class Photo:
    """The followed photo."""

    name: str
    """Short and unique: a sample's name, or ``own-`` and the start of a hash."""
    title: str
    """For people, in the session's language."""
    image: NDArray[np.uint8]
    """`(h, w, 3) uint8 0..255`, longest side at most 1024, read-only."""
    data: bytes
    """The file that `image` was read from: networks read it as they read the files they were trained on."""


@dataclass(frozen=True, kw_only=True)
class _Choice:
    """What the session keeps: a sample's name, or a photo of one's own as a small file."""

    name: str
    title: str = ""
    data: bytes = b""


def photo_picker() -> Photo:
    """Draw the followed photo small, with a button to change it, and return it."""
    photo = followed_photo()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _show_small(photo.name, photo.image, photo.title)
        st.markdown(f"**{escaped(photo.title)}**", width="content")
        with st.popover(
            t("Change photo"), icon=":material/image_search:", key=POPOVER_KEY, on_change="rerun"
        ) as popover:
            if popover.open:
                _choices()
    return photo


def followed_photo() -> Photo:
    """Return the followed photo; a sample until somebody chooses."""
    choice = _choice()
    if choice.data:
        return Photo(
            name=choice.name,
            title=choice.title or t("Camera photo"),
            image=_decoded(choice.name, choice.data),
            data=choice.data,
        )
    return Photo(
        name=choice.name,
        title=t_marked(_titles()[choice.name]),
        image=_decoded(choice.name, b""),
        data=read_photo(choice.name),
    )


def take_photo() -> None:
    """Follow the sample that the URL names, if the page was just entered with one."""
    asked = state.asked_in_url(KEY)
    if asked in _titles():
        st.session_state[KEY] = _Choice(name=asked)
    elif asked is not None:
        state.refuse(KEY, asked)


def url_parameters() -> dict[str, str]:
    """Return the URL parameter for the followed photo: nothing for the usual one, or for one's own."""
    choice = _choice()
    usual = bool(choice.data) or choice.name == next(iter(_titles()))
    return {} if usual else {KEY: choice.name}


def _choice() -> _Choice:
    choice: _Choice | None = st.session_state.get(KEY)
    return choice or _Choice(name=next(iter(_titles())))


def _titles() -> dict[str, str]:
    return {sample.name: sample.title for sample in sample_photos()}


def _choices() -> None:
    source = st.segmented_control(
        t("Where from"),
        list(SOURCES),
        default="sample",
        required=True,
        format_func=lambda name: t_marked(SOURCES[name]),
        label_visibility="collapsed",
        key="photo_source",
        on_change=callback(lambda: st.session_state.pop(REFUSAL_KEY, None)),
    )
    if source == "sample":
        _sample_choices()
    elif source == "upload":
        upload_one(
            t("A photo from this device; it is not kept after you leave"),
            UPLOADS,
            _take_file,
            limit_mb=settings.current().max_image_mb,
        )
    else:
        key = fresh_key(UPLOADS)
        st.camera_input(
            t("Take a photo"),
            key=key,
            on_change=callback(take_one),
            args=(UPLOADS, key, _take_file),
        )
    if refusal := st.session_state.get(REFUSAL_KEY):
        show_error(refusal)


def _sample_choices() -> None:
    with st.grid(3, min_column_width=THUMBNAIL_SIDE, gap="small"):
        for name, title in _titles().items():
            with st.container(gap="xxsmall"):
                _show_small(f"square {name}", _square(_decoded(name, b"")), t_marked(title))
                st.button(
                    t_marked(title),
                    key=f"photo-{name}",
                    on_click=callback(_follow),
                    args=(_Choice(name=name),),
                    width="stretch",
                )


def _show_small(name: str, image: NDArray[np.uint8], title: str) -> None:
    show_picture(image, alt=title, width=THUMBNAIL_SIDE, depends_on=(name,))


def _square(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the middle of `image`, so that all pictures of the choice have one size."""
    side = min(image.shape[:2])
    top, left = ((length - side) // 2 for length in image.shape[:2])
    return image[top : top + side, left : left + side]


def _take_file(file: UploadedFile) -> None:
    from_camera = st.session_state.get("photo_source") == "camera"
    try:
        _follow(_own(file.getvalue(), file.name, title="" if from_camera else file.name))
    except ImageRefused as refusal:
        # Not the error itself, whose traceback would keep the file in memory.
        st.session_state[REFUSAL_KEY] = refusal.restored(refusal.sentence)


def _follow(choice: _Choice) -> None:
    st.session_state[KEY] = choice
    st.session_state[POPOVER_KEY] = False
    st.session_state.pop(REFUSAL_KEY, None)


def _own(data: bytes, name: str, title: str) -> _Choice:
    with opened(data, name, at_least=LONGEST_SIDE) as file:
        fits = len(data) < MOST_BYTES and max(file.height, file.width) <= LONGEST_SIDE
        image = file.shrunk(LONGEST_SIDE)
    small = data if fits else _small_file(image)
    return _Choice(name=f"own-{hashlib.sha256(small).hexdigest()[:16]}", title=title, data=small)


def _small_file(image: NDArray[np.uint8]) -> bytes:
    """Return `image` as a file under `MOST_BYTES`: exact where it is small, else the best JPEG that fits."""
    if image.nbytes < MOST_BYTES:
        return encode_png(image)
    files = (encode_jpeg(image, quality) for quality in (92, 85, 70))
    return next((file for file in files if len(file) < MOST_BYTES), encode_jpeg(image, 40))


@st.cache_resource(show_spinner=False, max_entries=100)
def _decoded(name: str, _data: bytes) -> NDArray[np.uint8]:
    """Return the pixels of a sample, or of one's own photo; shared between sessions, so never written to."""
    with opened(_data or read_photo(name), name) as file:
        return file.shrunk(LONGEST_SIDE)
