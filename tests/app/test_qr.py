"""QR codes: of every page with its settings, of a class for many phones, of a trained network."""

from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import HOME, address, labels, press, sound, words
from tests.app.trainings import done, open_run
from tests.datasets.samples import picture
from tl_core.datasets.bringing.staging import Staging
from tl_core.ui import projector, qr
from tl_core.ui.frame import PAGES, Page

Open = Callable[..., AppTest]
TRAIN = PAGES.train.script
PAGE_CODE = "QR code of this page"
CLASS_CODE = "Photos from phones (QR code)"
LAB = "http://lab.school"
"""What `open_page` calls the lab."""


def code(app: AppTest, label: str) -> tuple[str, dict[str, str]]:
    """Press a button with a code; returns the address before the question mark, and what is behind it."""
    (found,) = [each.value for each in press(app, label).code if each.value.startswith(LAB)]
    parts = urlsplit(found)
    return f"{parts.scheme}://{parts.netloc}{parts.path}", dict(parse_qsl(parts.query))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.title)
def test_every_page_has_one_and_draws_nothing_before_it_is_asked_for(
    page: Page, open_page: Open
) -> None:
    app = open_page(page.script)
    assert labels(app).count(PAGE_CODE) == 1
    assert not any(each.value.startswith("http") for each in app.code)


def test_it_holds_the_settings_of_the_page_as_they_are_now(open_page: Open) -> None:
    app = open_page(PAGES.convolution.script, kernel="gabor")
    app.segmented_control(key="section").set_value("views")
    _, asked = code(sound(app.run()), PAGE_CODE)
    assert asked == {"kernel": "gabor", "section": "views"}


def test_the_layout_for_a_wall_is_not_the_phones(open_page: Open) -> None:
    on = {projector.PARAMETER: projector.layout.PROJECTOR, "kernel": "gabor"}
    app = open_page(PAGES.convolution.script, **on)
    assert code(app, PAGE_CODE)[1] == {"kernel": "gabor"} and address(app) == on


def new_class(open_page: Open, name: str) -> AppTest:
    app = open_page(TRAIN, section="data", data="new")
    app.text_input(key="collect_new").set_value(name)
    return press(app, "Add class")


def test_several_phones_feed_one_class(open_page: Open) -> None:
    name = "tasse & *co*"
    teacher = new_class(open_page, name)
    _, asked = code(teacher, CLASS_CODE)
    draft = Staging(asked["draft"])
    assert draft.classes() == (name,)
    for number in range(2):
        phone = open_page(TRAIN, **asked)
        assert phone.segmented_control(key="collect_class").value == name
        assert phone.segmented_control(key="source").value == "camera"
        assert CLASS_CODE not in labels(phone) and not phone.selectbox
        token = phone.session_state["draft"]
        Staging(token).add(name, "a.jpg", picture(number))
    assert ": 0" in words(teacher)
    assert ": 2" in words(press(teacher, "Look for new photos"))


def test_a_class_of_a_dataset_that_is_here_has_one_before_anything_was_brought(
    open_page: Open,
) -> None:
    app = open_page(TRAIN, section="data", data="more")
    _, asked = code(app, CLASS_CODE)
    phone = open_page(TRAIN, **asked)
    assert phone.segmented_control(key="collect_class").value == asked["collect_class"]
    assert asked["dataset"] == app.session_state["dataset"] and asked["data"] == "more"
    assert phone.session_state["draft"] == asked["draft"] == app.session_state["draft"]


def test_a_trained_network_opens_on_phones(open_page: Open) -> None:
    run = done(open_run())
    where, asked = code(open_page(TRAIN, run=run.id), "Try it on phones (QR code)")
    assert asked["run"] == run.id
    assert where == f"{LAB}/predict"


def test_where_no_phone_comes_the_window_says_so(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(qr, "lan_addresses", lambda: ())
    app = open_page(HOME)
    app.context = {"url": "http://localhost:8501"}
    press(sound(app.run()), PAGE_CODE)
    assert "Other devices do not reach this page" in app.error[0].value
    sound(app)
