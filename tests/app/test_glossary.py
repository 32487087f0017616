"""The glossary says what a word means and shows it on one's own photo, from home and from every page."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import address, labels, press, sound, words
from tests.app.test_tours import links
from tests.app.trainings import done, open_run
from tl_core.guide.glossary import list_terms
from tl_core.ui.frame import PAGES

Open = Callable[..., AppTest]
TERMS = {term.name: term for term in list_terms()}
SHOW = "Show me on my data"


def test_the_words_are_many_each_once_and_each_in_a_few_lines() -> None:
    assert len(TERMS) == len(list_terms()) >= 40
    assert len({term.title for term in list_terms()}) == len(TERMS)
    assert all(30 <= len(term.meaning) <= 240 for term in list_terms())
    assert {term.page for term in list_terms()} == set(PAGES._fields) - {"home", "teacher"}


def test_home_finds_a_word_by_a_part_of_it_in_both_languages(open_page: Open) -> None:
    app = open_page(section="words", photo="coffee")
    assert list(map(words(app).count, ("**Stride**", "**Softmax**"))) == [1, 1]
    app.text_input(key="glossary_search").set_value("STRID")
    sound(app.run())
    assert "**Stride**" in words(app) and "**Softmax**" not in words(app)
    assert links(app)[SHOW] == {"photo": "coffee", **TERMS["stride"].url}
    app.text_input(key="glossary_search").set_value("<nothing>")
    sound(app.run())
    assert len(app.info) == 1 and SHOW not in links(app)


def test_a_page_explains_a_word_and_shows_it_in_place(open_page: Open) -> None:
    app = open_page(PAGES.convolution.script, kernel="box")
    assert SHOW not in labels(app)
    app.session_state["glossary"] = True
    sound(app.run())
    app.selectbox(key="glossary_word").set_value("stride")
    sound(app.run())
    assert TERMS["stride"].meaning in [one.value for one in app.sidebar.markdown]
    press(app, SHOW)
    assert address(app) == {"kernel": "box", "stride_y": "2", "stride_x": "2"}


def test_a_word_of_another_page_is_a_link_that_keeps_what_one_has(open_page: Open) -> None:
    run = done(open_run())
    app = open_page(PAGES.train.script, run=run.id, epochs="7", photo="coffee")
    sound(app.switch_page(PAGES.gap.script).run())
    app.session_state["glossary"] = True
    sound(app.run())
    app.selectbox(key="glossary_word").set_value("calibration")
    sound(app.run())
    own = {"run": run.id, "epochs": "7", "photo": "coffee"}
    assert links(app)[SHOW] == own | dict(TERMS["calibration"].url)


@pytest.mark.slow
@pytest.mark.parametrize("name", TERMS)
def test_every_word_leads_to_a_page_that_takes_all_its_settings(open_page: Open, name: str) -> None:
    term, run = TERMS[name], done(open_run())
    own = {} if term.page in ("convolution", "gap") or "run" in term.url else {"run": run.id}
    app = open_page(getattr(PAGES, term.page).script, **own, **term.url)
    assert not app.warning and not app.error


@pytest.mark.parametrize(
    ("name", "box"),
    [
        ("leak", "Break it on purpose"),
        ("augmentation", "Change the training images"),
        ("dropout", "More settings"),
    ],
)
def test_a_word_opens_the_box_that_it_is_seen_in(open_page: Open, name: str, box: str) -> None:
    def opened(**url: str) -> list[str]:
        app = open_page(PAGES.train.script, **url)
        return [one.label for one in app.expander if one.proto.expanded]

    assert box not in opened() and box in opened(**TERMS[name].url)


@pytest.mark.parametrize("script", [PAGES.convolution.script, PAGES.train.script])
def test_an_address_that_names_the_first_section_keeps_it_so_that_back_leads_away_at_once(
    open_page: Open, script: str
) -> None:
    first = {"section": "explore" if script == PAGES.convolution.script else "train"}
    app = open_page(script, **first)
    assert address(app) == first  # another address of another section would be a step of its own
    assert "section" not in address(open_page(script))
    app.segmented_control(key="section").set_value("read")
    assert address(sound(app.run())) == {"section": "read"}
    app.segmented_control(key="section").set_value(first["section"])
    assert "section" not in address(sound(app.run()))
