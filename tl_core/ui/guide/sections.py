"""The sections of the home page below its cards."""

from functools import partial

from tl_core.guide.tours import list_tours
from tl_core.ui.frame import word_link
from tl_core.ui.guide import home, plan, words
from tl_core.ui.sections import Section
from tl_core.wording import N_

TOURS = tuple(
    Section(name=tour.name, title=tour.title, show=partial(home.show_tour, tour))
    for tour in list_tours()
)
SECTIONS: tuple[Section[[]], ...] = (
    *TOURS,
    Section(name="words", title=N_("Glossary"), show=lambda: words.show_all(word_link)),
    Section(name="plan", title=N_("Teacher's plan"), show=plan.show),
)
