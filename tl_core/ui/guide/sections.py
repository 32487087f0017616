"""The sections of the home page below its cards."""

from functools import partial

from tl_core.guide.tours import list_tours
from tl_core.ui.guide import home
from tl_core.ui.sections import Section

TOURS = tuple(
    Section(name=tour.name, title=tour.title, show=partial(home.show_tour, tour))
    for tour in list_tours()
)
SECTIONS: tuple[Section[[]], ...] = (*TOURS,)
