"""Look inside: sums that add up, a filter, a layer's numbers, distances, and every way it can go wrong."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import STARTING, sound, words
from tl_core import files
from tl_core.backbones import get_backbone
from tl_core.engine.questions import BACKBONE_LAYERS, BACKBONE_WEIGHTS, QUESTIONS, Question
from tl_core.errors import EngineUnavailable
from tl_core.runs import METRICS, Run
from tl_core.training import TrainingConfig, open_training
from tl_core.training.layer_tables import BackboneLayer, BackboneLayers
from tl_core.training.weight_tables import NetworkWeights, WeightArray

LITE = "efficientnet-lite0"


def layers(backbone: str) -> BackboneLayers:
    """Return a short network with the backbone's block names: a convolution and its normalisation each."""
    rows, before = [], "image"
    for block in get_backbone(backbone).blocks:
        for name, kind, parameters, moving in (
            (f"{block.name}_conv", "Conv2D", 100, 0),
            (f"{block.name}_bn", "BatchNormalization", 40, 20),
        ):
            rows.append(
                BackboneLayer(
                    block=block.name,
                    name=name,
                    kind=kind,
                    output_shape=(5, 5, 10),
                    parameters=parameters,
                    moving=moving,
                    connected=(before,),
                )
            )
            before = name
    return BackboneLayers(layers=tuple(rows))


def array(mean: float, **more: Any) -> WeightArray:
    return WeightArray(
        shape=(10, 10),
        mean=mean,
        std=0.5,
        min=-1.0,
        max=1.0,
        edges=np.linspace(-1, 1, 42, dtype=np.float32),
        counts=np.arange(41),
        **more,
    )


def weights(backbone: str) -> NetworkWeights:
    return NetworkWeights(
        layers={
            layer.name: {"kernel": array(0.125)}
            if layer.kind == "Conv2D"
            else {"gamma": array(1.5), "beta": array(2.5)}
            for layer in layers(backbone).layers
        }
    )


class Answers:
    """Stands for a ready engine, and counts the questions."""

    def __init__(self, moved: dict[str, float], refusal: Exception | None) -> None:
        self.moved, self.refusal = moved, refusal
        self.asked: list[str] = []

    def ask(self, question: Question[Any], /, *, seconds: float, **arguments: Any) -> Any:
        assert QUESTIONS[question.name] is question and seconds > 0
        self.asked.append(question.name)
        if self.refusal:
            raise self.refusal
        if question is BACKBONE_LAYERS:
            return layers(arguments["backbone"])
        if question is BACKBONE_WEIGHTS:
            return weights(arguments["backbone"])
        trained = {"logits": {"kernel": array(7.5), "bias": array(0.0)}}
        for block in self.moved:
            trained[f"{block}_conv"] = {"kernel": array(9.25, before=np.arange(41)[::-1])}
        return NetworkWeights(layers=trained, moved=self.moved)


@pytest.fixture
def answers(let_answer: Callable[[Any], None]) -> Callable[..., Answers]:
    """Return ``answers(moved=..., refusal=...)``: from then on the engine is ready and says this."""

    def give(moved: dict[str, float] | None = None, refusal: Exception | None = None) -> Answers:
        let_answer(found := Answers(moved or {}, refusal))
        return found

    return give


def script(config, run):
    import streamlit as st

    from tl_core.training import TrainingConfig, get_training
    from tl_core.ui import state
    from tl_core.ui.errors import shown_in_place
    from tl_core.ui.lessons import inside

    state.enter_page("train")
    with shown_in_place():
        inside.show(TrainingConfig.from_json(config), get_training(run) if run else None)
    state.leave_page({})
    for sentence in state.notices():
        st.warning(sentence)


def page(changes: dict[str, Any] | None = None, run: Run | None = None, /, **url: str) -> AppTest:
    config = {"dataset": "emoji", **(changes or {})}
    values = {"config": config, "run": run.id if run else ""}
    app = AppTest.from_function(script, default_timeout=60, kwargs=values)
    for name, value in url.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def done(unfrozen: int = 0, **changes: Any) -> Run:
    """Write a run with results whose last `unfrozen` blocks have learned."""
    config = TrainingConfig(**{"dataset": "emoji", "unfrozen": unfrozen, **changes})
    run = open_training(config)
    names = ["animals", "food", "vehicles"]
    files.write_json(run.folder / "model.json", {"class_names": names, "unfrozen": unfrozen})
    files.write_json(run.folder / METRICS, {"validation": {}})
    return run


