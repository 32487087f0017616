"""The GAP page: the numbers of the textbooks, every section, every control, and whatever a link may hold."""

import json
from collections.abc import Callable
from time import monotonic
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import STARTING, address, sound, words
from tests.datasets.importing import import_files
from tests.datasets.samples import picture, quiet
from tl_core import files, runs
from tl_core.backbones import get_backbone, list_backbones
from tl_core.engine.questions import HEAD_TIMES, Question
from tl_core.engine.sentences import error_values
from tl_core.head_math import list_presets
from tl_core.head_math.times import HeadTime, HeadTimes
from tl_core.lessons.heads import RESULT, ComparisonConfig
from tl_core.ui.datasets.choice import DEFAULT
from tl_core.ui.text import escaped

Open = Callable[..., AppTest]
PAGE = "pages/2_gap_vs_flatten.py"
PETS = (("cats", 0), ("dogs", 100))
SECTIONS = (
    *("layers", "costs", "sweeps", "rule", "see"),
    *("measure", "stack", "guess", "compare", "export"),
)


def text(app: AppTest) -> str:
    others = [str(element.value) for kind in (app.info, app.success) for element in kind]
    return "\n".join([words(app), *others]).replace("\N{NO-BREAK SPACE}", " ")


def ratio(app: AppTest) -> str:
    return app.metric[0].value


def change(app: AppTest, **values: Any) -> AppTest:
    """Set controls by their key, and run."""
    for key, value in values.items():
        control(app, key).set_value(value)
    return sound(app.run())


def whole(app: AppTest) -> AppTest:
    """Run all of the page: after a change that redraws parts only, AppTest holds nothing but those."""
    return sound(app.run())


def control(app: AppTest, key: str) -> Any:
    """Return the widget of this key, of whatever kind."""
    kinds = (
        *(app.selectbox, app.slider, app.number_input, app.text_input),
        *(app.text_area, app.toggle, app.segmented_control),
    )
    return next(one for kind in kinds for one in kind if one.key == key)


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click()
    return sound(app.run())


def images(app: AppTest) -> list[str]:
    return [image.url for group in app.get("image") for image in group.proto.imgs]


def test_the_textbook_example_is_on_screen_at_once(open_page: Open) -> None:
    app = open_page(PAGE)
    assert "25,088 × 256 + 256 = 6,422,784" in text(app)
    assert "512 × 256 + 256 = 131,328" in text(app)
    assert "**6,423,298** trainable + 14,714,688 frozen = 21,137,986" in text(app)
    assert "**131,842** trainable + 14,714,688 frozen = 14,846,530" in text(app)
    assert ratio(app) == "48.7 ×"
    assert len(images(app)) == 2  # one drawing a head
    assert address(app) == {}


@pytest.mark.parametrize("spec", list_backbones(), ids=lambda spec: spec.name)
def test_every_backbone_shows_its_feature_map(open_page: Open, spec: Any) -> None:
    app = open_page(PAGE, backbone=spec.name)
    assert not app.error and not app.warning
    size = app.slider(key="size").value
    assert isinstance(size, int)
    height, width, channels = get_backbone(spec.name).feature_shape(size)
    assert f"{height} × {width} × {channels:,}" in text(app)
    assert (app.slider(key="size").min, app.slider(key="size").max) == (spec.min_size, 512)


@pytest.mark.parametrize(
    ("preset", "numbers"),
    [
        ("textbook", ["**12,845,056** trainable", "**262,144** trainable"]),
        (
            "vgg16-cats-and-dogs",
            ["**2,097,665** trainable + 14,714,688 frozen = 16,812,353", "**131,585** trainable"],
        ),
        ("resnet50-average", ["**4,098** trainable + 23,587,712 frozen = 23,591,810"]),
        ("teachable-machine", ["**128,300** trainable", "1,280 × 100 + 100 = 128,100"]),
        ("ml4kids", ["**1,254,700** trainable", "12,544 × 100 + 100 = 1,254,500"]),
    ],
)
def test_a_well_known_head_shows_its_numbers_and_its_origin(
    open_page: Open, preset: str, numbers: list[str]
) -> None:
    app = change(open_page(PAGE), gap_preset=preset)
    for number in numbers:
        assert number in text(app)
    known = next(one for one in list_presets() if one.name == preset)
    assert known.origin in text(app)
    again = open_page(PAGE, **address(app))
    assert not again.warning
    assert again.selectbox(key="gap_preset").value == preset
    change(again, units="7")
    assert again.selectbox(key="gap_preset").value == ""
    assert known.origin not in text(again)


