"""The section on skip connections: one run a setting, live charts, a result that any tab finds."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import STARTING, sound, words
from tl_core import files, runs
from tl_core.engine.questions import RESIDUAL_BLOCK, Question
from tl_core.engine.sentences import error_values
from tl_core.lessons.skip import (
    NETWORKS,
    RESIDUAL_SIDE,
    RESULT,
    BlockParts,
    Epoch,
    SkipConfig,
)
from tl_core.runs import Run
from tl_core.statistics import Proportion


def section() -> None:
    """Run as a script of its own: one section between the start and the end of a page."""
    from tl_core.ui import state
    from tl_core.ui.errors import shown_in_place
    from tl_core.ui.lessons import skip

    state.enter_page("train")
    with shown_in_place():
        skip.show()
    for notice in state.notices():
        import streamlit as st

        st.warning(notice)
    state.leave_page({})


def open_section(**url: str) -> AppTest:
    app = AppTest.from_function(section, default_timeout=60)
    for name, value in url.items():
        app.query_params[name] = value
    return sound(app.run())


def text(app: AppTest) -> str:
    others = [str(box.value) for kind in (app.info, app.success) for box in kind]
    return "\n".join([words(app), *others]).replace("\N{NO-BREAK SPACE}", " ")


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click()
    return sound(app.run())


def charts(app: AppTest) -> list[str]:
    return [chart.proto.alt for chart in app.get("plotly_chart")]


def epoch(number: int, plain: float, skip: float) -> dict[str, Any]:
    both = {
        "plain": Epoch(loss=plain, accuracy=0.4, gradients=(1e-6, 1e-3)),
        "skip": Epoch(loss=skip, accuracy=0.6, gradients=(0.5, 1.0)),
    }
    return {"epoch": number, **{name: one.as_json() for name, one in both.items()}}


def running(*epochs: dict[str, Any], **changes: Any) -> Run:
    run = runs.open_job(SkipConfig(**changes))
    run.append("state", state="queued", owner=runs.owner())
    run.append("state", state="running")
    for one in epochs:
        run.append("epoch", epoch=one["epoch"], metrics=one)
    return run


def finished() -> Run:
    run = running(epoch(0, 1.1, 1.2), epoch(1, 1.06, 0.9), epoch(2, 1.05, 0.4))
    worth = {
        name: {
            "train": Proportion(correct=hits, n=230).as_json(),
            "validation": Proportion(correct=hits // 6, n=57).as_json(),
        }
        for name, hits in (("plain", 103), ("skip", 206))
    }
    files.write_json(
        run.folder / RESULT, {**worth, "majority": Proportion(correct=26, n=57).as_json()}
    )
    run.append("state", state="done", **error_values(None))
    return run


def test_one_press_queues_one_run_and_its_link_shows_it_again() -> None:
    app = press(open_section(depth="5", seed="3"), "Train both networks")
    identifier = app.query_params["skip"]
    identifier = identifier[0] if isinstance(identifier, list) else identifier
    config = SkipConfig.from_json(runs.get_run(identifier, SkipConfig.KIND).config)
    assert config == SkipConfig(blocks=5, seed=3)
    assert "5 blocks · seed 3" in text(app)
    press(app, "Train both networks")
    assert len(runs.list_runs(SkipConfig.KIND)) == 1
    assert "5 blocks · seed 3" in text(open_section(skip=identifier))


def test_a_running_lesson_draws_the_epochs_that_are_there() -> None:
    nothing = open_section(skip=running(seed=1).id)
    assert charts(nothing) == []
    app = open_section(skip=running(epoch(0, 1.1, 1.2), epoch(1, 1.06, 0.8)).id)
    loss, gradients = charts(app)
    assert "up to epoch 1: 1.06 at the end without skip connections, 0.80 with them" in loss
    assert "after epoch 1, first to last block: 1.0e-06 to 1.0e-03" in gradients


def test_a_finished_lesson_says_what_its_numbers_say() -> None:
    app = open_section(skip=finished().id)
    assert "the loss ends at 1.05" in text(app) and "it falls to 0.40" in text(app)
    assert "1,000 times weaker" in text(app)
    assert (
        "| With skip connections | 89.6 % (206 / 230) | 59.6 % (34 / 57), 95 % interval 4"
        in text(app)
    )
    assert "right on 26 of 57 held-out images" in text(app)
    assert not [button for button in app.button if button.label == "Stop"]


def test_the_gradient_of_every_epoch_can_be_looked_at() -> None:
    app = open_section(skip=finished().id, after="0")
    assert "after epoch 0" in charts(app)[1]
    app.slider(key="after").set_value(2)
    assert "after epoch 2" in charts(sound(app.run()))[1]
    lines = json.loads(app.get("plotly_chart")[1].proto.spec)["data"]
    start = [line["line"]["dash"] for line in lines if line["mode"] == "lines"]
    (slider,) = [one for one in app.slider if one.key == "after"]
    assert start == ["dot", "dot"] and "dotted" in slider.help


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("skip", "0123456789abcdef", "not in this run book"),
        ("skip", "../../etc", "names no run"),
        ("depth", "99", "depth"),
        ("residual", "block1a", "residual"),  # a block without a sum
    ],
)
def test_a_bad_link_is_one_sentence(name: str, value: str, said: str) -> None:
    app = open_section(**{name: value})
    assert len(app.warning) == 1 and said in app.warning[0].value
    assert not app.error


def test_a_run_of_another_kind_is_refused() -> None:
    other = runs.open_run("train", {"dataset": "emoji"})
    assert "names no run" in open_section(skip=other.id).warning[0].value


def test_without_an_engine_the_block_waits_in_words() -> None:
    app = open_section()
    assert STARTING in text(app)
    assert "Chelsea the cat" in text(app)


def test_the_block_adds_real_numbers_up(let_answer: Callable[[Any], None]) -> None:
    change = np.zeros((2, 4, 4), np.float32)
    change[1, 2, 3] = -2.5
    answer = BlockParts(
        x=np.ones((2, 4, 4), np.float32), change=change, channels=(17, 5), total=24, share=0.5
    )

    class Engine:
        def ask(self, question: Question[Any], /, **arguments: Any) -> BlockParts:
            assert question is RESIDUAL_BLOCK and max(arguments["pixels"].shape) <= RESIDUAL_SIDE
            return answer

    let_answer(Engine())
    app = open_section(channel="2")
    assert "(row 3, column 4): **1.00 + (-2.50) = -1.50**" in text(app)
    assert "Channel 5 of 24, 4 × 4 numbers" in text(app)
    assert "0.50 times as long" in text(app)


def test_every_network_has_a_colour_of_its_own() -> None:
    from tl_core.ui.lessons import skip

    assert set(skip.COLOURS) == set(NETWORKS) and len(set(skip.COLOURS.values())) == 2


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"plain": 3}'])
def test_a_damaged_result_is_a_sentence_and_no_crash(content: str) -> None:
    identifier = finished().id
    (runs.get_run(identifier).folder / RESULT).write_text(content)
    assert f"{RESULT} cannot be read" in text(open_section(skip=identifier))


@pytest.mark.parametrize("epochs", [[], [{"epoch": 1}], [{"epoch": 1, "plain": 2, "skip": 3}]])
def test_lost_epochs_are_a_sentence_and_no_crash(epochs: list[dict[str, Any]]) -> None:
    run = running(*epochs)
    run.append("state", state="done", **error_values(None))
    assert "progress.jsonl cannot be read" in text(open_section(skip=run.id))
