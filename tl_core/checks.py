"""The checks that several configurations share; each refuses in one sentence."""

from collections.abc import Iterable, Sequence

from tl_core.errors import SettingInvalid


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
            value=value,
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
            value=value,
        )


def check_known(names: Iterable[str], known: Iterable[str]) -> None:
    """Refuse settings of a run that this version does not know.

    Raises:
        SettingInvalid: names them.
    """
    unknown = set(names) - set(known)
    if unknown:
        raise SettingInvalid(
            "This run has settings that this version does not know: {names}. Train it again.",
            names=", ".join(sorted(unknown)),
        )
