"""Many photos through a trained run: the job ``score``.

Files are read and decoded in a few threads while the network looks at those before them. How many it sees at
once follows from how long they take: Stop, and whoever asks about one photo, wait for no more than that.
"""

import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from tl_core import images, settings
from tl_core.answers.prediction import Network, trained_network
from tl_core.datasets.archives import opened
from tl_core.datasets.bringing.entries import Entry
from tl_core.datasets.bringing.waiting import release, waiting_upload
from tl_core.datasets.job_configs import ScoreConfig
from tl_core.datasets.reading.listing import natural_key, split_name
from tl_core.datasets.reading.sorting import is_left_behind, is_placeholder
from tl_core.errors import DatasetRefused, ImageRefused, RunNotFound
from tl_core.exports import trained_mark
from tl_core.prediction.folders import ClassFolders
from tl_core.prediction.rows import MOST_SCORES, Row, RowWriter
from tl_core.prediction.scored import is_scored, write_scored
from tl_core.results.metrics import read_model
from tl_core.results.scores import probabilities
from tl_core.runs import Run
from tl_core.runs.reporting import Reporter
from tl_core.training import Training, get_training
from tl_core.wording import N_

Made = TypeVar("Made")

LOOKING = N_("Look at the photos")
THUMBNAIL_SIDE = 128
"""Pixels of the longer side, for the table and for the photos behind a number."""
SECONDS_BETWEEN_LOOKS = 0.2
BATCH_SECONDS = 0.25
FIRST_BATCH, LARGEST_BATCH = 1, 16
"""Photos at once; more are hardly quicker, and keep whoever asks about one waiting."""


def run_scoring(run: Run) -> None:
    """Show a network every photo in the archive that was uploaded, and remove the archive.

    Raises:
        DatasetRefused: it is no archive that can be read.
        RunNotFound: the network is gone, or has been trained further.
        WeightsMissing: its backbone's weights are not on this machine.
        JobCancelled: somebody pressed Stop.
    """
    if is_scored(run):
        return  # its worker died between the last word and the answer
    config = ScoreConfig.from_json(run.config)
    upload = waiting_upload(run)
    try:
        training = _network_of(config)
        class_names = read_model(training).class_names
        with opened(upload, config.title, Reporter(run, "unpack")) as entries:
            wanted, aside = _wanted(entries)
            folders = ClassFolders(class_names, config.titles)
            _Scoring(run, training, folders).look_at(wanted)
    except (DatasetRefused, RunNotFound):  # for good: another attempt ends in the same way
        release(run)
        raise
    write_scored(run, class_names, aside)
    release(run)


def _network_of(config: ScoreConfig) -> Training:
    training = get_training(config.run)
    if trained_mark(training) != config.trained:
        raise RunNotFound(
            "This network has been trained further since these photos came. Bring them again to see what it "
            "says of them now."
        )
    return training


def _wanted(entries: Sequence[Entry]) -> tuple[list[Entry], int]:
    """Return the files that get a row, always in the same order, and how many others there are."""
    listed = [entry for entry in entries if not entry.name.endswith("/")]
    wanted = []
    for entry in listed:
        steps = tuple(step for step in split_name(entry.name) if step != "..")
        if is_placeholder(steps) or not is_left_behind(steps):
            wanted.append(entry)
    return sorted(wanted, key=lambda entry: natural_key(entry.shown)), len(listed) - len(wanted)


@dataclass(frozen=True)
class _Decoded:
    """A file as far as threads take it: its pixels and its picture, or only a row that says why not."""

    row: Row
    pixels: NDArray[np.uint8] | None = None
    picture: bytes = b""


class _Scoring:
    """One pass over the files of an archive, from where an earlier attempt has come to."""

    def __init__(self, run: Run, training: Training, folders: ClassFolders) -> None:
        self._run, self._training, self._folders = run, training, folders
        self._size = training.settings.size
        self._rows = RowWriter(run)
        self._batch = FIRST_BATCH

    def look_at(self, files: Sequence[Entry]) -> None:
        """Write a row for every file."""
        done = self._rows.count
        self._report = Reporter(self._run, LOOKING, len(files), done)
        self._total = len(files)
        with (
            _threads(1, waited=False) as self._passes,
            _threads(settings.current().threads) as pool,
        ):
            network = self._arrived(self._passes.submit(trained_network, self._training))
            waiting: deque[Future[_Decoded]] = deque()
            coming = iter(files[done:])
            while True:
                while len(waiting) < 2 * self._batch and (file := next(coming, None)):
                    waiting.append(pool.submit(self._decode, file))
                if not waiting:
                    break
                count = min(self._batch, len(waiting))
                self._finish(network, [self._arrived(waiting.popleft()) for _ in range(count)])
        self._rows.make_durable()

    def _decode(self, file: Entry) -> _Decoded:
        steps = split_name(file.name)
        row = Row(name=file.shown, label=self._folders.label(steps[:-1]))
        try:
            # What the network sees is decoded as for a prediction of one; the picture is made from the same.
            with images.opened(file.image(), file.shown, at_least=self._size) as found:
                pixels = found.resized(self._size, self._size)
                picture = images.encode_webp(found.shrunk(THUMBNAIL_SIDE), 80)
        except (ImageRefused, DatasetRefused) as error:  # the second: all that came out is too much
            return _Decoded(replace(row, reason=error.sentence))
        return _Decoded(row, pixels, picture)

    def _arrived(self, making: Future[Made]) -> Made:
        while wait([making], SECONDS_BETWEEN_LOOKS).not_done:
            self._told()  # a large photo takes a second, a backbone many: Stop must not wait for them
        return making.result()

    def _finish(self, network: Network, found: Sequence[_Decoded]) -> None:
        pixels = [one.pixels for one in found if one.pixels is not None]
        shares = iter(self._shares(network, pixels)) if pixels else iter(())
        self._rows.append(
            [
                (
                    one.row if one.pixels is None else _with_scores(one.row, next(shares)),
                    one.picture,
                )
                for one in found
            ]
        )
        self._told()

    def _shares(self, network: Network, pixels: Sequence[NDArray[np.uint8]]) -> NDArray[np.float64]:
        """Show the network some photos, ``(size, size, 3)`` each; returns ``(n, classes)``."""
        started = time.monotonic()
        found = self._arrived(self._passes.submit(network, np.stack(pixels)))
        self._pace(time.monotonic() - started, len(pixels))
        return probabilities(found)

    def _pace(self, seconds: float, photos: int) -> None:
        """Choose how many photos come next: twice or half as many as long as they take too short or long."""
        if seconds > BATCH_SECONDS:
            self._batch = max(1, self._batch // 2)
        elif seconds < BATCH_SECONDS / 2 and photos >= self._batch:
            self._batch = min(LARGEST_BATCH, 2 * self._batch)

    def _told(self) -> None:
        self._report(self._rows.count, self._total)


def _with_scores(row: Row, shares: NDArray[np.float64]) -> Row:
    order = np.argsort(-shares, kind="stable")[:MOST_SCORES].tolist()
    return replace(row, labels=tuple(order), shares=tuple(shares[order].tolist()))


@contextmanager
def _threads(count: int, *, waited: bool = True) -> Iterator[ThreadPoolExecutor]:
    """Yield threads that end with the block, without what they have not begun.

    Args:
        count: how many there are.
        waited: whether the block ends only when they have; otherwise what they have begun runs out.
    """
    pool = ThreadPoolExecutor(count, thread_name_prefix="score")
    try:
        yield pool
    finally:
        pool.shutdown(wait=waited, cancel_futures=True)
