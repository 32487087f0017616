"""Reads a list of files into the labelled images of a dataset.

Every image is decoded once, to its end: a file that cannot be decoded must be found now, not in the middle of
a training. Files are read in the calling thread, one after the other, and decoded in a few others; small
ones are handed over many at once, because each handing over takes longer than decoding one.
"""

import hashlib
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from tl_core import images
from tl_core.datasets.bringing import checks
from tl_core.datasets.bringing.contradictions import Named, without_contradictions
from tl_core.datasets.bringing.entries import Entry, Placed, declared_size
from tl_core.datasets.dataset import LabeledImage, Skipped, clean_name
from tl_core.datasets.reading.listing import Place, natural_key
from tl_core.errors import ImageRefused
from tl_core.runs.reporting import OnProgress
from tl_core.wording import N_

SECONDS_BETWEEN_CALLS = 0.2
MOST_AHEAD = 16 * 10**6
"""Bytes of files that may wait to be decoded: a few large ones, or very many small ones."""
FILES_TOGETHER = 256
BYTES_TOGETHER = 10**6
"""With either a batch is full; Stop and the progress do not wait for all of it."""


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """What was found in a list of files; the fields are those of a `Dataset`."""

    class_names: tuple[str, ...]
    images: tuple[LabeledImage, ...]
    skipped: tuple[Skipped, ...]


Keep = Callable[[Entry, str, bytes], str]
"""Receives a readable file, its SHA-256 and its bytes; returns its path in the dataset's folder."""


def gather(placed: Sequence[Placed], keep: Keep, on_progress: OnProgress) -> Gathered:
    """Read, check and label files.

    Args:
        placed: the files, and where each belongs.
        keep: called once for each readable file, in the calling thread.
        on_progress: is told of the files done.

    Returns:
        The images ordered by label, part and content, so that the same files give the same result.

    Raises:
        DatasetRefused: nothing can be learned from these files, or a limit is exceeded.
        JobCancelled: as raised by `on_progress`.
    """
    class_names = tuple(sorted({place.class_name for _, place in placed}, key=natural_key))
    checks.check_classes(class_names)
    checks.check_file_count(len(placed))
    checks.check_total_size(declared_size(placed))
    found, left_out = read_images(placed, class_names, keep, on_progress)
    checks.check_class_sizes([image for _, image in found], class_names, left_out)
    return Gathered(
        class_names=class_names,
        images=tuple(sorted((image for _, image in found), key=LabeledImage.order)),
        skipped=tuple(sorted(left_out, key=lambda one: natural_key(one.name))),
    )


def read_images(
    placed: Sequence[Placed],
    class_names: Sequence[str],
    keep: Keep,
    on_progress: OnProgress,
) -> tuple[list[Named], list[Skipped]]:
    """Read and decode files; no picture of the result stands in two classes.

    Args:
        placed: the files with their class and part.
        class_names: all classes; a label is an index into it.
        keep: called once for each readable file, in the calling thread.
        on_progress: is told of the files done.

    Returns:
        The images with their owners' names, and all that was left out, with the reasons.

    Raises:
        DatasetRefused: most of the files cannot be used.
        JobCancelled: as raised by `on_progress`.
    """
    reading = _Reading(placed, class_names, keep, on_progress)
    reading.run()
    left_out = reading.skipped
    checks.check_readable(len(reading.readable), left_out)
    found, contradictions = without_contradictions(reading.readable, class_names)
    return found, left_out + contradictions


@dataclass(slots=True)
class _File:
    """A file that was read, and what became of it."""

    entry: Entry
    place: Place
    shown: str
    data: bytes = b""
    refused: ImageRefused | None = None
    sha256: str = ""
    pixels: str = ""

    def decode(self) -> None:
        if self.refused:
            return
        try:
            self.pixels = _pixels(self.data, self.shown)
            self.sha256 = hashlib.sha256(self.data).hexdigest()
        except ImageRefused as error:
            self.refused = error


@dataclass(kw_only=True)
class _Batch:
    """Files that are decoded one after the other, in another thread."""

    files: list[_File] = field(default_factory=list)
    bytes: int = 0
    decoding: Future[None] = field(default_factory=Future)

    def add(self, file: _File) -> None:
        self.files.append(file)
        self.bytes += len(file.data)

    @property
    def full(self) -> bool:
        most = min(BYTES_TOGETHER, MOST_AHEAD)
        return len(self.files) >= FILES_TOGETHER or self.bytes >= most


class _Reading:
    """One pass over the files: read here, decode in threads, keep what is readable."""

    def __init__(
        self,
        placed: Sequence[Placed],
        class_names: Sequence[str],
        keep: Keep,
        on_progress: OnProgress,
    ) -> None:
        self.readable: list[Named] = []
        self.skipped: list[Skipped] = []
        self._placed = placed
        self._label = {name: label for label, name in enumerate(class_names)}
        self._keep = keep
        self._on_progress = on_progress
        self._over = threading.Event()

    def run(self) -> None:
        """Fill `readable` and `skipped`, in the order of the files."""
        workers = min(4, os.cpu_count() or 1)
        window: deque[_Batch] = deque()
        self._report()
        with ThreadPoolExecutor(workers, thread_name_prefix="decode") as pool:
            try:
                for batch in self._batches():
                    batch.decoding = pool.submit(self._decode, batch)
                    window.append(batch)
                    while len(window) > 2 * workers or _waiting_bytes(window) > MOST_AHEAD:
                        self._finish(window.popleft())
                while window:
                    self._finish(window.popleft())
            finally:
                self._over.set()
                pool.shutdown(wait=False, cancel_futures=True)

    def _batches(self) -> Iterator[_Batch]:
        batch = _Batch()
        for entry, place in self._placed:
            batch.add(_read(entry, place))
            if batch.full:
                yield batch
                batch = _Batch()
        if batch.files:
            yield batch

    def _decode(self, batch: _Batch) -> None:
        for file in batch.files:
            if self._over.is_set():
                return  # somebody has pressed Stop
            file.decode()

    def _finish(self, batch: _Batch) -> None:
        while wait([batch.decoding], SECONDS_BETWEEN_CALLS).not_done:
            self._report()  # a large photo takes a second: Stop must not wait for it
        batch.decoding.result()
        for file in batch.files:
            if file.refused:
                self.skipped.append(Skipped.because(file.shown, file.refused))
            else:
                self.readable.append((file.shown, self._kept(file)))
            self._report()

    def _kept(self, file: _File) -> LabeledImage:
        path = self._keep(file.entry, file.sha256, file.data)
        return LabeledImage(
            path=path,
            label=self._label[file.place.class_name],
            sha256=file.sha256,
            pixels=file.pixels,
            part=file.place.part,
            group=clean_name(file.place.group),
            name="" if path == file.shown else file.shown,
        )

    def _report(self) -> None:
        done = len(self.readable) + len(self.skipped)
        self._on_progress(done, len(self._placed), N_("Reading the images"))


def _read(entry: Entry, place: Place) -> _File:
    shown = entry.shown
    try:
        return _File(entry, place, shown, entry.image())
    except ImageRefused as error:
        return _File(entry, place, shown, refused=error)


def _waiting_bytes(window: Iterable[_Batch]) -> int:
    return sum(batch.bytes for batch in window)


def _pixels(data: bytes, name: str) -> str:
    """Return by what a picture is known; a large JPEG is read to its end, but only a part of it is held."""
    with images.opened(data, name, coarse_above=images.PIXELS_TO_KNOW) as file:
        return file.sha256()
