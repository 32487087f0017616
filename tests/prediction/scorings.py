"""Scorings as a worker leaves them, written without one."""

from collections.abc import Sequence

import numpy as np

from tests.datasets.samples import picture
from tl_core import runs
from tl_core.datasets.job_configs import ScoreConfig
from tl_core.prediction.rows import ROWS, THUMBNAILS, Row, RowWriter
from tl_core.prediction.scored import write_scored
from tl_core.runs import Run
from tl_core.wording import Sentence

NAMES = ("cats", "dogs")
EMPTY = Sentence(
    template="{name} is empty. Copy it again, or choose another file.", values={"name": "empty.jpg"}
)


def scoring(network: str = "0" * 16, sha256: str = "0" * 64, title: str = "pets") -> Run:
    config = ScoreConfig(sha256=sha256, title=title, run=network, trained="0" * 16)
    return runs.open_job(config)


def row(name: str, shares: Sequence[float] = (), label: int | None = None) -> Row:
    """Return a row with these scores, in the order of the classes; without any it is a refusal."""
    if not shares:
        return Row(name=name, label=label, reason=EMPTY)
    order = np.argsort(-np.array(shares), kind="stable").tolist()
    best = tuple(float(shares[place]) for place in order)
    return Row(name=name, label=label, labels=tuple(order), shares=best)


def write(run: Run, rows: Sequence[Row], names: Sequence[str] = NAMES, aside: int = 0) -> Run:
    """Write these rows and no others, each that has scores with a picture, and finish the run."""
    for name in (ROWS, THUMBNAILS):
        (run.folder / name).unlink(missing_ok=True)
    writer = RowWriter(run)
    writer.append([(one, webp(place) if one.labels else b"") for place, one in enumerate(rows)])
    write_scored(run, names, aside)
    run.append("state", state="queued", owner=runs.owner())
    run.append("state", state="running")
    run.append("state", state="done")
    return run


def webp(number: int) -> bytes:
    return picture(number % 50, "WEBP")


PETS = [
    row("cats/1.jpg", (0.9, 0.1), 0),
    row("cats/2.jpg", (0.45, 0.55), 0),
    row("cats/3.jpg", (0.7, 0.3), 0),
    row("dogs/4.jpg", (0.2, 0.8), 1),
    row("dogs/5.jpg", (0.99, 0.01), 1),
    row("empty.jpg"),
    row("zoo/6.jpg", (0.5, 0.5)),
]
