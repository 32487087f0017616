"""What a run is called in lists and above its results."""

from tl_core.backbones import get_backbone
from tl_core.datasets.catalogue import DatasetSummary, built_in_classes, get_dataset
from tl_core.datasets.dataset import Dataset
from tl_core.errors import LabError
from tl_core.run_book import read_label
from tl_core.training import OPTIMIZERS, Training, TrainingConfig
from tl_core.training.augmentation import Augmentation
from tl_core.training.mistakes import get_mistake
from tl_core.ui.text import every_language, say, t, t_marked, tn
from tl_core.wording import LANGUAGES, percent

OPTIMIZER_TITLES = dict(zip(OPTIMIZERS, ("Adam", "RMSprop", "SGD"), strict=True))


def run_title(run: Training, *, from_where: bool = True) -> str:
    """Return what somebody has called the run, else what was learned, with what and how.

    Args:
        run: which.
        from_where: whether the dataset is told; a list of runs with the same one has room for what differs.
    """
    if title := read_label(run).title:
        return title
    return settings_title(run.settings, dataset_title(run.settings.dataset) if from_where else "")


def settings_title(config: TrainingConfig, dataset: str) -> str:
    """Return what tells one run from another; what differs most often comes first, for narrow tables.

    Args:
        config: its settings.
        dataset: what people call the dataset; empty where that is said elsewhere.
    """
    spec = get_backbone(config.backbone)
    layers = "".join(f" → {units}" for units in config.dense)
    parts = (
        dataset,
        *(t("broken: {mistake}", mistake=_mistake_title(name)) for name in config.mistakes),
        strategy(config.unfrozen, len(spec.blocks)),
        _epochs(config),
        t("seed {seed}", seed=config.seed),
        *_unusual(config),
        *_changes(config),
        spec.title,
        t("{size} px", size=config.size),
        ("GAP" if config.pooling == "gap" else "Flatten") + layers,
    )
    return " · ".join(filter(None, parts))


def _epochs(config: TrainingConfig) -> str:
    if config.unfrozen and config.epochs:
        return t("{head} + {fine} epochs", head=config.epochs, fine=config.fine_epochs)
    return tn("{n} epoch", "{n} epochs", config.fine_epochs if config.unfrozen else config.epochs)


def _changes(config: TrainingConfig) -> list[str]:
    """Return how the training photos are changed, and when; what is not so is empty."""
    changed = amounts_of_change(config.augmentation)
    return [
        t("changed photos ({amounts})", amounts=changed) if changed else "",
        tn("{n} stored copy", "{n} stored copies", config.copies) if config.copies else "",
        t("from pixels in every epoch") if config.live else "",
    ]


def amounts_of_change(changes: Augmentation) -> str:
    """Return how far photos are changed, in words and arrows; empty where they are not."""
    told = {
        "rotation": t("rotation ±{degrees}°", degrees=f"{changes.rotation:g}"),
        "shift": t("shift {share}", share=percent(changes.shift, 0)),
        "zoom": t("zoom {share}", share=percent(changes.zoom, 0)),
        "flip_horizontal": "↔",
        "flip_vertical": "↕",
        "brightness": t("brightness {share}", share=percent(changes.brightness, 0)),
        "contrast": t("contrast {share}", share=percent(changes.contrast, 0)),
    }
    return ", ".join(text for field, text in told.items() if getattr(changes, field))


def _unusual(config: TrainingConfig) -> list[str]:
    """Return the settings of the steps that are not the usual ones: what else two runs may differ in."""
    usual = TrainingConfig(dataset="")
    told = {
        "weights": t("random weights"),
        "optimizer": OPTIMIZER_TITLES[config.optimizer],
        "learning_rate": t("rate {rate}", rate=f"{config.learning_rate:g}"),
        "batch": t("batch {n}", n=config.batch),
        "dropout": t("dropout {share}", share=f"{config.dropout:g}"),
        "activation": config.activation,
        "keep_best": t("last epoch kept"),
        "patience": t("stops early after {n}", n=config.patience),
        "plateau": t("halves the rate after {n}", n=config.plateau),
        "schedule": t("cosine"),
        "balanced": t("classes count the same"),
        "smoothing": t("labels smoothed by {share}", share=f"{config.smoothing:g}"),
        "mix": mix_title(config.mix),
        "validation": t("{share} for validation", share=percent(config.validation, 0)),
        "test": t("{share} for the test", share=percent(config.test, 0)),
    }
    if config.schedule == "cosine":
        told["warm_up"] = t("warm-up {share}", share=percent(config.warm_up, 0))
    if config.dense and config.dropout:
        told["drop_features"] = t("features not dropped")
    if not config.epochs:
        told["learning_rate"] = ""  # the head learns at the rate of the blocks
    if config.unfrozen:
        told["fine_rate"] = t("fine-tuning rate {rate}", rate=f"{config.fine_rate:g}")
        told["layer_decay"] = t("rate × {share} a block", share=f"{config.layer_decay:g}")
    return [text for field, text in told.items() if getattr(config, field) != getattr(usual, field)]


def mix_title(mix: str) -> str:
    """Return what a way of mixing photos is called everywhere; empty for none."""
    return {"mixup": "MixUp", "cutmix": "CutMix"}.get(mix, "")


def _mistake_title(name: str) -> str:
    return t_marked(get_mistake(name).title)


def strategy(unfrozen: int, blocks: int) -> str:
    """Return which part of the network learns, when the last `unfrozen` of its `blocks` do."""
    if not unfrozen:
        return t("head only")
    if unfrozen >= blocks:
        return t("everything")
    return tn("last block", "last {n} blocks", unfrozen)


def class_title(dataset: str, name: str) -> str:
    """Return the name of a class of `dataset`: translated if it is built in, else as somebody wrote it.

    A class of a changed version of a built-in dataset is built in too, unless it was renamed.
    """
    return t_marked(name) if name in built_in_classes(dataset) else name


def class_titles(dataset: str, name: str) -> tuple[str, ...]:
    """Return what `class_title` does in each of the lab's languages."""
    known = name in built_in_classes(dataset)
    return every_language(name) if known else (name,) * len(LANGUAGES)


def dataset_title(dataset: str) -> str:
    """Return what people call a dataset and how it was changed, or that it is gone."""
    try:
        return title_with_changes(get_dataset(dataset))
    except LabError:  # deleted since
        return t("deleted dataset")


def title_with_changes(dataset: Dataset | DatasetSummary) -> str:
    """Return the title, and what made this version of the one before it: ``Emoji (Left out: 1)``."""
    title, changes = t_marked(dataset.title), changes_text(dataset)
    return f"{title} ({changes})" if changes else title


def changes_text(dataset: Dataset | DatasetSummary) -> str:
    """Return what made this version of the one before it, in words; empty where that is not known."""
    return ", ".join(map(say, dataset.change))
