"""Limits, folders and the scheduler address, all from ``TL_*`` environment variables."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from tl_core.errors import SettingInvalid

PROJECT = Path(__file__).resolve().parents[1]
"""Where the code lies: ``tl_core`` and ``requirements.txt`` are in it."""
PROFILES = ("classroom", "cloud")
PRECISIONS = ("auto", "float32", "bfloat16")
CLOUD_WORKER_BYTES = 1_250_000_000
"""Where the cloud profile's one worker is replaced, so that all processes stay below 1.5 GB."""
SHORTEST_KEY = 8
"""Characters of a teacher's key."""
NOWHERE = Path(os.devnull, ".transfer-learning-lab")
"""The data folder of an account without a home: nothing can be there, so that every use of it is refused."""


def _usual_data_dir() -> Path:
    """Return the folder in the home folder; asked for only where ``TL_DATA_DIR`` is not set."""
    try:
        return Path.home() / ".transfer-learning-lab"
    except RuntimeError:
        return NOWHERE


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What an operator may set. A field ``name`` is read from the variable ``TL_NAME``.

    Raises:
        SettingInvalid: if a value is outside its range.
    """

    data_dir: Path = field(default_factory=_usual_data_dir)
    """Folder for datasets, features and runs; shared by all machines of a cluster."""
    scheduler: str = ""
    """Address of an existing Dask scheduler, ``tcp://`` or ``tls://``; empty starts one here."""
    certificate: Path | None = None
    """File with the certificate and key of a ``tls://`` cluster, the same on all its machines."""
    profile: str = "classroom"
    """``classroom`` (prediction and training in separate workers) or ``cloud`` (one worker, less memory)."""
    weights_dir: Path | None = None
    """Folder of official keras.applications weight files, for machines without network."""
    dataset_mirror: str = ""
    """Address of a copy of ``cats_and_dogs_small.zip``, for schools that keep one."""
    max_image_mb: int = 20
    """Largest image file, in MB (10**6 bytes)."""
    max_image_megapixels: int = 51
    """Largest image, in 10**6 pixels; phones of fifty megapixels make 8192 x 6144."""
    max_dataset_mb: int = 1000
    """Largest dataset after unpacking, in MB."""
    max_dataset_files: int = 20_000
    """Most files in a dataset."""
    max_classes: int = 100
    """Most classes in a dataset."""
    feature_quota_mb: int = 2000
    """Disk space for cached features, in MB; the least recently used entries go first."""
    export_quota_mb: int = 2000
    """Disk space for networks made to take home, in MB; the oldest go first, and can be made again."""
    browser_quota_mb: int = 1000
    """Disk space for networks that visitors' browsers run, in MB; the oldest go first, and are made again."""
    upload_quota_mb: int = 4000
    """Disk space for zips and photos that wait to be imported, in MB; more is refused."""
    dataset_quota_mb: int = 10_000
    """Disk space for datasets, in MB; imports beyond it are refused."""
    run_quota_mb: int = 4000
    """Disk space for the run book, in MB; old measurements go first, then trainings are refused."""
    queue_limit: int = 100
    """Most jobs that may wait; two of each of a class of forty, and some."""
    pupil_jobs: int = 2
    """Most jobs of a pupil that may wait in one line; the teacher's page may set these three otherwise."""
    pupil_photos: int = 3000
    """Most photos in all datasets of a pupil."""
    pupil_minutes: int = 30
    """Most minutes that a pupil's job may run, in all its attempts together."""
    network_dir: Path | None = None
    """Folder of networks made for the inference engine, which several labs may share."""
    network_quota_mb: int = 1000
    """Disk space for networks made for the inference engine, in MB; the least recently used go first."""
    precision: str = "auto"
    """How exactly frozen networks compute: ``float32``, ``bfloat16`` where the processor can, or ``auto``."""
    threads: int = 2
    """Threads that compute in one worker."""
    recycle_after: int = 20
    """Jobs after which a training worker is replaced by a fresh one."""
    teacher_key: str = field(default="", repr=False)
    """Whoever opens the lab with ``?teacher=`` and this is the teacher; empty: everybody may do all."""

    def __post_init__(self) -> None:
        for name, valid in (("profile", PROFILES), ("precision", PRECISIONS)):
            if getattr(self, name) not in valid:
                raise SettingInvalid(
                    "{name} must be one of {valid}, received {value}.",
                    name=variable(name),
                    valid=", ".join(valid),
                    value=getattr(self, name),
                )
        if self.scheduler and not self.scheduler.startswith(("tcp://", "tls://")):
            raise SettingInvalid(
                "TL_SCHEDULER must start with tcp:// or tls://, received {value}.",
                value=self.scheduler,
            )
        if self.certificate and self.scheduler.startswith("tcp://"):
            raise SettingInvalid(
                "TL_CERTIFICATE is set, so TL_SCHEDULER must start with tls://, received {value}.",
                value=self.scheduler,
            )
        if 0 < len(self.teacher_key) < SHORTEST_KEY:
            raise SettingInvalid(
                "TL_TEACHER_KEY must have at least {least} characters, or somebody guesses it.",
                least=SHORTEST_KEY,
            )
        for name in INTEGERS:
            if getattr(self, name) < 1:
                raise SettingInvalid(
                    "{name} must be a whole number from 1, received {value}.",
                    name=variable(name),
                    value=getattr(self, name),
                )


INTEGERS = tuple(f.name for f in fields(Settings) if f.type is int)


def variable(field: str) -> str:
    """Return the environment variable that sets `field`: ``data_dir`` -> ``TL_DATA_DIR``."""
    return "TL_" + field.upper()


_FIELD_OF = {variable(f.name): f.name for f in fields(Settings)}
_WATCHED = frozenset((*_FIELD_OF, "HOME", "USERPROFILE", "HOMEDRIVE", "HOMEPATH"))
"""What the settings depend on; the last four say where ``~`` is."""


def current(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings from `environ`; cheap enough (tens of microseconds) to call where needed.

    Raises:
        SettingInvalid: if a variable holds a value of the wrong kind or range.
    """
    found = frozenset((name, environ.get(name, "")) for name in _WATCHED.intersection(environ))
    # Whoever asks about other variables than the process's own gets no answer that is kept.
    return _read(found) if environ is os.environ else _read.__wrapped__(found)


@lru_cache(maxsize=1)
def _read(variables: frozenset[tuple[str, str]]) -> Settings:
    texts = dict(variables)
    values: dict[str, Any] = {}
    for name, one in _FIELD_OF.items():
        if text := texts.get(name, "").strip():
            values[one] = _parse(one, text)
    return Settings(**values)


def _parse(field: str, text: str) -> Any:
    if field in INTEGERS:
        try:
            return int(text)
        except ValueError:
            raise SettingInvalid(
                "{name} must be a whole number from 1, received {value}.",
                name=variable(field),
                value=text,
            ) from None
    if field.endswith("_dir") or field == "certificate":
        return _path(field, text)
    return text


def _path(field: str, text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise SettingInvalid(
            "{name} begins with the home folder, which this account has not: {value}. Set it to a path from "
            "the top, such as /srv/lab.",
            name=variable(field),
            value=text,
        ) from None
