"""The section on transfer: one run for a dataset and a backbone, points as they come, each with n."""

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import sound, words
from tl_core import files, runs
from tl_core.datasets.catalogue import get_dataset
from tl_core.engine.sentences import error_values
from tl_core.lessons.transfer import RESULT, SOURCES, TransferConfig
from tl_core.runs import Run
from tl_core.statistics import Proportion


def section() -> None:
    """Run as a script of its own: one section between the start and the end of a page."""
    import streamlit as st

    from tl_core.datasets.catalogue import get_dataset
    from tl_core.ui import state
    from tl_core.ui.errors import shown_in_place
    from tl_core.ui.lessons import transfer

    state.enter_page("train")
    with shown_in_place():
        transfer.show(get_dataset("emoji"))
    for notice in state.notices():
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


def press(app: AppTest) -> AppTest:
    next(button for button in app.button if button.label == "Train all heads").click()
    return sound(app.run())


def charts(app: AppTest) -> list[str]:
    return [chart.proto.alt.replace("\N{NO-BREAK SPACE}", " ") for chart in app.get("plotly_chart")]


def fit(source: str, images: int, correct: int) -> dict[str, Any]:
    numbers = {"images": images, "trained_on": 3 * images, "correct": correct, "n": 57}
    return {"source": source, "seed": 0, **numbers}


def running(*fits: dict[str, Any]) -> Run:
    dataset = get_dataset("emoji")
    config = TransferConfig(dataset="emoji", fingerprint=dataset.fingerprint)
    run = runs.open_job(config)
    run.append("state", state="queued", owner=runs.owner())
    run.append("state", state="running")
    if fits:
        result = {"majority": Proportion(correct=26, n=57).as_json(), "fits": list(fits)}
        files.write_json(run.folder / RESULT, result)
    return run


def finished(imagenet: int, others: int) -> str:
    hits = {source: imagenet if source == "imagenet" else others for source in SOURCES}
    fits = [fit(source, size, hits[source]) for size in (5, 10) for source in SOURCES]
    run = running(*fits)
    run.append("state", state="done", **error_values(None))
    return run.id


def link(app: AppTest) -> str:
    found = app.query_params["transfer"]
    return found[0] if isinstance(found, list) else found


def test_one_press_queues_one_run_and_its_link_shows_it_again() -> None:
    app = press(open_section())
    config = TransferConfig.from_json(runs.get_run(link(app), TransferConfig.KIND).config)
    assert (config.dataset, config.backbone, config.size) == ("emoji", "efficientnet-lite0", 160)
    assert config.fingerprint == get_dataset("emoji").fingerprint
    press(app)
    assert len(runs.list_runs(TransferConfig.KIND)) == 1
    assert "Emoji · EfficientNet-Lite0 · seeds 0, 1, 2" in text(open_section(transfer=link(app)))


def test_a_running_lesson_draws_the_points_that_are_there() -> None:
    run = running()
    assert charts(open_section(transfer=run.id)) == []
    running(fit("imagenet", 5, 40))
    (plot,) = charts(open_section(transfer=run.id))
    assert "ImageNet features: 70.2 %" in plot and "Raw pixels" not in plot


def test_a_clear_gain_is_said_with_its_numbers() -> None:
    app = open_section(transfer=finished(imagenet=50, others=26))
    assert "With 5 images a class the head on ImageNet features is right on 87.7 %" in text(app)
    assert "the best head reaches 45.6 % with 10 a class" in text(app)
    assert "(n = 57), with its 95 % interval" in text(app)
    assert "| 5 | 87.7 % (76.8 % – 93.9 %) | 45.6 % (33.4 % – 58.4 %) |" in text(app)


def test_no_gain_is_not_talked_up() -> None:
    app = open_section(transfer=finished(imagenet=30, others=29))
    assert "No gain is shown" in text(app)
    assert "That is what transfer buys: images" not in text(app)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("transfer", "0123456789abcdef", "not in this run book"),
        ("transfer", "../../etc", "names no run"),
        ("network", "vgg16", "network"),  # its weights are not here
    ],
)
def test_a_bad_link_is_one_sentence(name: str, value: str, said: str) -> None:
    app = open_section(**{name: value})
    assert len(app.warning) == 1 and said in app.warning[0].value
    assert not app.error


ONLY_ONE = {"majority": Proportion(correct=26, n=57).as_json(), "fits": [fit("pixels", 5, 40)]}


@pytest.mark.parametrize(
    "content",
    [
        *("{", "[]", "{}", '{"fits": [{}], "majority": {"correct": 1, "n": 2}}'),
        json.dumps(ONLY_ONE),  # done, and two kinds of features are missing
    ],
)
def test_a_damaged_result_is_a_sentence_and_no_crash(content: str) -> None:
    identifier = finished(50, 40)
    (runs.get_run(identifier).folder / RESULT).write_text(content)
    assert f"{RESULT} cannot be read" in text(open_section(transfer=identifier))
