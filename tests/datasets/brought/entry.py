"""What an entry says of an archive: how it is made, and what is right."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.datasets.brought.pieces import Files, packed
from tl_core.datasets.reading.choices import LIKELY, Choices

Sides = dict[str, dict[str, tuple[int, str]]]
"""Class -> part -> how many photos, and what their names in the archive are like (`fnmatch`)."""


@dataclass(frozen=True, kw_only=True)
class Refused:
    """What is said of an archive that cannot teach.

    Args:
        says: a piece of the sentence's template.
        values: some of its values.
        because: a piece of the template of what stands behind it.
        planned: whether it is only refused once its photos are read, or classes chosen.
    """

    says: str
    values: Mapping[str, str | int] = field(default_factory=dict)
    because: str = ""
    planned: bool = False


@dataclass(frozen=True, kw_only=True)
class Brought:
    """One archive, and what is right.

    Args:
        name: of the kind, for the tests.
        file: name of the file.
        files: what is in it; empty where `raw` is the file.
        raw: the file's bytes, where they are no archive.
        mode: how it is packed: ``zip``, or what `tar_bytes` takes.
        choices: what the person chooses; mostly nothing.
        right: classes and parts, in the order in which they are shown.
        groups: how many groups stay together.
        reasons: pieces of the templates that say why it is read so; no others are said.
        left_out: piece of a template -> how many files are left out for this reason; no others are.
        others: keys of the other readings that are offered.
        warnings: pieces of the templates of what is warned of; nothing else is.
        skipped: pieces of the templates of why files were skipped when they were read.
        findings: kinds of what the check finds, but for how few photos there are.
        refused: what is said where it cannot teach; then nothing else is right.
        slow: whether it takes seconds.
    """

    name: str
    file: str
    files: Files = field(default_factory=dict)
    raw: bytes = b""
    mode: str = "zip"
    choices: Choices = LIKELY
    right: Sides = field(default_factory=dict)
    groups: int = 0
    reasons: tuple[str, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)
    others: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    findings: frozenset[str] = frozenset()
    refused: Refused | None = None
    slow: bool = False

    def data(self) -> bytes:
        """Return the file's bytes."""
        return self.raw or packed(self.files, self.mode)

    def counts(self) -> dict[str, dict[str, int]]:
        """Return class -> part -> how many photos."""
        return {
            name: {part: count for part, (count, _) in sides.items()}
            for name, sides in self.right.items()
        }


# Pieces of templates that several entries share

ARE_PARTS = "are parts, not classes"
GROUPS = "the same names repeat"
VERSIONS = "the same classes in several versions"
SIBLINGS = "were made from one photo"
COPIED = "folders that only repeat others"
REPEATED = "Files that repeat another one"
TWICE = "stand here twice"
MASKS = "Masks, which show"
NO_PHOTOS = "Files that are no photos"
VIDEOS = "Videos: "
NO_LABEL = "Photos without a label"
NO_CLASS = "without a class"
SEGMENTED = "come with a mask"
NO_VALIDATION = "has no validation photos"
NOT_LEARNED = "has no photos to learn from"
DETECTION = "a set for object detection"
MODEL = "is a trained model, not photos"
OTHER_ARCHIVE = "is an archive in {format} format"
SINGLE = "is a single photo"
TOO_FEW = "usable training images that it needs"
