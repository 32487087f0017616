"""Classic mistakes that a class makes on purpose, to see what becomes of the training."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tl_core.backbones import BackboneSpec
from tl_core.checks import check_choice
from tl_core.training.config import MISTAKES, TrainingConfig
from tl_core.wording import N_

UNFROZEN_AT_LEAST = 3
"""Blocks that learn where a mistake is about fine-tuning; fewer would hide it."""
HOT_RATE = 0.01


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """One of `training.MISTAKES`, in words.

    Args:
        name: as in a training's configuration.
        title: what people call it.
        does: what happens to the training.
        explanation: what the learner has seen, told afterwards.
        right: the setting that is right.
        fine_tunes: whether it is about fine-tuning, and so needs blocks that learn.
    """

    name: str
    title: str
    does: str
    explanation: str
    right: str
    fine_tunes: bool = False


_ALL = (
    Mistake(
        name="preprocessing",
        title=N_("Wrong preprocessing"),
        does=N_("Divides every pixel by 255, whatever the backbone was trained with."),
        explanation=N_(
            "Every backbone was trained with a scaling of its own. EfficientNet-Lite0 expects −1 to 1 and "
            "gets 0 to 1, a pale photo: after 2,000 photos of cats and dogs it is right on 96.6 % of 1,000 "
            "others instead of 97.3 %. VGG16 expects about −124 to 151, where 0 is the mean colour, and gets "
            "a photo that is nearly grey all over: 88.6 % instead of 96.3 %, and after 200 photos 82.3 % "
            "instead of 93.2 %. It is no collapse, which makes it hard to notice: nothing warns you, the "
            "loss falls, and the result looks as if it were all that the network can do."
        ),
        right=N_(
            "Use the preprocessing that belongs to the backbone: VGG16 and ResNet50 want BGR minus a mean, "
            "MobileNetV2 −1 to 1, EfficientNetV2 0 to 255. The lab keeps it with each backbone."
        ),
    ),
    Mistake(
        name="one-unit",
        title=N_("Softmax with one unit"),
        does=N_("Ends the network in a single unit with softmax. For two classes only."),
        explanation=N_(
            "Softmax divides e to the power of each unit's value by the sum of all of these. With a single "
            "unit that is always 1, whatever the photo: every photo is called the second class, and the "
            "accuracy stays where it is. The loss falls all the same, and the weights become those of a "
            "sigmoid, bit for bit: Keras' cross entropy does not read the answer but the number before the "
            "activation, which is more exact, and takes it for a sigmoid's. So a falling loss does not prove "
            "that the answers are right."
        ),
        right=N_("One unit with sigmoid, or two units with softmax."),
    ),
    Mistake(
        name="hot-unfreeze",
        title=N_("Unfreeze with an untrained head"),
        does=N_("Leaves out the first phase and fine-tunes at a rate of 0.01 at once."),
        explanation=N_(
            "The rate was far too large for weights that had learned already, and the errors of an untrained "
            "head are large: after a few steps much of what ImageNet had taught the unfrozen blocks was "
            "gone, and few photos do not bring it back."
        ),
        right=N_(
            "First train the head with the backbone frozen, then unfreeze and go on at a small rate, such as "
            "0.0003 or less."
        ),
        fine_tunes=True,
    ),
    Mistake(
        name="batch-norm",
        title=N_("Let BatchNormalization train"),
        does=N_("Unfreezes the normalisation layers with the blocks that learn."),
        explanation=N_(
            "The normalisation layers measured mean and variance anew in every small batch, and their moving "
            "averages, with which the validation images are judged, ran behind. Look at the validation curve "
            "where the blocks begin to learn: it may dip there, or not. With luck nothing is lost; do not "
            "count on it."
        ),
        right=N_(
            "Set trainable = False on every BatchNormalization after unfreezing, before you compile. "
            "A call with training=False is not enough: it does not hold inside fit."
        ),
        fine_tunes=True,
    ),
    Mistake(
        name="shuffled-labels",
        title=N_("Shuffled labels"),
        does=N_(
            "Gives the training images each other's labels, at random; the validation images keep theirs."
        ),
        explanation=N_(
            "There was nothing to learn but the images themselves. The training accuracy rose all the same: "
            "the network learned by heart which image has which label. The validation accuracy stayed near "
            "what guessing gets (the dashed lines), which is how you find such a fault in your own data."
        ),
        right=N_("Look at some images of every class, with their labels, before you train."),
    ),
    Mistake(
        name="leak",
        title=N_("Same images in training and validation"),
        does=N_("Lets the network learn from the validation images too."),
        explanation=N_(
            "The validation accuracy was too good to be true, and it was not true: the network had seen "
            "those images with their answers. It says nothing about new photos. Copies of one photo in both "
            "parts, or frames of one film, do the same without anybody noticing."
        ),
        right=N_(
            "Divide first, by photo and not by file, and keep a test part that is looked at once."
        ),
    ),
)

_BY_NAME = {mistake.name: mistake for mistake in _ALL}


def list_mistakes() -> tuple[Mistake, ...]:
    """Return all mistakes, in the order of `training.MISTAKES`."""
    return tuple(_BY_NAME[name] for name in MISTAKES)


def get_mistake(name: str) -> Mistake:
    """Return the mistake called `name`.

    Raises:
        SettingInvalid: if there is none of that name; the message lists the valid ones.
    """
    check_choice("mistakes", name, MISTAKES)
    return _BY_NAME[name]


def can_be_made(mistake: Mistake, spec: BackboneSpec, classes: int) -> bool:
    """Whether a mistake does anything with this backbone and so many classes."""
    match mistake.name:
        case "one-unit":
            return classes == 2
        case "batch-norm":
            return any(block.trainable > block.learned for block in spec.block_facts)
        case _:
            return True


def with_mistakes(config: TrainingConfig, names: Sequence[str], blocks: int) -> TrainingConfig:
    """Return a training that makes these mistakes, and whose other settings let them be seen.

    Args:
        config: the training as it was set up.
        names: of the mistakes.
        blocks: of the backbone.

    Raises:
        SettingInvalid: there is no such mistake.
    """
    mistakes = [get_mistake(name) for name in names]
    if any(mistake.fine_tunes for mistake in mistakes):
        least = min(UNFROZEN_AT_LEAST, blocks)
        # The best epoch would be one from before the damage.
        config = replace(config, unfrozen=max(config.unfrozen, least), keep_best=False)
    if "hot-unfreeze" in names:
        config = replace(config, epochs=0, fine_rate=HOT_RATE)
    return replace(config, mistakes=tuple(name for name in MISTAKES if name in names))
