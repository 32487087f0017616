"""The code that the calculator exports builds exactly the heads that it shows."""

import contextlib
import io
import random

import keras
import pytest

from tl_core.head_math import POOLINGS, HeadConfig, HeadSetup, list_presets, totals
from tl_core.head_math.code import keras_code, variable


def built(setup: HeadSetup) -> dict[str, keras.Model]:
    names: dict[str, object] = {}
    with contextlib.redirect_stdout(io.StringIO()):  # the code prints its summaries
        exec(keras_code(setup, tuple(POOLINGS)), names)
    return {pooling: names[variable(pooling)] for pooling in POOLINGS}


def random_setup(seed: int) -> HeadSetup:
    dice = random.Random(seed)
    activation = dice.choice(("softmax", "sigmoid"))
    config = HeadConfig(
        units=tuple(dice.randint(1, 40) for _ in range(dice.randint(0, 4))),
        classes=2 if activation == "sigmoid" else dice.randint(2, 9),
        activation=activation,
        use_bias=dice.random() < 0.5,
        output_bias=dice.random() < 0.5,
        dropout=dice.choice((0.0, 0.3)),
    )
    return HeadSetup(config=config, free_map=tuple(dice.randint(1, 12) for _ in range(3)))


@pytest.mark.parametrize(
    "setup", [*list_presets(), *map(random_setup, range(12))], ids=lambda setup: setup.text
)
def test_the_exported_code_builds_heads_with_these_weights(setup: HeadSetup) -> None:
    for pooling, model in built(setup).items():
        rows = setup.rows(pooling)
        assert model.count_params() == totals(rows).parameters
        assert model.input_shape[1:] == setup.feature_map
        assert [layer.output.shape[1:] for layer in model.layers if layer.name == "logits"] == [
            rows[-1].output_shape
        ]
        kept = [layer.name for layer in model.layers if layer.name != model.layers[0].name]
        assert sorted(kept) == sorted(row.name for row in rows)
        assert model.layers[-1].activation.__name__ == setup.config.activation


def test_code_on_a_backbone_names_it_and_stays_runnable() -> None:
    code = keras_code(list_presets()[1])
    assert "# backbone = keras.applications.VGG16(" in code
    assert "input_shape=(150, 150, 3)" in code
