"""What is found wrong with a dataset: kept as JSON, read by the page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tl_core.checks import Json
from tl_core.datasets.dataset import Dataset, LabeledImage
from tl_core.datasets.editing import edited
from tl_core.datasets.edits import Edit
from tl_core.errors import DatasetRefused, RunNotFound, SettingInvalid
from tl_core.runs import Run
from tl_core.wording import Sentence, Value

FINDINGS = "findings.json"
"""In the folder of a finished inspection."""

KINDS = (
    "unreadable",
    "one-class",
    "two-labels",
    "leak",
    "copies",
    "near-copies",
    "mirrored",
    "tiny",
    "imbalance",
    "unjudged",
    "few-to-judge",
    "few-groups",
    "skipped",
)
"""All kinds of findings, in the order in which they are told; images of ``unreadable`` cannot be drawn."""


class Severity(StrEnum):
    """How much a finding spoils a result."""

    SERIOUS = "serious"
    """The result would be wrong."""
    DOUBTFUL = "doubtful"
    """The result would be worse, or mean less, than it could."""
    NOTE = "note"
    """Good to know."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something about a dataset that a person should know before training.

    Args:
        kind: one of `KINDS`; at most one finding a kind.
        severity: see `Severity`.
        sentence: what it is and why it matters.
        groups: the images concerned, as SHA-256; the pictures of one group show the same. A file that stands
            in the dataset several times is named as often.
        fix: what one click may do about it, or None.
    """

    kind: str
    severity: Severity
    sentence: Sentence
    groups: tuple[tuple[str, ...], ...] = ()
    fix: Edit | None = None

    def to_json(self) -> Json:
        """Return the finding as JSON values."""
        return {
            "kind": self.kind,
            "severity": self.severity,
            "sentence": self.sentence.to_json(),
            "groups": self.groups,
            "fix": self.fix.to_json() if self.fix else None,
        }

    @classmethod
    def from_json(cls, value: Any) -> "Finding":
        """Return the finding that `to_json` described; raises like a dictionary for what does not fit."""
        return cls(
            kind=value["kind"],
            severity=Severity(value["severity"]),
            sentence=Sentence.from_json(value["sentence"]),
            groups=tuple(tuple(group) for group in value["groups"]),
            fix=None if value["fix"] is None else Edit.from_json(value["fix"]),
        )


def make_finding(
    dataset: Dataset,
    kind: str,
    severity: Severity,
    template: str,
    groups: Iterable[Sequence[LabeledImage]] = (),
    fixes: Iterable[Edit] = (),
    **values: Value,
) -> Finding:
    """Return a finding about `dataset`, with the first of `fixes` that leaves what can still teach."""
    return Finding(
        kind=kind,
        severity=severity,
        sentence=Sentence(template=template, values=values),
        groups=tuple(tuple(image.sha256 for image in group) for group in groups),
        fix=next((fix for fix in fixes if _can_teach(dataset, fix)), None),
    )


def _can_teach(dataset: Dataset, fix: Edit) -> bool:
    try:
        edited(dataset, fix)
    except DatasetRefused:
        return False
    return True


def read_findings(run: Run) -> tuple[Finding, ...]:
    """Return what the finished job ``inspect`` found.

    Raises:
        RunNotFound: its result is missing or damaged.
    """
    try:
        return run.read(FINDINGS, lambda kept: tuple(map(Finding.from_json, kept["findings"])))
    except (RunNotFound, SettingInvalid):
        raise RunNotFound(
            "The result of this check is damaged. Change a share or the seed, and check again."
        ) from None
