"""The training section's settings: strategy, phases, mistakes, recipes, and what the plan says of them."""

import dataclasses
import re
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import address, button, labels, press, sound, words
from tests.app.trainings import done, only_run, open_run, pets, usual
from tl_core.backbones import get_backbone
from tl_core.datasets.catalogue import get_dataset
from tl_core.engine.questions import FORECAST, FORECAST_TUNING, Question
from tl_core.errors import EngineBusy
from tl_core.head_math.costs import FLOAT32
from tl_core.results.metrics import Judged
from tl_core.training import MISTAKES, OPTIMIZERS, TrainingConfig, list_trainings
from tl_core.training.forecast import Rates, feature_numbers
from tl_core.training.kept_features import feature_entry, sides_of
from tl_core.training.likeness import Likeness, store_likeness
from tl_core.training.recipes import Recipe, list_recipes, recipe_config
from tl_core.ui import asking
from tl_core.ui.datasets.choice import DEFAULT
from tl_core.wording import percent

Open = Callable[..., AppTest]
PAGE = "pages/3_train.py"

BLOCKS = 18
"""Of EfficientNet-Lite0."""


def choose(app: AppTest, kind: str, key: str, value: Any) -> AppTest:
    getattr(app, kind)(key=key).set_value(value)
    return sound(app.run())


def captions(app: AppTest) -> str:
    return "\n".join(one.value for one in app.caption)


def keys(app: AppTest) -> set[str | None]:
    kinds = (app.slider, app.select_slider, app.selectbox, app.toggle, app.segmented_control)
    return {one.key for kind in kinds for one in kind}


# Strategy


@pytest.mark.parametrize(("strategy", "unfrozen"), [("head", 0), ("top", 6), ("all", BLOCKS)])
def test_a_strategy_is_a_number_of_blocks_in_the_url_and_in_the_run(
    open_page: Open, strategy: str, unfrozen: int
) -> None:
    app = choose(open_page(PAGE), "segmented_control", "strategy", strategy)
    link = address(app)
    assert link == ({"unfrozen": str(unfrozen)} if unfrozen else {})
    press(app, "Train")
    assert only_run().config == usual(unfrozen=unfrozen)
    again = open_page(PAGE, **link)
    assert again.segmented_control(key="strategy").value == strategy
    press(again, "Train")
    only_run()


def test_the_cut_can_be_set_at_every_block_but_the_first(open_page: Open) -> None:
    app = choose(open_page(PAGE), "segmented_control", "strategy", "top")
    cut = app.select_slider(key="cut")
    names = [block.name for block in get_backbone("efficientnet-lite0").blocks]
    assert list(cut.options) == names[1:]
    assert cut.value == "block6a"
    choose(app, "select_slider", "cut", "block3b")
    assert address(app) == {"unfrozen": str(BLOCKS - names.index("block3b"))}
    assert app.select_slider(key="cut").value == "block3b"


def test_blocks_without_a_kernel_learn_with_the_block_before_them(open_page: Open) -> None:
    app = open_page(PAGE, backbone="resnet50v2", weights="random", unfrozen="1")
    last, before = [block.name for block in get_backbone("resnet50v2").blocks][:-3:-1]
    assert app.select_slider(key="cut").value == before
    assert last not in app.select_slider(key="cut").options
    assert address(app)["unfrozen"] == "2"


def test_a_first_visitor_is_asked_nothing_about_fine_tuning(open_page: Open) -> None:
    second_phase = {"cut", "fine_epochs", "fine_rate"}
    app = open_page(PAGE)
    assert not second_phase & keys(app)
    app = choose(app, "segmented_control", "strategy", "top")
    assert second_phase <= keys(app)
    app = choose(app, "segmented_control", "strategy", "all")
    assert second_phase - keys(app) == {"cut"}