def test_the_input_size_moves_flatten_and_not_gap(open_page: Open) -> None:
    app = change(open_page(PAGE), size=448)
    assert "100,352 × 256 + 256 = 25,690,368" in text(app)
    assert "512 × 256 + 256 = 131,328" in text(app)
    assert address(app) == {"size": "448"}


def test_a_free_feature_map_and_a_single_layer(open_page: Open) -> None:
    app = open_page(PAGE)
    change(app, **{"from": "free"})
    change(app, h=4, w=3, c=10, units="", classes=5)
    assert "4 × 3 × 10" in text(app)
    assert "120 × 5 + 5 = 605" in text(app) and "10 × 5 + 5 = 55" in text(app)
    assert ratio(app) == "11.0 ×"
    assert ratio(open_page(PAGE, **address(app))) == "11.0 ×"


@pytest.mark.parametrize("first", ["backbone", "free"])
def test_what_was_set_for_one_kind_of_feature_map_outlives_the_other(
    open_page: Open, first: str
) -> None:
    app = change(open_page(PAGE, **{"from": first}), **{"from": "free"})
    whole(change(app, h=14))
    change(app, **{"from": "backbone"})
    change(app, backbone="resnet50")
    whole(change(app, size=160))  # Streamlit lets go of what is not drawn one run later
    assert control(change(app, **{"from": "free"}), "h").value == 14
    whole(change(app, w=3))
    whole(change(app, w=4))
    change(app, **{"from": "backbone"})
    assert (control(app, "backbone").value, control(app, "size").value) == ("resnet50", 160)


def test_several_hidden_layers(open_page: Open) -> None:
    app = change(open_page(PAGE), units="256, 64")
    assert "256 × 64 + 64 = 16,448" in text(app)
    assert "64 × 2 + 2 = 130" in text(app)
    assert address(app) == {"units": "256, 64"}


@pytest.mark.parametrize("written", ["0", "256, x", "1,2,3,4,5", "-3", "99999", "<b>"])
def test_hidden_layers_that_cannot_be_are_one_sentence_and_the_last_good_ones_stay(
    open_page: Open, written: str
) -> None:
    app = change(open_page(PAGE), units="128")
    change(app, units=written)
    assert len(app.error) == 1
    assert "such as 256, 64" in app.error[0].value
    assert "25,088 × 128 + 128" in text(app)
    change(app, units="32")
    assert not app.error


def test_sigmoid_is_for_two_classes(open_page: Open) -> None:
    app = change(open_page(PAGE), activation="sigmoid")
    assert "256 × 1 + 1 = 257" in text(app)
    change(app.run(), classes=3)  # AppTest holds nothing but the parts that were drawn alone
    assert app.selectbox(key="activation").disabled
    assert "256 × 3 + 3 = 771" in text(app)


@pytest.mark.parametrize(
    ("bias", "hidden", "last"),
    [
        ("all", "512 × 256 + 256 = 131,328", "256 × 2 + 2 = 514"),
        ("hidden", "512 × 256 + 256 = 131,328", "256 × 2 = 512"),
        ("last", "512 × 256 = 131,072", "256 × 2 + 2 = 514"),
        ("none", "512 × 256 = 131,072", "256 × 2 = 512"),
    ],
)
def test_bias_is_counted_where_it_is(open_page: Open, bias: str, hidden: str, last: str) -> None:
    app = change(open_page(PAGE), bias=bias)
    assert hidden in text(app) and last in text(app)


def test_dropout_is_a_layer_without_weights(open_page: Open) -> None:
    app = open_page(PAGE)
    assert "| Dropout |" not in text(app)
    change(app, dropout=0.5)
    assert "| Dropout | 25,088 | no weights |" in text(app)
    assert ratio(app) == "48.7 ×"


