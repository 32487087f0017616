"""The sections of the page; only the chosen one runs."""

from collections.abc import Callable
from dataclasses import dataclass

from tl_core.ui.convolution import (
    challenge,
    code,
    explore,
    learned,
    live,
    pooling,
    relatives,
    signal,
    stack,
    views,
)
from tl_core.ui.convolution.controls import choice
from tl_core.ui.convolution.scene import Scene
from tl_core.ui.text import t
from tl_core.wording import N_


@dataclass(frozen=True, kw_only=True)
class Section:
    """One way to look at what the shared controls say."""

    name: str
    title: str
    show: Callable[[Scene], None]


SECTIONS = (
    Section(name="explore", title=N_("Explore"), show=explore.show),
    Section(name="views", title=N_("Views"), show=views.show),
    Section(name="pooling", title=N_("Pooling"), show=pooling.show),
    Section(name="stack", title=N_("Stack"), show=stack.show),
    Section(name="learned", title=N_("Learned"), show=learned.show),
    Section(name="relatives", title=N_("Relatives"), show=relatives.show),
    Section(name="signal", title=N_("1-D"), show=signal.show),
    Section(name="live", title=N_("Live"), show=live.show),
    Section(name="code", title=N_("Code"), show=code.show),
    Section(name="challenge", title=N_("Challenge"), show=challenge.show),
)


def choose_section() -> Section:
    """Draw the choice of a section and return it."""
    titles = {section.name: section.title for section in SECTIONS}
    name = choice(
        "section",
        t("Section"),
        titles,
        default=SECTIONS[0].name,
        label_visibility="collapsed",
        wrap=True,
    )
    return next(section for section in SECTIONS if section.name == name)
