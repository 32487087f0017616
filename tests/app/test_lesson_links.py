"""A lesson link on every page says its sentence, hides what it names and nothing else, and can be made."""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import address, containers, labels, press, sound, words
from tests.app.trainings import done, only_run, open_run, usual
from tl_core.runs import Run
from tl_core.ui.convolution import sections as convolution
from tl_core.ui.frame import PAGES, Page
from tl_core.ui.gap import sections as gap
from tl_core.ui.prediction import parts
from tl_core.ui.prediction import sections as prediction
from tl_core.ui.sections import names_to_hide
from tl_core.ui.training import sections as training

Open = Callable[..., AppTest]
ROOMS = {
    PAGES.convolution: convolution,
    PAGES.gap: gap,
    PAGES.train: training,
    PAGES.predict: prediction,
}
RUN = "the run"
"""Stands for the id of the finished training, in an address."""

# page, part, where it is to be seen, what of it is to be seen
PARTS: list[tuple[Page, str, dict[str, str], str]] = [
    (PAGES.convolution, "section", {}, "section"),
    (PAGES.convolution, "kernel", {}, "kernel"),
    (PAGES.convolution, "weights", {}, "kernel_popover"),
    (PAGES.convolution, "operation", {}, "operation"),
    (PAGES.convolution, "bias", {}, "bias"),
    (PAGES.convolution, "image", {}, "image"),
    (PAGES.convolution, "size", {}, "size"),
    (PAGES.convolution, "colour", {}, "colour"),
    (PAGES.convolution, "stride_y", {}, "stride_y"),
    (PAGES.convolution, "stride_x", {}, "stride_x"),
    (PAGES.convolution, "padding", {}, "padding"),
    (PAGES.convolution, "dilation", {}, "dilation"),
    (PAGES.convolution, "fill", {"padding": "same"}, "fill"),
    (PAGES.convolution, "view", {}, "view"),
    (PAGES.convolution, "size_formula", {}, "Size of the result:"),
    (PAGES.gap, "section", {}, "section"),
    (PAGES.gap, "preset", {}, "gap_preset"),
    (PAGES.gap, "from", {}, "from"),
    (PAGES.gap, "backbone", {}, "backbone"),
    (PAGES.gap, "size", {}, "size"),
    (PAGES.gap, "size", {"from": "free"}, "w"),
    (PAGES.gap, "units", {}, "units"),
    (PAGES.gap, "classes", {}, "classes"),
    (PAGES.gap, "activation", {}, "activation"),
    (PAGES.gap, "more", {}, "dropout"),
    (PAGES.train, "section", {}, "section"),
    (PAGES.train, "dataset", {}, "dataset"),
    (PAGES.train, "add_dataset", {}, "dataset_zip_0"),
    (PAGES.train, "recipes", {}, "recipes"),
    (PAGES.train, "backbone", {}, "backbone"),
    (PAGES.train, "size", {}, "size"),
    (PAGES.train, "epochs", {}, "epochs"),
    (PAGES.train, "head", {}, "head"),
    (PAGES.train, "seed", {}, "seed"),
    (PAGES.train, "strategy", {"unfrozen": "6"}, "cut"),
    (PAGES.train, "fine", {"unfrozen": "6"}, "fine_rate"),
    (PAGES.train, "more", {"more": "1"}, "optimizer"),
    (PAGES.train, "rate", {"more": "1"}, "rate"),
    (PAGES.train, "augment", {"augment": "1", "augment_box": "1"}, "rotation"),
    (PAGES.train, "mistakes", {"mistakes": "leak"}, "break-leak"),
    (PAGES.train, "rate_test", {}, "rate_test_box"),
    (PAGES.train, "plan", {"unfrozen": "6"}, "blocks"),
    (PAGES.train, "report", {"run": RUN}, "matrix"),
    (PAGES.train, "look", {"run": RUN}, "look"),
    (PAGES.train, "heat", {"run": RUN}, "heat"),
    (PAGES.train, "corrections", {"run": RUN}, "correction"),
    (PAGES.train, "export", {"run": RUN}, f"export-{RUN}"),
    (PAGES.train, "data", {"section": "data"}, "data"),
    (PAGES.train, "experiment", {"section": "skip"}, "depth"),
    (PAGES.train, "delete", {"section": "book", "runs": RUN}, "Delete 1 run"),
    (PAGES.predict, "section", {}, "section"),
    (PAGES.predict, "run", {}, "run"),
    (PAGES.predict, "beside", {}, "beside"),
    (PAGES.predict, "photo", {}, "photo_popover"),
    (PAGES.predict, "guess", {}, "guess"),
    (PAGES.predict, "heat", {}, "heat"),
    (PAGES.predict, "scores", {}, "The engine is starting."),
    *((PAGES.predict, part.name, {}, part.name) for part in parts.PARTS),
]
INSIDE = {"more": {"rate"}, "report": {"look", "heat", "corrections"}, "experiment": {"seed"}}
"""Parts that another part holds: they go with it."""