def test_two_further_poolings_are_two_further_columns(open_page: Open) -> None:
    app = open_page(PAGE)
    assert "Average + max" not in text(app)
    change(app, extra=True)
    assert "Head with Global max" in text(app)
    assert "1,024 × 256 + 256 = 262,400" in text(app)
    assert len(images(app)) == 4


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("backbone", "resnet999"),
        ("size", "31"),  # below VGG16's minimum
        ("size", "99999"),
        ("units", "-1"),
        ("units", "1.5"),
        ("units", "1,2,3,4,5"),
        ("classes", "1"),
        ("from", "<script>"),
        ("activation", "relu"),
        ("bias", "maybe"),
        ("dropout", "nan"),
        ("extra", "yes"),
        ("section", "../.."),
    ],
)
def test_a_bad_url_is_the_usual_value_with_one_sentence(
    open_page: Open, name: str, value: str
) -> None:
    app = open_page(PAGE, **{name: value})
    assert len(app.warning) == 1
    assert name in app.warning[0].value or "such as 256, 64" in app.warning[0].value
    assert ratio(app) == "48.7 ×"


@pytest.mark.parametrize(
    ("section", "name", "value", "said"),
    [
        ("costs", "optimizer", "lion", "optimizer"),
        ("costs", "photos", "0", "photos"),
        ("sweeps", "axis", "z", "axis"),
        ("stack", "stack", "32x32x3_lstm-5", "no layer lstm"),
        ("stack", "stack", "x" * 5000, "characters"),
        ("compare", "a", "vgg16-9_1_2_softmax_all_0", "VGG16"),  # nine pixels
        ("compare", "a", "<img src=x>", "cannot be read"),
        ("measure", "run", "0123456789abcdef", "not in this run book"),
        ("measure", "run", "../../etc", "names no run"),
        ("measure", "epochs", "1e9", "epochs"),
    ],
)
def test_a_bad_url_of_a_section_is_one_sentence_too(
    open_page: Open, section: str, name: str, value: str, said: str
) -> None:
    app = open_page(PAGE, section=section, **{name: value})
    assert len(app.warning) == 1
    assert said in app.warning[0].value
    assert not app.error


def test_a_size_below_the_next_backbones_minimum_moves_to_it(open_page: Open) -> None:
    app = change(open_page(PAGE, size="32"), backbone="inceptionv3")
    assert app.slider(key="size").value == get_backbone("inceptionv3").min_size
    assert not app.error


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("locale", ["en-US", "ko-KR"])
def test_every_section_opens_by_its_address_in_both_languages(
    open_page: Open, section: str, locale: str
) -> None:
    app = open_page(PAGE, locale=locale, section=section)
    assert not app.error and not app.warning
    assert app.segmented_control(key="section").value == section


def test_only_the_chosen_section_is_drawn(open_page: Open) -> None:
    app = open_page(PAGE, section="costs")
    assert "Optimizer's memory" in text(app)
    assert "25,088 × 256 + 256" not in text(app)
    change(app, section="layers")
    assert "Optimizer's memory" not in text(app)


def test_the_ledger_counts_with_its_controls(open_page: Open) -> None:
    app = open_page(PAGE, section="costs")
    assert "| Optimizer's memory | 51.4 MB |" in text(app)  # 2 x 4 x 6,423,298 bytes
    assert "| Weights per training photo | 6,423 |" in text(app)
    change(app, optimizer="sgd", photos=100)
    assert "| Optimizer's memory | 0 B | 0 % | 0 % |" in text(app)
    assert "| Weights per training photo | 64,233 |" in text(app)
    assert "| Cached features, float32 | 10.0 MB |" in text(app)
    assert "| Cached features, float16 | 5.0 MB |" in text(app)
    change(app, batch=64)
    assert address(app) == {
        "section": "costs",
        "optimizer": "sgd",
        "photos": "100",
        "batch": "64",
    }


GAP_TIME = HeadTime(milliseconds=0.2, fastest=0.18, low=0.19, high=0.3, runs=31)


class Timing:
    """Stands for a ready engine that has timed the heads."""

    status = SimpleNamespace(running=())

    def __init__(self, **heads: HeadTime) -> None:
        self.times = HeadTimes(heads=heads, threads=2)
        self.asked: list[Any] = []

    def ask(self, question: Question[Any], /, *, seconds: float, **arguments: Any) -> Any:
        assert question is HEAD_TIMES and seconds > 0
        self.asked.append(arguments)
        return self.times


