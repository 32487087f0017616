"""Every setting of a training: what people call it, how its value is shown, and which control sets it.

The one place that knows which URL parameter stands for which field of `TrainingConfig`: a new control is
named here, and "Repeat with one change" and the recipes can set it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tl_core.backbones import get_backbone
from tl_core.errors import SettingInvalid
from tl_core.training import TrainingConfig
from tl_core.training.augmentation import Augmentation
from tl_core.ui.run_titles import (
    OPTIMIZER_TITLES,
    amounts_of_change,
    dataset_title,
    mix_title,
    strategy,
)
from tl_core.ui.text import t, t_marked
from tl_core.ui.training import mistakes
from tl_core.ui.training.more import rate_text
from tl_core.wording import N_

SHARES_CHANGED = ("shift", "zoom", "brightness", "contrast")
"""Amounts of augmentation that are shares; their controls are percentages of the same name."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One field of `TrainingConfig`.

    Args:
        field: its name.
        title: what people call it, marked with `N_`.
        control: name of its control in the URL; empty where there is none, or more than one.
        write: turns the value into the control's text in the URL.
        spread: turns the value into the texts of several controls.
        show: turns the configuration into what a table says, in the session's language.
    """

    field: str
    title: str
    control: str = ""
    write: Callable[[Any], str] = str
    spread: Callable[[Any], Mapping[str, str]] | None = None
    show: Callable[[TrainingConfig], str] | None = None


def settings_parameters(config: TrainingConfig) -> dict[str, str]:
    """Return the URL parameters that set every control of the training section to `config`.

    All of them, the usual values too: a control that is not named keeps what the session last gave it. No
    text stands for the control's default. A value that its control does not offer, such as two hidden
    layers, is refused there in one sentence.

    Example:
        >>> settings_parameters(TrainingConfig(dataset="emoji", seed=7))["seed"]
        '7'
    """
    parameters: dict[str, str] = {}
    for setting in SETTINGS:
        value = getattr(config, setting.field)
        if setting.control:
            parameters[setting.control] = setting.write(value)
        if setting.spread:
            parameters |= setting.spread(value)
    if get_backbone(config.backbone).weights is None:
        # They have no controls there: what waits for one would be taken by the next backbone.
        parameters |= dict.fromkeys(("weights", "unfrozen", "epochs"), "")
    return parameters


def setting_title(field: str) -> str:
    """Return what people call a field of `TrainingConfig`, in the session's language."""
    return t_marked(_get(field).title)


def setting_text(config: TrainingConfig, field: str) -> str:
    """Return the value of a field as a table shows it, in the session's language."""
    show = _get(field).show
    return show(config) if show else _plain(getattr(config, field))


def _get(field: str) -> Setting:
    return next(setting for setting in SETTINGS if setting.field == field)


def _plain(value: Any) -> str:
    match value:
        case bool():
            return t("yes") if value else t("no")
        case float():
            return f"{value:g}"
        case _:
            return str(value)


def _percent(share: float) -> str:
    return f"{share * 100:g} %"


def _whole_percent(share: float) -> str:
    return str(round(share * 100))


def _number(value: float) -> str:
    return f"{value:g}"


def _flag(value: bool) -> str:
    return str(int(value))


def _changes(augmentation: Augmentation) -> dict[str, str]:
    amounts = {
        "rotation": _number(augmentation.rotation),
        "flip": _flag(augmentation.flip_horizontal),
        "upside": _flag(augmentation.flip_vertical),
        **{name: _whole_percent(getattr(augmentation, name)) for name in SHARES_CHANGED},
    }
    if not augmentation.active:  # switched on again, it starts with its usual amounts
        amounts = dict.fromkeys(amounts, "")
    return {"augment": _flag(augmentation.active), **amounts}


def _mistakes(names: Sequence[str]) -> dict[str, str]:
    # However somebody has left their box: it opens where one is made.
    return {mistakes.KEY: ",".join(names), mistakes.BOX_KEY: ""}


def _backbone_title(config: TrainingConfig) -> str:
    try:
        return get_backbone(config.backbone).title
    except SettingInvalid:
        return config.backbone


def _strategy(config: TrainingConfig) -> str:
    try:
        return strategy(config.unfrozen, len(get_backbone(config.backbone).blocks))
    except SettingInvalid:
        return str(config.unfrozen)


