"""The controls of what a network is told and how large its steps are: what they show, and when."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import sound, words
from tl_core.training import TrainingConfig
from tl_core.ui.training.steps import planned_rates


def script() -> None:
    from tl_core.datasets.catalogue import get_dataset
    from tl_core.ui import state
    from tl_core.ui.training.controls import training_controls

    state.enter_page("train")
    training_controls(get_dataset("real_photos"))
    state.leave_page({})


def page(**url: str) -> AppTest:
    app = AppTest.from_function(script, default_timeout=60)
    for name, value in url.items():
        app.query_params[name] = value
    return sound(app.run())


def pictures(app: AppTest) -> list[Any]:
    return [image for group in app.get("image") for image in group.proto.imgs]


def drawn(app: AppTest) -> list[str]:
    return [str(chart.proto.alt) for chart in app.get("plotly_chart")]


def test_the_rate_is_drawn_where_somebody_sees_it_and_uneven_classes_are_said(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path))
    app = page(schedule="cosine")
    assert not any("begins at" in alt for alt in drawn(app))
    assert "overlooked" not in words(app) and not pictures(app)
    app = page(more="1")
    assert "animals: 73 images, things: 44." in words(app) and "overlooked" in words(app)
    app = page(schedule="cosine", more="1", augment_box="1", balanced="1", mix="cutmix")
    assert any("begins at 0, is 0.001 at most" in alt for alt in drawn(app))
    assert "now counts for more" in words(app) and "overlooked" not in words(app)
    (picture,) = pictures(app)
    assert "What the network is told of the first row" in picture.caption
    assert "every epoch goes back to them" in words(app)


def test_what_is_said_of_changes_and_of_mixing_is_true_together(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path))
    app = page(augment="1", augment_box="1", mix="cutmix", copies="5")
    said, controls = words(app), {one.key for one in (*app.slider, *app.segmented_control)}
    assert (
        "go through the backbone **in every epoch**" in said
        and "Every epoch stays fast" not in said
    )
    assert "mix" in controls and not {"copies", "changed"} & controls
    app.segmented_control(key="mix").set_value("mixup")
    said = words(sound(app.run()))
    assert "655 more images" in said and "kept features can be mixed too" in said
    assert app.slider(key="copies").value == 5
    app.segmented_control(key="changed").set_value("live")
    said = words(sound(app.run()))
    assert "every epoch goes back to the pixels and no changed image is kept" in said
    assert "kept features can be mixed" not in said


def test_the_drawing_has_both_phases_and_the_rates_that_are_trained_with() -> None:
    config = TrainingConfig(
        dataset="", epochs=4, unfrozen=2, fine_epochs=2, learning_rate=0.8, fine_rate=0.2, plateau=1
    )
    epochs, rates = planned_rates(config)
    assert epochs == [0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6]
    # The first epoch is always the best so far: only from the second on is one waited for.
    assert rates == [0.8, 0.8, 0.8, 0.8, 0.4, 0.4, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2]
    cosine = TrainingConfig(dataset="", epochs=2, schedule="cosine", warm_up=0.5, learning_rate=0.8)
    epochs, rates = planned_rates(cosine)
    assert rates[0] == 0 and max(rates) == 0.8 and epochs[rates.index(0.8)] == 1
