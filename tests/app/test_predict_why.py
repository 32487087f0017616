"""The folded parts that ask why, and whether the photo is of any class at all."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.app.conftest import address, button, components, labels, sound, told, words
from tests.app.test_predict import IMAGENET_SAYS
from tests.app.trainings import done, open_run
from tl_core.datasets.catalogue import get_dataset
from tl_core.engine.questions import (
    HEAT_MAP,
    IMAGENET,
    LOUD_CHANNELS,
    NEARNESS,
    OCCLUSION,
    PREDICT,
    Question,
)
from tl_core.errors import DatasetRefused
from tl_core.prediction.nearness import Nearness, NearPhoto
from tl_core.prediction.reasons import GREY, SPOTS, LoudChannels, OcclusionRow
from tl_core.results.answers import ClassScores, HeatMaps
from tl_core.runs import Run
from tl_core.statistics import Proportion
from tl_core.ui.prediction import covering
from tl_core.ui.prediction import spot as spots

Open = Callable[..., AppTest]
PAGE = "pages/4_predict.py"
SHARES = (0.2, 0.7, 0.1)
"""Of animals, food and vehicles."""


class Engine:
    """Stands for a ready engine; `asked` has every question with its arguments."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.nearer = 30
        self.trained_on = False
        self.refusal: Exception | None = None
        self.loud = 2
        self.heat = np.eye(5, dtype=np.float32)[np.newaxis]

    def ask(self, question: Question[Any], /, *, seconds: float, **arguments: Any) -> Any:
        if question is IMAGENET:  # what stands beside every answer
            return IMAGENET_SAYS
        self.asked.append((question.name, arguments))
        if question is not PREDICT and self.refusal:
            raise self.refusal
        return getattr(self, question.name)(**arguments)

    def count(self, question: Question[Any]) -> int:
        return sum(name == question.name for name, _ in self.asked)

    def last(self, question: Question[Any]) -> dict[str, Any]:
        return next(arguments for name, arguments in reversed(self.asked) if name == question.name)

    def predict(self, *, pixels: Any, **_: Any) -> ClassScores:
        hidden = bool((pixels == GREY).all(axis=2).any())
        shares = (0.5, 0.3, 0.2) if hidden else SHARES
        return ClassScores(shares=shares, logits=(0.0, 1.2, -0.7), milliseconds=3.0)

    def heat_map(self, **_: Any) -> HeatMaps:
        return HeatMaps(maps=self.heat)

    def nearness(self, **_: Any) -> Nearness:
        images = get_dataset("emoji").images[:5]
        cosines = [1.0 if self.trained_on else 0.71, 0.7, 0.69, 0.68, 0.67]
        photos = [
            NearPhoto(sha256=image.sha256, label=image.label, cosine=cosine)
            for image, cosine in zip(images, cosines, strict=True)
        ]
        nearer = Proportion(correct=self.nearer, n=100)
        return Nearness(photos=tuple(photos), distance=0.31, nearer=nearer, trained=230)

    def occlusion(self, *, row: int, **_: Any) -> OcclusionRow:
        shares = np.full(SPOTS, 0.7, np.float32)
        shares[3] = 0.25 if row == 3 else 0.7
        return OcclusionRow(
            shares=shares, evidences=np.log(shares / 0.7) + 1.0, share=0.7, evidence=1.0
        )

    def loud_channels(self, **_: Any) -> LoudChannels:
        return LoudChannels(
            channels=(917, 4)[: self.loud],
            parts=(0.41, 0.3)[: self.loud],
            maps=np.stack([np.eye(5, dtype=np.float32)] * 2)[: self.loud],
            evidence=1.21,
            others=0.6,
            bias=-0.1,
            count=1280,
        )


@pytest.fixture
def engine(let_answer: Callable[[Any], None]) -> Engine:
    let_answer(found := Engine())
    return found


@pytest.fixture
def run() -> Run:
    return done(open_run())


def alts(app: AppTest) -> list[str]:
    """Return the descriptions of all pictures."""
    return [image.alt for group in app.get("image") for image in group.proto.imgs]


# Cost


def test_closed_parts_ask_nothing(open_page: Open, run: Run, engine: Engine) -> None:
    open_page(PAGE)
    assert {name for name, _ in engine.asked} == {"predict"}


@pytest.mark.parametrize(
    ("way", "question", "times"),
    [
        ("map", HEAT_MAP, 1),
        ("squares", OCCLUSION, SPOTS),
        ("spot", PREDICT, 2),
        ("channels", LOUD_CHANNELS, 1),
    ],
)
def test_each_way_asks_its_own_question_and_once(
    open_page: Open, run: Run, engine: Engine, way: str, question: Question[Any], times: int
) -> None:
    app = open_page(PAGE, why="1", **{"why-way": way})
    sound(app.run())
    assert engine.count(question) == times
    assert {name for name, _ in engine.asked} == {"predict", question.name}


