"""Networks without ImageNet weights: the baseline that shows what transfer buys."""

from tl_core.backbones.spec import BackboneSpec, Block, Preprocessing
from tl_core.convolution.geometry import Geometry
from tl_core.wording import N_

HALVE = Geometry(kernel=(2, 2), stride=(2, 2))

FROM_SCRATCH = (
    BackboneSpec(
        name="small-convnet",
        title=N_("Small convnet"),
        description=N_(
            "Six 3 × 3 convolutions that have seen nothing: learns from your images alone, for comparison."
        ),
        default_size=64,
        preprocessing=Preprocessing(mean=(127.5, 127.5, 127.5), scale=(127.5, 127.5, 127.5)),
        channels=128,
        parameters=287_008,
        steps=(HALVE,) * 3,
        blocks=tuple(Block(name=f"block{i}", last_layer=f"block{i}_pool") for i in (1, 2, 3)),
        weights=None,
        licence="MIT",
    ),
)
