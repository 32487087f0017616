"""A run that goes on after it was stopped, or that held out test images, on the Predict page."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import sound, words
from tests.app.test_predict import IMAGENET_SAYS
from tests.app.trainings import done, epochs, open_run, running, stopped
from tl_core.engine.questions import IMAGENET, Question
from tl_core.results.answers import ClassScores
from tl_core.results.metrics import Judged
from tl_core.wording import percent

Open = Callable[..., AppTest]
PAGE = "pages/4_predict.py"


@pytest.fixture
def asked(let_answer: Callable[[Any], None]) -> list[dict[str, Any]]:
    """Let a ready engine answer that a photo is surest of the class of the n-th question; returns those."""
    questions: list[dict[str, Any]] = []

    class Engine:
        def ask(self, question: Question[Any], /, **arguments: Any) -> Any:
            if question is IMAGENET:
                return IMAGENET_SAYS
            questions.append(arguments)
            sure = len(questions) - 1
            shares = tuple(0.8 if place == sure else 0.1 for place in range(3))
            return ClassScores(shares=shares, logits=shares, milliseconds=1.0)

    let_answer(Engine())
    return questions


def test_a_stopped_run_predicts_and_is_asked_anew_once_it_has_gone_on(
    open_page: Open, asked: list[dict[str, Any]]
) -> None:
    run = running(open_run())
    epochs(run, 2)
    app = open_page(PAGE, run=stopped(run).id)
    assert app.header[0].value == f"animals: {percent(0.8)}"
    sound(app.run())
    assert len(asked) == 1  # nothing has changed
    running(run)
    epochs(run, 2, first=3)
    done(run)
    sound(app.run())
    assert len(asked) == 2
    assert app.header[0].value == f"food: {percent(0.8)}"


@pytest.mark.parametrize(("test", "right"), [(0.0, "49 of 57"), (0.2, "57 of 57")])
def test_the_figure_beside_a_prediction_is_that_of_the_test_images_where_there_are_some(
    open_page: Open, asked: list[dict[str, Any]], test: float, right: str
) -> None:
    perfect = Judged.of(np.diag([26, 20, 11])).as_json()
    facts: dict[str, Any] = {"test": perfect} if test else {}
    run = done(open_run(test=test), **facts)
    app = open_page(PAGE, run=run.id)
    assert f"{right} held-out images right" in words(app)
    label, _ = app.selectbox(key="run").options  # and ImageNet
    assert label.endswith(f"{right} right")