# None of these


@pytest.mark.parametrize(
    ("nearer", "says"),
    [
        (30, "**Like the training photos.** It is closer to them than 70.0\xa0% of them"),
        (93, "**Unusual.** It is farther from the training photos than 93.0\xa0% of them"),
        (
            100,
            "**Probably none of these.** It is farther from its nearest training photos than 100.0\xa0%",
        ),
    ],
)
def test_how_near_it_is_is_said_with_its_number(
    open_page: Open, run: Run, engine: Engine, nearer: int, says: str
) -> None:
    engine.nearer = nearer
    (verdict,) = told(open_page(PAGE, none="1"))
    assert says in verdict and "(n = 100)" in verdict


def test_the_nearest_photos_have_their_class_and_cosine(
    open_page: Open, run: Run, engine: Engine
) -> None:
    app = open_page(PAGE, none="1")
    assert "The nearest of 230 training photos" in words(app)
    assert "animals · 0.71" in words(app) and "animals · 0.67" in words(app)
    assert "A training photo of animals, cosine 0.69" in alts(app)
    assert np.array_equal(engine.last(NEARNESS)["pixels"], engine.last(PREDICT)["pixels"])


def test_a_training_photo_is_called_one(open_page: Open, run: Run, engine: Engine) -> None:
    engine.trained_on = True
    (verdict,) = told(open_page(PAGE, none="1"))
    assert "**One of its own.**" in verdict


def test_of_a_fine_tuned_network_it_says_what_is_compared(
    open_page: Open, run: Run, engine: Engine
) -> None:
    assert "fine-tuned" not in words(open_page(PAGE, none="1", run=run.id))
    tuned = done(open_run(unfrozen=4))
    assert "This network was fine-tuned" in words(open_page(PAGE, none="1", run=tuned.id))


def test_features_that_are_gone_are_a_sentence_and_the_answer_stays(
    open_page: Open, run: Run, engine: Engine
) -> None:
    engine.refusal = DatasetRefused("They made room. Train any head.")
    app = open_page(PAGE, none="1", why="1")
    assert {box.value for box in app.error} == {"They made room. Train any head."}
    assert app.header[0].value == "food: 70.0\xa0%"


# Where it looked


def test_the_map_is_of_the_class_that_is_chosen_and_follows_the_guess(
    open_page: Open, run: Run, engine: Engine
) -> None:
    app = open_page(PAGE, why="1")
    assert engine.last(HEAT_MAP)["label"] == 1
    assert any("what spoke for food; hottest: top left" in alt for alt in alts(app))
    app.selectbox(key="class").set_value("2")
    sound(app.run())
    assert engine.last(HEAT_MAP)["label"] == 2
    assert address(app)["class"] == "2"
    assert any("what spoke for vehicles" in alt for alt in alts(app))


@pytest.mark.parametrize(
    ("changes", "exact"),
    [
        ({}, True),
        ({"dense": [16]}, False),
        ({"pooling": "flatten"}, False),
        ({"unfrozen": 4}, True),
    ],
    ids=str,
)
def test_it_says_whether_the_map_is_exact(
    open_page: Open, engine: Engine, changes: dict[str, Any], exact: bool
) -> None:
    done(open_run(**changes))
    said = words(open_page(PAGE, why="1"))
    assert ("This is **exact**" in said) == exact
    assert ("**approximation** (Grad-CAM" in said) != exact


def test_the_strength_of_the_colours_changes_the_picture(
    open_page: Open, run: Run, engine: Engine
) -> None:
    def picture(app: AppTest) -> str:
        groups = [one.proto.imgs for one in app.get("image")]
        return next(x.url for imgs in groups for x in imgs if "heat map" in x.alt)

    faint, strong = (open_page(PAGE, why="1", **{"why-strength": x}) for x in ("10", "90"))
    assert picture(faint) != picture(strong)
    assert engine.count(HEAT_MAP) == 1


def test_a_map_without_heat_is_words(open_page: Open, run: Run, engine: Engine) -> None:
    engine.heat = np.zeros((1, 5, 5), np.float32)
    app = open_page(PAGE, why="1")
    assert "Nothing in this photo spoke for **food**" in words(app)
    assert "The photo; nothing in it spoke for food" in alts(app)


# Covering


