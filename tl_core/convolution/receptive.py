"""What a pixel deep inside a stack of layers sees of the image."""

from collections.abc import Sequence
from dataclasses import dataclass

from tl_core.convolution.geometry import Geometry, Pair


@dataclass(frozen=True, kw_only=True)
class ReceptiveField:
    """What one axis of a feature map sees, in image pixels.

    Attributes:
        size: pixels that one output sees.
        jump: pixels between what neighbouring outputs see.
        first: the first pixel that output 0 sees; negative is padding.
    """

    size: int = 1
    jump: int = 1
    first: int = 0

    def seen_by(self, output: int) -> Pair:
        """Return the first and the last image pixel that `output` sees; they may lie in the padding."""
        start = self.first + output * self.jump
        return start, start + self.size - 1


def receptive_fields(
    layers: Sequence[Geometry], image_size: Pair
) -> list[tuple[ReceptiveField, ReceptiveField]]:
    """Return the receptive field, (vertical, horizontal), after each layer of a chain.

    The recurrence is the one of Araujo, Norris and Sim, "Computing receptive fields of convolutional neural
    networks" (https://distill.pub/2019/computing-receptive-fields/).

    Args:
        layers: from the image inwards; pooling is a layer whose kernel is its window.
        image_size: (height, width) in pixels; padding ``same`` depends on it.

    Raises:
        SettingInvalid: a layer does not fit on what the layer before leaves.

    Example:
        >>> vertical, _ = receptive_fields([Geometry(kernel=(3, 3))] * 2, (9, 9))[-1]
        >>> vertical.size
        5
    """
    fields, size = [], image_size
    pair = ReceptiveField(), ReceptiveField()
    for geometry in layers:
        axes = geometry.axes(size)
        vertical, horizontal = (
            ReceptiveField(
                size=field.size + (axis.reach - 1) * field.jump,
                jump=field.jump * axis.stride,
                first=field.first - axis.before * field.jump,
            )
            for field, axis in zip(pair, axes, strict=True)
        )
        pair = vertical, horizontal
        fields.append(pair)
        size = axes[0].output, axes[1].output
    return fields
