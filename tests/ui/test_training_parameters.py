"""A run's settings can be put back into the controls, all of them, and every one has a name and a text."""

import json
from dataclasses import fields
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tl_core.datasets.catalogue import get_dataset
from tl_core.training import MISTAKES, TrainingConfig
from tl_core.training.augmentation import Augmentation
from tl_core.ui.training.parameters import (
    SETTINGS,
    setting_text,
    setting_title,
    settings_parameters,
)

WITHOUT_CONTROL = {"fingerprint"}
"""Fields that no control sets: the fingerprint is that of the dataset that is chosen."""


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path))


def test_every_setting_has_a_control_or_is_known_to_have_none() -> None:
    assert [one.field for one in SETTINGS] == [one.name for one in fields(TrainingConfig)]
    without = {one.field for one in SETTINGS if not (one.control or one.spread)}
    assert without == WITHOUT_CONTROL


def test_no_two_settings_share_a_control() -> None:
    names = [one.control for one in SETTINGS if one.control]
    names += [
        name for one in SETTINGS if one.spread for name in one.spread(getattr(USUAL, one.field))
    ]
    assert len(set(names)) == len(names)


USUAL = TrainingConfig(dataset="emoji")
FULL: dict[str, Any] = {
    "backbone": "vgg16",
    "weights": "random",
    "size": 150,
    "pooling": "flatten",
    "dense": (256,),
    "dropout": 0.5,
    "drop_features": False,
    "balanced": True,
    "smoothing": 0.15,
    "optimizer": "rmsprop",
    "epochs": 7,
    "batch": 20,
    "learning_rate": 2e-5,
    "unfrozen": 2,
    "fine_epochs": 9,
    "fine_rate": 1e-5,
    "layer_decay": 0.7,
    "keep_best": not USUAL.keep_best,
    "patience": 4,
    "plateau": 3,
    "mix": "mixup",
    "validation": 0.35,
    "test": 0.15,
    "seed": 11,
}
CHANGED = Augmentation(
    rotation=25, shift=0.2, zoom=0.3, flip_vertical=True, brightness=0.15, contrast=0.35
)


def page() -> None:
    """The controls of a training, and what they come to."""
    import json

    import streamlit as st

    from tl_core.datasets.catalogue import get_dataset
    from tl_core.ui import state
    from tl_core.ui.training.controls import training_controls

    state.enter_page("Train")
    state.url_text("dataset")
    if link := st.session_state.pop("link", None):
        state.take_link(link)
    st.code(json.dumps(training_controls(get_dataset("emoji")).as_json()))
    state.leave_page({})
    for sentence in state.notices():
        st.warning(sentence)


def controls(app: AppTest) -> TrainingConfig:
    app.run()
    assert not app.exception
    return TrainingConfig.from_json(json.loads(app.code[0].value))


def fingerprint() -> str:
    return get_dataset("emoji").fingerprint


@pytest.mark.parametrize(
    "changes",
    [
        {},
        FULL,
        {"augmentation": CHANGED, "copies": 5},
        {"augmentation": CHANGED, "live": True},
        {"unfrozen": 3, "epochs": 0},  # fine-tuning with an untrained head
        {"mistakes": ("shuffled-labels", "leak")},
        {"schedule": "cosine", "warm_up": 0.25},
        {"mix": "cutmix", "live": True, "augmentation": CHANGED},
    ],
    ids=[
        *("usual", "full", "copies", "live", "no-first-phase", "mistakes", "cosine", "cutmix"),
    ],
)
@pytest.mark.parametrize("before", [{}, FULL], ids=["fresh", "other"])
def test_the_controls_take_every_setting_of_a_run(
    before: dict[str, Any], changes: dict[str, Any]
) -> None:
    app = AppTest.from_function(page, default_timeout=60)
    for changed in (before, changes):
        wanted = TrainingConfig(dataset="emoji", fingerprint=fingerprint(), **changed)
        app.session_state["link"] = settings_parameters(wanted)
        assert controls(app) == wanted
        assert not app.warning
    assert controls(app) == wanted  # and they stay


def test_the_box_of_the_mistakes_is_open_where_one_is_made() -> None:
    app = AppTest.from_function(page, default_timeout=60)
    controls(app)
    app.session_state["mistakes_box"] = False
    for mistakes, link in ((("leak",), {"mistakes": "leak"}), ((), {})):
        wanted = TrainingConfig(dataset="emoji", fingerprint=fingerprint(), mistakes=mistakes)
        app.session_state["link"] = settings_parameters(wanted)
        assert controls(app) == wanted
        assert ("break-leak" in {one.key for one in app.toggle}) == bool(mistakes)
        address = {name: app.query_params[name] for name in app.query_params}
        assert {name: text for name, text in address.items() if "mistakes" in name} == link


def test_a_value_that_its_control_does_not_offer_is_told() -> None:
    app = AppTest.from_function(page, default_timeout=60)
    app.session_state["link"] = settings_parameters(
        TrainingConfig(dataset="emoji", dense=(256, 64), seed=5)
    )
    found = controls(app)
    assert found.dense == () and found.seed == 5
    (sentence,) = app.warning
    assert "256,64" in sentence.value


def test_every_setting_has_a_title_and_a_text() -> None:
    turned = TrainingConfig(
        dataset="emoji",
        fingerprint="0" * 64,
        **FULL,
        augmentation=CHANGED,
        copies=2,
        mistakes=MISTAKES,
    )
    for config in (USUAL, turned):
        texts = {one.field: setting_text(config, one.field) for one in SETTINGS}
        assert all(text for field, text in texts.items() if field != "fingerprint")
    assert texts["unfrozen"] == "last 2 blocks" and texts["dense"] == "256"
    assert texts["mix"] == "MixUp" and texts["schedule"] == "Steady" and texts["balanced"] == "yes"
    assert texts["layer_decay"] == "× 0.7" and texts["smoothing"] == "0.15"
    assert texts["fine_rate"] == "1e-05" and texts["validation"] == "35 %"
    assert "rotation ±25°" in texts["augmentation"] and "↔" not in texts["augmentation"]
    assert len({setting_title(one.field) for one in SETTINGS}) == len(SETTINGS)


def test_a_backbone_of_another_version_is_called_by_its_name() -> None:
    config = TrainingConfig(dataset="emoji", backbone="of-tomorrow", unfrozen=4)
    assert setting_text(config, "backbone") == "of-tomorrow"
    assert setting_text(config, "unfrozen") == "4"