def alts(app: AppTest) -> list[str]:
    return [chart.proto.alt for chart in app.get("plotly_chart")]


def names(app: AppTest) -> list[str]:
    return list(app.dataframe[0].value.iloc[:, 0])


def test_while_the_engine_starts_it_says_so() -> None:
    assert sound(page()).info[0].value == STARTING


def test_weights_of_backbone_and_head_add_up(answers: Callable[..., Answers]) -> None:
    answers()
    app = page()
    backbone = 140 * len(get_backbone(LITE).blocks)
    head = 1280 * 3 + 3
    assert f"**{head:,}** trainable + {backbone:,} frozen = {backbone + head:,} weights" in words(
        app
    )
    assert f"{backbone:,} weights in the backbone + {head:,} in the head" in words(app)
    table = app.dataframe[0].value
    assert table["Weights"].sum() == backbone + head
    assert list(table["Layer"])[-3:] == ["gap", "dropout_1", "logits"]
    assert table["Connected to"].iloc[-3] == f"{get_backbone(LITE).blocks[-1].last_layer}"


def graph(app: AppTest) -> str:
    app.session_state["network_graph"] = True
    (drawing,) = sound(app.run()).get("graphviz_chart")
    return str(drawing.proto.spec)


def test_the_graph_draws_every_block_and_costs_nothing_while_it_is_folded(
    answers: Callable[..., Answers],
) -> None:
    answers()
    app = page({"unfrozen": 2})
    assert not app.get("graphviz_chart")
    dot = graph(app)
    blocks = [block.name for block in get_backbone(LITE).blocks]
    for before, name in zip(["photo", *blocks], blocks, strict=False):
        assert f'"{before}" -> "{name}";' in dot
    assert dot.count('fillcolor="#5b6ee8"') == 2 + 1  # the two blocks and the layer of the head
    assert "18 blocks, then the head" in words(app) and "one way through" in words(app)


def test_the_graph_of_one_block_has_its_layers(answers: Callable[..., Answers]) -> None:
    answers()
    app = page(in_block="block2a")
    dot = graph(app)
    assert '"block2a_conv" -> "block2a_bn";' in dot and "block3a" not in dot
    assert '"block1a_bn" [label="block1a_bn", style="dashed' in dot
    assert "The block's 2 layers." in words(app)


def test_a_shortcut_goes_around_its_block(
    answers: Callable[..., Answers], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers()
    found = layers(LITE).layers
    place = next(i for i, layer in enumerate(found) if layer.name == "block2b_bn")
    joined = replace(found[place], kind="Add", connected=("block2b_conv", "block2a_bn"))
    changed = BackboneLayers(layers=(*found[:place], joined, *found[place + 1 :]))
    monkeypatch.setattr(f"{__name__}.layers", lambda backbone: changed)
    app = page()
    dot = graph(app)
    for arrow in ('"block2a" -> "block2b"', '"block2a" -> "block2b/joint"'):
        assert f"{arrow};" in dot
    assert '"block2b/joint" -> "block3a";' in dot and '"block2b" -> "block3a"' not in dot
    assert "is a shortcut" in words(app) and "(block2b)" in words(app)


def test_unfrozen_blocks_learn_without_their_normalisation(
    answers: Callable[..., Answers],
) -> None:
    answers()
    table = page({"unfrozen": 2}).dataframe[0].value.set_index("Layer")["Trainable"]
    blocks = [block.name for block in get_backbone(LITE).blocks]
    assert list(table[[f"{name}_conv" for name in blocks[-3:]]]) == ["no", "yes", "yes"]
    assert set(table[[f"{name}_bn" for name in blocks]]) == {"no"}
    assert (table["logits"], table["gap"]) == ("yes", "–")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ({"in_part": "head"}, ["gap", "dropout_1", "logits"]),
        ({"in_block": "stem"}, ["stem_conv", "stem_bn"]),
        ({"in_part": "backbone", "in_block": "stem"}, ["stem_conv", "stem_bn"]),
    ],
)
def test_part_and_block_are_filters(
    answers: Callable[..., Answers], url: dict[str, str], shown: list[str]
) -> None:
    answers()
    assert names(page(**url)) == shown


