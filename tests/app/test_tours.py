"""A tour leads through the pages: every stop opens as it is meant, says its task, and shows the way on."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import address, labels, press, sound, words
from tests.app.trainings import done, open_run
from tests.guide.test_tours import PLACES
from tl_core.ui.frame import PAGES

Open = Callable[..., AppTest]


def links(app: AppTest) -> dict[str, dict[str, str]]:
    """Return label -> parameters of every link on the page."""
    found: Any = app.get("page_link")
    return {
        link.value: {name: texts[0] for name, texts in parse_qs(link.proto.query_string).items()}
        for link in found
    }


def follow(app: AppTest, label: str, script: str) -> None:
    parameters = links(app)[label]
    app.query_params.clear()
    app.query_params |= parameters
    sound(app.switch_page(script).run())


@pytest.mark.parametrize("tour", ["ten", pytest.param("lesson", marks=pytest.mark.slow)])
def test_every_stop_opens_without_a_complaint_and_says_its_task(open_page: Open, tour: str) -> None:
    run = done(open_run())
    for place in [place for place in PLACES if place.tour.name == tour]:
        url = {"tour": place.mark, **place.stop.url}
        app = open_page(getattr(PAGES, place.stop.page).script, **url)
        assert place.stop.task in words(app)
        assert f"Stop {place.number} of {len(place.tour.stops)}" in words(app)
        assert not app.warning and address(app).items() >= url.items()
        assert address(app).get("run", run.id) == run.id
        after = f"Next: {place.next.stop.title}" if place.next else None
        assert after is None or after in [*labels(app), *links(app)]


def test_home_begins_both_tours_and_lists_their_stops(open_page: Open) -> None:
    app = open_page()
    assert links(app)["Ten minutes: 5 stops"] == {"tour": "ten-1"}
    assert links(app)["A lesson of 45 minutes: 9 stops"] == {"tour": "lesson-1"}
    assert "**5. Ask it**" in words(app) and "Read the mistakes" not in words(app)
    app = open_page(section="lesson")
    assert "Read the mistakes" in words(app)


def test_a_stop_on_the_same_page_is_a_button_and_lets_go_of_what_was_set(open_page: Open) -> None:
    app = open_page(PAGES.convolution.script, tour="ten-1", kernel="box", stride_y="3")
    press(app, "Next: Kernels that nobody wrote")
    assert address(app) == {"tour": "ten-2", "section": "learned"}
    assert app.number_input(key="stride_y").value == 1


def test_a_stop_on_the_same_page_folds_the_set_up_of_a_projector_again(open_page: Open) -> None:
    def box(app: AppTest) -> str:
        (fold,) = [one for one in app.expander if one.label == "Kernel, image and geometry"]
        return str(fold._block_id)

    app = open_page(PAGES.convolution.script, tour="ten-1", layout="projector", kernel="box")
    before = box(app)
    assert box(sound(app.run())) == before  # it stays open while somebody works in it
    press(app, "Next: Kernels that nobody wrote")
    assert box(app) != before


def test_the_stop_at_the_learned_filters_has_the_set_up_folded(open_page: Open) -> None:
    def folded(mark: str) -> list[bool]:
        """On a phone all that is set up would stand above what the stop is about."""
        app = open_page(PAGES.convolution.script, tour=mark, section="learned")
        return [
            one.proto.expanded for one in app.expander if one.label == "Kernel, image and geometry"
        ]

    assert folded("ten-2") == [False]
    assert folded("ten-1") == []  # whose task is to choose a kernel


def test_a_stop_on_another_page_is_found_as_it_is_meant(open_page: Open) -> None:
    app = open_page(PAGES.gap.script, size="448", photo="coffee")
    app.query_params.clear()
    app.query_params |= {"tour": "ten-2", "section": "learned", "photo": "coffee"}
    sound(app.switch_page(PAGES.convolution.script).run())
    follow(app, "Next: One number per channel", PAGES.gap.script)
    assert address(app) == {"tour": "ten-3", "photo": "coffee"}  # neither section nor size is left


def test_the_tour_stays_on_another_page_and_leads_back(open_page: Open) -> None:
    app = open_page(PAGES.convolution.script, tour="ten-2", section="learned")
    follow(app, "Predict", PAGES.predict.script)
    assert address(app) == {"tour": "ten-2"}
    assert links(app)["Back to the stop"] == {"tour": "ten-2", "section": "learned"}


def test_the_tour_goes_on_with_the_page_of_the_stop_before(open_page: Open) -> None:
    app = open_page(PAGES.train.script, tour="lesson-6", epochs="7")
    press(app, "Next: Read the mistakes")
    assert address(app) == {"tour": "lesson-7", "epochs": "7"}


def test_the_last_stop_leads_home_and_the_tour_is_at_its_end(open_page: Open) -> None:
    app = open_page(PAGES.predict.script, tour="ten-5", guess="1")
    follow(app, "You have seen all stops: back to the home page", "streamlit_app.py")
    assert address(app) == {} and "Stop 5 of 5" not in words(app)
    assert "Back to the stop" not in links(app)
    # On the home page a link to it would do nothing: there the button ends the tour.
    for url in ({"script": PAGES.train.script, "tour": "ten-4"}, {"tour": "ten-5"}):
        elsewhere = open_page(**url)
        assert not [label for label in links(elsewhere) if label.startswith("You have seen")]
    assert "Back to the stop" in links(elsewhere)
    assert address(press(elsewhere, "End the tour")) == {}


def test_on_a_tour_the_task_stands_in_place_of_what_the_page_is_for(open_page: Open) -> None:
    intro = (
        "A kernel slides over the photo."  # three lines on a phone, above what is to be looked at
    )
    assert intro in words(open_page(PAGES.convolution.script))
    assert intro not in words(open_page(PAGES.convolution.script, tour="ten-1"))


def test_ending_the_tour_leaves_the_page_as_it_is(open_page: Open) -> None:
    app = open_page(PAGES.convolution.script, tour="ten-1", kernel="box")
    press(app, "End the tour")
    assert address(app) == {"kernel": "box"} and "Stop 1 of 5" not in words(app)


def test_a_stop_that_does_not_exist_is_one_sentence_and_no_tour(open_page: Open) -> None:
    app = open_page(PAGES.gap.script, tour="ten-99")
    assert len(app.warning) == 1 and "ten-99" in app.warning[0].value
    assert address(app) == {}


def test_the_teachers_plan_is_on_home_and_can_be_printed_in_both_languages(open_page: Open) -> None:
    app = open_page(section="plan")
    assert "What would nine weights of 1/9 do?" in words(app)
    found: Any = app.get("download_button")
    assert [one.proto.label for one in found] == ["To print: English", "To print: 한국어"]
    assert not open_page().get("download_button")
