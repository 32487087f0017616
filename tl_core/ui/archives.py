"""What somebody brings, as an archive that waits for a job: as it came, or files or a folder as a zip."""

import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from streamlit.typing import UploadedFile

from tl_core import files
from tl_core.datasets.bringing.packing import pack
from tl_core.datasets.bringing.waiting import make_room, release, upload_path, uploads_dir
from tl_core.errors import QueueFull
from tl_core.machine.refusals import explained
from tl_core.runs import Run
from tl_core.runs.reporting import OnProgress

RunOf = Callable[[str, str], Run]
"""Makes of an archive's SHA-256 and its title the run of the job that it is for."""


def keep_archive(upload: UploadedFile, run_of: RunOf, start: Callable[[Run], object]) -> None:
    """Keep an archive and start its job; none of it stays in vain.

    Args:
        upload: the archive, whatever it is.
        run_of: returns the run of its job.
        start: queues the job.

    Raises:
        LabError: there is no room for it, or for one more job.
    """
    with explained():
        digest = hashlib.file_digest(upload, "sha256").hexdigest()
        upload.seek(0)
        run = run_of(digest, Path(upload.name).stem)
        if not upload_path(run).exists():
            make_room(upload.size)
            with files.new_file(upload_path(run)) as path, path.open("wb") as file:
                shutil.copyfileobj(upload, file)
        _start(run, start)


def keep_file(path: Path, run_of: RunOf, start: Callable[[Run], object]) -> None:
    """Keep an archive that lies on the server, which stays there; otherwise as `keep_archive`."""
    with explained():
        run = run_of(files.sha256_of_file(path), path.stem)
        kept = upload_path(run)
        if not kept.exists():
            make_room(path.stat().st_size)
            kept.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(path, kept)
            except OSError:  # another disk, or one without hard links
                with files.new_file(kept) as copy:
                    shutil.copyfile(path, copy)
        _start(run, start)


def keep_packed(
    uploads: Sequence[UploadedFile],
    title: str,
    run_of: RunOf,
    start: Callable[[Run], object],
    on_progress: OnProgress,
) -> None:
    """Keep files as a zip with their paths; otherwise as `keep_archive`.

    Args:
        uploads: the files.
        title: of the zip.
        run_of: returns the run of its job.
        start: queues the job.
        on_progress: is told of the files done.
    """
    make_room(sum(upload.size for upload in uploads))
    packed = uploads_dir() / f"folder-{secrets.token_hex(8)}.zip"
    with explained():
        try:
            pack([(one.name, one.getvalue) for one in uploads], packed, on_progress)
            run = run_of(files.sha256_of_file(packed), title)
            os.replace(packed, upload_path(run))
        finally:
            packed.unlink(missing_ok=True)
        _start(run, start)


def folder_title(uploads: Sequence[UploadedFile]) -> str:
    """Return the name of the folder that was chosen."""
    names = [upload.name.lstrip("/") for upload in uploads]
    return str(os.path.commonpath(names)).partition("/")[0]


def _start(run: Run, start: Callable[[Run], object]) -> None:
    try:
        start(run)
    except QueueFull:
        release(run)  # unless another job needs the same file
        raise
