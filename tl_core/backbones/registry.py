"""All backbones, read through functions."""

from tl_core.backbones.efficientnet_lite import EFFICIENTNET_LITE
from tl_core.backbones.from_scratch import FROM_SCRATCH
from tl_core.backbones.keras_applications import KERAS_APPLICATIONS
from tl_core.backbones.spec import BackboneSpec
from tl_core.checks import look_up
from tl_core.wording import N_

DEFAULT_BACKBONE = "efficientnet-lite0"

_BY_NAME = {spec.name: spec for spec in (*EFFICIENTNET_LITE, *KERAS_APPLICATIONS, *FROM_SCRATCH)}


def list_backbones(*, untrained: bool = False) -> tuple[BackboneSpec, ...]:
    """Return all backbones, the default one first.

    Args:
        untrained: whether networks that have no ImageNet weights are among them, last.
    """
    return tuple(spec for spec in _BY_NAME.values() if spec.weights or untrained)


def get_backbone(name: str) -> BackboneSpec:
    """Return the backbone called `name`.

    Raises:
        SettingInvalid: if there is none of that name; the message lists the valid ones.

    Example:
        >>> get_backbone("vgg16").channels
        512
    """
    refusal = N_("There is no backbone called {name}. Choose one of: {valid}.")
    return look_up(_BY_NAME, name, refusal)
