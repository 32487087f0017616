"""About how long a training takes, before anything is measured: to tell the small ones from the long ones.

The forecast that a page shows times a batch, which takes the engine and is put off while somebody trains:
just when it matters who waits for whom. This counts instead: the multiplications of a pass over a photo, at a
pace that two cores keep up with every backbone. It is rather too long than too short.
"""

from contextlib import suppress
from math import prod

from tl_core.backbones import get_backbone
from tl_core.datasets.catalogue import get_dataset
from tl_core.errors import LabError
from tl_core.runs import Run
from tl_core.runs.cost import Cost
from tl_core.training import Training, TrainingConfig
from tl_core.training.forecast import WORKER_BYTES, Counts, Rates, space, times

MULTIPLICATIONS_PER_SECOND = 15e9
"""EfficientNet-Lite0 at 160 px was timed at 20e9 on two cores, VGG16 at 150 px at 19e9."""
BACKWARD = 3
"""A training step takes about three times the multiplications of looking at the photo."""
BUILD_SECONDS = 10.0
"""Until the first step of fine-tuning is over."""


def expected_cost(run: Run) -> Cost | None:
    """Return roughly what a training takes, if none of its features are there yet; None if nothing tells."""
    if run.kind != TrainingConfig.KIND:
        return None
    with suppress(LabError):
        config = Training.of(run).settings
        dataset = get_dataset(config.dataset)
        counts = Counts(train=len(dataset.images), held_out=0, classes=len(dataset.class_names))
        seconds = times(config, counts, _rates(config)).total
        return Cost(seconds=seconds, memory=WORKER_BYTES + space(config, counts).memory)
    return None


def _rates(config: TrainingConfig) -> Rates:
    pace = MULTIPLICATIONS_PER_SECOND
    learning = _multiplications(config, config.unfrozen)
    return Rates(
        images_per_second=pace
        / _multiplications(config, len(get_backbone(config.backbone).blocks)),
        fine_images_per_second=pace / (BACKWARD * learning) if learning else 0.0,
        start_seconds=BUILD_SECONDS if learning else 0.0,
    )


def _multiplications(config: TrainingConfig, blocks: int) -> int:
    """Return about how many multiplications the last blocks take for a photo: each weight at every place."""
    spec = get_backbone(config.backbone)
    numbered = list(enumerate(spec.block_facts))
    return sum(
        facts.weights * prod(spec.block_shape(index, config.size)[:2])
        for index, facts in numbered[len(numbered) - blocks :]
    )
