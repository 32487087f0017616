"""Which trained networks the page asks: one, and others beside it."""

from collections.abc import Callable, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass

import streamlit as st

from tl_core.errors import LabError
from tl_core.run_book import Entry, read_entries
from tl_core.teacher.pinned import read_pinned
from tl_core.training import Training
from tl_core.ui import lesson
from tl_core.ui.frame import PAGES
from tl_core.ui.run_book.mine import own_runs
from tl_core.ui.run_titles import run_title
from tl_core.ui.state import link_parameters, url_choice, url_choices
from tl_core.ui.text import t

IMAGENET = "imagenet"
"""The choice of ImageNet's own classifier, which nobody has to train."""
MOST_BESIDE = 3


@dataclass(frozen=True, kw_only=True)
class Networks:
    """What is asked about the photo.

    Args:
        run: the trained network; None for ImageNet's own classifier.
        beside: further trained networks, to be compared with it.
    """

    run: Training | None
    beside: tuple[Training, ...] = ()


def trained_runs() -> dict[str, tuple[Training, str]]:
    """Return the runs that have a result and what to call them, by id: one's own first, then the newest.

    Those that cannot be read are left out.
    """
    entries = read_entries()
    return _named(entries, own_runs(entries))


def _named(entries: Sequence[Entry], own: Set[str]) -> dict[str, tuple[Training, str]]:
    found = {}
    ended = [entry for entry in entries if not (entry.state and entry.state.live)]
    datasets = [entry.config.dataset for entry in ended if entry.config and entry.metrics]
    told = len(datasets) == 1 or len(set(datasets)) > 1  # else what differs would be cut off
    for entry in sorted(ended, key=lambda entry: entry.run.id not in own):
        if entry.config and entry.metrics:
            judged = entry.metrics.headline
            right = t("{correct} of {n} right", correct=judged.correct, n=judged.n)
            with suppress(LabError):  # a backbone that this version does not know
                title = run_title(entry.run, from_where=told)
                found[entry.run.id] = (entry.run, f"{title} · {right}")
    return found


def choose_networks(*, compared: bool = True) -> Networks:
    """Draw the choice of networks and return it: the class's or ImageNet's own while one has trained nothing.

    Args:
        compared: whether others may stand beside the chosen one.
    """
    entries = read_entries()
    own = own_runs(entries)
    found = _named(entries, own)
    usual = _usual({one: run for one, (run, _) in found.items() if one in own})
    if usual == IMAGENET and (pinned := read_pinned().run) in found:
        usual = pinned

    def title(identifier: str) -> str:
        if identifier == IMAGENET:
            return t("ImageNet's own classifier: 1,000 classes, nothing to train")
        return found[identifier][1]

    with lesson.part("run"):
        chosen: str = st.selectbox(
            t("Network"),
            **url_choice("run", [*found, IMAGENET], default=usual, always=bool(found)),
            format_func=title,
            help=t("Your own comes first, then the newest."),
        )
    if chosen == IMAGENET:
        return Networks(run=None)
    if not compared:
        return Networks(run=found[chosen][0])
    others = [identifier for identifier in found if identifier != chosen]
    return Networks(
        run=found[chosen][0], beside=tuple(found[one][0] for one in _beside(others, title))
    )


def _usual(own: Mapping[str, Training]) -> str:
    """Return what is asked unless somebody chooses: no classmate's, and none broken on purpose."""
    whole = [identifier for identifier, run in own.items() if not run.settings.mistakes]
    shown = link_parameters(PAGES.train.title, {}).get("run", "")
    return shown if shown in whole else next(iter(whole), IMAGENET)


def _beside(others: list[str], title: Callable[[str], str]) -> list[str]:
    """Draw the choice of further networks."""
    with lesson.part("beside"):
        return st.multiselect(
            t("Beside it"),
            **url_choices("beside", others, most=MOST_BESIDE),
            format_func=title,
            disabled=not others,
            placeholder=t("Compare with other networks")
            if others
            else t("Train a second network to compare"),
            help=t("The same photo, shown to up to {most} others.", most=MOST_BESIDE),
        )
