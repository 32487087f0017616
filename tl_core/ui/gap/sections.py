"""The sections of the page, and what of it a lesson may leave out."""

from tl_core.head_math import HeadSetup
from tl_core.ui.gap import (
    article,
    compare,
    export,
    followed,
    guess,
    layers,
    ledger,
    measure,
    rule,
    stack,
    sweeps,
)
from tl_core.ui.sections import Section, names_to_hide
from tl_core.wording import N_

SECTIONS: tuple[Section[[HeadSetup, tuple[str, ...]]], ...] = (
    Section(name="layers", title=N_("Layers"), show=layers.show),
    Section(name="costs", title=N_("Cost ledger"), show=ledger.show),
    Section(name="sweeps", title=N_("Sweeps"), show=sweeps.show),
    Section(name="rule", title=N_("The rule"), show=lambda setup, _: rule.show(setup)),
    Section(name="see", title=N_("See GAP happen"), show=lambda setup, _: followed.show(setup)),
    Section(name="measure", title=N_("Measure it"), show=lambda setup, _: measure.show(setup)),
    Section(name="stack", title=N_("Stack calculator"), show=lambda *_: stack.show()),
    Section(name="guess", title=N_("Guess first"), show=lambda setup, _: guess.show(setup)),
    Section(name="compare", title=N_("Compare"), show=compare.show),
    Section(name="export", title=N_("Export"), show=export.show),
    Section(name="read", title=N_("Read"), show=article.show),
)
HIDEABLE = {
    "preset": N_("Start from"),
    "from": N_("Feature map from"),
    "backbone": N_("Backbone"),
    "size": N_("Input size (pixels)"),
    "units": N_("Hidden Dense layers"),
    "classes": N_("Classes"),
    "activation": N_("Last activation"),
    "more": N_("More settings"),
    "section": N_("Section"),
} | names_to_hide(SECTIONS)
"""What a lesson may leave out, by its name in the link."""
