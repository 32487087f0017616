"""What a pupil may do, as the teacher has set it: ``teacher/limits.json``, else the settings' own.

The file is read again when it has changed, so that a change holds at once and after a restart, for every web
process on the data folder. A teacher has no limits, nor has anybody where no teacher's key is set.
"""

import functools
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from tl_core import files, runs, settings
from tl_core.checks import check_range
from tl_core.people import Person
from tl_core.teacher.allowed import only_the_teacher


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a pupil may have at once.

    Args:
        jobs: that wait, of each kind of line: trainings, imports, exports, tables of guesses.
        photos: in all of the pupil's datasets.
        minutes: that one job may run, in all its attempts together.

    Raises:
        SettingInvalid: one is outside `LIMITS`.
    """

    jobs: int
    photos: int
    minutes: int

    def __post_init__(self) -> None:
        for name, (least, most) in LIMITS.items():
            check_range(name, getattr(self, name), least, most)


LIMITS = {"jobs": (1, 40), "photos": (10, 100_000), "minutes": (1, 600)}
"""The least and the most of each."""


def read_limits() -> Limits:
    """Return what holds now; costs a `stat` when nothing has changed."""
    path = _path()
    with suppress(*runs.UNREADABLE):
        return _read(path, path.stat().st_mtime_ns)
    return _usual()


def write_limits(limits: Limits, by: Person) -> None:
    """Let other limits hold from now on.

    Raises:
        NotAllowed: somebody else than the teacher asks.
        DiskUnusable: the disk does not take it; the old ones hold.
    """
    only_the_teacher(by)
    files.write_json(_path(), asdict(limits))


def _usual() -> Limits:
    now = settings.current()
    values = {one.name: getattr(now, f"pupil_{one.name}") for one in fields(Limits)}
    within = {
        name: min(max(value, LIMITS[name][0]), LIMITS[name][1]) for name, value in values.items()
    }
    return Limits(**within)


@functools.lru_cache(maxsize=4)
def _read(path: Path, changed: int) -> Limits:
    """Read the file; `changed` is its time of change, so that an old one is not remembered."""
    found = files.read_json(path)
    return Limits(**{one.name: found[one.name] for one in fields(Limits)})


def _path() -> Path:
    return settings.current().data_dir / "teacher" / "limits.json"
