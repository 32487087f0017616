"""How large the steps are: the rate from the beginning to the end, drawn, and from block to block."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from tl_core.backbones import BackboneSpec
from tl_core.training import SCHEDULES, TrainingConfig
from tl_core.training.schedule import cosine_rate, rate_after
from tl_core.ui.charts import Properties, show_chart
from tl_core.ui.state import url_choice, url_number
from tl_core.ui.text import t
from tl_core.ui.theme import WEIGHTS
from tl_core.ui.training.more import MOST_PATIENCE
from tl_core.ui.unseen import pen

DECAYS = ("1", "0.9", "0.8", "0.7", "0.5", "0.3")
FINENESS = 20
"""Points of the drawing in one epoch of a cosine."""
HEIGHT = 130
USUAL = TrainingConfig(dataset="")
NOTHING_BETTER = {"val_accuracy": 0.0, "val_loss": 0.0}


def schedule_settings(settings: Mapping[str, Any], *, seen: bool) -> dict[str, Any]:
    """Draw how the rate changes in the course of a phase; return ``schedule``, ``warm_up`` and ``plateau``.

    Args:
        settings: fields of `TrainingConfig` that the other controls say; the rest has its usual value.
        seen: whether anything is drawn; the controls have their values all the same.
    """
    titles = dict(zip(SCHEDULES, (t("Steady"), t("Cosine")), strict=True))
    on = pen(seen=seen)
    schedule = on.segmented_control(
        t("Rate over time"),
        **url_choice("schedule", SCHEDULES, default=USUAL.schedule),
        format_func=titles.__getitem__,
        required=True,
        help=t(
            "Steady: the rate stays, or is halved where nothing gets better. Cosine: after the warm-up every "
            "step is a little smaller than the one before, down to nearly 0 at the end of the phase. Each "
            "phase has its own."
        ),
    )
    chosen = _warm_up(on) if schedule == "cosine" else _plateau(on)
    if seen:
        _draw({**settings, **chosen, "schedule": schedule})
    return {"schedule": schedule, **chosen}


def block_rate_settings(spec: BackboneSpec, unfrozen: int, *, seen: bool) -> dict[str, Any]:
    """Draw by what the rate shrinks from block to block; nothing where no two trained blocks learn."""
    if spec.weights is None or unfrozen < 2:
        return {}
    on = pen(seen=seen)
    decay = on.select_slider(
        t("Rate from block to block"),
        **url_choice("decay", DECAYS, default=f"{USUAL.layer_decay:g}"),
        format_func=lambda name: f"× {name}",
        help=t(
            "The last block and the head learn at the fine-tuning rate, each block before it at this many "
            "times the rate of the next. Early blocks see edges, which need little change. × 1: all alike."
        ),
    )
    lowest = float(decay) ** (unfrozen - 1)
    if lowest < 1:
        on.caption(
            t(
                "The first of the {n} blocks that learn has {share} of the rate.",
                n=unfrozen,
                share=f"{lowest:.2g}",
            )
        )
    return {"layer_decay": float(decay)}


def planned_rates(config: TrainingConfig) -> tuple[list[float], list[float]]:
    """Return epochs and rates of a training from its beginning to its end, if nothing gets better.

    Example:
        >>> planned_rates(TrainingConfig(dataset="", epochs=2, learning_rate=0.5))
        ([0, 1, 1, 2], [0.5, 0.5, 0.5, 0.5])
    """
    phases = [(config.epochs, config.learning_rate)]
    if config.unfrozen:
        phases.append((config.fine_epochs, config.fine_rate))
    epochs: list[float] = []
    rates: list[float] = []
    for length, rate in phases:
        begun = epochs[-1] if epochs else 0
        at, found = (_cosine if config.schedule == "cosine" else _steady)(config, length, rate)
        epochs += [begun + one for one in at]
        rates += found
    return epochs, rates


def _warm_up(on: Any) -> dict[str, Any]:
    percent = on.slider(
        t("Warm-up (% of the steps)"),
        **url_number("warm_up", 0, 50, default=round(USUAL.warm_up * 100), step=5),
        help=t(
            "The rate first rises from 0 in a straight line: the first steps know least, and RMSprop's "
            "very first is three times as large as later ones. 0: it begins at its height."
        ),
    )
    return {"warm_up": percent / 100}


def _plateau(on: Any) -> dict[str, Any]:
    plateau = on.slider(
        t("Halve the rate after (epochs)"),
        **url_number("plateau", 0, MOST_PATIENCE, default=USUAL.plateau),
        help=t("Smaller steps once this many epochs in a row brought nothing better. 0: never."),
    )
    return {"plateau": plateau}


def _steady(config: TrainingConfig, length: int, rate: float) -> tuple[list[float], list[float]]:
    behind = [NOTHING_BETTER] * length
    of_epochs = [rate_after(behind[:epoch], rate, config.plateau) for epoch in range(length)]
    ends = [end for epoch in range(length) for end in (epoch, epoch + 1)]
    return list(ends), [one for one in of_epochs for _ in range(2)]


def _cosine(config: TrainingConfig, length: int, rate: float) -> tuple[list[float], list[float]]:
    steps = length * FINENESS
    rates = [cosine_rate(step, steps, rate, config.warm_up) for step in range(steps)]
    return [step / FINENESS for step in range(steps)], rates


def _draw(settings: Mapping[str, Any]) -> None:
    config = TrainingConfig(dataset="", **settings)
    epochs, rates = planned_rates(config)
    show_chart(*_line(epochs, rates), alt=_description(config, rates), key="rate_over_time")
    if config.plateau:
        st.caption(t("If nothing ever got better; where something does, the rate stays longer."))


def _line(epochs: Sequence[float], rates: Sequence[float]) -> tuple[list[Properties], Properties]:
    line = {
        "x": list(epochs),
        "y": list(rates),
        "mode": "lines",
        "line": {"color": WEIGHTS, "width": 3},
        "hovertemplate": "%{x:.1f}: %{y:.2g}<extra></extra>",
    }
    layout = {
        "height": HEIGHT,
        "showlegend": False,
        "xaxis": {"title": t("Epoch"), "nticks": 6},
        "yaxis": {"title": t("Rate"), "rangemode": "tozero", "nticks": 3, "tickformat": ".1g"},
    }
    return [line], layout


def _description(config: TrainingConfig, rates: Sequence[float]) -> str:
    return t(
        "The learning rate in the course of the training: it begins at {first}, is {most} at most, and ends "
        "at {last}.",
        first=f"{rates[0]:.2g}",
        most=f"{max(rates):.2g}",
        last=f"{rates[-1]:.2g}",
    )
