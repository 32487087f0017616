"""What a run is called in lists and above its results."""

from tl_core.backbones import get_backbone
from tl_core.datasets.catalogue import BUILT_IN, get_dataset
from tl_core.errors import LabError
from tl_core.runs import Run
from tl_core.training import TrainingConfig
from tl_core.ui.text import t, t_marked


def run_title(run: Run) -> str:
    """Return what was learned, with what and how: what tells one run from another."""
    config = TrainingConfig.from_json(run.config)
    layers = "".join(f" → {units}" for units in config.dense)
    parts = (
        dataset_title(config.dataset),
        get_backbone(config.backbone).title,
        t("{size} px", size=config.size),
        ("GAP" if config.pooling == "gap" else "Flatten") + layers,
        t("{n} epochs", n=config.epochs),
        t("seed {seed}", seed=config.seed),
    )
    return " · ".join(parts)


def class_title(dataset: str, name: str) -> str:
    """Return the name of a class of `dataset`: translated if built in, else as its owner wrote it."""
    return t_marked(name) if any(one.id == dataset for one in BUILT_IN) else name


def dataset_title(dataset: str) -> str:
    """Return what people call a dataset, or that it is gone."""
    try:
        return t_marked(get_dataset(dataset).title)
    except LabError:  # deleted since
        return t("deleted dataset")
