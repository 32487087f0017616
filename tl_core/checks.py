"""Configurations as JSON, and the checks that several of them share; each refuses in one sentence."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from typing import Any, ClassVar, Self, TypeVar, get_args, get_origin, get_type_hints

from tl_core.errors import SettingInvalid
from tl_core.wording import Sentence

Entry = TypeVar("Entry")
Json = dict[str, Any]
"""A JSON object as a file holds it, or is to hold it; what is in it is not known before it is checked."""

MOST_SEEDS = 10
LONGEST_VALUE = 40
"""Characters of a value that a sentence repeats; a damaged file may hold anything."""


@dataclass(frozen=True, kw_only=True)
class Config:
    """Base of what is kept as JSON: a dataclass whose values are of the types that its fields name.

    These may be text, whole numbers, numbers, truth values, tuples of one of them, or another `Config`.

    Raises:
        SettingInvalid: if a value is of another type.
    """

    _types: ClassVar[dict[str, Any]] = {}

    def __init_subclass__(cls) -> None:
        hints = get_type_hints(cls).items()
        cls._types = {name: kind for name, kind in hints if get_origin(kind) is not ClassVar}

    def __post_init__(self) -> None:
        for name, kind in self._types.items():
            value = getattr(self, name)
            if not _is(value, kind):
                raise SettingInvalid(
                    "The settings of this run cannot be read: {name} cannot be {value}. Start it again.",
                    name=name,
                    value=str(value)[:LONGEST_VALUE],
                )

    def as_json(self) -> Json:
        """Return the configuration as plain JSON values, for the run book."""
        return {name: _plain(getattr(self, name)) for name in self._types}

    @classmethod
    def from_json(cls, values: Json) -> Self:
        """Return the configuration that `as_json` wrote; what it left out takes its default.

        Raises:
            SettingInvalid: if a setting is unknown or missing, or a value out of range or of another type.
        """
        check_known(values, cls._types)
        needed = {one.name for one in fields(cls) if one.default is one.default_factory is MISSING}
        if missing := needed - set(values):
            raise SettingInvalid(
                "This run lacks settings that this version needs: {names}. Start it again.",
                names=", ".join(sorted(missing)),
            )
        return cls(**{name: _restored(value, cls._types[name]) for name, value in values.items()})


@dataclass(frozen=True, kw_only=True)
class JobConfig(Config):
    """What a job is asked to do; equal configurations are the same run."""

    KIND: ClassVar[str]
    """What the run book and `tl_core.engine.tasks.JOBS` call jobs of this kind."""


def _is(value: Any, kind: Any) -> bool:
    if get_origin(kind) is tuple:
        return isinstance(value, tuple) and all(_is(one, get_args(kind)[0]) for one in value)
    if isinstance(value, bool):  # which Python takes for a whole number
        return kind is bool
    return isinstance(value, int | float if kind is float else kind)


def _plain(value: Any) -> Any:
    if isinstance(value, Config):
        return value.as_json()
    return list(value) if isinstance(value, tuple) else value


def _restored(value: Any, kind: Any) -> Any:
    if isinstance(value, list) and get_origin(kind) is tuple:
        return tuple(value)
    if isinstance(value, Mapping) and isinstance(kind, type) and issubclass(kind, Config):
        return kind.from_json(dict(value))
    return value


def look_up(known: Mapping[str, Entry], name: str, refusal: str) -> Entry:
    """Return the entry of a registry that is called `name`.

    Args:
        known: the registry.
        name: as a link or a file may hold it.
        refusal: what is said where there is none, marked with `N_`; ``{valid}`` in it lists the names.

    Raises:
        SettingInvalid: there is none of that name.
    """
    if name not in known:
        values = {"name": name[:LONGEST_VALUE], "valid": ", ".join(known)}
        raise SettingInvalid.restored(Sentence(template=refusal, values=values))
    return known[name]


def check_choice(name: str, value: str, valid: Sequence[str]) -> None:
    """Refuse what is not one of `valid`.

    Raises:
        SettingInvalid: names the valid ones.
    """
    if value not in valid:
        raise SettingInvalid(
            "{name} must be one of {valid}, received {value}.",
            name=name,
            valid=", ".join(valid),
            value=str(value)[:LONGEST_VALUE],
        )


def check_range(name: str, value: float, low: float, high: float) -> None:
    """Refuse a number outside `low` to `high`, and NaN.

    Raises:
        SettingInvalid: names the range.
    """
    if not low <= value <= high:  # every comparison with NaN is false
        raise SettingInvalid(
            "{name} must be from {low} to {high}, received {value}.",
            name=name,
            low=low,
            high=high,
            value=value if abs(value) < 10**15 else str(value)[:LONGEST_VALUE],
        )


def check_seeds(seeds: Sequence[int]) -> None:
    """Refuse no seeds, too many, or one that stands twice: it would count the same result again.

    Raises:
        SettingInvalid: names them.
    """
    if not 1 <= len(set(seeds)) == len(seeds) <= MOST_SEEDS:
        raise SettingInvalid(
            "A comparison needs from 1 to {most} different seeds, received {seeds}.",
            most=MOST_SEEDS,
            seeds=", ".join(map(str, seeds)),
        )


def check_known(names: Iterable[str], known: Iterable[str]) -> None:
    """Refuse settings of a run that this version does not know.

    Raises:
        SettingInvalid: names them.
    """
    unknown = set(names) - set(known)
    if unknown:
        raise SettingInvalid(
            "This run has settings that this version does not know: {names}. Start it again.",
            names=", ".join(sorted(unknown)),
        )
