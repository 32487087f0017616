"""The sections of the page, and what of it a lesson may leave out."""

from tl_core.training import Training
from tl_core.ui.photo import Photo
from tl_core.ui.prediction import scores
from tl_core.ui.sections import Section
from tl_core.wording import N_

SECTIONS: tuple[Section[[Training, Photo]], ...] = (
    Section(name="photo", title=N_("One photo"), show=scores.show),
)
HIDEABLE = {
    "run": N_("Trained network"),
    "photo": N_("Change photo"),
    "heat": N_("Show where it looked"),
    "scores": N_("Score of every class"),
}
"""What a lesson may leave out, by its name in the link."""
