"""What the engine can be asked: each question with its function in a worker and the type of its answer.

A page asks with `tl_core.ui.asking.ask`; the arguments are those of the function.
"""

from dataclasses import dataclass
from typing import Generic, TypeVar

from tl_core.convolution.answers import (
    Depth,
    Difference,
    FirstFilters,
    FirstLayer,
    Liked,
    PhotoMaps,
)
from tl_core.head_math.positions import FeatureMap
from tl_core.head_math.times import HeadTimes
from tl_core.lessons.skip import BlockParts
from tl_core.prediction.class_maps import ClassMaps
from tl_core.prediction.damage import Broken
from tl_core.prediction.following import Followed
from tl_core.prediction.head import TrainedHead
from tl_core.prediction.imagenet import ImageNetGuesses
from tl_core.prediction.nearness import Nearness
from tl_core.prediction.reasons import LoudChannels, OcclusionRow
from tl_core.results.answers import ClassScores, HeatMaps
from tl_core.results.photo_map import PhotoMap
from tl_core.training.forecast import Rates
from tl_core.training.layer_tables import BackboneLayers
from tl_core.training.likeness import Likeness
from tl_core.training.weight_tables import NetworkWeights

Answer = TypeVar("Answer", covariant=True)


@dataclass(frozen=True)
class Question(Generic[Answer]):
    """A question that a worker answers within seconds.

    Args:
        function: ``package.module:name`` of what answers it.
        kept: how many answers the web process keeps, the latest; more where they are small.
        can_wait: a worker that does everything does not answer it beside a job, which needs the memory.
    """

    function: str
    kept: int
    can_wait: bool = False

    @property
    def name(self) -> str:
        """What Dask and the log call it."""
        return self.function.rpartition(":")[2]

    @property
    def keras(self) -> bool:
        """Whether Keras itself must answer it, in a worker that trains.

        All others are answered without it, by workers that stay small and are there at once.
        """
        return self.function.startswith("tl_core.models.")

    @property
    def resource(self) -> str:
        """What it needs of a worker."""
        return "keras" if self.keras else "infer"


PING: Question[str] = Question("tl_core.engine.tasks:ping", 1)

PREDICT: Question[ClassScores] = Question("tl_core.answers.prediction:predict", 500)
IMAGENET: Question[ImageNetGuesses] = Question("tl_core.answers.imagenet:imagenet_guesses", 500)
CLASS_MAPS: Question[ClassMaps] = Question("tl_core.answers.imagenet:class_maps", 200)
HEAT_MAP: Question[HeatMaps] = Question("tl_core.answers.heat_maps:heat_map", 100)
HEAT_MAPS: Question[HeatMaps] = Question("tl_core.answers.heat_maps:heat_maps", 50)
FOLLOW: Question[Followed] = Question("tl_core.answers.following:follow", 100)
BREAK: Question[Broken] = Question("tl_core.answers.breaking:break_photo", 300)
NEARNESS: Question[Nearness] = Question("tl_core.answers.nearest:nearness", 500)
PHOTO_MAP: Question[PhotoMap] = Question("tl_core.answers.photo_map:photo_map", 40)
OCCLUSION: Question[OcclusionRow] = Question("tl_core.answers.reasons:occlusion", 800)
LOUD_CHANNELS: Question[LoudChannels] = Question("tl_core.answers.reasons:loud_channels", 100)
FOLLOWED_MAP: Question[FeatureMap] = Question("tl_core.answers.followed_map:followed_map", 40)
HEAD_TIMES: Question[HeadTimes] = Question(
    "tl_core.models.answers.head_times:time_heads", 200, can_wait=True
)
FIRST_FILTERS: Question[FirstFilters] = Question(
    "tl_core.models.answers.first_layer:first_filters", 10
)
FIRST_LAYER: Question[FirstLayer] = Question("tl_core.models.answers.first_layer:first_layer", 20)
PHOTO_MAPS: Question[PhotoMaps] = Question("tl_core.answers.feature_maps:photo_maps", 100)
CHANNEL_MAP: Question[Depth] = Question("tl_core.answers.feature_maps:channel_map", 500)
LIKED: Question[Liked] = Question("tl_core.models.answers.liked:liked", 300, can_wait=True)
COMPARE_WITH_KERAS: Question[Difference] = Question(
    "tl_core.models.answers.convolution_check:compare_with_keras", 500
)
LIVE_HEAD: Question[TrainedHead] = Question("tl_core.answers.live_head:live_head", 20)
RESIDUAL_BLOCK: Question[BlockParts] = Question("tl_core.answers.residual_block:residual_block", 30)
BACKBONE_LAYERS: Question[BackboneLayers] = Question(
    "tl_core.models.answers.layer_table:backbone_layers", 30
)
BACKBONE_WEIGHTS: Question[NetworkWeights] = Question(
    "tl_core.models.answers.layer_table:backbone_weights", 8
)
TRAINED_WEIGHTS: Question[NetworkWeights] = Question(
    "tl_core.models.answers.layer_table:trained_weights", 20
)
LIKENESS: Question[Likeness] = Question(
    "tl_core.models.answers.likeness:measure_likeness", 200, can_wait=True
)
FORECAST: Question[Rates] = Question("tl_core.answers.forecast:measure_rates", 200, can_wait=True)
FORECAST_TUNING: Question[Rates] = Question(
    "tl_core.models.answers.forecast_tuning:measure_tuning", 200, can_wait=True
)

QUESTIONS = {one.name: one for one in tuple(globals().values()) if isinstance(one, Question)}
"""Every question by its name."""