def test_another_backbone_keeps_the_strategy_and_not_the_number(open_page: Open) -> None:
    app = choose(open_page(PAGE), "segmented_control", "strategy", "top")
    app = choose(app, "selectbox", "backbone", "vgg16")
    assert app.segmented_control(key="strategy").value == "top"
    assert address(app)["unfrozen"] == "1"
    app = choose(app, "segmented_control", "strategy", "all")
    app = choose(app, "selectbox", "backbone", "resnet50")
    assert address(app)["unfrozen"] == "17"


@pytest.mark.parametrize("value", ["19", "-1", "2.5", "all", "nan"])
def test_a_link_with_an_impossible_number_of_blocks_is_one_sentence(
    open_page: Open, value: str
) -> None:
    app = open_page(PAGE, unfrozen=value)
    assert len(app.warning) == 1 and "unfrozen" in app.warning[0].value
    press(app, "Train")
    assert only_run().config == usual()


def test_the_plan_counts_what_learns(open_page: Open) -> None:
    app = open_page(PAGE, unfrozen="6")
    spec = get_backbone("efficientnet-lite0")
    learned = spec.learned_weights(6)
    assert f"**{spec.parameters - learned:,} weights**" in words(app)
    assert f"**{learned + 3843:,} weights**" in words(app)
    assert f"**{10 * 10 * 112:,} numbers**" in words(app)
    assert "Two phases" in captions(app)
    assert "Two phases" not in captions(open_page(PAGE))


@pytest.mark.parametrize(
    ("rate", "said"), [("0.0003", "smaller"), ("0.001", "no smaller"), ("0.01", "no smaller")]
)
def test_the_steps_of_fine_tuning_are_called_smaller_only_where_they_are(
    open_page: Open, rate: str, said: str
) -> None:
    told = captions(open_page(PAGE, unfrozen="6", fine_rate=rate))
    assert ("in smaller steps" in told, "in steps that are no smaller" in told) == (
        said == "smaller",
        said == "no smaller",
    )


def test_the_usual_rate_of_fine_tuning_is_a_third_of_the_heads_or_less(open_page: Open) -> None:
    app = open_page(PAGE, unfrozen="6", more="1")
    fine, head = (float(str(app.select_slider(key=key).value)) for key in ("fine_rate", "rate"))
    assert fine <= head / 3


@pytest.mark.parametrize("mistakes", [(), ("leak",)])
def test_the_plan_of_live_changes_counts_the_training_images_as_their_price_does(
    open_page: Open, mistakes: tuple[str, ...]
) -> None:
    url = {"augment": "1", "augment_box": "1", "changed": "live", "test": "10"}
    app = open_page(PAGE, **url, **({"mistakes": "leak"} if mistakes else {}))
    dataset = get_dataset(DEFAULT)
    config = TrainingConfig(dataset=DEFAULT, test=0.1, mistakes=mistakes)
    count = len(sides_of(dataset, config).train)
    assert count < len(dataset.images)
    assert f"Every epoch sends the {count} training images" in captions(app)
    if not mistakes:  # they are chosen below the price
        assert f"All {count} images go through the backbone **in every epoch**" in words(app)


