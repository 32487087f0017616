"""Disks of their own for tests: small ones that are filled, made read-only and unplugged for real."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

MEGABYTE = 1_000_000
FILLING = "filling"


@dataclass(frozen=True)
class Disk:
    """A mounted disk.

    Args:
        folder: where it is mounted.
    """

    folder: Path

    def fill(self, leave: int = 0) -> None:
        """Leave `leave` bytes free, in steps of a page."""
        with (self.folder / FILLING).open("ab") as file:
            if (room := self.free - leave) > 0:
                os.posix_fallocate(file.fileno(), 0, file.tell() + room)

    def clear(self) -> None:
        """Make the room free again."""
        (self.folder / FILLING).unlink()

    @property
    def free(self) -> int:
        found = os.statvfs(self.folder)
        return found.f_bavail * found.f_frsize

    def make_read_only(self) -> None:
        _run("mount", "-o", "remount,ro", str(self.folder))

    def make_writable(self) -> None:
        _run("mount", "-o", "remount,rw", str(self.folder))


def new_disk(folder: Path, megabytes: int) -> Iterator[Disk]:
    """Mount a disk in memory at `folder` for as long as the generator is not closed; skips without root."""
    _skip_without_rights()
    folder.mkdir(parents=True)
    try:
        _run("mount", "-t", "tmpfs", "-o", f"size={megabytes * MEGABYTE}", "tmpfs", str(folder))
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this machine lets nobody mount a disk")
    try:
        yield Disk(folder)
    finally:
        _run("umount", "-l", str(folder))


@dataclass(frozen=True)
class Drive:
    """A mounted file system whose blocks are in a file, as those of a real one are on its drive.

    Args:
        folder: where it is mounted.
        image: the file. It holds what has reached the drive so far, and nothing that waits in memory.
    """

    folder: Path
    image: Path

    @contextmanager
    def after_losing_power(self) -> Iterator[Path]:
        """Yield a folder that holds what would be there if the power had failed when this was called.

        The names have reached the drive, as they do within seconds; the bytes only if somebody saw to it.
        """
        folder = os.open(self.folder, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
        image, found = self.image.with_suffix(".copy"), self.image.with_suffix(".found")
        shutil.copy(self.image, image)
        found.mkdir()
        _run("mount", "-o", "loop", str(image), str(found))
        try:
            yield found
        finally:
            _run("umount", "-l", str(found))
            found.rmdir()


@contextmanager
def new_drive(folder: Path, megabytes: int, room: int = 100) -> Iterator[Drive]:
    """Mount a new drive of `megabytes` at `folder`; it fails once `room` megabytes have reached it."""
    _skip_without_rights()
    if not shutil.which("mkfs.ext4"):
        pytest.skip("this machine has no mkfs.ext4")
    below = folder.with_suffix(".drive")
    with contextmanager(new_disk)(below, room) as disk:
        folder.mkdir()
        image = disk.folder / "image"
        image.touch()
        os.truncate(image, megabytes * MEGABYTE)
        _run("mkfs.ext4", "-q", "-E", "nodiscard,lazy_itable_init=1", str(image))
        try:
            _run("mount", "-o", "loop", str(image), str(folder))
        except subprocess.CalledProcessError:
            pytest.skip("this machine lets nobody mount a file as a disk")
        try:
            yield Drive(folder, image)
        finally:
            _run("umount", "-l", str(folder))


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Let nobody write into `folder` inside the block, while what is around it can be written."""
    _skip_without_rights()
    try:
        _run("mount", "--bind", str(folder), str(folder))
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this machine lets nobody mount a disk")
    try:
        _run("mount", "-o", "remount,bind,ro", str(folder))
        yield
    finally:
        _run("umount", "-l", str(folder))


def _skip_without_rights() -> None:
    if os.name != "posix" or os.geteuid() != 0:
        pytest.skip("only root may mount a disk")


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
