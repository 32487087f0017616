"""The map of a run's photos: colours and shapes, a click, keys, and a sentence for who cannot see it."""

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.app.conftest import address, sound, words
from tests.app.trainings import done, open_run
from tl_core.datasets.catalogue import get_dataset
from tl_core.datasets.splits import split
from tl_core.engine.questions import PHOTO_MAP, Question
from tl_core.errors import EngineBusy
from tl_core.results.photo_map import PhotoMap
from tl_core.runs import Run
from tl_core.ui import charts
from tl_core.ui.results import photo_map

Open = Callable[..., AppTest]
PAGE = "pages/3_train.py"


class Server:
    """Answers with a map on which every photo lies beside its class, as a worker would."""

    def __init__(self, left_out: int = 0) -> None:
        self.status = SimpleNamespace(running=0)
        self.asked: list[dict[str, Any]] = []
        self.left_out = left_out
        dataset = get_dataset("emoji")
        sides = split(dataset, validation=0.2, test=0.0, seed=0)
        self.chosen = [*sides.train[:40], *sides.validation]
        self.parts = ("train",) * 40 + ("validation",) * len(sides.validation)
        self.images = [dataset.images[index] for index in self.chosen]

    def ask(self, question: Question[Any], /, *, seconds: float, **arguments: Any) -> Any:
        if question is not PHOTO_MAP:
            raise EngineBusy("Nothing else is asked here.")
        self.asked.append(arguments)
        labels = np.array([image.label for image in self.images], np.int64)
        return PhotoMap(
            images=tuple(image.sha256 for image in self.images),
            labels=labels,
            parts=self.parts,
            points=np.stack([labels, -labels], axis=1).astype(np.float32),
            share=0.4321,
            left_out=self.left_out,
        )


@pytest.fixture
def server(let_answer: Callable[[Any], None]) -> Server:
    server = Server()
    let_answer(server)
    return server


@pytest.fixture
def run() -> Run:
    return done(open_run())


def chart(app: AppTest) -> Any:
    (found,) = [one for one in app.get("plotly_chart") if one.proto.id.endswith("photo_map")]
    return found.proto


def traces(app: AppTest) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(chart(app).spec)["data"]
    return found


def test_misses_have_a_shape_of_their_own_and_held_out_photos_another_size(
    open_page: Open, server: Server, run: Run
) -> None:
    app = open_page(PAGE, run=run.id, look="map")
    drawn = traces(app)
    kinds = [(one["marker"]["symbol"], one["marker"]["size"]) for one in drawn]
    count = {kind: 0 for kind in kinds}
    for kind, one in zip(kinds, drawn, strict=True):
        count[kind] += len(one["x"])
    # Eight of the 57 are wrong, see `MISTAKES`.
    assert count == {("circle", 6): 40, ("circle", 10): 49, ("x", 13): 8}
    assert len({one["marker"]["color"] for one in drawn}) == 3
    assert sum(one["showlegend"] for one in drawn) == 3
    assert {one["name"] for one in drawn} == {"animals", "food", "vehicles"}


def test_a_sentence_says_what_the_map_shows_to_those_who_do_not_see_it(
    open_page: Open, server: Server, run: Run
) -> None:
    said = chart(open_page(PAGE, run=run.id, look="map")).alt
    assert "Map of 97 photos by PCA" in said and "8 of 57 held-out photos were mistaken" in said
    assert "For how wide they spread, " in said and " lie nearest to each other" in said
    assert "0 of the mistaken photos lie nearer" in said


def test_seed_and_what_is_left_out_are_told(
    open_page: Open, let_answer: Callable[[Any], None], run: Run
) -> None:
    let_answer(few := Server(left_out=1234))
    app = open_page(PAGE, run=run.id, look="map", map_seed="5")
    assert few.asked == [{"run_id": run.id, "method": "pca", "seed": 5}]
    told = words(app)
    assert "Of the training photos 1,234 are left out" in told and "(seed 5)" in told
    assert "hold 43.2\N{NO-BREAK SPACE}% of all differences" in told
    let_answer(Server())
    assert "left out" not in words(open_page(PAGE, run=run.id, look="map", map_seed="6"))


def test_a_click_and_a_choice_by_keys_open_the_photo(
    open_page: Open, server: Server, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page(PAGE, run=run.id, look="map")
    assert not opened(app)
    missed = app.selectbox(key="map_missed")
    assert missed.label == "8 mistaken photos" and len(missed.options) == 8
    crosses = [one for one in traces(app) if one["marker"]["symbol"] == "x"]
    missed.set_value(crosses[0]["customdata"][0])
    sound(app.run())
    assert opened(app) == [f"{crosses[0]['text'][0]}: animals, taken for food, 90.0\xa0% sure"]
    assert address(app)["at"] == crosses[0]["customdata"][0]
    small = next(one for one in traces(app) if one["marker"]["size"] == 6)
    app = open_page(PAGE, run=run.id, look="map", at=small["customdata"][0])
    assert opened(app) == [f"{small['text'][0]}: animals, one of the training photos"]
    assert not opened(open_page(PAGE, run=run.id, look="map", at="0" * 16))


def opened(app: AppTest) -> list[str]:
    return [
        image.alt
        for group in app.get("image")
        for image in group.proto.imgs
        if "taken for" in image.alt or "training photos" in image.alt or "recognised" in image.alt
    ]


@pytest.mark.parametrize(
    ("report", "text"),
    [
        ({"selection": {"points": [{"customdata": "abc"}]}}, "abc"),
        ({"selection": {"points": [{"customdata": ["abc", 1]}]}}, "abc"),
        ({"selection": {"points": []}}, ""),
        ({"selection": {"points": [{}]}}, ""),
        ({"selection": 5}, ""),
        (None, ""),
    ],
)
def test_what_the_browser_says_of_a_click_is_checked(
    monkeypatch: pytest.MonkeyPatch, report: Any, text: str
) -> None:
    monkeypatch.setattr(st, "session_state", {photo_map.CHART: report})
    assert charts.clicked(photo_map.CHART) == text


def test_a_run_without_features_says_why_there_is_no_map(open_page: Open, server: Server) -> None:
    run = done(open_run(unfrozen=18, epochs=0))
    app = open_page(PAGE, run=run.id, look="map")
    assert "This run learned from the pixels on" in words(app)
    assert server.asked == []


def test_another_look_asks_for_no_map(open_page: Open, server: Server, run: Run) -> None:
    open_page(PAGE, run=run.id)
    assert server.asked == []