def test_the_ledger_shows_how_long_an_answer_takes_once_it_was_measured(
    open_page: Open, let_answer: Callable[[Any], None]
) -> None:
    assert "Timed as soon as the engine" in text(open_page(PAGE, section="costs"))
    flatten = HeadTime(milliseconds=3.214, fastest=3, low=3.1, high=12.4, runs=31)
    engine = Timing(flatten=flatten, gap=GAP_TIME)
    let_answer(engine)
    app = open_page(PAGE, section="costs")
    deadline = monotonic() + 10
    while "Timed as soon as" in text(app) and monotonic() < deadline:
        sound(app.run())
    assert "| Flatten | **3.21 ms** | 3.10 ms – 12 ms | 3.00 ms | 31 |" in text(app)
    assert "| GAP | **0.20 ms** | 0.19 ms – 0.30 ms | 0.18 ms | 31 |" in text(app)
    assert "the machine was busy" in text(app)
    (asked,) = engine.asked
    assert asked["feature_map"] == (7, 7, 512)
    assert [head.pooling for head in asked["heads"]] == ["flatten", "gap"]
    engine.times = HeadTimes(heads={"flatten": GAP_TIME, "gap": GAP_TIME}, threads=2)
    press(app, "Time them again")
    while "**3.21 ms**" in text(app) or "Timed as soon as" in text(app):
        assert monotonic() < deadline
        sound(app.run())
    assert len(engine.asked) == 2 and "the machine was busy" not in text(app)


def test_a_head_too_large_to_be_timed_is_said(
    open_page: Open, let_answer: Callable[[Any], None]
) -> None:
    let_answer(Timing(gap=GAP_TIME))
    app = open_page(PAGE, section="costs", units="4096")
    deadline = monotonic() + 10
    while "Timed as soon as" in text(app) and monotonic() < deadline:
        sound(app.run())
    assert "| Flatten | not timed: more than 50,000,000 weights |" in text(app)


@pytest.mark.parametrize("axis", ["size", "channels", "units"])
@pytest.mark.parametrize("source", ["backbone", "free"])
def test_every_sweep_is_a_chart(open_page: Open, axis: str, source: str) -> None:
    app = open_page(PAGE, section="sweeps", axis=axis, **{"from": source})
    assert len(app.get("plotly_chart")) == 2
    change(app, scale="log")
    assert len(app.get("plotly_chart")) == 2


@pytest.mark.parametrize(
    ("channels", "verdict"),
    [("1280", "GAP"), ("320", "GAP"), ("200", "measure it"), ("128", "Flatten"), ("3", "Flatten")],
)
def test_the_rule_says_where_this_set_up_stands(
    open_page: Open, channels: str, verdict: str
) -> None:
    app = open_page(PAGE, section="rule", c=channels, **{"from": "free"})
    assert f"This set-up: {verdict}" in text(app)
    assert f"{int(channels):,} channels are" in text(app)


def test_see_gap_happen_waits_for_the_engine_in_words(open_page: Open) -> None:
    app = open_page(PAGE, section="see")
    assert STARTING in text(app)
    assert "Chelsea the cat" in text(app)


@pytest.mark.parametrize("section", ["see", "measure"])
def test_a_section_that_computes_says_when_the_headline_counts_another_network(
    open_page: Open, section: str
) -> None:
    app = open_page(PAGE, section=section)
    assert app.selectbox(key="network").value == "efficientnet-lite0"
    assert "The numbers above count VGG16 at 224 px, whose weights are not on" in text(app)
    assert "Here EfficientNet-Lite0 computes, at 160 px: its feature map is 5 × 5 × 1,280." in text(
        app
    )
    press(app, "Count EfficientNet-Lite0 above")
    assert (app.selectbox(key="backbone").value, app.slider(key="size").value) == (
        "efficientnet-lite0",
        160,
    )
    assert "The numbers above count" not in text(app)
    assert "**328,450** trainable" in text(app)  # 1,280 × 256 + 256 and 256 × 2 + 2
    change(app, size=192)
    assert "The numbers above count" not in text(app)


def test_a_free_feature_map_is_told_from_the_network_that_computes(open_page: Open) -> None:
    app = open_page(PAGE, section="see", **{"from": "free"})
    assert "count a feature map of 7 × 7 × 512, which no photo stands behind" in text(app)
    press(app, "Count EfficientNet-Lite0 above")
    assert app.selectbox(key="from").value == "backbone"
    assert "which no photo" not in text(app)