SETTINGS = (
    Setting(
        field="dataset",
        title=N_("Dataset"),
        control="dataset",
        show=lambda config: dataset_title(config.dataset),
    ),
    Setting(
        field="fingerprint",
        title=N_("Fingerprint"),
        show=lambda config: config.fingerprint[:8],
    ),
    Setting(field="backbone", title=N_("Backbone"), control="backbone", show=_backbone_title),
    Setting(
        field="weights",
        title=N_("Weights of the backbone"),
        control="weights",
        show=lambda config: "ImageNet" if config.weights == "imagenet" else t("Random"),
    ),
    Setting(
        field="size",
        title=N_("Image size"),
        control="size",
        show=lambda config: t("{size} px", size=config.size),
    ),
    Setting(
        field="pooling",
        title=N_("Head"),
        control="head",
        show=lambda config: "GAP" if config.pooling == "gap" else "Flatten",
    ),
    Setting(
        field="dense",
        title=N_("Hidden Dense layer"),
        control="units",
        write=lambda units: ",".join(map(str, units)) or "none",
        show=lambda config: " → ".join(map(str, config.dense)) or t("None"),
    ),
    Setting(field="dropout", title=N_("Dropout"), control="dropout", write=_number),
    Setting(
        field="drop_features",
        title=N_("Drop features too"),
        control="drop_features",
        write=_flag,
    ),
    Setting(field="activation", title=N_("Last activation"), control="activation"),
    Setting(
        field="balanced", title=N_("Every class counts the same"), control="balanced", write=_flag
    ),
    Setting(field="smoothing", title=N_("Label smoothing"), control="smoothing", write=_number),
    Setting(
        field="optimizer",
        title=N_("Optimizer"),
        control="optimizer",
        show=lambda config: OPTIMIZER_TITLES[config.optimizer],
    ),
    Setting(field="epochs", title=N_("Epochs"), control="epochs"),
    Setting(field="batch", title=N_("Batch size"), control="batch"),
    Setting(field="learning_rate", title=N_("Learning rate"), control="rate", write=rate_text),
    Setting(field="unfrozen", title=N_("What learns"), control="unfrozen", show=_strategy),
    Setting(field="fine_epochs", title=N_("Fine-tuning epochs"), control="fine_epochs"),
    Setting(field="fine_rate", title=N_("Fine-tuning rate"), control="fine_rate", write=rate_text),
    Setting(
        field="layer_decay",
        title=N_("Rate from block to block"),
        control="decay",
        write=_number,
        show=lambda config: f"× {config.layer_decay:g}",
    ),
    Setting(field="keep_best", title=N_("Keep the best epoch"), control="best", write=_flag),
    Setting(field="patience", title=N_("Stop early after (epochs)"), control="patience"),
    Setting(field="plateau", title=N_("Halve the rate after (epochs)"), control="plateau"),
    Setting(
        field="schedule",
        title=N_("Rate over time"),
        control="schedule",
        show=lambda config: t("Cosine") if config.schedule == "cosine" else t("Steady"),
    ),
    Setting(
        field="warm_up",
        title=N_("Warm-up (% of the steps)"),
        control="warm_up",
        write=_whole_percent,
        show=lambda config: _percent(config.warm_up),
    ),
    Setting(
        field="augmentation",
        title=N_("Augmentation"),
        spread=_changes,
        show=lambda config: amounts_of_change(config.augmentation) or t("none"),
    ),
    Setting(
        field="copies",
        title=N_("Stored copies"),
        control="copies",
        write=lambda copies: str(copies) if copies else "",
    ),
    Setting(
        field="live",
        title=N_("Changed anew in every epoch"),
        control="changed",
        write=lambda live: "live" if live else "stored",
    ),
    Setting(
        field="mix",
        title=N_("Mix photos with each other"),
        control="mix",
        show=lambda config: mix_title(config.mix) or t("No"),
    ),
    Setting(
        field="validation",
        title=N_("Validation split"),
        control="held",
        write=_whole_percent,
        show=lambda config: _percent(config.validation),
    ),
    Setting(
        field="test",
        title=N_("Test split"),
        control="test",
        write=_whole_percent,
        show=lambda config: _percent(config.test),
    ),
    Setting(field="seed", title=N_("Seed"), control="seed"),
    Setting(
        field="mistakes",
        title=N_("Mistakes on purpose"),
        spread=_mistakes,
        show=lambda config: ", ".join(config.mistakes) or t("none"),
    ),
)
"""In the order of `TrainingConfig`. The fingerprint has no control: it is that of the chosen dataset."""
