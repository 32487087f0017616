"""The tours are what they promise: stops that exist, in the time that is said, each known by its mark."""

import pytest

from tl_core.errors import SettingInvalid
from tl_core.guide.tours import Place, get_place, list_tours
from tl_core.ui.frame import PAGES

PLACES = [
    Place(tour=tour, number=number + 1)
    for tour in list_tours()
    for number in range(len(tour.stops))
]


def test_the_tours_take_ten_minutes_and_one_lesson_and_visit_every_page() -> None:
    assert [tour.minutes for tour in list_tours()] == [10, 45]
    for tour in list_tours():
        assert {stop.page for stop in tour.stops} == set(PAGES._fields) - {"home", "teacher"}


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.mark)
def test_a_mark_finds_its_stop_and_the_one_after_it(place: Place) -> None:
    assert get_place(place.mark) == place
    if place.next:
        assert place.next.number == place.number + 1
    else:
        assert place.stop == place.tour.stops[-1]


@pytest.mark.parametrize("mark", ["", "ten", "ten-0", "ten-6", "ten-01", "ten--1", "x-1", "ten-٣"])
def test_any_other_mark_is_refused_in_words(mark: str) -> None:
    with pytest.raises(SettingInvalid, match="There is no stop"):
        get_place(mark)


def test_only_a_stop_on_the_page_of_the_one_before_goes_on_with_it() -> None:
    for place in PLACES:
        if place.next and place.next.stop.goes_on:
            assert place.next.stop.page == place.stop.page
    assert any(place.stop.goes_on for place in PLACES)
