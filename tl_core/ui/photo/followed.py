"""The photo that is followed through all pages: in the session, on disk, and by its name in the URL."""

import hashlib
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from tl_core import photos
from tl_core.datasets.catalogue import read_photo, sample_photos
from tl_core.errors import DiskUnusable, ImageRefused, LabError
from tl_core.images import centre_square, encode_jpeg, encode_png, opened, resize
from tl_core.ui import state
from tl_core.ui.text import t, t_marked
from tl_core.ui.visitor import visitor

KEY = "photo"
"""Name of the photo in the URL, and of the choice in the session."""
PAST_KEY = "_photos_before"
"""What the session keeps of the photos before."""
LONGEST_SIDE = 1024
"""Pixels; more would only cost time on pages that show the photo at a few hundred."""
THUMBNAIL_SIDE = 88
PAST_SIDE = 72
MOST_PAST = 6
_sample_file = cache(read_photo)  # each page asks for it at each of its runs


@dataclass(frozen=True, kw_only=True)
class Photo:
    """The followed photo."""

    name: str
    """Short and unique: a sample's name, ``own-`` and random digits, or the digest of the lab's own file."""
    title: str
    """For people, in the session's language."""
    image: NDArray[np.uint8]
    """`(h, w, 3) uint8 0..255`, longest side at most 1024, read-only."""
    data: bytes
    """The file that `image` was read from: networks read it as they read the files they were trained on."""
    source: str = ""
    """SHA-256 of the file as it was chosen, however it was shrunk since; empty for a sample."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What the session keeps of a photo.

    Args:
        name: of a sample, or of a photo of one's own.
        title: what its owner calls it; empty for a sample and for one from a camera.
        data: the file of a photo of one's own.
        digest: SHA-256 of `data`: the same file, chosen again, is the same photo.
        source: SHA-256 of the file that `data` was made from: a dataset knows its photo by it.
        kept: whether the file is on disk too, where the URL finds it.
    """

    name: str
    title: str = ""
    data: bytes = b""
    digest: str = ""
    source: str = ""
    kept: bool = False

    @property
    def own(self) -> bool:
        """Whether it is a photo of one's own."""
        return photos.is_photo_name(self.name)

    @property
    def shown(self) -> str:
        """What people call it, in the session's language."""
        return self.title or t("Camera photo") if self.own else t_marked(_titles()[self.name])


@dataclass(frozen=True, kw_only=True)
class Past:
    """A photo that was followed before: small, because a session may not hold six whole ones.

    Args:
        choice: without its file, if that is on disk.
        thumbnail: the square in its middle, `(PAST_SIDE, PAST_SIDE, 3) uint8 0..255`.
    """

    choice: Choice
    thumbnail: NDArray[np.uint8]


def is_chosen() -> bool:
    """Whether somebody has chosen the followed photo, here or in the page's address."""
    return KEY in st.session_state


def lab_photo(data: bytes, name: str) -> Photo:
    """Return a file that the lab has anyway, such as one of a dataset, as a photo that nobody has chosen.

    Raises:
        ImageRefused: it cannot be read.
    """
    small, digest = smaller(data, name), hashlib.sha256(data).hexdigest()
    return Photo(name=digest, title=name, image=decoded(digest, small), data=small, source=digest)


def followed_photo() -> Photo:
    """Return the followed photo; a sample until somebody chooses."""
    choice = _choice()
    return Photo(
        name=choice.name,
        title=choice.shown,
        image=decoded(choice.name, choice.data),
        data=choice.data or _sample_file(choice.name),
        source=choice.source,
    )


def past_photos() -> tuple[Past, ...]:
    """Return the photos that were followed before this one, the last first, at most `MOST_PAST`."""
    found: tuple[Past, ...] = st.session_state.get(PAST_KEY, ())
    return found


def take_photo() -> None:
    """Follow the photo that the URL names, if the page was just entered with one."""
    asked = state.asked_in_url(KEY)
    if asked is None or (is_chosen() and asked == _choice().name):
        return
    if asked in _titles():
        follow(Choice(name=asked))
    elif photos.is_photo_name(asked):
        try:
            follow(_from_disk(asked))
        except LabError as error:
            state.tell(error)
    else:
        state.refuse(KEY, asked)


def url_parameters() -> dict[str, str]:
    """Return the URL parameter for the followed photo: none while nobody chose, or for one not on disk.

    One that is chosen is named even if it is the usual one: a page may have another usual one.
    """
    choice = _choice()
    return {KEY: choice.name} if is_chosen() and (choice.kept or not choice.own) else {}


def follow_sample(name: str) -> None:
    """Follow a sample photo, by its name."""
    follow(Choice(name=name))