@pytest.fixture
def trained() -> Run:
    return done(open_run())


def named(url: dict[str, str], run: Run) -> dict[str, str]:
    return {name: run.id if value == RUN else value for name, value in url.items()}


def seen(app: AppTest) -> list[str]:
    """Return the key, the label or the words of everything on the page."""
    found = [_name(box, getattr(box.proto, "popover", box.proto)) for box in containers(app.main)]
    return found + [_name(one, one.proto) for one in app.main if hasattr(one, "value")]


def _name(node: Any, proto: Any) -> str:
    return str(node.key or getattr(proto, "label", "") or getattr(node, "value", ""))


def gone(before: Iterable[str], after: Iterable[str]) -> list[str]:
    left = list(after)
    return [one for one in before if one not in left]


def shows(found: Iterable[str], what: str) -> bool:
    return any(one == what or (" " in what and what in one) for one in found)


def test_every_part_that_can_be_hidden_is_looked_at_below() -> None:
    for page, room in ROOMS.items():
        parts = set(room.HIDEABLE) - set(names_to_hide(room.SECTIONS))
        assert {name for where, name, *_ in PARTS if where == page} == parts


@pytest.mark.parametrize(
    ("page", "name", "url", "what"), PARTS, ids=[f"{p.title} {n}" for p, n, *_ in PARTS]
)
def test_a_part_is_hidden_alone_and_its_controls_keep_the_values_of_the_link(
    open_page: Open, trained: Run, page: Page, name: str, url: dict[str, str], what: str
) -> None:
    url, what = named(url, trained), what.replace(RUN, trained.id)
    plain = open_page(page.script, **url)
    lesson = open_page(page.script, **url, hide=name)
    before, after = seen(plain), seen(lesson)
    assert shows(before, what) and not shows(after, what)
    others = [
        other
        for where, part, at, other in PARTS
        if where == page and shows(before, other) and part not in {name} | INSIDE.get(name, set())
    ]
    assert [other for other in others if not shows(after, other)] == []
    assert not gone(after, before)
    assert address(lesson) == address(plain) | {"hide": name}
    assert not lesson.warning and not lesson.error


@pytest.mark.parametrize("page", ROOMS, ids=lambda page: page.title)
def test_the_sentence_is_above_the_page_and_survives_a_change_of_a_control(
    open_page: Open, trained: Run, page: Page
) -> None:
    app = open_page(page.script, lesson="Look **closely**")
    assert app.info[0].value.replace("\\", "") == "Look **closely**"
    assert "\\*" in app.info[0].value  # never Markdown
    control = {"Predict": app.toggle, "Train": app.slider}.get(page.title, app.number_input)[0]
    control.set_value(not control.value if page == PAGES.predict else control.value + 1)
    sound(app.run())
    assert app.info[0].value.replace("\\", "") == "Look **closely**"
    assert address(app)["lesson"] == "Look **closely**" and len(address(app)) > 1


@pytest.mark.parametrize("page", ROOMS, ids=lambda page: page.title)
def test_a_lesson_link_that_is_made_opens_the_page_as_it_was_without_what_is_hidden(
    open_page: Open, trained: Run, page: Page
) -> None:
    room = ROOMS[page]
    part = "heat" if page == PAGES.predict else "section"
    section = {} if page == PAGES.predict else {"section": room.SECTIONS[3].name}
    app = open_page(page.script, **section)
    app.session_state["lesson_maker"] = True
    sound(app.run())
    assert app.multiselect(key="lesson_hidden").options == list(room.HIDEABLE.values())
    app.text_area(key="lesson_written").set_value("Only this")
    app.multiselect(key="lesson_hidden").set_value([part])
    sound(app.run())
    link = urlsplit(next(code.value for code in app.code if "lesson=" in code.value))
    assert (link.scheme, link.netloc) == ("http", "lab.school")
    assert link.path == f"/{page.script.partition('_')[2].removesuffix('.py')}"
    url = {name: values[0] for name, values in parse_qs(link.query).items()}
    assert url == address(app) | {"lesson": "Only this", "hide": part}
    made = open_page(page.script, **url)
    assert made.info[0].value == "Only this"
    assert part not in seen(made) and part in seen(app)
    assert address(made) == url


@pytest.mark.parametrize("page", ROOMS, ids=lambda page: page.title)
def test_sections_that_a_lesson_leaves_out_cannot_be_chosen(
    open_page: Open, trained: Run, page: Page
) -> None:
    first, *others = names_to_hide(ROOMS[page].SECTIONS)
    app = open_page(page.script, hide=",".join([first, *others[2:]]))
    titles = [ROOMS[page].HIDEABLE[name] for name in others[:2]]
    if len(titles) > 1:
        assert app.segmented_control(key="section").options == titles
    plain = open_page(page.script)
    assert set(titles) < set(plain.segmented_control(key="section").options)
    assert not app.warning


