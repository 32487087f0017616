"""The feature store: what a frozen network computed, kept on disk and never computed twice.

    features/<transform>/<images>/shard-00000.npy     32 images each, in the order of their hashes
                                  shard-00000.json    vouches for that shard: shape, SHA-256
                                  manifest.json       vouches for the entry; written last

An entry is named by everything that its numbers depend on: the transform (weights, cut, pooling, input
size, preprocessing, precision, augmentation) and the bytes of its images, in an order of their own, so
that labels, file names and splits do not matter. A reader accepts only what a manifest vouches for; a
writer goes on behind the last whole shard. What leaves when the disk is full says `tl_core.features.quota`.
"""

import io
import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tl_core import files, settings
from tl_core.machine.large_arrays import array_to_fill
from tl_core.machine.refusals import of_the_machine

SHARD_IMAGES = 32
MANIFEST = "manifest.json"
FORMAT = 1
NAMES_KEPT = 8
"""Sets of images whose names are remembered."""
MOST_LENDERS = 8
"""Entries whose rows are looked through before an image is computed."""

Features = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Transform:
    """How an image becomes a row of features; two equal transforms give equal rows.

    Args:
        weights: SHA-256 of the backbone's weights, or a name that stands for them.
        cut: layer up to which the network is frozen.
        pooling: ``gap`` (one number a channel) or ``none`` (the whole feature map).
        size: input height and width in pixels.
        preprocessing: version of the backbone's preprocessing.
        precision: ``float32``, by whichever engine, or ``bfloat16``.
        augmentation: ``none``, or which changed copy of the images this is.
    """

    weights: str
    cut: str
    pooling: str
    size: int
    preprocessing: str
    precision: str = "float32"
    augmentation: str = "none"

    @cached_property
    def id(self) -> str:
        """Folder name: 32 hex digits."""
        return files.sha256_of_json({"format": FORMAT, **asdict(self)})[:32]