@pytest.mark.parametrize("section", ["see", "measure"])
def test_network_and_set_up_follow_each_other_where_both_have_weights(
    open_page: Open, section: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tl_core.ui.gap.network.weights_source", lambda name: "packaged")
    app = open_page(PAGE, section=section, network="resnet50")
    assert app.selectbox(key="network").value == "vgg16"
    assert "The numbers above count" not in text(app)
    change(app, network="mobilenetv2")
    assert app.selectbox(key="backbone").value == "mobilenetv2"
    change(app, backbone="resnet50")
    assert app.selectbox(key="network").value == "resnet50"
    assert "The numbers above count" not in text(app)


def test_measure_it_trains_at_the_size_that_the_headline_counts(open_page: Open) -> None:
    app = open_page(PAGE, section="measure", backbone="efficientnet-lite0", size="96", units="")
    press(app, "Train both heads")
    config = ComparisonConfig.from_json(runs.get_run(address(app)["run"]).config)
    assert (config.backbone, config.size) == ("efficientnet-lite0", 96)


def test_measure_it_queues_one_run_and_its_url_shows_it_again(open_page: Open) -> None:
    app = open_page(PAGE, section="measure", units="", epochs="7")
    press(app, "Train both heads")
    identifier = address(app)["run"]
    config = ComparisonConfig.from_json(runs.get_run(identifier).config)
    assert (config.dataset, config.epochs, config.dense) == (DEFAULT, 7, ())
    assert "7 epochs · seeds 0, 1, 2" in text(app)
    press(app, "Train both heads")
    assert address(app)["run"] == identifier
    assert len(runs.list_runs(ComparisonConfig.KIND)) == 1
    assert not open_page(PAGE, section="measure", run=identifier).warning


def fit(pooling: str, correct: int) -> dict[str, Any]:
    return {
        "pooling": pooling,
        "seed": 0,
        "parameters": {"gap": 3843, "flatten": 96_003}[pooling],
        "train": {"correct": 115, "n": 115},
        "validation": {"correct": correct, "n": 57},
        "seconds": 1.5,
    }


def finished(*fits: dict[str, Any], dataset: str = "emoji") -> str:
    run = runs.open_job(ComparisonConfig(dataset=dataset))
    files.write_json(run.folder / RESULT, {"images": 172, "fits": fits})
    run.append("state", state="done", **error_values(None))
    return run.id


def test_a_finished_comparison_shows_a_verdict_that_follows_from_its_numbers(
    open_page: Open,
) -> None:
    identifier = finished(fit("gap", 50), fit("flatten", 49))
    app = open_page(PAGE, section="measure", run=identifier)
    assert "so take GAP, which does it with 25.0 times fewer weights" in text(app)
    assert "| Accuracy | 86.0 % (49 / 57) | 87.7 % (50 / 57) |" in text(app)
    assert "| Weights | 96,003 | 3,843 |" in text(app)
    assert "| Training minus held-out | 14.0 % | 12.3 % |" in text(app)


def test_the_title_of_the_dataset_is_no_markdown(open_page: Open) -> None:
    classes = {name: [(f"{i}.png", picture(start + i)) for i in range(6)] for name, start in PETS}
    dataset = import_files(classes, "*www.pets.example*", quiet).id
    identifier = finished(fit("gap", 50), fit("flatten", 49), dataset=dataset)
    shown = text(open_page(PAGE, section="measure", run=identifier, dataset=dataset))
    assert f"**{escaped('*www.pets.example*')} · " in shown
    assert "www.pets.example" not in shown


def test_a_clear_difference_is_said_and_priced(open_page: Open) -> None:
    identifier = finished(fit("gap", 20), fit("flatten", 50))
    app = open_page(PAGE, section="measure", run=identifier)
    assert "Flatten is more accurate here (35.1 % with GAP, 87.7 % with Flatten" in text(app)
    assert "at the price of 25.0 times the weights of GAP" in text(app)


def test_a_training_run_is_no_comparison(open_page: Open) -> None:
    run = runs.open_run("train", {"dataset": "emoji"})
    app = open_page(PAGE, section="measure", run=run.id)
    assert "names no run" in app.warning[0].value


def test_the_small_network_for_cifar10_has_122570_weights(open_page: Open) -> None:
    app = open_page(PAGE, section="stack")
    assert "| **Total** | | **122,570** |" in text(app)
    assert "(3 × 3 × 32 + 1) × 64 = 18,496" in text(app)


def test_an_impossible_layer_is_named_and_the_layers_before_it_stay(open_page: Open) -> None:
    app = open_page(PAGE, section="stack")
    change(app, stack_lines="8x8x3\nconv 4 3\nflatten\nconv 4 3\ndense 2")
    assert "conv2d\\_1 needs a feature map, but gets a vector of 144" in app.error[0].value
    assert "| flatten | 144 | no weights |" in text(app)
    change(app, stack_lines="8x8x3\nmax 5\nmax 5")
    assert "only 1 × 1 are left" in app.error[0].value
    change(app, stack_lines="dense 2")
    assert "The first line is the input" in app.error[0].value


def test_a_stack_is_changed_by_buttons_and_kept_in_the_url(open_page: Open) -> None:
    app = open_page(PAGE, section="stack")
    change(app, stack_lines="8x8x3\nconv 4 3 same")
    change(app, stack_kind="Dense")
    app.number_input(key="stack_units").set_value(5)
    press(app, "Append")  # in one run with the number: a click can overtake it
    assert address(app)["stack"] == "8x8x3_conv-4-3-same_dense-5"
    assert "4 × 5 + 5 = 25" in text(app)
    again = open_page(PAGE, **address(app))
    assert again.text_area(key="stack_lines").value == "8x8x3\nconv 4 3 same\ndense 5"
    press(again, "Remove the last layer")
    assert "4 × 5 + 5 = 25" not in text(again)
    change(again, stack_preset="cifar10")
    assert "**122,570**" in text(again)


def test_guess_first_hides_every_number_until_reveal(open_page: Open) -> None:
    app = open_page(PAGE, section="guess")
    assert ratio(app) == "?"
    assert "131,842" not in text(app) and "6,423,298" not in text(app)
    change(app, guess_ratio=50, guess_weights=1000)
    press(app, "Reveal")
    assert ratio(app) == "48.7 ×"
    assert "Right: it is 48.7 ×" in text(app)
    assert "It is 131,842: 132 times your guess" in text(app)
    change(app, units="64")  # the next question
    assert ratio(app) == "?"


def test_a_click_that_overtakes_a_change_keeps_the_changed_set_up(open_page: Open) -> None:
    app = open_page(PAGE, section="compare")
    app.selectbox(key="gap_preset").set_value("resnet50-average")
    press(app, "Keep this set-up as A")
    assert address(app)["a"].startswith("resnet50")


def test_a_set_up_is_kept_compared_shared_and_swapped(open_page: Open) -> None:
    app = open_page(PAGE, section="compare")
    press(app, "Keep this set-up as A")
    change(app, gap_preset="resnet50-average")
    assert address(app)["a"] == "vgg16-224_256_2_softmax_all_0"
    shared = open_page(PAGE, **address(app))
    for page in (app, shared):
        assert "| GAP | **131,842** | **4,098** |" in text(page)
    press(shared, "Swap A and B")
    assert "| GAP | **4,098** | **131,842** |" in text(shared)
    assert shared.selectbox(key="backbone").value == "vgg16"


def test_the_export_is_code_and_a_table_of_these_heads(open_page: Open) -> None:
    app = open_page(PAGE, section="export", units="32")
    assert "layers.Dense(32, activation='relu', name='dense_1')" in app.code[0].value
    assert "FEATURE_MAP = (7, 7, 512)" in app.code[0].value
    labels = [button.proto.label for button in app.get("download_button")]
    assert labels == ["Keras code", "Tables as CSV"]


def test_a_lesson_hides_controls_and_keeps_their_values(open_page: Open) -> None:
    app = open_page(PAGE, lesson="Look at GAP", hide="backbone,section,more,preset", section="rule")
    assert "Look at GAP" in text(app)
    assert "This set-up: GAP" in text(app)
    keys = [control.key for control in (*app.selectbox, *app.segmented_control)]
    assert not {"backbone", "section", "gap_preset", "bias"} & set(keys)


def test_the_page_speaks_korean(open_page: Open) -> None:
    app = open_page(PAGE, locale="ko-KR")
    assert app.title[0].value == "GAP과 Flatten 비교"
    assert "25,088 × 256 + 256 = 6,422,784" in text(app)
    assert ratio(app) == "48.7 ×"


WEIGHTLESS = json.dumps(
    {"fits": [fit(name, 50) | {"parameters": 0} for name in ("gap", "flatten")]}
)


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"fits": [{"pooling": "gap"}]}', WEIGHTLESS])
def test_a_damaged_result_is_a_sentence_and_no_crash(open_page: Open, content: str) -> None:
    identifier = finished(fit("gap", 50), fit("flatten", 49))
    (runs.get_run(identifier).folder / RESULT).write_text(content)
    assert f"{RESULT} cannot be read" in text(open_page(PAGE, section="measure", run=identifier))