def follow_file(data: bytes, name: str, *, title: str = "") -> None:
    """Follow a photo of one's own, and keep it on disk.

    Args:
        data: the whole file, as it came from somebody.
        name: the file's name, for the message if it is refused.
        title: what people see it called; empty for one from a camera.

    Raises:
        ImageRefused: it is no photo, and the one before stays; or it is followed but could not be kept,
            and the message says so.
    """
    choice = _known(own(data, name, title))
    follow(choice)
    if choice.kept:
        return
    try:
        photos.keep(
            choice.name,
            choice.title,
            choice.data,
            source=choice.source,
            person=visitor().id,
        )
    except DiskUnusable as refused:
        raise ImageRefused(
            "{name} is shown now, but it could not be kept: a reload of the page loses it, and no link has "
            "it. Once the reason is gone, choose it again.",
            name=choice.shown,
        ).because(refused.sentence) from refused
    st.session_state[KEY] = replace(choice, kept=True)


def follow_frame(data: bytes) -> None:
    """Follow a frame that the camera of a page has kept; it is checked like any file.

    Args:
        data: a JPEG or PNG file.

    Raises:
        ImageRefused: as for `follow_file`.
    """
    follow_file(data, t("Camera photo"))


def go_back(name: str) -> None:
    """Follow a photo that was followed before.

    Raises:
        LabError: its file is gone, or cannot be read now.
    """
    for past in past_photos():
        if past.choice.name == name:
            whole = past.choice.data or not past.choice.own
            follow(past.choice if whole else _from_disk(name))


def follow(choice: Choice) -> None:
    """Follow a photo, and remember the one before."""
    before: Choice | None = st.session_state.get(KEY)
    st.session_state[KEY] = choice
    others = [past for past in past_photos() if past.choice.name != choice.name]
    if before and before.name != choice.name:
        others.insert(0, _past(before))
    st.session_state[PAST_KEY] = tuple(others[:MOST_PAST])


def own(data: bytes, name: str, title: str) -> Choice:
    """Return a file as a photo of one's own, made as small as needed; arguments as for `follow_file`.

    Raises:
        ImageRefused: it is no photo.
    """
    small = smaller(data, name)
    return Choice(
        name=photos.new_name(),
        title=title,
        data=small,
        digest=hashlib.sha256(small).hexdigest(),
        source=hashlib.sha256(data).hexdigest(),
    )


def smaller(data: bytes, name: str) -> bytes:
    """Return a file as it is, or made small enough to be kept.

    Raises:
        ImageRefused: it is no photo.
    """
    with opened(data, name, at_least=LONGEST_SIDE) as file:
        fits = len(data) < photos.MOST_BYTES and max(file.height, file.width) <= LONGEST_SIDE
        image = file.shrunk(LONGEST_SIDE)
    return data if fits else small_file(image)


def small_file(image: NDArray[np.uint8]) -> bytes:
    """Return `image` as a file that can be kept: exact where it is small, else the best JPEG that fits."""
    if image.nbytes < photos.MOST_BYTES and len(exact := encode_png(image)) < photos.MOST_BYTES:
        return exact
    files = (encode_jpeg(image, quality) for quality in (92, 85, 70))
    return next((file for file in files if len(file) < photos.MOST_BYTES), encode_jpeg(image, 40))


@st.cache_resource(show_spinner=False, max_entries=100)
def decoded(name: str, _data: bytes) -> NDArray[np.uint8]:
    """Return the pixels of a sample, or of one's own photo; shared between sessions, so never written to."""
    with opened(_data or read_photo(name), name) as file:
        return file.shrunk(LONGEST_SIDE)


def _choice() -> Choice:
    choice: Choice | None = st.session_state.get(KEY)
    return choice or Choice(name=next(iter(_titles())))


def _titles() -> dict[str, str]:
    return {sample.name: sample.title for sample in sample_photos()}


def _known(choice: Choice) -> Choice:
    """Return the same photo as it was followed before, or `choice` if it is new."""
    before = [_choice(), *(past.choice for past in past_photos())]
    for one in before:
        if one.digest == choice.digest:
            return replace(choice, name=one.name, kept=one.kept)
    return choice


def _from_disk(name: str) -> Choice:
    found = photos.read_kept(name)
    decoded(name, found.data)  # a damaged file is refused here, and not by every page
    digest = hashlib.sha256(found.data).hexdigest()
    return Choice(
        name=name, title=found.title, data=found.data, digest=digest, source=found.source, kept=True
    )


def _past(choice: Choice) -> Past:
    square = centre_square(decoded(choice.name, choice.data))
    thumbnail = resize(square, PAST_SIDE, PAST_SIDE)
    return Past(choice=replace(choice, data=b"") if choice.kept else choice, thumbnail=thumbnail)
