"""What two machines of a cluster must have in common, and the sentence for what they have not.

A worker describes itself when it registers (`describe`), and carries a Dask resource that stands for the
description (`token`). A server asks for the token of its own description, so that Dask itself keeps its work
from a worker that would compute something else, or nothing: at every moment, after every restart, and for
several servers of different versions. `refusal` tells people why.
"""

import functools
import hashlib
import platform
import re
import uuid
from collections.abc import Iterable, Mapping
from contextlib import suppress
from importlib import metadata
from pathlib import Path

from tl_core import files
from tl_core.checks import Json
from tl_core.errors import EngineUnavailable
from tl_core.machine.refusals import REFUSED
from tl_core.settings import PROJECT, Settings

DRAWING = ("streamlit", "plotly")
"""Requirements that no worker imports."""
RESOURCE = "lab-"
PLENTY = 1e6
"""How much of its token a worker has: it limits nothing."""
FOLDER_MARK = Path("identity", "folder.json")
"""In the data folder: an id of its own, by which machines see that they share it."""

DESCRIPTION, MACHINE = "lab", "machine"
"""Where a worker's description and the name of its machine stand in what Dask's scheduler knows of it."""

Description = dict[str, str]
"""Names to versions: each required package, ``python``, ``lab``, ``folder``; ``""`` where there is none."""


def describe(config: Settings) -> Description:
    """Return what this process computes with; imports none of it."""
    packages = {name: _installed(name) for name in _requirements()}
    python = ".".join(platform.python_version_tuple()[:2])
    return packages | {
        "python": python,
        "lab": _digest_of_code(),
        "folder": _folder_id(config.data_dir),
    }


def token(description: Description) -> str:
    """Return the Dask resource that stands for a description."""
    return RESOURCE + files.sha256_of_json(description)[:16]


def required(config: Settings) -> dict[str, float]:
    """Return the resource that tasks of this process need beside ``infer`` or ``train``.

    None with the embedded engine: it is always this program, also while somebody edits it.
    """
    return {token(describe(config)): 1} if config.scheduler else {}


def admit(
    workers: Iterable[Json], config: Settings
) -> tuple[dict[str, float], tuple[EngineUnavailable, ...]]:
    """Return the resources of the workers that get work, added up, and why others get none.

    Args:
        workers: what Dask's scheduler knows of each.
        config: the server's settings.
    """
    here = describe(config)
    slots: dict[str, float] = {}
    refusals = {}
    for worker in workers:
        error = None
        if config.scheduler:
            host = f"{worker[MACHINE]} ({worker['host']})" if MACHINE in worker else worker["host"]
            error = refusal(host, worker.get(DESCRIPTION), here, config.data_dir)
        if error:
            refusals[str(error)] = error  # once for all workers of a machine
            continue
        for resource, amount in worker["resources"].items():
            slots[resource] = slots.get(resource, 0) + amount
    if config.scheduler and not slots and not refusals:
        return {}, (_no_worker(config),)
    return slots, tuple(refusals.values())


def _no_worker(config: Settings) -> EngineUnavailable:
    return EngineUnavailable(
        "The scheduler at {address} has no worker. Start one on every machine that is to compute, in the "
        "project's folder, with: TL_SCHEDULER={address} python -m tl_core.engine worker",
        address=config.scheduler,
    )


def refusal(
    host: str, there: object, here: Description, data_dir: Path
) -> EngineUnavailable | None:
    """Return why a worker gets no work, and how to mend that; None if it gets some.

    Args:
        host: name or address of its machine.
        there: its description; anything else if it gave none.
        here: the server's own.
        data_dir: the server's data folder.
    """
    if not isinstance(there, Mapping):
        return EngineUnavailable(
            "The worker on {host} gets no work: this lab did not start it. "
            "Start it there, in the project's folder, with: python -m tl_core.engine worker",
            host=host,
        )
    other = {name for name in here if there.get(name) != here[name]}
    if "python" in other:
        return EngineUnavailable(
            "The worker on {host} gets no work: it runs Python {there}, and the server Python {here}. "
            "Install the lab there with Python {here}, and start the worker again.",
            host=host,
            there=there.get("python", ""),
            here=here["python"],
        )
    if "lab" in other:
        return EngineUnavailable(
            "The worker on {host} gets no work: it has another version of the lab than the server. "
            "Copy the server's project folder there, and start the worker again.",
            host=host,
        )
    if packages := sorted(other - {"folder"}):
        return _other_packages(host, there, here, packages)
    if other:
        return EngineUnavailable(
            "The worker on {host} gets no work: it does not see the server's data folder, {folder}. Set "
            "TL_DATA_DIR to one shared folder on every machine, and start the worker again.",
            host=host,
            folder=str(data_dir),
        )
    return None


def _other_packages(
    host: str, there: Mapping[str, object], here: Description, names: list[str]
) -> EngineUnavailable:
    if missing := [name for name in names if not there.get(name)]:
        return EngineUnavailable(
            "The worker on {host} gets no work: it lacks {packages}. In the project's folder there, run "
            "pip install -r requirements.txt, and start the worker again.",
            host=host,
            packages=", ".join(missing),
        )
    return EngineUnavailable(
        "The worker on {host} gets no work: it has {there}, and the server has {here}. In the project's "
        "folder on both, run pip install -r requirements.txt, and start both again.",
        host=host,
        there=", ".join(f"{name} {there[name]}" for name in names),
        here=", ".join(f"{name} {here[name] or '–'}" for name in names),
    )


@functools.cache
def _requirements() -> tuple[str, ...]:
    """Return the packages that a worker needs, as ``requirements.txt`` names them."""
    text = (PROJECT / "requirements.txt").read_text(encoding="utf-8")
    names = dict.fromkeys(re.findall(r"^([\w.-]+)==", text, re.MULTILINE))
    # TensorFlow for the processor alone is the same program; it computes where OpenVINO is not installed.
    same = ("tensorflow-cpu", "openvino")
    return tuple(name for name in names if name not in (*DRAWING, *same))


@functools.cache
def _installed(name: str) -> str:
    for candidate in (name, "tensorflow-cpu") if name == "tensorflow" else (name,):
        try:
            return metadata.version(candidate)
        except metadata.PackageNotFoundError:
            continue
    return ""


@functools.cache
def _digest_of_code() -> str:
    """Return 16 hex digits of all code that a worker may run, read once: this process goes on with it."""
    package = PROJECT / "tl_core"
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py"), key=lambda path: path.relative_to(package).parts):
        parts = path.relative_to(package).parts
        if parts[0] != "ui":
            # A checkout on Windows may end its lines otherwise.
            code = path.read_bytes().replace(b"\r\n", b"\n")
            digest.update(f"{'/'.join(parts)}\0{len(code)}\0".encode() + code)
    return digest.hexdigest()[:16]


def _folder_id(data_dir: Path) -> str:
    """Return the id of a data folder, given by whoever comes first; ``""`` if it can hold none."""
    mark = data_dir / FOLDER_MARK
    try:
        if not mark.exists():
            # A folder cannot be renamed onto another one, so that two machines never both come first.
            with suppress(*REFUSED), files.new_folder(mark.parent) as folder:
                files.write_json(folder / mark.name, {"id": uuid.uuid4().hex})
        return str(files.read_json(mark)["id"])
    except (*REFUSED, ValueError, LookupError, TypeError):
        return ""
