"""What one change draws on Train and Predict: the part that it is in, and never an old number beside it."""

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import (
    address,
    button,
    components,
    curves,
    faults,
    labels,
    press,
    sound,
    told,
    words,
)
from tests.app.test_train_jobs import WAITING
from tests.app.trainings import DEAD, done, only_run, open_run, running, usual
from tests.redrawing import redraw
from tl_core.runs import Run
from tl_core.runs.snapshots import JobState, snapshot
from tl_core.training import list_trainings

Open = Callable[..., AppTest]
TRAIN, PREDICT = "pages/3_train.py", "pages/4_predict.py"
CHANGED = "The settings have changed since"
COUNTED = "**3,843 weights**"
"""Of the head, in the plan of the usual settings."""
END: dict[str, Callable[[Run], object]] = {
    "stopped": lambda run: running(run).append("state", state="cancelled"),
    "failed": lambda run: run.append("state", state="failed", template="Why.", values={}),
    "interrupted": lambda run: running(run, **DEAD),
}


def move(app: AppTest, kind: str, key: str, value: Any) -> AppTest:
    app = redraw(app, getattr(app, kind)(key=key).set_value(value))
    assert faults(app) == []
    return app


def charts(app: AppTest) -> list[Any]:
    return [chart.proto.spec for chart in app.get("plotly_chart")]


def test_a_setting_draws_the_settings_and_the_plan_and_nothing_of_the_result(
    open_page: Open,
) -> None:
    app = open_page(TRAIN, run=done(open_run()).id, dataset="emoji")
    assert CHANGED not in words(app) and len(curves(app)) == 2 and app.get("image")
    move(app, "number_input", "seed", 5)
    assert f"{CHANGED}: this is what was trained with Seed 0 (now 5)" in words(app)
    assert COUNTED in words(app) and address(app)["seed"] == "5"
    assert not (app.metric or curves(app) or app.get("image") or app.title)
    move(app, "selectbox", "backbone", "mobilenetv2")
    assert COUNTED in words(app) and "2,257,984" in words(app)  # its own frozen backbone
    move(app, "number_input", "seed", 0)
    move(app, "selectbox", "backbone", "efficientnet-lite0")
    assert CHANGED not in words(app)
    # The page as a whole says the same.
    app.run()
    assert CHANGED not in words(app) and len(curves(app)) == 2


def test_a_training_begun_after_a_change_has_the_change_and_is_shown(open_page: Open) -> None:
    app = open_page(TRAIN, run=done(open_run()).id, dataset="emoji")
    move(app, "number_input", "seed", 5)
    train = next(one for one in app.button if one.label == "Train")
    redraw(app, train.click())
    begun = next(run for run in list_trainings() if run.settings.seed == 5)
    assert address(app)["run"] == begun.id and not app.metric
    assert "seed 5" in words(app)


@pytest.mark.parametrize("end", END)
def test_a_run_that_has_ended_and_is_begun_again_is_shown_as_it_waits(
    open_page: Open, end: str
) -> None:
    run = open_run(**usual())
    END[end](run)
    app = open_page(TRAIN, run=run.id)
    assert WAITING not in told(app)
    redraw(app, button(app, "Train").click())
    assert snapshot(run).state is JobState.QUEUED and address(app) == {"run": run.id}
    assert told(app) == [WAITING] and "Stop" in labels(app)
    assert not {"Resume", "Start again"} & set(labels(app))


def test_training_what_is_trained_draws_the_settings_alone(open_page: Open) -> None:
    app = press(open_page(TRAIN), "Train")
    done(only_run())
    redraw(sound(app.run()), button(app, "Train").click())
    assert "here is the result" in str(told(app)) and not app.title and not app.metric
    move(app, "number_input", "seed", 5)
    assert "here is the result" not in str(told(app)) and CHANGED in words(app)


def test_a_look_draws_the_looks_alone(open_page: Open) -> None:
    app = open_page(TRAIN, run=done(open_run()).id)
    assert components(app)
    move(app, "segmented_control", "look", "classes")
    assert len(app.table) == 1 and not components(app) and not app.metric
    assert address(app)["look"] == "classes"
    move(app, "segmented_control", "look", "confusion")
    assert components(app) and not app.table and "look" not in address(app)


def test_the_scale_of_the_loss_draws_the_curves_alone(open_page: Open) -> None:
    app = open_page(TRAIN, run=done(open_run()).id)
    before = charts(app)
    move(app, "toggle", "log", True)
    assert len(charts(app)) == 2 and not app.metric and address(app)["log"] == "1"
    assert charts(app)[0] == before[0] and charts(app)[1] != before[1]


def test_the_figures_of_another_run_are_its_own(open_page: Open) -> None:
    first = done(open_run())
    second = done(open_run(seed=2), {(0, 1): 9})
    app = open_page(TRAIN, run=first.id)
    assert app.metric[0].value == "86.0\xa0%"
    other = open_page(TRAIN, run=second.id)
    assert other.metric[0].value == "84.2\xa0%"
    assert charts(open_page(TRAIN, run=first.id)) == charts(app)


def test_a_change_while_a_lesson_hides_a_part_keeps_it_hidden(open_page: Open) -> None:
    app = open_page(TRAIN, hide="epochs,plan", epochs="7", lesson="Change the seed")
    move(app, "number_input", "seed", 5)
    assert "epochs" not in {one.key for one in app.slider} and COUNTED not in words(app)
    assert address(app) == {
        "hide": "epochs,plan",
        "epochs": "7",
        "lesson": "Change the seed",
        "seed": "5",
    }
    press(app.run(), "Train")
    assert only_run().config == usual(epochs=7, seed=5)


def test_a_change_in_korean_is_told_in_korean(open_page: Open, korean: None) -> None:
    app = open_page(TRAIN, locale="ko-KR", run=done(open_run()).id, dataset="emoji")
    move(app, "number_input", "seed", 5)
    assert "그 뒤로 설정이 바뀌었습니다" in words(app) and CHANGED not in words(app)


def test_where_the_network_looked_is_asked_by_the_picture_alone(open_page: Open) -> None:
    app = open_page(PREDICT, run=done(open_run()).id)
    assert app.title and app.selectbox
    move(app, "toggle", "heat", True)
    assert not app.title and not app.selectbox and address(app)["heat"] == "1"


def test_another_crop_draws_the_section_without_its_frame(open_page: Open) -> None:
    app = open_page(PREDICT, run=done(open_run()).id)
    move(app, "segmented_control", "crop", "centre")
    assert "the square in the middle" in words(app) and address(app)["crop"] == "centre"
    assert not app.title and not app.sidebar.button
