"""What the teacher has laid out for the class: one network and one lesson, in ``teacher/pinned.json``."""

import functools
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from tl_core import files, runs, settings
from tl_core.checks import Json
from tl_core.errors import SettingInvalid
from tl_core.people import Person
from tl_core.teacher.allowed import only_the_teacher
from tl_core.training import TrainingConfig

NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")
LONGEST_ADDRESS = 8000
MOST_PARAMETERS = 100
NEVER = ("teacher", "lang", "tour", "embed", "embed_options")
"""Parameters that are for one person: a key, a language, how far somebody has come; and Streamlit's own."""


@dataclass(frozen=True, kw_only=True)
class Pinned:
    """What is laid out.

    Args:
        run: id of a training; empty for none.
        page: of the lesson, as its address names it; None for no lesson.
        parameters: of the lesson's address.
    """

    run: str = ""
    page: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)


def read_pinned() -> Pinned:
    """Return what is laid out; costs a `stat` when nothing has changed."""
    path = _path()
    with suppress(*runs.UNREADABLE):
        return _read(path, path.stat().st_mtime_ns)
    return Pinned()


def pin_run(identifier: str, by: Person) -> None:
    """Lay a training out as the network of those who have none of their own; an empty id takes it back.

    Raises:
        NotAllowed: somebody else than the teacher asks.
        RunNotFound: there is no such training.
    """
    only_the_teacher(by)
    if identifier:
        runs.get_run(identifier, TrainingConfig.KIND)
    _write(replace(read_pinned(), run=identifier))


def pin_lesson(address: str, pages: Mapping[str, object], by: Person) -> None:
    """Lay a lesson out on the home page; an empty address takes it back.

    Args:
        address: a lesson link, from any name of this lab.
        pages: by what an address calls them.
        by: who asks.

    Raises:
        NotAllowed: somebody else than the teacher asks.
        SettingInvalid: it is no address of a page of the lab, or that of the home page itself.
    """
    only_the_teacher(by)
    if not address.strip():
        _write(replace(read_pinned(), page=None, parameters={}))
        return
    page, parameters = _parsed(address.strip())
    if not page:
        raise SettingInvalid(
            "This is the home page, where your class finds the lesson: a link there would lead to itself. "
            "Open the page of the lesson, press “Lesson link” below it, and paste that link here."
        )
    if page not in pages:
        raise SettingInvalid(
            "This is no address of a page of the lab. Copy the whole lesson link from its page, with the "
            "part behind the question mark, and paste it here."
        )
    _write(replace(read_pinned(), page=page, parameters=parameters))


def _parsed(address: str) -> tuple[str, dict[str, str]]:
    try:
        if len(address) > LONGEST_ADDRESS:
            raise ValueError(address)
        parts = urlsplit(address)
        found = dict(parse_qsl(parts.query, max_num_fields=MOST_PARAMETERS))
    except ValueError:
        return "?", {}
    return parts.path.rstrip("/").rpartition("/")[2], _for_all(found)


def _for_all(parameters: Mapping[str, object]) -> dict[str, str]:
    return {
        name: str(text)
        for name, text in parameters.items()
        if NAME.fullmatch(name) and name.lower() not in NEVER
    }


@functools.lru_cache(maxsize=4)
def _read(path: Path, changed: int) -> Pinned:
    """Read the file; `changed` is its time of change, so that an old one is not remembered."""
    found: Json = dict(files.read_json(path))
    run, page = found["run"], found["page"]
    parameters = _for_all(dict(found["parameters"]))
    if not (run == "" or runs.is_run_id(run)) or not (page is None or isinstance(page, str)):
        raise ValueError(found)
    return Pinned(run=run, page=page or None, parameters=parameters)


def _write(pinned: Pinned) -> None:
    files.write_json(_path(), asdict(pinned))


def _path() -> Path:
    return settings.current().data_dir / "teacher" / "pinned.json"