def test_a_layers_numbers_and_histogram_are_shown(answers: Callable[..., Answers]) -> None:
    answers()
    app = page(in_layer="stem_bn", in_array="beta")
    assert "0.125" not in words(app) and "| 1.5 | 2.5 |" in words(app)
    assert "stem_bn / beta: 820 numbers" in alts(app)[0]
    assert "0.125" in words(page(in_layer="stem_conv"))


def test_untrained_head_has_no_weights_to_see(answers: Callable[..., Answers]) -> None:
    answers()
    app = page(in_part="head")
    assert "Nothing to see here yet" in words(app) and not alts(app)


def test_trained_run_shows_its_head_and_that_nothing_else_moved(
    answers: Callable[..., Answers],
) -> None:
    answers()
    app = page(None, done(), in_part="head")
    assert "7.5" in words(app) and "left the backbone frozen" in words(app)
    assert "Nothing has moved before a training" in words(page(None, done(), in_network="settings"))


def test_fine_tuned_run_shows_how_far_each_block_moved(answers: Callable[..., Answers]) -> None:
    last = get_backbone(LITE).blocks[-1].name
    answers({last: 0.0321})
    app = page(None, done(1), in_layer=f"{last}_conv")
    assert f"{last} 3.2 %" in alts(app)[-1]
    assert "9.25" in words(app) and "0.125" not in words(app)
    frozen = page(None, done(1), in_layer="stem_conv")
    assert "0.125" in words(frozen)


def test_settings_of_another_backbone_do_not_matter_to_the_run(
    answers: Callable[..., Answers],
) -> None:
    answers()
    run = done()
    assert "stem_conv" in names(page({"backbone": "vgg16", "size": 150}, run))
    settings = page({"backbone": "vgg16", "size": 150}, run, in_network="settings")
    assert "block5_conv" in names(settings)


def test_without_the_weights_the_table_is_still_there(
    answers: Callable[..., Answers], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = answers()
    monkeypatch.setattr("tl_core.ui.lessons.inside_weights.weights_source", lambda _: "missing")
    app = page({"backbone": "vgg16", "size": 150})
    assert "block1_conv" in names(app)
    assert "are not on this machine" in app.info[0].value
    assert "backbone_weights" not in found.asked
    random = page({"backbone": "vgg16", "size": 150, "weights": "random"})
    assert not random.info and "0.125" in words(random)


def test_what_the_engine_refuses_is_one_sentence_and_asked_again(
    answers: Callable[..., Answers],
) -> None:
    answers(refusal=EngineUnavailable("The engine is too busy. Try again."))
    assert page().error[0].value == "The engine is too busy. Try again."
    answers()
    assert not page().error


@pytest.mark.parametrize(
    "value",
    [
        [],
        {},
        {"class_names": None},
        {"class_names": 3},
        {"class_names": ["a", "b"], "unfrozen": None},
        {"class_names": ["a", "b"], "unfrozen": "all"},
    ],
    ids=str,
)
def test_a_run_with_a_damaged_description_is_one_sentence(
    answers: Callable[..., Answers], value: Any
) -> None:
    answers()
    run = done()
    files.write_json(run.folder / "model.json", value)
    (sentence,) = (box.value for box in sound(page(None, run)).error)
    assert run.id in sentence and "model.json cannot be read" in sentence.replace("\\", "")


def test_every_question_is_asked_once(answers: Callable[..., Answers]) -> None:
    found = answers()
    app = page()
    sound(app.run())
    page(in_block="stem")
    assert sorted(found.asked) == ["backbone_layers", "backbone_weights"]


@pytest.mark.parametrize(
    "url",
    [
        {"in_part": "legs"},
        {"in_block": "block99"},
        {"in_layer": "../../etc"},
        {"in_array": "x"},
        {"in_network": "y"},
    ],
)
def test_address_that_cannot_be_gives_the_usual_value_and_a_sentence(
    answers: Callable[..., Answers], url: dict[str, str]
) -> None:
    answers()
    app = page(None, done(), **({"in_layer": "stem_bn"} | url))
    assert next(iter(url)) in app.warning[0].value.replace("\\", "")
    assert app.dataframe