class FeatureEntry:
    """The features of some images under one transform.

    Args:
        transform: what is computed.
        images: SHA-256 of each image's bytes; order and repetition do not matter.
    """

    def __init__(self, transform: Transform, images: Iterable[str]) -> None:
        self.transform = transform
        self.images, name = _named(tuple(images))
        self.folder = features_dir() / transform.id / name
        self._last_read: tuple[int, Features | None] = (-1, None)

    @property
    def shards(self) -> range:
        """The numbers of all shards."""
        return range(-(-len(self.images) // SHARD_IMAGES))

    def shard_images(self, shard: int) -> tuple[str, ...]:
        """Return the hashes of the images in `shard`, in row order."""
        return self.images[shard * SHARD_IMAGES : (shard + 1) * SHARD_IMAGES]

    @property
    def complete(self) -> bool:
        """Whether a manifest vouches for the whole entry."""
        return (self.folder / MANIFEST).exists()

    def count_kept(self) -> int:
        """Return how many images need no computing; what is found damaged later was counted, too."""
        if self.complete:
            return len(self.images)
        lent = [lender._place.keys() for lender in self._lenders]

        def kept(shard: int) -> int:
            images = self.shard_images(shard)
            if self._shard_path(shard).with_suffix(".json").exists():
                return len(images)
            return sum(any(image in rows for rows in lent) for image in images)

        return sum(map(kept, self.shards))

    def missing_shards(self) -> list[int]:
        """Return the shards that must still be computed; damaged ones are among them."""
        return [shard for shard in self.shards if self._read_shard(shard) is None]

    def borrow(self) -> int:
        """Write the missing shards whose rows other entries of this transform hold; returns how many images.

        So a dataset that lost images, or whose classes changed, needs nothing computed again.
        """
        borrowed = 0
        for shard in self.missing_shards():
            rows = self.lent(shard)
            if len(rows) == len(self.shard_images(shard)):
                self.write_shard(
                    shard, np.stack([rows[image] for image in self.shard_images(shard)])
                )
                borrowed += len(rows)
        return borrowed

    def lent(self, shard: int) -> dict[str, Features]:
        """Return those rows of `shard` that other entries of this transform hold, by image."""
        wanted = set(self.shard_images(shard))
        rows: dict[str, Features] = {}
        for lender in self._lenders:
            for image in sorted(wanted & lender._place.keys() - rows.keys()):
                place = lender._place[image]
                of_lender = lender._read_shard_once(place // SHARD_IMAGES)
                if of_lender is not None:
                    rows[image] = of_lender[place % SHARD_IMAGES]
        return rows

    def write_shard(self, shard: int, rows: Features) -> None:
        """Store the rows of `shard`, atomically; the same rows twice do no harm.

        Raises:
            ValueError: if the rows are not one for each image, or not finite float32.
        """
        expected = len(self.shard_images(shard))
        if rows.dtype != np.float32 or len(rows) != expected or not np.isfinite(rows).all():
            raise ValueError(
                f"expected {expected} finite float32 rows, received {rows.dtype} {rows.shape}"
            )
        buffer = io.BytesIO()
        np.save(buffer, rows, allow_pickle=False)
        files.write_bytes(self._shard_path(shard), buffer.getvalue())
        record = {"shape": rows.shape, "sha256": files.sha256_of_file(self._shard_path(shard))}
        files.write_json(self._shard_path(shard).with_suffix(".json"), record)

    def finish(self) -> None:
        """Write the manifest.

        Raises:
            FileNotFoundError: if a shard is missing.
        """
        records = []
        for shard in self.shards:
            records.append(files.read_json(self._shard_path(shard).with_suffix(".json")))
        manifest = {
            "format": FORMAT,
            "transform": asdict(self.transform),
            "images": self.images,
            "shards": records,
        }
        files.write_json(self.folder / MANIFEST, manifest)

    def read(self, images: Sequence[str]) -> Features:
        """Return the rows of `images`, in that order: ``(n, ...) float32``; errors as for `read_groups`."""
        (rows,) = self.read_groups([images])
        return rows

    def read_groups(
        self,
        groups: Sequence[Sequence[str]],
        of_shard: Callable[[Features], Features] = lambda rows: rows,
    ) -> list[Features]:
        """Return the rows of several groups of images; each shard is read and checked once for all.

        Args:
            groups: SHA-256 of each image.
            of_shard: makes something smaller of the rows of a shard, before they are gathered.

        Raises:
            FileNotFoundError: if the entry is not complete, or a shard does not match its SHA-256; the
                damaged shard is then missing, to be computed again.
            DiskUnusable: there are so many rows that they need a file, and the disk does not take it.
        """
        if not self.complete:
            raise FileNotFoundError(self.folder / MANIFEST)
        os.utime(self.folder / MANIFEST)  # the eviction looks at it
        wanted = [np.array([self._place[image] for image in group], np.int64) for group in groups]
        found: list[Features] = []
        for shard in self.shards:
            part = self._read_shard(shard)
            if part is None:
                (self.folder / MANIFEST).unlink(missing_ok=True)
                raise FileNotFoundError(self.folder)
            part = of_shard(part)
            found = found or [
                array_to_fill((len(each), *part.shape[1:]), features_dir()) for each in wanted
            ]
            for rows, places in zip(found, wanted, strict=True):
                here = np.flatnonzero(places // SHARD_IMAGES == shard)
                rows[here] = part[places[here] % SHARD_IMAGES]
        return found

    @cached_property
    def _place(self) -> dict[str, int]:
        return {image: row for row, image in enumerate(self.images)}

    @cached_property
    def _lenders(self) -> list["FeatureEntry"]:
        """The complete entries of the same transform that were used last."""
        manifests = [
            path for path in self.folder.parent.glob(f"*/{MANIFEST}") if path.parent != self.folder
        ]
        used_last = sorted(manifests, key=_changed, reverse=True)[:MOST_LENDERS]
        found = []
        for path in used_last:
            with suppress(OSError, ValueError, KeyError, TypeError):
                found.append(FeatureEntry(self.transform, files.read_json(path)["images"]))
        return found

    def _read_shard_once(self, shard: int) -> Features | None:
        """Return a shard's rows, and remember the last one: neighbours are asked for one after another."""
        if self._last_read[0] != shard:
            self._last_read = shard, self._read_shard(shard)
        return self._last_read[1]

    def _shard_path(self, shard: int) -> Path:
        return self.folder / f"shard-{shard:05d}.npy"

    def _read_shard(self, shard: int) -> Features | None:
        """Return a shard's rows if its record vouches for them."""
        path = self._shard_path(shard)
        try:
            record = files.read_json(path.with_suffix(".json"))
            if record["sha256"] != files.sha256_of_file(path):
                return None
            rows: Features = np.load(path, allow_pickle=False)
        except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
            if of_the_machine(error):  # or what is there would be computed again
                raise
            return None
        return rows


@lru_cache(maxsize=NAMES_KEPT)
def _named(images: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    """Return images in the order of an entry, and what its folder is called.

    Remembered, because each shard is computed by a call of its own, and to name 3,000 images takes 1.4 ms.
    """
    ordered = tuple(sorted(set(images)))
    return ordered, files.sha256_of_json(ordered)[:32]


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # evicted a moment ago
        return 0.0


def features_dir() -> Path:
    """Return the folder of the feature store."""
    return settings.current().data_dir / "features"


def last_change() -> int:
    """Return a number that changes whenever an entry comes, grows, is finished or goes."""
    folder = features_dir()
    return hash(tuple(map(_changed, (*folder.glob("*"), *folder.glob("*/*")))))
