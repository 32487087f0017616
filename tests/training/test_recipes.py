import dataclasses
from pathlib import Path

import pytest

from tl_core.backbones import get_backbone
from tl_core.datasets.catalogue import get_dataset
from tl_core.training import TrainingConfig
from tl_core.training.preprocessing import DIVIDED_BY_255, preprocessing_of
from tl_core.training.recipes import follows, list_recipes, recipe_config

NOTES = Path(__file__).parents[2] / "docs" / "notes.md"
EMOJI = get_dataset("emoji")
PETS = dataclasses.replace(
    EMOJI,
    class_names=("cats", "dogs"),
    images=tuple(image for image in EMOJI.images if image.label < 2),
)


@pytest.mark.parametrize("recipe", list_recipes(), ids=lambda recipe: recipe.name)
@pytest.mark.parametrize("dataset", [EMOJI, PETS], ids=["three-classes", "two-classes"])
def test_a_recipe_is_a_training_that_the_lab_accepts(recipe, dataset):
    config = recipe_config(recipe, dataset)
    spec = get_backbone(config.backbone)
    spec.check_size(config.size)
    spec.check_unfrozen(config.unfrozen)
    assert config.activation == "softmax" or len(dataset.class_names) == 2
    assert (config.weights == "random") == (spec.weights is None)
    assert TrainingConfig.from_json(config.as_json()) == config


def test_published_figures_are_those_of_their_sources():
    figures = {recipe.name: recipe.published for recipe in list_recipes()}
    assert figures == {
        "vgg16-gap": None,
        "vgg16-flatten": 0.9040,
        "vgg16-augmented": 0.8660,
        "vgg16-fine-tuned": 0.9190,
        "resnet50-sgd": None,
        "from-scratch": 0.7122,
        "lite0": None,
    }
    assert all(r.source and bool(r.published_on) == bool(r.published) for r in list_recipes())


def test_figures_measured_here_are_those_that_the_documentation_tells():
    lines = NOTES.read_text().splitlines()
    table = [line.strip("| ").split(" | ") for line in lines if line.startswith("| (")]
    told = {(title, pixels): each.split(",")[0] for title, pixels, _, each, *_ in table}
    shown = {}
    for recipe in list_recipes():
        forms = {"as the backbone wants": recipe.measured, "/ 255": recipe.measured_divided}
        for pixels, found in forms.items():
            assert found is None or found.n == 1000
            if found:
                shown[recipe.title, pixels] = f"{found.accuracy:.4f}"
        assert (recipe.measured is None) or recipe.divides == bool(recipe.measured_divided)
    assert shown == told


def test_the_recipe_that_is_said_to_have_the_best_number_has_it():
    measured = {one.name: one.measured.correct for one in list_recipes() if one.measured}
    assert max(measured, key=measured.__getitem__) == "lite0" and len(measured) > 1
    (best,) = (one.name for one in list_recipes() if "The best number" in one.teaches)
    assert best == "lite0"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"seed": 3}, True),  # of the same recipe
        ({"dropout": 0.4}, False),
        ({"unfrozen": 1}, False),
        ({"fingerprint": "another"}, False),  # the data have changed since
        ({"mistakes": ("leak",)}, False),
    ],
)
def test_a_run_counts_as_a_recipes_only_with_all_of_its_settings(changes, expected):
    (recipe,) = (one for one in list_recipes() if one.name == "vgg16-flatten")
    config = dataclasses.replace(recipe_config(recipe, PETS), **changes)
    assert follows(config, recipe, PETS) is expected


def test_the_two_forms_of_a_recipe_differ_in_what_is_done_to_pixels_and_are_told_apart():
    forms = {recipe.name for recipe in list_recipes() if recipe.divides}
    assert forms == {"vgg16-gap", "vgg16-flatten", "vgg16-augmented", "vgg16-fine-tuned"}
    (recipe,) = (one for one in list_recipes() if one.name == "vgg16-flatten")
    right, divided = (recipe_config(recipe, PETS, divided=form) for form in (False, True))
    assert dataclasses.replace(divided, mistakes=()) == right != divided
    assert preprocessing_of(divided) == DIVIDED_BY_255 != preprocessing_of(right)
    assert [follows(divided, recipe, PETS, divided=form) for form in (False, True)] == [False, True]
    assert [follows(right, recipe, PETS, divided=form) for form in (False, True)] == [True, False]
