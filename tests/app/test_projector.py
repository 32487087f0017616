"""The layout for a projector: it goes along, folds what is set up, and says nothing else differently."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import address, labels, sound, words
from tests.app.trainings import done, open_run
from tl_core.ui.frame import PAGES
from tl_core.ui.projector import larger

Open = Callable[..., AppTest]
ON = {"layout": "projector"}


def folds(app: AppTest) -> list[str]:
    return [box.label for box in app.main.get("expander")]


def test_the_switch_is_kept_in_the_url_and_goes_to_the_next_page(open_page: Open) -> None:
    app = open_page()
    app.toggle(key="layout_switch").set_value(True)
    sound(app.run())
    assert address(app) == ON
    assert all("layout=projector" in link.proto.query_string for link in app.page_link)
    sound(app.switch_page(PAGES.gap.script).run())
    assert address(app) == ON and app.toggle(key="layout_switch").value
    app.toggle(key="layout_switch").set_value(False)
    sound(app.run())
    assert address(app) == {}


def test_another_layout_is_refused_with_one_sentence(open_page: Open) -> None:
    app = open_page(layout="<b>")
    assert len(app.warning) == 1 and address(app) == {}


def test_the_convolution_pages_own_view_stays_what_it_is(open_page: Open) -> None:
    app = open_page(PAGES.convolution.script, view="signed", **ON)
    assert address(app) == {"view": "signed"} | ON and not app.warning


@pytest.mark.parametrize(
    ("page", "fold", "inside"),
    [
        (PAGES.convolution, "Kernel, image and geometry", "kernel"),
        (PAGES.gap, "Set-up", "backbone"),
        (PAGES.train, "Settings and training", "backbone"),
    ],
    ids=lambda value: getattr(value, "title", None),
)
def test_the_set_up_is_folded_and_its_controls_are_in_it(
    open_page: Open, page: object, fold: str, inside: str
) -> None:
    plain, wall = open_page(page.script), open_page(page.script, **ON)  # type: ignore[attr-defined]
    assert fold not in folds(plain) and fold in folds(wall)
    (box,) = [one for one in wall.main.get("expander") if one.label == fold]
    assert not box.proto.expanded
    assert inside in [select.key for select in box.get("selectbox")]
    assert plain.selectbox(key=inside).value == wall.selectbox(key=inside).value


def test_a_run_has_a_projectors_first_screen_for_itself(open_page: Open) -> None:
    assert "Train" in labels(open_page(PAGES.train.script, **ON))
    run = done(open_run())
    wall = open_page(PAGES.train.script, run=run.id, **ON)
    (box,) = [one for one in wall.main.get("expander") if one.label == "Settings and training"]
    assert "Train" in [button.label for button in box.get("button")]
    assert "Validation accuracy" in [metric.label for metric in wall.metric]


def test_the_pages_sentence_makes_way_for_the_result(open_page: Open) -> None:
    told = "A kernel slides over the photo."
    assert told in words(open_page(PAGES.convolution.script))
    assert told not in words(open_page(PAGES.convolution.script, **ON))


def test_fonts_of_figures_grow_with_the_words(monkeypatch: pytest.MonkeyPatch) -> None:
    assert larger(15) == 15
    monkeypatch.setattr("tl_core.ui.projector.layout.is_on", lambda: True)
    assert larger(15) == 18
