"""What others may try on one's runs and data: every way that a page offers, as a table.

Each is pressed as a browser sends it, whether or not the button is disabled: over the page by
``tests/app/test_whose.py``, over the protocol by ``tests/server/test_whose.py``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.app import trainings
from tests.datasets.samples import picture
from tl_core import people, runs
from tl_core.checks import JobConfig
from tl_core.datasets.bringing.staging import Staging
from tl_core.datasets.catalogue import get_dataset
from tl_core.datasets.job_configs import (
    DownloadConfig,
    ImportConfig,
    ImportFilesConfig,
    InspectConfig,
    ScanConfig,
    ScoreConfig,
)
from tl_core.datasets.owners import hand_over
from tl_core.lessons.heads import ComparisonConfig
from tl_core.lessons.skip import SkipConfig
from tl_core.lessons.transfer import TransferConfig
from tl_core.people import Person, ownership
from tl_core.run_book import write_label
from tl_core.runs import Run

KEY = "correct-horse"
OWNER, STRANGER = "a" * 32, "b" * 32
"""Secrets."""
TOKEN, DIGEST = "c" * 32, "d" * 64
WATCHED = ("runs", "datasets", "staging", "uploads")

Link = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One way to act on what is somebody else's.

    Args:
        name: what is tried.
        page: the page's name in its address.
        prepare: makes the owner's thing; returns what the address names.
        press: label of the button.
        typed: text by the label of the field.
        picks: whether a photo is picked in the sheet first.
    """

    name: str
    page: str
    prepare: Callable[[], Link]
    press: str
    typed: Mapping[str, str] = field(default_factory=dict)
    picks: bool = False


def person(secret: str, *, teacher: bool = False) -> Person:
    return Person(id=people.mark_of(secret), teacher=teacher)


def owned(run: Run, *secrets: str) -> Run:
    ownership.join(run.folder, *map(people.mark_of, secrets or (OWNER,)))
    return run


def contents(folder: Path) -> dict[str, str]:
    """Return the digest of every file that people care for, by its path."""
    files = [path for kind in WATCHED for path in (folder / kind).rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest() for path in files}


def _running(config: JobConfig, waiting: bool = False) -> str:
    run = owned(runs.open_job(config))
    (trainings.queued if waiting else trainings.running)(run)
    return run.id


def _training(state: str = "done", **settings: object) -> str:
    run = owned(trainings.open_run(**settings))
    if state == "done":
        trainings.done(run)
    elif state == "failed":
        trainings.queued(run).append("state", state="failed", template="It broke.")
    else:
        (trainings.queued if state == "queued" else trainings.running)(run)
        if state == "cancelled":
            run.append("state", state=state)
    return run.id


def _stopped(link: Link) -> Link:
    runs.get_run(link["job"]).append("state", state="cancelled")
    return link


def _two_trainings() -> Link:
    theirs = trainings.done(owned(trainings.open_run(seed=7), STRANGER))
    return {"section": "book", "runs": f"{_training()},{theirs.id}"}


def _shared_training() -> Link:
    """A training that the owner has asked for first, and the stranger too."""
    run = trainings.running(owned(trainings.open_run(), OWNER, STRANGER))
    return {"run": run.id}


def _book(state: str = "done") -> Link:
    return {"section": "book", "runs": _training(state)}


def _named() -> Link:
    link = _book()
    write_label(runs.get_run(link["runs"]), "Ours", "A note", person(OWNER))
    return link


def _damaged() -> Link:
    (runs.get_run(_training()).folder / "config.json").write_bytes(b"{")
    return {"section": "book"}


def _scored(state: str) -> Link:
    config = ScoreConfig(sha256=DIGEST, title="Zoo", run=_training(), trained="x")
    run = trainings.running(owned(runs.open_job(config)))
    if state != "running":
        run.append("state", state=state)
    return {"section": "many", "many": run.id}


def _dataset() -> Link:
    dataset = get_dataset(trainings.pets())
    hand_over(dataset, people.mark_of(OWNER))
    return {"section": "data", "data": "versions", "dataset": dataset.id}


def _check() -> Link:
    config = InspectConfig(dataset="emoji", validation=0.2, test=0.0, seed=0)
    _running(config)
    return {"section": "data", "data": "check", "dataset": "emoji"}


def _draft(look: str = "new") -> Link:
    draft = Staging(TOKEN)
    draft.begin(person(OWNER))
    for number in range(12):
        draft.add(("cats", "dogs")[number % 2], f"{number}.png", picture(number))
    return {"section": "data", "data": look, "draft": TOKEN, "collect_class": "cats"}


