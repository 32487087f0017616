"""The sections of the page, and what of it a lesson may leave out."""

from tl_core.ui.prediction import article, one_photo
from tl_core.ui.prediction.live import section as live
from tl_core.ui.prediction.many import section as many
from tl_core.ui.prediction.parts import PARTS
from tl_core.ui.sections import Section, names_to_hide
from tl_core.wording import N_

SECTIONS: tuple[Section[[]], ...] = (
    Section(name="photo", title=N_("One photo"), show=one_photo.show),
    Section(name="live", title=N_("Live"), show=live.show),
    Section(name="many", title=N_("Many"), show=many.show),
    Section(name="read", title=N_("Read"), show=article.show),
)
HIDEABLE = {
    "section": N_("Section"),
    "run": N_("Network"),
    "beside": N_("Beside it"),
    "photo": N_("Change photo"),
    "guess": N_("Guess first"),
    "heat": N_("Show where it looked"),
    "scores": N_("Score of every class"),
    **{part.name: part.title for part in PARTS},
} | names_to_hide(SECTIONS)
"""What a lesson may leave out, by its name in the link."""
