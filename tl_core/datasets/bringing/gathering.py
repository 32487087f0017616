"""Reads a list of files into the labelled images of a dataset.

Every image is decoded once, in full: a file that cannot be decoded must be found now, not in the middle of
a training. Files are read in the calling thread, one after the other, and decoded in a few others.
"""

import hashlib
import os
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from tl_core import images
from tl_core.datasets.bringing import checks
from tl_core.datasets.bringing.entries import Entry, Placed, check_size, declared_size
from tl_core.datasets.bringing.layout import Place, arrange, natural_key
from tl_core.datasets.dataset import LabeledImage, Skipped, clean_name
from tl_core.errors import ImageRefused
from tl_core.runs.reporting import OnProgress
from tl_core.wording import N_, Sentence

SECONDS_BETWEEN_CALLS = 0.2
MOST_AHEAD = 16 * 10**6
"""Bytes of files that may wait to be decoded: a few large ones, or very many small ones."""
CONTRADICTION = N_(
    "{name} shows exactly the same picture as {other} of class {other_class}; both are left out."
)


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """What was found in a list of files; the fields are those of a `Dataset`."""

    class_names: tuple[str, ...]
    images: tuple[LabeledImage, ...]
    skipped: tuple[Skipped, ...]


Keep = Callable[[Entry, str, bytes], str]
"""Receives a readable file, its SHA-256 and its bytes; returns its path in the dataset's folder."""
Named = tuple[str, LabeledImage]
"""An image and the name that its owner knows."""
Decoding = tuple[Entry, Place, bytes, Future[str]]
"""A file that is decoded in another thread."""


def gather(entries: Sequence[Entry], keep: Keep, on_progress: OnProgress) -> Gathered:
    """Read, check and label all `entries`.

    Args:
        entries: the files, in any order.
        keep: called once for each readable file, in the calling thread.
        on_progress: is told of the files done.

    Returns:
        The images ordered by label, part and content, so that the same files give the same result.

    Raises:
        DatasetRefused: nothing can be learned from these files, or a limit is exceeded.
        JobCancelled: as raised by `on_progress`.
    """
    placed, skipped = _place(entries)
    return gather_placed(placed, keep, on_progress, skipped)


def gather_placed(
    placed: Sequence[Placed], keep: Keep, on_progress: OnProgress, skipped: Sequence[Skipped] = ()
) -> Gathered:
    """Read and check files whose class is known; otherwise as `gather`.

    Args:
        placed: the files with their class and part.
        keep: called once for each readable file, in the calling thread.
        on_progress: is told of the files done.
        skipped: what was left out before.
    """
    class_names = tuple(sorted({place.class_name for _, place in placed}, key=natural_key))
    checks.check_classes(class_names)
    checks.check_file_count(len(placed))
    checks.check_total_size(declared_size(placed))
    found, left_out = read_images(placed, class_names, keep, on_progress, skipped)
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
    skipped: Sequence[Skipped] = (),
) -> tuple[list[Named], list[Skipped]]:
    """Read and decode files; no picture of the result stands in two classes.

    Args:
        placed: the files with their class and part.
        class_names: all classes; a label is an index into it.
        keep: called once for each readable file, in the calling thread.
        on_progress: is told of the files done.
        skipped: what was left out before.

    Returns:
        The images with their owners' names, and all that was left out, with the reasons.

    Raises:
        DatasetRefused: most of the files cannot be used.
        JobCancelled: as raised by `on_progress`.
    """
    reading = _Reading(placed, class_names, keep, on_progress)
    reading.run()
    left_out = [*skipped, *reading.skipped]
    checks.check_readable(len(reading.readable), left_out)
    found, contradictions = _without_contradictions(reading.readable, class_names)
    return found, left_out + contradictions


def _place(entries: Sequence[Entry]) -> tuple[list[Placed], list[Skipped]]:
    placed: list[Placed] = []
    skipped: list[Skipped] = []
    ordered = sorted(entries, key=lambda entry: entry.name)
    for entry, place in zip(ordered, arrange([e.name for e in ordered]), strict=True):
        if isinstance(place, Place):
            placed.append((entry, place))
        elif place is not None:
            skipped.append(place)
    return placed, skipped


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

    def run(self) -> None:
        """Fill `readable` and `skipped`."""
        workers = min(4, os.cpu_count() or 1)
        window: deque[Decoding] = deque()
        self._report()
        with ThreadPoolExecutor(workers, thread_name_prefix="decode") as pool:
            try:
                for entry, place in self._placed:
                    try:
                        data = _read(entry)
                    except ImageRefused as error:
                        self._leave_out(entry, error)
                        continue
                    window.append((entry, place, data, pool.submit(_pixels, data, entry.shown)))
                    while len(window) > 2 * workers or _waiting_bytes(window) > MOST_AHEAD:
                        self._finish(*window.popleft())
                while window:
                    self._finish(*window.popleft())
            finally:
                pool.shutdown(wait=False, cancel_futures=True)

    def _finish(self, entry: Entry, place: Place, data: bytes, decoding: Future[str]) -> None:
        while wait([decoding], SECONDS_BETWEEN_CALLS).not_done:
            self._report()  # a large photo takes a second: Stop must not wait for it
        try:
            pixels = decoding.result()
        except ImageRefused as error:
            self._leave_out(entry, error)
            return
        sha256 = hashlib.sha256(data).hexdigest()
        path = self._keep(entry, sha256, data)
        label = self._label[place.class_name]
        image = LabeledImage(
            path=path,
            label=label,
            sha256=sha256,
            pixels=pixels,
            part=place.part,
            group=clean_name(place.group),
            name="" if path == entry.shown else entry.shown,
        )
        self.readable.append((entry.shown, image))
        self._report()

    def _leave_out(self, entry: Entry, error: ImageRefused) -> None:
        self.skipped.append(Skipped.because(entry.shown, error))
        self._report()

    def _report(self) -> None:
        done = len(self.readable) + len(self.skipped)
        self._on_progress(done, len(self._placed), N_("Reading the images"))


def _read(entry: Entry) -> bytes:
    check_size(entry.size, entry.shown)
    return entry.read()


def _waiting_bytes(window: Iterable[Decoding]) -> int:
    return sum(len(data) for _, _, data, _ in window)


def _pixels(data: bytes, name: str) -> str:
    with images.opened(data, name) as file:
        return file.sha256()


def _without_contradictions(
    readable: Sequence[Named], class_names: Sequence[str]
) -> tuple[list[Named], list[Skipped]]:
    """Drop every picture that stands in two classes: no answer to it would be right."""
    same: defaultdict[str, list[Named]] = defaultdict(list)
    for name, image in readable:
        same[image.pixels].append((name, image))
    found: list[Named] = []
    skipped: list[Skipped] = []
    for group in same.values():
        first_of_label = {image.label: name for name, image in reversed(group)}
        for name, image in group:
            others = sorted(first_of_label.keys() - {image.label})
            if not others:
                found.append((name, image))
                continue
            values = {
                "name": name,
                "other": first_of_label[others[0]],
                "other_class": class_names[others[0]],
            }
            skipped.append(
                Skipped(name=name, sentence=Sentence(template=CONTRADICTION, values=values))
            )
    return found, skipped