@pytest.mark.parametrize("backbone", ["vgg16", "inceptionresnetv2", "small-convnet"])
@pytest.mark.parametrize("strategy", ["head", "top", "all"])
def test_every_network_is_drawn_with_every_strategy(
    open_page: Open, backbone: str, strategy: str
) -> None:
    blocks = len(get_backbone(backbone).blocks)
    unfrozen = {"head": "0", "top": str(blocks // 3), "all": str(blocks)}[strategy]
    app = open_page(PAGE, backbone=backbone, unfrozen=unfrozen, weights="random")
    drawn = "\n".join(str(chart.proto.alt) for chart in app.get("plotly_chart"))
    shown = strategy != "head" or backbone == "small-convnet"
    assert (f"as {blocks} blocks and a head" in drawn) == shown


# From scratch


def test_a_network_without_imagenet_weights_learns_as_a_whole(open_page: Open) -> None:
    app = choose(open_page(PAGE), "selectbox", "backbone", "small-convnet")
    assert not {"strategy", "weights", "epochs"} & keys(app)
    press(app, "Train")
    expected = usual(
        backbone="small-convnet",
        weights="random",
        size=64,
        unfrozen=3,
        epochs=0,
        fine_epochs=30,
        fine_rate=0.001,
    )
    assert only_run().config == expected
    back = choose(app, "selectbox", "backbone", "efficientnet-lite0")
    press(back, "Train")
    assert list_trainings()[0].config == usual()


# The other settings

CONTROLS = [
    ("segmented_control", "optimizer", "rmsprop", {"optimizer": "rmsprop"}),
    ("segmented_control", "optimizer", "sgd", {"optimizer": "sgd"}),
    ("select_slider", "rate", "2e-05", {"learning_rate": 2e-5}),
    ("select_slider", "batch", "100", {"batch": 100}),
    ("toggle", "best", False, {"keep_best": False}),
    ("slider", "patience", 5, {"patience": 5}),
    ("slider", "plateau", 3, {"plateau": 3}),
    ("slider", "test", 15, {"test": 0.15}),
]


@pytest.mark.parametrize(("kind", "key", "value", "changes"), CONTROLS)
def test_a_control_changes_its_setting_and_no_other_and_is_in_the_url(
    open_page: Open, kind: str, key: str, value: Any, changes: dict[str, Any]
) -> None:
    app = choose(open_page(PAGE, more="1"), kind, key, value)
    link = address(app)
    assert set(link) == {"more", key}
    del link["more"]
    press(app, "Train")
    run = only_run()
    assert run.config == usual(**changes)
    press(open_page(PAGE, **link), "Train")
    assert only_run().id == run.id


def test_every_optimizer_is_offered(open_page: Open) -> None:
    control = open_page(PAGE, more="1").segmented_control(key="optimizer")
    assert list(control.options) == ["Adam", "RMSprop", "SGD"] and len(OPTIMIZERS) == 3


def test_the_first_phase_can_be_left_out_only_where_there_is_a_second(open_page: Open) -> None:
    assert open_page(PAGE).slider(key="epochs").min == 1
    app = open_page(PAGE, unfrozen="6", epochs="0")
    assert not app.warning
    press(app, "Train")
    assert only_run().config == usual(unfrozen=6, epochs=0)


def test_changing_the_language_keeps_every_setting(open_page: Open) -> None:
    link = {"unfrozen": "6", "optimizer": "sgd", "mistakes": "leak", "seed": "5", "test": "10"}
    app = open_page(PAGE, **link)
    choose(app, "segmented_control", "language", "ko")
    assert {name: address(app)[name] for name in link} == link


def test_what_is_folded_is_not_drawn_and_has_the_values_of_the_link(open_page: Open) -> None:
    link = {"optimizer": "sgd", "units": "64", "test": "15", "augment": "1", "copies": "2"}
    app = open_page(PAGE, **link)
    folded = {"optimizer", "units", "dropout", "test", "augment", "copies", "break-leak"}
    assert not folded & keys(app)
    opened = open_page(PAGE, **link, more="1", augment_box="1")
    assert folded - {"break-leak"} <= keys(opened)
    for one in (app, opened):
        press(one, "Train")
    config = only_run().config
    assert (config["optimizer"], config["dense"], config["test"]) == ("sgd", [64], 0.15)
    assert config["copies"] == 2 and config["augmentation"]


def test_a_value_outlives_the_closing_of_its_box(open_page: Open) -> None:
    app = open_page(PAGE)
    app.session_state["more"] = True
    app = choose(choose(sound(app.run()), "slider", "patience", 5), "slider", "held", 35)
    for _ in range(3):  # Streamlit lets go of what is not drawn one run later
        app.session_state["more"] = False
        sound(app.run())
        assert "patience" not in keys(app) and address(app) == {"patience": "5", "held": "35"}
    app.session_state["more"] = True
    assert sound(app.run()).slider(key="patience").value == 5


# Broken on purpose


def unfolded(app: AppTest) -> AppTest:
    """Open the box with the mistakes."""
    app.session_state["mistakes_box"] = True
    return sound(app.run())


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_made_switched_off_and_kept_in_the_url(open_page: Open, name: str) -> None:
    app = choose(unfolded(open_page(PAGE, dataset=pets())), "toggle", f"break-{name}", True)
    assert address(app)["mistakes"] == name
    press(app, "Train")
    assert only_run().config["mistakes"] == [name]
    app = choose(app, "toggle", f"break-{name}", False)
    assert "mistakes" not in address(app)


def test_two_mistakes_are_made_together(open_page: Open) -> None:
    app = choose(unfolded(open_page(PAGE)), "toggle", "break-leak", True)
    app = choose(app, "toggle", "break-preprocessing", True)
    press(app, "Train")
    assert only_run().config == usual(mistakes=["preprocessing", "leak"])


def test_a_mistake_that_needs_two_classes_says_so_and_is_not_made(open_page: Open) -> None:
    app = open_page(PAGE, mistakes="one-unit")
    assert app.toggle(key="break-one-unit").disabled
    assert "Needs a dataset of two classes." in captions(app)
    press(app, "Train")
    assert only_run().config == usual()
    two = unfolded(open_page(PAGE, dataset=pets()))
    assert not two.toggle(key="break-one-unit").disabled


@pytest.mark.parametrize("value", ["typo", "leak,typo", ",", "<b>"])
def test_a_link_with_an_unknown_mistake_is_one_sentence(open_page: Open, value: str) -> None:
    app = open_page(PAGE, mistakes=value)
    assert len(app.warning) == 1
    press(app, "Train")
    assert only_run().config == usual()


# Recipes


FORMS: dict[str, dict[str, Any]] = {
    "": {},
    "-divided": {"divided": True},
    "-copies-2": {"copies": 2},
    "-copies-4": {"copies": 4},
    "-copies-8": {"copies": 8},
}
"""End of a button's key -> the form of the recipe that it sets."""


def forms_of(recipe: Recipe) -> list[str]:
    """Return which of `FORMS` a recipe has."""
    divided = ["-divided"] if recipe.divides else []
    return ["", *divided, *(f"-copies-{copies}" for copies in recipe.copies)]


@pytest.mark.parametrize(
    ("recipe", "form"),
    [
        pytest.param(recipe, form, id=recipe.name + form)
        for recipe in list_recipes()
        for form in forms_of(recipe)
    ],
)
def test_one_click_sets_every_control_to_the_recipe(
    open_page: Open, recipe: Recipe, form: str
) -> None:
    identifier = pets()
    # Far away from every recipe, so that what one leaves out would be seen.
    start = {"dataset": identifier, "unfrozen": "4", "dropout": "0.3", "mistakes": "leak"}
    app = open_page(PAGE, **start, patience="7", copies="2", augment="1", seed="9", units="64")
    open_recipes(app)
    assert not any(key for key in FORMS.keys() - forms_of(recipe) if has(app, recipe, key))
    click(app, f"recipe-{recipe.name}{form}")
    press(app, "Train")
    wanted = recipe_config(recipe, get_dataset(identifier), **FORMS[form])
    assert only_run().config == wanted.as_json()
    assert ("preprocessing" in wanted.mistakes) is (form == "-divided")
    assert (wanted.copies > 0) is ("copies" in form) and not (wanted.copies and wanted.live)


def has(app: AppTest, recipe: Recipe, form: str) -> bool:
    return any(button.key == f"recipe-{recipe.name}{form}" for button in app.button)


def test_what_a_network_without_weights_fixes_is_not_handed_to_the_next_one(
    open_page: Open,
) -> None:
    app = open_recipes(open_page(PAGE))
    click(app, "recipe-from-scratch")
    choose(app, "selectbox", "backbone", "efficientnet-lite0")
    press(app, "Train")
    config = only_run().config
    assert (config["weights"], config["epochs"]) == ("imagenet", usual()["epochs"])


def test_a_recipe_says_that_weights_must_be_downloaded(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_recipes(open_page(PAGE))
    told = captions(app)
    assert "VGG16's weights (59 MB) must be downloaded first." in told
    assert "EfficientNet-Lite0's weights" not in told


def test_the_published_figure_stands_beside_ours(open_page: Open) -> None:
    app = open_recipes(open_page(PAGE))
    assert "Published: **0.9040**" in words(app)
    assert words(app).count("Here, on this dataset: not trained yet.") == len(list_recipes())
    divided = (
        "which is not what VGG16 was trained with. With pixels / 255, here, on this dataset: not"
    )
    assert words(app).count(divided) == 4  # recipes (a) to (d)


def test_what_the_lab_gave_with_the_real_weights_stands_on_the_card_with_its_interval(
    open_page: Open,
) -> None:
    told = words(open_recipes(open_page(PAGE)))
    for recipe in list_recipes():
        for found in (recipe.measured, recipe.measured_divided):
            if found:
                low, high = map(percent, found.interval)
                assert (
                    f"**{found.accuracy:.4f}**. {found.correct} of 1000 held-out images right; "
                    f"95 % interval {low} to {high}." in told
                )
    shown = re.findall(r"With this lab, on 2,000 photos of cats and dogs: \*\*([\d.]+)\*\*", told)
    *need_weights, scratch, ours = list_recipes()  # what needs no download comes first
    in_order = (scratch, ours, *need_weights)
    known = [recipe.measured.accuracy for recipe in in_order if recipe.measured]
    assert shown == [f"{accuracy:.4f}" for accuracy in known]


def test_recipes_whose_weights_are_here_come_before_those_that_need_a_download(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def letters(app: AppTest) -> str:
        return "".join(re.findall(r"\*\*\(([a-g])\)", words(app)))

    assert letters(open_recipes(open_page(PAGE))) == "fgabcde"
    monkeypatch.setattr("tl_core.ui.training.recipes.weights_source", lambda name: "folder")
    assert letters(open_recipes(open_page(PAGE))) == "abcdefg"


def test_recipes_that_were_left_open_do_not_cover_the_page_when_somebody_comes_back(
    open_page: Open,
) -> None:
    app = open_recipes(open_page(PAGE))
    assert has(app, list_recipes()[0], "")
    assert has(sound(app.run()), list_recipes()[0], "")  # the page may run again by itself
    for section in ("data", "train"):
        app.segmented_control(key="section").set_value(section)
        sound(app.run())
    assert not has(app, list_recipes()[0], "")
    assert has(open_recipes(app), list_recipes()[0], "")


def open_recipes(app: AppTest) -> AppTest:
    return click(app, "recipes")


def click(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click()
    return sound(app.run())


# Suggestion and forecast


def test_the_suggestion_follows_amount_and_likeness(open_page: Open) -> None:
    fingerprint = get_dataset(DEFAULT).fingerprint
    assert "is measured when the engine is free" in captions(open_page(PAGE))
    store_likeness(fingerprint, Likeness(distance=0.14, images=100))
    assert "Suggested here: **Top blocks**" in captions(open_page(PAGE))
    store_likeness(fingerprint, Likeness(distance=0.05, images=100))
    assert "Suggested here: **Head only**" in captions(open_page(PAGE))


def test_without_a_measurement_the_forecast_still_counts_space(open_page: Open) -> None:
    told = captions(open_page(PAGE))
    assert "1 MB of disk" in told and "the time is measured when the engine is free" in told


def test_the_forecast_leaves_out_features_that_are_there(open_page: Open, let_answer: Any) -> None:
    let_answer(Timed(Rates(images_per_second=10)))
    before = captions(measured(open_page(PAGE, dataset="emoji")))
    assert "features 29 seconds, head" in before and "1 MB of disk" in before
    dataset = get_dataset("emoji")
    entry = feature_entry(dataset, TrainingConfig(dataset="emoji"))
    for shard in entry.shards:
        entry.write_shard(shard, np.ones((len(entry.shard_images(shard)), 1280), np.float32))
        if shard == 3:
            assert "features 16 seconds, head" in captions(
                measured(open_page(PAGE, dataset="emoji"))
            )
    entry.finish()
    after = captions(measured(open_page(PAGE, dataset="emoji")))
    assert "(head" in after and "features" not in after.partition("Forecast")[2].partition("·")[0]
    assert "0 MB of disk" in after
    other = captions(measured(open_page(PAGE, dataset="emoji", size="96")))
    assert "features 29 seconds" in other


def test_a_disturbed_measurement_says_so_and_no_hint_contradicts_it(
    open_page: Open, let_answer: Any
) -> None:
    warning = "The machine was busy with something else while this was measured"
    slow = Rates(images_per_second=0.2)
    let_answer(Timed(dataclasses.replace(slow, disturbed=True)))
    app = measured(open_page(PAGE, dataset="emoji"))
    assert "features 24 minutes" in captions(app) and warning in captions(app)
    assert "minute" not in " ".join(one.value for one in app.info)
    asking._answers.clear()
    let_answer(Timed(slow))
    assert warning not in captions(measured(open_page(PAGE, dataset="emoji")))


class Timed:
    """Answers what the forecast asks."""

    def __init__(self, rates: Rates) -> None:
        self.status = SimpleNamespace(running=0)
        self._rates = rates

    def ask(self, question: Question[Any], /, **_: Any) -> Any:
        if question in (FORECAST, FORECAST_TUNING):
            return self._rates
        raise EngineBusy("Nothing else is asked here.")


def measured(app: AppTest) -> AppTest:
    end = time.monotonic() + 20
    while "Forecast: **" not in captions(app) and time.monotonic() < end:
        time.sleep(0.05)  # looks again; the deadline is the limit
        sound(app.run())
    return app


def test_what_does_not_fit_has_a_button_that_makes_it_fit(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TL_FEATURE_QUOTA_MB", "20")
    app = open_page(PAGE, head="flatten")
    assert any("Use GAP instead of Flatten." in one.value for one in app.warning)
    press(app, "Do that")
    assert app.segmented_control(key="head").value == "gap"
    assert "Do that" not in labels(app)


def test_what_is_said_to_be_missing_is_more_than_what_is_there(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = get_dataset(DEFAULT)
    config = TrainingConfig(dataset=dataset.id, pooling="flatten")
    needed = feature_numbers(config)[0] * FLOAT32 * len(dataset.images)
    monkeypatch.setenv(
        "TL_FEATURE_QUOTA_MB", str(needed // 10**6)
    )  # both are the same when rounded
    (warned,) = open_page(PAGE, head="flatten").warning
    found = re.search(r"it takes ([\d.]+) MB of disk, and ([\d.]+) MB may be used", warned.value)
    assert found and float(found[1]) > float(found[2]) == needed // 10**6
    assert "of memory" not in warned.value  # of which there is enough


def test_the_usual_training_is_not_touched_by_any_of_this(open_page: Open) -> None:
    app = open_page(PAGE)
    assert button(app, "Train")
    press(app, "Train")
    dataset = get_dataset(DEFAULT)
    assert TrainingConfig.from_json(only_run().config) == TrainingConfig(
        dataset=DEFAULT, fingerprint=dataset.fingerprint
    )


def test_the_rate_test_has_the_wide_column(open_page: Open) -> None:
    """Its plot was 200 pixels wide beside the settings."""
    app = open_page(PAGE)
    narrow, wide = (next(one for one in app.columns if one.weight == w) for w in (0.4, 0.6))
    boxes = [one.label for one in wide.expander]
    assert "Test learning rates" in boxes
    assert "Test learning rates" not in [one.label for one in narrow.expander]


# Told afterwards


def test_nothing_is_called_frozen_where_everything_learns(open_page: Open) -> None:
    for link, title in (({}, "Frozen backbone"), ({"unfrozen": "6"}, "Frozen part")):
        assert title in captions(open_page(PAGE, **link)).splitlines()
    told = captions(open_page(PAGE, unfrozen=str(BLOCKS)))
    assert "No part is frozen" in told and "of BatchNormalization stay as they are" in told
    assert "Frozen" not in told
    assert "of BatchNormalization" not in captions(open_page(PAGE, unfrozen="6"))
    none = captions(open_page(PAGE, backbone="small-convnet"))  # it has no normalisation
    assert "No part is frozen" in none and "of BatchNormalization" not in none


@pytest.mark.parametrize("link", [{}, {"unfrozen": "3"}, {"unfrozen": "3", "epochs": "0"}])
def test_one_epoch_is_not_called_epochs(open_page: Open, link: dict[str, str]) -> None:
    told = captions(open_page(PAGE, **{"epochs": "1", "fine_epochs": "1"} | link))
    assert "1 epoch" in told and "1 epochs" not in told
    several = captions(open_page(PAGE, **{"epochs": "2", "fine_epochs": "3"} | link))
    assert "2 epochs" in several or "3 epochs" in several


def explained() -> None:
    from tl_core.training import TrainingConfig, open_training
    from tl_core.ui.training.mistakes import explain_mistakes

    for mistakes in ((), ("leak", "shuffled-labels")):
        explain_mistakes(open_training(TrainingConfig(dataset="emoji", mistakes=mistakes)))


def test_each_mistake_is_explained_with_what_is_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path))
    app = AppTest.from_function(explained, default_timeout=60).run()
    assert not app.exception
    first, second = (one.value for one in app.warning)
    assert "Same images in training and validation" in first and "Divide first" in first
    assert "Shuffled labels" in second


def test_a_softmax_over_one_unit_is_explained_with_the_numbers_of_its_run(open_page: Open) -> None:
    dataset = pets()
    settings = {"dataset": dataset, "fingerprint": get_dataset(dataset).fingerprint}
    broken = {"mistakes": ["one-unit"], **settings}
    all_dogs = {(0, 1): 99}
    behind = Judged.of(np.array([[1, 0], [0, 1]])).as_json()
    for seed, facts in enumerate(
        ({"behind": behind}, {})
    ):  # as today, and as an earlier version left it
        run = done(open_run(**broken, seed=seed), all_dogs, **facts)
        (told,) = [
            one.value for one in open_page(PAGE, run=run.id).warning if "one unit" in one.value
        ]
        assert "The loss falls all the same" in told and "One unit with sigmoid" in told
        assert ("read through a sigmoid, are right on 100.0" in told) == bool(facts)
        assert ("every answer is 1.0, for dogs" in told) == bool(facts)
        assert ("earlier version of the lab" in told) != bool(facts)


@pytest.mark.parametrize(
    ("link", "once"),
    [
        ({}, True),
        ({"unfrozen": "6"}, True),
        ({"unfrozen": str(BLOCKS)}, False),  # the second phase begins at the photos
        ({"augment": "1", "changed": "live"}, False),
        ({"unfrozen": "6", "augment": "1", "changed": "live"}, False),
    ],
)
def test_the_plan_says_once_only_where_it_is_true(
    open_page: Open, link: dict[str, str], once: bool
) -> None:
    told = captions(open_page(PAGE, **link))
    assert ("looks once at each" in told or "is computed once" in told) is once
