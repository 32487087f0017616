"""What a dataset is: images with a class each, and the files that were left out."""

import hashlib
import os
import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from tl_core import files
from tl_core.checks import Json
from tl_core.errors import DatasetRefused, LabError
from tl_core.machine.refusals import of_the_machine
from tl_core.wording import INVISIBLE, Sentence, clean_text

_DIGEST = re.compile("[0-9a-f]{64}")
PARTS = ("", "train", "validation", "test")
LEAST_IMAGES = 5
"""Readable training images that every class needs."""
LONGEST_NAME = 200
"""Characters of a file's name with its folders, and of a group."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LabeledImage:
    """One image file of a dataset.

    Args:
        path: where the file is, relative to the dataset's folder, with ``/`` between its parts.
        label: index into the dataset's class names.
        sha256: SHA-256 of the file's bytes, 64 hex digits.
        pixels: SHA-256 of the decoded pixels: two files with the same picture have the same value.
        part: ``train``, ``validation`` or ``test`` if the dataset came divided, else empty.
        group: what it has in common with others, such as the patient or the pupil who took it; a group is
            never divided between learning and judging. Empty: it stands alone.
        name: what its owner calls the file, with its folders; only ever shown. Empty: as `path`.
    """

    path: str
    label: int
    sha256: str
    pixels: str
    part: str = ""
    group: str = ""
    name: str = ""

    def __post_init__(self) -> None:
        if not is_safe_path(self.path):
            raise ValueError(f"path leaves the folder: {self.path!r}")
        if not (is_digest(self.sha256) and is_digest(self.pixels)):
            raise ValueError("sha256 and pixels must be 64 hex digits")
        if type(self.label) is not int or self.part not in PARTS:
            raise ValueError(f"unknown label or part: {self.label!r}, {self.part!r}")
        if not (is_name(self.group) and is_name(self.name)):
            raise ValueError("group and name must be one line of text")

    @property
    def shown(self) -> str:
        """What the file is called on a page."""
        return self.name or self.path

    def to_json(self) -> Json:
        """Return the image as JSON values; what is empty is left out."""
        return {name: value for name in self.__slots__ if (value := getattr(self, name)) != ""}

    def order(self) -> tuple[int, int, str, str, str]:
        """Sort key of a dataset's images: by label, part and content."""
        return self.label, PARTS.index(self.part), self.sha256, self.path, self.group


@dataclass(frozen=True, kw_only=True)
class Skipped:
    """A file that was left out, and why.

    Args:
        name: the file's name as its owner knows it.
        sentence: why.
    """

    name: str
    sentence: Sentence

    @classmethod
    def because(cls, name: str, error: LabError) -> Self:
        """Return the entry for a file that raised `error`."""
        return cls(name=name, sentence=error.sentence)

    def to_json(self) -> Json:
        """Return the entry as JSON values."""
        values = dict(self.sentence.values)
        return {"name": self.name, "reason_template": self.sentence.template, "values": values}


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """Images with a class each.

    Args:
        id: the name of its folder; safe in URLs and file names.
        title: what people call it.
        class_names: in natural order; a label is an index into it.
        images: ordered by label, part and content.
        skipped: the files that were left out.
        folder: where the files are.
        notice: who made the images and under which licence; empty if unknown.
        origin: id of the version that this one was made from; empty for what was imported.
        root: id of the first of its versions; empty for what was imported.
        change: what was changed about `origin`, a short sentence for each kind of change.
        account: how the files were read, and what was left out as a whole, a sentence each.
    """

    id: str
    title: str
    class_names: tuple[str, ...]
    images: tuple[LabeledImage, ...]
    folder: Path
    skipped: tuple[Skipped, ...] = ()
    notice: str = ""
    origin: str = ""
    root: str = ""
    change: tuple[Sentence, ...] = ()
    account: tuple[Sentence, ...] = ()

    def __post_init__(self) -> None:
        if len(set(self.class_names)) != len(self.class_names):
            raise ValueError("two classes have the same name")
        label_of: dict[str, int] = {}
        for image in self.images:
            if not 0 <= image.label < len(self.class_names):
                raise ValueError(f"label {image.label} has no class name")
            if label_of.setdefault(image.pixels, image.label) != image.label:
                raise ValueError(f"the picture {image.pixels} stands in two classes")

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of class names, contents and groups, 64 hex digits; file names do not matter."""
        rows = sorted(
            (image.sha256, image.label, image.part, *([image.group] if image.group else []))
            for image in self.images
        )
        return files.sha256_of_json({"classes": self.class_names, "images": rows})

    @cached_property
    def count_by_class(self) -> dict[str, int]:
        """How many images each class has, in the order of the class names."""
        counts = dict.fromkeys(self.class_names, 0)
        for image in self.images:
            counts[self.class_names[image.label]] += 1
        return counts

    @cached_property
    def by_sha256(self) -> dict[str, LabeledImage]:
        """The image with each SHA-256; if the same file is there twice, the last one."""
        return {image.sha256: image for image in self.images}

    @cached_property
    def _root(self) -> str:
        """The folder without links; looked up once, not for each photo."""
        return os.path.realpath(self.folder)

    def read(self, image: LabeledImage) -> bytes:
        """Return the bytes of `image`, checked against its hash.

        Raises:
            DatasetRefused: the file is gone, was changed, or lies outside the folder.
        """
        path = os.path.realpath(os.path.join(self._root, image.path))
        try:
            data = Path(path).read_bytes() if path.startswith(self._root + os.sep) else None
        except OSError as error:
            if of_the_machine(error):
                raise
            data = None
        if data is None or hashlib.sha256(data).hexdigest() != image.sha256:
            raise DatasetRefused(
                "The file {path} of the dataset {title} is missing or was changed. "
                "Delete the dataset and import it again.",
                path=image.shown,
                title=self.title,
            )
        return data


def is_safe_path(path: str) -> bool:
    r"""Whether `path` is relative, stays in its folder, and means the same on every system.

    Example:
        >>> is_safe_path("cats/1.jpg"), is_safe_path("../cats/1.jpg"), is_safe_path("C:\\1.jpg")
        (True, False, False)
    """
    if not path or path[1:2] == ":" or "\\" in path or "\0" in path:
        return False
    if not path.isascii() and any("\ud800" <= character <= "\udfff" for character in path):
        return False  # an undecodable file name cannot be stored as JSON
    return not {"", ".", ".."} & set(path.split("/"))


def clean_name(text: str) -> str:
    """Return the name of a file or a group fit to be shown; of a long path the end, which says most."""
    return clean_text(text)[-LONGEST_NAME:]


def is_name(value: Any) -> bool:
    """Whether `value` is text as `clean_name` returns it, or shorter."""
    if not isinstance(value, str) or len(value) > LONGEST_NAME:
        return False
    return value.isprintable() or not any(unicodedata.category(c) in INVISIBLE for c in value)


def is_digest(value: Any) -> bool:
    """Whether `value` is text of 64 hex digits."""
    return isinstance(value, str) and _DIGEST.fullmatch(value) is not None
