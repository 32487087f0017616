"""The layout for a projector: it goes along, folds what is set up, and says nothing else differently."""

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import BROWSER, address, labels, press, sound, words
from tests.app.trainings import done, open_run, pets
from tl_core.ui.frame import PAGES
from tl_core.ui.projector import larger

Open = Callable[..., AppTest]
ON = {"layout": "projector"}


def boxes(app: AppTest) -> dict[str, Any]:
    """Return every folded box by its label."""
    found: Any = app.main.get("expander")
    return {box.label: box for box in found}


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


def test_links_for_a_class_leave_the_layout_to_each_device(open_page: Open) -> None:
    app = open_page(PAGES.gap.script, size="448", **ON)
    app.session_state["lesson_maker"] = True
    sound(app.run())
    (link,) = [code.value for code in app.code if "size=448" in code.value]
    assert link.startswith(f"{BROWSER}gap_vs_flatten?") and "layout" not in link
    press(app, "QR code of this page")
    links = [code.value for code in app.code if code.value.startswith(BROWSER)]
    assert len(links) == 2 and not any("layout" in each for each in links)
    assert address(app)["layout"] == "projector"


def test_what_a_correction_did_is_above_the_headline_on_a_projector(open_page: Open) -> None:
    before = done(open_run(dataset=pets(), fingerprint=""), {})
    after = done(open_run())
    url = {"run": after.id, "before": before.id}
    plain = words(open_page(PAGES.train.script, **url))
    wall = words(open_page(PAGES.train.script, **url, **ON))
    box, headline = "**Before and after the corrections**", "held-out images right"
    assert plain.index(headline) < plain.index(box)
    assert wall.index(box) < wall.index(headline) and wall.count(box) == 1


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
        (PAGES.gap, "Backbone, input size and layers", "backbone"),
        (PAGES.train, "Settings and training", "backbone"),
    ],
    ids=lambda value: getattr(value, "title", None),
)
def test_the_set_up_is_folded_and_its_controls_are_in_it(
    open_page: Open, page: object, fold: str, inside: str
) -> None:
    plain, wall = open_page(page.script), open_page(page.script, **ON)  # type: ignore[attr-defined]
    assert fold not in boxes(plain)
    box = boxes(wall)[fold]
    assert not box.proto.expanded
    assert inside in [select.key for select in box.get("selectbox")]
    assert plain.selectbox(key=inside).value == wall.selectbox(key=inside).value


def test_a_run_has_a_projectors_first_screen_for_itself(open_page: Open) -> None:
    assert "Train" in labels(open_page(PAGES.train.script, **ON))
    run = done(open_run())
    wall = open_page(PAGES.train.script, run=run.id, **ON)
    box = boxes(wall)["Settings and training"]
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
