"""The range test on page 3: something to see before, while and after it, and a rate to take."""

from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import sound, words
from tl_core import files, runs
from tl_core.runs import Run
from tl_core.training import TrainingConfig
from tl_core.training.rate_finder import (
    HEAD,
    RESULT,
    STEPS,
    TAIL,
    RateTestConfig,
    rate_of_step,
)

TEST = "Test learning rates"
FALL = np.linspace(-6, 0, STEPS)
LEARNS = [*(0.2 + 1.3 / (1 + np.exp(4 * (FALL + 3))))[:85], 30.0, 30.0]
"""Half-way down at 1e-3, gone after 1e-1."""


def page(**settings: Any) -> AppTest:
    """Return a page with the two sliders and the test, in a session of its own."""

    def draw(settings):
        from dataclasses import replace

        import streamlit as st

        from tl_core.training import TrainingConfig
        from tl_core.ui.errors import shown_in_place
        from tl_core.ui.state import enter_page, leave_page, url_choice
        from tl_core.ui.training.more import RATES
        from tl_core.ui.training.rate import show_rate_test

        enter_page("Train")
        rate = st.select_slider("Rate", **url_choice("rate", RATES, default="0.001"))
        fine = st.select_slider("Fine", **url_choice("fine_rate", RATES, default="0.0001"))
        config = TrainingConfig(dataset="emoji", **settings)
        with shown_in_place():
            show_rate_test(replace(config, learning_rate=float(rate), fine_rate=float(fine)))
        leave_page({})

    return sound(AppTest.from_function(draw, kwargs={"settings": settings}).run(timeout=60))


def kept_test(losses: Any = LEARNS, phase: str = HEAD, state: str = "done", **settings: Any) -> Run:
    """Return the test of these settings, in the run book as a worker leaves it."""
    training = TrainingConfig(dataset="emoji", **settings)
    run = runs.open_run(
        RateTestConfig.KIND, RateTestConfig(phase=phase, training=training).as_json()
    )
    run.append("state", state="queued", owner=runs.owner())
    run.append("state", state="running")
    run.append("progress", phase="Raise the learning rate step by step", done=40, total=STEPS)
    if state == "done":
        rates = [rate_of_step(step, STEPS) for step in range(len(losses))]
        result = {"steps": STEPS, "rates": rates, "losses": list(losses)}
        files.write_json(run.folder / RESULT, result)
    if state != "running":
        run.append("state", state=state)
    return run


def buttons(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def charts(app: AppTest) -> list[str]:
    return [chart.proto.spec for chart in app.get("plotly_chart")]


def test_before_a_test_there_is_a_plot_and_a_button_that_starts_it() -> None:
    app = page()
    assert len(charts(app)) == 1 and "slow" in charts(app)[0]
    assert TEST in buttons(app) and "Dashed" in words(app)
    assert not runs.list_runs(RateTestConfig.KIND)
    sound(next(button for button in app.button if button.label == TEST).click().run())
    (run,) = runs.list_runs(RateTestConfig.KIND)
    assert run.config["phase"] == HEAD
    assert len(charts(app)) == 1 and TEST not in buttons(app)
    # A second session with the same settings sees the same test.
    assert TEST not in buttons(page())


def test_a_click_that_overtakes_a_change_starts_the_changed_test() -> None:
    app = page(unfrozen=3)
    app.segmented_control(key="rate_of").set_value(TAIL)
    sound(next(button for button in app.button if button.label == TEST).click().run())
    (run,) = runs.list_runs(RateTestConfig.KIND)
    assert run.config["phase"] == TAIL


def test_a_result_has_zones_and_its_suggestion_sets_the_slider() -> None:
    kept_test(optimizer="sgd")
    app = page(optimizer="sgd")
    assert "suggested" in charts(app)[0] and "chosen" in charts(app)[0]
    assert "half-way down" in words(app) and "run away" in words(app)
    app.select_slider(key="rate").set_value("0.03")
    sound(app.run())
    take = next(button for button in app.button if button.label.startswith("Take "))
    sound(take.click().run())
    taken = take.label.removeprefix("Take ")
    assert app.select_slider(key="rate").value == taken != "0.03"
    assert app.select_slider(key="fine_rate").value == "0.0001"
    assert f"The nearest stop of the slider, {taken}, is chosen" in words(app)
    assert not [label for label in buttons(app) if label.startswith("Take ")]


def test_only_a_result_of_these_settings_is_shown() -> None:
    kept_test(optimizer="sgd")
    assert TEST in buttons(page(optimizer="adam"))
    # What plays no part may differ.
    assert TEST not in buttons(page(optimizer="sgd", epochs=7, patience=3))


def test_the_second_phase_has_a_test_and_a_slider_of_its_own() -> None:
    kept_test(phase=TAIL, unfrozen=3)
    app = page(unfrozen=3)
    assert TEST in buttons(app)
    sound(app.segmented_control(key="rate_of").set_value(TAIL).run())
    take = next(button for button in app.button if button.label.startswith("Take "))
    sound(take.click().run())
    assert app.select_slider(key="fine_rate").value == take.label.removeprefix("Take ")
    assert app.select_slider(key="rate").value == "0.001"


@pytest.mark.parametrize(
    ("settings", "asked"),
    [({}, False), ({"unfrozen": 3, "epochs": 0}, False), ({"unfrozen": 3}, True)],
)
def test_the_phase_is_asked_for_where_there_are_two(settings: dict[str, Any], asked: bool) -> None:
    keys = [control.key for control in page(**settings).segmented_control]
    assert ("rate_of" in keys) is asked


@pytest.mark.parametrize(
    ("losses", "sentence"),
    [
        ([0.7] * STEPS, "at no rate of this test does the network learn"),
        ([None], "too fast here"),
        ([*[0.3] * 80, *[3.0] * 20], "hardly falls"),
        (list(np.linspace(2, 0.1, STEPS)), "does not rise again"),
    ],
)
def test_every_kind_of_curve_has_its_sentence(losses: Any, sentence: str) -> None:
    kept_test(losses)
    app = page()
    assert sentence in words(app) and len(charts(app)) == 1


@pytest.mark.parametrize("state", ["running", "cancelled", "failed", "interrupted"])
def test_a_test_that_is_not_done_shows_what_to_do_and_a_plot(state: str) -> None:
    kept_test(state=state)
    app = page()
    assert len(charts(app)) == 1
    assert buttons(app)[-1] in ("Stop", "Resume")


def test_a_damaged_result_is_a_sentence_and_no_crash() -> None:
    run = kept_test()
    (run.folder / RESULT).write_text("{")
    app = page()
    assert RESULT in words(app)
