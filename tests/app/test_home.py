"""The home page leads everywhere, in both languages, and the photo chosen on it goes along."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import address, faults, sound, words
from tl_core.datasets.catalogue import sample_photos
from tl_core.ui import news
from tl_core.ui.frame import PAGES, TAUGHT

Open = Callable[..., AppTest]
CONVOLUTION = "pages/1_convolution.py"


def with_photos_open(app: AppTest) -> AppTest:
    app.session_state["photo_popover"] = True
    return sound(app.run())


def test_every_page_has_a_card_and_a_link(open_page: Open) -> None:
    app = open_page()
    assert [heading.value for heading in app.subheader] == [
        "1. Convolution",
        "2. GAP vs Flatten",
        "3. Train",
        "4. Predict",
        "The way through",
    ]
    labels = [link.value for link in app.page_link]
    assert labels.count("Open") == len(TAUGHT)
    assert {page.title for page in PAGES} <= set(labels)
    assert address(app) == {}


def test_korean_comes_from_the_browser_and_the_switch_is_kept_in_the_url(open_page: Open) -> None:
    app = open_page(locale="ko-KR")
    assert app.title[0].value == "전이 학습 실험실"
    assert address(app) == {}
    app.segmented_control(key="language").set_value("en")
    sound(app.run())
    assert app.title[0].value == "Transfer Learning Lab"
    assert address(app) == {"lang": "en"}


def test_the_language_in_the_url_beats_the_browsers_and_goes_to_the_next_page(
    open_page: Open,
) -> None:
    app = open_page(lang="ko")
    assert app.title[0].value == "전이 학습 실험실"
    sound(app.switch_page(CONVOLUTION).run())
    assert app.title[0].value == "합성곱"
    assert address(app) == {"lang": "ko"}
    assert "lang=ko" in app.page_link[0].proto.query_string


@pytest.mark.parametrize(
    ("name", "value"),
    [("lang", "xx"), ("lang", ""), ("photo", "nobody"), ("photo", "../../etc/passwd")],
)
def test_a_bad_url_is_the_usual_page_with_one_sentence(
    open_page: Open, name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page(**{name: value})
    for _ in range(2):  # the page may draw itself again at once, as when the engine has started
        assert len(app.warning) == 1 and name in app.warning[0].value
        assert address(app) == {}
        sound(app.run())
    monkeypatch.setattr(news, "LEAST_SECONDS", 0.0)
    assert not sound(app.run()).warning


@pytest.mark.slow
def test_every_sample_can_be_followed_and_is_in_the_url(open_page: Open) -> None:
    app = open_page()
    for sample in sample_photos()[1:]:
        with_photos_open(app).button(key=f"photo-{sample.name}").click()
        sound(app.run())
        assert sample.title in words(app)
        assert address(app) == {"photo": sample.name}


def test_the_photo_goes_to_the_next_page_and_into_its_links(open_page: Open) -> None:
    app = open_page(photo="coffee")
    assert "A cup of coffee" in words(app)
    sound(app.switch_page(CONVOLUTION).run())
    assert "A cup of coffee" in words(app)
    assert address(app) == {"photo": "coffee"}
    assert all("photo=coffee" in link.proto.query_string for link in app.page_link)


def test_a_page_is_found_as_it_was_left(open_page: Open) -> None:
    app = open_page(CONVOLUTION)
    app.number_input(key="stride_y").set_value(3)
    sound(app.run())
    sound(app.switch_page("streamlit_app.py").run())
    link = next(link for link in app.page_link if link.value == "Convolution")
    assert link.proto.query_string == "stride_y=3"
    sound(app.switch_page(CONVOLUTION).run())
    assert app.number_input(key="stride_y").value == 3


def test_a_bug_in_the_sidebar_leaves_the_page_alone(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page()

    def broken() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("tl_core.ui.frame.show_engine_status", broken)
    app.run()
    assert not app.exception
    assert len(faults(app)) == 1
    assert len(app.subheader) == len(TAUGHT) + 1
