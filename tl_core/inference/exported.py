"""Networks as files for the inference engine: made once by Keras, kept in the data folder.

    inference/<name>/network.xml     layers, in OpenVINO's format; ``TL_NETWORK_DIR`` puts it elsewhere
                     network.bin     weights, float32
                     network.json    what it is, with the SHA-256 of both; what does not match is made again

A name stands for all that the numbers depend on: the weights, the side of the images and the version of the
export. All of it can be made again: what was not used for the longest time leaves first
(``TL_NETWORK_QUOTA_MB``).
"""

import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path

from tl_core import files, settings
from tl_core.backbones import weights_sha256
from tl_core.machine.quotas import MB, folder_bytes

FOLDER = "inference"
VERSION = 1
"""Of what is exported and how; a change makes all networks again."""
NETWORK, WEIGHTS, RECORD = "network.xml", "network.bin", "network.json"
CHOICE = "choice.json"
"""In a folder of its own, see `tl_core.inference.choice`."""
LEFT_ALONE_SECONDS = 3600.0
"""How long a folder stays that holds neither: somebody may be about to remove it."""


@dataclass(frozen=True, kw_only=True)
class FrozenName:
    """Which network.

    Args:
        backbone: name in the registry.
        weights: ``imagenet`` or ``random``.
        size: input height and width in pixels.
        run: id of a training that has changed some of its blocks; empty for the network that all share.
        trained: which state of that training, see `tl_core.exports.trained_mark`.
    """

    backbone: str
    weights: str
    size: int
    run: str = ""
    trained: str = ""

    @cached_property
    def id(self) -> str:
        """Name of its files.

        Raises:
            WeightsMissing: the weights are not on this machine, and nothing else tells which they are.
        """
        parts = [VERSION, weights_sha256(self.backbone, self.weights)]
        own = [self.run, self.trained] if self.run else []
        digest = files.sha256_of_json([*parts, *own])
        return f"{self.backbone}-{self.size}-{digest[:16]}"

    @property
    def shared(self) -> "FrozenName":
        """The network that nobody has changed: what is fastest for it is for all of its kind."""
        return replace(self, run="", trained="")

    @property
    def folder(self) -> Path:
        """Where its files are, once they are made."""
        return inference_dir() / self.id


@dataclass(frozen=True, kw_only=True)
class Exported:
    """A network that is there as a whole.

    Args:
        folder: where.
        largest: numbers that its widest layer makes of an image.
    """

    folder: Path
    largest: int

    @property
    def network(self) -> Path:
        """The file that names the layers; the weights are beside it."""
        return self.folder / NETWORK


def inference_dir() -> Path:
    """Return the folder of all exported networks, and of the choices of `tl_core.inference.choice`."""
    config = settings.current()
    # Never all of a folder that an operator names: what is old in it is removed.
    return (config.network_dir or config.data_dir) / FOLDER


def find_exported(name: FrozenName) -> Exported | None:
    """Return the files of a network if they are there and as they were written; they count as used now."""
    record = name.folder / RECORD
    try:
        found = files.read_json(record)
        digests: Mapping[str, str] = found["sha256"]
        if any(files.sha256_of_file(name.folder / f) != digests[f] for f in (NETWORK, WEIGHTS)):
            return None
        largest = int(found["largest"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    with suppress(OSError):  # a disk that cannot be written to
        os.utime(record)
    return Exported(folder=name.folder, largest=largest)


def keep_exported(name: FrozenName, made: Path, largest: int) -> Exported:
    """Move what an export has made in a folder to its place, instead of what is damaged there.

    Args:
        name: which network it is.
        made: folder with `NETWORK` and `WEIGHTS`.
        largest: see `Exported`.

    Raises:
        DiskUnusable: the disk is full, read-only, gone, or fails.
    """
    if find_exported(name) is None:
        shutil.rmtree(name.folder, ignore_errors=True)
    with files.new_folder(name.folder) as folder:
        digests = {}
        for file in (NETWORK, WEIGHTS):
            shutil.copyfile(made / file, folder / file)
            digests[file] = files.sha256_of_file(folder / file)
        record = {**asdict(name), "largest": largest, "sha256": digests}
        files.write_json(folder / RECORD, record)
        files.make_durable(folder)
    drop_oldest(keep=name.folder)
    return Exported(folder=name.folder, largest=largest)


def sweep_networks() -> int:
    """Remove what a kill has left of a network, and what is over the quota; returns how many folders."""
    oldest = time.time() - LEFT_ALONE_SECONDS
    gone = 0
    for folder in inference_dir().glob("*"):
        with suppress(FileNotFoundError):
            if folder.name.startswith(files.TEMPORARY):
                left = files.writer_is_there(folder.name) is False
            else:
                left = not any((folder / file).exists() for file in (RECORD, CHOICE))
            if left and folder.is_dir() and folder.stat().st_mtime < oldest:
                shutil.rmtree(folder, ignore_errors=True)
                gone += 1
    return gone + drop_oldest()


def drop_of_run(run: str) -> None:
    """Remove what was made of a training that is deleted."""
    for record in inference_dir().glob(f"*/{RECORD}"):
        with suppress(OSError, ValueError, AttributeError):
            if files.read_json(record).get("run") == run:
                record.unlink()
                shutil.rmtree(record.parent, ignore_errors=True)


def drop_oldest(keep: Path | None = None) -> int:
    """Remove the networks that were not used for longest until the quota is kept; returns how many.

    Args:
        keep: the one that was made just now, which stays.
    """
    known = sorted(_networks())
    excess = sum(size for _, _, size in known) - settings.current().network_quota_mb * MB
    gone = 0
    for _, folder, size in known:
        if excess <= 0:
            break
        if folder != keep:
            # The record goes first: nobody may trust a folder that is being emptied.
            (folder / RECORD).unlink(missing_ok=True)
            shutil.rmtree(folder, ignore_errors=True)
            excess -= size
            gone += 1
    return gone


def _networks() -> Iterator[tuple[float, Path, int]]:
    """Yield when each network was used last, its folder and its bytes."""
    for record in inference_dir().glob(f"*/{RECORD}"):
        if not record.parent.name.startswith(files.TEMPORARY):
            with suppress(FileNotFoundError):
                yield record.stat().st_mtime, record.parent, folder_bytes(record.parent)