def _job(config: JobConfig, **how: bool) -> Callable[[], Link]:
    return lambda: {"section": "data", "data": "new", "job": _running(config, **how)}


def _fingerprint() -> dict[str, Any]:
    return {"dataset": "emoji", "fingerprint": get_dataset("emoji").fingerprint}


ATTEMPTS = (
    Attempt(
        name="stop a training",
        page="train",
        prepare=lambda: {"run": _training("running")},
        press="Stop",
    ),
    Attempt(
        name="stop a training that waits",
        page="train",
        prepare=lambda: {"run": _training("queued")},
        press="Stop",
    ),
    Attempt(
        name="stop a training that one shares",
        page="train",
        prepare=_shared_training,
        press="Stop",
    ),
    Attempt(
        name="stop a look into an archive",
        page="train",
        prepare=_job(ScanConfig(sha256=DIGEST, title="Pets")),
        press="Stop",
    ),
    Attempt(
        name="stop an import",
        page="train",
        prepare=_job(ImportConfig(sha256=DIGEST, title="Pets")),
        press="Stop",
    ),
    Attempt(
        name="stop an import that waits",
        page="train",
        prepare=_job(ImportConfig(sha256=DIGEST, title="Pets"), waiting=True),
        press="Stop",
    ),
    Attempt(
        name="stop an import of photos",
        page="train",
        prepare=_job(ImportFilesConfig(staging=TOKEN, digest=DIGEST)),
        press="Stop",
    ),
    Attempt(name="stop a download", page="train", prepare=_job(DownloadConfig()), press="Stop"),
    Attempt(name="stop a check", page="train", prepare=_check, press="Stop"),
    Attempt(
        name="stop a comparison of heads",
        page="gap_vs_flatten",
        prepare=lambda: {
            "section": "measure",
            "run": _running(ComparisonConfig(**_fingerprint())),
        },
        press="Stop",
    ),
    Attempt(
        name="stop why ResNet trains",
        page="train",
        prepare=lambda: {"section": "skip", "skip": _running(SkipConfig())},
        press="Stop",
    ),
    Attempt(
        name="stop what transfer buys",
        page="train",
        prepare=lambda: {
            "section": "transfer",
            "transfer": _running(TransferConfig(**_fingerprint())),
        },
        press="Stop",
    ),
    Attempt(
        name="stop a table of photos",
        page="predict",
        prepare=lambda: _scored("running"),
        press="Stop",
    ),
    Attempt(
        name="go on with a training",
        page="train",
        prepare=lambda: {"run": _training("cancelled")},
        press="Resume",
    ),
    Attempt(
        name="go on with an import of photos",
        page="train",
        prepare=lambda: _stopped(_job(ImportFilesConfig(staging=TOKEN, digest=DIGEST))()),
        press="Resume",
    ),
    Attempt(name="delete a training", page="train", prepare=_book, press="Delete for good"),
    Attempt(
        name="delete a training that failed",
        page="train",
        prepare=lambda: _book("failed"),
        press="Delete for good",
    ),
    Attempt(
        name="delete a training among one's own",
        page="train",
        prepare=_two_trainings,
        press="Delete for good",
    ),
    Attempt(
        name="delete a damaged training",
        page="train",
        prepare=_damaged,
        press="Delete for good",
    ),
    Attempt(
        name="delete a table of photos",
        page="predict",
        prepare=lambda: _scored("failed"),
        press="Delete for good",
    ),
    Attempt(
        name="rename a training",
        page="train",
        prepare=_book,
        press="Save",
        typed={"Name": "Mine now"},
    ),
    Attempt(
        name="write on a training",
        page="train",
        prepare=_book,
        press="Save",
        typed={"Note": "Mine now"},
    ),
    Attempt(
        name="take a training's name away",
        page="train",
        prepare=_named,
        press="Save",
        typed={"Name": "", "Note": ""},
    ),
    Attempt(name="delete a dataset", page="train", prepare=_dataset, press="Delete this version"),
    Attempt(
        name="remove collected photos",
        page="train",
        prepare=_draft,
        press="Remove the selected photos",
        picks=True,
    ),
    Attempt(
        name="rename a collected class",
        page="train",
        prepare=_draft,
        press="Rename",
        typed={"New name": "mine"},
    ),
    Attempt(
        name="remove a collected class",
        page="train",
        prepare=_draft,
        press="Remove this class and its photos",
    ),
    Attempt(
        name="import what others collect",
        page="train",
        prepare=_draft,
        press="Make the dataset",
    ),
    Attempt(
        name="add what others collect to a dataset",
        page="train",
        prepare=lambda: _draft("more"),
        press="Add 12 photos to the dataset",
    ),
)