def test_covering_every_part_says_what_the_worst_place_costs(
    open_page: Open, run: Run, engine: Engine
) -> None:
    app = open_page(PAGE, why="1", **{"why-way": "squares"})
    said = words(app)
    assert "The score of **food** is 70.0\xa0%. With the square at the worst place it is " in said
    assert "**25.0\xa0%**; its evidence goes from +1.00 to −0.03" in said
    assert "No square of this size costs" not in said
    assert "40 × 40 of the 160 × 160 pixels was laid over 64 places" in said
    assert any("covering costs food most: middle" in alt for alt in alts(app))
    assert not app.get("progress") and "Stop" not in labels(app)
    rows = [arguments["row"] for name, arguments in engine.asked if name == "occlusion"]
    assert rows == list(range(SPOTS))


def test_a_slow_network_can_be_stopped_and_goes_on_where_it_was(
    open_page: Open, run: Run, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(covering, "PATIENCE", -1)
    app = open_page(PAGE, why="1", photo="chelsea", **{"why-way": "squares"})
    assert engine.count(OCCLUSION) == SPOTS
    # What a press of Stop does; the button is gone again before a test could press it.
    app.session_state[covering.STOPPED_KEY] = (run.id, "chelsea", "whole", 1)
    sound(app.run())
    assert "Stopped. What was computed so far is kept, and Go on continues there." in words(app)
    assert not any("covering costs" in alt for alt in alts(app))
    button(app, "Go on").click()
    sound(app.run())
    assert any("covering costs" in alt for alt in alts(app))
    assert engine.count(OCCLUSION) == SPOTS


def test_a_covered_spot_has_its_own_bars(open_page: Open, run: Run, engine: Engine) -> None:
    app = open_page(PAGE, why="1", **{"why-way": "spot"})
    assert "**food**: 70.0\xa0% without the square, **30.0\xa0%** with it." in words(app)
    asked = engine.last(PREDICT)["pixels"]
    grey = np.argwhere((asked == GREY).all(axis=2))
    assert grey.min(axis=0).tolist() == [60, 60] and grey.max(axis=0).tolist() == [99, 99]
    app.slider(key="spot-side").set_value(0)
    sound(app.run())
    assert "**70.0\xa0%** with it" in words(app)


def spot(app: AppTest) -> dict[str, Any]:
    """Return what the browser gets to draw the photo that can be pressed."""
    (component,) = components(app)
    sent: dict[str, Any] = json.loads(component.proto.json)
    return sent


def test_the_browser_gets_the_photo_and_where_the_square_is(
    open_page: Open, run: Run, engine: Engine
) -> None:
    sent = spot(open_page(PAGE, why="1", **{"why-way": "spot", "spot-x": "20", "spot-side": "10"}))
    assert sent["place"] == [20, 50] and sent["side"] == 10
    assert sent["photo"].startswith("data:image/")
    assert "arrow keys" in sent["text"]["label"]


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ([10, 90], [10, 90]),
        *[
            (wrong, [50, 50])
            for wrong in (
                [101, 0],
                [-1, 5],
                [1.5, 2],
                ["1", 2],
                [1],
                [True, 1],
                None,
                {"x": 1},
                "ab",
            )
        ],
    ],
    ids=str,
)
def test_what_the_browser_says_is_checked(
    monkeypatch: pytest.MonkeyPatch, value: Any, place: list[int]
) -> None:
    kept = {spots.KEY: {"place": value}, spots.ACROSS: 50, spots.DOWN: 50}
    monkeypatch.setattr(st, "session_state", kept)
    spots._take()
    assert [kept[spots.ACROSS], kept[spots.DOWN]] == place


# Channels


def test_the_loudest_channels_have_a_map_each_and_a_sum(
    open_page: Open, run: Run, engine: Engine
) -> None:
    app = open_page(PAGE, why="1", **{"why-way": "channels"})
    said = words(app)
    assert "Channel 917: +0.410" in said and "Channel 4: +0.300" in said
    assert "These 2 add **+0.71**, the other 1278 together +0.60, the bias −0.10" in said
    assert "the evidence is **+1.21**" in said and "that is exact" in said
    assert "What channel 917 saw; hottest: top left" in alts(app)


def test_with_more_layers_the_sum_is_called_an_approximation(
    open_page: Open, engine: Engine
) -> None:
    done(open_run(dense=[16]))
    said = words(open_page(PAGE, why="1", **{"why-way": "channels"}))
    assert "an approximation" in said and "that is exact" not in said


def test_where_no_channel_spoke_it_says_so(open_page: Open, run: Run, engine: Engine) -> None:
    engine.loud = 0
    app = open_page(PAGE, why="1", **{"why-way": "channels"})
    assert "No channel spoke for **food**" in words(app)
