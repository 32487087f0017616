"""The augmentation controls: what they return is what a training takes, and their prices are honest."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import address, sound, words
from tl_core.training import TrainingConfig
from tl_core.training.augmentation import Augmentation

USUAL = Augmentation(rotation=15, shift=0.1, zoom=0.1, flip_horizontal=True)
MEASURED = {
    "images": 240,
    "bytes_per_image": 5120,
    "images_per_second": 120.0,
    "live_images_per_second": 60.0,
    "epochs": 42,
}


def script(costs):
    import streamlit as st

    from tl_core.datasets.catalogue import get_dataset
    from tl_core.ui import state
    from tl_core.ui.training.augmentation import AugmentationCosts, augmentation_controls

    state.enter_page("train")
    answer = augmentation_controls(get_dataset("emoji"), lambda: AugmentationCosts(**costs))
    st.session_state["answer"] = answer
    state.leave_page({})
    for sentence in state.notices():
        st.warning(sentence)


def page(costs: dict[str, Any] | None = None, /, **url: str) -> AppTest:
    app = AppTest.from_function(script, default_timeout=60, kwargs={"costs": costs or MEASURED})
    for name, value in url.items():
        app.query_params[name] = value
    return sound(app.run())


def answer(app: AppTest) -> tuple[Augmentation, int, bool]:
    found: tuple[Augmentation, int, bool] = app.session_state["answer"]
    changes, copies, live = found
    # Whatever the controls say, it can be trained.
    TrainingConfig(dataset="emoji", augmentation=changes, copies=copies, live=live)
    return found


def pictures(app: AppTest) -> list[Any]:
    return [image for group in app.get("image") for image in group.proto.imgs]


def test_nothing_is_changed_until_somebody_says_so() -> None:
    app = page()
    assert answer(app) == (Augmentation(), 0, False)
    assert not pictures(app) and not app.slider
    assert address(app) == {}


def test_switched_on_it_shows_nine_variants_and_the_price_of_stored_copies() -> None:
    app = page(augment="1")
    assert answer(app) == (USUAL, 3, False)
    (picture,) = pictures(app)
    assert "Nine variants of one image of the class" in picture.caption
    for part in ("720 more images", "**6 seconds once**", "**3.7 MB**"):
        assert part in words(app)
    assert "cannot be changed live" in words(app)


def test_more_copies_cost_more() -> None:
    app = page(augment="1", copies="8")
    assert answer(app) == (USUAL, 8, False)
    assert "1,920 more images" in words(app) and "**9.8 MB**" in words(app)


def test_live_costs_every_epoch_and_no_disk() -> None:
    app = page(augment="1", changed="live")
    assert answer(app) == (USUAL, 0, True)
    assert "**4 seconds an epoch, 3 minutes in all**" in words(app)
    assert "no changed image is kept on disk" in words(app) and "MB" not in words(app)


@pytest.mark.parametrize("changed", ["stored", "live"])
def test_unmeasured_speed_is_not_made_up(changed: str) -> None:
    costs = MEASURED | {"images_per_second": 0.0, "live_images_per_second": 0.0}
    said = words(page(costs, augment="1", changed=changed))
    assert "known once this machine is measured" in said
    assert "second" not in said and "minute" not in said


def test_all_at_zero_is_no_augmentation_and_says_so() -> None:
    app = page(augment="1", rotation="0", shift="0", zoom="0", flip="0", changed="live")
    assert answer(app) == (Augmentation(), 0, False)
    assert "Nothing is changed yet" in app.info[0].value


def test_every_control_changes_the_answer_and_the_address() -> None:
    app = page(augment="1")
    for key, value in {
        "rotation": 40,
        "shift": 20,
        "zoom": 20,
        "brightness": 30,
        "contrast": 25,
    }.items():
        next(slider for slider in app.slider if slider.key == key).set_value(value)
    for key, on in {"flip": False, "upside": True}.items():
        next(toggle for toggle in app.toggle if toggle.key == key).set_value(on)
    changes, _, _ = answer(sound(app.run()))
    assert changes == Augmentation(
        rotation=40, shift=0.2, zoom=0.2, flip_vertical=True, brightness=0.3, contrast=0.25
    )
    again = page(**{name: "".join(value) for name, value in address(app).items()})
    assert answer(again) == answer(app)


def test_preview_follows_the_image_the_dice_and_the_amounts() -> None:
    seen = [
        pictures(page(augment="1", **url))[0].url
        for url in ({}, {}, {"sample": "200"}, {"variants": "1"}, {"rotation": "90"})
    ]
    assert seen[0] == seen[1]
    assert len(set(seen)) == 4


@pytest.mark.parametrize(
    "url",
    [
        {"rotation": "181"},
        {"shift": "nan"},
        {"zoom": "-5"},
        {"copies": "0"},  # stored copies without a copy
        {"copies": "9"},
        {"changed": "never"},
        {"sample": "1000000"},
        {"flip": "maybe"},
        {"variants": "1e9"},
    ],
)
def test_address_that_cannot_be_gives_the_usual_value_and_a_sentence(url: dict[str, str]) -> None:
    app = page(augment="1", **url)
    assert answer(app) == (USUAL, 3, False)
    assert next(iter(url)) in app.warning[0].value
