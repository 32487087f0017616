"""Known trainings as data: what each one teaches, its settings, and the figure that its source gives."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from tl_core.datasets.dataset import Dataset
from tl_core.statistics import Proportion
from tl_core.training.augmentation import Augmentation
from tl_core.training.config import TrainingConfig
from tl_core.wording import N_

IGNORED = ("dataset", "fingerprint", "seed")
"""Settings that a recipe leaves to whoever uses it."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A training that somebody has described.

    Args:
        name: stable, for links and tests.
        title: what people call it.
        teaches: what to look for, in a sentence or two.
        settings: fields of `TrainingConfig`; the others keep their defaults.
        source: where it is from.
        published: the validation accuracy given there, 0..1; None if none is.
        published_on: the data of that figure.
        measured: how many of 1,000 photos of cats and dogs this lab had right, with seed 0, the real weights
            and pixels as the backbone wants them, see ``docs/notes.md``; None where that was not run.
        measured_divided: the same with pixels divided by 255.
        divides: whether its source divides pixels by 255, which this backbone was not trained with: there are
            two forms of it then, one as its source has it and one as the backbone wants its pixels.
        copies: numbers of stored copies that may stand for its live changes.
    """

    name: str
    title: str
    teaches: str
    settings: Mapping[str, Any] = field(hash=False)
    source: str
    published: float | None = None
    published_on: str = ""
    measured: Proportion | None = None
    measured_divided: Proportion | None = None
    divides: bool = False
    copies: tuple[int, ...] = ()


def _of_1000(correct: int) -> Proportion:
    return Proportion(correct=correct, n=1000)


_TEXTBOOK = N_("After F. Chollet, Deep Learning with Python (2017), section 5.3")
CATS_AND_DOGS = N_("2,000 photos of cats and dogs")
"""What the notes train on, and what `Recipe.measured` was trained on."""
_VGG16_FLATTEN = {
    "drop_features": False,
    "backbone": "vgg16",
    "size": 150,
    "pooling": "flatten",
    "dense": (256,),
    "activation": "sigmoid",
    "optimizer": "rmsprop",
    "learning_rate": 2e-5,
    "epochs": 30,
    "batch": 20,
    "keep_best": False,
}
_FROM_PIXELS = _VGG16_FLATTEN | {
    "dropout": 0.6,
    "live": True,
    "augmentation": Augmentation(rotation=40, shift=0.2, zoom=0.2, flip_horizontal=True),
}

_ALL = (
    Recipe(
        name="vgg16-gap",
        title=N_("(a) VGG16, cached features, GAP"),
        teaches=N_(
            "One number a channel is enough for a good head. The slow network runs once for each photo; "
            "the 30 epochs after that take seconds."
        ),
        settings={
            "backbone": "vgg16",
            "size": 150,
            "dense": (256,),
            "dropout": 0.0,
            "activation": "sigmoid",
            "learning_rate": 0.001,
            "epochs": 30,
            "batch": 100,
            "keep_best": False,
        },
        source=_TEXTBOOK,
        measured=_of_1000(968),
        measured_divided=_of_1000(889),
        divides=True,
    ),
    Recipe(
        name="vgg16-flatten",
        title=N_("(b) VGG16, cached features, Flatten"),
        teaches=N_(
            "Flatten keeps every position and gives the head two million weights: look whether it learns "
            "its training photos by heart, although half of what its hidden layer says is dropped."
        ),
        settings=_VGG16_FLATTEN | {"dropout": 0.5},
        source=_TEXTBOOK,
        published=0.9040,
        published_on=CATS_AND_DOGS,
        measured=_of_1000(960),
        measured_divided=_of_1000(885),
        divides=True,
    ),
    Recipe(
        name="vgg16-augmented",
        title=N_("(c) VGG16 frozen, changed photos, from pixels"),
        teaches=N_(
            "With other photos in every epoch nothing can be cached: slow, and the gap between the curves "
            "should get smaller."
        ),
        settings=_FROM_PIXELS,
        source=_TEXTBOOK,
        published=0.8660,
        published_on=CATS_AND_DOGS,
        measured=_of_1000(972),
        measured_divided=_of_1000(881),
        divides=True,
        copies=(2, 4, 8),
    ),
    Recipe(
        name="vgg16-fine-tuned",
        title=N_("(d) The same, then its last block too"),
        teaches=N_(
            "What fine-tuning adds: once the head has learned, block5 learns with it at a rate of 0.00001."
        ),
        settings=_FROM_PIXELS | {"unfrozen": 1, "fine_epochs": 30, "fine_rate": 1e-5},
        source=_TEXTBOOK,
        published=0.9190,
        published_on=CATS_AND_DOGS,
        measured=_of_1000(968),
        measured_divided=_of_1000(938),
        divides=True,
    ),
    Recipe(
        name="resnet50-sgd",
        title=N_("(e) ResNet50, avg, softmax, SGD"),
        teaches=N_(
            "Gradient steps with Nesterov momentum: the validation curve may be rougher than with Adam, and "
            "the rate is ten times as large."
        ),
        settings={
            "backbone": "resnet50",
            "size": 224,
            "dropout": 0.0,
            "optimizer": "sgd",
            "learning_rate": 0.01,
        },
        source=N_("Keras applications, pooling avg"),
    ),
    Recipe(
        name="from-scratch",
        title=N_("(f) A small network from scratch"),
        teaches=N_(
            "The baseline without transfer: six convolutions that have seen nothing. Compare its accuracy "
            "and its time with any of the others."
        ),
        settings={
            "backbone": "small-convnet",
            "weights": "random",
            "size": 32,
            "pooling": "flatten",
            "dense": (512,),
            "dropout": 0.5,
            "epochs": 0,
            "unfrozen": 3,
            "fine_epochs": 30,
            "fine_rate": 0.001,
        },
        source=N_("The kind of network that tutorials train on CIFAR-10"),
        published=0.7122,
        published_on=N_("CIFAR-10, ten classes"),
        measured=_of_1000(754),
    ),
    Recipe(
        name="lite0",
        title=N_("(g) Ours: EfficientNet-Lite0, head only"),
        teaches=N_(
            "The best number of these recipes on cats and dogs, in seconds: a small modern network at the "
            "size that it was trained with, and a head with one hidden layer that drops half of its inputs."
        ),
        settings={"size": 224, "dense": (256,), "dropout": 0.5},
        source=N_("This lab"),
        measured=_of_1000(988),
    ),
)


def list_recipes() -> tuple[Recipe, ...]:
    """Return all recipes, in the order in which a course takes them."""
    return _ALL


def recipe_config(
    recipe: Recipe, dataset: Dataset, seed: int = 0, *, divided: bool = False, copies: int = 0
) -> TrainingConfig:
    """Return the training of `recipe` on a dataset; a head of one unit needs two classes.

    Args:
        recipe: which.
        dataset: what it learns from.
        seed: of everything random.
        divided: pixels divided by 255, as in the source of a recipe that `divides`; else as the backbone
            wants them.
        copies: one of the recipe's, instead of live changes; 0 as its source has it.

    Example:
        >>> recipe_config(list_recipes()[-1], get_dataset("emoji")).size
        224
    """
    settings = dict(recipe.settings)
    if len(dataset.class_names) != 2:
        settings.pop("activation", None)
    if divided:
        settings["mistakes"] = ("preprocessing",)
    if copies:
        settings |= {"live": False, "copies": copies}
    return TrainingConfig(
        dataset=dataset.id, fingerprint=dataset.fingerprint, seed=seed, **settings
    )


def follows(
    config: TrainingConfig, recipe: Recipe, dataset: Dataset, *, divided: bool = False
) -> bool:
    """Whether a training has the settings of `recipe`, on this dataset as it is, with any seed."""
    wanted = recipe_config(recipe, dataset, divided=divided)
    names = [one.name for one in fields(TrainingConfig) if one.name not in IGNORED]
    same = all(getattr(config, name) == getattr(wanted, name) for name in names)
    return same and config.fingerprint == dataset.fingerprint
