"""The limit of open files goes up as far as it may, and never down."""

import sys

import pytest

from tl_core.machine import limits

resource = pytest.importorskip("resource", reason="Windows has no limit of open files")
INFINITE = resource.RLIM_INFINITY


@pytest.mark.parametrize(
    ("system", "before", "after"),
    [
        ("linux", (1024, 4096), (4096, 4096)),
        ("linux", (256, limits.ENOUGH), (limits.ENOUGH, limits.ENOUGH)),
        ("linux", (1024, 2**30), (limits.ENOUGH, 2**30)),  # Docker's
        ("linux", (1024, INFINITE), (limits.ENOUGH, INFINITE)),
        ("darwin", (256, INFINITE), (limits.MOST_ON_MACOS, INFINITE)),  # refuses any more
        ("linux", (4096, 4096), None),
        ("linux", (100_000, 2**20), None),  # somebody wanted it so
        ("linux", (INFINITE, INFINITE), None),
        ("win32", (1024, 4096), None),
    ],
)
def test_the_soft_limit_goes_up_to_the_hard_one(
    system: str,
    before: tuple[int, int],
    after: tuple[int, int] | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(resource, "getrlimit", lambda _: before)
    monkeypatch.setattr(resource, "setrlimit", lambda _, wanted: asked.append(wanted))
    limits.allow_open_files()
    assert asked == ([after] if after else [])