def test_live_and_many_of_the_prediction_page_can_be_left_out(open_page: Open) -> None:
    link = {"hide": "section-live,section-many"}
    app = open_page(PAGES.predict.script, **link)
    assert app.segmented_control(key="section").options == ["One photo", "Read"]
    refused = open_page(PAGES.predict.script, section="many", **link)
    assert len(refused.warning) == 1 and address(refused) == link
    alone = open_page(PAGES.predict.script, hide=link["hide"] + ",section-read")
    assert "section" not in seen(alone)


def test_a_fixed_section_is_the_one_of_the_link_and_cannot_be_left(
    open_page: Open, trained: Run
) -> None:
    app = open_page(PAGES.train.script, section="skip", hide="section")
    assert "section" not in seen(app)
    assert "Train both networks" in labels(app) and "Train" not in labels(app)
    sound(app.run())
    assert "Train both networks" in labels(app)
    assert address(app) == {"section": "skip", "hide": "section"}


HIDDEN = {
    "hide": "dataset,backbone,size,epochs,head,seed,strategy,fine,more,augment,mistakes",
    "epochs": "7",
    "seed": "11",
    "size": "96",
    "head": "flatten",
    "unfrozen": "6",
    "fine_epochs": "3",
    "fine_rate": "2e-05",
    "rate": "0.01",
    "dropout": "0.5",
    "augment": "1",
    "rotation": "30",
    "copies": "2",
    "held": "35",
}


def test_a_training_has_every_setting_of_the_link_that_nobody_can_see(open_page: Open) -> None:
    app = open_page(PAGES.train.script, **HIDDEN)
    controls = (app.slider, app.select_slider, app.selectbox, app.number_input, app.toggle)
    assert [one.key for kind in controls for one in kind] == ["blocks_as_table", "layout_switch"]
    press(sound(app.run()), "Train")
    shown = open_page(PAGES.train.script, **{**HIDDEN, "hide": "recipes", "augment_box": "1"})
    assert shown.slider(key="rotation").value == 30
    press(shown, "Train")
    run = only_run()  # the same settings are the same run
    expected = usual(
        epochs=7, seed=11, size=96, pooling="flatten", unfrozen=6, fine_epochs=3, fine_rate=2e-05
    )
    expected |= {"learning_rate": 0.01, "dropout": 0.5, "copies": 2, "validation": 0.35}
    changed = {name for name in expected if run.config[name] != expected[name]}
    assert changed == {"augmentation"} and run.config["augmentation"]["rotation"] == 30


def test_another_backbone_keeps_the_strategy_that_a_lesson_hides(open_page: Open) -> None:
    app = open_page(PAGES.train.script, hide="strategy", unfrozen="6")
    app.selectbox(key="backbone").set_value("mobilenetv2")
    sound(app.run())
    blocks = int(address(app)["unfrozen"])
    assert blocks and "cut" not in seen(app)
    shown = open_page(PAGES.train.script, backbone="mobilenetv2", unfrozen=str(blocks))
    assert shown.segmented_control(key="strategy").value == "top"


def test_a_hidden_setting_that_the_link_spoils_is_the_usual_one_with_one_sentence(
    open_page: Open,
) -> None:
    app = open_page(PAGES.train.script, hide="epochs", epochs="1e9")
    assert len(app.warning) == 1 and "epochs" in app.warning[0].value
    press(app, "Train")
    assert only_run().config == usual()


def test_what_a_lesson_hides_is_hidden_in_korean_too(open_page: Open, trained: Run) -> None:
    app = open_page(PAGES.train.script, locale="ko-KR", hide="more,export", run=trained.id)
    assert not {"optimizer", "rate"} & set(seen(app))
    assert "seed" in seen(app) and "More settings" not in words(app)


def follow(app: AppTest, page: Page) -> None:
    """Go where the sidebar's link to `page` leads."""
    links: Any = app.sidebar.get("page_link")
    link = next(one for one in links if one.value == page.title)
    app.query_params.clear()
    app.query_params |= {
        name: values[0] for name, values in parse_qs(link.proto.query_string).items()
    }
    sound(app.switch_page(page.script).run())


def test_a_lesson_belongs_to_its_page_and_is_there_again_when_one_comes_back(
    open_page: Open, trained: Run
) -> None:
    app = open_page(PAGES.train.script, lesson="Train it", hide="seed")
    follow(app, PAGES.predict)
    assert "lesson" not in address(app) and "Train it" not in seen(app)
    follow(app, PAGES.train)
    assert app.info[0].value == "Train it" and "seed" not in seen(app)
