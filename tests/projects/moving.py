"""From one lab to another, as pages and workers do it: pack, upload, open."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

from tl_core import files, runs
from tl_core.datasets.bringing.waiting import upload_path
from tl_core.datasets.job_configs import UnpackConfig
from tl_core.projects import PackConfig, find_packed
from tl_core.projects.opening import CheckArrays, open_upload
from tl_core.projects.packing import run_pack
from tl_core.runs import Run


def packed(config: PackConfig) -> bytes:
    """Return the zip that a packing makes."""
    run_pack(job := runs.open_job(config))
    found = find_packed(job)
    assert found is not None and found.size == found.path.stat().st_size
    return found.path.read_bytes()


def uploaded(data: bytes, *, people: bool = False) -> Run:
    """Return the job that is to open a zip, which waits for it."""
    digest = hashlib.sha256(data).hexdigest()
    run = runs.open_job(UnpackConfig(sha256=digest, title="home", people=people))
    files.write_bytes(upload_path(run), data)
    return run


def trusting(*_: Any) -> None:
    """Believe every array: for tests of what needs no network."""


def open_here(data: bytes, check: CheckArrays = trusting) -> Run:
    open_upload(job := uploaded(data), check)
    return job


def contents(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def change_json(
    name: str, change: Callable[[Any], Any]
) -> Callable[[Mapping[str, bytes]], dict[str, bytes]]:
    """Return what changes the JSON file of this name, wherever it lies in a zip."""

    def changed(content: Mapping[str, bytes]) -> dict[str, bytes]:
        (path,) = [one for one in content if one.endswith(name)]
        value = json.loads(content[path])
        return {**content, path: json.dumps(change(value)).encode()}

    return changed
