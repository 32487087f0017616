"""Well-known heads and networks, with where they come from."""

from dataclasses import dataclass

from tl_core.checks import look_up
from tl_core.head_math.heads import HeadConfig
from tl_core.head_math.layers import Layer, Shape
from tl_core.head_math.setups import HeadSetup
from tl_core.wording import N_


@dataclass(frozen=True, kw_only=True)
class HeadPreset(HeadSetup):
    """A set-up that people have met elsewhere."""

    name: str
    title: str
    origin: str


@dataclass(frozen=True, kw_only=True)
class StackPreset:
    """A whole small network for the stack calculator."""

    name: str
    title: str
    origin: str
    input_shape: Shape
    layers: tuple[Layer, ...]


_HEADS = (
    HeadPreset(
        name="textbook",
        title=N_("7 × 7 × 512 into 512 units"),
        origin=N_(
            "The textbook example: VGG16's feature map at 224 px and one layer without bias."
        ),
        free_map=(7, 7, 512),
        config=HeadConfig(pooling="flatten", classes=512, output_bias=False),
    ),
    HeadPreset(
        name="vgg16-cats-and-dogs",
        title=N_("VGG16 at 150 px, 256 units, one output"),
        origin=N_("Chollet, Deep Learning with Python: cats and dogs with a pretrained network."),
        backbone="vgg16",
        size=150,
        config=HeadConfig(pooling="flatten", units=(256,), activation="sigmoid"),
    ),
    HeadPreset(
        name="resnet50-average",
        title=N_("ResNet50 with average pooling, two outputs"),
        origin=N_("The usual short recipe: ResNet50 with pooling='avg' and one Dense layer."),
        backbone="resnet50",
        size=224,
        config=HeadConfig(pooling="gap", classes=2),
    ),
    HeadPreset(
        name="teachable-machine",
        title=N_("Teachable Machine: 1,280 numbers, 100 units, two classes"),
        origin=N_("Google's Teachable Machine: the average over MobileNetV2's last feature map."),
        free_map=(7, 7, 1280),
        config=HeadConfig(pooling="gap", units=(100,), classes=2, output_bias=False),
    ),
    HeadPreset(
        name="ml4kids",
        title=N_("Machine Learning for Kids: 12,544 numbers, 100 units, two classes"),
        origin=N_("Machine Learning for Kids: MobileNet's last feature map, flattened."),
        free_map=(7, 7, 256),
        config=HeadConfig(pooling="flatten", units=(100,), classes=2, output_bias=False),
    ),
)

_STACKS = (
    StackPreset(
        name="cifar10",
        title=N_("A small network for CIFAR-10"),
        origin=N_("TensorFlow's tutorial 'Convolutional Neural Network (CNN)'."),
        input_shape=(32, 32, 3),
        layers=(
            Layer(kind="Conv2D", units=32, kernel=3),
            Layer(kind="MaxPooling2D"),
            Layer(kind="Conv2D", units=64, kernel=3),
            Layer(kind="MaxPooling2D"),
            Layer(kind="Conv2D", units=64, kernel=3),
            Layer(kind="Flatten"),
            Layer(kind="Dense", units=64),
            Layer(kind="Dense", units=10),
        ),
    ),
)

NO_EXAMPLE = N_("There is no example called {name}. Choose one of: {valid}.")
_HEADS_BY_NAME = {preset.name: preset for preset in _HEADS}
_STACKS_BY_NAME = {preset.name: preset for preset in _STACKS}


def list_presets() -> tuple[HeadPreset, ...]:
    """Return the well-known heads."""
    return _HEADS


def get_preset(name: str) -> HeadPreset:
    """Return the head called `name`.

    Raises:
        SettingInvalid: if there is none of that name; the message lists the valid ones.
    """
    return look_up(_HEADS_BY_NAME, name, NO_EXAMPLE)


def list_stack_presets() -> tuple[StackPreset, ...]:
    """Return the well-known small networks."""
    return _STACKS


def get_stack_preset(name: str) -> StackPreset:
    """Return the small network called `name`.

    Raises:
        SettingInvalid: if there is none of that name; the message lists the valid ones.
    """
    return look_up(_STACKS_BY_NAME, name, NO_EXAMPLE)
