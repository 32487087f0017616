"""What the README of an export says of the weights in it."""

from typing import Any

import pytest

from tl_core.exports.formats import KERAS, get_format, list_formats
from tl_core.exports.readme import readme


def contract(**training: Any) -> dict[str, Any]:
    return {
        "class_names": ["cats", "dogs"],
        "input": {"size": 150},
        "validation": {"accuracy": 0.9, "n": 40, "interval": [0.77, 0.96]},
        "training": {"backbone": "vgg16", "weights": "imagenet", **training},
    }


def test_the_version_of_keras_is_named_where_its_file_is():
    text = readme(get_format("keras"), contract(), 0.0)
    assert f'pip install "keras>={KERAS}" tensorflow' in text  # unquoted, > would write to a file
    assert "keras" not in readme(get_format("onnx"), contract(), 0.0)


@pytest.mark.parametrize("form", list_formats(), ids=lambda form: form.name)
def test_every_export_names_those_whose_weights_it_holds(form):
    text = readme(form, contract(), 0.0)
    assert "VGG16" in text and "CC BY 4.0, Visual Geometry Group, Oxford" in text
    lite = readme(form, contract(backbone="efficientnet-lite0"), 0.0)
    assert "Apache-2.0" in lite and "CC BY" not in lite
    for own in (contract(weights="random"), contract(backbone="small-convnet", weights="random")):
        assert "Whose weights" not in readme(form, own, 0.0)
