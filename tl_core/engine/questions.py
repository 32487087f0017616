"""What the engine can be asked: each question with its function in a worker and the type of its answer.

A page asks with `tl_core.ui.asking.ask`; the arguments are those of the function.
"""

from dataclasses import dataclass
from typing import Generic, TypeVar

from tl_core.convolution.answers import Difference, FirstFilters, PhotoMaps
from tl_core.head_math.positions import FeatureMap
from tl_core.lessons.skip import BlockParts
from tl_core.results.answers import ClassScores, HeatMaps
from tl_core.training.forecast import Rates
from tl_core.training.layer_tables import BackboneLayers
from tl_core.training.likeness import Likeness
from tl_core.training.weight_tables import NetworkWeights

Answer = TypeVar("Answer", covariant=True)


@dataclass(frozen=True, kw_only=True)
class Question(Generic[Answer]):
    """A question that a worker answers within seconds.

    Args:
        name: as the log and Dask call it.
        function: ``package.module:name`` of what answers it.
        kept: answers that the web process keeps, the latest; more where they are small.
        can_wait: a worker that does everything does not answer it beside a job, which needs the memory.
    """

    name: str
    function: str
    kept: int
    can_wait: bool = False


PING: Question[str] = Question(name="ping", function="tl_core.engine.tasks:ping", kept=1)

PREDICT: Question[ClassScores] = Question(
    name="predict", function="tl_core.models.answers.prediction:predict", kept=500
)
HEAT_MAP: Question[HeatMaps] = Question(
    name="heat-map", function="tl_core.models.answers.heat_maps:heat_map", kept=100
)
HEAT_MAPS: Question[HeatMaps] = Question(
    name="heat-maps", function="tl_core.models.answers.heat_maps:heat_maps", kept=50
)
FOLLOWED_MAP: Question[FeatureMap] = Question(
    name="followed-map", function="tl_core.models.answers.followed_map:followed_map", kept=40
)
FIRST_FILTERS: Question[FirstFilters] = Question(
    name="first-filters", function="tl_core.models.answers.feature_maps:first_filters", kept=10
)
PHOTO_MAPS: Question[PhotoMaps] = Question(
    name="photo-maps", function="tl_core.models.answers.feature_maps:photo_maps", kept=100
)
COMPARE_WITH_KERAS: Question[Difference] = Question(
    name="compare-with-keras",
    function="tl_core.models.answers.convolution_check:compare_with_keras",
    kept=500,
)
RESIDUAL_BLOCK: Question[BlockParts] = Question(
    name="residual-block", function="tl_core.models.answers.residual_block:residual_block", kept=30
)
BACKBONE_LAYERS: Question[BackboneLayers] = Question(
    name="backbone-layers", function="tl_core.models.answers.layer_table:backbone_layers", kept=30
)
BACKBONE_WEIGHTS: Question[NetworkWeights] = Question(
    name="backbone-weights", function="tl_core.models.answers.layer_table:backbone_weights", kept=8
)
TRAINED_WEIGHTS: Question[NetworkWeights] = Question(
    name="trained-weights", function="tl_core.models.answers.layer_table:trained_weights", kept=20
)
LIKENESS: Question[Likeness] = Question(
    name="likeness",
    function="tl_core.models.answers.likeness:measure_likeness",
    kept=200,
    can_wait=True,
)
FORECAST: Question[Rates] = Question(
    name="forecast",
    function="tl_core.models.answers.forecast:measure_rates",
    kept=200,
    can_wait=True,
)

QUESTIONS = {one.name: one for one in tuple(globals().values()) if isinstance(one, Question)}
"""Every question by its name."""
